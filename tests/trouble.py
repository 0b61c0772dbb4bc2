"""What goes wrong outside the program: how tests find its worker processes, to kill them."""

from __future__ import annotations

import sys
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
CORRIDOR = [sys.executable, "-m", "corridor.experiments.commands.shell"]


def offspring(driver: int) -> list[psutil.Process]:
    """Worker processes of a driver, found by what only they run."""
    try:
        children = psutil.Process(driver).children(recursive=True)
        return [child for child in children if "spawn_main" in " ".join(child.cmdline())]
    except psutil.Error:
        return []
