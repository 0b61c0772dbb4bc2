"""Policies compared on paired replicates: replicate *k* of every policy runs on the same seed, so luck cancels."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import xarray as xr
from scipy.special import stdtrit

from experiments.engine import each, workers
from experiments.metrics import METRICS, Direction, outcomes
from experiments.observe import errors, yearly
from experiments.run import Job, World, policy_hash, simulate, versions
from experiments.settings import CompareSettings
from experiments.store import Study, open_study
from experiments.tables import plain_records
from model.errors import InvalidInput
from model.policies import Policy
from scenarios import load_policy, observed

CONFIDENCE = 0.90


class _Run(NamedTuple):
    """One run of a comparison, small enough to send."""

    policy: str
    seed: int


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
    # Seed by seed, so that a study that is stopped early has whole pairs.
    runs = [_Run(policy.name, seed) for seed in seeds for policy in policies]
    hashes = {policy.name: policy_hash(policy) for policy in policies}
    missing = [run for run in runs if not study.has(run.policy, run.seed, hashes[run.policy])]
    reused = len(runs) - len(missing)
    began = time.perf_counter()
    if progress is not None:
        progress(reused, len(runs))
    threads, number = settings.compute.threads or 1, settings.compute.processes
    for done, _ in enumerate(_compute(missing, world, policies, study, threads, number), reused + 1):
        if progress is not None:
            progress(done, len(runs))
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


@dataclass(frozen=True)
class _Shared:
    """What all runs of a comparison share."""

    world: World
    policies: Mapping[str, Policy]
    threads: int
    study: Study
    workshop: Path


def _compute(
    runs: list[_Run], world: World, policies: list[Policy], study: Study, threads: int, number: int
) -> Iterator[_Run]:
    """Compute runs in worker processes, which store each as it finishes; yield them.

    The first that fails, or Ctrl-C, ends the workers; what is stored is kept.
    """
    if not runs:
        return
    with study.workshop() as workshop, workers(min(number, len(runs))) as client:
        shared = _Shared(world, {policy.name: policy for policy in policies}, threads, study, workshop)
        for done in each(_run_and_store, shared, runs, client):
            if done.failure is not None:
                raise done.failure.cause
            yield done.job


def _run_and_store(shared: _Shared, run: _Run) -> None:
    job = Job(shared.world, shared.policies[run.policy], run.seed, shared.threads)
    shared.study.add(simulate(job), shared.workshop)


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
