"""Worker processes of the app: a run never blocks a page, can be stopped at any moment, and may fail alone.

This module and what it imports are loaded by every worker, so it knows nothing of the screen.
"""

from __future__ import annotations

import logging
import multiprocessing
import signal
import time
from collections.abc import Callable, Hashable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Protocol

import xarray as xr

from corridor.experiments.runs.run import Job, follow
from corridor.experiments.runs.settings import CompareSettings
from corridor.experiments.runs.store import Study, forget, read_run
from corridor.experiments.runs.world import World, policy_hash
from corridor.model.errors import InvalidInput
from corridor.scenarios import load_policy
from corridor.views.digest import digest

SECONDS_BETWEEN_NEWS = 0.2
MOST_RUNS = 500  # 1 MB a year of the Mediterranean each


class Stopped(Exception):
    """The run was stopped on request."""


class WorkerLost(Exception):
    """The worker process ended unexpectedly."""


class RunFailed(Exception):
    """The run met a bug; its kind, for the sentence that people read."""


class Work(Protocol):
    """Something that a worker computes: one of the parts of a question."""

    @property
    def policy(self) -> str:
        """Name of the work within its question."""

    @property
    def seed(self) -> int:
        """Seed of the random numbers."""

    @property
    def identity(self) -> tuple[Hashable, ...]:
        """Everything that determines the result."""

    def workplace(self) -> AbstractContextManager[Path | None]:
        """Give the directory that the worker needs, if any; it is gone afterwards, even if the worker was killed."""

    def compute(self, workplace: Path | None, tell: Callable[[float], None]) -> xr.Dataset:
        """Compute it, and report now and then the share done; runs in the worker."""


@dataclass(frozen=True)
class Order:
    """One run to compute, the study that it belongs to, and whether the study keeps it.

    Attributes
    ----------
    job : Job
    study : Study
    keep : bool
    weekly : bool
        Whether the digest covers every step, for small corridors.
    """

    job: Job
    study: Study
    keep: bool = True
    weekly: bool = False

    @property
    def policy(self) -> str:
        """Name of the policy."""
        return self.job.policy.name

    @property
    def seed(self) -> int:
        """Seed of the random numbers."""
        return self.job.seed

    @property
    def identity(self) -> tuple[Hashable, ...]:
        """Everything that determines the result."""
        return self.study.path.name, policy_hash(self.job.policy), self.job.seed, self.job.trace, self.weekly

    def workplace(self) -> AbstractContextManager[Path | None]:
        """Give a directory on the disk of the study."""
        return self.study.workshop() if self.keep else nullcontext(None)

    def compute(self, workplace: Path | None, tell: Callable[[float], None]) -> xr.Dataset:
        """Return the digest of the run, from the study if it is there."""
        if self.keep and self.study.has(self.policy, self.seed, policy_hash(self.job.policy)):
            return digest(read_run(self.study.path, self.policy, self.seed))
        ds, lives = follow(self.job, lambda done, whole: tell(done / whole))
        if workplace is not None:
            self.study.add(ds, workplace)
            prune(self.study.path.parent)
        return digest(ds, self.weekly, lives)


def prune(folder: Path, most: int = MOST_RUNS) -> None:
    """Remove the oldest runs of the app's studies, so that its disk is bounded.

    Parameters
    ----------
    folder : path
        Directory of the app's studies.
    most : int
        Runs that are kept.
    """
    runs = sorted(folder.glob("*.zarr/*/[0-9]*"), key=lambda run: run.stat().st_mtime)
    for run in runs[:-most]:
        forget(run)


class Worker:
    """A process that computes one run at a time."""

    def __init__(self) -> None:
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        # A daemon ends with the server, whatever it is doing.
        self._process = context.Process(target=_serve, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()

    def run(self, order: Work, news: Callable[[float], None], is_stopped: Callable[[], bool]) -> xr.Dataset:
        """Compute one run and return its digest.

        Parameters
        ----------
        order : Work
        news : callable
            Called with the share of the run that is done.
        is_stopped : callable
            Looked at several times a second; once it is true the process is ended and another one started.

        Raises
        ------
        Stopped, WorkerLost, RunFailed, InvalidInput
        """
        try:
            with order.workplace() as workplace:
                return self._run(order, workplace, news, is_stopped)
        except Stopped:
            self._process.kill()
            self._start()
            raise
        except (EOFError, OSError) as error:
            self._start()
            raise WorkerLost from error

    def _run(
        self, order: Work, workplace: Path | None, news: Callable[[float], None], is_stopped: Callable[[], bool]
    ) -> xr.Dataset:
        self._pipe.send((order, workplace))
        while True:
            if is_stopped():
                raise Stopped
            if not self._pipe.poll(SECONDS_BETWEEN_NEWS):
                continue
            match self._pipe.recv():
                case float(share):
                    news(share)
                case Exception() as error:
                    raise error
                case xr.Dataset() as result:
                    return result


def _serve(pipe: Connection) -> None:
    """Compute the orders that arrive until the server is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _warm_up()
    while True:
        try:
            order, workplace = pipe.recv()
        except EOFError:
            return
        try:
            pipe.send(order.compute(workplace, _teller(pipe)))
        except InvalidInput as error:
            pipe.send(error)
        except Exception as error:  # a bug: the worker lives on, the log tells
            logging.getLogger(__name__).exception("a run failed")
            pipe.send(RunFailed(type(error).__name__))


def _warm_up() -> None:
    """Load compiled code while people are still reading, so that their first run starts at once."""
    world = World.of(CompareSettings(scenario="tutorial", agents=20, end="2001-06-30"))
    digest(follow(Job(world, load_policy("baseline"), seed=0))[0])


def _teller(pipe: Connection) -> Callable[[float], None]:
    """Make a function that sends news of progress, a few times a second at most."""
    sent = time.monotonic()

    def tell(share: float) -> None:
        nonlocal sent
        if time.monotonic() - sent > SECONDS_BETWEEN_NEWS:
            sent = time.monotonic()
            pipe.send(float(share))

    return tell
