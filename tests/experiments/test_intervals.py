"""Intervals of paired differences and of median changes cover what they say, for counts as rare as deaths too.

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
from corridor.experiments.analysis.effects import FEWEST_EVENTS, SMALLEST, effect
from corridor.experiments.analysis.groups import TOO_FEW, differences
from corridor.experiments.analysis.intervals import (
    CONFIDENCE,
    FEWEST,
    jeffreys,
    median_interval,
    paired_interval,
    verdict,
)

ALPHA = 1e-4
STUDIES = 1000
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


# --- changes in per cent ----------------------------------------------------------------------------------------------

CHANGES = [-0.2, -0.02, 0.0, 0.5]


def studies(n: int, change: float, kind: str, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return counts with and without a policy, shape (STUDIES, n): levels differ 15-fold, median change known."""
    levels = 2000 * np.exp(rng.normal(0, 0.9, (STUDIES, n)))
    if kind == "counts":  # the same chance for each person: what one loses another does not win
        return rng.poisson(levels * (1 + change)).astype(float), rng.poisson(levels).astype(float)
    noise = {"normal": rng.normal(0, 0.1, (STUDIES, n)), "heavy": 0.1 * rng.standard_t(2, (STUDIES, n)),
             "skewed": 0.2 * (rng.exponential(1, (STUDIES, n)) - np.log(2))}[kind]  # fmt: skip
    return levels * (1 + change) * np.exp(noise), levels


@pytest.mark.statistical
@pytest.mark.parametrize("n", [5, 10, 20])
@pytest.mark.parametrize("kind", ["counts", "normal", "heavy", "skewed"])
def test_intervals_of_changes_cover_known_effects(n: int, kind: str) -> None:
    """48 binomial tests at ALPHA: sound intervals fail one of them with a probability of 0.5 % at most."""
    for change in CHANGES:
        rng = np.random.default_rng([n, int(100 * (1 + change)), len(kind)])
        found = [effect(ours, theirs, "persons") for ours, theirs in zip(*studies(n, change, kind, rng), strict=True)]
        held = sum(one.low <= change <= one.high for one in found)
        assert binomtest(held, STUDIES, 0.85, alternative="less").pvalue > ALPHA, change
        assert binomtest(held, STUDIES, 0.95, alternative="greater").pvalue > ALPHA, change


@pytest.mark.statistical
def test_a_wrong_direction_is_rarely_told() -> None:
    """An effect of 5 % is told with the wrong sign in fewer than one study of twenty; fails by luck: 1e-4 a case."""
    for n in (5, 20):
        rng = np.random.default_rng(n)
        found = [effect(*pair, "persons").finding for pair in zip(*studies(n, -0.05, "normal", rng), strict=True)]
        assert binomtest(found.count("higher"), STUDIES, 0.05, alternative="greater").pvalue > ALPHA


def test_levels_that_differ_do_not_hide_what_all_pairs_agree_on() -> None:
    baseline = np.array([0.8, 1.1, 1.0, 0.9, 11.8]) * 1e6
    ours = baseline * np.array([0.86, 0.87, 0.85, 0.88, 0.86])
    found = effect(ours, baseline, "persons")
    assert (found.finding, found.fell, found.pairs) == ("lower", 5, 5)
    assert found.change == pytest.approx(-0.14)


@pytest.mark.parametrize(
    ("ratios", "events", "finding"),
    [
        ([0.9, 0.91, 0.92, 0.9], 100, "too few runs"),
        ([0.9, 0.91, 0.92, 0.9, 0.93], FEWEST_EVENTS - 1, "too few events"),
        ([0.9, 0.91, 0.92, 0.9, 0.93], FEWEST_EVENTS, "lower"),
        ([0.997, 0.996, 0.998, 0.997, 0.996], 100, "hardly any change"),
        ([0.9, 1.2, 1.0, 0.8, 1.1], 100, "unclear"),
        ([1.0] * 5, 100, "hardly any change"),
        ([1.3, 1.2, 1.1, 1.4, 1.3], 100, "higher"),
    ],
)
def test_findings(ratios: list[float], events: float, finding: str) -> None:
    assert effect(1000 * np.array(ratios), np.full(len(ratios), 1000.0), "USD", events).finding == finding


def test_a_share_changes_by_points() -> None:
    found = effect(np.full(5, 0.45) + SMALLEST * np.arange(5), np.full(5, 0.5), "share")
    assert found.change == pytest.approx(-0.03)


def test_median_interval_of_twenty_lies_between_those_of_the_binomial() -> None:
    """The 6th and the 7th of 20 from each end hold the median with 95.9 and 88.5 %."""
    _, low, high = median_interval(np.arange(1.0, 21.0))
    assert 6 < low < 7 and 14 < high < 15


@pytest.mark.statistical
def test_groups_seldom_look_clear_by_luck() -> None:
    """In studies without an effect some group looks clear in one of ten at most; fails by luck: 1e-4."""
    import xarray as xr

    rng, clear, number = np.random.default_rng(7), 0, 60
    for _ in range(number):
        counts = xr.DataArray(
            rng.poisson(60, (3, 5, 6)) * PERSONS,
            {"policy": ["baseline", "one", "two"], "replicate": range(5), "group": list("abcdef")},
        )
        table = differences(counts, "group", "baseline", "lower is better", PERSONS)
        clear += bool(set(table["verdict"]) - {"unclear", "same"})
    assert binomtest(clear, number, 1 - CONFIDENCE, alternative="greater").pvalue > ALPHA
    assert set(differences(counts / 10, "group", "baseline", "lower is better", PERSONS)["verdict"]) == {TOO_FEW}
