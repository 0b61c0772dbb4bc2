"""Governance: adaptive measures, reviewed on a schedule from reported rather than true figures. ODD eq. 2."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from corridor.model.policies import AdaptiveMeasure
from corridor.model.processes.observation import OF_RULE

if TYPE_CHECKING:
    from corridor.model.simulation import Simulation


class Governance:
    """Strength of the policy's adaptive measures.

    Attributes
    ----------
    level : ndarray of float, shape (n_measures,), 0 to 1
    """

    def __init__(self, sim: Simulation) -> None:
        self._sim = sim
        self._measures = sim.policy.adaptive
        self.level = np.zeros(len(self._measures))

    def step(self) -> None:
        """Review measures that are due, and set their strength from this step onwards."""
        sim = self._sim
        for number, measure in enumerate(self._measures):
            every = max(1, round(measure.rule.review_weeks / sim.calendar.weeks))
            if sim.now == 0 or sim.now % every:
                continue
            level = float(np.clip(self.level[number] + self._change(measure), 0.0, 1.0))
            if level != self.level[number]:
                self.level[number] = level
                sim.levers.set_strength(number, sim.now, level)

    def _change(self, measure: AdaptiveMeasure) -> float:
        """Return the change of a measure's strength given the figures available; zero if there are none."""
        rule, calendar = measure.rule, self._sim.calendar
        newest = self._sim.now - round(rule.lag_weeks / calendar.weeks)
        oldest = max(0, newest - max(1, round(rule.window_weeks / calendar.weeks)))
        if newest <= oldest:
            return 0.0
        seen = self._sim.recorder.mean_between(OF_RULE[rule.indicator], oldest, newest) / calendar.weeks
        acts = seen > rule.above if rule.above is not None else seen < (rule.below or 0.0)
        return rule.step if acts else -rule.step

    def cost_usd_per_year(self) -> float:
        """Cost of the adaptive measures at their current strength, USD a year."""
        return float(sum(level * m.cost_usd_per_year for level, m in zip(self.level, self._measures, strict=True)))
