"""Natural experiments: the simulated response to a measure, compared with the observed one.

Every event is simulated with and without it, on the same seeds and parameters. The *sign* of the effect is that of the
difference between the two. The *size* compares the change from before to after in the run with the event and in the
observations, where other influences changed as well. Parameters come from a fit that did not use the event.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray
from pydantic import Field

from corridor.calibration.indicators import DISCREPANCY, INDICATORS, Cell, discrepancy, level, seen_change, windows
from corridor.calibration.members import compute, ensemble, member
from corridor.calibration.settings import NaturalSettings
from corridor.experiments.runs.patch import Patch
from corridor.experiments.runs.run import Job, OnProgress
from corridor.experiments.runs.settings import Source
from corridor.model.errors import InvalidInput
from corridor.model.rows import Day, HistoricalEvent, Row
from corridor.model.tables import parse_entry
from corridor.scenarios import load, observed
from corridor.scenarios.files import MAX_YAML_BYTES, read_bytes, read_list
from corridor.scenarios.posterior import draw
from corridor.scenarios.reader import scenario_directory

Array = NDArray[np.float64]
FILE = Path(__file__).with_name("natural.yaml")
LEFT_OUT = "left_out.csv"
"""Table of a scenario: draws of fits that leave out an event, or `LATE_YEARS`."""
LATE_YEARS = "late_years"
"""In that table: the fit without the last five fitted years, in which forecasts are tested."""
STYLISED, STYLISED_AGENTS = "tutorial", 8000
"""Corridor on which events elsewhere are tested in a stylised way."""
SMALL = float(np.log(1.25))
"""Maximum log change that counts as little change, as in the table of observed events."""
CLEAR = 0.8
"""Share of runs from which the sign of an effect counts as clear, by the rule of the list of natural experiments."""
LOOKED_AT = (
    "eu_turkey", "italy_libya_2017", "mare_nostrum", "mare_nostrum_ends", "triton_enlarged", "border_build_up",
    "parole", "open_entry",
)  # fmt: skip
"""Events whose results were seen before mechanisms last changed, so that they are not blind tests."""
NOT_TESTABLE: Mapping[str, str] = {
    "8 Title 42 expulsions, 2020-23": "repeat encounters of one person are not an output, and no corridor here has "
    "returns without consequence in place of sanctions",
    "10 Visa closures for Venezuelans (Mexico) and by Serbia, 2022": "no corridor of the Americas; Serbia's rule "
    "closes one leg, so that its effect would be true by construction",
}
"""Events of the list that no bundled corridor can represent honestly, and why."""


class Experiment(Row):
    """A natural experiment."""

    event: str = Field(description="key")
    number: int = Field(description="number in the project's list")
    title: str = Field(description="what happened")
    scenario: str = Field(description="corridor that stands for it")
    month: Day = Field(description="month of the event, in neither window")
    hidden: tuple[str, ...] = Field(default=(), description="events that make it up")
    prolonged: tuple[str, ...] = Field(default=(), description="events that it ended")
    added: tuple[HistoricalEvent, ...] = Field(
        default=(), description="what was done, where the scenario does not have it"
    )
    effect: bool = Field(default=False, description="observed ratios are of with to without")
    left_out: dict[str, tuple[str, ...] | tuple[int, ...]] = Field(
        default={}, description="routes and years not fitted"
    )
    cells: tuple[Cell, ...] = Field(min_length=1)


def experiments(file: Path = FILE) -> list[Experiment]:
    """Return the natural experiments of a file.

    Raises
    ------
    InvalidInput
    """
    entries, lines = read_list(file.name, read_bytes(file, MAX_YAML_BYTES))
    found = [parse_entry(Experiment, f"{file.name}, line {n}", entry) for entry, n in zip(entries, lines, strict=True)]
    for experiment in found:
        for cell in experiment.cells:
            if cell.indicator not in INDICATORS:
                raise InvalidInput(
                    f"{file.name}, {experiment.event}", "indicator", cell.indicator, ", ".join(INDICATORS)
                )
    return found


@dataclass(frozen=True)
class Setup:
    """Agents, seed and parameter draws with which the experiments are simulated.

    Attributes
    ----------
    agents, seed : int
    parameters : mapping of str to sequence of mapping
        By experiment, the parameter draws of a fit that has not seen it, one a member.
    """

    agents: Mapping[str, int]
    seed: int
    parameters: Mapping[str, Sequence[Mapping[str, float]]]


def setup_of(settings: NaturalSettings) -> tuple[Setup, list[Experiment]]:
    """Return the setup and the experiments that settings select.

    Raises
    ------
    InvalidInput
        If an event is not known.
    """
    known = {experiment.event: experiment for experiment in experiments()}
    for name in settings.events:
        if name not in known:
            raise InvalidInput("natural", "events", name, ", ".join(known))
    wanted = [known[name] for name in settings.events or known]
    parameters: dict[str, Sequence[Mapping[str, float]]] = {name: [{}] * settings.members for name in known}
    agents = {experiment.scenario: settings.agents for experiment in wanted} | {STYLISED: STYLISED_AGENTS}
    if settings.parameters is Source.point:
        return Setup(agents, settings.seed, parameters), wanted
    draws = left_out(settings.scenario)
    for experiment in wanted:
        own = draws[draws["event"] == experiment.event].drop(columns="event")
        table = own if len(own) else draws[draws["event"] == ""].drop(columns="event")
        part = [{str(name): float(value) for name, value in row.items()} for row in table.to_dict("records")]
        fitted = experiment.scenario == settings.scenario
        numbers = range(settings.seed, settings.seed + settings.members)
        parameters[experiment.event] = [draw(part, number) if fitted else {} for number in numbers]
    return Setup(agents, settings.seed, parameters), wanted


def left_out(scenario: str) -> pd.DataFrame:
    """Return draws of fits that leave out an event: column ``event`` (blank: nothing left out) and parameters."""
    file = scenario_directory(scenario) / LEFT_OUT
    if not file.exists():
        raise InvalidInput(str(scenario), LEFT_OUT, "missing", "a scenario fitted by corridor calibrate publish=true")
    return pd.read_csv(file, keep_default_na=False)


def natural(
    setup: Setup, wanted: Sequence[Experiment], settings: NaturalSettings, progress: OnProgress | None = None
) -> pd.DataFrame:
    """Simulate experiments with and without their event, and compare.

    Parameters
    ----------
    setup : Setup
    wanted : sequence of Experiment
    settings : NaturalSettings
        Where members are kept, and how many are computed at a time.
    progress : callable, optional
        Called with runs done and runs in all.

    Returns
    -------
    DataFrame
        One row a cell: ``event, number, title, scenario, indicator, at, expected, effect`` (log ratio of with to
        without, all members together), ``sign_share`` (members with the expected sign), ``right_sign``, ``observed``,
        ``discrepancy`` (standard deviation, from `indicators.discrepancy`), ``low, median, high`` (5, 50 and 95 % of
        the simulated change with it), ``inside`` (None where nothing was observed), ``inside_assumed`` and
        ``inside_simulated`` (the same with `indicators.DISCREPANCY`, and with nothing added).
    """
    folder = Path(settings.results) / "members"
    members = {experiment.event: _pair(setup, experiment) for experiment in wanted}
    everything = [job for pair in members.values() for world in pair for job in world]
    compute(everything, folder, settings.compute.processes, progress)
    rows = []
    for experiment in wanted:
        with_event, without = (ensemble(world, folder) for world in members[experiment.event])
        rng = np.random.default_rng(setup.seed)
        rows += [_judge(experiment, cell, with_event, without, rng) for cell in experiment.cells]
    return pd.DataFrame(rows)


def _pair(setup: Setup, experiment: Experiment) -> tuple[list[Job], list[Job]]:
    """Return the runs with the event and those without, on the same seeds and parameters."""
    last = max(windows(experiment.month, cell)[1][-1] for cell in experiment.cells)
    end = (last + pd.offsets.MonthEnd(0)).date() + dt.timedelta(days=7)
    end = max(end, load(experiment.scenario).end) if experiment.scenario == STYLISED else end
    agents = setup.agents[experiment.scenario]
    patches = Patch(added=experiment.added), Patch(experiment.hidden, experiment.prolonged)
    with_event, without = (
        [
            member(experiment.scenario, setup.seed + number, agents, end, values, patch)
            for number, values in enumerate(setup.parameters[experiment.event])
        ]
        for patch in patches
    )
    return with_event, without


def _judge(
    experiment: Experiment, cell: Cell, with_event: xr.Dataset, without: xr.Dataset, rng: np.random.Generator
) -> dict[str, Any]:
    before, after = windows(experiment.month, cell)
    # Where nobody travels in a run, a mean fee or a share is not defined there.
    with np.errstate(invalid="ignore"):
        effect = float((level(with_event, cell, after, True) - level(without, cell, after, True))[0])
        each = level(with_event, cell, after, False) - level(without, cell, after, False)
        earlier = level(
            without if experiment.effect else with_event, cell, after if experiment.effect else before, False
        )
        change = level(with_event, cell, after, False) - earlier
    if cell.series:
        seen = seen_change(observed(experiment.scenario), cell, before, after)
    else:
        seen = float(np.log(cell.observed or np.nan))
    return {
        "event": experiment.event,
        "number": experiment.number,
        "title": experiment.title,
        "scenario": experiment.scenario,
        "indicator": cell.indicator,
        "at": cell.at,
        "expected": cell.expected,
        "effect": effect,
        "sign_share": float(np.mean(_signs(each) == cell.expected))
        if cell.expected
        else float(np.mean(np.abs(each) < SMALL)),
        "right_sign": bool(abs(effect) < SMALL) if cell.expected == 0 else bool(np.sign(effect) == cell.expected),
        "observed": seen,
        **_ranges(change[np.isfinite(change)], seen, _discrepancy(experiment, cell, with_event), rng),
    }


def _discrepancy(experiment: Experiment, cell: Cell, with_event: xr.Dataset) -> float:
    routes, years = (experiment.left_out.get(name, ()) for name in ("routes", "years"))
    return discrepancy(
        with_event, experiment.scenario, cell, [str(route) for route in routes], [int(year) for year in years]
    )


def _ranges(change: Array, seen: float, spread: float, rng: np.random.Generator) -> dict[str, Any]:
    """Return the 90 % ranges of a simulated change and whether the observed one lies inside."""
    ranges = {}
    for name, sd in (("", spread), ("_assumed", DISCREPANCY), ("_simulated", 0.0)):
        drawn = np.repeat(change, 200) + sd * rng.standard_normal(200 * change.size)
        ranges[name] = np.quantile(drawn, [0.05, 0.5, 0.95]) if change.size else np.full(3, np.nan)
    low, median, high = (float(end) for end in ranges[""])
    inside = {
        f"inside{name}": bool(ends[0] <= seen <= ends[2]) if np.isfinite(seen) else None
        for name, ends in ranges.items()
    }
    return {"discrepancy": spread, "low": low, "median": median, "high": high, **inside}


def _signs(values: Array) -> Array:
    return np.sign(np.nan_to_num(values))


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the cells as plain data, ready for JSON: None where nothing was observed."""
    return [
        {str(key): None if isinstance(value, float) and not np.isfinite(value) else value for key, value in row.items()}
        for row in table.to_dict("records")
    ]


