"""Observation: the figures that planners receive, and their delay.

Every indicator is a recorded share of actual events, by place of occurrence, which becomes known with a delay in two
stages (collection and publication). Better statistics raise the share and shorten the delay. ODD eq. 39a and 39b.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from corridor.model.reads import reads

if TYPE_CHECKING:
    from corridor.model.simulation import Simulation


class Indicator(NamedTuple):
    """The variable of an indicator, and whether it contains recorded events (otherwise all events)."""

    source: str
    recorded: bool


OBSERVED_INDICATORS = {
    "detections": Indicator("detections", True),
    "deaths": Indicator("deaths_recorded", True),
    "victims": Indicator("identified", False),
    "claims": Indicator("asylum_claims", False),
    "returns": Indicator("returns", False),
}
"""Indicators by the name under which ``observed_*`` gives them."""
OF_RULE = {indicator.source: f"observed_{name}" for name, indicator in OBSERVED_INDICATORS.items()}
"""Series that an adaptive rule reads for each indicator of `corridor.model.policies.RULE_INDICATORS`."""


class Observation:
    """Figures being collected and published.

    Attributes
    ----------
    collected, prepared : ndarray of float, persons
        Figures awaiting collection, and awaiting publication: those of all indicators, concatenated.
    """

    def __init__(self, sim: Simulation) -> None:
        self._sim = sim
        shapes = {name: np.shape(sim.recorder.now(indicator.source)) for name, indicator in OBSERVED_INDICATORS.items()}
        ends = np.cumsum([int(np.prod(shape)) for shape in shapes.values()])
        self._part = {name: slice(*ends) for name, ends in zip(shapes, pairwise([0, *ends.tolist()]), strict=True)}
        self._sources = sim.recorder.cells(*(indicator.source for indicator in OBSERVED_INDICATORS.values()))
        self._observed = sim.recorder.cells(*(f"observed_{name}" for name in OBSERVED_INDICATORS))
        self.collected, self.prepared = np.zeros((2, int(ends[-1])))
        self._share, self._due = np.empty((2, self.collected.size))

    def step(self) -> None:
        """Record the events of this step, and publish figures that are due.

        A share of the figures in each stage is passed on: from collection to publication, and from there to the public.
        """
        recorder = self._sim.recorder
        self._look_up_quality()
        self.collected += self._share * recorder.take(self._sources)
        moving = self._due * self.collected
        self.collected -= moving
        self.prepared += moving
        known = self._due * self.prepared
        self.prepared -= known
        recorder.fill(self._observed, known)

    def waiting(self, name: str) -> float:
        """Persons recorded for an indicator whose record is not known yet."""
        part = self._part[name]
        return float(self.collected[part].sum() + self.prepared[part].sum())

    @reads("recording")
    def _look_up_quality(self) -> None:
        """Update recorded shares and delays when the quality of statistics has changed."""
        sim, p = self._sim, self._sim.parameters
        quality = float(sim.levers["recording"][0])
        for name, indicator in OBSERVED_INDICATORS.items():
            part, stage = self._part[name], p[f"{name}_delay"] / 2 / max(quality, 1e-9)
            self._share[part] = 1.0 if indicator.recorded else min(1.0, p[f"{name}_recorded"] * quality)
            self._due[part] = -np.expm1(-sim.calendar.weeks / stage) if stage > 0 else 1.0
