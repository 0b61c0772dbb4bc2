"""Input that makes no sense is refused with one sentence; input that is odd and makes sense is taken."""

from __future__ import annotations

import datetime as dt
import json
import os
import random
import subprocess
from pathlib import Path

import pytest

from corridor.displacement.flee.dialect import FileRow
from corridor.displacement.settings import ValidateSettings
from corridor.experiments.analysis.factors import factor
from corridor.experiments.commands.shell import main
from corridor.experiments.runs.conf import configure
from corridor.experiments.runs.disk import refused
from corridor.experiments.runs.settings import CompareSettings, EnsembleSettings, RunSettings, SensitivitySettings
from corridor.experiments.runs.world import World
from corridor.experiments.studies.experiment import sensitivity_design
from corridor.model import Simulation
from corridor.model.calendar import as_day
from corridor.model.errors import InvalidInput
from corridor.scenarios import load, load_policy, load_shock
from corridor.scenarios.files import read_mapping, read_records
from tests.workers import CORRIDOR

SMALL = ["scenario=tutorial", "agents=50", "end=2001-01-20", "figure=false", "compute.threads=1"]
POLICY = (
    "name: mine\ntitle: t\ndescription: d\nmeasures:\n  - {what: search_and_rescue, amount: 1, start: 2001-01-01}\n"
)


@pytest.mark.parametrize("day", ["1500-01-01", "1899-12-31", "2400-01-01", "9999-12-31", "2200-01-02", "20010101"])
def test_a_date_outside_the_calendar_is_refused_everywhere(day: str, tmp_path: Path) -> None:
    """Dates of 1500 gave the time 2084, those of 2400 gave 1815: results count nanoseconds in 64 bits."""
    for name in ("start", "end", "shock_start", "shock_end"):
        with pytest.raises(InvalidInput, match=name):
            configure(RunSettings, [f"{name}={day}"])
    policy = tmp_path / "mine.yaml"
    policy.write_text(POLICY.replace("2001-01-01", day))
    with pytest.raises(InvalidInput, match="start"):
        load_policy(policy)
    if "-" in day:
        given = dt.date.fromisoformat(day)
        with pytest.raises(InvalidInput, match="date"):
            FileRow("sim_period.csv", 1, [day]).date(0, "date")
        with pytest.raises(InvalidInput, match="start"):
            load_shock("drought", start=given)
        for name in ("start", "end"):
            with pytest.raises(InvalidInput, match=name):
                Simulation(load("tutorial"), agents=20, **{name: given})


@pytest.mark.parametrize("value", [0, 20010101, 1e9, True, None, dt.datetime(2001, 1, 1), "2001-1-1", "yes"])
def test_what_is_no_date_is_no_date(value: object) -> None:
    """``start: 0`` was 1970."""
    with pytest.raises(ValueError, match="a date such as"):
        as_day(value)


NO_NUMBERS = ("yes", "true", "010", "0x1f", "1:30", "1_0", ".nan", "'1'", "[1]", "1e308", "!!int 1")


@pytest.mark.parametrize(
    ("field", "given"),
    [("amount: 1", f"amount: {word}") for word in NO_NUMBERS]
    + [("2001-01-01", "0"), ("2001-01-01", "2001-01-01T00:00:00"), ("title: t", "title: 5")],
)
def test_yaml_words_are_not_taken_for_numbers(field: str, given: str, tmp_path: Path) -> None:
    """``amount: yes`` was 1, ``amount: 010`` was 8."""
    policy = tmp_path / "mine.yaml"
    policy.write_text(POLICY)
    load_policy(policy)
    policy.write_text(POLICY.replace(field, given))
    with pytest.raises(InvalidInput):
        load_policy(policy)


def test_a_country_named_no_stays_text() -> None:
    assert read_mapping("f", b"country: NO\nanswer: yes\nn: 1e3\nd: 2001-01-01\nt: true\ne:\n") == {
        "country": "NO", "answer": "yes", "n": 1000.0, "d": dt.date(2001, 1, 1), "t": True, "e": None,
    }  # fmt: skip


@pytest.mark.parametrize("name", ["ü", "介绍", "a=b", "a,b", "it's", "a b", "[x]", "{x}", "007", 'a"b', "$x", "\\"])
def test_paths_may_hold_any_letter(name: str) -> None:
    for given in (name, f"./{name}/x"):
        assert configure(RunSettings, [f"results={given}"]).results == given
        assert configure(RunSettings, [f"scenario={given}"]).scenario == given


