"""Runs and comparisons on full and closed disks, and with workers that die."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest

from corridor.experiments.commands.shell import main
from corridor.experiments.runs.disk import of_the_disk, writing
from corridor.experiments.runs.store import open_study
from corridor.model.errors import InvalidInput
from tests import ROOT
from tests.workers import CORRIDOR, offspring

SMALL = ["scenario=tutorial", "agents=1000", "end=2001-02-28", "figure=false", "report=json"]
COMPARED = ["compare", *SMALL, "policies=[baseline,rescue]", "compute.workers=1"]
Mount = Callable[[str], Path]


def refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """Return the one sentence with which a command is refused: the last that is said, after any caution."""
    assert main(arguments) == 2
    said = capsys.readouterr().err
    complaint = said.splitlines()[-1]
    assert complaint.startswith("corridor: ") and "Traceback" not in said
    return complaint


@pytest.mark.usefixtures("threads")
def test_a_comparison_on_a_full_disk_keeps_what_is_finished(
    mounted: Mount, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*COMPARED, "replicates=4", f"results={tmp_path / 'undisturbed'}"]) == 0
    whole = json.loads(capsys.readouterr().out)
    disk = mounted("size=64m")
    arguments = [*COMPARED, f"results={disk}"]
    assert main([*arguments, "replicates=1"]) == 0
    capsys.readouterr()
    ballast = disk / "ballast"
    free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
    ballast.write_bytes(bytes(free - 8192))
    told = refused([*arguments, "replicates=4"], capsys)
    assert "disk full" in told
    assert "free space; finished runs are kept" in told
    ballast.unlink()
    assert main([*arguments, "replicates=4"]) == 0
    again = json.loads(capsys.readouterr().out)
    assert again["runs_reused"] >= 2
    assert again["differences"] == whole["differences"]
    assert not list(disk.glob(".unfinished-*"))


def test_a_run_on_a_full_disk_is_one_sentence(mounted: Mount, capsys: pytest.CaptureFixture[str]) -> None:
    disk = mounted("size=64k")
    assert "disk full" in refused(["run", *SMALL, f"results={disk}"], capsys)


def test_a_figure_on_a_full_disk_is_one_sentence_and_the_run_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def draw(*_: object) -> Path:
        raise OSError(errno.ENOSPC, "No space left on device", "picture.png")

    monkeypatch.setattr("corridor.experiments.reporting.outputs.draw", draw)
    arguments = [setting for setting in SMALL if setting != "figure=false"]
    assert "picture.png (disk full)" in refused(["run", *arguments, f"results={tmp_path}"], capsys)
    assert list(tmp_path.glob("*.zarr/baseline/*/.zattrs"))


def test_a_closed_disk_is_one_sentence(mounted: Mount, capsys: pytest.CaptureFixture[str]) -> None:
    disk = mounted("ro")
    for command in (["run", *SMALL], COMPARED):
        assert "a directory that can be written" in refused([*command, f"results={disk}"], capsys)


@pytest.mark.usefixtures("threads")  # for the calm one
def test_a_comparison_outlives_its_workers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A worker is killed twice; every run is computed all the same, with the results of an undisturbed study."""
    arguments = [*COMPARED, "replicates=6"]
    process = subprocess.Popen(
        [*CORRIDOR, *arguments, f"results={tmp_path / 'disturbed'}"],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    killed = 0
    for finished in (1, 4):
        deadline = time.monotonic() + 120
        while len(list(tmp_path.glob("disturbed/*.zarr/*/*/.zattrs"))) < finished and time.monotonic() < deadline:
            time.sleep(0.02)
        for worker in offspring(process.pid):
            worker.send_signal(signal.SIGKILL)
            killed += 1
    printed = process.communicate(timeout=240)[0]
    assert process.returncode == 0
    assert killed >= 2, "the study was finished before both kills: give it more replicates"
    assert main([*arguments, f"results={tmp_path / 'calm'}"]) == 0
    assert json.loads(printed)["differences"] == json.loads(capsys.readouterr().out)["differences"]
    (one,), (other,) = tmp_path.glob("disturbed/*.zarr"), tmp_path.glob("calm/*.zarr")
    assert open_study(one).equals(open_study(other))
    assert not psutil.pid_exists(process.pid)


def test_errors_of_programmers_are_not_those_of_a_disk() -> None:
    assert of_the_disk(PermissionError(13, "Permission denied"))
    assert not of_the_disk(FileNotFoundError(2, "No such file or directory"))
    with (
        pytest.raises(InvalidInput, match=r"study is 'there'.*a place that can be written \(Is a directory\)"),
        writing("there", field="study"),
    ):
        raise IsADirectoryError(21, "Is a directory")


FIT = ["-m", "corridor.calibration.coarse", "--trials=50", "--agents=300", "--workers=2", "--observations=."]
COMPUTING = "draw_events"
"""Compiled function of which Numba says that it loads it: from then on a worker computes."""


@pytest.fixture
def observations(tmp_path: Path) -> Path:
    """Return a directory with the tables that a fit reads, a line each."""
    claims, entries = "eu_asylum_yearly.csv", "frontex_monthly_by_route_nationality.csv"
    (tmp_path / "unhcr_origin_year.csv").write_text("origin,year,refugees,asylum_seekers\nSYR,2014,3900000,0\n")
    (tmp_path / claims).write_text("year,citizenship,applications\n2016,SYR,300000\n")
    sea = "Eastern Mediterranean"
    (tmp_path / entries).write_text(f"date,route,nationality,detections\n2015-06-01,{sea},SYR,400000\n")
    return tmp_path


@pytest.mark.slow
def test_a_fit_that_is_stopped_leaves_no_process(observations: Path) -> None:
    told = observations / "told"
    with told.open("w") as output:
        driver = subprocess.Popen(
            [sys.executable, *FIT], cwd=observations, stdout=output, stderr=subprocess.PIPE, text=True,
            env=os.environ | {"NUMBA_DEBUG_CACHE": "1"},
        )  # fmt: skip
    with driver, ExitStack() as stack:
        stack.callback(driver.kill)  # where the test fails
        deadline = time.monotonic() + 240
        while COMPUTING not in told.read_text() and driver.poll() is None and time.monotonic() < deadline:
            time.sleep(0.1)
        assert driver.poll() is None, f"the fit ended by itself: {driver.communicate()[1]}"
        assert COMPUTING in told.read_text()
        assert len(offspring(driver.pid)) >= 2
        family = psutil.Process(driver.pid).children(recursive=True)
        driver.send_signal(signal.SIGTERM)
        complaint = driver.communicate(timeout=90)[1]
    assert driver.returncode == 130
    assert "corridor: stopped" in complaint and "Traceback" not in complaint
    assert not psutil.wait_procs(family, timeout=15)[1]


def test_processes_that_share_work_are_started_in_one_place() -> None:
    """Elsewhere they would have to be ended, too, when a command is stopped."""
    folders = [ROOT / name for name in ("model", "scenarios", "experiments", "calibration", "docs")]
    files = [file for folder in folders for file in folder.rglob("*.py")]
    pools = ("ProcessPoolExecutor", "multiprocessing", "LocalCluster")
    using = {file.relative_to(ROOT) for file in files if any(pool in file.read_text() for pool in pools)}
    assert using == {Path("experiments/runs/engine.py")}