def summary(table: pd.DataFrame) -> dict[str, Any]:
    """Return the counts of hits as plain data: of all cells, and of events not looked at before (``blind``)."""
    return {
        **_hits(table),
        "blind": _hits(table[~table["event"].isin(LOOKED_AT)]),
        "not_testable": dict(NOT_TESTABLE),
    }


def _hits(table: pd.DataFrame) -> dict[str, Any]:
    sized = table[table["inside"].notna()]
    return {
        "cells": len(table),
        "right_sign": _share(table["right_sign"]),
        "clear_sign": _share(table["sign_share"] >= CLEAR),
        "cells_with_size": len(sized),
        "inside_90_simulated": _share(sized["inside_simulated"]),
        "inside_90_assumed": _share(sized["inside_assumed"]),
        "inside_90": _share(sized["inside"]),
        "mean_error": _mean((sized["median"] - sized["observed"]).abs()),
        "mean_error_no_change": _mean(sized["observed"].abs()),
    }


def _share(hits: pd.Series) -> float | None:
    """Return the share of hits; None without cells."""
    return round(float(hits.astype(bool).mean()), 3) if len(hits) else None


def _mean(values: pd.Series) -> float | None:
    """Return the mean; None without cells."""
    return round(float(values.mean()), 3) if len(values) else None
