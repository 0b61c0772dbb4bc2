"""Columns of people, in the groups in which compiled loops take them: see `corridor.model.population.Population`.

A loop over ``prange`` takes a column out of its group before it writes to it: Numba drops what is written to a field.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from corridor.model.machine_code import Records


class Scanned(NamedTuple):
    """What the pass of events reads of everybody, shape (n,)."""

    state: NDArray[np.uint8]
    state_words: NDArray[np.uint64]
    """States, eight people a word, shape (n // 8,)."""
    cell: NDArray[np.int32]
    """Place x profile."""
    due: NDArray[np.int32]
    """Step at which travel ends."""
    susceptibility: NDArray[np.float32]
    """Multiplier on the hazards that are personal."""
    room: NDArray[np.int32]
    """Written over."""


class Standing(NamedTuple):
    """What changes with a person's state, what their hazards follow from, and who travels with them, shape (n,)."""

    records: Records
    state: NDArray[np.uint8]
    due: NDArray[np.int32]
    cell: NDArray[np.int32]
    stuck: NDArray[np.bool_]
    sector: NDArray[np.uint8]
    form: NDArray[np.uint8]
    first_member: NDArray[np.int32]
    """Those who ever followed head i are ``members[first_member[i]:first_member[i + 1]]``, shape (n + 1,)."""
    members: NDArray[np.int64]


class Travellers(NamedTuple):
    """What those who decide, buy a passage and travel have and decide, shape (n,)."""

    records: Records
    state: NDArray[np.uint8]
    due: NDArray[np.int32]
    stuck: NDArray[np.bool_]
    """Whether they want to leave home and can pay for nothing."""
    taste: NDArray[np.float32]
    """For living in the country where they are; `UNDECIDED` (see `kernels.choice`) for those who have just come."""
    creditor: NDArray[np.int16]
    """Organisation that lent; -1: none."""
    susceptibility: NDArray[np.float32]
    """Multiplier on the probability of being held on the way."""


class Victims(NamedTuple):
    """What is kept of exploitation, and what exposes people to it, shape (n,)."""

    records: Records
    stuck: NDArray[np.bool_]
    susceptibility: NDArray[np.float32]
    """Multiplier on the hazards of exploitation."""
    episodes: NDArray[np.uint8]
    """Episodes so far."""
    freed: NDArray[np.int32]
    """Step at which the last one ended."""
    supported_months: NDArray[np.float32]
    sector: NDArray[np.uint8]
    """Of the last episode, like all that follows."""
    form: NDArray[np.uint8]
    channel: NDArray[np.uint8]
    exploiter: NDArray[np.int16]
    """-1: nobody in particular."""
    identified: NDArray[np.bool_]
