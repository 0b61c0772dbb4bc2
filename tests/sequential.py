"""Tests of paired differences that stop as soon as they have seen enough."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy import stats

LOOKS = (4, 8, 16, 32, 96)
"""Pairs of runs after which the differences are looked at."""


def is_above_zero(
    difference: Callable[[int], float], error_rate: float, looks: Sequence[int] = LOOKS
) -> tuple[bool, list[float]]:
    """Tell whether differences between pairs of runs are above zero on average; return them, too.

    One-sided t tests after each number of pairs in ``looks``, each at its part of the error rate: something without
    effect passes with that probability at most, as often as it may have been looked at (Bonferroni). Large effects take
    few runs.

    Parameters
    ----------
    difference : callable
        From a seed to a difference.
    error_rate : float
    looks : sequence of int
        Rising.
    """
    seen: list[float] = []
    for pairs in looks:
        seen += [difference(seed) for seed in range(len(seen), pairs)]
        with np.errstate(divide="ignore", invalid="ignore"):
            t = np.mean(seen) / (np.std(seen, ddof=1) / np.sqrt(pairs))
        if stats.t.sf(t, pairs - 1) < error_rate / len(looks):
            return True, seen
    return False, seen


def passes_without_effect(error_rate: float, tries: int, looks: Sequence[int] = LOOKS) -> int:
    """Return how often noise of mean zero passes in so many tries."""
    noise = np.random.default_rng(1).normal(size=(tries, looks[-1]))
    return sum(is_above_zero(row.__getitem__, error_rate, looks)[0] for row in noise)
