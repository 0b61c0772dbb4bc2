"""Designs from the settings of a command and its experiment file."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from corridor.experiments.analysis import sensitivity
from corridor.experiments.analysis.factors import Factor, chosen, factorial, from_csv, latin_hypercube, sobol
from corridor.experiments.analysis.metrics import METRICS
from corridor.experiments.runs.conf import as_date, close_names, configure
from corridor.experiments.runs.settings import (
    EnsembleSettings,
    RobustSettings,
    Sampling,
    SensitivitySettings,
    StudySettings,
)
from corridor.experiments.studies.design import NO_FUTURE, Design
from corridor.experiments.studies.ensemble import default_study
from corridor.model.errors import InvalidInput
from corridor.scenarios.files import MAX_YAML_BYTES, read_bytes, read_mapping
from corridor.scenarios.reader import is_path

DESIGNS = Path(__file__).with_name("designs")
_NOT_OF_RESULTS = ("experiment", "compute", "study", "results", "report")
StudySettingsT = TypeVar("StudySettingsT", bound=StudySettings)


def configured(kind: type[StudySettingsT], overrides: Sequence[str]) -> StudySettingsT:
    """Return settings: those of the experiment file, if any, with overrides applied.

    Raises
    ------
    InvalidInput
    """
    name = configure(kind, [text for text in overrides if text.startswith("experiment=")]).experiment
    if name is None:
        return configure(kind, overrides)
    file = _experiment_file(name)
    return configure(kind, overrides, read_mapping(str(file), read_bytes(file, MAX_YAML_BYTES)), str(file))


def _experiment_file(name: str) -> Path:
    if is_path(name) or name.endswith(".yaml"):
        return Path(name)
    known = sorted(file.stem for file in DESIGNS.glob("*.yaml"))
    if name not in known:
        allowed = f"{', '.join(known)}, or a path to a file such as ./{name}.yaml"
        raise InvalidInput("command line", "experiment", name, allowed)
    return DESIGNS / f"{name}.yaml"


def ensemble_design(settings: EnsembleSettings) -> Design:
    """Return the design of ``corridor ensemble``."""
    varied = chosen(settings.vary, settings.factors)
    return _design(settings, settings.scenarios, settings.futures, _samples(settings, varied))


def _samples(settings: EnsembleSettings, varied: Sequence[Factor]) -> pd.DataFrame:
    if settings.design is Sampling.csv:
        if settings.table is None:
            raise InvalidInput("command line", "table", "missing", "a CSV file of samples, for design=csv")
        return from_csv(Path(settings.table))
    if not varied:
        if settings.samples > 1:
            allowed = "1 unless something varies: give vary=[…] or factors.NAME=[low,high]"
            raise InvalidInput("command line", "samples", settings.samples, allowed)
        return pd.DataFrame(index=[0])
    match settings.design:
        case Sampling.factorial:
            return factorial(varied)
        case Sampling.sobol:
            return sobol(varied, settings.samples, settings.seed)
        case _:
            return latin_hypercube(varied, settings.samples, settings.seed)


def sensitivity_design(settings: SensitivitySettings) -> tuple[Design, list[Factor]]:
    """Return the design of ``corridor sensitivity``, and its factors."""
    varied = _some(settings)
    if len(settings.policies) > 1:
        raise InvalidInput("command line", "policies", settings.policies, "one policy, for a sensitivity analysis")
    _check_outcomes(settings.outcomes)
    inputs = sensitivity.samples(settings.method.value, varied, settings.samples, settings.seed)
    return _design(settings, [settings.scenario], [NO_FUTURE], inputs), varied


def robust_design(settings: RobustSettings) -> Design:
    """Return the design of ``corridor robust``."""
    if len(settings.policies) < 2:
        raise InvalidInput("command line", "policies", settings.policies, "a baseline and at least one other policy")
    _check_outcomes([*settings.outcomes, *settings.thresholds])
    inputs = latin_hypercube(_some(settings), settings.samples, settings.seed)
    return _design(settings, [settings.scenario], settings.futures, inputs)


def _check_outcomes(names: Sequence[str]) -> None:
    """Check that outcomes are known before the first run is computed."""
    known = [metric.name for metric in METRICS]
    for name in names:
        if name not in known:
            raise InvalidInput("command line", "outcome", name, ", ".join(known) + close_names(name, known))


def _some(settings: StudySettings) -> list[Factor]:
    varied = chosen(settings.vary, settings.factors)
    if not varied:
        allowed = "something uncertain, such as vary=[departure_rate,market,drought]"
        raise InvalidInput("command line", "vary", "empty", allowed)
    return varied


def _design(settings: StudySettings, scenarios: Sequence[str], futures: Sequence[str], samples: pd.DataFrame) -> Design:
    return Design(
        tuple(scenarios),
        tuple(settings.policies),
        tuple(futures),
        samples,
        tuple(range(settings.seed, settings.seed + settings.replicates)),
        settings.agents,
        as_date(settings.start, "start"),
        as_date(settings.end, "end"),
        settings.step_days,
        dict(settings.parameters),
        settings.parameters_from,
        tuple(settings.readings),
        tuple(sorted(settings.without)),
        as_date(settings.shock_start, "shock_start"),
        as_date(settings.shock_end, "shock_end"),
        settings.title,
        settings.question,
        _recipe(settings),
    )


def _recipe(settings: StudySettings) -> dict[str, Any]:
    """Return the settings that differ from the defaults and affect results, with the command's name first."""
    command = type(settings).__name__.removesuffix("Settings").lower()
    given: dict[str, Any] = {"command": command}
    for entry in dataclasses.fields(settings):
        value = getattr(settings, entry.name)
        default = entry.default if entry.default_factory is dataclasses.MISSING else entry.default_factory()
        if entry.name not in _NOT_OF_RESULTS and value != default:
            given[entry.name] = value.value if isinstance(value, Enum) else value
    return given


def study_path(settings: StudySettings, design: Design) -> str:
    """Return the path or URL of the study."""
    return settings.study or default_study(design, settings.results)
