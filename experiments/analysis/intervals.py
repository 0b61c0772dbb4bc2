"""Intervals of paired differences, and a verdict in one word."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv, stdtrit

from corridor.experiments.analysis.metrics import Direction

CONFIDENCE = 0.90
FEWEST = 3
"""Pairs below which there is no interval: two tell next to nothing of the spread, and rare events come out equal."""


def paired_interval(differences: NDArray[np.float64], unit: float | None = None) -> tuple[float, float, float]:
    """Return mean, lower and upper end of the 90 % interval of paired differences.

    Parameters
    ----------
    differences : ndarray of float, shape (n_pairs,)
    unit : float, optional
        What one event adds, where the differences are of counts: the persons of an agent.

    Returns
    -------
    mean, low, high : float
        No interval (NaN) of fewer than `FEWEST` pairs; zeros if no pair differs.

    Notes
    -----
    mean ± t(0.95, n − 1) · s / √n, as of a paired t test. Counts of rare events often differ by the same in all pairs,
    so that s says nothing: there the interval reaches as far as that of a difference of two Poisson counts too, the
    events that came (pairs with more) and those that were averted (pairs with fewer). Its ends come from Jeffreys'
    limits of each count (Brown, Cai and DasGupta 2003), joined by the method of Zou and Donner (2008).
    """
    n = len(differences)
    mean = float(np.mean(differences)) if n else math.nan
    if n > 1 and not np.any(differences):
        return 0.0, 0.0, 0.0
    if n < FEWEST:
        return mean, math.nan, math.nan
    half = float(stdtrit(n - 1, 0.5 + CONFIDENCE / 2) * np.std(differences, ddof=1) / np.sqrt(n))
    low, high = mean - half, mean + half
    if unit:
        least, most = poisson_limits(differences / unit)
        low, high = min(low, unit * least / n), max(high, unit * most / n)
    return mean, low, high


def poisson_limits(differences: NDArray[np.float64]) -> tuple[float, float]:
    """Return the limits of the sum of differences of counts, shape (n_pairs,): events that came less those averted."""
    more, fewer = float(differences[differences > 0].sum()), -float(differences[differences < 0].sum())
    (more_low, more_high), (fewer_low, fewer_high) = jeffreys(more), jeffreys(fewer)
    change = more - fewer
    return (
        change - math.hypot(more - more_low, fewer_high - fewer),
        change + math.hypot(more_high - more, fewer - fewer_low),
    )


def jeffreys(count: float) -> tuple[float, float]:
    """Return Jeffreys' 90 % limits of the mean of a Poisson count."""
    tail = (1 - CONFIDENCE) / 2
    low = float(gammaincinv(count + 0.5, tail)) if count > 0 else 0.0
    return low, float(gammaincinv(count + 0.5, 1 - tail))


def verdict(direction: Direction, difference: float, low: float, high: float) -> str:
    """Say in a word what a difference amounts to.

    ``better`` or ``worse`` (``higher`` or ``lower`` where neither is better) if the interval leaves out zero, ``same``
    if no pair differs, else ``unclear``.
    """
    if difference == low == high == 0:
        return "same"
    if not (low > 0 or high < 0):
        return "unclear"
    if direction == "no judgement":
        return "higher" if low > 0 else "lower"
    return "better" if (high < 0) == (direction == "lower is better") else "worse"


def interval_words(low: str, high: str, word: str) -> str:
    """Return an interval, its ends as text, for a verdict: where no pair differs there is none to tell."""
    return "no pair differs" if word == "same" else f"{low} to {high}"
