"""Stacked forecasts: nothing from the future, known answers, months that come later, and the months ahead."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtri

from corridor.calibration import stack as stacking
from corridor.calibration import surges
from corridor.calibration.hindcast import CORRIDOR, Issued
from corridor.calibration.stack import FITTED, HIGH, LEVELS, LOW, MIDDLE, TRUST, best_weights, sample, stack

ORIGINS = pd.date_range("2012-12-01", periods=20, freq="3MS")


def cases(routes: int = 2, horizons: int = 12) -> pd.DataFrame:
    """Return forecasts of random walks by route, from an origin a quarter."""
    months = pd.date_range("2012-12-01", periods=6 * 12, freq="MS")
    walks = np.random.default_rng(2).standard_normal((routes, len(months))).cumsum(axis=1) * 0.2 + 6
    rows = [
        (origin, horizon, month, f"route {route}", walks[route, months.get_loc(month)])
        for origin in ORIGINS
        for route in range(routes)
        for horizon, month in enumerate(pd.date_range(origin, periods=horizons + 1, freq="MS")[1:], start=1)
        if month <= months[-1]
    ]
    return pd.DataFrame(rows, columns=["origin", "horizon", "month", "route", "observed"])


def normal(centre: np.ndarray, spread: float) -> np.ndarray:
    """Return quantiles of normal forecasts, shape (n, levels)."""
    return centre[:, None] + spread * ndtri(LEVELS)


def test_levels_name_the_median_and_the_ends_of_the_interval() -> None:
    assert LEVELS[[LOW, MIDDLE, HIGH]] == pytest.approx([0.05, 0.5, 0.95], abs=0.005)
    assert pytest.approx(LEVELS[LOW::10]) == FITTED and FITTED[len(FITTED) // 2] < 0.56


def test_weights_go_to_the_expert_that_is_right_and_only_half_way() -> None:
    table = cases()
    seen = table["observed"].to_numpy()
    experts = np.stack([normal(seen, 0.1), normal(seen + 3.0, 0.1)], axis=1)
    assert best_weights(experts[:, :, LOW::10], seen) == pytest.approx([1.0, 0.0], abs=0.01)
    _, told = stack(table, experts)
    assert told.iloc[0][[0, 1]].tolist() == [0.5, 0.5]
    assert told.iloc[-1][0] == pytest.approx(0.5 + TRUST / 2, abs=0.01)


def test_the_gradient_of_weights_finds_a_mixture() -> None:
    # Halfway between two biased experts lies the truth: no other weights are as good.
    seen = cases()["observed"].to_numpy()
    experts = np.stack([normal(seen - 1.0, 0.2), normal(seen + 1.0, 0.2)], axis=1)
    assert best_weights(experts[:, :, LOW::10], seen) == pytest.approx([0.5, 0.5], abs=0.02)


def test_a_stack_sees_nothing_after_its_origin() -> None:
    table = cases(routes=1)
    rng = np.random.default_rng(4)
    experts = np.stack([normal(table["observed"].to_numpy() + rng.normal(0, s, len(table)), 0.3) for s in (0.2, 1)], 1)
    whole, _ = stack(table, experts)
    now = ORIGINS[10]
    changed = table.assign(observed=table["observed"].where(table["month"] <= now, 99.0))
    own = (table["origin"] <= now).to_numpy()
    assert np.array_equal(whole[own], stack(changed, experts)[0][own])
    hidden = table.assign(observed=table["observed"].where(table["month"] <= now))
    assert np.array_equal(whole[own], stack(hidden, experts)[0][own])
    assert not np.array_equal(whole[~own], stack(changed, experts)[0][~own])


@pytest.mark.statistical
def test_intervals_that_were_wrong_go_half_way_to_right_ones() -> None:
    # 460 errors of standard deviation 1, told as 3 or as 1/3: the factor is within a tenth of the root of 1/3 or of 3
    # (the 90 % quantile of 100 errors that count has a standard error of some 10 %, halved; two in a hundred by chance
    # for another seed, none for this).
    table = cases()
    errors = np.random.default_rng(6).standard_normal(len(table))
    for told, wanted in ((3.0, 3**-0.5), (1 / 3, 3**0.5)):
        _, rows = stack(table, normal(table["observed"].to_numpy() + errors, told)[:, None])
        assert rows["stretch"].iloc[-2:].to_numpy() == pytest.approx([wanted, wanted], rel=0.15)


def test_few_cases_leave_experts_as_they_are() -> None:
    table = cases(routes=1, horizons=1)
    experts = np.stack([normal(table["observed"].to_numpy() + 5, 1.0), normal(table["observed"].to_numpy(), 1.0)], 1)
    assert len(table) < stacking.FEWEST
    assert stack(table, experts)[0] == pytest.approx(experts.mean(axis=1))


def test_samples_follow_quantiles() -> None:
    drawn = sample(normal(np.array([5.0]), 2.0), np.random.default_rng(1), 20_000)
    assert np.quantile(drawn, [0.05, 0.5, 0.95]) == pytest.approx(5 + 2 * ndtri([0.05, 0.5, 0.95]), abs=0.15)


def test_a_doubled_quarter_is_a_surge_and_a_season_is_none() -> None:
    months = pd.date_range("2018-01-01", periods=24, freq="MS")
    counts = np.tile([200.0] * 6 + [900.0] * 6, 2)
    counts[15:18] = 500.0
    seen = pd.DataFrame({"Sea": counts}, index=months)
    ahead = months[12:]
    table = pd.DataFrame({"origin": months[11], "horizon": range(1, 13), "month": ahead, "route": "Sea",
                          "observed": np.log1p(counts[12:])})  # fmt: skip
    knows, does_not = (np.log1p(level)[:, None].repeat(10, axis=1) for level in (counts[12:], counts[:12]))
    found = surges.table(Issued(table, {CORRIDOR: knows, "ets": does_not}, pd.DataFrame()), seen)
    assert found["surge"].tolist() == [False, True, False, False]
    assert found[CORRIDOR].tolist() == [0, 1, 0, 0] and found["ets"].tolist() == [0, 0, 0, 0]
    told = surges.scored(found)
    assert told["surges"] == 1 and told["probability"]["ets"]["brier"] == 0.25
