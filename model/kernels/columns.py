"""Columns of people, grouped as arguments of compiled loops: see `corridor.model.population.Population`.

Loops over ``prange`` bind a column to a local name before writing to it, because Numba discards writes to a field.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from corridor.model.machine_code import Records


class ScannedColumns(NamedTuple):
    """Columns that the event scan reads for the whole population, shape (n,)."""

    state: NDArray[np.uint8]
    state_words: NDArray[np.uint64]
    """States packed as eight people per word, shape (n // 8,)."""
    cell: NDArray[np.int32]
    """Place x profile."""
    due: NDArray[np.int32]
    """Step at which travel ends."""
    susceptibility: NDArray[np.float32]
    """Multiplier on the personal hazards."""
    scratch: NDArray[np.int32]
    """Scratch space."""


class StateColumns(NamedTuple):
    """Columns that change with a person's state or determine their hazards, and their family, shape (n,)."""

    records: Records
    state: NDArray[np.uint8]
    due: NDArray[np.int32]
    cell: NDArray[np.int32]
    immobile: NDArray[np.bool_]
    sector: NDArray[np.uint8]
    form: NDArray[np.uint8]
    first_member: NDArray[np.int32]
    """All who ever followed head i are ``members[first_member[i]:first_member[i + 1]]``, shape (n + 1,)."""
    members: NDArray[np.int64]


class TravellerColumns(NamedTuple):
    """Columns of people who decide, buy a passage and travel, shape (n,)."""

    records: Records
    state: NDArray[np.uint8]
    due: NDArray[np.int32]
    immobile: NDArray[np.bool_]
    """Whether they want to leave home but can afford no leg."""
    taste: NDArray[np.float32]
    """Taste for living in their present country; `UNDECIDED` (see `kernels.choice`) for new arrivals."""
    creditor: NDArray[np.int16]
    """Organisation that gave credit; -1: none."""
    susceptibility: NDArray[np.float32]
    """Multiplier on the probability of captivity in transit."""


class VictimColumns(NamedTuple):
    """Records of trafficking episodes, and exposure to exploitation, shape (n,)."""

    records: Records
    immobile: NDArray[np.bool_]
    susceptibility: NDArray[np.float32]
    """Multiplier on the hazards of exploitation."""
    episodes: NDArray[np.uint8]
    """Episodes so far."""
    freed: NDArray[np.int32]
    """Step at which the last episode ended."""
    supported_months: NDArray[np.float32]
    sector: NDArray[np.uint8]
    """Of the last episode, as are the columns below."""
    form: NDArray[np.uint8]
    channel: NDArray[np.uint8]
    exploiter: NDArray[np.int16]
    """-1: no particular exploiter."""
    identified: NDArray[np.bool_]
