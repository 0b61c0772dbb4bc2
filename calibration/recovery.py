"""Recovery of known parameters by the inference, from data simulated with them.

The data are runs of the simulation at the points of the design, with observation errors added. The inference is that of
the fit, the ensemble smoother, on an emulator fitted without the run, because the simulation itself would take too
long.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from corridor.calibration.emulator import Emulator
from corridor.calibration.fit import summaries
from corridor.calibration.priors import spread_out
from corridor.calibration.reference import Reference
from corridor.calibration.smoother import smooth

Array = NDArray[np.float64]
PARTS = 10
"""Number of parts of the design: the emulator for a run in one part is fitted to the others."""


def recover(reference: Reference, members: int, rounds: int, fits: int, seed: int) -> pd.DataFrame:
    """Fit synthetic data sets of known parameters.

    Parameters
    ----------
    reference : Reference
    members, rounds : int
        As of the fit. The first runs of the table are its design: truths, and what emulators learn from.
    fits : int
        Data sets, at most as many as members.
    seed : int

    Returns
    -------
    DataFrame
        One row a fit and parameter: ``fit, parameter, truth, low, high`` (central 90 % interval, unit cube),
        ``inside``, ``rank`` (posterior mass below the truth) and ``contraction`` (1 minus the posterior's variance over
        the prior's).
    """
    points, logs = (table[:members] for table in summaries(reference))
    scale = reference.wanted["scale"].to_numpy(float)
    rng = np.random.default_rng(seed)
    start = spread_out(members, seed + 1, points.shape[1])
    rows = []
    for number in range(PARTS):
        held = np.arange(len(points)) % PARTS == number
        emulator = Emulator.fit(points[~held], logs[~held])
        for fit in np.flatnonzero(held[:fits]):
            seen = logs[fit] + scale * rng.standard_normal(len(scale))
            model = partial(emulator.runs, rng=rng)
            found, _ = smooth(model, start, seen, scale, rounds, seed + int(fit))
            rows += _compare(int(fit), found, points[fit], reference.names)
    return pd.DataFrame(rows).sort_values(["fit", "parameter"], ignore_index=True)


def _compare(fit: int, found: Array, truth: Array, names: Sequence[str]) -> list[dict[str, object]]:
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
        for column, name in enumerate(names)
    ]
