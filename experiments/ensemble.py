"""Run an ensemble: compute what its store still misses, here or on a Dask cluster, and tell how far it is."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.design import Common, Design, Order, Plan
from experiments.engine import each, workers
from experiments.ensemble_store import EnsembleStore
from experiments.metrics import METRICS, outcomes
from experiments.periods import by_year, flatten, layout
from experiments.run import model_hash, simulate
from experiments.store import fingerprint
from model.errors import InvalidInput

RECENT = 50
"""Runs from which a study's rate is told."""


@dataclass(frozen=True)
class Kept:
    """What comes back of a run: see `EnsembleStore.add`."""

    outcomes: NDArray[np.float64]
    cells: NDArray[np.float64]
    form: Mapping[str, Any]
    result_hash: str
    seconds: float


@dataclass(frozen=True)
class Progress:
    """How far an ensemble is.

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
    """Result of `run_ensemble`: the store, runs computed now, runs that were there, runs that failed, time it took."""

    store: EnsembleStore
    computed: int
    reused: int
    failed: int
    seconds: float


def compute(common: Common, order: Order) -> Kept:
    """Compute one run in a worker, and return what the study keeps of it."""
    if model_hash() != common.model_hash:
        raise InvalidInput(
            "worker", "model", model_hash(), f"the driver's, {common.model_hash}: install the same version"
        )
    began = time.perf_counter()
    ds = simulate(common.job(order))
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
    """Compute every run of a design that its study does not have yet.

    May be stopped or killed at any moment; the same call goes on from there. Runs that failed are tried again.

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
    done = (store.states() == "finished").to_numpy(copy=True)
    done[store.damaged()] = False
    missing = np.flatnonzero(~done)
    reused, failed, began = len(done) - len(missing), 0, time.monotonic()
    computed = 0

    def tell() -> None:
        if progress is not None:
            ready, elapsed = computed + failed, time.monotonic() - began
            rate = ready / elapsed if ready else np.nan
            left = (len(missing) - ready) / rate if ready else np.nan
            progress(Progress(reused + computed, failed, len(done), rate, left))

    tell()
    if len(missing):
        with workers(number and min(number, len(missing)), scheduler) as client:
            began = time.monotonic()
            for item in each(compute, plan.common, plan.orders(missing), client):
                if item.result is not None:
                    store.add(item.job.run, **vars(item.result), now=time.time())
                    computed += 1
                elif item.failure is not None:
                    store.fail(item.job.run, item.failure.error, item.failure.details)
                    failed += 1
                tell()
    return Finished(store, computed, reused, failed, time.monotonic() - began)


def default_study(design: Design, folder: str | Path) -> str:
    """Return the path of a design's study where none is given: the same design always has the same."""
    name = "-".join(Path(scenario).name for scenario in design.scenarios)
    return str(Path(folder) / f"{name}-ensemble-{fingerprint(Plan(design).identity)}.zarr")


@dataclass(frozen=True)
class Status:
    """How far a study is, from its store alone.

    Attributes
    ----------
    title, question : str
    counts : DataFrame
        Runs ``finished``, ``failed`` and ``missing`` by scenario, future and policy.
    failures : DataFrame
        From `EnsembleStore.failures`.
    damaged : list of int
        Finished runs of which a chunk cannot be read; the next ``corridor ensemble`` computes them again.
    seconds_per_run : float
        Mean computing time of a run; NaN before the first.
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


def status(study: str | Path) -> Status:
    """Return how far a study is; it may be growing at this moment.

    Raises
    ------
    InvalidInput
        If there is no study.
    """
    store = EnsembleStore(study)
    states = store.states()
    axes = ["scenario", "future", "policy"]
    counts = pd.crosstab([store.runs[name] for name in axes], states)
    counts = counts.reindex(columns=["finished", "failed", "missing"], fill_value=0).reset_index()
    timing = store.timing()
    recent = np.sort(timing["finished_at"].dropna().to_numpy())[-RECENT:]
    spans = recent[-1] - recent[0] if len(recent) > 1 else np.nan
    rate = (len(recent) - 1) / spans if spans > 0 else np.nan
    missing = int((states != "finished").sum())
    return Status(
        str(store.attrs["title"]),
        str(store.attrs["question"]),
        counts,
        store.failures(),
        store.damaged(),
        float(timing["seconds"].mean()),
        float(rate),
        missing / rate if missing else 0.0,
    )
