"""The day, and the key of the run's random numbers."""

from __future__ import annotations

from typing import NamedTuple

from corridor.model.machine_code import Int


class DayClock(NamedTuple):
    """A day of a run.

    Attributes
    ----------
    day : int
    k0, k1 : uint32
        Key of the run's streams.
    """

    day: Int
    k0: Int
    k1: Int
