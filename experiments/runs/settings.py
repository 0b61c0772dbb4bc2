"""Settings of the shell commands: one dataclass per command.

This is the one place where a setting, its default, its range and its help text are written.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, field
from enum import Enum

from corridor.experiments.runs.conf import as_date, cores, setting
from corridor.model.calendar import LONGEST_STEP
from corridor.model.errors import InvalidInput

MAX_THREADS = 1024  # as model.kernels.threads has it, which would import Numba


class Report(Enum):
    """Format of printed results."""

    text = "text"
    json = "json"


class Export(Enum):
    """Additional formats of results, next to the Zarr store."""

    none = "none"
    netcdf = "netcdf"
    csv = "csv"


class Source(Enum):
    """Source of parameter values: a scenario's point values, or a draw of its posterior for each seed."""

    point = "point"
    posterior = "posterior"


class History(Enum):
    """Treatment of the past: mechanisms and drivers only, or with the latent series of a reanalysis."""

    mechanisms = "mechanisms"
    reanalysis = "reanalysis"


@dataclass
class Compute:
    """Use of the machine by a run; does not change results."""

    threads: int | None = setting(
        None,
        "threads of one run, or all cores if there are fewer (default: run: all cores; compare: 1)",
        "a whole number from 1 to 1024",
        1,
        MAX_THREADS,
    )


@dataclass
class Workers:
    """Use of the machine by several runs; does not change results."""

    workers: int | None = setting(
        None, "runs computed at the same time (default: all cores)", "a whole number from 1 to 1024", 1, MAX_THREADS
    )

    @property
    def processes(self) -> int:
        """Number of processes."""
        return self.workers or cores()


@dataclass
class CompareCompute(Workers, Compute):
    """Use of the machine by a comparison; does not change results."""


class Engine(Enum):
    """Place where runs are computed."""

    local = "local"
    dask = "dask"


@dataclass
class StudyCompute(Workers):
    """Place where the runs of a study are computed; does not change results."""

    name: Engine = setting(
        Engine.local, "processes on this machine, or the Dask cluster at compute.scheduler", "local, dask"
    )
    scheduler: str | None = setting(
        None, "address of a running Dask scheduler", "an address such as tcp://10.0.0.1:8786", shown="tcp://HOST:PORT"
    )


@dataclass
class ModelSettings:
    """Settings that runs share with studies of many runs: agents, period, and inputs of the model."""

    agents: int | None = setting(
        None, "migrant agents (default: as the scenario says)", "a whole number from 1 to 100 million", 1, 1e8
    )
    start: str | None = setting(None, "first day (default: as the scenario says)", "a date", shown="DATE")
    end: str | None = setting(None, "last day (default: as the scenario says)", "a date", shown="DATE")
    step_days: int | None = setting(
        None,
        "length of a step (default: as the scenario says)",
        f"a whole number of days from 1 to {LONGEST_STEP}",
        1,
        LONGEST_STEP,
    )
    parameters: dict[str, float] = setting(
        {}, "value of a behavioural parameter, from `corridor list parameters`", "a number"
    )
    parameters_from: Source = setting(
        Source.point,
        "where other parameter values come from: point values, or for each seed a draw of the posterior",
        "point, posterior",
    )
    readings: list[str] = setting(
        [], "sides taken where findings are contested", "a list of names from `corridor list readings`"
    )
    without: list[str] = setting(
        [], "mechanisms switched off, for experiments", "a list of names from `corridor list mechanisms`"
    )

    def __post_init__(self) -> None:
        for name, value in self.parameters.items():
            if not math.isfinite(value):
                raise InvalidInput("command line", f"parameters.{name}", value, "a finite number")


@dataclass
class Settings(ModelSettings):
    """Settings that ``run`` and ``compare`` share."""

    scenario: str = setting(
        "mediterranean",
        "name of a bundled scenario, or a directory",
        "a name from `corridor list scenarios`, or a directory",
    )
    seed: int = setting(
        0, "of the random numbers; replicate k of a comparison uses seed + k", "a whole number from 0 to 2^31", 0, 2**31
    )
    history: History = setting(
        History.mechanisms,
        "what moves the past: mechanisms and drivers alone, or with the scenario's reanalysis, for each seed a draw",
        "mechanisms, reanalysis",
    )
    future: str | None = setting(
        None,
        "how the drivers go on after the scenario's data (give an end beyond them)",
        "a name from `corridor list futures`, or a YAML file",
        shown="NAME",
    )
    shock: dict[str, float] = setting(
        {}, "a shock of this size, from `corridor list shocks`", "a number, or for the usual size shock=NAME"
    )
    shock_from: list[str] = setting([], "shocks of their usual size", "a list of names from `corridor list shocks`")
    shock_start: str | None = setting(None, "first day of shocks (default: the run's)", "a date", shown="DATE")
    shock_end: str | None = setting(None, "last day of shocks (default: the run's)", "a date", shown="DATE")
    compute: Compute = field(default_factory=Compute)
    results: str = setting("results", "directory for stores and figures", "a directory")
    export: Export = setting(Export.none, "also write the results as NetCDF or CSV", "none, netcdf, csv")
    figure: bool = setting(True, "draw the figure", "true, false")
    report: Report = setting(Report.text, "text tables, or one JSON object on standard output", "text, json")

    @property
    def first_day(self) -> dt.date | None:
        """First day of the simulation, if given."""
        return as_date(self.start, "start")

    @property
    def last_day(self) -> dt.date | None:
        """Last day of the simulation, if given."""
        return as_date(self.end, "end")


