"""Fixtures for all tests: a fixed seed where none is given, workers as threads, a small disk."""

import subprocess
from pathlib import Path

import pytest

from tests.workers import as_threads


@pytest.fixture(scope="session", autouse=True)
def seed_of_runs_that_name_none():
    """Runs of tests are repeatable: a simulation without a seed takes 0 in place of a fresh one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("corridor.model.arguments.fresh_seed", lambda: 0)
        yield


@pytest.fixture
def threads():
    """Workers are a thread of this process: see `as_threads`."""
    with as_threads():
        yield


@pytest.fixture
def mounted(tmp_path):
    """Give a function that mounts a small disk of its own, for root."""
    folder = tmp_path / "disk"
    folder.mkdir()
    done = []

    def mount(options: str) -> Path:
        tried = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True)
        if tried.returncode:
            pytest.skip("mounting a small disk needs root")
        done.append(folder)
        return folder

    yield mount
    for disk in done:
        subprocess.run(["umount", str(disk)], check=True)
