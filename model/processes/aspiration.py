"""Aspiration: the decision to prepare for migration, and its timing.

Each person has a threshold, Exp(1) divided by a personal multiplier, and begins to prepare when the integrated hazard
of their community passes it. Hazards may change freely, people at home take no computing time until they act, and
common random numbers hold exactly. ODD eq. 24 to 25b.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from corridor.model.events import Event
from corridor.model.kernels.waiting import pop_passed
from corridor.model.population import People
from corridor.model.purposes import Purpose
from corridor.model.states import N_WEALTH, State, Status

if TYPE_CHECKING:
    from corridor.model.simulation import Simulation


class Aspiration:
    """Integrated hazards of communities and the people at home in the order in which they will pass them."""

    def __init__(self, sim: Simulation) -> None:
        self._sim = sim
        n = len(sim.corridor.communities)
        self._origin_effect = sim.corridor.communities.column("departure_factor")
        self.integrated = np.zeros((n, N_WEALTH))
        self.hazard_per_year = np.zeros((n, N_WEALTH))
        # People are numbered by stratum and, within it, by threshold: the next to leave is simply the next number.
        stratum = self._stratum(np.arange(sim.population.n))
        self._next = np.searchsorted(stratum, np.arange(n * N_WEALTH))
        self._end = np.searchsorted(stratum, np.arange(n * N_WEALTH), side="right")
        population = sim.population
        self._thresholds = population.threshold.copy()
        self._again: People = np.empty(0, dtype=np.int64)
        self.preparing: People = np.empty(0, dtype=np.int64)

    def step(self) -> None:
        """Advance the integrated hazards, and move people whose threshold is passed into preparation."""
        sim = self._sim
        self.hazard_per_year = self._hazard()
        self.integrated += self.hazard_per_year * sim.calendar.years
        integrated = self.integrated.ravel()
        leaving = pop_passed(self._next, self._end, self._thresholds, integrated)
        again = self._again
        passed = sim.population.threshold[again] <= integrated[self._stratum(again)]
        self._again = again[~passed]
        people = np.sort(np.concatenate([leaving, again[passed]]))
        sim.population.accrued[people] = sim.now
        self._revalue(people, sim.drivers.means_ratio())
        sim.education.graduate(people)
        sim.population.move(people, State.PREPARING)
        self.preparing = people

    def fade(self) -> None:
        """Return people who have given up preparing to everyday life, with a new threshold."""
        sim, population = self._sim, self._sim.population
        people = population.with_event(Event.FADED)
        if people.size == 0:
            return
        fresh = -np.log(sim.streams.draw(Purpose.NEW_THRESHOLD, people, sim.now + 1)[:, 0])
        self._revalue(people, 1 / np.maximum(sim.drivers.means_ratio(), 1e-9))
        integrated = self.integrated.ravel()[self._stratum(people)]
        population.threshold[people] = integrated + fresh / leaving_multiplier(sim, people)
        population.status[people] = Status.IRREGULAR
        population.immobile[people] = False
        population.move(people, State.HOME)
        self._again = np.concatenate([self._again, people])

    def _stratum(self, people: People) -> NDArray[np.int64]:
        population = self._sim.population
        stratum: NDArray[np.int64] = (
            population.community[people].astype(np.int64) * N_WEALTH + population.wealth[people]
        )
        return stratum

    def _revalue(self, people: People, factor: NDArray[np.float64]) -> None:
        """Multiply the savings of people by a factor of their community, shape (n_communities,). ODD eq. 7b.

        Savings of people at home are recorded at their initial value. They follow income at home, and are revalued when
        a family begins to prepare.
        """
        population = self._sim.population
        change = population.savings_usd[people] * (factor[population.community[people]] - 1)
        population.savings_usd[people] += change
        self._sim.ledger.receive("savings at home that follow income", change)

    def _hazard(self) -> NDArray[np.float64]:
        """Return the hazard of beginning to prepare, per year, shape (n_communities, n_wealth). ODD eq. 24."""
        sim, p, drivers = self._sim, self._sim.parameters, self._sim.drivers
        value = sim.choice.value_of_leaving()
        # A fall of income raises the value of leaving, and climate stress lowers income: its effect is counted once.
        by_value = p.home_foresight * p.nest * p.income_utility
        push = (
            p.conflict_effect * drivers.conflict
            + p.displaced_effect * drivers.displaced
            + p.instability_effect * np.maximum(drivers.instability, 0.0)
            + (p.wage_effect - by_value) * drivers.income_fall
            + (p.climate_effect - p.climate_income * p.wage_effect) * drivers.climate
            - p.livelihood_effect * sim.levers["livelihood"]
        )
        people = self._origin_effect * sim.education.wish_factor * np.exp(drivers.latent_departures)
        rare = p.departure_rate * people * np.exp(push) * (1 - p.campaign_effect * sim.beliefs.persuaded)
        odds = rare[:, None] / p.home_decisions * np.exp(p.home_foresight * p.nest * (value - p.aspiration_midpoint))
        hazard: NDArray[np.float64] = sim.levers["pool"][:, None] * p.home_decisions * odds / (1 + odds)
        return hazard


def leaving_multiplier(sim: Simulation, people: People) -> NDArray[np.float64]:
    """Return each person's hazard relative to that of an older person without ties, shape (k,)."""
    p, population = sim.parameters, sim.population
    ties = np.where(population.ties[people], p.ties_effect, 1.0)
    young = np.where(population.age[people] == 1, p.young_effect, 1.0)
    schooling = np.where(population.schooling[people], p.schooling_effect, 1.0)
    return ties * young * schooling
