"""The design of an ensemble: scenarios × futures × policies × samples of uncertain factors × replicates."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from corridor.experiments.analysis.metrics import METRICS
from corridor.experiments.runs.run import Job
from corridor.experiments.runs.settings import Settings, Source
from corridor.experiments.runs.store import fingerprint
from corridor.experiments.runs.world import World, model_hash, policy_hash
from corridor.model.errors import InvalidInput
from corridor.model.parameters import REGISTRY
from corridor.model.policies import Policy, combine
from corridor.scenarios import load_policy, load_shock

NO_FUTURE = "none"
MOST_RUNS = 1_000_000
AXES = ("scenario", "future", "policy", "sample", "seed")
"""Columns that identify runs. Policies with the same values of the other four are compared as a pair."""


def _plain(value: Any) -> Any:
    """Return a setting as JSON writes it."""
    match value:
        case dt.date():
            return str(value)
        case tuple():
            return list(value)
        case Enum():
            return value.value
    return value


def _one_sample() -> pd.DataFrame:
    return pd.DataFrame(index=[0])


@dataclass(frozen=True)
class Design:
    """The description of an experiment.

    Attributes
    ----------
    scenarios, policies, futures : tuple of str
        As given: names or files; the future ``"none"`` ends with the data or holds its last values. The first policy is
        the baseline.
    samples : DataFrame
        One row a sample, one column a factor (a parameter, or a shock whose amount is given); no column: one sample at
        the defaults.
    seeds : tuple of int
        One a replicate; the same for all else, so that luck cancels in differences.
    agents, start, end, step_days, parameters_from, readings, without
        As for a single run.
    parameters : mapping of str to float
        Held at these values in all runs, unless a sample says otherwise.
    shock_start, shock_end : date, optional
        When sampled shocks hold; default the whole run.
    title, question : str
        For people.
    recipe : mapping
        The settings of the command that made the design, ready for an experiment file; empty if made in Python.
    """

    scenarios: tuple[str, ...]
    policies: tuple[str, ...]
    futures: tuple[str, ...] = (NO_FUTURE,)
    samples: pd.DataFrame = field(default_factory=_one_sample)
    seeds: tuple[int, ...] = (0,)
    agents: int | None = None
    start: dt.date | None = None
    end: dt.date | None = None
    step_days: int | None = None
    parameters: Mapping[str, float] = field(default_factory=dict)
    parameters_from: Source = Source.point
    readings: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    shock_start: dt.date | None = None
    shock_end: dt.date | None = None
    title: str = ""
    question: str = ""
    recipe: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.size > MOST_RUNS:
            raise InvalidInput("design", "runs", self.size, f"at most {MOST_RUNS:,}")

    def described(self) -> dict[str, Any]:
        """Return the design as plain data for readers, with the number of samples and the factors' ranges."""
        varied = [name for name in self.samples if self.samples[name].nunique() > 1]
        ranges = {name: [float(self.samples[name].min()), float(self.samples[name].max())] for name in self.samples}
        plain = {entry.name: getattr(self, entry.name) for entry in dataclasses.fields(self)}
        del plain["recipe"]
        plain |= {
            "samples": len(self.samples),
            "factors": ranges,
            "varied": varied,
            "parameters": dict(self.parameters),
        }
        return {name: _plain(value) for name, value in plain.items()}

    @property
    def size(self) -> int:
        """Number of runs."""
        axes = (self.scenarios, self.futures, self.policies, self.samples, self.seeds)
        return int(np.prod([len(axis) for axis in axes]))


@dataclass(frozen=True)
class PlannedRun:
    """One run of a plan, small enough to send: positions of its world and policy, its own parameters and shocks."""

    run: int
    world: tuple[str, str]
    policy: str
    sample: Mapping[str, float]
    seed: int


