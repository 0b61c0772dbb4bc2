"""Intervals of paired differences cover what they say, for counts as rare as deaths too.

Synthetic studies: in each pair one run counts C + A events and the other C + B, Poisson, so that the mean difference is
known. The share of the intervals given that hold it is tested against bounds of 85 and 95 %, in a binomial test at
ALPHA each: a method within the bounds fails one of the tests below with a probability of 0.3 % at most.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binomtest

from corridor.experiments.analysis.discovery import discover
from corridor.experiments.analysis.intervals import FEWEST, jeffreys, paired_interval, verdict

ALPHA = 1e-4
STUDIES = 1500
RATES = [(0.0, 0.1), (0.1, 0.1), (0.0, 0.5), (0.5, 0.5), (0.0, 2.0), (1.0, 3.0), (10.0, 10.0), (5.0, 15.0)]
PERSONS = 48.0


def covered(n: int, came: float, averted: float) -> tuple[int, int]:
    """Count the intervals that hold the mean difference, and those that are given at all."""
    rng = np.random.default_rng([n, int(10 * came), int(10 * averted)])
    differences = PERSONS * (rng.poisson(came, (STUDIES, n)) - rng.poisson(averted, (STUDIES, n)))
    given = [paired_interval(row, PERSONS) for row in differences if row.any()]
    held = sum(low <= PERSONS * (came - averted) <= high for _, low, high in given)
    return held, len(given)


@pytest.mark.statistical
@pytest.mark.parametrize("n", [3, 5, 20])
@pytest.mark.parametrize(("came", "averted"), RATES)
def test_intervals_of_rare_counts_cover_what_they_say(n: int, came: float, averted: float) -> None:
    held, given = covered(n, came, averted)
    assert binomtest(held, given, 0.85, alternative="less").pvalue > ALPHA
    if n * (came + averted) >= 5:  # of fewer events every exact interval covers more: counts are whole
        assert binomtest(held, given, 0.95, alternative="greater").pvalue > ALPHA


def test_two_equal_differences_are_not_better() -> None:
    mean, low, high = paired_interval(np.array([-96.0, -96.0]), PERSONS)
    assert mean == -96.0
    assert math.isnan(low) and math.isnan(high)
    assert verdict("lower is better", mean, low, high) == "unclear"


def test_three_equal_differences_have_an_interval_with_a_width() -> None:
    mean, low, high = paired_interval(np.full(3, -PERSONS), PERSONS)
    assert low < -1.5 * PERSONS and high > -0.5 * PERSONS
    assert low < mean < high


def test_no_pair_differs() -> None:
    assert paired_interval(np.zeros(2), PERSONS) == (0.0, 0.0, 0.0)


def test_many_differences_are_those_of_the_t_test() -> None:
    """Where counts are many their spread is wider than that of rare events, and decides alone."""
    differences = PERSONS * np.array([-40.0, 25.0, 10.0, -5.0, 60.0])
    assert paired_interval(differences, PERSONS) == paired_interval(differences)


@pytest.mark.parametrize("count", [0, 1, 4, 30])
def test_limits_of_a_count_are_those_of_statsmodels(count: int) -> None:
    rates = pytest.importorskip("statsmodels.stats.rates")
    low, high = rates.confint_poisson(count, 1, method="jeff", alpha=0.10)
    ours = jeffreys(count)
    assert ours[1] == pytest.approx(float(high))
    assert ours[0] == (pytest.approx(float(low)) if count else 0.0)


def test_five_failures_of_eight_futures_are_too_few_to_say() -> None:
    import pandas as pd

    futures = pd.DataFrame({"foresight": np.linspace(0.7, 0.9, 8)})
    words = discover("rescue", futures, np.array([True] * 5 + [False] * 3)).words()
    assert "fails in 5 of 8 futures" in words
    assert "almost" not in words and "Too few futures to say" in words
    always = pd.DataFrame({"foresight": np.linspace(0.7, 0.9, 40)})
    assert "almost always" in discover("rescue", always, np.array([True] * 38 + [False] * 2)).words()
    assert FEWEST == 3
