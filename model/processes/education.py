"""Education: additional schooling, and training that raises incomes at home. ODD eq. 25a and 25b."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from corridor.model.population import People
from corridor.model.purposes import Purpose

if TYPE_CHECKING:
    from corridor.model.simulation import Simulation


class Education:
    """Shares of communities reached by programmes so far.

    Attributes
    ----------
    schooled : ndarray of float, shape (n_communities,)
        Of those without secondary schooling at the start: with it now.
    trained : ndarray of float, shape (n_communities,)
        People with vocational training.
    income_factor, wish_factor : ndarray of float, shape (n_communities,)
        Income at home, and the hazard of wanting to leave, relative to those without programmes.
    """

    def __init__(self, sim: Simulation) -> None:
        self._sim = sim
        self.schooled = np.zeros(len(sim.corridor.communities))
        self.trained = np.zeros(len(sim.corridor.communities))
        self._tell()

    def step(self) -> None:
        """Update the shares of people reached by programmes."""
        levers, years = self._sim.levers, self._sim.calendar.years
        education, training = levers["education"], levers["training"]
        if not (education.any() or training.any()):
            return
        self.schooled += (1 - self.schooled) * -np.expm1(-education * years)
        self.trained += (1 - self.trained) * -np.expm1(-training * years)
        self._tell()

    def _tell(self) -> None:
        """Compute the effects of programmes so far on income and on the wish to leave."""
        p = self._sim.parameters
        share = self._sim.corridor.communities.column("schooling_share").astype(float)
        gained = (1 - share) * self.schooled
        schooling = 1 + (p.schooling_effect - 1) * gained / (1 + (p.schooling_effect - 1) * share)
        self.income_factor = 1 + p.training_income * self.trained
        self.wish_factor = schooling * (1 - p.training_effect * self.trained)

    def graduate(self, people: People) -> None:
        """Draw, for people who begin to prepare, the schooling that they have gained since the start."""
        if not self.schooled.any():
            return
        population = self._sim.population
        u = self._sim.streams.draw(Purpose.SCHOOLING, people)[:, 0]
        population.schooling[people] |= u < self.schooled[population.community[people]]
