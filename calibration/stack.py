"""Stacked forecasts of several experts: averaged quantiles, with weights and intervals learnt from past forecasts.

A forecast uses only information known at its origin: weights and intervals depend on forecasts of months at or before
it. There are few settings, because a stack tuned to one span of years performs worse in the next.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import softmax

Array = NDArray[np.float64]
LEVELS: Array = (np.arange(99) + 0.5) / 99
"""Quantiles stored for a forecast: the median, and 49 on each side."""
MIDDLE, LOW, HIGH = 49, 4, 94
"""The median, and the ends of the central 90 %."""
FITTED = LEVELS[LOW::10]
"""Quantiles used to find weights."""
TRUST = 0.5
"""Shrinkage of weights from the best past ones towards equal ones, and of (log) interval widths from those with the
right past coverage towards the experts': half-way, because the past optimum rarely persists."""
HALF_LIFE = 24.0
"""Half-life of errors for intervals, months: calm years alternate with volatile ones."""
FEWEST = 48
"""Minimum number of cases on a route; with fewer, weights are equal and intervals are the experts'."""
NARROWEST = 0.05
"""Minimum half width of a 90 % interval by which an error is divided, log points."""


def best_weights(experts: Array, observed: Array) -> Array:
    """Return the weights, positive and adding up to one, with which averaged quantiles would have had the lowest CRPS.

    Parameters
    ----------
    experts : ndarray of float, shape (n, experts, levels)
        At the levels `FITTED`.
    observed : ndarray of float, shape (n,)
    """
    by_level = np.ascontiguousarray(np.moveaxis(experts, 1, 2)).reshape(-1, experts.shape[1])
    seen, levels = np.repeat(observed, len(FITTED)), np.tile(FITTED, len(observed))

    def loss(free: Array) -> tuple[float, Array]:
        weights = np.asarray(softmax(free), dtype=float)
        error = seen - by_level @ weights
        side = levels - (error < 0)
        by_weight = -2.0 * (side @ by_level) / len(seen)
        return float(2.0 * (side * error).mean()), weights * (by_weight - weights @ by_weight)

    found = minimize(loss, np.zeros(experts.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 60})
    return np.asarray(softmax(found.x), dtype=float)


def standardised(stacked: Array, observed: Array) -> Array:
    """Return errors relative to the half of the 90 % interval on their side."""
    middle = stacked[:, MIDDLE]
    half = np.where(observed > middle, stacked[:, HIGH] - middle, middle - stacked[:, LOW])
    return np.asarray(np.abs(observed - middle) / np.maximum(half, NARROWEST), dtype=float)


def weighted_quantile(values: Array, weights: Array, level: float) -> float:
    """Return a weighted quantile: the smallest value with this share of the weight at or below it."""
    order = np.argsort(values)
    reached = np.cumsum(weights[order]) >= level * weights.sum()
    return float(values[order][np.argmax(reached)])


def stack(cases: pd.DataFrame, experts: Array) -> tuple[Array, pd.DataFrame]:
    """Stack forecasts, each with the information known at its origin.

    Parameters
    ----------
    cases : DataFrame
        One row a forecast: ``origin, month, route, observed`` (NaN where it is not known yet).
    experts : ndarray of float, shape (n, experts, levels)
        Quantiles of each at `LEVELS`.

    Returns
    -------
    ndarray of float, shape (n, levels)
        Quantiles of the stack.
    DataFrame
        One row an origin and route: ``origin, route``, weights by number of the expert, and ``stretch``, the factor of
        the intervals.
    """
    origin, month = (cases[name].to_numpy("datetime64[M]").astype(int) for name in ("origin", "month"))
    route, observed = cases["route"].to_numpy(), cases["observed"].to_numpy(float)
    raw, stretched, told = np.empty((len(cases), len(LEVELS))), np.empty((len(cases), len(LEVELS))), []
    for now in np.unique(origin):
        past = np.flatnonzero((month <= now) & np.isfinite(observed))
        errors = standardised(raw[past], observed[past])
        trust = 0.5 ** ((now - month[past]) / HALF_LIFE)
        overall = _stretch(errors, trust)
        for each in pd.unique(route):
            own, same = np.flatnonzero((origin == now) & (route == each)), route[past] == each
            weights = _weights(experts[past[same]], observed[past[same]])
            factor = float((overall * _stretch(errors[same], trust[same])) ** (TRUST / 2))
            raw[own] = np.einsum("nkq,k->nq", experts[own], weights)
            middle = raw[own][:, [MIDDLE]]
            stretched[own] = np.maximum(middle + factor * (raw[own] - middle), 0.0)
            row: dict[Any, Any] = {"origin": cases["origin"].iloc[own[0]], "route": each, "stretch": factor}
            told.append(row | dict(enumerate(weights)))
    return stretched, pd.DataFrame(told)


def _weights(experts: Array, observed: Array) -> Array:
    equal = np.full(experts.shape[1], 1.0 / experts.shape[1])
    if len(observed) < FEWEST:
        return equal
    return (1.0 - TRUST) * equal + TRUST * best_weights(experts[:, :, LOW::10], observed)


def _stretch(errors: Array, trust: Array) -> float:
    """Return the factor for intervals with which the 90 % intervals would have covered 90 % of past errors."""
    return weighted_quantile(errors, trust, 0.9) if len(errors) >= FEWEST else 1.0


def sample(quantiles: Array, rng: np.random.Generator, draws: int) -> Array:
    """Draw values of forecasts that are given by quantiles at `LEVELS`, shape (n, draws)."""
    at = rng.random((len(quantiles), draws))
    return np.stack([np.interp(row, LEVELS, values) for row, values in zip(at, quantiles, strict=True)])
