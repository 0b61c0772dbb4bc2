"""Settings of the shell commands: one dataclass a command.

This is the one place where a setting, its default, its range and its help text are written.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, field
from enum import Enum

from experiments.conf import as_date, setting
from model.errors import InvalidInput

MAX_THREADS = 1024


class Report(Enum):
    """How results are printed."""

    text = "text"
    json = "json"


class Export(Enum):
    """Further formats in which results are written beside the Zarr store."""

    none = "none"
    netcdf = "netcdf"
    csv = "csv"


class Source(Enum):
    """Where parameter values come from: a scenario's point values, or a draw of its posterior for each seed."""

    point = "point"
    posterior = "posterior"


@dataclass
class Compute:
    """How a run is spread over the machine; never changes a result."""

    threads: int | None = setting(
        None, "threads of one run (run: all cores; compare: 1)", "a whole number from 1 to 1024", 1, MAX_THREADS
    )


@dataclass
class CompareCompute(Compute):
    """How a comparison is spread over the machine; never changes a result."""

    workers: int | None = setting(
        None, "runs computed at the same time (default: all cores)", "a whole number from 1 to 1024", 1, MAX_THREADS
    )


@dataclass
class Settings:
    """What ``run`` and ``compare`` have in common."""

    scenario: str = setting(
        "mediterranean",
        "name of a bundled scenario, or a directory",
        "a name from `corridor list scenarios`, or a directory",
    )
    seed: int = setting(
        0, "of the random numbers; replicate k of a comparison uses seed + k", "a whole number from 0 to 2^31", 0, 2**31
    )
    agents: int | None = setting(
        None, "migrant agents (default: as the scenario says)", "a whole number from 1 to 100 million", 1, 1e8
    )
    start: str | None = setting(None, "first day (default: as the scenario says)", "a date", shown="DATE")
    end: str | None = setting(None, "last day (default: as the scenario says)", "a date", shown="DATE")
    step_days: int | None = setting(
        None, "length of a step (default: as the scenario says)", "a whole number of days from 1 to 31", 1, 31
    )
    future: str | None = setting(
        None,
        "how the drivers go on after the scenario's data (give an end beyond them)",
        "a name from `corridor list futures`, or a YAML file",
        shown="NAME",
    )
    parameters: dict[str, float] = setting(
        {}, "value of a behavioural parameter, from `corridor list parameters`", "a number"
    )
    parameters_from: Source = setting(
        Source.point,
        "where other parameter values come from: point values, or for each seed a draw of the posterior",
        "point, posterior",
    )
    without: list[str] = setting(
        [], "mechanisms switched off, for experiments", "a list of names from `corridor list mechanisms`"
    )
    compute: Compute = field(default_factory=Compute)
    results: str = setting("results", "directory for stores and figures", "a directory")
    export: Export = setting(Export.none, "also write the results as NetCDF or CSV", "none, netcdf, csv")
    figure: bool = setting(True, "draw the figure", "true, false")
    report: Report = setting(Report.text, "text tables, or one JSON object on standard output", "text, json")

    def __post_init__(self) -> None:
        for name, value in self.parameters.items():
            if not math.isfinite(value):
                raise InvalidInput("command line", f"parameters.{name}", value, "a finite number")

    @property
    def first_day(self) -> dt.date | None:
        """First day of the simulation, if given."""
        return as_date(self.start, "start")

    @property
    def last_day(self) -> dt.date | None:
        """Last day of the simulation, if given."""
        return as_date(self.end, "end")


@dataclass
class RunSettings(Settings):
    """Settings of ``corridor run``."""

    policy: str = setting(
        "baseline", "name of a bundled policy, or a YAML file", "a name from `corridor list policies`, or a YAML file"
    )
    trace: int = setting(
        0, "people whose life events are written as a story and as CSV", "a whole number from 0 to 10000", 0, 10_000
    )


@dataclass
class CompareSettings(Settings):
    """Settings of ``corridor compare``."""

    policies: list[str] = setting(
        ["baseline", "safe_pathways"],
        "policies to compare; the first is the baseline",
        "a list such as [baseline,safe_pathways]",
    )
    compute: CompareCompute = field(default_factory=CompareCompute)
    replicates: int = setting(5, "runs of each policy, on the same seeds", "a whole number from 1 to 10000", 1, 10_000)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.policies:
            raise InvalidInput("command line", "policies", self.policies, "at least one policy")
        for name in self.policies:
            if self.policies.count(name) > 1:
                raise InvalidInput("command line", "policies", name, "each policy once")
