"""Recovery of known parameters: whether the inference finds again what made the data.

Data are runs of the simulation itself at the points of the design, with the error of observation added; the inference
uses an emulator that has not seen the run, and the summaries, errors and distances that real data meet. All
data sets of one emulator share its emulated runs.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from calibration.emulator import Emulator
from calibration.fit import summaries
from calibration.priors import FREE
from calibration.projection import Projection
from calibration.reference import Reference
from calibration.rejection import closest, emulated

Array = NDArray[np.float64]
PARTS = 10
"""Parts of the design: the emulator for a run in one learns from the others."""


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
    rows = []
    for number in range(PARTS):
        held = np.arange(len(points)) % PARTS == number
        emulator = Emulator.fit(points[~held], logs[~held])
        summarise = Projection.fit(emulator, scale)
        pool, summaries_of = emulated(emulator, summarise, scale, seed)
        for fit in np.flatnonzero(part == number):
            seen = summarise(logs[fit] + scale * rng.standard_normal(len(scale)))
            kept, _ = closest(summaries_of, seen)
            rows += _compare(int(fit), pool[kept], points[fit])
    return pd.DataFrame(rows).sort_values(["fit", "parameter"], ignore_index=True)


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
