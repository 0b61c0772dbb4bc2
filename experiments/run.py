"""One run: from settings to a result dataset, its place in a study, and its summary."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import importlib.metadata
import math
import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import xarray as xr

import model
from experiments.conf import cores
from experiments.metrics import mean_fee_by_mode, outcomes, persons_by_state
from experiments.settings import RunSettings, Settings, Source
from experiments.store import Study, fingerprint, result_hash
from model.corridor import Corridor
from model.errors import InvalidInput
from model.parameters import REGISTRY, Parameters
from model.policies import Policy, combine
from model.simulation import Simulation
from model.states import Age, Sex
from model.trace import LifeEvent
from scenarios import load, load_future, load_policy, parameters_of
from scenarios.posterior import draw, posterior, settle

Progress = Callable[[int, int], None]
LIBRARIES = ("mesa", "numpy", "numba", "xarray", "zarr")


@dataclass(frozen=True)
class World:
    """What all runs of a study share.

    Attributes
    ----------
    corridor : Corridor
    agents : int
    start, end : date
    step_days : int
    parameters : mapping of str to float
        Values given for this study, beside the corridor's own.
    without : tuple of str
        Mechanisms switched off.
    future : Policy, optional
        How the drivers go on after the scenario's data.
    draws : tuple of mapping of str to float
        Draws of the scenario's posterior, one of which each seed takes; none: the scenario's point values.
    """

    corridor: Corridor
    agents: int
    start: dt.date
    end: dt.date
    step_days: int
    parameters: Mapping[str, float] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    future: Policy | None = None
    draws: tuple[Mapping[str, float], ...] = ()

    @classmethod
    def of(cls, settings: Settings) -> World:
        """Load the scenario that settings name, and fill in what they leave open from it."""
        corridor = load(settings.scenario)
        end = settings.last_day or corridor.end
        from_posterior = settings.parameters_from is Source.posterior
        if settings.future and end <= corridor.end:
            raise InvalidInput("run", "end", str(end), f"with a future, a date after the data ({corridor.end})")
        return cls(
            corridor,
            settings.agents or corridor.agents,
            settings.first_day or corridor.start,
            end,
            settings.step_days or corridor.step_days,
            _deciding(corridor, {**parameters_of(settings.readings), **settings.parameters}, from_posterior),
            tuple(sorted(settings.without)),
            load_future(settings.future, corridor) if settings.future else None,
            posterior(settings.scenario) if from_posterior else (),
        )

    def values(self, seed: int) -> dict[str, float]:
        """Return the values of a run, as `scenarios.posterior.settle` takes them: those given go first."""
        return {**(draw(self.draws, seed) if self.draws else {}), **self.parameters}

    def given(self, values: Mapping[str, float]) -> World:
        """Return this world with further parameter values given."""
        given = {**self.parameters, **values}
        return dataclasses.replace(self, parameters=_deciding(self.corridor, given, bool(self.draws)))

    def under(self, policy: Policy) -> Policy:
        """Return a policy with the future in which it has to stand, under its own name."""
        return combine([self.future, policy], policy.name, policy.title) if self.future else policy

    @property
    def caution(self) -> str:
        """What a reader must know about this world, if anything."""
        if self.future or self.end <= self.corridor.end:
            return ""
        return (
            f"after {self.corridor.end} the data end: all series stay at their last value (see: corridor list futures)"
        )

    def configuration(self) -> dict[str, Any]:
        """Return everything that decides the results of this world, beside policy and seed, ready for JSON."""
        return {
            "scenario": self.corridor.name,
            "scenario_hash": self.corridor.content_hash,
            "agents": self.agents,
            "start": str(self.start),
            "end": str(self.end),
            "step_days": self.step_days,
            "parameters": dict(self.parameters),
            "without": list(self.without),
            "future": policy_hash(self.future) if self.future else None,
            "posterior": fingerprint(repr(self.draws)) if self.draws else None,
            "model_hash": model_hash(),
        }

    def study(self, folder: Path) -> Study:
        """Return the study to which runs of this world belong."""
        return Study(folder, self.configuration(), {"versions": versions()})


@dataclass(frozen=True)
class Job:
    """One run to compute: a world, a policy, a seed, and how many people to follow (which changes no result)."""

    world: World
    policy: Policy
    seed: int
    threads: int = 1
    trace: int = 0


class Portrait(NamedTuple):
    """Who a person is."""

    community: str
    sex: str
    age: str


@dataclass(frozen=True)
class Lives:
    """People followed through a run: what happened to each in order of time, and who they are."""

    events: tuple[LifeEvent, ...] = ()
    people: Mapping[int, Portrait] = field(default_factory=dict)

    @classmethod
    def of(cls, simulation: Simulation) -> Lives:
        """Return the lives that a simulation has followed; none if it follows nobody."""
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


def simulate(job: Job, progress: Progress | None = None) -> xr.Dataset:
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


def follow(job: Job, progress: Progress | None = None) -> tuple[xr.Dataset, Lives]:
    """Compute one run, and tell what happened to the people whom the job follows.

    Returns
    -------
    Dataset
        As from `simulate`.
    Lives
    """
    simulation = _build(job)
    ds = _finish(simulation, job.policy, progress)
    lives = Lives.of(simulation)
    simulation.let_go()
    return ds, lives


def _build(job: Job) -> Simulation:
    world = job.world
    corridor, parameters = settle(world.corridor, world.values(job.seed))
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


def _finish(simulation: Simulation, policy: Policy, progress: Progress | None) -> xr.Dataset:
    ds: xr.Dataset = simulation.run(progress)
    ds.attrs |= {"policy_hash": policy_hash(policy), "result_hash": result_hash(ds)}
    return ds


def _deciding(corridor: Corridor, values: Mapping[str, float], from_posterior: bool) -> dict[str, float]:
    """Return those of a user's parameter values that decide something, once all are known and in range.

    Beside a posterior all of them do, as its draws differ from the usual values.
    """
    Parameters(values)
    usual = {name: row.default for name, row in REGISTRY.items()} | corridor.parameter_values()
    return {name: value for name, value in sorted(values.items()) if from_posterior or value != usual[name]}


def policy_hash(policy: Policy) -> str:
    """Return the fingerprint of all that a policy does."""
    return fingerprint(repr(policy))


@cache
def model_hash() -> str:
    """Return the fingerprint of the model's source code: runs of different code never share a study."""
    folder = Path(str(model.__file__)).parent
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*.py")):
        digest.update(file.relative_to(folder).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:12]


