"""Observation: what planners see of what happens, and when.

Every indicator is a share of what happened, recorded where it happened, that becomes known with a delay in two stages
(collection and publication). Better statistics raise the share and shorten the delay. ODD eq. 39a and 39b.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from model.simulation import Simulation


class Indicator(NamedTuple):
    """What an indicator counts, and whether that variable holds what is recorded (else: what happened)."""

    source: str
    recorded: bool


INDICATORS = {
    "detections": Indicator("detections", True),
    "deaths": Indicator("deaths_recorded", True),
    "victims": Indicator("identified", False),
    "claims": Indicator("asylum_claims", False),
    "returns": Indicator("returns", False),
}
"""Indicators by the name under which ``observed_*`` gives them."""
OF_RULE = {indicator.source: f"observed_{name}" for name, indicator in INDICATORS.items()}
"""Series that an adaptive rule reads for each indicator of `model.policies.INDICATORS`."""


class Observation:
    """Figures on their way to those who decide.

    Attributes
    ----------
    collected, prepared : dict of str to ndarray of float, persons
        Figures of each indicator that wait for collection, and for publication.
    """

    def __init__(self, sim: Simulation) -> None:
        self._sim = sim
        self.collected = {name: np.zeros_like(sim.recorder.now(i.source)) for name, i in INDICATORS.items()}
        self.prepared = {name: np.zeros_like(waiting) for name, waiting in self.collected.items()}

    def step(self) -> None:
        """Record what happened in this step, and make known what is due."""
        sim, p = self._sim, self._sim.parameters
        quality = float(sim.levers["recording"][0])
        for name, indicator in INDICATORS.items():
            share = 1.0 if indicator.recorded else min(1.0, p[f"{name}_recorded"] * quality)
            stage = p[f"{name}_delay"] / 2 / max(quality, 1e-9)
            due = -np.expm1(-sim.calendar.weeks / stage) if stage > 0 else 1.0
            self.collected[name] += share * sim.recorder.now(indicator.source)
            self._pass_on(name, due)

    def _pass_on(self, name: str, due: float) -> None:
        """Pass a share of what waits to the next stage, and of that to the public."""
        moving: NDArray[np.float64] = due * self.collected[name]
        self.collected[name] = self.collected[name] - moving
        known = due * (self.prepared[name] + moving)
        self.prepared[name] = self.prepared[name] + moving - known
        self._sim.recorder.put(f"observed_{name}", known)
