"""Trying hostile inputs by their numbers, in workers that are watched for hangs and memory."""

from __future__ import annotations

import multiprocessing
import os
import random
import resource
import shutil
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path

import psutil

from corridor.experiments.studies.design import Design
from corridor.model.errors import InvalidInput
from tests.fuzz.attempts import Attempt, Door, Fault, Place, Refused

MOST_MEMORY = 2 << 30
HANG_CPU_SECONDS, HANG_SECONDS = 30.0, 300.0
"""Seconds of computing, or of nothing at all, after which an input counts as hanging."""
Weighted = tuple[tuple[int, str, Door], ...]


def doors() -> Weighted:
    """Return the doors with their weights; what takes seconds comes seldom."""
    from tests.fuzz import files, library, shell

    return (
        (300, "shell: wrong settings", shell.refused_command), (70, "shell: no settings", shell.odd_command),
        (4, "shell: right settings", shell.accepted_command), (1, "shell: own process", shell.own_process),
        (30, "studies", shell.study), (180, "scenarios", files.scenario), (80, "policies", files.policy),
        (50, "futures", files.future), (60, "experiments", files.experiment), (120, "Flee", files.flee),
        (30, "Python: simulations", library.simulation), (3, "Python: runs", library.short_run),
        (60, "Python: functions", library.functions), (60, "addresses", library.address),
        (20, "uploads", library.upload),
    )  # fmt: skip


@dataclass(frozen=True)
class Tried:
    """What came of one input: ``fault`` is empty where nothing is wrong."""

    number: int
    door: str
    words: str
    outcome: str
    fault: str = ""
    seconds: float = 0.0
    memory: int = 0


def attempt_of(seed: int, number: int, place: Place) -> tuple[str, Attempt]:
    """Return the door and the input of a number: the same for the same seed, alone or among all."""
    rng = random.Random(f"{seed}/{number}")
    known = doors()
    _, name, door = rng.choices(known, [weight for weight, _, _ in known])[0]
    return name, door(rng, place)


def tried(seed: int, number: int, place: Place) -> Tried:
    """Try one input."""
    shutil.rmtree(place.folder, ignore_errors=True)
    place.folder.mkdir(parents=True)
    name, attempt = attempt_of(seed, number, place)
    began = time.process_time()
    end, fault = outcome(attempt)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    if memory > MOST_MEMORY:
        fault = fault or f"{memory / 2**30:.1f} GiB of memory"
    return Tried(number, name, attempt.words, end, fault, time.process_time() - began, memory)


def outcome(attempt: Attempt) -> tuple[str, str]:
    """Outcome of an attempt (refused, accepted, fault), and its fault; empty: none."""
    try:
        attempt.act()
    except (InvalidInput, Refused) as refusal:
        sentence = str(refusal)
        if attempt.must == "be accepted":
            return "refused", f"refused what it must take: {sentence[:300]}"
        return (
            "refused",
            "" if "allowed" in sentence or "see corridor" in sentence else f"no sentence: {sentence[:300]}",
        )
    except Fault as fault:
        return "fault", str(fault)[:500]
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        where = traceback.extract_tb(error.__traceback__)[-1]
        return "fault", f"{type(error).__name__} at {Path(where.filename).name}:{where.lineno}: {str(error)[:200]}"
    return "accepted", "accepted in silence" if attempt.must == "be refused" else ""


def studies(folder: Path) -> Path:
    """Make the small studies of which copies are damaged: a comparison and an ensemble, both finished."""
    import numpy as np

    from corridor.experiments.runs.settings import CompareCompute, CompareSettings
    from corridor.experiments.studies.compare import compare
    from corridor.experiments.studies.ensemble import run_ensemble

    compare(
        CompareSettings(
            scenario="tutorial", agents=50, end="2001-01-20", policies=["baseline", "rescue"], replicates=2,
            results=str(folder), compute=CompareCompute(workers=1),
        )
    )  # fmt: skip
    design = Design(("tutorial",), ("baseline", "rescue"), agents=50, end=np.datetime64("2001-01-20").item())
    run_ensemble(design, str(folder / "ensemble.zarr"), number=1)
    return folder


def work(seed: int, numbers: list[int], place: Place, sender: Connection) -> None:
    """Try inputs in a process of its own, and tell of each before and after."""
    warnings.simplefilter("ignore")
    resource.setrlimit(resource.RLIMIT_DATA, (4 << 30, 4 << 30))
    sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - for the rest of the process
    for number in numbers:
        sender.send(number)
        result = tried(seed, number, place)
        sender.send(result)
        if result.memory > MOST_MEMORY:  # the highest ever: the next input gets a process of its own
            break
    sender.close()


@dataclass
class Worker:
    """A process that tries inputs, and what it is at."""

    process: multiprocessing.process.BaseProcess
    receiver: Connection
    numbers: list[int]
    place: Place
    at: int = -1
    since: float = 0.0
    computed: float = 0.0

    def is_hanging(self) -> bool:
        """Whether the present input has taken too long: computing, or waiting for something."""
        if self.at < 0:
            return False
        idle = time.monotonic() - self.since
        try:
            spent = sum(psutil.Process(self.process.pid).cpu_times()[:2]) - self.computed
        except psutil.Error:
            return False
        return spent > HANG_CPU_SECONDS or idle > HANG_SECONDS


def everything(seed: int, numbers: list[int], processes: int) -> Iterator[Tried]:
    """Try inputs in several processes; yield what came of each."""
    with tempfile.TemporaryDirectory(prefix="fuzz-", dir=_fast_disk()) as name, ExitStack() as stack:
        made = studies(Path(name) / "studies")
        places = [Place(Path(name) / str(k), made) for k in range(processes)]
        queue = [_started(seed, numbers[k::processes], place, stack) for k, place in enumerate(places)]
        while queue:
            ready = wait([worker.receiver for worker in queue], timeout=5)
            for worker in list(queue):
                result = _next(worker) if worker.receiver in ready else None
                if result is not None:
                    yield result
                if worker.receiver.closed or worker.is_hanging():
                    queue.remove(worker)
                    yield from _ended(worker)
                    if worker.numbers:
                        queue.append(_started(seed, worker.numbers, worker.place, stack))


def _ended(worker: Worker) -> Iterator[Tried]:
    """See a worker off; yield what it was at, if that ended it or kept it."""
    fault = "ended the process" if worker.receiver.closed else "hangs"
    if worker.at >= 0:
        yield Tried(worker.at, "?", f"see --only {worker.at}", "fault", fault)
    worker.process.kill()
    worker.process.join()


def _next(worker: Worker) -> Tried | None:
    try:
        told = worker.receiver.recv()
    except EOFError:
        worker.receiver.close()
        return None
    if isinstance(told, Tried):
        worker.at = -1
        return told
    worker.at, worker.since = told, time.monotonic()
    worker.numbers.remove(told)
    worker.computed = sum(psutil.Process(worker.process.pid).cpu_times()[:2])
    return None


def _started(seed: int, numbers: list[int], place: Place, stack: ExitStack) -> Worker:
    receiver, sender = multiprocessing.get_context("spawn").Pipe(duplex=False)
    process = multiprocessing.get_context("spawn").Process(target=work, args=(seed, list(numbers), place, sender))
    process.start()
    stack.callback(process.kill)
    sender.close()
    return Worker(process, receiver, list(numbers), place)


def _fast_disk() -> str | None:
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