def versions() -> dict[str, str]:
    """Return the versions of Corridor, Python and the libraries that compute results."""
    known = {name: importlib.metadata.version(name) for name in LIBRARIES}
    return {"corridor": importlib.metadata.version("corridor-simulation"), "python": platform.python_version(), **known}


@dataclass(frozen=True)
class Result:
    """Result of `run`: dataset, world, store of the study that keeps it, and life events of the people followed."""

    ds: xr.Dataset
    world: World
    path: Path
    life_events: list[LifeEvent]


def run(settings: RunSettings, progress: Progress | None = None) -> Result:
    """Compute one run and keep it in its study.

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
        simulation = _build(job)
        ds = _finish(simulation, policy, progress)
        study.add(ds, workshop)
    return Result(ds, world, study.path, simulation.trace.events() if simulation.trace else [])


def summary(ds: xr.Dataset) -> dict[str, Any]:
    """Return what a run amounts to as plain data, ready for JSON (None where a figure is not defined)."""
    attrs = ds.attrs
    figures = {str(name): _number(value) for name, value in outcomes(ds).items()}
    fees = mean_fee_by_mode(ds)
    by_mode = {str(mode): _number(fees.sel(mode=mode)) for mode in fees["mode"].to_numpy()}
    copied = ("scenario", "scenario_hash", "policy", "start", "end", "step_days", "agents", "persons_per_agent")
    states = persons_by_state(ds)
    return {
        **{name: _plain(attrs[name]) for name in copied},
        "seed": int(attrs["seed"]),
        "steps": int(attrs["steps"]),
        "migrant_steps": int(attrs["migrant_steps"]),
        "seconds": round(float(attrs["seconds"]), 4),
        "migrant_steps_per_second": round(attrs["migrant_steps"] / max(float(attrs["seconds"]), 1e-9)),
        "result_hash": attrs["result_hash"],
        "conservation": {
            "persons_error": _plain(attrs["persons_error"]),
            "money_error_usd": _plain(attrs["money_error_usd"]),
        },
        "states": {str(state): _number(states.sel(state=state)) for state in states["state"].to_numpy()},
        "outcomes": {**figures, "mean_fee_usd": {"all": figures["mean_fee_usd"], **by_mode}},
        "versions": versions(),
    }


def _plain(value: Any) -> Any:
    """Return a Python scalar for a NumPy scalar; zero without a sign."""
    value = value.item() if hasattr(value, "item") else value
    return 0 if value == 0 and not isinstance(value, str) else value


def _number(value: xr.DataArray) -> float | None:
    number = float(value)
    return number if math.isfinite(number) else None
