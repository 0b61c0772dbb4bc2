"""The benchmarks run: small populations, few steps."""

import time

import numpy as np
import pytest

from benchmarks import mesa_twin, profile, report, speed
from benchmarks.twin import Twin
from model.states import State
from scenarios import load


@pytest.fixture(scope="module")
def twin():
    model = Twin(load("tutorial"), seed=3, agents=400, parameters=mesa_twin.PARAMETERS, without=mesa_twin.LEFT_OUT)
    return model, model.run()


def test_twin_conserves_people(twin):
    model, result = twin
    assert result["stock"].isel(time=-1).sum() == pytest.approx(400 * model.weight)
    assert sum(map(sum, model.exploited)) == sum(migrant.state is State.EXPLOITED for migrant in model.migrants)


def test_twin_moves_people(twin):
    _, result = twin
    outcomes = mesa_twin.outcomes(result)
    assert outcomes["arrivals"] > 0
    assert outcomes["settled"] > 0
    assert all(value >= 0 for value in outcomes.values())


def test_comparison_has_a_test_for_every_outcome():
    result, speeds = mesa_twin.compare(seeds=2, agents=200)
    assert set(result.index) == set(mesa_twin.outcomes(Twin(load("tutorial"), agents=50).run()))
    assert min(speeds.values()) > 0


def test_holm_corrects_for_the_number_of_tests():
    np.testing.assert_allclose(mesa_twin.holm(np.array([0.01, 0.04, 0.03])), [0.03, 0.06, 0.06])


def test_speed_of_a_case():
    case = speed.run_case(500, 1, time.time(), steps=3)
    assert case["speed"] > 0
    assert case["peak_bytes"] >= case["bytes_before"] > 0


def test_profile_names_the_processes():
    calls = profile.by_process(500, steps=4)
    assert {"choice.step", "crossing.step", "settlement.step"} <= set(calls)


def test_results_replace_their_section(tmp_path, monkeypatch):
    monkeypatch.setattr(report, "RESULTS", tmp_path / "results.md")
    for body in ("old", "new"):
        report.publish("One", body)
    report.publish("Two", "other")
    text = report.RESULTS.read_text()
    assert "old" not in text
    assert text.index("## One") < text.index("new") < text.index("## Two")
