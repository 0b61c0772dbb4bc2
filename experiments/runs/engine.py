"""Many jobs on Dask: on worker processes of this machine or on a running cluster.

Both use the same code: ``scheduler=None`` only means that a cluster of local processes is started first. A worker that
dies is replaced and its job is computed again elsewhere, unless the system ended it for lack of memory. A job that
raises is reported and does not stop the others.
"""

from __future__ import annotations

import logging
import os
import tempfile
import time
import traceback
import uuid
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Generic, TypeVar

import dask
from distributed import Client, Future, LocalCluster, WorkerPlugin, as_completed
from distributed.client import FutureCancelledError
from distributed.scheduler import KilledWorker
from distributed.security import Security
from numba.core.config import reload_config

from corridor.experiments.runs.conf import cores
from corridor.model.errors import InvalidInput

JobT = TypeVar("JobT")
ResultT = TypeVar("ResultT")

JOBS_AHEAD = 2
"""Jobs submitted per worker: one running and one waiting, so that workers do not idle and memory stays constant."""
SECONDS_TO_CONNECT = 15
SECONDS_BETWEEN_LOOKS = 0.1
SECONDS_WITHOUT_WORKERS = 30
"""Seconds without a result and without any worker after which a local cluster gets a new one."""
ROUNDS = 3
"""Maximum submissions of a job that Dask gives up, which happens when four workers have died while running it."""
_SETTINGS = {
    # Dask watches itself for its dashboard, which is off, fifty times a second in every process.
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.system-monitor.interval": "10s",
    "distributed.worker.profile.enabled": False,
    # Pages that any user of this machine could read.
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    # Memory that one run gives back is what the next one takes: the system need not be asked for it each time.
    "distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": 2**27,
    "distributed.nanny.pre-spawn-environ.MALLOC_MMAP_THRESHOLD_": 2**25,
}
"""Settings of Dask for processes of this machine."""


@dataclass(frozen=True)
class Failure:
    """The failure of one job.

    Attributes
    ----------
    error : str
        One sentence.
    details : str
        The traceback, for those who write code; empty where a user's input is to blame.
    cause : exception
        To raise, by a caller for whom one failure ends all.
    """

    error: str
    details: str
    cause: BaseException


@dataclass(frozen=True)
class Done(Generic[JobT, ResultT]):
    """A job with its result or its failure."""

    job: JobT
    result: ResultT | None
    failure: Failure | None = None


@contextmanager
def workers(number: int | None = None, scheduler: str | None = None) -> Iterator[Client]:
    """Give a Dask client.

    Parameters
    ----------
    number : int, optional
        Processes on this machine, each with one thread; default one a core. Ignored with a scheduler. They listen on
        ports of this machine, and whoever may speak to them may have them run code: a certificate that lives as long as
        they do keeps other users out.
    scheduler : str, optional
        Address of a running Dask scheduler, such as ``"tcp://10.0.0.1:8786"``. Its workers need the same version of
        Corridor.

    Raises
    ------
    InvalidInput
        If nothing answers at the address.
    """
    if scheduler is None:
        with (
            tempfile.TemporaryDirectory(prefix="corridor-workers-", ignore_cleanup_errors=True) as scratch,
            dask.config.set(_SETTINGS | {"temporary-directory": scratch}),
            LocalCluster(
                n_workers=number or cores(),
                threads_per_worker=1,
                dashboard_address=None,
                scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},  # no pages, but a port: not the one all want
                memory_limit=None,
                security=Security.temporary(),
                local_directory=scratch,
                silence_logs=logging.CRITICAL,
            ) as cluster,
            Client(cluster) as client,
        ):
            yield client
        return
    try:
        client = Client(scheduler, timeout=SECONDS_TO_CONNECT)
    except (OSError, ValueError, TypeError) as error:  # the last where tls:// meets no certificates
        allowed = f"the address of a running Dask scheduler such as tcp://10.0.0.1:8786 ({_sentence(error)})"
        raise InvalidInput("command line", "compute.scheduler", scheduler, allowed) from None
    with client:
        yield client


def one_thread_each() -> None:
    """Let this process and those that it starts compute on one thread each, unless the user has asked for more.

    It must be called before anything is computed: Numba refuses another number once its threads have been launched.
    """
    os.environ.setdefault("NUMBA_NUM_THREADS", "1")
    reload_config()


@contextmanager
def executor(number: int) -> Iterator[Executor]:
    """Yield processes of this machine, as `workers` does, with the interface of `concurrent.futures`.

    They end when the block is left, also by an error or interruption, and if this process is killed.

    Parameters
    ----------
    number : int
        Processes, each with one thread.
    """
    with workers(number) as client:
        yield client.get_executor(pure=False)


