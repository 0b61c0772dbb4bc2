"""Recruiting networks: people are recruited before they leave, travel like others, and are exploited on arrival.

Recruited people owe the network for their journey; at a destination it collects them for its own sector, and they work
off the debt. Smugglers transport them; the network itself does not smuggle. ODD eq. 44b to 44d.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from corridor.model.events import Event
from corridor.model.population import People
from corridor.model.purposes import Purpose
from corridor.model.reads import reads
from corridor.model.states import MAIN_FORM, N_STATES, Channel, Exit, Sector, Sex, State

if TYPE_CHECKING:
    from corridor.model.simulation import Simulation

_NOBODY = np.empty(0, dtype=np.int64)
_UNDER_WAY = np.isin(np.arange(N_STATES), (State.MOVING, State.WAITING, State.DETAINED, State.EXPLOITED, State.SETTLED))
"""States in which the network can still collect a person."""
_WITHIN_REACH = np.isin(np.arange(N_STATES), (State.WAITING, State.SETTLED))


class Recruiters:
    """Networks of each origin, the people recruited, and the debts of the people whom they exploit.

    Attributes
    ----------
    promised : ndarray of int, shape (k,)
        People recruited before they left, for whom the network has not come yet.
    is_promised : ndarray of bool, shape (n,)
        The same, by person.
    held : ndarray of int, shape (m,)
        People whom networks exploit now, sorted.
    claim_usd : ndarray of float, shape (m,)
        What each of them still has to work off.
    """

    def __init__(self, sim: Simulation) -> None:
        self._sim = sim
        table, n = sim.corridor.recruiters, len(sim.corridor.communities)
        community = table.positions("community", sim.corridor.communities)
        self._share = np.zeros((n, len(Sex)))
        self._claim = np.zeros(n)
        self._sector = np.zeros(n, dtype=np.uint8)
        if len(table):
            self._share[community, Sex.FEMALE], self._share[community, Sex.MALE] = (
                table.column(name) for name in ("women", "men")
            )
            self._claim[community] = table.column("claim_usd")
            self._sector[community] = [Sector[name.upper()] for name in table.column("sector")]
        self._main_form = np.array(MAIN_FORM, dtype=np.uint8)
        self.is_promised = np.zeros(sim.population.n, dtype=np.bool_)
        self._is_at_work = bool(self._share.any()) and sim.parameters.network_reach > 0
        self.promised: People = _NOBODY
        self.held: People = _NOBODY
        self.claim_usd: NDArray[np.float64] = np.empty(0)

    def step(self) -> None:
        """Recruit some people who leave home in this step, collect those who have arrived, and settle debts."""
        if self._is_at_work:
            self._recruit()
            self._come()
            self._work_off()

    @reads("takedown")
    def _reach(self) -> float:
        """Return the share of the recruitment in recruiters.csv that takes place; adverts taken down reach nobody."""
        p = self._sim.parameters
        return p.network_reach * (1 - p.network_online * float(self._sim.levers["takedown"][0]))

    def _recruit(self) -> None:
        """Mark people as recruited, among those who have just left home by themselves."""
        sim, population = self._sim, self._sim.population
        people = population.with_event(Event.DECIDE_AT_HOME)
        people = people[_UNDER_WAY[population.state[people]]]
        if people.size == 0:
            return
        people = people[(population.size[people] == 1) & ~self.is_promised[people]]
        share = self._share[population.community[people], population.sex[people]]
        people, share = people[share > 0], share[share > 0]
        if people.size == 0:
            return
        u = sim.streams.draw(Purpose.RECRUITED_BY_NETWORK, people, population.journeys[people])[:, 0]
        people = people[u < share * self._reach()]
        sector = self._sector[population.community[people]]
        population.sector[people], population.form[people] = sector, self._main_form[sector]
        sim.recorder.count("recruited_by_networks", population.community[people])
        self.promised = np.concatenate([self.promised, people])
        self.is_promised[people] = True

    def _come(self) -> None:
        """Begin exploitation of people within reach of their network in a country that grants asylum."""
        if self.promised.size == 0:
            return
        sim, population = self._sim, self._sim.population
        state = population.state[self.promised]
        self._forget(~_UNDER_WAY[state] | population.assisted_before[self.promised])
        within = _WITHIN_REACH[population.state[self.promised]]
        people = self.promised[within & sim.protection.is_reception[population.place[self.promised]]]
        if people.size == 0:
            return
        place, sector = population.place[people], self._sector[population.community[people]]
        rate = sim.parameters.network_rate * sim.levers["exploitation"][place] * self._places()[place, sector]
        u = sim.streams.draw(Purpose.CLAIMED_BY_NETWORK, people, sim.now)[:, 0]
        taken = u < -np.expm1(-rate * sim.calendar.years)
        people = people[taken]
        if people.size == 0:
            return
        self._forget(np.isin(self.promised, people))
        sim.exploitation.begin(people, Channel.NETWORK, sector[taken])
        order = np.argsort(np.concatenate([self.held, people]), kind="stable")
        self.held = np.concatenate([self.held, people])[order]
        self.claim_usd = np.concatenate([self.claim_usd, self._claim[population.community[people]]])[order]

    def _forget(self, these: NDArray[np.bool_]) -> None:
        """Remove people whom the network has collected, or no longer will."""
        self.is_promised[self.promised[these]] = False
        self.promised = self.promised[~these]

    def _places(self) -> NDArray[np.float64]:
        """Return the openness of sectors to people brought by networks, 0 to 1, shape (n_places, n_sectors).

        It follows customers' demand, relative to the start, rather than vacant jobs, and exploiters' openness.
        """
        demand = self._sim.exploitation.demand
        return np.asarray(np.minimum(demand.over_start(), 1.0) * self._sim.exploiters.openness()[:, self._main_form])

    def _work_off(self) -> None:
        """Credit people held with part of their proceeds; those who have worked off the debt are free."""
        if self.held.size == 0:
            return
        sim, population = self._sim, self._sim.population
        stays = (population.state[self.held] == State.EXPLOITED) & (population.channel[self.held] == Channel.NETWORK)
        self.held, self.claim_usd = self.held[stays], self.claim_usd[stays]
        if self.held.size == 0:
            return
        credited = np.minimum(sim.exploitation.credit_usd(self.held), self.claim_usd)
        self.claim_usd = self.claim_usd - credited
        sim.recorder.add("debt_worked_off_usd", float(credited.sum()) * population.persons_per_agent)
        done = self.claim_usd <= 0
        if done.any():
            people = self.held[done]
            self.held, self.claim_usd = self.held[~done], self.claim_usd[~done]
            sim.exploitation.free(people, Exit.DEBT_WORKED_OFF)
