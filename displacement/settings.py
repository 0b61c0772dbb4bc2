"""Settings of the commands on displacement cases."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from corridor.experiments.runs.conf import setting
from corridor.experiments.runs.settings import Compute, Report
from corridor.model.errors import InvalidInput

if TYPE_CHECKING:
    from corridor.displacement.run import Options


class DisplacementRule(Enum):
    """Movement rule of displaced people."""

    corridor = "corridor"
    flee = "flee"


class FileReading(Enum):
    """Strictness with which the files are read."""

    strict = "strict"
    compatible = "compatible"


class ForcedRoads(Enum):
    """Effect of forced roads."""

    off = "off"
    choice = "choice"
    immediate = "immediate"


class NationalTotal(Enum):
    """Source of the number of displaced people in a forecast."""

    observed = "observed"
    conflict = "conflict"


@dataclass
class DisplacementScenario:
    """The case."""

    name: str = setting("flee", "flee: a displacement case", "flee")
    path: str | None = setting(
        None, "directory of the case (validate: or of many); default: the bundled tutorial", "a directory", shown="DIR"
    )
    rule: DisplacementRule = setting(DisplacementRule.corridor, "Corridor's rule or Flee's", "corridor, flee")
    preset: str = setting(
        "modern125", "preset of Flee's rule", "default, simsetting, classic125, modern125, aw2dm75, fastflow, case"
    )
    mode: FileReading = setting(
        FileReading.strict, "read the files by their intent, or to the letter as Flee does", "strict, compatible"
    )
    capacity: bool = setting(True, "whether Corridor's rule may use camp capacities", "true, false")
    forced_roads: ForcedRoads = setting(ForcedRoads.off, "what forced roads do", "off, choice, immediate")


@dataclass
class DisplacementSettings:
    """Settings that the commands on displacement cases share."""

    scenario: DisplacementScenario = field(default_factory=DisplacementScenario)
    seed: int = setting(
        0, "of the random numbers; replicate k uses seed + k", "a whole number from 0 to 2^31", 0, 2**31
    )
    persons_per_agent: int = setting(
        1, "persons for whom one agent stands", "a whole number from 1 to 10000", 1, 10_000
    )
    parameters: dict[str, float] = setting({}, "value of a parameter of Corridor's rule", "a number")
    compute: Compute = field(default_factory=Compute)
    report: Report = setting(Report.text, "text tables, or one JSON object on standard output", "text, json")

    def options(self) -> Options:
        """Options of runs that these settings ask for."""
        from corridor.displacement.run import Options

        case = self.scenario
        return Options(
            case.rule.value, case.preset, case.mode is FileReading.strict, case.capacity, case.forced_roads.value,
            self.persons_per_agent, self.seed, self.compute.threads or 1, self.parameters,
        )  # fmt: skip

    def __post_init__(self) -> None:
        if self.scenario.name != "flee":
            raise InvalidInput("command line", "scenario", self.scenario.name, "flee")


@dataclass
class DisplacementRunSettings(DisplacementSettings):
    """Settings of ``corridor run scenario=flee``."""

    known_days: int | None = setting(
        None, "forecast: counts up to this day are known, the rest is forecast", "a whole number of days", 0, 20_000
    )
    total: NationalTotal = setting(
        NationalTotal.observed,
        "national total of a forecast: as observed, or predicted from conflict",
        "observed, conflict",
    )
    replicates: int = setting(20, "runs of a forecast", "a whole number from 2 to 1000", 2, 1000)
    results: str = setting("results", "directory for results and figures", "a directory")
    figure: bool = setting(True, "draw map and chart", "true, false")


@dataclass
class ValidateSettings(DisplacementSettings):
    """Settings of ``corridor validate``."""

    replicates: int = setting(1, "runs of each case", "a whole number from 1 to 100", 1, 100)


class CaseFormat(Enum):
    """Formats in which a case is written."""

    flee = "flee"


@dataclass
class DisplacementExportSettings:
    """Settings of ``corridor export scenario=flee``."""

    scenario: DisplacementScenario = field(default_factory=DisplacementScenario)
    format: CaseFormat = setting(CaseFormat.flee, "what is written", "flee")
    path: str | None = setting(None, "directory to write to", "a new or empty directory", shown="DIR")
