"""One question in progress: finished runs, open runs, and the time remaining."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Sequence
from typing import Literal

import xarray as xr

from corridor.views.workers import Work

TaskStatus = Literal["waiting", "running", "done", "cancelled", "failed"]

SHARE_BEFORE_ESTIMATE = 0.05


class Task:
    """A question under work; `corridor.views.board.Board` keeps its parts in step.

    Parameters
    ----------
    key : hashable
        Tells questions apart.
    orders : sequence of Work
        Runs, in the order in which they are wanted.

    Attributes
    ----------
    status : str
    error : str
        What went wrong, in a sentence.
    sessions : dict of str to float
        Who asked, and when each was last heard of (seconds of the monotonic clock).
    digests : dict of (policy, seed) to Dataset
        What is done.
    """

    def __init__(self, key: Hashable, orders: Sequence[Work]) -> None:
        self.key, self.open = key, list(orders)
        self.status: TaskStatus = "waiting"
        self.error = ""
        self.sessions: dict[str, float] = {}
        self.digests: dict[tuple[str, int], xr.Dataset] = {}
        self.policies = list(dict.fromkeys(order.policy for order in orders))
        self._seeds = list(dict.fromkeys(order.seed for order in orders))
        self._size = len(orders)
        self._shares: dict[tuple[str, int], float] = {}
        self._began = 0.0

    @property
    def is_live(self) -> bool:
        """Whether there is work to do."""
        return self.status in ("waiting", "running")

    def is_over(self) -> bool:
        """Tell whether nobody waits for it any more."""
        return not self.is_live

    @property
    def is_answered(self) -> bool:
        """Whether every run is done."""
        return len(self.digests) == self._size

    @property
    def under_way(self) -> int:
        """Number of runs that workers have taken."""
        return len(self._shares)

    @property
    def progress(self) -> float:
        """Share of the work that is done."""
        return (len(self.digests) + sum(self._shares.values())) / self._size

    @property
    def seconds_left(self) -> float | None:
        """Time that the rest will take if it goes on as so far; None while that is a guess."""
        if self.status != "running" or self.progress < SHARE_BEFORE_ESTIMATE:
            return None
        return (time.monotonic() - self._began) * (1 / self.progress - 1)

    @property
    def answered(self) -> list[str]:
        """Policies of which there is a first run, in order."""
        return [policy for policy in self.policies if (policy, self._seeds[0]) in self.digests]

    @property
    def seeds(self) -> list[int]:
        """Seeds on which every answered policy has been run; none before there are the baseline and one other."""
        answered = self.answered
        if answered[:1] != self.policies[:1] or len(answered) < min(2, len(self.policies)):
            return []
        return [seed for seed in self._seeds if all((policy, seed) in self.digests for policy in answered)]

    @property
    def shown(self) -> tuple[int, int]:
        """How much there is to see: policies and seeds; grows until the task is over."""
        return len(self.answered), len(self.seeds)

    def dataset(self) -> xr.Dataset:
        """Return the digests of all whole pairs over ``policy`` and ``replicate``; there must be one."""
        seeds, policies = self.seeds, self.answered
        rows = []
        for policy in policies:
            digests = [self.digests[policy, seed] for seed in seeds]
            rows.append(xr.concat(digests, "replicate", combine_attrs="drop_conflicts"))
        whole = xr.concat(rows, "policy", combine_attrs="drop_conflicts")
        return whole.assign_coords(policy=policies, replicate=seeds)

    def take(self) -> Work:
        """Hand out the next run."""
        if self.status == "waiting":
            self.status, self._began = "running", time.monotonic()
        order = self.open.pop(0)
        self._shares[order.policy, order.seed] = 0.0
        return order

    def listener(self, order: Work) -> Callable[[float], None]:
        """Make the function by which a worker reports the finished share of a run."""

        def note(share: float) -> None:
            self._shares[order.policy, order.seed] = share

        return note

    def note(self, order: Work, result: xr.Dataset) -> None:
        """Take in the digest of a run."""
        self._shares.pop((order.policy, order.seed), None)
        self.open = [other for other in self.open if other is not order]
        self.digests[order.policy, order.seed] = result
