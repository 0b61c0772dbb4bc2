"""Departure and onward travel: decision, payment and departure.

People decide at a given rate. They choose among the legs that they can pay for from savings, loans from relatives and,
for some, loans from smugglers. On legs that smugglers serve they buy an offer if capacity allows. ODD eq. 28 to 34.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from corridor.model.calendar import WEEKS_PER_MONTH
from corridor.model.events import Event
from corridor.model.hazards import Hazards
from corridor.model.kernels.choice import STAY
from corridor.model.kernels.departures import DecisionInputs, decide, reconsider, set_out
from corridor.model.kernels.purchases import buy_passages, pay_own_way, release_escrow
from corridor.model.kernels.purse import PurseParameters
from corridor.model.kernels.transitions import merge
from corridor.model.population import People
from corridor.model.processes.seasons import season_of_legs
from corridor.model.purposes import Purpose
from corridor.model.reads import reads
from corridor.model.states import FREE, State, Status

if TYPE_CHECKING:
    from corridor.model.simulation import Simulation


_LONGEST_WAIT = 60 * WEEKS_PER_MONTH
"""Maximum waiting time, weeks, beyond which a longer wait makes no difference."""


class Departure:
    """Decisions of this step, and their consequences.

    Attributes
    ----------
    arrived : ndarray of int, shape (k,)
        Those who set out on a journey that ends in this very step, sorted.
    """

    def __init__(self, sim: Simulation) -> None:
        self._sim = sim
        season = season_of_legs(sim, "departures")
        # Willingness to go in a month relative to the best month of the leg.
        self._willing = season / np.maximum(season.max(axis=0), 1e-12)
        self._purse = PurseParameters(*(sim.parameters[name] for name in PurseParameters._fields))
        country = sim.corridor.places.column("country")
        self._abroad = country[sim.corridor.leg_origin] != country[sim.corridor.leg_destination]
        self._steps = sim.corridor.legs.column("days").astype(float) / sim.calendar.step_days
        self.arrived: People = np.empty(0, dtype=np.int64)
        deciding = Event.DECIDE_AT_HOME, Event.DECIDE_IN_TRANSIT
        sim.hazards.declare(
            self._rates, *deciding, Event.FADED, Event.LOST_PATIENCE, levers=("mobility", "waved_through")
        )

    def decision_inputs(self) -> DecisionInputs:
        """Return the inputs of decisions in this step."""
        return self._sim.choice.decision_inputs(self._ready())

    def _ready(self) -> NDArray[np.float64]:
        """Return the probability of being ready to leave in this step, shape (n_legs,). ODD eq. 30."""
        through, latent = self._sim.levers["waved_through"], self._sim.drivers.latent_utility
        willing = self._willing[self._sim.month]
        # Temporary attraction or deterrence of a leg also affects the time of departure.
        willing = np.where(latent > 0, 1 - (1 - willing) * np.exp(-latent), willing * np.exp(np.minimum(latent, 0.0)))
        return np.asarray(through + (1 - through) * willing)

    def reconsider(self, people: People, luck: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return whether people who have settled in transit move on, given uniforms of shape (k, 2), shape (k,)."""
        sim, p = self._sim, self._sim.parameters
        population, income_usd = sim.population, sim.drivers.income_usd
        renewed = p.renewal_rate / max(p.reconsider_rate, 1e-9)
        return reconsider(people, luck, population.travellers, income_usd, self.decision_inputs(), renewed, self._purse)

    def step(self) -> None:
        """Process all decisions: choice, purchase and departure."""
        sim, population = self._sim, self._sim.population
        at_home = population.with_event(Event.DECIDE_AT_HOME)
        people = merge(at_home, population.with_event(Event.DECIDE_IN_TRANSIT))
        income_usd, wage_usd = sim.drivers.income_usd, sim.drivers.wage_usd
        earned, chosen, ready = decide(
            people, population.travellers, income_usd, wage_usd, self.decision_inputs(), self._purse, sim.clock
        )
        sim.ledger.receive("savings from earnings", earned)
        self._end_journeys(people[chosen == STAY])
        population.bring_along(at_home)
        people, leg = people[ready], chosen[ready]
        waved = self._waved_through(people, leg)
        starts = waved.copy()
        starts[~waved] = ~sim.controls.stop_ashore(people[~waved], leg[~waved])
        people, leg, waved = people[starts], leg[starts], waved[starts]
        buys = sim.market.is_market[leg] & ~waved
        goes = ~buys
        goes[buys] = sim.market.seats.admit(people[buys], leg[buys])
        # People turned away reconsider rather than wait for the same leg again.
        population.journeys[people[~goes]] += 1
        people, leg = people[goes], leg[goes]
        self._set_out(people, leg, buys[goes])
        self.arrived = people[population.due[people] <= sim.now]

    def _waved_through(self, people: People, leg: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Return whether authorities wave each person through, so that no smuggler is needed. ODD eq. 30."""
        waved = self._sim.levers["waved_through"][leg] / np.maximum(self._ready()[leg], 1e-12)
        if not waved.any():
            return np.zeros(people.size, dtype=np.bool_)
        luck = self._sim.streams.draw(Purpose.LET_THROUGH, people, self._sim.now)[:, 0]
        return luck < waved

    def wait_weeks(self) -> NDArray[np.float64]:
        """Return the present waiting time for a passage at the start of each leg, weeks, shape (n_legs,).

        This is the time between decisions, times the number of decisions until a seat is free. ODD eq. 20b.
        """
        sim = self._sim
        decisions_per_year = self._deciding()[sim.corridor.leg_origin]
        served = np.minimum(sim.market.seats.most_load / np.maximum(sim.market.seats.scarcity, 1e-9), 1.0)
        wait = 12 * WEEKS_PER_MONTH / np.maximum(decisions_per_year * np.where(sim.market.is_market, served, 1.0), 1e-9)
        return np.minimum(wait, _LONGEST_WAIT)

    @reads("mobility", "waved_through")
    def _deciding(self) -> NDArray[np.float64]:
        """Return the rate of decisions in transit at each place, per year, shape (n_places,). ODD eq. 28.

        Where authorities wave people through, nothing has to be arranged.
        """
        sim, p = self._sim, self._sim.parameters
        through = np.zeros(len(sim.corridor.places))
        np.maximum.at(through, sim.corridor.leg_origin, sim.levers["waved_through"])
        often = (1 - through) * p.decision_rate + through * p.transit_rate
        return np.asarray(often * np.maximum(sim.levers["mobility"], 0.0))

    def _end_journeys(self, people: People) -> None:
        sim = self._sim
        where = sim.population.community[people], sim.population.place[people]
        here = sim.corridor.hosts[where]
        back = ~here & sim.population.protection_need[people] & (sim.corridor.refuge[where] >= 0)
        sim.settlement.arrive(people[here])
        sim.settlement.turn_back(people[back])
        sim.settlement.go_home(people[~here & ~back])

    def _set_out(self, people: People, leg: NDArray[np.int32], buys: NDArray[np.bool_]) -> None:
        if people.size == 0:
            return
        sim, population = self._sim, self._sim.population
        leaving = population.state[people] == State.PREPARING
        self.record(people[leaving])
        sim.journeys.go_on(people[~leaving])
        if not buys.all():
            alone = people[~buys]
            self.pay_own_way(alone, sim.market.offers.own_cost()[leg[~buys]] * population.size[alone])
        self._buy(people[buys], leg[buys])
        conflict = np.clip(sim.drivers.conflict + sim.drivers.displaced, 0, 1)
        set_out(people, leg, population.travellers, conflict, self._abroad, self._steps, sim.clock)
        sim.exploitation.expose(people)
        population.move(people, State.MOVING)

    def record(self, leaving: People) -> None:
        """Count people who leave home, with their families."""
        if leaving.size == 0:
            return
        sim, population = self._sim, self._sim.population
        everyone = population.party(leaving)
        sim.journeys.begin(everyone)
        sim.recorder.count("departures", population.community[everyone])
        sim.recorder.count("departures_by_group", population.sex[everyone], population.age[everyone])
        sim.recorder.add("departures_schooled", population.total(everyone[population.schooling[everyone]]))
        sim.recorder.add("lone_children", population.total(leaving[population.alone[leaving]]))

    def pay_own_way(self, people: People, cost_usd: NDArray[np.float64]) -> None:
        """Pay a cost from savings and, where they fall short, with borrowed money."""
        if people.size == 0:
            return
        pay_own_way(people, cost_usd, self._sim.population.records)
        self._sim.ledger.spend("travel", cost_usd)

    def _buy(self, people: People, leg: NDArray[np.int32]) -> None:
        if people.size == 0:
            return
        sim, population = self._sim, self._sim.population
        income_usd, offers = sim.drivers.income_usd, sim.market.offers.on_sale()
        interest, (paid, held, passengers) = buy_passages(
            people, leg, population.travellers, income_usd, offers, self._purse, sim.clock
        )
        sim.ledger.spend("fees", paid)
        sim.ledger.spend("interest", interest)
        weight = population.persons_per_agent
        sim.market.book(paid * weight, held * weight, passengers * weight)
        self._record_revenue(paid * weight)

    def _record_revenue(self, paid_usd: NDArray[np.float64]) -> None:
        """Record fees paid on each leg, USD of persons, shape (n_legs,)."""
        self._sim.recorder.add("fee_revenue_usd", paid_usd)
        self._sim.recorder.add("smuggling_revenue_usd", paid_usd.sum())

    def release_escrow(self, people: People, through: NDArray[np.bool_]) -> None:
        """Release escrow: pay the organisation after a successful journey, and refund the person otherwise.

        Parameters
        ----------
        people : ndarray of int, shape (k,)
        through : ndarray of bool, shape (k,)
        """
        sim, population = self._sim, self._sim.population
        paid = np.zeros(len(sim.corridor.legs))
        release_escrow(people, through, population.records, paid)
        if not paid.any():
            return
        sim.ledger.spend("fees", paid)
        paid *= population.persons_per_agent
        sim.market.receive_fees(paid)
        self._record_revenue(paid)

    def _rates(self, hazards: Hazards) -> None:
        """Set the rates of decisions; applicants for legal pathways do not decide, but lose patience."""
        p = self._sim.parameters
        at_home = p.decision_rate * np.maximum(self._sim.levers["mobility"], 0.0)
        hazards.set(Event.DECIDE_AT_HOME, at_home, status=FREE)
        hazards.set(Event.DECIDE_IN_TRANSIT, self._deciding(), status=FREE)
        hazards.set(Event.FADED, p.fade_rate, status=FREE)
        hazards.set(Event.LOST_PATIENCE, 1 / p.legal_patience, status=Status.QUEUED)
