"""Worker processes of the app: a run never blocks a page, can be stopped at any moment, and may fail alone.

This module and what it imports are loaded by every worker, so it knows nothing of the screen.
"""

from __future__ import annotations

import multiprocessing
import signal
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import xarray as xr

from experiments.run import Job, follow, policy_hash
from experiments.store import Study, read_run
from model.errors import InvalidInput
from views.digest import digest

SECONDS_BETWEEN_NEWS = 0.2


class Stopped(Exception):
    """The run was stopped on request."""


class WorkerLost(Exception):
    """The worker process ended unexpectedly."""


@dataclass(frozen=True)
class Order:
    """One run to compute, the study that it belongs to, and whether the study keeps it.

    Attributes
    ----------
    job : Job
    study : Study
    keep : bool
    weekly : bool
        Whether the digest tells of every step, for small corridors.
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
        """What decides the result."""
        return self.study.path.name, policy_hash(self.job.policy), self.job.seed, self.job.trace, self.weekly


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

    def run(self, order: Order, news: Callable[[float], None], is_stopped: Callable[[], bool]) -> xr.Dataset:
        """Compute one run and return its digest.

        Parameters
        ----------
        order : Order
        news : callable
            Called with the share of the run that is done.
        is_stopped : callable
            Looked at several times a second; once it is true the process is ended and another one started.

        Raises
        ------
        Stopped, WorkerLost, InvalidInput
        """
        try:
            if not order.keep:
                return self._run(order, None, news, is_stopped)
            with order.study.workshop() as workshop:
                return self._run(order, workshop, news, is_stopped)
        except Stopped:
            self._process.kill()
            self._start()
            raise
        except (EOFError, OSError) as error:
            self._start()
            raise WorkerLost from error

    def _run(
        self, order: Order, workshop: Path | None, news: Callable[[float], None], is_stopped: Callable[[], bool]
    ) -> xr.Dataset:
        self._pipe.send((order, workshop))
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
    """Compute what is ordered until the server is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        try:
            order, workshop = pipe.recv()
        except EOFError:
            return
        try:
            pipe.send(_compute(order, workshop, pipe))
        except InvalidInput as error:
            pipe.send(error)


def _compute(order: Order, workshop: Path | None, pipe: Connection) -> xr.Dataset:
    """Return the digest of a run, from the study if it is there."""
    job, study = order.job, order.study
    if order.keep and study.has(order.policy, order.seed, policy_hash(job.policy)):
        return digest(read_run(study.path, order.policy, order.seed))
    sent = time.monotonic()

    def tell(done: int, whole: int) -> None:
        nonlocal sent
        if time.monotonic() - sent > SECONDS_BETWEEN_NEWS:
            sent = time.monotonic()
            pipe.send(done / whole)

    ds, lives = follow(job, tell)
    if workshop is not None:
        study.add(ds, workshop)
    return digest(ds, order.weekly, lives)
