"""The board of the app: questions that sessions have asked, shared out fairly among a few workers.

One session has one question at a time; two sessions that ask the same share the work. Each idle worker takes a run of
the question that has the fewest under way, so that a long question never keeps a short one waiting.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from functools import cache

import xarray as xr

from corridor.experiments.reporting.language import N_
from corridor.experiments.runs.conf import cores
from corridor.model.errors import InvalidInput
from corridor.views.tasks import Task, TaskStatus
from corridor.views.workers import RunFailed, Stopped, Work, Worker, WorkerLost

MOST_WORKERS = 4
MOST_QUESTIONS = 30
SILENT_SECONDS = 300.0  # a page that waits is heard of every second, one in the background every minute
MOST_DIGESTS = 1000  # about 50 kB each


class Board:
    """Questions, and the ``workers`` that answer them."""

    def __init__(self, workers: int, make_worker: Callable[[], Worker] = Worker) -> None:
        self._tasks: list[Task] = []
        self._digests: OrderedDict[Hashable, xr.Dataset] = OrderedDict()
        self._changed = threading.Condition()
        for _ in range(workers):
            threading.Thread(target=self._work, args=(make_worker,), daemon=True).start()

    def ask(self, session: str, key: Hashable, orders: Callable[[], Sequence[Work]]) -> Task:
        """Return the task of a question; the session's earlier question is abandoned.

        Parameters
        ----------
        session : str
        key : hashable
        orders : callable
            Returns the runs, in the order in which they are wanted; called only if the question is new.

        Raises
        ------
        InvalidInput
            If too many questions are open, or the question does not fit.
        """
        with self._changed:
            self._forget_the_silent()
            for task in [task for task in self._tasks if session in task.sessions and task.key != key]:
                self._leave(session, task)
            task = next((task for task in self._tasks if task.key == key), None) or Task(key, orders())
            if task not in self._tasks:
                if len(self._tasks) >= MOST_QUESTIONS:
                    raise InvalidInput(
                        "server", "open questions", MOST_QUESTIONS, "fewer; please try again in a minute"
                    )
                self._recall(task)
                if task.open:
                    self._tasks.append(task)
            task.sessions[session] = time.monotonic()
            self._changed.notify_all()
            return task

    def hear(self, session: str, task: Task) -> None:
        """Take note that a session still waits for a question."""
        with self._changed:
            if session in task.sessions:
                task.sessions[session] = time.monotonic()

    def cancel(self, session: str, task: Task) -> None:
        """Give a question up; it goes on only if another session asked it too."""
        with self._changed:
            self._leave(session, task)

    def ahead(self, task: Task) -> int:
        """Count the open questions that were asked before a task."""
        with self._changed:
            return self._tasks.index(task) if task in self._tasks else 0

    def _leave(self, session: str, task: Task) -> None:
        task.sessions.pop(session, None)
        if not task.sessions:
            self._close(task, "cancelled")

    def _forget_the_silent(self) -> None:
        """Give up the questions of browsers that were closed."""
        now = time.monotonic()
        for task in list(self._tasks):
            for session in [name for name, heard in task.sessions.items() if now - heard > SILENT_SECONDS]:
                self._leave(session, task)

    def _close(self, task: Task, status: TaskStatus) -> None:
        if task.is_live:
            task.status = status
        if task in self._tasks:
            self._tasks.remove(task)

    def _recall(self, task: Task) -> None:
        """Answer from memory where possible."""
        for order in list(task.open):
            found = self._digests.get(order.identity)
            if found is not None:
                self._note(task, order, found)

    def _note(self, task: Task, order: Work, result: xr.Dataset) -> None:
        task.note(order, result)
        self._digests[order.identity] = result
        self._digests.move_to_end(order.identity)
        while len(self._digests) > MOST_DIGESTS:
            self._digests.popitem(last=False)
        if task.is_answered:
            self._close(task, "done")

    def _take(self) -> tuple[Task, Work]:
        """Wait for a run to compute."""
        with self._changed:
            self._forget_the_silent()
            while not any(task.open for task in self._tasks):
                self._changed.wait()
            task = min((task for task in self._tasks if task.open), key=lambda task: task.under_way)
            return task, task.take()

    def _work(self, make_worker: Callable[[], Worker]) -> None:
        worker = make_worker()
        while True:
            task, order = self._take()
            try:
                result = worker.run(order, task.listener(order), task.is_over)
            except Stopped:
                continue
            except WorkerLost:
                self._fail(task, N_("A run ended unexpectedly, most likely for want of memory. Try a smaller one."))
            except RunFailed as error:
                self._fail(task, f"A run met an error in the program ({error}); the server's log tells more.")
            except InvalidInput as error:
                self._fail(task, f"{error}.")
            else:
                with self._changed:
                    self._note(task, order, result)

    def _fail(self, task: Task, error: str) -> None:
        with self._changed:
            task.error = error
            self._close(task, "failed")


@cache
def board() -> Board:
    """Return the one board of this server."""
    return Board(min(cores(), MOST_WORKERS))
