"""The time of a step and its random-number key, as arguments of compiled functions."""

from __future__ import annotations

from typing import NamedTuple

from corridor.model.machine_code import Int


class Clock(NamedTuple):
    """Current step, its length, and the run's random-number key."""

    now: int
    """Step."""
    years: float
    """Length of a step, years."""
    k0: Int
    k1: Int
    """The two halves of the seed, the key of all draws: see `corridor.model.streams`."""
