"""Worker processes: how tests find them, to kill them, and how they do without."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psutil
import pytest
from distributed import LocalCluster

from corridor.experiments.runs import engine

CORRIDOR = [sys.executable, "-m", "corridor.experiments.commands.shell"]


def offspring(driver: int) -> list[psutil.Process]:
    """Worker processes of a driver, found by what only they run."""
    try:
        children = psutil.Process(driver).children(recursive=True)
        return [child for child in children if "spawn_main" in " ".join(child.cmdline())]
    except psutil.Error:
        return []


def one_thread(n_workers: int, **settings: Any) -> LocalCluster:
    """Return a cluster of one worker in this process."""
    return LocalCluster(n_workers=1, processes=False, **settings)


@contextmanager
def as_threads() -> Iterator[None]:
    """Let workers be one thread of this process, which starts at once: where it is not processes that are tested."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "LocalCluster", one_thread)
        yield
