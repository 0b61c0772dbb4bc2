"""Every command that the README and the first pages show, run as written."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from corridor.experiments.commands.shell import COMMANDS, main
from tests import ROOT

NOT_RUN = {
    "corridor app": "opens a server",
    "corridor calibrate": "takes an hour; see test_calibration",
    "corridor forecast": "takes minutes; see test_stack",
    "corridor hindcast": "takes many minutes; see test_calibration",
    "corridor reanalyse": "needs observations, and takes half an hour; see test_reanalysis",
    "corridor natural": "takes many minutes; see test_calibration",
    "corridor validate": "needs cases that are not in the repository; see test_displacement",
}


PAGES = ("README.md", "docs/planner.md", "docs/researcher.md", "docs/student.md")


def shown() -> str:
    return "\n".join((ROOT / page).read_text(encoding="utf-8") for page in PAGES)


def commands() -> list[str]:
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", shown(), re.S | re.M)
    lines = [line for language, block in blocks if not language for line in block.splitlines()]
    return [line for line in lines if line.startswith("corridor ") and not line.startswith(tuple(NOT_RUN))]


def test_every_command_has_an_example() -> None:
    text = shown()
    for command in COMMANDS:
        assert f"corridor {command.name}" in text or f"make {command.name}" in text, command.name


@pytest.mark.slow
@pytest.mark.usefixtures("threads")
def test_commands_run_as_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One after the other in an empty directory: later ones read what earlier ones wrote.

    The first is called as a program; those after it without the seconds for which a process starts.
    """
    (tmp_path / "scenarios").symlink_to(ROOT / "scenarios")
    monkeypatch.chdir(tmp_path)
    first, *others = [shlex.split(line, comments=True) for line in commands()]
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    done = subprocess.run(first, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and done.stdout, done.stderr
    for name, *arguments in others:
        assert name == "corridor"
        code, told = main(arguments), capsys.readouterr()
        assert code == 0, f"{arguments}\n{told.err}"
        assert told.out, arguments
    assert (tmp_path / "results" / "tutorial.html").stat().st_size > 50_000
    assert list((tmp_path / "results").glob("*-sensitivity.png"))