@dataclass(frozen=True)
class Common:
    """Data shared by all runs of a plan: worlds by scenario and future, policies by name, and dates of shocks."""

    worlds: Mapping[tuple[str, str], World]
    policies: Mapping[str, Policy]
    shock_start: dt.date | None
    shock_end: dt.date | None
    model_hash: str

    def job(self, planned: PlannedRun) -> Job:
        """Return the job of a planned run."""
        own = {name: value for name, value in planned.sample.items() if name in REGISTRY}
        amounts = {name: value for name, value in planned.sample.items() if name not in REGISTRY and value != 0}
        world = self.worlds[planned.world].given(own)
        hit = [
            load_shock(name, amount=amount, start=self.shock_start, end=self.shock_end)
            for name, amount in amounts.items()
        ]
        policy = self.policies[planned.policy]
        return Job(
            world, world.under(combine([*hit, policy], policy.name, policy.title) if hit else policy), planned.seed
        )


class Plan:
    """A design with all its inputs loaded and checked, and its runs numbered.

    Parameters
    ----------
    design : Design

    Attributes
    ----------
    common : Common
    runs : DataFrame
        One row a run, in the order in which they are computed (whole pairs first): the columns of `AXES`, names
        instead of files.

    Raises
    ------
    InvalidInput
        If a scenario, policy, future, parameter or shock does not fit.
    """

    def __init__(self, design: Design) -> None:
        self.design = design
        policies = {(policy := load_policy(name)).name: policy for name in design.policies}
        if len(policies) < len(design.policies):
            raise InvalidInput("design", "policies", list(design.policies), "policies of different names")
        worlds = {}
        for scenario, future in itertools.product(design.scenarios, design.futures):
            world = World.of(_settings(design, scenario, future))
            worlds[world.corridor.name, world.future.name if world.future else NO_FUTURE] = world
        if len(worlds) < len(design.scenarios) * len(design.futures):
            raise InvalidInput(
                "design", "scenarios", list(design.scenarios), "scenarios and futures of different names"
            )
        self.common = Common(worlds, policies, design.shock_start, design.shock_end, model_hash())
        rows = itertools.product(design.seeds, range(len(design.samples)), worlds, policies)
        table = [(scenario, future, policy, sample, seed) for seed, sample, (scenario, future), policy in rows]
        self.runs = pd.DataFrame(table, columns=list(AXES))
        self._check_samples()

    def planned_runs(self, runs: np.ndarray) -> Iterator[PlannedRun]:
        """Yield runs by their numbers, shape (n,)."""
        samples = self.design.samples.to_dict("records")
        for run in runs:
            row = self.runs.iloc[int(run)]
            named = {str(name): float(value) for name, value in samples[row["sample"]].items()}
            yield PlannedRun(int(run), (row["scenario"], row["future"]), row["policy"], named, int(row["seed"]))

    @property
    def cautions(self) -> list[str]:
        """Cautions about the worlds, each once, with the scenario's name if there are several."""
        several = len(self.design.scenarios) > 1
        said = [
            f"{scenario}: {caution}" if several else caution
            for (scenario, _), world in self.common.worlds.items()
            for caution in world.cautions
        ]
        return list(dict.fromkeys(said))

    def _check_samples(self) -> None:
        """Check the effect of every factor in every world before the first run is computed."""
        for planned in self.planned_runs(
            np.arange(min(len(self.runs), len(self.common.worlds) * len(self.common.policies)))
        ):
            self.common.job(planned)

    @cached_property
    def identity(self) -> dict[str, Any]:
        """Everything that determines the results, as hashes and figures ready for JSON."""
        worlds = {
            f"{scenario}, future {future}": world.configuration()
            for (scenario, future), world in self.common.worlds.items()
        }
        return {
            "worlds": worlds,
            "policies": {name: policy_hash(policy) for name, policy in self.common.policies.items()},
            "samples": fingerprint(self.design.samples.to_dict("split")),
            "n_samples": len(self.design.samples),
            "seeds": list(self.design.seeds),
            "shocks": [str(self.design.shock_start), str(self.design.shock_end)],
            "outcomes": [metric.name for metric in METRICS],
            "model_hash": self.common.model_hash,
        }


def _settings(design: Design, scenario: str, future: str) -> Settings:
    """Return the settings of a single run of this scenario and future."""
    return Settings(
        scenario=scenario,
        agents=design.agents,
        start=None if design.start is None else str(design.start),
        end=None if design.end is None else str(design.end),
        step_days=design.step_days,
        future=None if future == NO_FUTURE else future,
        parameters=dict(design.parameters),
        parameters_from=design.parameters_from,
        readings=list(design.readings),
        without=list(design.without),
    )
