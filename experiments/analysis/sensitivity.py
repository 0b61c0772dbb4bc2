"""Sensitivity of outcomes to uncertain factors: Morris' elementary effects and Sobol's indices, through SALib."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from corridor.experiments.analysis.factors import Factor, problem
from corridor.experiments.analysis.metrics import METRICS
from corridor.model.errors import InvalidInput

Method = Literal["morris", "sobol"]
CONFIDENCE = 0.90
RESAMPLES = 1000
LEVELS = 4
INDEX: dict[str, tuple[str, str]] = {
    "morris": ("mu_star", "mean absolute elementary effect (in the outcome's unit)"),
    "sobol": ("ST", "total index: share of variance that would go if the factor were known"),
}
"""The index by which each method ranks factors, and its meaning."""


def samples(method: Method, factors: Sequence[Factor], number: int, seed: int) -> pd.DataFrame:
    """Return the samples that a method needs, one row per sample, one column per factor.

    Parameters
    ----------
    method : {"morris", "sobol"}
    factors : sequence of Factor
    number : int
        Morris: trajectories, each of one sample more than there are factors. Sobol: base samples, a power of two, each
        of two samples more than there are factors.
    seed : int
    """
    from SALib.sample import morris, sobol

    if method == "sobol" and number & (number - 1):
        raise InvalidInput("sensitivity", "samples", number, "a power of two such as 64, for Sobol's indices")
    if method == "sobol":
        values = sobol.sample(problem(factors), number, calc_second_order=False, seed=seed)
    else:
        values = morris.sample(problem(factors), number, num_levels=LEVELS, seed=seed)
    low, high = (np.array([getattr(f, end) for f in factors]) for end in ("low", "high"))
    return pd.DataFrame(np.clip(values, low, high), columns=[f.name for f in factors])


def mean_outcomes(table: pd.DataFrame) -> pd.DataFrame:
    """Average the outcomes of each sample over seeds; NaN where a run is missing.

    Parameters
    ----------
    table : DataFrame
        From `EnsembleStore.table`, of one scenario, future and policy.
    """
    names = [metric.name for metric in METRICS]
    grouped = table.groupby("sample")[names]
    return grouped.mean().where(grouped.count().eq(grouped.size(), axis=0))


def analyse(
    method: Method, factors: Sequence[Factor], inputs: pd.DataFrame, outputs: pd.DataFrame, seed: int = 0
) -> pd.DataFrame:
    """Return the indices of every factor for every outcome.

    Parameters
    ----------
    method : {"morris", "sobol"}
    factors : sequence of Factor
    inputs : DataFrame
        From `samples`.
    outputs : DataFrame
        One row a sample, one column an outcome; NaN where a run is missing or an outcome undefined. The trajectory or
        block to which such a sample belongs is left out whole.
    seed : int
        Of the bootstrap.

    Returns
    -------
    DataFrame
        One row an outcome and factor, the strongest first. Morris: ``mu_star`` with ``mu_star_conf`` (half width of
        its 90 % bootstrap interval), ``mu``, ``sigma``. Sobol: ``ST``, ``ST_conf``, ``S1``, ``S1_conf``. ``used`` is
        the number of trajectories or blocks. Outcomes that never vary, or with fewer than two blocks, are left out.

    Notes
    -----
    Morris (1991), with the mean of absolute effects of Campolongo, Cariboni and Saltelli (2007); Sobol's indices as
    estimated by Saltelli et al. (2010).
    """
    block = len(factors) + (1 if method == "morris" else 2)
    tables = []
    for name in outputs:
        values = outputs[name].to_numpy(float).reshape(-1, block)
        whole = np.isfinite(values).all(axis=1)
        if whole.sum() < 2 or np.ptp(values[whole]) == 0:
            continue
        x = inputs.to_numpy().reshape(-1, block, len(factors))[whole].reshape(-1, len(factors))
        table = pd.DataFrame(_indices(method, factors, x, values[whole].ravel(), seed))
        table.insert(0, "factor", [f.name for f in factors])
        table.insert(0, "outcome", str(name))
        table["used"] = int(whole.sum())
        tables.append(table.sort_values(INDEX[method][0], ascending=False))
    if not tables:
        raise InvalidInput("sensitivity", "outcomes", "none that varies", "samples with two whole blocks at least")
    return pd.concat(tables, ignore_index=True)


def _indices(
    method: Method, factors: Sequence[Factor], x: NDArray[np.float64], y: NDArray[np.float64], seed: int
) -> dict[str, NDArray[np.float64]]:
    from SALib.analyze import morris, sobol

    settings: dict[str, Any] = {"num_resamples": RESAMPLES, "conf_level": CONFIDENCE, "seed": seed}
    if method == "morris":
        found = morris.analyze(problem(factors), x, y, num_levels=LEVELS, **settings)
        names: tuple[str, ...] = ("mu_star", "mu_star_conf", "mu", "sigma")
    else:
        found = sobol.analyze(problem(factors), y, calc_second_order=False, **settings)
        names = ("ST", "ST_conf", "S1", "S1_conf")
    return {name: np.asarray(found[name], dtype=float) for name in names}
