"""Every command of the README, run as written."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
NOT_RUN = {
    "corridor app": "opens a server",
    "corridor calibrate": "takes an hour; see test_calibration",
    "corridor hindcast": "takes many minutes; see test_calibration",
    "corridor natural": "takes many minutes; see test_calibration",
    "corridor validate": "needs cases that are not in the repository; see test_displacement",
}


def commands() -> list[str]:
    blocks = re.findall(r"^```\n(.*?)^```", (ROOT / "README.md").read_text(encoding="utf-8"), re.S | re.M)
    lines = [line for block in blocks for line in block.splitlines()]
    return [line for line in lines if line.startswith("corridor ") and not line.startswith(tuple(NOT_RUN))]


def test_every_command_has_an_example() -> None:
    from corridor.experiments.commands.shell import COMMANDS

    shown = (ROOT / "README.md").read_text(encoding="utf-8")
    for command in COMMANDS:
        assert f"corridor {command.name}" in shown or f"make {command.name}" in shown, command.name


@pytest.mark.slow
def test_commands_of_the_readme_run_as_written(tmp_path: Path) -> None:
    """One after the other in an empty directory: later ones read what earlier ones wrote."""
    (tmp_path / "scenarios").symlink_to(ROOT / "scenarios")
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    for line in commands():
        done = subprocess.run(
            shlex.split(line, comments=True), cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=900
        )
        assert done.returncode == 0, f"{line}\n{done.stderr}"
        assert done.stdout, line
    assert (tmp_path / "results" / "tutorial.html").stat().st_size > 50_000
    assert list((tmp_path / "results").glob("*-sensitivity.png"))
