"""The benchmarks run: small populations, few steps."""

import time

import numpy as np
import pytest

from benchmarks import kernels, mesa_twin, outside, profile, report, roofline, scaling, speed
from benchmarks.__main__ import main
from benchmarks.twin import Twin
from corridor.model.states import State
from corridor.scenarios import load


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
    assert {"choice", "crossing", "settlement"} <= set(calls) and min(calls.values()) > 0


def test_roofline_tells_processes_apart():
    cost = roofline.cost_by_process(5000, steps=6)
    assert {"crossing", "draw events", "whole step"} <= set(cost.seconds) and min(cost.seconds.values()) >= 0
    assert 0 < cost.acting["departure"] <= cost.acting["draw events"] <= 5000
    assert roofline.bandwidth(mebibytes=1, repeats=1) > 0
    assert roofline.seconds_a_line(mebibytes=1, repeats=1) > 0


def test_least_time_is_streamed_bytes_and_lines_of_those_who_act():
    acting = {"draw events": 100.0, "departure": 10.0, "crossing": 5.0}
    least = roofline.least_seconds(acting, agents=800, speed=1000.0, line=0.5)
    lines = roofline.LINES
    expected = {"draw events": 2.0, "departure": 5.0 * lines["departure"], "crossing": 2.5 * lines["crossing"]}
    assert least == pytest.approx(expected)


def test_made_up_corridor_has_its_size_and_moves_people():
    assert scaling.step_seconds(40, 80, agents=300, steps=3) > 0
    world = scaling.corridor(60, 200)
    assert (len(world.places), len(world.legs)) == (60, 200)


def test_kernels_are_timed_against_their_twins():
    assert all(min(pair) >= 0 for pair in kernels.pairs(agents=500, steps=2).values())


def test_outside_measures_a_process():
    cpu, elapsed = outside.run(["-c", "pass"])
    assert cpu > 0 and elapsed > 0


def test_sections_are_known():
    with pytest.raises(SystemExit, match="no section named sped"):
        main(["sped"])


def test_results_replace_their_section(tmp_path, monkeypatch):
    monkeypatch.setattr(report, "RESULTS", tmp_path / "results.md")
    for body in ("old", "new"):
        report.publish("One", body)
    report.publish("Two", "other")
    text = report.RESULTS.read_text()
    assert "old" not in text
    assert text.index("## One") < text.index("new") < text.index("## Two")
