"""Futures: a corridor past its data. Seeds are fixed and runs paired, so that no test has an error rate."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from corridor.experiments.commands.shell import main
from corridor.experiments.runs.conf import configure
from corridor.experiments.runs.settings import CompareSettings, RunSettings
from corridor.experiments.runs.world import World
from corridor.model.errors import InvalidInput
from corridor.model.levers import LEVERS
from corridor.model.policies import combine
from corridor.model.simulation import Simulation
from corridor.scenarios import available, load, load_future, load_policy, read_future
from tests.worlds import corridor, leg, place, policy, setting, total

FUTURES = available("futures")
BEYOND = dt.date(2010, 12, 31)
SMALL = ["scenario=tutorial", "agents=300", "figure=false"]


def test_there_are_the_four_futures() -> None:
    assert set(FUTURES) >= {"continuation", "deterioration", "relief", "climate_stressed"}


@pytest.mark.parametrize("name", FUTURES)
def test_a_future_states_its_assumptions_and_begins_after_the_data(name: str) -> None:
    future, world = read_future(name), load("mediterranean")
    assert all(each.says.endswith(".") and each.source for each in future.assumptions)
    settings = load_future(name, world).settings
    assert settings and all(s.start is not None and s.start > world.end for s in settings)
    assert {s.lever for s in settings} <= set(LEVERS)


@pytest.mark.parametrize("name", FUTURES)
def test_a_future_changes_nothing_within_the_data(name: str) -> None:
    world = load("tutorial")
    plain = Simulation(world, agents=500, end=BEYOND)
    ahead = Simulation(world, load_future(name, world), agents=500, end=BEYOND)
    steps = int(np.searchsorted(plain.calendar.dates, np.datetime64(world.end)))
    for _ in range(steps):
        plain.step()
        ahead.step()
    for variable in ("departures", "attempts", "deaths", "stock"):
        np.testing.assert_array_equal(plain.dataset()[variable], ahead.dataset()[variable])
    assert not np.array_equal(plain.run()["departures"], ahead.run()["departures"])


def test_deterioration_sends_more_people_away_than_relief() -> None:
    """Without the hope of a return, which counts as a reason to stay at home where it should not (`test_next_door`)."""
    world = load("tutorial")
    left = {}
    for name in ("deterioration", "relief"):
        sim = Simulation(world, load_future(name, world), seed=1, agents=4000, end=BEYOND)
        left[name] = total(sim.run(), "departures")
    assert left["deterioration"] > left["relief"]


def test_a_policy_stands_in_a_future() -> None:
    world = load("tutorial")
    future, package = load_future("relief", world), load_policy("safe_pathways")
    both = combine([future, package], package.name, package.title)
    assert both.name == "safe_pathways" and both.settings == (*future.settings, *package.settings)


def test_the_pool_multiplies_departures() -> None:
    """Twice the people who might leave means twice the hazard: exact for the integrated hazard of one step."""
    world = corridor([place("home", "home"), place("abroad", "destination")], [leg("home", "abroad")])
    hazards = []
    for size in (1.0, 2.0):
        sim = Simulation(world, policy(setting("pool", "set", size)), seed=0)
        sim.step()
        hazards.append(sim.aspiration.hazard_per_year.copy())
    np.testing.assert_allclose(hazards[1], 2 * hazards[0])


def test_people_get_used_to_a_change_of_income() -> None:
    world = corridor([place("home", "home"), place("abroad", "destination")], [leg("home", "abroad")], days=5 * 365)
    sim = Simulation(world, policy(setting("income", "multiply", 0.9)), agents=10)
    fall = []
    while sim.running:
        sim.step()
        fall.append(float(sim.drivers.income_fall[0]))
    assert fall[0] == pytest.approx(-np.log(0.9))
    assert np.all(np.diff(fall) <= 1e-12) and fall[-1] == pytest.approx(0.0, abs=1e-12)


def test_a_future_is_part_of_the_fingerprint_and_of_every_policy(tmp_path: Path) -> None:
    worlds = [
        World.of(configure(RunSettings, [*SMALL, "end=2004-12-31", *more]))
        for more in ([], ["future=relief"], ["future=continuation"])
    ]
    assert len({str(world.study(tmp_path).path) for world in worlds}) == 3
    assert worlds[1].under(load_policy("baseline")).settings == load_future("relief", worlds[1].corridor).settings
    assert worlds[0].under(load_policy("baseline")) == load_policy("baseline")
    past_the_data = ["the data end" in " ".join(world.cautions) for world in worlds]
    assert past_the_data == [True, False, False]


@pytest.mark.usefixtures("threads")
def test_runs_past_the_data_say_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    common = [*SMALL, f"results={tmp_path}", "end=2003-03-31", "report=json"]
    assert main(["run", *common]) == 0
    assert "all series stay at their last value" in capsys.readouterr().err
    assert main(["run", *common, "future=deterioration"]) == 0
    assert "all series stay" not in capsys.readouterr().err
    command = ["compare", *common, "future=deterioration", "replicates=1", "compute.workers=1"]
    assert main(command) == 0
    assert '"future": "deterioration"' in capsys.readouterr().out


@pytest.mark.parametrize(
    ("given", "word"),
    [(["future=doom", "end=2010-01-01"], "continuation"), (["future=relief"], "a date after the data")],
)
def test_wrong_futures_are_refused_in_words(given: list[str], word: str) -> None:
    with pytest.raises(InvalidInput, match=word):
        World.of(configure(CompareSettings, [*SMALL, *given]))


def test_a_future_of_ones_own_is_a_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(
        "name: mine\ntitle: Mine\ndescription: One war.\nassumptions:\n"
        "  - {says: War., source: assumed, after_years: 1, lasts_years: 2, changes: [{lever: conflict, add: 0.5}]}\n"
    )
    world = load("tutorial")
    (war,) = load_future(str(file), world).settings
    assert war.end is not None and war.start is not None and 700 < (war.end - war.start).days < 740
    assert (war.start - world.end).days in (366, 367)
    (tmp_path / "other.yaml").write_text(file.read_text())
    with pytest.raises(InvalidInput, match="name of the file"):
        read_future(str(tmp_path / "other.yaml"))
