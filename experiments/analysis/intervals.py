"""Intervals of paired differences, of their mean and of their median, and a verdict in one word."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, gammaincinv, stdtrit

from corridor.experiments.analysis.metrics import Direction

CONFIDENCE = 0.90
FEWEST = 3
"""Minimum number of pairs for an interval: two say little about the spread, and rare events often coincide."""
FEWEST_OF_MEDIAN = 5
"""Minimum number of pairs for which lowest and highest include the median with 90 % probability."""


def median_interval(values: NDArray[np.float64]) -> tuple[float, float, float]:
    """Return median, lower and upper end of the 90 % interval of the median, whatever the distribution.

    Parameters
    ----------
    values : ndarray of float, shape (n_pairs,)

    Returns
    -------
    median, low, high : float
        No interval (NaN) of fewer than `FEWEST_OF_MEDIAN` pairs.

    Notes
    -----
    The d-th lowest and the d-th highest of n values hold the median with a probability that the binomial distribution
    gives. Between the two d that come next to 90 % the ends are interpolated after Hettmansperger and Sheather (1986).
    """
    x, n = np.sort(values), len(values)
    if n < FEWEST_OF_MEDIAN:
        return float(np.median(x)) if n else math.nan, math.nan, math.nan
    depths = np.arange(1, n // 2 + 1)
    covers = 1 - 2 * bdtr(depths - 1, n, 0.5)
    d = int(depths[covers >= CONFIDENCE][-1])
    wide, narrow = covers[d - 1], covers[d]
    surplus = (wide - CONFIDENCE) / (wide - narrow)
    inward = (n - d) * surplus / (d + (n - 2 * d) * surplus)
    low, high = (
        float((1 - inward) * outer + inward * inner) for outer, inner in ((x[d - 1], x[d]), (x[-d], x[-d - 1]))
    )
    return float(np.median(x)), low, high


def paired_interval(
    differences: NDArray[np.float64], unit: float | None = None, confidence: float = CONFIDENCE
) -> tuple[float, float, float]:
    """Return mean, lower and upper end of the interval of paired differences.

    Parameters
    ----------
    differences : ndarray of float, shape (n_pairs,)
    unit : float, optional
        What one event adds, where the differences are of counts: the persons of an agent.
    confidence : float
        Share of such intervals that hold the mean difference.

    Returns
    -------
    mean, low, high : float
        No interval (NaN) of fewer than `FEWEST` pairs; zeros if no pair differs.

    Notes
    -----
    mean ± t · s / √n with n − 1 degrees of freedom, as of a paired t test. Counts of rare events often differ by the
    same in all pairs, so that s says nothing: there the interval reaches as far as that of a difference of two Poisson
    counts too, the events that came (pairs with more) and those that were averted (pairs with fewer). Its ends come
    from Jeffreys' limits of each count (Brown, Cai and DasGupta 2003), joined by the method of Zou and Donner (2008).
    """
    n = len(differences)
    mean = float(np.mean(differences)) if n else math.nan
    if n > 1 and not np.any(differences):
        return 0.0, 0.0, 0.0
    if n < FEWEST:
        return mean, math.nan, math.nan
    half = float(stdtrit(n - 1, 0.5 + confidence / 2) * np.std(differences, ddof=1) / np.sqrt(n))
    low, high = mean - half, mean + half
    if unit:
        least, most = poisson_limits(differences / unit, confidence)
        low, high = min(low, unit * least / n), max(high, unit * most / n)
    return mean, low, high


def poisson_limits(differences: NDArray[np.float64], confidence: float) -> tuple[float, float]:
    """Return the limits of a sum of differences of counts, shape (n_pairs,): additional events less events averted."""
    more, fewer = float(differences[differences > 0].sum()), -float(differences[differences < 0].sum())
    (more_low, more_high), (fewer_low, fewer_high) = jeffreys(more, confidence), jeffreys(fewer, confidence)
    change = more - fewer
    return (
        change - math.hypot(more - more_low, fewer_high - fewer),
        change + math.hypot(more_high - more, fewer - fewer_low),
    )


def jeffreys(count: float, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Return Jeffreys' limits of the mean of a Poisson count."""
    tail = (1 - confidence) / 2
    low = float(gammaincinv(count + 0.5, tail)) if count > 0 else 0.0
    return low, float(gammaincinv(count + 0.5, 1 - tail))


def verdict(direction: Direction, difference: float, low: float, high: float) -> str:
    """Say in a word what a difference amounts to.

    ``better`` or ``worse`` (``higher`` or ``lower`` where neither is better) if the interval excludes zero, ``same``
    if no pair differs, otherwise ``unclear``.
    """
    if difference == low == high == 0:
        return "same"
    if not (low > 0 or high < 0):
        return "unclear"
    if direction == "no judgement":
        return "higher" if low > 0 else "lower"
    return "better" if (high < 0) == (direction == "lower is better") else "worse"
