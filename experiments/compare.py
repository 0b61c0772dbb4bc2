"""Policies compared on paired replicates: replicate *k* of every policy runs on the same seed, so luck cancels."""

from __future__ import annotations

import multiprocessing
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from scipy.special import stdtrit

from experiments.metrics import METRICS, Direction, outcomes
from experiments.observe import errors, yearly
from experiments.run import Job, World, policy_hash, simulate, versions
from experiments.settings import CompareSettings
from experiments.store import Study, open_study
from experiments.tables import plain_records
from model.errors import InvalidInput
from scenarios import load_policy, observed

CONFIDENCE = 0.90
STOP = "stop"


@dataclass(frozen=True)
class Comparison:
    """Result of `compare`.

    Attributes
    ----------
    path : path
        Store of the study.
    world : World
    policies : list of str
        Names, the baseline first.
    ds : Dataset
        All runs, over ``policy`` and ``replicate``.
    table : DataFrame
        From `paired_differences`.
    observed : DataFrame
        From `observe.yearly`, for the baseline.
    computed, reused : int
        Runs computed now, and runs that were there already.
    seconds : float
        Time that computing took.
    """

    path: Path
    world: World
    policies: list[str]
    ds: xr.Dataset
    table: pd.DataFrame
    observed: pd.DataFrame
    computed: int
    reused: int
    seconds: float


def compare(settings: CompareSettings, progress: Callable[[int, int], None] | None = None) -> Comparison:
    """Run every policy on the same seeds, keep the runs in a study, and tabulate differences to the first policy.

    Runs that the study has already are not computed again.

    Parameters
    ----------
    settings : CompareSettings
    progress : callable, optional
        Called with the runs done and the runs in all.
    """
    world = World.of(settings)
    seen = observed(settings.scenario)
    policies = [world.under(load_policy(name)) for name in settings.policies]
    names = _distinct([policy.name for policy in policies])
    study = world.study(Path(settings.results))
    seeds = range(settings.seed, settings.seed + settings.replicates)
    threads = settings.compute.threads or 1
    # Seed by seed, so that a study that is stopped early has whole pairs.
    jobs = [Job(world, policy, seed, threads) for seed in seeds for policy in policies]
    missing = [job for job in jobs if not study.has(job.policy.name, job.seed, policy_hash(job.policy))]
    reused = len(jobs) - len(missing)
    began = time.perf_counter()
    if progress is not None:
        progress(reused, len(jobs))
    for done, _ in enumerate(run_jobs(missing, study, settings.compute.processes), reused + 1):
        if progress is not None:
            progress(done, len(jobs))
    seconds = time.perf_counter() - began
    ds = open_study(study.path, names, seeds)
    table = paired_differences(outcomes(ds), names[0])
    beside = yearly(ds.sel(policy=names[0]), seen)
    return Comparison(study.path, world, names, ds, table, beside, len(missing), reused, seconds)


def summary(result: Comparison) -> dict[str, Any]:
    """Return a comparison as plain data, ready for JSON (None where a figure is not defined)."""
    world = result.world
    return {
        "scenario": world.corridor.name,
        "scenario_hash": world.corridor.content_hash,
        "policies": result.policies,
        "seeds": [int(seed) for seed in result.ds["replicate"].to_numpy()],
        "agents": world.agents,
        "start": str(world.start),
        "end": str(world.end),
        "step_days": world.step_days,
        "parameters": dict(world.parameters),
        "future": world.future.name if world.future else None,
        "runs_computed": result.computed,
        "runs_reused": result.reused,
        "seconds": round(result.seconds, 2),
        "confidence": CONFIDENCE,
        "differences": plain_records(result.table),
        "observed": plain_records(result.observed),
        "errors": plain_records(errors(result.observed)),
        "versions": versions(),
    }


def _distinct(names: list[str]) -> list[str]:
    for name in names:
        if names.count(name) > 1:
            raise InvalidInput("command line", "policies", name, "policies of different names")
    return names


