"""Forecasts of monthly detections: an ensemble of simulations, corrected by its recent errors.

The logarithm of detections is split into a part that the ensemble explains and a residual. Simulations project the
assumed drivers and events into the future; an autoregression projects the residual, with coefficients and errors
estimated on the months before the origin. A forecast starts from the residuals of the twelve months before it, which
condition it on the observed past.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from corridor.calibration.members import of_route

Array = NDArray[np.float64]
YEAR = 12
LEVEL = 4
"""Regressors that project the level: the residual 1, 2 and 12 months ago, and its mean over the last 12."""
PRIOR = (0.75, 0.0, 0.1, 0.15)
"""Their prior weights: they add up to one, so that a residual persists."""
LEVEL_PRECISION, SEASON_PRECISION, CONSTANT_PRECISION = 30.0, 5.0, 1000.0
"""Precision of the priors, in units of one over the error variance. That of constants is high, so that a new level is
not drawn back to that of earlier years."""
POOLING = 0.3
"""Weight of the error variance of all routes in that of each route."""
LEAST_SPREAD = 0.01
"""Minimum monthly error, log points: no series is known exactly."""
SMOOTHING = 3
"""Width of the centred window, months, over which simulated detections are averaged: small routes have few agents."""
FLOOR = 50.0
"""Detections per month added to simulated ones before the logarithm."""


def log_detections(months: xr.Dataset, routes: list[str]) -> xr.DataArray:
    """Return the smoothed logarithm of simulated detections, dimensions ``member, month, route``."""
    counts = of_route(months["detections"]).sel(route=routes).transpose("member", "month", "route")
    smooth = counts.rolling(month=SMOOTHING, center=True, min_periods=1).mean()
    floored: xr.DataArray = xr.apply_ufunc(np.log, smooth + FLOOR, keep_attrs=True)
    return floored


def _season(month: int | NDArray[np.int64]) -> tuple[Array, Array]:
    angle = 2.0 * np.pi * np.asarray(month, dtype=float) / YEAR
    return np.cos(angle), np.sin(angle)


def _regressors(past: Array, month: int) -> Array:
    """Return level and season regressors of the month after ``past``, shape (n, 6); ``past`` has shape (n, months)."""
    level = [past[:, -1], past[:, -2], past[:, -YEAR], past[:, -YEAR:].mean(axis=1)]
    cosine, sine = _season(month)
    return np.column_stack([*level, np.full(len(past), cosine), np.full(len(past), sine)])


@dataclass(frozen=True)
class ResidualModel:
    """An autoregression of the residual, common to all routes except for constants and error variances.

    Attributes
    ----------
    weight : float
        Weight of simulated log detections.
    mean : ndarray of float, shape (n,), covariance : ndarray of float, shape (n, n)
        Posterior of the coefficients: level, season, one constant a route.
    spread : ndarray of float, shape (n_routes,)
        Standard deviation of the monthly error, log points.
    errors : ndarray of float
        Standardised errors of the months before of all routes, drawn from for forecasts.
    """

    weight: float
    mean: Array
    covariance: Array
    spread: Array
    errors: Array

    @classmethod
    def fit(cls, seen: pd.DataFrame, explained: Array, weight: float) -> ResidualModel:
        """Estimate on the months before an origin.

        Parameters
        ----------
        seen : DataFrame
            log(1 + detections), months by routes.
        explained : ndarray of float, shape (n_months, n_routes)
            Simulated log detections in the same months, mean over members.
        weight : float
            Of the simulation: 1, or 0 for the same forecast without it.
        """
        residual = seen.to_numpy(float) - weight * explained
        months = pd.DatetimeIndex(seen.index).month.to_numpy()
        n_routes, first = residual.shape[1], YEAR
        rows = [_regressors(residual[:t].T, months[t]) for t in range(first, len(residual))]
        design = np.stack([np.column_stack([row, np.eye(n_routes)]) for row in rows])
        target = residual[first:]
        prior = np.zeros(design.shape[2])
        prior[:LEVEL] = PRIOR
        precision = np.repeat(
            [LEVEL_PRECISION, SEASON_PRECISION, CONSTANT_PRECISION], [LEVEL, len(prior) - LEVEL - n_routes, n_routes]
        )
        spread = np.ones(n_routes)
        for _ in range(5):
            scaled = (design / spread[:, None]).reshape(-1, len(prior))
            covariance = np.linalg.inv(scaled.T @ scaled + np.diag(precision))
            mean = covariance @ (scaled.T @ (target / spread).ravel() + precision * prior)
            errors = target - design @ mean
            variance = (1 - POOLING) * (errors**2).mean(axis=0) + POOLING * (errors**2).mean()
            spread = np.sqrt(variance + LEAST_SPREAD**2)
        return cls(weight, mean, np.asarray(covariance, dtype=float), spread, (errors / spread).ravel())

    def forecast(
        self, seen: pd.DataFrame, explained: Array, months: int, rng: np.random.Generator, draws: int
    ) -> Array:
        """Draw paths for the months after the last observed one.

        Parameters
        ----------
        seen : DataFrame
            log(1 + detections) up to the origin, months by routes, at least twelve months.
        explained : ndarray of float, shape (n_members, n_months + months, n_routes)
            Simulated log detections of every member, over the months seen and those ahead.
        months, draws : int
        rng : Generator

        Returns
        -------
        ndarray of float, shape (n_routes, months, draws)
            log(1 + detections), at least 0. Path ``i`` follows member ``i`` (in turn), with its own coefficients and
            errors: parameters, replicates and residuals all add to the spread.
        """
        ahead = pd.DatetimeIndex(seen.index)[-1] + pd.DateOffset(months=1)
        calendar = pd.date_range(ahead, periods=months, freq="MS").month
        member = np.arange(draws) % len(explained)
        weights = rng.multivariate_normal(self.mean, self.covariance, draws)
        observed = seen.to_numpy(float)
        paths = np.empty((observed.shape[1], months, draws))
        for route in range(observed.shape[1]):
            model = self.weight * explained[member, :, route]
            past = (observed[:, route] - model[:, : len(observed)])[:, -YEAR:]
            for step in range(months):
                level = (_regressors(past, calendar[step]) * weights[:, : LEVEL + 2]).sum(axis=1)
                error = rng.choice(self.errors, draws) * self.spread[route]
                part = model[:, len(observed) + step]
                value = np.maximum(part + level + weights[:, LEVEL + 2 + route] + error, 0.0)
                paths[route, step] = value
                past = np.column_stack([past[:, 1:], value - part])
        return paths
