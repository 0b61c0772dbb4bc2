"""Legal pathways: eligibility, application, quotas, and regular arrival.

Eligible people apply with a probability that falls with the expected wait; applicants wait at home until a place is
free or their patience ends. Quotas are met exactly, to the agent. ODD eq. 26 and 27; 25c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from corridor.model.events import Event
from corridor.model.kernels.pathways import (
    ANYBODY,
    SCHOOLED,
    WITH_TIES,
    Eligibility,
    choose_pathways,
    open_places,
    share_applying,
)
from corridor.model.population import People
from corridor.model.purposes import Purpose
from corridor.model.states import State, Status

if TYPE_CHECKING:
    from corridor.model.simulation import Simulation

_ASKS = {"work": SCHOOLED, "study": SCHOOLED, "family": WITH_TIES}
"""Requirement of a kind of pathway, if any."""
_FEW_PLACES = 5.0
"""Unused places, in agents, that do not lapse; otherwise small quotas would go unused when nobody happens to wait."""


class Pathways:
    """Queues of the legal pathways.

    Attributes
    ----------
    queued : ndarray of int, shape (n_pathways,)
        Agents who wait for a place.
    """

    def __init__(self, sim: Simulation) -> None:
        self._sim = sim
        table, corridor = sim.corridor.pathways, sim.corridor
        n = len(table)
        self._destination = table.positions("destination", corridor.places)
        self._cost = np.array([row.cost_usd for row in table])
        share = np.zeros((len(corridor.communities), n))
        for column, row in enumerate(table):
            mine = slice(None) if row.community == "all" else corridor.communities.index[row.community]
            share[mine, column] = row.eligible_share
        asks = np.array([_ASKS.get(row.kind, ANYBODY) for row in table], dtype=np.int64)
        schooled = corridor.communities.column("schooling_share").astype(float)
        usual = np.ones((3, schooled.size))
        usual[SCHOOLED], usual[WITH_TIES] = schooled, sim.parameters.ties_share
        self._eligible = Eligibility(share, asks, usual, sim.parameters.eligibility_strictness)
        self.queued = np.zeros(n, dtype=np.int64)
        self._waiting: People = np.empty(0, dtype=np.int64)
        self._rank: NDArray[np.float64] = np.empty(0)
        # Quotas are in whole agents and exact on average: every pathway starts with up to half a place more or less.
        self._allowance = sim.streams.draw(Purpose.QUOTA, np.arange(n))[:, 0] - 0.5

    def apply(self, people: People) -> None:
        """Draw applications by eligible people who have just begun to prepare.

        Parameters
        ----------
        people : ndarray of int, shape (k,)
        """
        if people.size == 0 or self.queued.size == 0:
            return
        population, pathway = self._sim.population, self.choose(people)
        applies = pathway >= 0
        people, pathway = people[applies], pathway[applies]
        if people.size == 0:
            return
        population.pathway[people] = pathway
        population.status[people] = Status.QUEUED
        population.classify(people)
        self.queued += self._persons(people)
        self._queue_up(people, pathway)

    def choose(self, people: People) -> NDArray[np.int64]:
        """Return the pathway for which each person applies, if eligible; -1: none. Shape (k,)."""
        sim, population, p = self._sim, self._sim.population, self._sim.parameters
        places = sim.levers["pathway_places"] / population.persons_per_agent
        applying = share_applying(places, self.queued, p.legal_diversion, p.legal_patience)
        return choose_pathways(people, population.records, self._eligible, applying, sim.clock)

    def _queue_up(self, people: People, pathway: NDArray[np.int64]) -> None:
        """Insert applicants into the queue, which is sorted by pathway and, within it, by a permanent random rank."""
        rank = pathway + self._sim.streams.draw(Purpose.RANK_IN_QUEUE, people)[:, 0]
        rank = np.concatenate([self._rank, rank])
        order = np.argsort(rank, kind="stable")
        self._rank, self._waiting = rank[order], np.concatenate([self._waiting, people])[order]

    def _forget_gone(self) -> None:
        waits = self._sim.population.status[self._waiting] == Status.QUEUED
        self._waiting, self._rank = self._waiting[waits], self._rank[waits]

    def _persons(self, people: People) -> NDArray[np.int64]:
        """Count applicants with their families, in agents, shape (n_pathways,)."""
        population = self._sim.population
        size = population.size[people]
        return np.bincount(population.pathway[people], weights=size, minlength=self.queued.size).astype(np.int64)

    def step(self) -> None:
        """Remove applicants whose patience has ended, admit up to the quota, and start the journeys of the admitted."""
        sim, population = self._sim, self._sim.population
        if self.queued.size == 0:
            return
        self._leave(population.with_event(Event.LOST_PATIENCE))
        yearly = sim.levers["pathway_places"] / population.persons_per_agent
        granted = sim.levers["pathway_places"] * sim.calendar.years / population.persons_per_agent
        places = open_places(self._allowance, granted, self.queued)
        if places.any():
            self._allowance -= self._admit()
        # Unused places lapse after a year, or when they are enough for a large family.
        self._allowance = np.minimum(self._allowance, np.maximum(_FEW_PLACES, yearly))

    def _leave(self, people: People) -> None:
        if people.size == 0:
            return
        population = self._sim.population
        self.queued -= self._persons(people)
        population.pathway[people] = -1
        population.status[people] = Status.IRREGULAR
        population.classify(people)
        self._forget_gone()

    def _admit(self) -> NDArray[np.int64]:
        """Admit applicants while places last; return the places used, shape (n_pathways,).

        Families are admitted as a whole, once half of their places are available, so that their timing is unbiased.
        """
        sim, population = self._sim, self._sim.population
        pathway = self._rank.astype(np.int64)
        size = population.size[self._waiting].astype(np.int64)
        first = np.cumsum(self.queued) - self.queued
        before = np.cumsum(size) - size - first[pathway]
        people = np.sort(self._waiting[before + size / 2 <= self._allowance[pathway]])
        if people.size == 0:
            return np.zeros_like(self.queued)
        chosen = population.pathway[people].astype(np.int64)
        used = self._persons(people)
        self.queued -= used
        steps = sim.levers["pathway_delay"][chosen] / sim.calendar.weeks
        steps = np.floor(steps + sim.streams.draw(Purpose.LEGAL_TRAVEL_TIME, people, sim.now)[:, 0])
        population.due[people] = sim.now + np.maximum(steps, 1).astype(np.int32)
        population.leg[people] = -1
        population.status[people] = Status.IRREGULAR
        self._forget_gone()
        population.immobile[people] = False
        sim.departure.pay_own_way(people, self._cost[chosen] * population.size[people])
        sim.costs.admitted(int(used.sum()))
        sim.departure.record(people)
        population.move(people, State.MOVING)
        return used

    def arrive(self, people: People) -> None:
        """Settle people whose legal journey has ended, with regular status."""
        if people.size == 0:
            return
        sim, population = self._sim, self._sim.population
        people = population.party(people)
        pathway = population.pathway[population.head[people]].astype(np.int64)
        population.place[people] = self._destination[pathway]
        population.pathway[people] = -1
        sim.recorder.count("legal_arrivals", population.community[people])
        sim.recorder.count("legal_arrivals_by_group", population.sex[people], population.age[people])
        sim.settlement.settle(people, Status.REGULAR)
