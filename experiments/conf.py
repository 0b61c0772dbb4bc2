"""Settings of the shell commands: one dataclass a command, filled from Hydra overrides such as ``seed=1``.

The dataclasses are the one place where a setting, its default, its range and its help text are written; unknown names,
wrong types and values out of range are errors. Values are plain data: interpolations are refused, and nothing outside
this module sees Hydra.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import difflib
import math
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, TypeVar

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


def setting(default: Any, meaning: str, allowed: str, low: float = -math.inf, high: float = math.inf) -> Any:
    """Declare one setting.

    Parameters
    ----------
    default : object
        A list stands for a new list each time.
    meaning, allowed : str
        Help text, and the values that are accepted, in words.
    low, high : float
        Range of a number.
    """
    metadata = {"meaning": meaning, "allowed": allowed, "low": low, "high": high}
    if isinstance(default, list):
        return field(default_factory=lambda: list(default), metadata=metadata)
    return field(default=default, metadata=metadata)


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
    start: str | None = setting(None, "first day (default: as the scenario says)", "a date such as 2011-01-01")
    end: str | None = setting(None, "last day (default: as the scenario says)", "a date such as 2015-12-31")
    step_days: int | None = setting(
        None, "length of a step (default: as the scenario says)", "a whole number of days from 1 to 31", 1, 31
    )
    future: str | None = setting(
        None,
        "how the drivers go on after the scenario's data (give an end beyond them)",
        "a name from `corridor list futures`, or a YAML file",
    )
    parameters: dict[str, float] = field(
        default_factory=dict,
        metadata={
            "meaning": "value of a behavioural parameter, from `corridor list parameters`",
            "allowed": "a number",
        },
    )
    without: list[str] = setting(
        [], "mechanisms switched off, for experiments", "a list of names from `corridor list mechanisms`"
    )
    compute: Compute = field(default_factory=Compute)
    results: str = setting("results", "directory for stores and figures", "a directory")
    export: Export = setting(Export.none, "also write the results as NetCDF or CSV", "none, netcdf, csv")
    figure: bool = setting(True, "draw the figure", "true, false")
    report: Report = setting(Report.text, "text tables, or one JSON object on standard output", "text, json")

    @property
    def first_day(self) -> dt.date | None:
        """First day of the simulation, if given."""
        return _date(self.start)

    @property
    def last_day(self) -> dt.date | None:
        """Last day of the simulation, if given."""
        return _date(self.end)


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


SettingsT = TypeVar("SettingsT", bound=Settings)


def configure(kind: type[SettingsT], overrides: Sequence[str]) -> SettingsT:
    """Return settings with overrides applied.

    Parameters
    ----------
    kind : type
        `RunSettings` or `CompareSettings`.
    overrides : sequence of str
        In Hydra's syntax, e.g. ``["seed=1", "compute.threads=2", "policies=[baseline,safe_pathways]"]``.

    Raises
    ------
    InvalidInput
        For the first override that is misspelt, has the wrong type or lies out of range.
    """
    from hydra import initialize
    from hydra.core.config_store import ConfigStore
    from omegaconf import OmegaConf

    checked = [_checked_key(kind, override) for override in overrides]
    ConfigStore.instance().store(name=kind.__name__, node=kind)
    with initialize(version_base="1.3", config_path=None):
        for override in checked:
            _compose(kind, [override])
        settings = OmegaConf.to_object(_compose(kind, checked))
    assert isinstance(settings, kind)
    _check_ranges(settings)
    return settings


def describe(kind: type[Settings]) -> Iterator[tuple[str, str]]:
    """Yield ``name=default`` and the meaning of every setting of a command."""
    for name, entry in _fields(kind).items():
        default = entry.default_factory() if entry.default_factory is not dataclasses.MISSING else entry.default
        match default:
            case Enum():
                shown = str(default.value)
            case list():
                shown = f"[{','.join(default)}]"
            case None | dict():
                shown = {"start": "DATE", "end": "DATE", "future": "NAME"}.get(name, "NUMBER")
            case _:
                shown = str(default).lower()
        yield f"{'parameters.NAME' if name == 'parameters' else name}={shown}", entry.metadata["meaning"]


def cores() -> int:
    """Return the number of processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def close_names(given: str, known: Iterable[str]) -> str:
    """Return the hint ``" (did you mean …?)"``, or nothing if no known name is close."""
    close = difflib.get_close_matches(given, list(known), n=3, cutoff=0.6)
    return f" (did you mean {' or '.join(close)}?)" if close else ""


def _fields(kind: type[Settings]) -> dict[str, dataclasses.Field[Any]]:
    """Return every setting by its dotted name."""
    fields = {entry.name: entry for entry in dataclasses.fields(kind) if entry.name != "compute"}
    compute = dataclasses.fields(kind().compute)
    return fields | {f"compute.{entry.name}": entry for entry in compute}


def _checked_key(kind: type[Settings], override: str) -> str:
    """Check the name before the equals sign; return the override as Hydra wants it."""
    name, equals, value = override.partition("=")
    if not equals:
        raise InvalidInput("command line", "", override, "settings written as name=value, such as seed=1")
    if "${" in value:
        raise InvalidInput("command line", name, value, "plain values; interpolations such as ${…} are not read")
    fields = _fields(kind)
    prefix, _, parameter = name.partition(".")
    if prefix == "parameters" and parameter.isidentifier():
        return f"+{override}"
    if name not in fields or name == "parameters":
        known = [*(key for key in fields if key != "parameters"), "parameters.NAME"]
        raise InvalidInput("command line", "setting", name, ", ".join(sorted(known)) + close_names(name, known))
    return override


def _compose(kind: type[Settings], overrides: list[str]) -> Any:
    """Compose with Hydra; blame the first override in words if it cannot."""
    from hydra import compose
    from hydra.errors import HydraException
    from omegaconf.errors import OmegaConfBaseException

    try:
        return compose(kind.__name__, overrides=overrides)
    except (HydraException, OmegaConfBaseException):
        name, _, value = overrides[0].lstrip("+").partition("=")
        allowed = _fields(kind)["parameters" if name.startswith("parameters.") else name].metadata["allowed"]
        raise InvalidInput("command line", name, value, allowed) from None


def _check_ranges(settings: Settings) -> None:
    for name, entry in _fields(type(settings)).items():
        owner = settings.compute if name.startswith("compute.") else settings
        value = getattr(owner, entry.name)
        limits = entry.metadata
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if is_number and not limits["low"] <= value <= limits["high"]:
            raise InvalidInput("command line", name, value, limits["allowed"])
        if value == "" or (isinstance(value, list) and not all(value)):
            raise InvalidInput("command line", name, value, limits["allowed"])
        if name in ("start", "end"):
            _date(value, name)
    for parameter, value in settings.parameters.items():
        if not math.isfinite(value):
            raise InvalidInput("command line", f"parameters.{parameter}", value, "a finite number")
    if isinstance(settings, CompareSettings):
        _check_policies(settings.policies)


def _check_policies(policies: list[str]) -> None:
    if not policies:
        raise InvalidInput("command line", "policies", policies, "at least one policy")
    for name in policies:
        if policies.count(name) > 1:
            raise InvalidInput("command line", "policies", name, "each policy once")


def _date(text: str | None, name: str = "date") -> dt.date | None:
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise InvalidInput("command line", name, text, "a date such as 2011-01-01") from None
