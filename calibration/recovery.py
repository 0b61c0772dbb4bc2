"""Recovery of known parameters: whether the inference finds again what made the data.

Data are runs of the simulation itself at the points of the design, with the error of observation added; the inference
uses an emulator that has not seen the run, and the summaries, errors and distances that real data meet. Rejection
stands in for the sequential algorithm: both approach the same posterior, and all data sets can share the emulated runs.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from calibration.emulator import Emulator
from calibration.fit import summaries
from calibration.priors import FREE, spread_out
from calibration.projection import Projection
from calibration.reference import Reference

Array = NDArray[np.float64]
PARTS = 10
"""Parts of the design: the emulator for a run in one learns from the others."""
POOL, KEPT = 32_768, 200
"""Emulated runs that fill the priors, and those closest to the data that are kept."""


def recover(reference: Reference, design: int, fits: int, seed: int) -> pd.DataFrame:
    """Fit synthetic data sets of known parameters.

    Parameters
    ----------
    reference : Reference
    design : int
        First runs of the table, which fill the priors evenly: truths and what emulators learn from.
    fits : int
        Data sets, at most as many.
    seed : int

    Returns
    -------
    DataFrame
        One row a fit and parameter: ``fit, parameter, truth, low, high`` (central 90 % interval, unit cube),
        ``inside``, ``rank`` (posterior mass below the truth) and ``contraction`` (1 minus the posterior's variance over
        the prior's).
    """
    points, logs = (table[:design] for table in summaries(reference))
    scale = reference.wanted["scale"].to_numpy(float)
    rng = np.random.default_rng(seed)
    part = np.arange(min(fits, len(points))) % PARTS
    pool = spread_out(POOL, seed)
    rows = []
    for number in range(PARTS):
        held = np.arange(len(points)) % PARTS == number
        emulator = Emulator.fit(points[~held], logs[~held])
        summarise = Projection.fit(emulator, scale)
        emulated = summarise(_observed(emulator.mean(pool) + _luck(emulator, rng), scale, rng))
        for fit in np.flatnonzero(part == number):
            seen = summarise(_observed(logs[fit][None, :], scale, rng))[0]
            rows += _compare(int(fit), pool[_closest(emulated, seen)], points[fit])
    return pd.DataFrame(rows).sort_values(["fit", "parameter"], ignore_index=True)


def _luck(emulator: Emulator, rng: np.random.Generator) -> Array:
    return emulator.errors[rng.integers(len(emulator.errors), size=POOL)]


def _observed(logs: Array, scale: Array, rng: np.random.Generator) -> Array:
    """Return log targets with the error of observation."""
    return logs + scale * rng.standard_normal(logs.shape)


def _closest(emulated: Array, seen: Array) -> NDArray[np.int64]:
    """Return the runs of the pool that are closest, in units of each summary's median absolute deviation."""
    spread = np.median(np.abs(emulated - np.median(emulated, axis=0)), axis=0)
    distance = (((emulated - seen) / spread) ** 2).sum(axis=1)
    return np.argpartition(distance, KEPT)[:KEPT]


def _compare(fit: int, found: Array, truth: Array) -> list[dict[str, object]]:
    low, high = np.quantile(found, [0.05, 0.95], axis=0)
    return [
        {
            "fit": fit,
            "parameter": name,
            "truth": truth[column],
            "low": low[column],
            "high": high[column],
            "inside": bool(low[column] <= truth[column] <= high[column]),
            "rank": float((found[:, column] < truth[column]).mean()),
            "contraction": 1.0 - 12.0 * float(found[:, column].var()),
        }
        for column, name in enumerate(FREE)
    ]