def test_lists_of_paths_may_hold_any_letter() -> None:
    given = configure(CompareSettings, ["policies=[baseline,'./a,b.yaml', \"./ü.yaml\", ./x=1.yaml]"])
    assert given.policies == ["baseline", "./a,b.yaml", "./ü.yaml", "./x=1.yaml"]
    assert configure(RunSettings, ["without=families"]).without == ["families"]


@pytest.mark.parametrize(
    "setting", ["start=???", "seed=???", "results=???", "figure=???", "without=[???]", "parameters.foresight=???",
                "parameters={foresight: [1]}", f"seed={'9' * 5000}", f"seed={'[' * 3000}"],
)  # fmt: skip
def test_a_setting_that_is_no_value_is_one_sentence(setting: str) -> None:
    with pytest.raises(InvalidInput, match="command line"):
        configure(RunSettings, [setting])


@pytest.mark.parametrize("setting", ["scenarios=[]", "policies=[]", "futures=[]"])
def test_an_empty_list_of_what_is_to_be_run_is_refused(setting: str) -> None:
    with pytest.raises(InvalidInput, match=setting.partition("=")[0]):
        configure(EnsembleSettings, [setting])
    with pytest.raises(InvalidInput):
        configure(ValidateSettings, ["parameters={speed: [1]}"])


def test_a_factor_without_values_is_refused() -> None:
    with pytest.raises(InvalidInput, match="two values or more"):
        factor("foresight", [])


def test_unknown_outcomes_and_mechanisms_are_refused_before_the_first_run() -> None:
    """``outcomes=[magic]`` was told after all runs, ``without=[magic]`` failed every run."""
    with pytest.raises(InvalidInput, match="outcome"):
        sensitivity_design(configure(SensitivitySettings, ["scenario=tutorial", "vary=[drought]", "outcomes=[magic]"]))
    with pytest.raises(InvalidInput, match="without"):
        World.of(configure(RunSettings, ["scenario=tutorial", "without=[magic]"]))


@pytest.mark.parametrize("name", ["start", "end", "agents", "step_days", "trace", "threads", "policy", "parameters"])
@pytest.mark.parametrize("value", [0.0, False, "", []])
def test_what_is_empty_is_not_taken_for_what_is_not_given(name: str, value: object) -> None:
    """``Simulation(corridor, end=0)`` ran to the scenario's end."""
    with pytest.raises(InvalidInput, match=name):
        Simulation(load("tutorial"), **{"agents": 20, name: value})


@pytest.mark.parametrize("name", ["start", "end"])
def test_an_empty_day_of_a_shock_is_no_day(name: str) -> None:
    with pytest.raises(InvalidInput, match=f"{name} is ''; allowed: a date"):
        load_shock("drought", **{name: ""})


@pytest.mark.parametrize("name", ["agents", "step_days"])
def test_a_world_of_no_agents_or_days_is_not_the_usual_one(name: str) -> None:
    """Settings made in Python are not checked by the shell; the simulation refuses what the world passes on."""
    assert getattr(World.of(RunSettings(scenario="tutorial", **{name: 0})), name) == 0


def test_a_field_of_a_table_that_does_not_end_is_one_sentence() -> None:
    with pytest.raises(InvalidInput, match="fields separated by commas"):
        read_records("f.csv", b"a\n" + b"x" * 140_000, ["a"], ["a"])


def test_more_people_than_there_are_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="less than or equal to"):
        load(_tutorial_with(tmp_path, "communities.csv", "potential_migrants", "1e308"))


def test_more_threads_than_there_are_is_no_mistake() -> None:
    corridor = load("tutorial")
    last = corridor.start + dt.timedelta(days=20)
    few = Simulation(corridor, agents=50, end=last).run()
    many = Simulation(corridor, agents=50, end=last, threads=64).run()
    assert few.equals(many)


def test_a_run_of_more_steps_than_memory_holds_is_refused() -> None:
    with pytest.raises(InvalidInput, match="steps"):
        Simulation(load("tutorial"), agents=20, end=dt.date(2199, 1, 1), step_days=1)


