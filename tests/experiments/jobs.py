"""What workers are given to do, apart from the tests: a worker that begins imports no more than this."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path


def twice(shared: int, job: int) -> int:
    if job == 2:
        raise ZeroDivisionError("no halves")
    return shared * job


def dying(shared: Path, job: int) -> int:
    """Kill the worker, as somebody from outside may, until this has happened four times."""
    if len(list(shared.iterdir())) < 4:
        (shared / str(time.time_ns())).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return job


def dying_once(shared: Path, job: int) -> int:
    if not list(shared.iterdir()):
        (shared / "died").touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return job


class Deadly:
    """A result whose worker is killed as it is first given away."""

    def __init__(self, shared: Path, job: int) -> None:
        self._shared, self._job = shared, job

    def __reduce__(self) -> tuple[type[int], tuple[int]]:
        dying_once(self._shared, self._job)
        return int, (self._job,)


def dead(shared: object, job: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)
