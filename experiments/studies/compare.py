"""Policies compared on paired replicates: replicate *k* of every policy runs on the same seed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import xarray as xr

from corridor.experiments.analysis.differences import paired_differences
from corridor.experiments.analysis.intervals import CONFIDENCE
from corridor.experiments.analysis.metrics import outcomes
from corridor.experiments.analysis.observe import errors, yearly
from corridor.experiments.runs.engine import each, workers
from corridor.experiments.runs.run import Job, simulate
from corridor.experiments.runs.settings import CompareSettings
from corridor.experiments.runs.store import Study, open_study
from corridor.experiments.runs.tables import plain_records
from corridor.experiments.runs.world import World, policy_hash, versions
from corridor.model.errors import InvalidInput
from corridor.model.policies import Policy
from corridor.scenarios import load_policy, observed


class _Replicate(NamedTuple):
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
    """Run every policy on the same seeds, store the runs in a study, and tabulate differences from the first policy.

    Runs already in the study are not repeated.

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
    runs = [_Replicate(policy.name, seed) for seed in seeds for policy in policies]
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
    study.consolidate()
    ds = open_study(study.path, names, seeds)
    table = paired_differences(outcomes(ds), names[0])
    beside = yearly(ds.sel(policy=names[0]), seen)
    return Comparison(study.path, world, names, ds, table, beside, len(missing), reused, seconds)


def summary(result: Comparison) -> dict[str, Any]:
    """Return a comparison as plain data, ready for JSON (None for undefined figures)."""
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
        "cautions": world.cautions,
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
    """Data shared by all runs of a comparison."""

    world: World
    policies: Mapping[str, Policy]
    threads: int
    study: Study
    workshop: Path


def _compute(
    runs: list[_Replicate], world: World, policies: list[Policy], study: Study, threads: int, number: int
) -> Iterator[_Replicate]:
    """Compute runs in worker processes, which store each as it finishes; yield them.

    The first failure, or Ctrl-C, ends the workers; stored runs are kept.
    """
    if not runs:
        return
    with study.workshop() as workshop, workers(min(number, len(runs))) as client:
        shared = _Shared(world, {policy.name: policy for policy in policies}, threads, study, workshop)
        for done in each(_run_and_store, shared, runs, client):
            if done.failure is not None:
                raise done.failure.cause
            yield done.job


def _run_and_store(shared: _Shared, run: _Replicate) -> None:
    job = Job(shared.world, shared.policies[run.policy], run.seed, shared.threads)
    shared.study.add(simulate(job), shared.workshop)
