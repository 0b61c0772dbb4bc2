"""One run: from settings to a result dataset stored in a study."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import xarray as xr

from corridor.experiments.runs.conf import cores
from corridor.experiments.runs.patch import NO_PATCH, Patch
from corridor.experiments.runs.settings import RunSettings
from corridor.experiments.runs.store import result_hash
from corridor.experiments.runs.world import World, policy_hash
from corridor.model.policies import Policy
from corridor.model.simulation import Simulation
from corridor.model.states import Age, Sex
from corridor.model.trace import LifeEvent
from corridor.scenarios import load_policy
from corridor.scenarios.posterior import settle

OnProgress = Callable[[int, int], None]


@dataclass(frozen=True)
class Job:
    """One run to compute: a world, a policy, a seed, and how many people to follow (which changes no result).

    The patch changes the events of the world's corridor, for runs that measure the effect of an event.
    """

    world: World
    policy: Policy
    seed: int
    threads: int = 1
    trace: int = 0
    patch: Patch = NO_PATCH


class Portrait(NamedTuple):
    """Attributes of a person."""

    community: str
    sex: str
    age: str


@dataclass(frozen=True)
class Lives:
    """People followed through a run: their life events in order of time, and their attributes."""

    events: tuple[LifeEvent, ...] = ()
    people: Mapping[int, Portrait] = field(default_factory=dict)

    @classmethod
    def of(cls, simulation: Simulation) -> Lives:
        """Return the lives followed by a simulation; none if it follows nobody."""
        events = tuple(simulation.trace.events()) if simulation.trace else ()
        population, communities = simulation.population, simulation.corridor.communities.rows
        people = {
            person: Portrait(
                communities[population.community[person]].label,
                Sex(int(population.sex[person])).name.lower(),
                Age(int(population.age[person])).name.lower(),
            )
            for person in dict.fromkeys(event.person for event in events)
        }
        return cls(events, people)


def simulate(job: Job, progress: OnProgress | None = None) -> xr.Dataset:
    """Compute one run.

    Parameters
    ----------
    job : Job
    progress : callable, optional
        Called with the steps done and the steps in all.

    Returns
    -------
    Dataset
        As recorded by the model, with the policy's fingerprint, versions and result hash among its attributes.
    """
    return follow(job, progress)[0]


def follow(job: Job, progress: OnProgress | None = None) -> tuple[xr.Dataset, Lives]:
    """Compute one run, and return the lives of the people whom the job follows.

    Returns
    -------
    Dataset
        As from `simulate`.
    Lives
    """
    simulation = built(job)
    ds = _finish(simulation, job.policy, progress)
    lives = Lives.of(simulation)
    return ds, lives


def built(job: Job) -> Simulation:
    """Return the simulation of a job, before its first step."""
    world = job.world
    corridor, parameters = settle(job.patch.applied(world.corridor), world.values(job.seed))
    return Simulation(
        corridor,
        job.policy,
        seed=job.seed,
        agents=world.agents,
        start=world.start,
        end=world.end,
        step_days=world.step_days,
        parameters=parameters,
        without=world.without,
        trace=job.trace,
        threads=job.threads,
    )


def _finish(simulation: Simulation, policy: Policy, progress: OnProgress | None) -> xr.Dataset:
    ds: xr.Dataset = simulation.run(progress)
    ds.attrs |= {"policy_hash": policy_hash(policy), "result_hash": result_hash(ds)}
    return ds


@dataclass(frozen=True)
class Result:
    """Result of `run`: dataset, world, store of the study that keeps it, and life events of the people followed."""

    ds: xr.Dataset
    world: World
    path: Path
    life_events: list[LifeEvent]


def run(settings: RunSettings, progress: OnProgress | None = None) -> Result:
    """Compute one run and store it in its study.

    Parameters
    ----------
    settings : RunSettings
    progress : callable, optional
        Called with the steps done and the steps in all.
    """
    world = World.of(settings)
    policy = world.under(load_policy(settings.policy))
    job = Job(world, policy, settings.seed, settings.compute.threads or cores(), settings.trace)
    study = world.study(Path(settings.results))
    with study.workshop() as workshop:
        simulation = built(job)
        ds = _finish(simulation, policy, progress)
        study.add(ds, workshop)
    study.consolidate()
    return Result(ds, world, study.path, simulation.trace.events() if simulation.trace else [])
