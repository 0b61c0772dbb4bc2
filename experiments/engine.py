"""Many jobs on Dask: worker processes of this machine, or the workers of a cluster that runs already.

Both go through the same code: ``scheduler=None`` only means that a cluster of local processes is started first. A
worker that dies is replaced and its job is computed again elsewhere; a job that raises is reported and stops no other.
"""

from __future__ import annotations

import logging
import traceback
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import dask
from distributed import Client, Future, LocalCluster, WorkerPlugin, as_completed
from distributed.client import FutureCancelledError
from distributed.scheduler import KilledWorker

from experiments.conf import cores
from model.errors import InvalidInput

JobT = TypeVar("JobT")
ResultT = TypeVar("ResultT")

JOBS_AHEAD = 2
"""Jobs handed out for each worker: one under work and one waiting, so that no worker idles and memory stays flat."""
SECONDS_TO_CONNECT = 15
_SETTINGS = {
    # Dask watches itself for its dashboard, which is off, fifty times a second in every process.
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.system-monitor.interval": "10s",
    "distributed.worker.profile.enabled": False,
    # Memory that one run gives back is what the next one takes: the system need not be asked for it each time.
    "distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": 2**27,
    "distributed.nanny.pre-spawn-environ.MALLOC_MMAP_THRESHOLD_": 2**25,
}
"""Settings of Dask for processes of this machine."""


@dataclass(frozen=True)
class Failure:
    """What went wrong in one job.

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
    """A job with its result, or with the failure that took its place."""

    job: JobT
    result: ResultT | None
    failure: Failure | None = None


@contextmanager
def workers(number: int | None = None, scheduler: str | None = None) -> Iterator[Client]:
    """Give a Dask client.

    Parameters
    ----------
    number : int, optional
        Processes on this machine, each with one thread; default one a core. Ignored with a scheduler.
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
            dask.config.set(_SETTINGS),
            LocalCluster(
                n_workers=number or cores(),
                threads_per_worker=1,
                dashboard_address=None,
                memory_limit=None,
                silence_logs=logging.CRITICAL,
            ) as cluster,
            Client(cluster) as client,
        ):
            yield client
        return
    try:
        client = Client(scheduler, timeout=SECONDS_TO_CONNECT)
    except (OSError, ValueError) as error:
        allowed = f"the address of a running Dask scheduler such as tcp://10.0.0.1:8786 ({_sentence(error)})"
        raise InvalidInput("command line", "compute.scheduler", scheduler, allowed) from None
    with client:
        yield client


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
    >>> from experiments.run import Job, simulate  # doctest: +SKIP
    >>> with workers(2) as client:  # doctest: +SKIP
    ...     for done in each(lambda world, seed: simulate(Job(world, policy, seed)), world, range(10), client):
    ...         print(done.job, done.failure or float(done.result["deaths_of"].sum()))
    """
    plugin = _Shared(f"corridor-{uuid.uuid4().hex}", shared)
    client.register_plugin(plugin)
    waiting = iter(jobs)
    running: dict[Future[Any], JobT] = {}
    queue = as_completed(raise_errors=False)

    def hand_out() -> None:
        for job in waiting:
            future = client.submit(_call, plugin.name, function, job, pure=False)
            running[future] = job
            queue.add(future)
            return

    try:
        for _ in range(JOBS_AHEAD * max(len(client.scheduler_info(n_workers=-1)["workers"]), 1)):
            hand_out()
        for future in queue:
            job = running.pop(future)
            if future.cancelled():
                raise FutureCancelledError(future.key, "the scheduler is gone")
            yield _done(job, future)
            future.release()
            hand_out()
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


def _done(job: JobT, future: Future[Any]) -> Done[JobT, Any]:
    error = future.exception() if future.status == "error" else None
    if error is None:
        return Done(job, future.result())
    if isinstance(error, KilledWorker):
        told = "every worker that took this job died, most likely for want of memory"
        fewer = InvalidInput("compute", "workers", "too many", f"fewer: {told}; finished runs are kept")
        return Done(job, None, Failure(told, "", fewer))
    if isinstance(error, InvalidInput):
        return Done(job, None, Failure(str(error), "", error))
    lines = traceback.format_exception(type(error), error, future.traceback())
    return Done(job, None, Failure(_sentence(error), "".join(lines), error))


def _sentence(error: BaseException) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


_shared_values: dict[str, object] = {}
"""In a worker: what the drivers it works for have sent, by name."""


class _Shared(WorkerPlugin):
    """Puts a value into every worker, those that join later too."""

    def __init__(self, name: str, value: object) -> None:
        self.name, self._value = name, value

    def setup(self, worker: object) -> None:
        """Keep the value."""
        _shared_values[self.name] = self._value

    def teardown(self, worker: object) -> None:
        """Let it go."""
        _shared_values.pop(self.name, None)


def _call(name: str, function: Callable[[Any, JobT], ResultT], job: JobT) -> ResultT:
    return function(_shared_values[name], job)
