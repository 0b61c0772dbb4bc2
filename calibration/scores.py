"""Scores of probabilistic forecasts that are given as samples.

All scores use log(1 + count), so that a route with fifty people a month weighs as much as one with fifty thousand.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Array = NDArray[np.float64]
INTERVALS = (50, 90)
"""Central intervals whose coverage is reported, per cent."""


def crps(samples: Array, observed: Array) -> Array:
    """Return the continuous ranked probability score of each forecast.

    Parameters
    ----------
    samples : ndarray of float, shape (n, k)
        ``k`` equally likely values of each of ``n`` forecasts.
    observed : ndarray of float, shape (n,)

    Returns
    -------
    ndarray of float, shape (n,)
        In the unit of the forecast; the absolute error if all samples agree. E|X - y| - E|X - X'| / 2 (Gneiting and
        Raftery 2007, eq. 21), the second term without bias for a finite sample.
    """
    import scoringrules  # compiles for seconds when it is imported

    return np.asarray(scoringrules.crps_ensemble(observed, samples, estimator="pwm", backend="numpy"))


def log_score(samples: Array, observed: Array) -> Array:
    """Return the logarithm of each forecast's density at the outcome; higher is better.

    The density is a Gaussian kernel estimate with Silverman's bandwidth, at least 0.01.

    Parameters
    ----------
    samples : ndarray of float, shape (n, k)
    observed : ndarray of float, shape (n,)
    """
    import scoringrules

    width = np.maximum(1.06 * samples.std(axis=1, ddof=1) * samples.shape[1] ** -0.2, 0.01)
    return -np.asarray(scoringrules.logs_ensemble(observed, samples, bw=width, backend="numpy"))


def interval(samples: Array, percent: float) -> tuple[Array, Array]:
    """Return the ends of the central interval of each forecast, shape (n,) each."""
    tail = 0.5 - percent / 200.0
    low, high = np.quantile(samples, [tail, 1.0 - tail], axis=1)
    return low, high


def covered(samples: Array, observed: Array, percent: float) -> NDArray[np.bool_]:
    """Return whether each outcome lies in the central interval of its forecast."""
    low, high = interval(samples, percent)
    return (low <= observed) & (observed <= high)


def table(samples: Mapping[str, Array], cases: pd.DataFrame, scale: Mapping[str, float]) -> pd.DataFrame:
    """Score every forecast of several methods.

    Parameters
    ----------
    samples : mapping of str to ndarray of float, shape (n, k)
        Forecasts by method, in the order of ``cases``.
    cases : DataFrame
        One row a forecast: ``origin, horizon, route, observed``.
    scale : mapping of str to float
        By route, the mean absolute error that makes an error of one in MASE.

    Returns
    -------
    DataFrame
        ``cases`` repeated for each ``method``, with ``median``, ``low_90``, ``high_90``, ``crps``, ``covered_50``,
        ``covered_90``, ``scaled_error`` (absolute error of the median over ``scale``), ``log_score``.
    """
    observed = cases["observed"].to_numpy(float)
    scales = cases["route"].map(scale).to_numpy(float)
    parts = []
    for method, values in samples.items():
        median = np.median(values, axis=1)
        low, high = interval(values, 90)
        scored = cases.assign(method=method, median=median, low_90=low, high_90=high, crps=crps(values, observed))
        for percent in INTERVALS:
            scored[f"covered_{percent}"] = covered(values, observed, percent)
        scored["scaled_error"] = np.abs(median - observed) / scales
        scored["log_score"] = log_score(values, observed)
        parts.append(scored)
    return pd.concat(parts, ignore_index=True)
