"""Questions and workers that tests of the app share."""

import threading
import time

from corridor.experiments.runs.run import follow
from corridor.views.digest import digest
from corridor.views.package import Package
from corridor.views.question import Question
from corridor.views.workers import Stopped, Worker

PACKAGE = "border_enforcement"
TITLES = {"baseline": "Baseline", PACKAGE: "Border enforcement"}
SECONDS = 120


class Inline(Worker):
    """Computes in the thread that asks, so that tests of pages need no process."""

    def __init__(self):
        pass

    def run(self, order, news, is_stopped):
        news(0.5)
        if is_stopped():
            raise Stopped
        ds, lives = follow(order.job)
        return digest(ds, order.weekly, lives)


class Gated(Inline):
    """Waits for a sign before it answers with a stand-in."""

    gate = threading.Event()
    fails = None

    def run(self, order, news, is_stopped):
        while not self.gate.is_set():
            if is_stopped():
                raise Stopped
            time.sleep(0.01)
        if self.fails is not None:
            raise self.fails
        return order


def wait_until(condition):
    until = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


def question(corridor="tutorial", first=2001, last=2002, packages=(PACKAGE,), **settings):
    return Question(corridor, first, last, tuple(Package.of_text(corridor, text) for text in packages), **settings)
