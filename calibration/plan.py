"""Plans of forecasts: observations, origins, months to forecast, and parameter values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from corridor.calibration.forecast import YEAR
from corridor.calibration.naive import SHORTEST
from corridor.calibration.natural import LATE_YEARS, LEFT_OUT, left_out
from corridor.calibration.settings import AheadSettings, ForecastSettings, HindcastSettings
from corridor.calibration.targets import read_table
from corridor.experiments.runs.settings import Source
from corridor.model.errors import InvalidInput
from corridor.scenarios import observed
from corridor.scenarios.posterior import draw, posterior
from corridor.scenarios.reader import scenario_directory

Information = Literal["drivers", "neither"]
ASSUMED: Mapping[str, str] = {
    "drivers": "known: drivers, events and policies of the months ahead; not known: detections after the origin",
    "neither": "not known: anything after the origin; series stay at their last value, events in force go on",
}
PRACTICE_EVERY, PRACTICE_AFTER = 3, 2 * YEAR
"""Months between practice origins, from which weights and intervals are learnt, and the minimum months of training
before them."""
COUNTED_TWICE = "Western Balkan"
"""Route that is not scored: most people detected on it are also counted on another route."""


@dataclass(frozen=True)
class ForecastPlan:
    """The plan of a forecast: series, origins, horizon and parameters.

    Attributes
    ----------
    scenario : str
    seen : DataFrame
        log(1 + detections), months by routes, without gaps.
    train_start, train_end : Timestamp
        First and last month of the training years.
    origins : tuple of Timestamp
        Last months that are known.
    months : int
        How far ahead.
    known : str
        Key of `ASSUMED`.
    parameters : tuple of mapping of str to float
        One set of parameter values for each member.
    early : tuple of mapping of str to float
        The same from a fit that has not seen the last five training years: what weight the simulation gets is found
        where it was not fitted.
    agents, seed, draws : int
    """

    scenario: str
    seen: pd.DataFrame
    train_start: pd.Timestamp
    train_end: pd.Timestamp
    origins: tuple[pd.Timestamp, ...]
    months: int
    known: Information
    parameters: tuple[Mapping[str, float], ...]
    early: tuple[Mapping[str, float], ...]
    agents: int
    seed: int
    draws: int

    @property
    def training(self) -> pd.DataFrame:
        """Series of the training years."""
        return self.seen.loc[self.train_start : self.train_end]

    @property
    def counts(self) -> pd.DataFrame:
        """Detections, months by routes."""
        return pd.DataFrame(np.expm1(self.seen.to_numpy()), index=self.seen.index, columns=self.seen.columns)


def seen_detections(scenario: str, observations: Path | None, command: str = "hindcast") -> pd.DataFrame:
    """Return log(1 + detections) by month and route.

    Parameters
    ----------
    scenario : str
    observations : Path, optional
        Directory with ``detections.csv`` (month, route, detections) or ``frontex_monthly_by_route.csv`` (date, route,
        detections). Its months go before those of the scenario, which stay where it has none: a table of later months
        alone will do.
    command : str
        Named where something is wrong.

    Raises
    ------
    InvalidInput
        If there is no table, or a month is missing.
    """
    table = observed(scenario).get("detections")
    if table is None:
        raise InvalidInput(command, "scenario", scenario, "one with observed detections")
    routes = [route for route in table["route"].unique() if route != COUNTED_TWICE]
    if observations is not None:
        newer = _read_detections(observations)
        table = pd.concat([table, newer]).drop_duplicates(["month", "route"], keep="last")
    table = table[table["route"].isin(routes)]
    counts = table.pivot_table(index="month", columns="route", values="detections", aggfunc="sum").sort_index()
    whole = pd.date_range(counts.index[0], counts.index[-1], freq="MS") if len(counts) else pd.DatetimeIndex([])
    counts = counts.reindex(index=whole, columns=routes)
    if not len(counts) or counts.isna().any(axis=None):
        where = str(observations or scenario)
        raise InvalidInput(where, "detections", "missing months or routes", f"every month of {', '.join(routes)}")
    return pd.DataFrame(np.log1p(counts.to_numpy(float)), index=counts.index, columns=counts.columns)


def _read_detections(folder: Path) -> pd.DataFrame:
    if (folder / "detections.csv").is_file():
        table = read_table(folder, "detections.csv", ["month", "route", "detections"])
    else:
        table = read_table(folder, "frontex_monthly_by_route.csv", ["date", "route", "detections"])
        table = table.rename(columns={"date": "month"})
    return table.assign(month=pd.to_datetime(table["month"]))


def plan_of(settings: HindcastSettings) -> ForecastPlan:
    """Return the plan that settings describe.

    Raises
    ------
    InvalidInput
        If months are missing, or there is nothing to score.
    """
    seen = seen_detections(settings.scenario, Path(settings.observations) if settings.observations else None)
    start, end = (pd.Timestamp(day).replace(day=1) for day in (settings.train_start, settings.train_end))
    first = pd.Timestamp(settings.first_origin).replace(day=1) if settings.first_origin else end
    training = seen.loc[start:end]
    if len(training) < SHORTEST + YEAR or training.index[-1] != end:
        raise InvalidInput(
            "hindcast", "train_end", f"{end:%Y-%m}", f"{SHORTEST + YEAR} observed months or more, up to the end"
        )
    if first < end:
        raise InvalidInput(
            "hindcast", "first_origin", f"{first:%Y-%m}", f"{end:%Y-%m} or later: fitted months are not scored"
        )
    return _plan(settings, seen, end, origins(seen, first, settings.months, settings.every))


def ahead_plan(settings: ForecastSettings) -> ForecastPlan:
    """Return the plan of a forecast after the last observed month.

    Raises
    ------
    InvalidInput
        If months are missing, or too few were observed.
    """
    seen = seen_detections(
        settings.scenario, Path(settings.observations) if settings.observations else None, "forecast"
    )
    start, end = pd.Timestamp(settings.train_start).replace(day=1), seen.index[-1]
    if len(seen.loc[start:]) < SHORTEST + YEAR:
        raise InvalidInput(
            "forecast", "train_start", f"{start:%Y-%m}", f"{SHORTEST + YEAR} observed months or more until {end:%Y-%m}"
        )
    return _plan(settings, seen, end, (end,))


def _plan(
    settings: AheadSettings, seen: pd.DataFrame, end: pd.Timestamp, chosen: tuple[pd.Timestamp, ...]
) -> ForecastPlan:
    given = (settings.scenario, settings.parameters, settings.members, settings.seed)
    return ForecastPlan(
        settings.scenario,
        seen,
        pd.Timestamp(settings.train_start).replace(day=1),
        end,
        chosen,
        settings.months,
        settings.known.value,
        member_parameters(*given),
        early_parameters(*given),
        settings.agents,
        settings.seed,
        settings.draws,
    )


def member_parameters(scenario: str, source: Source, members: int, seed: int) -> tuple[dict[str, float], ...]:
    """Return one set of parameter values for each member of an ensemble."""
    if source is Source.point:
        return tuple({} for _ in range(members))
    draws = posterior(scenario)
    return tuple(draw(draws, seed + number) for number in range(members))


def early_parameters(scenario: str, source: Source, members: int, seed: int) -> tuple[dict[str, float], ...]:
    """Return parameter values of the fit without late years, or those of `member_parameters` without such a fit."""
    if source is Source.posterior and (scenario_directory(scenario) / LEFT_OUT).exists():
        table = left_out(scenario)
        rows = table[table["event"] == LATE_YEARS].drop(columns="event").to_dict("records")
        draws = [{str(name): float(value) for name, value in row.items()} for row in rows]
        if draws:
            return tuple(draw(draws, seed + number) for number in range(members))
    return member_parameters(scenario, source, members, seed)


def origins(seen: pd.DataFrame, first: pd.Timestamp, months: int, every: int) -> tuple[pd.Timestamp, ...]:
    """Return the last known months from which a whole horizon can be scored.

    Raises
    ------
    InvalidInput
        If there is none, or too little was observed before the first.
    """
    known = pd.DatetimeIndex(seen.index)
    chosen = known[(known >= first) & (known <= known[-1] - pd.DateOffset(months=months))][::every]
    if not len(chosen):
        latest = f"{known[-1] - pd.DateOffset(months=months):%Y-%m}"
        raise InvalidInput(
            "hindcast", "origin", f"{first:%Y-%m}", f"a month up to {latest}: observations end {known[-1]:%Y-%m}"
        )
    if (known <= chosen[0]).sum() < SHORTEST:
        raise InvalidInput("hindcast", "origin", f"{first:%Y-%m}", f"at least {SHORTEST} observed months before it")
    return tuple(chosen)


def practice_origins(plan: ForecastPlan) -> tuple[pd.Timestamp, ...]:
    """Return origins before the first of the plan, from which weights and intervals are learnt."""
    seen, training = plan.seen.index[0], plan.train_start
    first = max(seen + pd.DateOffset(months=SHORTEST - 1), training + pd.DateOffset(months=PRACTICE_AFTER - 1))
    back = pd.date_range(first, plan.origins[0] - pd.DateOffset(months=1), freq="MS")[::-1]
    return tuple(back[PRACTICE_EVERY - 1 :: PRACTICE_EVERY][::-1])
