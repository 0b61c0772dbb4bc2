"""No command removes or changes a file that it did not write: all commands, in a folder full of strangers' files."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from corridor.calibration.calibrate import keep_tables
from corridor.experiments.commands.shell import COMMANDS, main
from corridor.experiments.runs.written import is_ours, keep_text
from tests import ROOT

SCENARIOS = ROOT / "scenarios"
TINY = ["agents=100", "end=2001-01-31"]
STUDY = [*TINY, "compute.workers=1"]
COMMAND_LINES = [
    ["run", "scenario=tutorial", "agents=500", "end=2001-06-30", "trace=100", "export=csv"],
    ["compare", "scenario=tutorial", *TINY, "policies=[baseline,rescue]", "replicates=2", "compute.workers=1",
     "export=netcdf"],
    ["ensemble", "scenarios=[tutorial]", *STUDY, "study=mine.zarr"],
    ["sensitivity", "scenario=tutorial", "agents=500", "end=2001-06-30", "compute.workers=1", "vary=[departure_rate]",
     "samples=2", "study=ranks.zarr"],
    ["robust", "scenario=tutorial", *STUDY, "policies=[baseline,rescue]", "vary=[foresight]", "samples=2"],
    ["hindcast", "scenario=./island", "parameters=point", "train_start=2001-01-01", "train_end=2004-12-31", "members=2",
     "agents=100", "draws=100", "compute.workers=1", "every=12"],
    ["forecast", "scenario=./island", "train_start=2001-01-01", "members=2", "agents=100", "draws=100",
     "compute.workers=1"],
    ["scorecard"],
    ["natural", "events=[moon_landing]"],
    ["calibrate", "scenario=tutorial"],
    ["reanalyse", "scenario=tutorial"],
    ["run", "scenario=flee"],
    ["validate", "scenario=flee"],
    ["export", "scenario=flee", "format=flee", "path=case"],
    ["status", "mine.zarr"],
    ["report", "mine.zarr"],
    ["report", "mine.zarr", "out/report.html"],
    ["export", "study=mine.zarr", "format=csv", "path=."],
    ["export", "study=mine.zarr", "format=parquet", "path=tidy"],
    ["export", "study=mine.zarr", "format=netcdf", "path=out"],
    ["list", "policies"],
    ["check", "island"],
]  # fmt: skip
"""Every command but the app, which writes nothing but studies; those that need observations as far as they go alone."""
STORES = (".zarr", "members")


def prepare(folder: Path) -> None:
    """Put what the commands need, and a stranger's folder with the name of a scenario, where they are called."""
    shutil.copytree(SCENARIOS / "tutorial", folder / "tutorial")
    shutil.copytree(SCENARIOS / "tutorial", folder / "island")
    (folder / "island" / "observed").mkdir(exist_ok=True)
    months, rng = pd.date_range("2001-01-01", "2005-12-01", freq="MS"), np.random.default_rng(1)
    rows = [(f"{month:%Y-%m-%d}", "Sea", int(rng.integers(20, 90))) for month in months]
    table = pd.DataFrame(rows, columns=["month", "route", "detections"])
    table.to_csv(folder / "island" / "observed" / "detections.csv", index=False)


def call_all() -> list[int]:
    codes = []
    for arguments in COMMAND_LINES:
        codes.append(main(arguments))
    return codes


def files_of(folder: Path) -> dict[Path, bytes]:
    return {file.relative_to(folder): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def is_in_store(file: Path) -> bool:
    return any(part.endswith(STORES) for part in file.parts) or ".corridor" in file.parts


def test_every_command_is_tried() -> None:
    assert {command.name for command in COMMANDS} - {"app"} == {arguments[0] for arguments in COMMAND_LINES}


@pytest.mark.slow
@pytest.mark.usefixtures("threads")
def test_no_command_removes_a_file_that_it_did_not_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clean, strange = tmp_path / "clean", tmp_path / "strange"
    for folder in (clean, strange):
        folder.mkdir()
        prepare(folder)
    before = files_of(clean)
    monkeypatch.chdir(clean)
    codes = call_all()
    assert codes.count(0) >= len(COMMAND_LINES) - 3
    made = files_of(clean)
    assert {name: made[name] for name in before} == before
    outputs = [file for file in made if file not in before and not is_in_store(file)]
    assert {".nc", ".csv", ".png", ".html", ".md", ".parquet"} <= {file.suffix for file in outputs}

    # A folder in which every place that a command would write to is taken.
    for file in outputs:
        (strange / file).parent.mkdir(parents=True, exist_ok=True)
        (strange / file).write_text("mine")
    monkeypatch.chdir(strange)
    taken = files_of(strange)
    call_all()
    now = files_of(strange)
    assert {name: now[name] for name in taken} == taken

    # A folder of results, in every corner of which somebody keeps notes, and has written into what was there.
    for folder in [clean, *(path for path in clean.rglob("*") if path.is_dir() and path.name != ".corridor")]:
        (folder / "notes.txt").write_text("mine")
    for file in outputs:
        with (clean / file).open("ab") as stream:
            stream.write(b"mine")
    edited = {
        name: bytes_ for name, bytes_ in files_of(clean).items() if not is_in_store(name) or name.name == "notes.txt"
    }
    monkeypatch.chdir(clean)
    call_all()
    now = files_of(clean)
    assert {name: now.get(name) for name in edited} == edited


def test_a_published_posterior_keeps_the_one_that_was_there(tmp_path: Path) -> None:
    (tmp_path / "posterior.csv").write_text("mine")
    tables = {"posterior.csv": pd.DataFrame({"foresight": [0.9]})}
    kept = keep_tables(tmp_path, tables, {"what": "a test"}, publish=True)
    assert kept["posterior.csv"] == str(tmp_path / "posterior.csv")
    assert (tmp_path / "posterior.csv").read_text() == "foresight\n0.9\n"
    assert (tmp_path / "posterior-2.csv").read_text() == "mine"
    keep_tables(tmp_path, tables, {"what": "a test"}, publish=True)
    assert not (tmp_path / "posterior-3.csv").exists()


def test_a_file_that_was_edited_is_somebodys(tmp_path: Path) -> None:
    file = tmp_path / "story.md"
    assert keep_text(file, "one") == keep_text(file, "two") == file
    assert is_ours(file)
    file.write_text("three, by hand")
    assert keep_text(file, "four") == tmp_path / "story-2.md"
    assert file.read_text() == "three, by hand"