def run_jobs(jobs: list[Job], study: Study, workers: int) -> Iterator[tuple[str, int]]:
    """Compute jobs in worker processes and store each as it finishes; yield its policy and seed.

    Stopping early (an error, Ctrl-C) ends the workers and keeps what is stored.
    """
    if not jobs:
        return
    with study.workshop() as workshop:
        context = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(min(workers, len(jobs)), context, initializer=_leave_interrupts_to_parent)
        try:
            futures = [pool.submit(_run_and_store, job, study, workshop) for job in jobs]
            for future in as_completed(futures):
                yield future.result()
        except BrokenProcessPool:
            allowed = "fewer: the system ended a worker, most likely for want of memory; finished runs are kept"
            raise InvalidInput("compare", "compute.workers", workers, allowed) from None
        except BaseException:
            (workshop / STOP).touch()
            raise
        finally:
            pool.shutdown(cancel_futures=True)


def _leave_interrupts_to_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _run_and_store(job: Job, study: Study, workshop: Path) -> tuple[str, int]:
    """Compute one run in a worker; give up at the next step when the parent has left the sign to stop."""

    def look_for_stop(*_: int) -> None:
        if (workshop / STOP).exists():
            raise CancelledError

    look_for_stop()
    study.add(simulate(job, look_for_stop), workshop)
    return job.policy.name, job.seed


def paired_differences(values: xr.Dataset, baseline: str) -> pd.DataFrame:
    """Tabulate every metric of every policy with its paired difference to the baseline.

    Parameters
    ----------
    values : Dataset
        From `metrics.outcomes`, over ``policy`` and ``replicate``.
    baseline : str
        Policy to compare with.

    Returns
    -------
    DataFrame
        One row a policy and metric: ``baseline`` and ``value`` (means over the replicates that both have),
        ``difference``, ``low`` and ``high`` (interval), ``replicates``, ``verdict``.

    Notes
    -----
    The interval is that of a paired t test: mean ± t(0.95, n − 1) · s / √n of the n differences of equal seeds. With a
    single replicate there is none (NaN).
    """
    rows = []
    for policy in values["policy"].to_numpy():
        for metric in METRICS:
            ours = values[metric.name].sel(policy=policy).to_numpy()
            theirs = values[metric.name].sel(policy=baseline).to_numpy()
            both = np.isfinite(ours) & np.isfinite(theirs)
            difference, low, high = paired_interval(ours[both] - theirs[both])
            row = {
                "policy": str(policy),
                "metric": metric.name,
                "label": metric.label,
                "unit": metric.unit,
                "baseline": _mean(theirs[both]),
                "value": _mean(ours[both]),
                "difference": difference,
                "low": low,
                "high": high,
                "replicates": int(both.sum()),
                "verdict": verdict(metric.direction, difference, low, high),
            }
            rows.append(row)
    return pd.DataFrame(rows)


def paired_interval(differences: np.ndarray) -> tuple[float, float, float]:
    """Return mean, lower and upper end of the 90 % t interval of paired differences, shape (n_replicates,)."""
    n = len(differences)
    mean = _mean(differences)
    if n < 2:
        return mean, np.nan, np.nan
    half = float(stdtrit(n - 1, 0.5 + CONFIDENCE / 2) * np.std(differences, ddof=1) / np.sqrt(n))
    return mean, mean - half, mean + half


def verdict(direction: Direction, difference: float, low: float, high: float) -> str:
    """Say in a word what a difference amounts to.

    ``better`` or ``worse`` (``higher`` or ``lower`` where neither is better) if the interval leaves out zero, ``same``
    if there is no difference at all, else ``unclear``.
    """
    if difference == low == high == 0:
        return "same"
    if not (low > 0 or high < 0):
        return "unclear"
    if direction == "no judgement":
        return "higher" if low > 0 else "lower"
    return "better" if (high < 0) == (direction == "lower is better") else "worse"


def _mean(values: np.ndarray) -> float:
    return float(np.mean(values)) if len(values) else np.nan
