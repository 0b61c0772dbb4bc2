"""Settlement and return: release from detention, asylum, debt repayment, onward migration and return.

ODD eq. 40 to 42.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from corridor.model.events import Event
from corridor.model.hazards import Hazards
from corridor.model.population import People
from corridor.model.purposes import Purpose
from corridor.model.states import State, Status

if TYPE_CHECKING:
    from corridor.model.simulation import Simulation

_ACCOUNT_DAYS = 91
"""Interval at which settled people's accounts are updated: about once a quarter."""


class Settlement:
    """Life at a destination, and returns."""

    def __init__(self, sim: Simulation) -> None:
        self._sim = sim
        self._detention = self._detaining()
        sim.hazards.declare(
            self._rates,
            Event.DETENTION_ENDED,
            Event.REMOVED,
            Event.ASYLUM_DECIDED,
            Event.RECONSIDERS,
            Event.REMIGRATES,
            levers=("detention_days",),
        )
        sim.hazards.declare(self._return_rates, Event.RETURNED_VOLUNTARILY, levers=None)
        self._helped = np.zeros(len(sim.corridor.places))
        self._account_steps = max(1, round(_ACCOUNT_DAYS / sim.calendar.step_days))

    def step(self) -> None:
        """Apply what happens to detained, settled and returned people in this step."""
        population = self._sim.population
        self._end_detention(population.with_event(Event.DETENTION_ENDED))
        self._decide_asylum(population.with_event(Event.ASYLUM_DECIDED))
        self.send_home(population.with_event(Event.REMOVED))
        self.return_by_choice(population.with_event(Event.RETURNED_VOLUNTARILY))
        self._set_out_again(population.with_event(Event.REMIGRATES))
        self._think_again(population.with_event(Event.RECONSIDERS))
        if (self._sim.now + 1) % self._account_steps == 0:
            settled = np.flatnonzero(population.state == State.SETTLED)
            self.repay(settled[population.debt_usd[settled] > 0])

    def _rates(self, hazards: Hazards) -> None:
        """Set the rates of release, asylum decisions, onward migration, return and remigration."""
        p, is_destination = self._sim.parameters, self._sim.corridor.is_destination
        hazards.set(Event.DETENTION_ENDED, self._release_rate())
        hazards.set(Event.REMOVED, p.removal_rate, status=Status.IRREGULAR, at=is_destination)
        hazards.set(Event.ASYLUM_DECIDED, 12 / p.decision_months, status=Status.SEEKER)
        hazards.set(Event.RECONSIDERS, p.reconsider_rate, at=~is_destination)
        hazards.set(Event.REMIGRATES, p.remigration_rate)

    def _return_rates(self, hazards: Hazards) -> None:
        """Set the rate of voluntary return: of one's own accord, or with help."""
        p = self._sim.parameters
        self._helped = self._help()
        hazards.set(Event.RETURNED_VOLUNTARILY, p.return_rate + self._helped)
        hazards.set(Event.RETURNED_VOLUNTARILY, p.return_rate_regular, status=Status.REGULAR)

    def _help(self) -> NDArray[np.float64]:
        """Return the rate at which people without status return with help, per year, shape (n_places,). ODD eq. 40a.

        Places are shared among those who may take one up: people in need of protection do not return voluntarily.
        """
        sim, population = self._sim, self._sim.population
        offered, uptake = sim.levers["assisted_return"], sim.parameters.assisted_return_uptake
        if not offered.any() or uptake == 0:
            return np.zeros(offered.size)
        may = (population.state == State.SETTLED) & (population.status != Status.REGULAR) & ~population.protection_need
        persons = np.bincount(population.place[may], minlength=offered.size) * population.persons_per_agent
        share = np.divide(offered, uptake * persons, out=np.zeros(offered.size), where=persons > 0)
        return np.asarray(uptake * -np.expm1(-share))

    def _detaining(self) -> NDArray[np.float64]:
        """Return each agency's weight among those that detain at a place, shape (n_places, n_agencies).

        A destination's agency detains at the end of its legs, other agencies at the start of theirs.
        """
        corridor = self._sim.corridor
        weight = np.zeros((len(corridor.places), len(corridor.agencies)))
        for leg in np.flatnonzero(corridor.leg_agency >= 0):
            agency = corridor.leg_agency[leg]
            inland = corridor.agencies.rows[agency].side == "destination"
            weight[corridor.leg_destination[leg] if inland else corridor.leg_origin[leg], agency] = 1.0
        return weight / np.maximum(weight.sum(axis=1, keepdims=True), 1.0)

    def _release_rate(self) -> NDArray[np.float64]:
        """Return the hazard that detention ends at each place, per year: 1 over the mean length there."""
        days = self._detention @ self._sim.levers["detention_days"]
        return 365.25 / np.maximum(days, 0.5)

    def arrive(self, people: People) -> None:
        """Settle people who arrived irregularly; at a destination most claim asylum.

        Parameters
        ----------
        people : ndarray of int, shape (k,)
        """
        sim, population = self._sim, self._sim.population
        people = population.party(people)
        u = sim.streams.draw(Purpose.ASYLUM_CLAIM, population.head[people], population.journeys[people])
        claims = (u[:, 0] < sim.parameters.asylum_share) & sim.corridor.grants_asylum[population.place[people]]
        status = np.where(claims, Status.SEEKER, Status.IRREGULAR)
        self.settle(people, status)
        seekers = people[status == Status.SEEKER]
        sim.recorder.count("asylum_claims", population.place[seekers])
        sim.recorder.count("claims_of", population.community[seekers])
        sim.recorder.count("asylum_claims_by_group", population.sex[seekers], population.age[seekers])
        sim.recorder.add("claims_in_need", population.total(seekers[population.protection_need[seekers]]))
        sim.costs.claimed(seekers.size)

    def turn_back(self, people: People) -> None:
        """Settle people at the nearest place where they may live, back along arrival routes. ODD eq. 41b."""
        if people.size == 0:
            return
        population = self._sim.population
        everyone = population.party(people)
        refuge = self._sim.corridor.refuge
        population.place[everyone] = refuge[population.community[everyone], population.place[everyone]]
        self._sim.recorder.count("turned_back", population.community[everyone])
        self.arrive(people)

    def settle(self, people: People, status: NDArray[np.integer] | int) -> None:
        """Move people into the settled state with a legal status; families separate into individuals."""
        sim, population = self._sim, self._sim.population
        sim.families.separate(people, settled=True)
        population.status[people] = status
        population.accrued[people] = sim.now
        population.permit_pending[people] = False
        sim.exploitation.expose(people)
        sim.journeys.end(people)
        population.move(people, State.SETTLED)
        sim.recorder.count("settled_here", population.place[people])

    def repay(self, people: People) -> None:
        """Let settled people repay debt from earnings since their last account."""
        if people.size == 0:
            return
        sim, population, p = self._sim, self._sim.population, self._sim.parameters
        years = (sim.now - population.accrued[people]) * sim.calendar.years
        paid = np.minimum(p.repayment_share * self._income(people) * years, population.debt_usd[people])
        population.lower_debt(people, paid)
        population.accrued[people] = sim.now
        sim.ledger.receive("repayment from earnings", paid)
        sim.exploitation.expose(people)

    def _income(self, people: People) -> NDArray[np.float64]:
        """Return the earnings of settled people, USD a year, shape (k,)."""
        population = self._sim.population
        legal = population.status[people] == Status.REGULAR
        share = np.where(legal, 1.0, self._sim.parameters.irregular_income)
        income: NDArray[np.float64] = self._sim.drivers.place_income_usd[population.place[people]] * share
        return income

    def _save(self, people: People) -> None:
        """Let settled people save from earnings since their last account, up to a ceiling. ODD eq. 28b."""
        sim, population, p = self._sim, self._sim.population, self._sim.parameters
        income = self._income(people) * np.where(population.schooling[people], p.schooling_income, 1.0)
        years = (sim.now - population.accrued[people]) * sim.calendar.years
        headroom = np.maximum(p.savings_years * income - population.savings_usd[people], 0.0)
        saved = np.minimum(p.saving_rate * income * years, headroom)
        population.savings_usd[people] += saved
        population.accrued[people] = sim.now
        sim.ledger.receive("savings from earnings", saved)

    def detain(self, people: People) -> None:
        """Take people into detention where they are."""
        if people.size == 0:
            return
        population = self._sim.population
        self._sim.recorder.count("detained_by_group", population.sex[people], population.age[people])
        population.move(people, State.DETAINED)

    def _end_detention(self, people: People) -> None:
        if people.size == 0:
            return
        sim, population, p = self._sim, self._sim.population, self._sim.parameters
        u = sim.streams.draw(Purpose.END_OF_DETENTION, people, sim.now)
        returned = u[:, 0] < p.detained_return_share
        self.send_home(people[returned])
        released = people[~returned]
        population.accrued[released] = sim.now
        population.move(released, State.WAITING)

    def _decide_asylum(self, people: People) -> None:
        if people.size == 0:
            return
        sim, population = self._sim, self._sim.population
        u = sim.streams.draw(Purpose.ASYLUM_DECISION, people, sim.now)[:, 0]
        rate = sim.levers["grant_rate"][population.place[people]]
        odds = np.where(population.protection_need[people], sim.parameters.need_odds, 1.0)
        granted = u < odds * rate / (1 - rate + odds * rate)
        victim = population.permit_pending[people]
        permit = population.permit_odds[people] / (1 + population.permit_odds[people])
        granted = np.where(victim, u < permit, granted)
        sim.recorder.add("permits", population.total(people[victim & granted]))
        sim.recorder.count("asylum_granted", population.place[people[granted & ~victim]])
        population.permit_pending[people] = False
        population.status[people] = np.where(granted, Status.REGULAR, Status.IRREGULAR)
        sim.exploitation.expose(people)
        population.classify(people)

    def resume(self, people: People) -> None:
        """Return people to normal life at their present place: at home, settled, or waiting to move on."""
        if people.size == 0:
            return
        sim, population = self._sim, self._sim.population
        community, place = population.community[people], population.place[people]
        at_home = place == sim.corridor.home[community]
        settled = sim.corridor.hosts[community, place]
        population.move(people[at_home], State.RETURNED)
        sim.journeys.end(people[settled])
        population.move(people[settled], State.SETTLED)
        population.move(people[~at_home & ~settled], State.WAITING)

    def return_by_choice(self, people: People) -> None:
        """Return people who wish to go home, other than those in need of protection."""
        people = people[~self._sim.population.protection_need[people]]
        self._start_again(people)
        self.go_home(people)

    def _start_again(self, people: People) -> None:
        """Tell who returns with help, and make some of them a living at home."""
        sim, population = self._sim, self._sim.population
        people = people[(self._helped[population.place[people]] > 0) & (population.status[people] != Status.REGULAR)]
        if people.size == 0:
            return
        helped = self._helped[population.place[people]]
        u = sim.streams.draw(Purpose.HELP_TO_RETURN, people, sim.now)
        with_help = u[:, 0] * (sim.parameters.return_rate + helped) < helped
        population.reintegrated[people] = with_help & (u[:, 1] < sim.parameters.reintegration_success)
        sim.recorder.add("assisted_returns", population.total(people[with_help]))
        sim.costs.helped_home(int(with_help.sum()))

    def go_home(self, people: People) -> None:
        """Return people home voluntarily, with their debts."""
        if people.size == 0:
            return
        sim, population = self._sim, self._sim.population
        population.place[people] = sim.corridor.home[population.community[people]]
        population.status[people] = Status.IRREGULAR
        population.leg[people] = -1
        population.entered[people] = False
        sim.journeys.end(people)
        population.accrued[people] = sim.now
        population.move(people, State.RETURNED)

    def send_home(self, people: People) -> None:
        """Return people to their country by authority of a state."""
        if people.size == 0:
            return
        sim, population = self._sim, self._sim.population
        people = population.party(people)
        sim.recorder.add("returns", population.total(people))
        sim.recorder.count("returns_by_group", population.sex[people], population.age[people])
        self.refoule(people)
        sim.costs.returned(people.size)
        self.go_home(people)

    def refoule(self, people: People) -> None:
        """Count as refoulement people pushed back or returned by authorities who are in need of protection."""
        sim, population = self._sim, self._sim.population
        people = people[population.protection_need[people]]
        sim.recorder.add("refoulements", population.total(people))
        sim.recorder.count("refoulements_by_group", population.sex[people], population.age[people])

    def _think_again(self, people: People) -> None:
        """Let people settled in transit move on if they value that more than staying. ODD eq. 41a."""
        if people.size == 0:
            return
        sim, population = self._sim, self._sim.population
        luck = sim.streams.draw(Purpose.SECOND_THOUGHTS, people, sim.now).copy()
        self._save(people)
        goes = sim.departure.reconsider(people, luck)
        people = people[goes]
        population.move(people, State.WAITING)

    def _set_out_again(self, people: People) -> None:
        """Let returned people prepare again, less often if they have reintegrated at home."""
        if people.size == 0:
            return
        sim, population = self._sim, self._sim.population
        luck = sim.streams.draw(Purpose.SETTING_OUT_AGAIN, people, sim.now)[:, 0]
        people = people[~population.reintegrated[people] | (luck < sim.parameters.reintegration_effect)]
        population.reintegrated[people] = False
        population.accrued[people] = sim.now
        population.move(people, State.PREPARING)
        self._sim.pathways.apply(people)
