"""ABC by rejection on emulated runs: of many that fill the priors, those closest to the data are kept.

Emulated runs cost next to nothing, so that the economy of the sequential algorithm is not needed; and in two dozen
dimensions its importance weights collapse onto a handful of particles, where rejection keeps all draws equally likely.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from calibration.emulator import Emulator
from calibration.priors import spread_out
from calibration.projection import Projection

Array = NDArray[np.float64]
POOL, KEPT = 65_536, 200
"""Emulated runs, and those that are kept."""


def emulated(emulator: Emulator, summarise: Projection, scale: Array, seed: int) -> tuple[Array, Array]:
    """Return points that fill the priors, shape (POOL, d), and summaries of a run at each, shape (POOL, d).

    Parameters
    ----------
    emulator : Emulator
    summarise : Projection
    scale : ndarray of float, shape (k,)
        Error of observation of each target, standard deviation of the log.
    seed : int
    """
    rng = np.random.default_rng(seed)
    points = spread_out(POOL, seed, emulator.points.shape[1])
    summaries = [
        summarise(
            emulator.mean(part) + _luck(emulator, len(part), rng) + scale * rng.standard_normal((len(part), len(scale)))
        )
        for part in np.array_split(points, 16)
    ]
    return points, np.concatenate(summaries)


def _luck(emulator: Emulator, n: int, rng: np.random.Generator) -> Array:
    return emulator.errors[rng.integers(len(emulator.errors), size=n)]


def closest(summaries: Array, seen: Array) -> tuple[NDArray[np.int64], float]:
    """Return the runs closest to the data, and the distance of the last of them.

    Distances count each summary in units of its median absolute deviation over all emulated runs.

    Parameters
    ----------
    summaries : ndarray of float, shape (n, d)
    seen : ndarray of float, shape (d,)
    """
    spread = np.median(np.abs(summaries - np.median(summaries, axis=0)), axis=0)
    distance = np.sqrt((((summaries - seen) / spread) ** 2).sum(axis=1))
    kept = np.argpartition(distance, KEPT)[:KEPT]
    return kept, float(distance[kept].max())
