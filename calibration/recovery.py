"""Recovery of known parameters: whether the inference finds again what made the data.

Data are runs of the simulation itself at the points of the design, with the error of observation added; the
inference uses an emulator that has not seen the run, and is otherwise the one that real data meet.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from calibration import smc
from calibration.emulator import Emulator
from calibration.fit import summaries
from calibration.members import Progress
from calibration.priors import FREE
from calibration.projection import Projection
from calibration.reference import Reference

Array = NDArray[np.float64]
PARTS = 10
"""Parts of the table: the emulator for a run in one learns from the others."""


def recover(
    reference: Reference,
    file: Path,
    design: int,
    fits: int,
    population: int,
    generations: int,
    seed: int,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Fit synthetic data sets of known parameters.

    Parameters
    ----------
    reference : Reference
    file : Path
        Table to which fits are appended as they end; those that it has are not done again.
    design : int
        First runs of the table, which fill the priors evenly: truths and what emulators learn from.
    fits : int
        Data sets, at most as many.
    population, generations : int
        Of each ABC-SMC.
    seed : int
    progress : callable, optional
        Called with fits done and fits in all.

    Returns
    -------
    DataFrame
        One row a fit and parameter: ``fit, parameter, truth, low, high`` (central 90 % interval, unit cube), ``inside``
        and ``rank`` (posterior mass below the truth).
    """
    points, logs = (table[:design] for table in summaries(reference))
    scale = reference.wanted["scale"].to_numpy(float)
    part = np.arange(len(points)) % PARTS
    emulators = [Emulator.fit(points[part != number], logs[part != number]) for number in range(PARTS)]
    projections = [Projection.fit(emulator, scale) for emulator in emulators]
    done = set(pd.read_csv(file)["fit"]) if file.exists() else set()
    for number in range(min(fits, len(points))):
        if number in done:
            continue
        rng = np.random.default_rng((seed, number))
        seen = logs[number] + scale * rng.standard_normal(len(scale))
        emulator, summarise = emulators[part[number]], projections[part[number]]

        def model(
            point: Array,
            emulator: Emulator = emulator,
            summarise: Projection = summarise,
            rng: np.random.Generator = rng,
        ) -> Array:
            return summarise(emulator.draw(point, rng) + scale * rng.standard_normal(len(scale)))

        found, weights, _ = smc.infer(
            model, summarise(seen), FREE, population=population, generations=generations, seed=seed + number
        )
        rows = pd.DataFrame(_compare(number, found, weights, points[number]))
        rows.to_csv(file, mode="a", header=not file.exists(), index=False)
        if progress is not None:
            progress(number + 1, min(fits, len(points)))
    return pd.read_csv(file)


def _compare(fit: int, found: pd.DataFrame, weights: Array, truth: Array) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for column, name in enumerate(FREE):
        unit = found[name].to_numpy(float)
        order = np.argsort(unit)
        mass = np.cumsum(weights[order])
        low, high = np.interp([0.05, 0.95], mass, unit[order])
        true = float(truth[column])
        below = float(weights[unit < true].sum())
        rows.append(
            {"fit": fit, "parameter": name, "truth": true, "low": low, "high": high, "inside": low <= true <= high,
             "rank": below}
        )  # fmt: skip
    return rows
