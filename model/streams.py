"""Counter-based random streams: every draw is a pure function of (seed, stream, agent, counters).

Philox-4x32-10 (Salmon, Moraes, Dror and Shaw 2011, doi:10.1145/2063384.2063405) turns a 128-bit counter and a 64-bit
key into four independent 32-bit words. The key is the seed; the counter holds stream, agent and two numbers chosen by
the caller (a step, or the ordinal of a journey and the leg). A person therefore has the same random numbers under two
policies, and results do not depend on the number of threads or the order of execution.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np
from numba import uint32, uint64
from numpy.typing import NDArray

from corridor.model.machine_code import Floats, Int, Ints, compiled, inlined

if TYPE_CHECKING:
    from corridor.model.purposes import Purpose


class Stream(IntEnum):
    """Category of draws."""

    PERSON = 1
    WEALTH = 2
    HOME = 3
    HAZARD = 4
    CHOICE = 5
    PURCHASE = 6
    PRIORITY = 7
    TRAVEL_TIME = 8
    CROSSING = 9
    PRACTICE = 10
    SETTLEMENT = 11
    EXPLOITATION = 12
    EXIT = 13
    PATHWAY = 14
    AGENCY = 15
    ORGANISATION = 16
    FAMILY = 17
    ASHORE = 19
    ABROAD = 20
    LET_THROUGH = 21
    DISPLACED_FROM = 32
    DISPLACED_WAY = 33
    DISPLACED_STAY = 34


_M0, _M1 = uint64(0xD2511F53), uint64(0xCD9E8D57)
_W0, _W1 = uint32(0x9E3779B9), uint32(0xBB67AE85)
_ROUNDS = 10
TO_UNIT = 2.0**-32
"""Spacing of uniforms made from 32-bit words."""


@inlined
def philox(c0: Int, c1: Int, c2: Int, c3: Int, k0: Int, k1: Int) -> tuple[np.uint32, np.uint32, np.uint32, np.uint32]:
    """Return four 32-bit words for the counter (c0, c1, c2, c3) and the key (k0, k1), all 32-bit unsigned."""
    c0, c1, c2, c3 = uint32(c0), uint32(c1), uint32(c2), uint32(c3)
    k0, k1 = uint32(k0), uint32(k1)
    for _ in range(_ROUNDS):
        product0 = uint64(c0) * _M0
        product1 = uint64(c2) * _M1
        c0 = uint32(uint32(product1 >> uint64(32)) ^ c1 ^ k0)
        c1 = uint32(product1)
        c2 = uint32(uint32(product0 >> uint64(32)) ^ c3 ^ k1)
        c3 = uint32(product0)
        k0 = uint32(k0 + _W0)
        k1 = uint32(k1 + _W1)
    return c0, c1, c2, c3


@inlined
def unit(word: Int) -> float:
    """Map a 32-bit word to a uniform in (0, 1)."""
    return (word + 0.5) * TO_UNIT


@compiled()
def _fill(out: Floats, agents: Ints, first: Ints, second: Ints, stream: Int, k0: Int, k1: Int) -> None:
    own_first, own_second = first.size > 1, second.size > 1
    for row in range(agents.size):
        a, b = first[row if own_first else 0], second[row if own_second else 0]
        words = philox(agents[row], a, b, stream, k0, k1)
        for column in range(4):
            out[row, column] = unit(words[column])


class Streams:
    """Random numbers of one run.

    Parameters
    ----------
    seed : int
        Any non-negative integer below 2**64.
    """

    def __init__(self, seed: int) -> None:
        self.seed = int(seed)
        self.key: tuple[np.uint32, np.uint32] = (np.uint32(self.seed & 0xFFFFFFFF), np.uint32(self.seed >> 32))

    def uniforms(
        self,
        stream: Stream,
        agents: NDArray[np.integer],
        first: int | NDArray[np.integer] = 0,
        second: int | NDArray[np.integer] = 0,
    ) -> NDArray[np.float64]:
        """Return four uniforms in (0, 1) for each agent.

        Parameters
        ----------
        stream : Stream
        agents : ndarray of int, shape (n,)
            Person or actor numbers.
        first, second : int or ndarray of int, shape (n,)
            Counters that distinguish repeated draws, e.g. the step.

        Returns
        -------
        ndarray of float, shape (n, 4)
        """
        out = np.empty((len(agents), 4))
        if len(agents):
            _fill(
                out,
                np.ascontiguousarray(agents, dtype=np.int64),
                _counters(first),
                _counters(second),
                np.uint32(stream),
                *self.key,
            )
        return out

    def draw(
        self,
        purpose: Purpose,
        agents: NDArray[np.integer],
        first: int | NDArray[np.integer] | None = None,
        second: int | NDArray[np.integer] | None = None,
    ) -> NDArray[np.float64]:
        """Return each agent's uniforms in (0, 1) for a purpose.

        Parameters
        ----------
        purpose : Purpose
        agents : ndarray of int, shape (n,)
            Person or actor numbers.
        first, second : int or ndarray of int, shape (n,), optional
            Counters that the purpose leaves open.

        Returns
        -------
        ndarray of float, shape (n, number of columns of the purpose)
        """
        first = purpose.first.start if first is None else first
        second = purpose.second.start if second is None else second
        drawn = self.uniforms(Stream(purpose.stream), agents, first, second)
        return drawn[:, purpose.columns.start : purpose.columns.stop]


def _counters(values: int | NDArray[np.integer]) -> NDArray[np.uint32]:
    """Return one counter per draw, or a single one for all draws."""
    if isinstance(values, int):
        return np.array([values], dtype=np.uint32)
    return np.ascontiguousarray(values, dtype=np.uint32)


def philox_numpy(counter: NDArray[np.uint32], key: tuple[int, int]) -> NDArray[np.uint32]:
    """Return Philox words computed with plain NumPy: the reference implementation of `philox`.

    Parameters
    ----------
    counter : ndarray of uint32, shape (n, 4)
    key : tuple of two int

    Returns
    -------
    ndarray of uint32, shape (n, 4)
    """
    c0, c1, c2, c3 = (counter[:, column].astype(np.uint64) for column in range(4))
    k0, k1 = int(key[0]), int(key[1])
    low = np.uint64(0xFFFFFFFF)
    for _ in range(_ROUNDS):
        product0, product1 = c0 * np.uint64(0xD2511F53), c2 * np.uint64(0xCD9E8D57)
        c0 = (product1 >> np.uint64(32)) ^ c1 ^ np.uint64(k0)
        c1 = product1 & low
        c2 = (product0 >> np.uint64(32)) ^ c3 ^ np.uint64(k1)
        c3 = product0 & low
        k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return np.stack([c0, c1, c2, c3], axis=1).astype(np.uint32)
