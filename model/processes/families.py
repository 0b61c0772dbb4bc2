"""Families: travelling together, sharing savings, and separation.

A family is a head and followers of the same community. Followers have no hazards of their own: they are where their
head is, in the same state, until they settle or are separated by death, exploitation or detention.
ODD eq. 34a to 34c, 43.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from corridor.model.population import People
from corridor.model.purposes import Purpose
from corridor.model.states import Age, State

if TYPE_CHECKING:
    from corridor.model.simulation import Simulation


class Families:
    """Families of a population, formed before the first step."""

    def __init__(self, sim: Simulation) -> None:
        self._sim = sim

    def form(self) -> None:
        """Attach accompanied people at home to adults of their community, at random, and pool each family's savings."""
        population, p = self._sim.population, self._sim.parameters
        u = self._sim.streams.draw(Purpose.FAMILY, np.arange(population.n))
        at_home = population.state == State.HOME
        child, adult = at_home & (population.age == Age.CHILD), at_home & (population.age == Age.ADULT)
        accompanied = np.where(child, u[:, 0] >= p.lone_child_share, adult & (u[:, 0] < p.accompanied_adult_share))
        followers, heads = np.flatnonzero(accompanied), np.flatnonzero(adult & ~accompanied)
        heads = heads[np.lexsort((u[heads, 1], population.community[heads]))]
        n = len(self._sim.corridor.communities)
        there = np.bincount(population.community[heads], minlength=n)
        wanted = np.ceil(np.bincount(population.community[followers], minlength=n) / p.followers_per_family)
        chosen = np.minimum(wanted, there)[population.community[followers]]
        followers, chosen, luck = followers[chosen > 0], chosen[chosen > 0], u[followers[chosen > 0], 2]
        first = (np.cumsum(there) - there)[population.community[followers]]
        population.head[followers] = heads[first + np.floor(luck * chosen).astype(np.int64)]
        self._pool(followers)
        population.alone[:] = child & (population.head == np.arange(population.n))

    def _pool(self, followers: People) -> None:
        population = self._sim.population
        heads = population.head[followers]
        np.add.at(population.size, heads, 1)
        np.add.at(population.savings_usd, heads, population.savings_usd[followers])
        population.savings_usd[followers] = 0.0
        # Followers leave when their head does.
        population.threshold[followers] = np.inf

    def part_by_death(self, people: People, dead: NDArray[np.bool_]) -> None:
        """Separate followers whose outcome differs from their head's.

        Parameters
        ----------
        people : ndarray of int, shape (k,)
            Sorted; whole families.
        dead : ndarray of bool, shape (k,)
        """
        population = self._sim.population
        family = population.party(np.unique(population.head[people[dead]]).astype(np.int64))
        dies = dead[np.searchsorted(people, family)]
        self.separate(family[dies != dies[np.searchsorted(family, population.head[family])]])

    def part_in_detention(self, people: People) -> None:
        """Separate some of the families that authorities detain."""
        sim, population = self._sim, self._sim.population
        heads = people[population.size[people] > 1]
        if heads.size:
            u = sim.streams.draw(Purpose.PARTED_IN_DETENTION, heads, sim.now)
            self.separate(heads[u[:, 0] < sim.parameters.detention_separation])

    def separate(self, people: People, *, settled: bool = False) -> None:
        """Separate people from their families; followers of a separated head continue by themselves.

        Parameters
        ----------
        people : ndarray of int, shape (k,)
            Heads, followers, or people without a family (for whom nothing changes).
        settled : bool, default False
            The journey is over: people live their own lives, but children are not counted as alone.
        """
        sim, population = self._sim, self._sim.population
        parted = population.followers(people)
        follows = population.head[people] != people
        if parted.size == 0 and not follows.any():
            return
        parted = np.union1d(parted, people[follows])
        self._share_purse(parted)
        np.subtract.at(population.size, population.head[parted], 1)
        population.head[parted] = parted
        population.accrued[parted] = sim.now
        if not settled:
            population.alone[parted] = population.age[parted] == Age.CHILD
            sim.recorder.count("separations", population.sex[parted], population.age[parted])
        sim.exploitation.expose(parted)
        population.classify(parted)
        # Those who have not left yet stay at home for good.
        stay = parted[population.state[parted] == State.PREPARING]
        population.immobile[stay] = False
        population.move(stay, State.HOME)

    def _share_purse(self, parted: People) -> None:
        """Give everyone who leaves an equal share of the family's savings; debts stay with the head."""
        population = self._sim.population
        heads = population.head[parted]
        share = population.savings_usd[heads] / population.size[heads]
        population.savings_usd[parted] += share
        np.subtract.at(population.savings_usd, heads, share)
