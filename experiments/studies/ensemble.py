"""Run an ensemble: compute the runs missing in its store, here or on a Dask cluster, and report progress."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from corridor.experiments.analysis.metrics import METRICS, outcomes
from corridor.experiments.analysis.periods import by_year, flatten, layout
from corridor.experiments.runs.engine import each, workers
from corridor.experiments.runs.run import simulate
from corridor.experiments.runs.store import fingerprint
from corridor.experiments.runs.world import model_hash
from corridor.experiments.studies.design import Common, Design, Plan, PlannedRun
from corridor.experiments.studies.store import EnsembleStore
from corridor.model.errors import InvalidInput

RECENT, TIMED = 50, 200
"""Number of recent runs from which the rate and the time per run are estimated."""


@dataclass(frozen=True)
class Kept:
    """The part of a run stored in a study: see `EnsembleStore.add`."""

    outcomes: NDArray[np.float64]
    cells: NDArray[np.float64]
    form: Mapping[str, Any]
    result_hash: str
    seconds: float


@dataclass(frozen=True)
class Progress:
    """Progress of an ensemble.

    Attributes
    ----------
    finished, failed, whole : int
        Runs.
    per_second : float
        Rate since this computation began; NaN before the first run.
    seconds_left : float
        At that rate; NaN before the first run.
    """

    finished: int
    failed: int
    whole: int
    per_second: float
    seconds_left: float


@dataclass(frozen=True)
class Finished:
    """Result of `run_ensemble`: the store, numbers of runs computed, found and failed, and the time taken."""

    store: EnsembleStore
    computed: int
    reused: int
    failed: int
    seconds: float


def compute(common: Common, planned: PlannedRun) -> Kept:
    """Compute one run in a worker, and return the part to be stored."""
    if model_hash() != common.model_hash:
        raise InvalidInput(
            "worker", "model", model_hash(), f"the driver's, {common.model_hash}: install the same version"
        )
    began = time.perf_counter()
    ds = simulate(common.job(planned))
    values = outcomes(ds)
    yearly = by_year(ds)
    return Kept(
        np.array([float(values[metric.name]) for metric in METRICS]),
        flatten(yearly),
        layout(yearly),
        str(ds.attrs["result_hash"]),
        time.perf_counter() - began,
    )


def run_ensemble(
    design: Design,
    study: str | Path,
    *,
    number: int | None = None,
    scheduler: str | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Finished:
    """Compute every run of a design that is missing in its study.

    It can be interrupted or killed at any time; the same call resumes. Failed runs are tried again.

    Parameters
    ----------
    design : Design
    study : str or path
        Directory or fsspec URL of the store; see `default_study`.
    number, scheduler
        Worker processes on this machine, or the address of a Dask scheduler; see `engine.workers`. Results are the
        same to the bit.
    progress : callable, optional
        Called at the start and after each run.

    Raises
    ------
    InvalidInput
        If the design does not fit, the study holds another one, or it cannot be written.
    """
    plan = Plan(design)
    store = EnsembleStore.prepare(study, plan)
    count = _Count(store, progress)
    if len(count.missing):
        with workers(number and min(number, len(count.missing)), scheduler) as client:
            count.began = time.monotonic()
            for item in each(compute, plan.common, count.open(plan), client):
                if item.result is not None:
                    store.add(item.job.run, **vars(item.result), now=time.time())
                    count.computed += 1
                elif item.failure is not None:
                    store.fail(item.job.run, item.failure.error, item.failure.details)
                    count.failed += 1
                count.tell()
    store.consolidate()
    return Finished(store, count.computed, count.reused, count.failed, time.monotonic() - count.began)


class _Count:
    """Finished and missing runs of a study, which other processes may be filling as well."""

    def __init__(self, store: EnsembleStore, progress: Callable[[Progress], None] | None) -> None:
        self._store, self._progress = store, progress
        done = (store.states() == "finished").to_numpy(copy=True)
        self._damaged = frozenset(store.damaged())
        done[list(self._damaged)] = False
        self.whole, self.missing = len(done), np.flatnonzero(~done)
        self.reused, self.computed, self.failed = self.whole - len(self.missing), 0, 0
        self.began = time.monotonic()
        self.tell()

    def open(self, plan: Plan) -> Iterator[PlannedRun]:
        """Yield missing runs, except those that another driver has finished in the meantime.

        A driver that found the study already created begins at its end, so that two drivers meet in the middle.
        """
        for planned in plan.planned_runs(self.missing if self._store.is_new else self.missing[::-1]):
            if planned.run not in self._damaged and self._store.has(planned.run):
                self.reused += 1
            else:
                yield planned

    def tell(self) -> None:
        """Report progress."""
        if self._progress is None:
            return
        ready, elapsed = self.computed + self.failed, time.monotonic() - self.began
        rate = ready / elapsed if ready else np.nan
        left = (self.whole - self.reused - ready) / rate if ready else np.nan
        self._progress(Progress(self.reused + self.computed, self.failed, self.whole, rate, left))


def default_study(design: Design, folder: str | Path) -> str:
    """Return the default path of a design's study, which depends on the design only."""
    name = "-".join(Path(scenario).name for scenario in design.scenarios)
    return str(Path(folder) / f"{name}-ensemble-{fingerprint(Plan(design).identity)}.zarr")


@dataclass(frozen=True)
class StudyStatus:
    """Progress of a study, read from its store.

    Attributes
    ----------
    title, question : str
    counts : DataFrame
        Runs ``finished``, ``failed`` and ``missing`` by scenario, future and policy.
    failures : DataFrame
        From `EnsembleStore.failures`.
    damaged : list of int
        Finished runs that are not as they were written; the next ``corridor ensemble`` computes them again.
    seconds_per_run : float
        Mean computing time of a run, over two hundred at most; NaN before the first.
    per_second : float
        Rate of the last runs; NaN before the second.
    seconds_left : float
        At that rate.
    """

    title: str
    question: str
    counts: pd.DataFrame
    failures: pd.DataFrame
    damaged: list[int]
    seconds_per_run: float
    per_second: float
    seconds_left: float

    @property
    def totals(self) -> dict[str, int]:
        """Runs by state."""
        return {name: int(self.counts[name].sum()) for name in ("finished", "failed", "missing")}


def status(study: str | Path, thorough: bool = False) -> StudyStatus:
    """Read the progress of a study, which may be growing.

    Parameters
    ----------
    study : str or path
    thorough : bool, default False
        Read every run to find the damaged ones; otherwise they are found by missing and empty files.

    Raises
    ------
    InvalidInput
        If there is no study, or its plan is damaged.
    """
    store = EnsembleStore(study)
    states = store.states()
    axes = ["scenario", "future", "policy"]
    counts = pd.crosstab([store.runs[name] for name in axes], states)
    counts = counts.reindex(columns=["finished", "failed", "missing"], fill_value=0).reset_index()
    finished = states.index[states == "finished"]
    times = store.column("finished_at", finished)
    recent = np.sort(times[np.isfinite(times)])[-RECENT:]
    seconds = store.column("seconds", finished[:: len(finished) // TIMED + 1])
    spans = recent[-1] - recent[0] if len(recent) > 1 else np.nan
    rate = (len(recent) - 1) / spans if spans > 0 else np.nan
    missing = int((states != "finished").sum())
    return StudyStatus(
        str(store.attrs["title"]),
        str(store.attrs["question"]),
        counts,
        store.failures(states),
        store.damaged(thorough, states),
        float(np.nanmean(seconds)) if np.isfinite(seconds).any() else np.nan,
        float(rate),
        missing / rate if missing else 0.0,
    )