_TEXT = "text, in quotes of its own: \"question='What if?'\""


@dataclass
class StudySettings(ModelSettings):
    """Settings shared by commands that run a design."""

    experiment: str | None = setting(
        None,
        "YAML file with any of these settings (or the name of one in experiments/studies/designs)",
        "a name, or a YAML file such as ./mine.yaml",
        shown="NAME",
    )
    title: str = setting("Untitled study", "of the study, for its report", _TEXT)
    question: str = setting("No question was written down.", "that the study is to answer", _TEXT)
    policies: list[str] = setting(
        ["baseline"], "policies; the first is the baseline", "a list such as [baseline,rescue]"
    )
    vary: list[str] = setting(
        [],
        "uncertain: parameters and shocks, or processes (all their parameters), over their usual ranges",
        "a list such as [departure_rate,market,drought]",
    )
    factors: dict[str, list[float]] = setting(
        {}, "uncertain too, with a range of its own (factorial design: levels)", "numbers such as [0.001,0.05]"
    )
    seed: int = setting(
        0, "replicate k uses seed + k; also draws the samples", "a whole number from 0 to 2^31", 0, 2**31
    )
    replicates: int = setting(1, "runs of everything, on the same seeds", "a whole number from 1 to 10000", 1, 10_000)
    shock_start: str | None = setting(None, "first day of varied shocks (default: the run's)", "a date", shown="DATE")
    shock_end: str | None = setting(None, "last day of varied shocks (default: the run's)", "a date", shown="DATE")
    compute: StudyCompute = field(default_factory=StudyCompute)
    study: str | None = setting(
        None,
        "store of the study: a directory or fsspec URL (default: results/NAME-HASH.zarr)",
        "a directory or URL",
        shown="PATH",
    )
    results: str = setting(
        "results", "directory of stores that have no path of their own, and of figures", "a directory"
    )
    report: Report = setting(Report.text, "text tables, or one JSON object on standard output", "text, json")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.compute.name is Engine.dask and self.compute.scheduler is None:
            raise InvalidInput("command line", "compute.scheduler", "missing", "an address such as tcp://10.0.0.1:8786")
        if self.compute.name is Engine.local and self.compute.scheduler is not None:
            raise InvalidInput("command line", "compute", "local", "dask, when compute.scheduler is given")


class Sampling(Enum):
    """Sampling method for uncertain factors."""

    factorial = "factorial"
    lhs = "lhs"
    sobol = "sobol"
    csv = "csv"


_SCENARIO = "name of a bundled scenario, or a directory"


@dataclass
class EnsembleSettings(StudySettings):
    """Settings of ``corridor ensemble``."""

    scenarios: list[str] = setting(["mediterranean"], "bundled scenarios or directories", "a list of names")
    futures: list[str] = setting(
        ["none"], "how drivers go on after the data (give an end beyond them)", "a list such as [none,deterioration]"
    )
    design: Sampling = setting(
        Sampling.lhs, "sampling of what varies: factorial, lhs, sobol or csv", "factorial, lhs, sobol, csv"
    )
    samples: int = setting(1, "samples of what varies (lhs, sobol)", "a whole number from 1 to 1 million", 1, 1e6)
    table: str | None = setting(
        None, "CSV file of samples: a column a factor, a row a sample (csv)", "a CSV file", shown="FILE"
    )


class SensitivityMethod(Enum):
    """Method of global sensitivity analysis."""

    morris = "morris"
    sobol = "sobol"


@dataclass
class SensitivitySettings(StudySettings):
    """Settings of ``corridor sensitivity``."""

    scenario: str = setting("mediterranean", _SCENARIO, "a name from `corridor list scenarios`, or a directory")
    method: SensitivityMethod = setting(
        SensitivityMethod.morris, "morris screens many factors cheaply, sobol shares out the variance", "morris, sobol"
    )
    samples: int = setting(
        10, "trajectories (morris), or base samples, a power of two (sobol)", "a whole number from 2 to 100000", 2, 1e5
    )
    outcomes: list[str] = setting(
        ["deaths", "victims", "arrivals", "cost_usd"], "outcomes that are shown", "a list of outcomes"
    )


@dataclass
class RobustSettings(StudySettings):
    """Settings of ``corridor robust``."""

    scenario: str = setting("mediterranean", _SCENARIO, "a name from `corridor list scenarios`, or a directory")
    futures: list[str] = setting(
        ["none"], "how drivers go on after the data (give an end beyond them)", "a list such as [none,deterioration]"
    )
    samples: int = setting(
        100, "samples of what varies, a Latin hypercube", "a whole number from 1 to 1 million", 1, 1e6
    )
    thresholds: dict[str, float] = setting(
        {},
        "largest change of an outcome against the baseline, as a share (default: deaths=0, victims=0)",
        "a number such as -0.1: a tenth lower",
    )
    outcomes: list[str] = setting(
        ["deaths", "victims", "cost_usd"], "outcomes whose regret is shown (lower is better)", "a list of outcomes"
    )


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


class ExportFormat(Enum):
    """Formats of ``corridor export``."""

    netcdf = "netcdf"
    csv = "csv"
    parquet = "parquet"


@dataclass
class ExportSettings:
    """Settings of ``corridor export``."""

    study: str | None = setting(None, "store of a study", "a directory or URL", shown="PATH")
    format: ExportFormat = setting(ExportFormat.netcdf, "what is written", "netcdf, csv, parquet")
    path: str | None = setting(None, "directory to write to", "a directory", shown="DIR")
