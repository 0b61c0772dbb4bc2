"""Fixtures for tests of the app: a small world, runs of two policies, and their digests."""

import threading
from pathlib import Path

import pytest

from corridor.experiments.runs.run import Job, simulate
from corridor.experiments.runs.settings import CompareSettings
from corridor.experiments.runs.world import World
from corridor.scenarios import load_policy
from corridor.views.digest import digest
from corridor.views.tasks import Task
from corridor.views.workers import Order
from tests.views.questions import PACKAGE, Gated


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