@pytest.mark.parametrize("arguments", [["status", "zip://x"], ["report", "zip://x"], ["status", "x" * 5000],
                                       ["check", "x/" * 3000], ["run", "scenario=./" + "x" * 5000]])  # fmt: skip
def test_a_place_that_cannot_be_is_one_sentence(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    (complaint,) = capsys.readouterr().err.splitlines()
    assert complaint.startswith("corridor: ") and "allowed" in complaint


def test_a_file_that_may_not_be_read_is_not_told_of_writing() -> None:
    told = str(refused(PermissionError(13, "Permission denied"), "x", field="path", use="read and written"))
    assert "read" in told and "readable place that can be written" not in told


def test_no_memory_is_one_sentence(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def load_nothing(*_: object) -> None:
        raise MemoryError("Unable to allocate 75 GiB")

    monkeypatch.setattr("corridor.experiments.runs.world.load", load_nothing)
    assert main(["run", *SMALL]) == 2
    assert "75 GiB" in capsys.readouterr().err


def test_a_terminal_without_letters_gets_its_answer(tmp_path: Path) -> None:
    surroundings = {**os.environ, "PYTHONIOENCODING": "ascii", "LANG": "C", "LC_ALL": "C"}
    for arguments in (["list", "shocks"], ["run", "scenario=./介绍"]):
        done = subprocess.run([*CORRIDOR, *arguments], capture_output=True, cwd=tmp_path, env=surroundings, timeout=300)
        assert b"Traceback" not in done.stderr
        done.stderr.decode("ascii")


def test_a_run_tells_its_parameters_and_shocks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["run", *SMALL, f"results={tmp_path}", "report=json"]
    figures = []
    for more in ([], ["shock.drought=2", "parameters.foresight=0.9"]):
        assert main([*asked, *more]) == 0
        figures.append(json.loads(capsys.readouterr().out))
    assert figures[1]["parameters"] == {**figures[0]["parameters"], "foresight": 0.9}
    assert figures[1]["shocks"] == {"drought": 2.0}
    assert figures[0]["files"]["store"] != figures[1]["files"]["store"]


def test_netcdf_on_a_full_disk_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import xarray as xr

    from corridor.experiments.runs.store import write_netcdf

    def broken(*_: object) -> None:
        raise RuntimeError("NetCDF: HDF error")

    monkeypatch.setattr(xr.Dataset, "to_netcdf", broken)
    with pytest.raises(InvalidInput, match=r"a file that can be written|disk full"):
        write_netcdf(xr.Dataset(), tmp_path / "x.nc")


def _tutorial_with(folder: Path, file: str, column: str, value: str) -> Path:
    """Copy the tutorial with one value changed in the first row of a table."""
    import shutil

    import corridor.scenarios

    copy = folder / "mine"
    shutil.copytree(Path(corridor.scenarios.__file__).parent / "tutorial", copy)
    lines = (copy / file).read_text(encoding="utf-8").split("\n")
    first = next(number for number, line in enumerate(lines) if not line.startswith("#"))
    fields = lines[first + 1].split(",")
    fields[lines[first].split(",").index(column)] = value
    lines[first + 1] = ",".join(fields)
    (copy / file).write_text("\n".join(lines), encoding="utf-8")
    return copy


@pytest.mark.parametrize("door", ["scenario", "policy", "future", "experiment", "flee"])
def test_a_few_hostile_files(door: str, tmp_path: Path) -> None:
    """A small part of ``python -m tests.fuzz``: 40 damaged files of each kind."""
    from tests.fuzz import files
    from tests.fuzz.attempts import Place
    from tests.fuzz.run import outcome

    for number in range(40):
        attempt = getattr(files, door)(random.Random(f"{door}/{number}"), Place(tmp_path, tmp_path))
        assert (number, attempt.words, outcome(attempt)[1]) == (number, attempt.words, "")


def test_a_few_hostile_commands(tmp_path: Path) -> None:
    """A small part of ``python -m tests.fuzz``: 60 commands with a setting that makes no sense."""
    from tests.fuzz import shell
    from tests.fuzz.attempts import Place
    from tests.fuzz.run import outcome

    for number in range(60):
        attempt = shell.refused_command(random.Random(f"commands/{number}"), Place(tmp_path, tmp_path))
        assert (number, attempt.words, outcome(attempt)[1]) == (number, attempt.words, "")
