"""Settings of ``corridor calibrate``, ``hindcast`` and ``natural``."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from corridor.experiments.runs.conf import setting
from corridor.experiments.runs.settings import Report, Source, Workers


class Known(Enum):
    """Information that a forecast has about the months ahead."""

    drivers = "drivers"
    neither = "neither"


@dataclass
class CalibrationSettings:
    """Settings that all commands of calibration share."""

    scenario: str = setting(
        "mediterranean",
        "name of a bundled scenario, or a directory",
        "a name from `corridor list scenarios`, or a directory",
    )
    observations: str | None = setting(
        None, "directory of observation tables (default: what the scenario has)", "a directory", shown="DIR"
    )
    seed: int = setting(0, "of the random numbers", "a whole number from 0 to 2^31", 0, 2**31)
    agents: int = setting(100_000, "migrant agents of each run", "a whole number from 1 to 100 million", 1, 1e8)
    compute: Workers = field(default_factory=Workers)
    results: str = setting(
        "results", "directory for runs and tables; what is there is not computed again", "a directory"
    )
    report: Report = setting(Report.text, "text tables, or one JSON object on standard output", "text, json")


@dataclass
class AheadSettings(CalibrationSettings):
    """Settings that forecasts and hindcasts share."""

    train_start: str = setting("2011-01-01", "first month from which anything is learnt", "a date", shown="DATE")
    months: int = setting(12, "how far ahead", "a whole number from 1 to 36", 1, 36)
    known: Known = setting(
        Known.drivers, "what is known of the months ahead: drivers, events and policies; or neither", "drivers, neither"
    )
    parameters: Source = setting(
        Source.posterior,
        "where parameter values come from: the scenario's posterior, or its point values",
        "posterior, point",
    )
    members: int = setting(
        20, "runs of the ensemble, each with its own seed and draw", "a whole number from 2 to 1000", 2, 1000
    )
    draws: int = setting(500, "paths drawn for each forecast", "a whole number from 100 to 10000", 100, 10_000)


@dataclass
class HindcastSettings(AheadSettings):
    """Settings of ``corridor hindcast``."""

    train_end: str = setting("2018-12-31", "last month that is not scored", "a date", shown="DATE")
    first_origin: str | None = setting(
        None, "last known month of the first forecast (default: the end of the training)", "a date", shown="DATE"
    )
    every: int = setting(1, "months between origins", "a whole number from 1 to 12", 1, 12)


@dataclass
class ForecastSettings(AheadSettings):
    """Settings of ``corridor forecast``."""

    known: Known = setting(
        Known.neither,
        "what is assumed of the months ahead: drivers and events that the scenario has; or neither",
        "drivers, neither",
    )
    parameters: Source = setting(
        Source.point,
        "where parameter values come from: the scenario's point values, or its posterior",
        "point, posterior",
    )
    draws: int = setting(2000, "paths drawn for each forecast", "a whole number from 100 to 10000", 100, 10_000)


@dataclass
class NaturalSettings(CalibrationSettings):
    """Settings of ``corridor natural``."""

    events: list[str] = setting([], "events to test (default: all)", "a list of events")
    members: int = setting(20, "pairs of runs of each event", "a whole number from 2 to 1000", 2, 1000)
    parameters: Source = setting(
        Source.posterior,
        "where parameter values come from: fits that have not seen the event, or the scenario's point values",
        "posterior, point",
    )


@dataclass
class CalibrateSettings(CalibrationSettings):
    """Settings of ``corridor calibrate``."""

    members: int = setting(
        128, "runs of a round; the first fill the priors evenly", "a whole number from 16 to 4096", 16, 4096
    )
    rounds: int = setting(4, "rounds in which the runs are moved to the data", "a whole number from 1 to 20", 1, 20)
    population: int = setting(200, "particles of pyABC's ABC-SMC", "a whole number from 50 to 5000", 50, 5000)
    generations: int = setting(
        0, "generations of pyABC's ABC-SMC, for comparison; 0: none", "a whole number from 0 to 20", 0, 20
    )
    fits: int = setting(
        100, "synthetic data sets for the recovery of known parameters; 0: none", "a whole number", 0, 4096
    )
    publish: bool = setting(False, "write the posterior into the scenario's directory", "true, false")


@dataclass
class ReanalyseSettings(CalibrationSettings):
    """Settings of ``corridor reanalyse``."""

    agents: int = setting(
        400_000,
        "migrant agents of each run; a fourth of them while the search is far from its end",
        "a whole number from 1 to 100 million",
        1,
        1e8,
    )
    until: str | None = setting(
        None, "last month that is assimilated (default: the scenario's last)", "a date", shown="DATE"
    )
    rounds: int = setting(
        14, "rounds in which the series are moved to the record", "a whole number from 1 to 50", 1, 50
    )
    seeds: int = setting(2, "runs of a round, each with luck of its own", "a whole number from 1 to 100", 1, 100)
    draws: int = setting(16, "equally likely series that are drawn", "a whole number from 2 to 1000", 2, 1000)
    publish: bool = setting(False, "write the draws into the scenario's directory", "true, false")


@dataclass
class ScorecardSettings(CalibrationSettings):
    """Settings of ``corridor scorecard``."""

    recompute: bool = setting(False, "measure anew from what the scenario ships, in minutes", "true, false")
    parts: list[str] = setting(
        [],
        "what is measured anew: journeys, mechanisms, reanalysis, natural, forecast (default: all)",
        "a list of parts",
    )