def each(
    function: Callable[[Any, JobT], ResultT], shared: object, jobs: Iterable[JobT], client: Client
) -> Iterator[Done[JobT, ResultT]]:
    """Call a function on every job and yield what comes back, in the order in which jobs finish.

    Parameters
    ----------
    function : callable
        Called in a worker with ``shared`` and a job; a function of a module, so that it can be pickled.
    shared : object
        What all jobs need, sent to each worker once.
    jobs : iterable
        Small and picklable; taken as they are needed.
    client : Client
        From `workers`.

    Yields
    ------
    Done
        A job with its result or its failure.

    Raises
    ------
    InvalidInput
        If the cluster goes away. What was yielded before is whole.

    Examples
    --------
    >>> from corridor.experiments.runs.run import Job, simulate  # doctest: +SKIP
    >>> with workers(2) as client:  # doctest: +SKIP
    ...     for done in each(lambda world, seed: simulate(Job(world, policy, seed)), world, range(10), client):
    ...         print(done.job, done.failure or float(done.result["deaths_of"].sum()))
    """
    plugin = _Shared(f"corridor-{uuid.uuid4().hex}", shared)
    client.register_plugin(plugin)
    waiting = iter(jobs)
    running: dict[Future[Any], tuple[JobT, int]] = {}
    queue = as_completed(with_results=True, raise_errors=False)
    short_before = _ended_for_memory()

    def hand_out(job: JobT, number: int = 1) -> None:
        future = client.submit(_call, plugin.name, function, job, pure=False)
        running[future] = job, number
        queue.add(future)

    try:
        for job in islice(waiting, JOBS_AHEAD * max(len(client.scheduler_info(n_workers=-1)["workers"]), 1)):
            hand_out(job)
        for future, result in _as_finished(queue, client):
            job, number = running.pop(future)
            if future.cancelled():
                raise FutureCancelledError(future.key, "the scheduler is gone")
            is_short = _ended_for_memory() > short_before
            if _is_lost(future) and number < ROUNDS and not is_short:
                hand_out(job, number + 1)
                continue
            yield _done(job, future, result, is_short)
            future.release()
            for following in islice(waiting, 1):
                hand_out(following)
    except (FutureCancelledError, OSError) as error:
        if isinstance(error, OSError) and client.status == "running":
            raise  # The consumer's own trouble, such as a full disk.
        allowed = "a cluster that stays up; what is finished is kept, and the same command goes on from there"
        raise InvalidInput("compute", "scheduler", "lost", allowed) from None
    finally:
        for future in running:
            future.release()
        if client.status == "running":
            client.unregister_worker_plugin(plugin.name)


def _as_finished(queue: as_completed, client: Client) -> Iterator[tuple[Future[Any], Any]]:
    """Yield futures, as they finish, with their results.

    Dask does not always replace a worker that was killed soon after its start (seen once in some ten times four kills
    on a busy machine); the remaining jobs would then never be computed, nor would those whose worker died before it
    gave their results away (seen once, too).
    """
    last = time.monotonic()
    while not queue.is_empty():
        if queue.has_ready():
            yield next(queue)
            last = time.monotonic()
            continue
        with queue.thread_condition:
            queue.thread_condition.wait(SECONDS_BETWEEN_LOOKS)
        if time.monotonic() - last > SECONDS_WITHOUT_WORKERS:
            last = time.monotonic()
            if client.cluster is not None and not client.scheduler_info(n_workers=-1)["workers"]:
                client.cluster.scale(len(client.cluster.worker_spec) + 1)


def _is_lost(future: Future[Any]) -> bool:
    """Return whether Dask has given up a job because workers died."""
    return future.status == "error" and isinstance(future.exception(), KilledWorker)


def _ended_for_memory() -> int:
    """Count the processes that the kernel has ended for lack of memory; 0 if unknown."""
    try:
        counts = dict(line.split() for line in Path("/proc/vmstat").read_text().splitlines())
        return int(counts["oom_kill"])
    except (OSError, KeyError, ValueError):
        return 0


def _done(job: JobT, future: Future[Any], result: Any, is_short: bool) -> Done[JobT, Any]:
    error = future.exception() if future.status == "error" else None
    if error is None:
        return Done(job, result)
    if isinstance(error, KilledWorker):
        told = "every worker that took this job died"
        if is_short:
            told = f"{told}, and the system ended processes for want of memory"
        allowed = "fewer of them" if is_short else "workers that live, and their logs may tell why these do not"
        cause = InvalidInput("compute", "workers", told, f"{allowed}; finished runs are kept")
        return Done(job, None, Failure(told, "", cause))
    if isinstance(error, InvalidInput):
        return Done(job, None, Failure(str(error), "", error))
    lines = traceback.format_exception(type(error), error, future.traceback())
    return Done(job, None, Failure(_sentence(error), "".join(lines), error))


def _sentence(error: BaseException) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


_shared_values: dict[str, object] = {}
"""In a worker: values sent by its drivers, by name."""


class _Shared(WorkerPlugin):
    """Gives a value to every worker, including those that join later."""

    def __init__(self, name: str, value: object) -> None:
        self.name, self._value = name, value

    def setup(self, worker: object) -> None:
        """Keep the value."""
        _shared_values[self.name] = self._value

    def teardown(self, worker: object) -> None:
        """Release the value."""
        _shared_values.pop(self.name, None)


def _call(name: str, function: Callable[[Any, JobT], ResultT], job: JobT) -> ResultT:
    return function(_shared_values[name], job)
