"""The world of a study's runs, and the fingerprints of everything that determines their results."""

from __future__ import annotations

import dataclasses
import datetime as dt
import importlib.metadata
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from corridor.experiments.runs.conf import as_date
from corridor.experiments.runs.settings import History, Settings, Source
from corridor.experiments.runs.store import Study, fingerprint
from corridor.model import source
from corridor.model.corridor import Corridor
from corridor.model.errors import InvalidInput
from corridor.model.mechanisms import without as switch_off
from corridor.model.parameters import REGISTRY, Parameters
from corridor.model.policies import Policy, combine
from corridor.scenarios import load, load_future, load_shock, parameters_of
from corridor.scenarios.posterior import draw, posterior
from corridor.scenarios.reanalysis import reanalysis, reanalysis_provenance
from corridor.scenarios.resolution import resolution

LIBRARIES = ("mesa", "numpy", "numba", "xarray", "zarr")


@dataclass(frozen=True)
class World:
    """The inputs that all runs of a study share.

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
    shocks : Policy, optional
        What happens to the world beside its own events.
    draws : tuple of mapping of str to float
        Draws of the scenario's posterior, one of which each seed takes; none: the scenario's point values.
    latent : tuple of mapping of str to float
        Draws of the scenario's reanalysis, one of which each seed takes; none: mechanisms alone.
    """

    corridor: Corridor
    agents: int
    start: dt.date
    end: dt.date
    step_days: int
    parameters: Mapping[str, float] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    future: Policy | None = None
    shocks: Policy | None = None
    draws: tuple[Mapping[str, float], ...] = ()
    latent: tuple[Mapping[str, float], ...] = ()

    @classmethod
    def of(cls, settings: Settings) -> World:
        """Load the scenario named in settings, and complete the settings from it."""
        corridor = load(settings.scenario)
        switch_off(settings.without)  # all are known, before the first of many runs is computed
        end = settings.last_day or corridor.end
        from_posterior = settings.parameters_from is Source.posterior
        relived = settings.history is History.reanalysis
        if relived and from_posterior:
            allowed = "point: the reanalysis was estimated with the scenario's point values"
            raise InvalidInput("run", "parameters, with history=reanalysis", "posterior", allowed)
        if settings.future and end <= corridor.end:
            raise InvalidInput("run", "end", str(end), f"with a future, a date after the data ({corridor.end})")
        return cls(
            corridor,
            corridor.agents if settings.agents is None else settings.agents,
            settings.first_day or corridor.start,
            end,
            corridor.step_days if settings.step_days is None else settings.step_days,
            _deciding(corridor, {**parameters_of(settings.readings), **settings.parameters}, from_posterior),
            tuple(sorted(settings.without)),
            load_future(settings.future, corridor) if settings.future else None,
            _shocks(settings),
            posterior(settings.scenario) if from_posterior else (),
            reanalysis(settings.scenario) if relived else (),
        )

    def values(self, seed: int) -> dict[str, float]:
        """Return the values of a run for `corridor.scenarios.posterior.settle`; given values take precedence."""
        drawn = [draw(draws, seed) for draws in (self.draws, self.latent) if draws]
        return {**{name: value for part in drawn for name, value in part.items()}, **self.parameters}

    def given(self, values: Mapping[str, float]) -> World:
        """Return this world with further parameter values given."""
        given = {**self.parameters, **values}
        return dataclasses.replace(self, parameters=_deciding(self.corridor, given, bool(self.draws)))

    def under(self, policy: Policy) -> Policy:
        """Return a policy combined with the future and the shocks of this world, under its own name."""
        around = [part for part in (self.future, self.shocks) if part is not None]
        return combine([*around, policy], policy.name, policy.title) if around else policy

    @property
    def cautions(self) -> list[str]:
        """Cautions about this world, if any."""
        said = [*resolution(self.corridor, self.agents)]
        if self.latent and (made := reanalysis_provenance(self.corridor.name)):
            now = {"model_hash": model_hash(), "scenario_hash": self.corridor.content_hash[:12]}
            if any(made.get(name) != value for name, value in now.items()):
                said.append("the reanalysis was made with another model or scenario (corridor reanalyse makes it anew)")
        if not self.future and self.end > self.corridor.end:
            last = self.corridor.end
            said.append(f"after {last} the data end: all series stay at their last value (see: corridor list futures)")
        return said

    def configuration(self) -> dict[str, Any]:
        """Return everything except policy and seed that determines results of this world, ready for JSON."""
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
            "shocks": policy_hash(self.shocks) if self.shocks else None,
            "posterior": fingerprint(repr(self.draws)) if self.draws else None,
            "reanalysis": fingerprint(repr(self.latent)) if self.latent else None,
            "model_hash": model_hash(),
        }

    def study(self, folder: Path) -> Study:
        """Return the study to which runs of this world belong."""
        return Study(folder, self.configuration(), {"versions": versions()})


def _deciding(corridor: Corridor, values: Mapping[str, float], from_posterior: bool) -> dict[str, float]:
    """Check a user's parameter values and return those that have an effect.

    With a posterior all have one, because its draws differ from the usual values.
    """
    Parameters(values)
    usual = {name: row.default for name, row in REGISTRY.items()} | corridor.parameter_values()
    return {name: value for name, value in sorted(values.items()) if from_posterior or value != usual[name]}


def _shocks(settings: Settings) -> Policy | None:
    """Return the shocks in settings as one policy."""
    usual: dict[str, float | None] = dict.fromkeys(settings.shock_from)
    start, end = as_date(settings.shock_start, "shock_start"), as_date(settings.shock_end, "shock_end")
    hit = [load_shock(name, amount=size, start=start, end=end) for name, size in {**usual, **settings.shock}.items()]
    if not hit and (start or end):
        raise InvalidInput("command line", "shock", "missing", "a shock if its first or last day is given")
    return combine(hit, "shocks", ", ".join(shock.title for shock in hit)) if hit else None


def policy_hash(policy: Policy) -> str:
    """Return the fingerprint of everything that a policy does."""
    return fingerprint(repr(policy))


def model_hash() -> str:
    """Return the fingerprint of the model's code without comments: runs of different code never share a study."""
    return source.hash_model()[:12]


def versions() -> dict[str, str]:
    """Return the versions of Corridor, Python and the libraries that compute results."""
    known = {name: importlib.metadata.version(name) for name in LIBRARIES}
    return {"corridor": importlib.metadata.version("corridor-simulation"), "python": platform.python_version(), **known}
