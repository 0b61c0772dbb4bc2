"""What an answer rests on: the design, chance, and assumptions that turn the order of packages."""

import numpy as np
import pytest

from corridor.experiments.analysis.assumptions import (
    WORLDS,
    assumption,
    carriers,
    lenth,
    plackett_burman,
    random_balance,
    settings,
    swings,
)
from corridor.model.parameters import REGISTRY

NAMES = list(REGISTRY)[:23]


@pytest.fixture
def known():
    return [assumption(name, {}) for name in NAMES]


def test_the_design_is_orthogonal_and_balanced():
    design = plackett_burman()
    assert design.shape == (WORLDS, 23)
    np.testing.assert_array_equal(design.T @ design, WORLDS * np.eye(23))
    assert not design.sum(axis=0).any()


def test_random_balance_has_each_column_low_in_half_of_the_worlds():
    design = random_balance(300, 40, 1)
    assert design.shape == (40, 300) and not design.sum(axis=0).any()


def test_low_and_high_lie_in_the_plausible_range_around_the_value_in_use():
    for name, row in REGISTRY.items():
        found = assumption(name, {})
        assert row.low <= found.low <= found.usual <= found.high <= row.high, name


def test_values_of_a_world_are_the_scenarios_own_half_way_out():
    found = assumption("departure_rate", {"departure_rate": 0.02})
    assert (found.low, found.usual, found.high) == (
        pytest.approx(0.003162, rel=1e-3),
        0.02,
        pytest.approx(0.04472, rel=1e-3),
    )
    assert settings([found], np.array([-1])) == {"departure_rate": found.low}


def test_swings_are_those_put_in_whatever_the_others_are():
    design = plackett_burman()
    true = np.linspace(-1, 1, 23)
    np.testing.assert_allclose(swings(design @ true / 2, design), true, atol=1e-12)


def test_chance_is_estimated_from_most_of_the_swings():
    """Lenth's error of pure chance, mean of 200 draws, is within a fifth of the truth (its own error: 2 %)."""
    rng = np.random.default_rng(0)
    found = [lenth(np.append(rng.normal(0, 1.0, 20), [15.0, -20.0, 30.0])) for _ in range(200)]
    assert np.mean(found) == pytest.approx(1.0, rel=0.2)
    assert lenth(np.zeros(5)) == 0


def test_assumptions_that_carry_an_answer_stand_first_and_tell_what_turns(known):
    design, rng = plackett_burman(), np.random.default_rng(1)
    one = -0.10 + 0.30 * design[:, 4] + rng.normal(0, 0.01, WORLDS)
    other = -0.05 - 0.02 * design[:, 9] + rng.normal(0, 0.01, WORLDS)
    table = carriers({"one": one, "other": other}, known)
    first, second = table.iloc[0], table.iloc[1]
    assert (first["name"], second["name"], len(table)) == (NAMES[4], NAMES[9], 5)
    assert first["low one"] == pytest.approx(np.expm1(-0.40), abs=0.02)
    assert first["high one"] == pytest.approx(np.expm1(0.20), abs=0.02)
    assert set(first["turns"]) == {("", "one"), ("one", "other")}
    assert first["clear"] and second["clear"] and ("", "other") not in second["turns"]


def test_nothing_turns_where_nothing_matters(known):
    rng = np.random.default_rng(2)
    table = carriers({"one": -0.5 + rng.normal(0, 0.01, WORLDS)}, known)
    assert not any(table["turns"])
