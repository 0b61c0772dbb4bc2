"""Aspiration: who wants to leave, and when.

Each person carries a threshold, Exp(1) over their own multiplier; they begin to prepare when the integrated hazard of
their community passes it. Hazards may change at will, nobody at home costs anything until they act, and common random
numbers hold exactly. ODD eq. 24 to 25b.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from model.kernels.waiting import pop_passed
from model.population import People
from model.states import Event, State, Status
from model.streams import Stream

if TYPE_CHECKING:
    from model.simulation import Simulation


class Aspiration:
    """Integrated hazards of communities and the people at home in the order in which they will pass them."""

    def __init__(self, sim: Simulation) -> None:
        self._sim = sim
        n = len(sim.corridor.communities)
        self._origin_effect = sim.corridor.communities.column("departure_factor")
        self.integrated = np.zeros(n)
        self.hazard_per_year = np.zeros(n)
        population = sim.population
        # People are numbered by community and, within it, by threshold: who leaves next is simply the next number.
        self._next = np.searchsorted(population.community, np.arange(n))
        self._end = np.searchsorted(population.community, np.arange(n), side="right")
        self._thresholds = population.threshold.copy()
        self._again: People = np.empty(0, dtype=np.int64)

    def step(self) -> People:
        """Advance the hazards and let those whose time has come prepare; return them, sorted."""
        sim = self._sim
        self.hazard_per_year = self._hazard()
        self.integrated += self.hazard_per_year * sim.calendar.years
        leaving = pop_passed(self._next, self._end, self._thresholds, self.integrated)
        again = self._again
        passed = sim.population.threshold[again] <= self.integrated[sim.population.community[again]]
        self._again = again[~passed]
        people = np.sort(np.concatenate([leaving, again[passed]]))
        sim.population.accrued[people] = sim.now
        sim.education.graduate(people)
        sim.population.move(people, State.PREPARING)
        return people

    def fade(self) -> None:
        """Let those who gave up the idea go back to everyday life, with a fresh threshold."""
        sim, population = self._sim, self._sim.population
        people = population.having(Event.FADED)
        if people.size == 0:
            return
        fresh = -np.log(sim.streams.uniforms(Stream.HOME, people, sim.now + 1)[:, 0])
        community = population.community[people]
        population.threshold[people] = self.integrated[community] + fresh / leaving_multiplier(sim, people)
        population.status[people] = Status.IRREGULAR
        population.stuck[people] = False
        population.move(people, State.HOME)
        self._again = np.concatenate([self._again, people])

    def _hazard(self) -> NDArray[np.float64]:
        sim, p, drivers = self._sim, self._sim.parameters, self._sim.drivers
        value = sim.choice.value_of_leaving()
        push = (
            p.conflict_effect * drivers.conflict
            + p.displaced_effect * drivers.displaced
            + p.instability_effect * np.maximum(drivers.instability, 0.0)
            + p.wage_effect * drivers.income_fall
            + p.climate_effect * drivers.climate
            - p.livelihood_effect * sim.levers["livelihood"]
            + p.aspiration_slope * (value - p.aspiration_midpoint)
        )
        people = self._origin_effect * sim.levers["pool"] * sim.education.wish_factor
        return p.departure_rate * people * np.exp(push) * (1 - p.campaign_effect * sim.beliefs.persuaded)


def leaving_multiplier(sim: Simulation, people: People) -> NDArray[np.float64]:
    """Return how much likelier each person is to leave than an older person without ties, shape (k,)."""
    p, population = sim.parameters, sim.population
    ties = np.where(population.ties[people], p.ties_effect, 1.0)
    young = np.where(population.age[people] == 1, p.young_effect, 1.0)
    schooling = np.where(population.schooling[people], p.schooling_effect, 1.0)
    return ties * young * schooling
