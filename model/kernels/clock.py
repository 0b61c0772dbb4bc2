"""The time of a step and the key of its random numbers, as compiled functions take them."""

from __future__ import annotations

from typing import NamedTuple

from corridor.model.machine_code import Int


class Clock(NamedTuple):
    """When things happen in a run, and whose luck it is."""

    now: int
    """Step."""
    years: float
    """Length of a step, years."""
    k0: Int
    k1: Int
    """The two halves of the seed, which key the random numbers: see `corridor.model.streams`."""
