"""Naive forecasts, with which every forecast of the model is compared.

All work on the logarithm of one plus the monthly count. They are estimated at each origin from the observations up to
that month, and return samples of the months ahead.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from statsmodels.tsa.ar_model import AutoReg, ar_select_order
from statsmodels.tsa.exponential_smoothing.ets import ETSModel

Array = NDArray[np.float64]
YEAR = 12
SHORTEST = 3 * YEAR
"""Minimum number of observed months before the first origin."""


def _around(centre: Array, spread: Array, rng: np.random.Generator, draws: int) -> Array:
    return centre + spread * rng.standard_normal((draws, centre.size))


def persistence(past: Array, months: int, rng: np.random.Generator, draws: int) -> Array:
    """Forecast the last month, with the spread of past changes over the same number of months."""
    spread = [np.sqrt(np.mean((past[h:] - past[:-h]) ** 2)) for h in range(1, months + 1)]
    return _around(np.full(months, past[-1]), np.array(spread), rng, draws)


def seasonal_naive(past: Array, months: int, rng: np.random.Generator, draws: int) -> Array:
    """Forecast the same month of the last year, with the spread of past changes over a year."""
    centre = np.resize(past[-YEAR:], months)
    return _around(centre, np.full(months, np.sqrt(np.mean((past[YEAR:] - past[:-YEAR]) ** 2))), rng, draws)


def ets(past: Array, months: int, rng: np.random.Generator, draws: int) -> Array:
    """Forecast by exponential smoothing: with or without damped trend and season, by AICc."""
    best: Any = None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for trend in (None, "add"):
            for seasonal in (None, "add"):
                model = ETSModel(
                    past,
                    error="add",
                    trend=trend,
                    damped_trend=trend is not None,
                    seasonal=seasonal,
                    seasonal_periods=YEAR if seasonal else None,
                )
                fit = model.fit(disp=False)
                if best is None or fit.aicc < best.aicc:
                    best = fit
        simulated = best.simulate(months, anchor="end", repetitions=draws, rng=rng)
    return np.asarray(simulated, dtype=float).reshape(months, draws).T


def ar(past: Array, months: int, rng: np.random.Generator, draws: int) -> Array:
    """Forecast by an autoregression whose order (up to 13) minimises AIC, with Gaussian errors."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        lags = ar_select_order(past, maxlag=YEAR + 1, ic="aic").ar_lags or [1]
        fit = AutoReg(past, lags=lags).fit()
    constant, weights = fit.params[0], fit.params[1:]
    paths = np.repeat(past[None, -max(lags) :], draws, axis=0)
    errors = rng.standard_normal((draws, months)) * np.sqrt(fit.sigma2)
    for month in range(months):
        back = paths[:, [paths.shape[1] - lag for lag in lags]]
        paths = np.column_stack([paths, constant + back @ weights + errors[:, month]])
    return paths[:, -months:]


NaiveRule = Callable[[Array, int, np.random.Generator, int], Array]
NAIVE: Mapping[str, NaiveRule] = {
    "persistence": persistence,
    "seasonal_naive": seasonal_naive,
    "ets": ets,
    "ar": ar,
}
"""Name to forecast: past (log counts), months ahead, generator, draws -> samples of shape (draws, months)."""
