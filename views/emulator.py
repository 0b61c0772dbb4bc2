"""A provisional answer before simulation: effects of packages, predicted from paired runs of others.

The logarithm of the ratio to the baseline is the sum of curves, one a measure, and a Gaussian process for what measures
do together. Both are fitted when the app first needs them to the table of `corridor.views.doses`.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel
from sklearn.linear_model import RidgeCV

from corridor.views.doses import OUTCOMES, opened, point
from corridor.views.gallery import CORRIDOR, PERIODS, period_question
from corridor.views.package import Package
from corridor.views.question import Question

SHARE, POINT = 0.10, 0.01
"""A prediction counts as right if it is within a tenth of the effect's size, or within one point."""
COVERED = 0.9
_fitting = threading.Lock()
PENALTIES = tuple(np.logspace(-4, 2, 13))


class Foretold(NamedTuple):
    """A provisional effect: share of the baseline, and the ends within which nine of ten held-out ones were."""

    change: float
    low: float
    high: float


@dataclass(frozen=True)
class Emulator:
    """The fit to one period.

    Attributes
    ----------
    runs : int
        Pairs of runs that it was fitted to.
    errors : dict of str to float
        Outcome to the size of error that nine of ten held-out packages do not exceed (log points).
    within : float
        Share of effects on held-out packages that were foretold within a tenth of their size, or a point.
    is_stale : bool
        Whether model, scenario or catalogue have changed since.
    """

    curves: dict[str, RidgeCV]
    together: dict[str, GaussianProcessRegressor]
    weights: dict[str, NDArray[np.float64]]
    errors: dict[str, float]
    within: float
    runs: int
    is_stale: bool

    def foretell(self, package: Package) -> dict[str, Foretold] | None:
        """Return the effects of a package by outcome; None if the runs tell nothing of it."""
        at = point(package)
        if at is None:
            return None
        found = {}
        for name in OUTCOMES:
            middle, error = float(self._effects(name, at[None, :])[0]), self.errors[name]
            found[name] = Foretold(*(float(np.expm1(value)) for value in (middle, middle - error, middle + error)))
        return found

    def _effects(self, name: str, points: NDArray[np.float64]) -> NDArray[np.float64]:
        curves: NDArray[np.float64] = self.curves[name].predict(_curved(points))
        more: NDArray[np.float64] = self.together[name].predict(points * self.weights[name])
        return curves + more


def emulator(period: str) -> Emulator | None:
    """Return the emulator of a period of the gallery; None where there is no table."""
    with _fitting:
        return _emulator(period)


@cache
def _emulator(period: str) -> Emulator | None:
    found = opened(period)
    if found is None:
        return None
    table, is_stale = found
    training = table[table["role"] == "training"]
    points = _points(training["package"])
    fitted = {name: _fit(points, training[name].to_numpy()) for name in OUTCOMES}
    curves, together, weights = ({name: parts[part] for name, parts in fitted.items()} for part in range(3))
    first = Emulator(curves, together, weights, {}, 0.0, len(training), is_stale)
    held = _held_out(first, table)
    errors = {name: float(np.quantile(np.abs(ours - theirs), COVERED)) for name, ours, theirs in held}
    within = float(np.mean([_is_close(ours, theirs) for _, ours, theirs in held]))
    return replace(first, errors=errors, within=within)


def _is_close(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which effects (logarithms of ratios) are predicted to within a tenth of their size, or one point."""
    close: NDArray[np.bool_] = _apart(ours, theirs) <= np.maximum(SHARE * np.abs(np.expm1(theirs)), POINT)
    return close


def _apart(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> NDArray[np.float64]:
    apart: NDArray[np.float64] = np.abs(np.expm1(ours) - np.expm1(theirs))
    return apart


def period_of(question: Question) -> str | None:
    """Return the period whose emulator can answer a question; None if none can."""
    if question.corridor != CORRIDOR or question.shocks:
        return None
    for period in PERIODS:
        known = period_question(period, ("rescue",))
        if (known.first, known.last, known.future) == (question.first, question.last, question.future):
            return period
    return None


def scores(period: str) -> pd.DataFrame:
    """Return the accuracy of predictions for held-out packages, one row per outcome and one for all.

    Returns
    -------
    DataFrame
        ``outcome, effects, within`` (share within a tenth or a point), ``error_points`` (nine of ten are within),
        ``noise_points`` (standard error of the runs that are foretold, which no emulator can know).
    """
    known, found = emulator(period), opened(period)
    if known is None or found is None:
        return pd.DataFrame()
    held = found[0][found[0]["role"] == "held out"]
    right = []
    rows: list[tuple[str, int, float, float, float]] = []
    for name, ours, theirs in _held_out(known, found[0]):
        within = _is_close(ours, theirs)
        noise = held.groupby("package")[name].sem().mean()
        right.append(within)
        error = float(np.quantile(_apart(ours, theirs), COVERED))
        rows.append((name, len(within), float(within.mean()), 100 * error, 100 * float(noise)))
    every = np.concatenate(right)
    rows.append(("all", len(every), float(every.mean()), np.nan, np.nan))
    return pd.DataFrame(rows, columns=["outcome", "effects", "within", "error_points", "noise_points"]).round(3)


def _held_out(known: Emulator, table: pd.DataFrame) -> list[tuple[str, NDArray[np.float64], NDArray[np.float64]]]:
    """Return outcomes with the predicted and the simulated effects of held-out packages."""
    means = table[table["role"] == "held out"].groupby("package")[list(OUTCOMES)].mean()
    points = _points(means.index)
    return [(name, known._effects(name, points), means[name].to_numpy()) for name in OUTCOMES]


def _points(packages: Iterable[str]) -> NDArray[np.float64]:
    found = [point(Package.of_text(CORRIDOR, str(text))) for text in packages]
    return np.array([at for at in found if at is not None])


def _curved(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the terms of curves: amounts and their square roots, which rise fast and level off."""
    return np.hstack([points, np.sqrt(points)])


def _fit(
    points: NDArray[np.float64], effects: NDArray[np.float64]
) -> tuple[RidgeCV, GaussianProcessRegressor, NDArray[np.float64]]:
    """Fit the curves, then the interactions of measures, to logarithms of ratios."""
    curves = RidgeCV(PENALTIES, fit_intercept=False).fit(_curved(points), effects)
    n = points.shape[1]
    weights: NDArray[np.float64] = np.abs(curves.coef_[:n] + curves.coef_[n:])
    weights = weights / weights.max()
    kernel = ConstantKernel(0.01) * RBF(1.0) + WhiteKernel(0.001)
    process = GaussianProcessRegressor(kernel, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        process.fit(points * weights, effects - curves.predict(_curved(points)))
    return curves, process, weights
