"""A migrant as a Mesa object: the rules that `corridor.model.processes` applies to columns, one person at a time.

What nothing reacts to is left out: the observation model, public costs, refoulement, and who is immobile. So are the
mechanisms that `benchmarks.mesa_twin` names and takes out of both sides.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable

from benchmarks.person import Person
from corridor.model.events import Event
from corridor.model.kernels.choice import NONE, STAY
from corridor.model.states import Age, Form, Sector, Sex, State, Status

_CAUSES = range(1, 6)
_PERSONAL = {
    State(event // 8): event % 8 - 1
    for event in (Event.RECRUITED, Event.EXPLOITED_IN_TRANSIT, Event.EXPLOITED_AT_DESTINATION)
}


class Migrant(Person):
    """What a person does, and what happens to them."""

    def step(self) -> None:
        """Live through one step: at most one event."""
        model = self.model
        if self.state is State.HOME and self.threshold <= model.integrated[self.community][self.wealth]:
            self.savings_usd *= model.means_ratio[self.community]
            self.prepare()
        if self.state is State.HOME or self.state is State.DEAD:
            return
        if self.state is State.MOVING:
            if model.now >= self.due:
                self.end_travel()
        elif cause := self.draw_cause():
            _RULES[8 * self.state + cause](self)
        if self.state is State.SETTLED:
            self.repay()

    def draw_cause(self) -> int:
        """Return which of the competing hazards strikes in this step, from 1; 0 if none."""
        model = self.model
        hazards = model.rates[self.state][self.place][self.profile()]
        if self.state in _PERSONAL:
            hazards = hazards.copy()
            hazards[_PERSONAL[self.state]] *= self.susceptibility()
        total = sum(hazards)
        if model.random.random() >= 1 - math.exp(-total * model.years):
            return 0
        return model.random.choices(_CAUSES, hazards)[0]

    # --- leaving home ---------------------------------------------------------------------------------------------

    def prepare(self) -> None:
        """Begin to prepare; the eligible may apply to a legal pathway."""
        model = self.model
        self.state, self.accrued = State.PREPARING, model.now
        pathway = bisect_right(model.eligible[self.community], self.eligibility)
        if pathway < len(model.queues) and self.application < model.applying[pathway]:
            self.status, self.pathway = Status.QUEUED, pathway
            model.queues[pathway].append(self)

    def fade(self) -> None:
        """Give up the idea; savings at home stand in the books at what they were worth at the start."""
        self.savings_usd /= max(self.model.means_ratio[self.community], 1e-9)
        self.state, self.status, self.threshold = State.HOME, Status.IRREGULAR, self.patience()

    def lose_patience(self) -> None:
        """Leave the queue of a legal pathway."""
        self.model.queues[self.pathway].remove(self)
        self.status, self.pathway = Status.IRREGULAR, -1

    def be_admitted(self) -> None:
        """Travel by a legal pathway."""
        model = self.model
        self.state, self.status, self.leg = State.MOVING, Status.IRREGULAR, -1
        self.due = model.now + model.delay_steps[self.pathway]
        self.pay(model.pathway_cost[self.pathway])
        model.count("departures", self.community)

    # --- choice, purchase, departure ------------------------------------------------------------------------------

    def decide(self) -> None:
        """Look for a way on: choose, and set out if the season and the market let one."""
        model = self.model
        self.earn()
        leg = self.choose()
        if leg == STAY:
            self.end_journey()
        elif leg != NONE and model.random.random() < model.willing[leg]:
            buys = model.is_market[leg] and self.luck("waved through", leg) >= model.waved_through[leg]
            if buys:
                model.buyers[leg].append(self)
            else:
                self.set_out(leg, buys)

    def choose(self) -> int:
        """Return the next leg among those that the person can pay, or to stay here, or nothing."""
        model, means, group = self.model, self.means(), self.group()
        if self.taste is None:
            self.taste = model.random.random()
        hosted = model.hosts[self.community][self.place] or model.refuge[self.community][self.place] >= 0
        may_end = hosted or not self.needs_protection
        if may_end and self.taste >= model.going[group][self.place]:
            return STAY
        weight, beyond = model.leg_weight[group], model.beyond_usd[group]
        payable = (leg for leg in model.legs_from[self.place] if model.fee_usd[leg] + beyond[leg] <= means)
        ways = [leg for leg in payable if weight[leg] > 0]
        remaining = self.luck("way", self.place) * sum(weight[leg] for leg in ways)
        for leg in ways:
            remaining -= weight[leg]
            if remaining < 0:
                return leg
        if ways:
            return ways[-1]
        gives_up = self.state is State.WAITING and may_end and model.random.random() < model.gives_up
        return STAY if gives_up else NONE

    def set_out(self, leg: int, buys: bool) -> None:
        """Pay and leave."""
        model = self.model
        if self.state is State.PREPARING:
            self.needs_protection = self.persecution < model.danger[self.community]
            model.count("departures", self.community)
        self.status = Status.IRREGULAR
        if buys:
            self.buy(leg)
        else:
            self.pay(model.own_cost_usd[leg])
        self.journeys += 1
        self.leg, self.state = leg, State.MOVING
        if model.leads_abroad[leg]:
            self.taste = None
        self.due = model.now + max(int(model.travel_steps[leg] + model.random.random()), 1)

    # --- the end of a travel --------------------------------------------------------------------------------------

    def end_travel(self) -> None:
        """Get through, be intercepted, be rescued, or die."""
        if self.leg < 0:
            return self.arrive_legally()
        model, leg, draw = self.model, self.leg, self.model.random.random
        stopped_more, danger = model.client_factors(leg, self.organisation)
        interception = model.interception[leg] * self.watched() * stopped_more
        distress = model.distress[leg] * danger
        total = interception + distress
        stop = 1 - math.exp(-total)
        stopped = draw() < stop
        intercepted = stopped and draw() * total < interception
        in_distress = stopped and not intercepted
        dead = in_distress and draw() >= model.coverage[leg]
        through = not intercepted and not dead
        caught, dying = (
            (stop * interception / total, stop * distress / total * (1 - model.coverage[leg])) if total else (0, 0)
        )
        captivity = min(model.held_risk(leg, self.organisation) * self.susceptibility(), 1.0)
        held = through and draw() < captivity
        spared = 1 - self.watched() if self.organisation < 0 else 0.0
        model.news.append((self.community, leg, caught, dying, (1 - caught - dying) * captivity, spared))
        if model.is_crossing[leg]:
            model.count("attempts", leg)
        if in_distress and not dead:
            model.count("rescues", leg)
        self.tell_organisation(intercepted, dead)
        self.settle_escrow(through)
        if dead:
            model.count("deaths", leg)
            self.die()
        elif intercepted:
            self.be_intercepted()
        else:
            self.get_through(held)
        return None

    def watched(self) -> float:
        """Return the share of interception that the person faces: none if waved through, all if not."""
        waved = self.model.waved_through[self.leg]
        if self.organisation >= 0:
            return 1.0
        return float(waved == 0) if self.model.is_market[self.leg] else 1 - waved

    def tell_organisation(self, intercepted: bool, dead: bool) -> None:
        """Let the organisation know how its client fared."""
        if self.organisation < 0:
            return
        through = not intercepted and not dead
        self.model.clients.append((self.organisation, through, dead))
        if through:
            self.model.through.append(self.leg)
        if intercepted:
            self.model.seized.append((self.organisation, self.leg))

    def get_through(self, held: bool) -> None:
        """Arrive at the end of the leg, free or held."""
        model, leg = self.model, self.leg
        self.place, self.accrued, self.state = model.leg_destination[leg], model.now, State.WAITING
        model.count("arrivals", leg)
        if model.counts[leg] or model.is_destination[self.place]:
            self.enter()
        if held:
            self.be_exploited_in_transit()

    def enter(self) -> None:
        """Be counted as having arrived, once a journey."""
        if not self.entered:
            self.entered = True
            self.model.count("irregular_arrivals", self.community)
            self.model.debt_at_arrival_usd += self.debt_usd

    def be_intercepted(self) -> None:
        """Meet the practice of the agency: push-back, detention, return or release."""
        model, leg, p = self.model, self.leg, self.model.parameters
        model.count("interceptions", leg)
        self.accrued = model.now
        put_back, detained, returned = model.practice[model.leg_agency[leg]]
        u = model.random.random()
        inland = model.inland[leg] and u >= put_back
        self.place = model.leg_destination[leg] if inland else model.leg_origin[leg]
        self.state = State.WAITING
        if u < put_back:
            model.count("push_backs", leg)
            if model.random.random() >= p.retry_share:
                self.return_by_choice()
        elif u < detained:
            self.state = State.DETAINED
        elif u < returned:
            self.be_returned()
        elif inland and model.counts[leg]:
            self.enter()

    def arrive_legally(self) -> None:
        """Settle with status."""
        self.place, self.pathway = self.model.pathway_destination[self.pathway], -1
        self.model.count("legal_arrivals", self.community)
        self.settle(Status.REGULAR)

    def die(self) -> None:
        """Die."""
        self.model.count("deaths_of", self.community)
        self.state = State.DEAD

    # --- settlement and return ------------------------------------------------------------------------------------

    def end_journey(self) -> None:
        """Settle here where that is possible; else turn back, in need of protection, or go home."""
        model = self.model
        if not model.hosts[self.community][self.place]:
            refuge = model.refuge[self.community][self.place]
            if refuge < 0 or not self.needs_protection:
                return self.go_home()
            self.place = refuge
        claims = model.random.random() < model.parameters.asylum_share and model.grants_asylum[self.place]
        return self.settle(Status.SEEKER if claims else Status.IRREGULAR)

    def settle(self, status: Status) -> None:
        """Settle with a legal status."""
        self.state, self.status, self.accrued = State.SETTLED, status, self.model.now
        self.permit_pending = False
        self.model.count("settled_here", self.place)

    def reconsider(self) -> None:
        """Go on from a country of transit if that is worth more than living there, by a taste that may change."""
        model, draw = self.model, self.model.random.random
        self.save()
        newcomers = model.going[self.group()][self.place]
        going = newcomers * model.rooted / (1 - newcomers + newcomers * model.rooted)
        if self.taste is None:
            # Who lives here all the same has a taste of those who stay.
            self.taste = going + (1 - going) * draw()
        elif draw() < model.renewed:
            self.taste = draw()
        if self.taste < going:
            self.wait()

    def hear_decision(self) -> None:
        """Get asylum or not, with better odds in need of protection; or, as a victim, a residence permit or not."""
        model, rate = self.model, self.model.grant_rate[self.place]
        odds = model.parameters.need_odds if self.needs_protection else 1.0
        asylum = odds * rate / (1 - rate + odds * rate)
        chance = model.permit_share[model.country[self.place]] if self.permit_pending else asylum
        granted, self.permit_pending = model.random.random() < chance, False
        self.status = Status.REGULAR if granted else Status.IRREGULAR

    def leave_detention(self) -> None:
        """Be returned or released."""
        if self.model.random.random() < self.model.parameters.detained_return_share:
            self.be_returned()
        else:
            self.wait()

    def wait(self) -> None:
        """Wait for a way on."""
        self.state, self.accrued = State.WAITING, self.model.now

    def return_by_choice(self) -> None:
        """Go home, unless in need of protection."""
        if not self.needs_protection:
            self.go_home()

    def go_home(self) -> None:
        """Go home, debts and all."""
        self.state, self.place, self.status = State.RETURNED, self.home, Status.IRREGULAR
        self.leg, self.entered, self.accrued = -1, False, self.model.now

    def be_returned(self) -> None:
        """Be returned by authority."""
        self.model.returns += 1
        self.go_home()

    # --- exploitation and protection ------------------------------------------------------------------------------

    def be_exploited(self) -> None:
        """Fall into exploitation away from the way: nobody is held for ransom."""
        model = self.model
        self.repay_before_exploitation()
        group = 2 * (self.sex is not Sex.FEMALE) + (self.age is Age.CHILD)
        self.sector, self.form = model.draw_episode(group, self.place)
        self.state = State.EXPLOITED
        model.exploited[self.place][self.sector] += 1
        model.count("victims_started", self.place)

    def repay_before_exploitation(self) -> None:
        """Bring the account of a settled person up to date before they lose their earnings."""
        if self.state is State.SETTLED:
            self.repay()

    def be_exploited_in_transit(self) -> None:
        """Fall into exploitation on the way, where captors hold many for ransom and make others work."""
        self.be_exploited()
        if self.model.random.random() < self.model.parameters.ransom_share:
            self.form = Form.RANSOM_CAPTIVITY
        if self.form in (Form.RANSOM_CAPTIVITY, Form.FORCED_LABOUR):
            self.model.exploited[self.place][self.sector] -= 1
            self.sector = Sector.CAPTORS
            self.model.exploited[self.place][self.sector] += 1

    def leave_exploitation(self) -> None:
        """Close the episode."""
        self.model.exploited[self.place][self.sector] -= 1
        self.accrued = self.model.now

    def be_free(self) -> None:
        """Go on where the episode was: settled, at home, or on the way."""
        self.leave_exploitation()
        self.resume()

    def resume(self) -> None:
        """Take up the life of the place: settled, at home, or waiting to go on."""
        if self.model.hosts[self.community][self.place]:
            self.state = State.SETTLED
        else:
            self.state = State.RETURNED if self.place == self.home else State.WAITING

    def be_let_go(self) -> None:
        """Be let go, for a ransom if held for one."""
        if self.form is Form.RANSOM_CAPTIVITY:
            self.debt_usd += self.model.parameters.ransom
        self.be_free()

    def die_in_exploitation(self) -> None:
        """Die in exploitation."""
        self.leave_exploitation()
        self.die()

    def meet_authorities(self) -> None:
        """Be identified or not, and assisted if a place is free."""
        model, p, draw = self.model, self.model.parameters, self.model.random.random
        if draw() >= p.identification_share:
            return self.be_free()
        model.count("identified", self.place)
        country = model.country[self.place]
        if model.free_places[country] < 1:
            return self.be_free()
        model.count("assisted_started", self.place)
        model.free_places[country] -= 1
        model.assisted[country] += 1
        self.leave_exploitation()
        self.state = State.ASSISTED
        if draw() < p.testimony_share:
            model.testimonies.append(country)
        return None

    def end_assistance(self) -> None:
        """Go home, or stay and, without a regular status, wait for a decision on a permit."""
        model = self.model
        model.assisted[model.country[self.place]] -= 1
        if not self.needs_protection and model.random.random() < model.parameters.assisted_return_share:
            return self.go_home()
        if model.hosts[self.community][self.place] and self.status is not Status.REGULAR:
            self.status, self.permit_pending = Status.SEEKER, True
        self.accrued = model.now
        return self.resume()


_RULES: dict[int, Callable[[Migrant], None]] = {
    Event.DECIDE_AT_HOME: Migrant.decide,
    Event.RECRUITED: Migrant.be_exploited,
    Event.FADED: Migrant.fade,
    Event.LOST_PATIENCE: Migrant.lose_patience,
    Event.DECIDE_IN_TRANSIT: Migrant.decide,
    Event.EXPLOITED_IN_TRANSIT: Migrant.be_exploited_in_transit,
    Event.DETENTION_ENDED: Migrant.leave_detention,
    Event.ESCAPED: Migrant.be_free,
    Event.MET_BY_AUTHORITIES: Migrant.meet_authorities,
    Event.MET_BY_COMMUNITY: Migrant.meet_authorities,
    Event.LET_GO: Migrant.be_let_go,
    Event.DIED_IN_EXPLOITATION: Migrant.die_in_exploitation,
    Event.ASSISTANCE_ENDED: Migrant.end_assistance,
    Event.EXPLOITED_AT_DESTINATION: Migrant.be_exploited,
    Event.RETURNED_VOLUNTARILY: Migrant.return_by_choice,
    Event.REMOVED: Migrant.be_returned,
    Event.ASYLUM_DECIDED: Migrant.hear_decision,
    Event.RECONSIDERS: Migrant.reconsider,
    Event.REMIGRATES: Migrant.prepare,
}
