"""Runs and comparisons on full and closed disks, and with workers that die."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from trouble import CORRIDOR, ROOT, offspring

from experiments.disk import of_the_disk, writing
from experiments.shell import main
from experiments.store import open_study
from model.errors import InvalidInput

SMALL = ["scenario=tutorial", "agents=1000", "end=2001-02-28", "figure=false", "report=json"]
COMPARED = ["compare", *SMALL, "policies=[baseline,rescue]", "compute.workers=1"]
Mount = Callable[[str], Path]


def refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """Return the one sentence with which a command is refused."""
    assert main(arguments) == 2
    (complaint,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("corridor: ")]
    return complaint


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

    monkeypatch.setattr("experiments.outputs.draw", draw)
    arguments = [setting for setting in SMALL if setting != "figure=false"]
    assert "picture.png (disk full)" in refused(["run", *arguments, f"results={tmp_path}"], capsys)
    assert list(tmp_path.glob("*.zarr/baseline/*/.zattrs"))


def test_a_closed_disk_is_one_sentence(mounted: Mount, capsys: pytest.CaptureFixture[str]) -> None:
    disk = mounted("ro")
    for command in (["run", *SMALL], COMPARED):
        assert "a directory that can be written" in refused([*command, f"results={disk}"], capsys)


def test_a_comparison_outlives_its_workers(tmp_path: Path) -> None:
    """A worker is killed twice; every run is computed all the same, with the results of an undisturbed study."""
    arguments = [*CORRIDOR, *COMPARED, "replicates=20"]
    process = subprocess.Popen(
        [*arguments, f"results={tmp_path / 'disturbed'}"],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    killed = 0
    for finished in (1, 6):
        deadline = time.monotonic() + 120
        while len(list(tmp_path.glob("disturbed/*.zarr/*/*/.zattrs"))) < finished and time.monotonic() < deadline:
            time.sleep(0.02)
        for worker in offspring(process.pid):
            worker.send_signal(signal.SIGKILL)
            killed += 1
    printed = process.communicate(timeout=240)[0]
    assert process.returncode == 0
    assert killed >= 2, "the study was finished before both kills: give it more replicates"
    calm = subprocess.run([*arguments, f"results={tmp_path / 'calm'}"], cwd=ROOT, capture_output=True, text=True)
    assert json.loads(printed)["differences"] == json.loads(calm.stdout)["differences"]
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
