"""What tests start from: a disk of their own; for the app a small world, runs of two policies, and their digests."""

import os
import subprocess
import threading
from pathlib import Path

import pytest
from asked import PACKAGE, Gated
from trouble import as_threads

from corridor.experiments.runs.run import Job, simulate
from corridor.experiments.runs.settings import CompareSettings
from corridor.experiments.runs.world import World
from corridor.scenarios import load_policy
from corridor.views.digest import digest
from corridor.views.tasks import Task
from corridor.views.workers import Order

# Threads of OpenMP that wait for each other keep their cores busy, and each test process has as many as there are
# cores: a small run with two threads took seven times the processor time beside others.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")


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
def gated(monkeypatch):
    monkeypatch.setattr(Gated, "gate", threading.Event())
    monkeypatch.setattr(Gated, "fails", None)
    return Gated


@pytest.fixture(scope="module")
def world():
    return World.of(CompareSettings(scenario="tutorial", agents=4000, end="2001-12-31"))


@pytest.fixture(scope="module")
def orders(world):
    policies = [load_policy("baseline"), load_policy(PACKAGE)]
    study = world.study(Path("nowhere"))
    return [Order(Job(world, policy, seed), study, keep=False) for seed in (0, 1) for policy in policies]


@pytest.fixture(scope="module")
def answered(orders):
    task = Task("question", orders)
    for order in orders:
        task.note(order, digest(simulate(order.job)))
    return task.dataset()


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
