"""Hindcasts: forecasts of months that were not fitted, from rolling origins, scored beside naive rules.

Two statements about the future can be scored: that drivers, events and policies are known (what the model adds when
told what was done), or that neither is (what it would have said at the time).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from corridor.calibration import scores
from corridor.calibration.forecast import YEAR, ResidualModel, choose, log_detections
from corridor.calibration.members import Member, Progress, compute, ensemble
from corridor.calibration.naive import NAIVE, SHORTEST
from corridor.calibration.natural import LATE_YEARS, LEFT_OUT, left_out
from corridor.calibration.settings import HindcastSettings
from corridor.calibration.targets import read_table
from corridor.experiments.runs.settings import Source
from corridor.model.errors import InvalidInput
from corridor.scenarios import observed
from corridor.scenarios.posterior import draw, posterior
from corridor.scenarios.reader import scenario_directory

Array = NDArray[np.float64]
Known = Literal["drivers", "neither"]
ASSUMED: Mapping[str, str] = {
    "drivers": "known: drivers, events and policies of the months ahead; not known: detections after the origin",
    "neither": "not known: anything after the origin; series stay at their last value, events in force go on",
}
CORRIDOR, WITHOUT = "corridor", "without_simulation"
COUNTED_TWICE = "Western Balkan"
"""Route that is not scored: its detections are mostly of people counted on another route."""


@dataclass(frozen=True)
class Plan:
    """What is forecast, from when, with what.

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
        The same from a fit that has not seen the last five training years: what weight the simulation gets, and how far
        it errs, is found where it was not fitted.
    agents, seed, draws : int
    """

    scenario: str
    seen: pd.DataFrame
    train_start: pd.Timestamp
    train_end: pd.Timestamp
    origins: tuple[pd.Timestamp, ...]
    months: int
    known: Known
    parameters: tuple[Mapping[str, float], ...]
    early: tuple[Mapping[str, float], ...]
    agents: int
    seed: int
    draws: int

    @property
    def training(self) -> pd.DataFrame:
        """What is fitted."""
        return self.seen.loc[self.train_start : self.train_end]


def seen_detections(scenario: str, observations: Path | None) -> pd.DataFrame:
    """Return log(1 + detections) by month and route.

    Parameters
    ----------
    scenario : str
    observations : Path, optional
        Directory with ``detections.csv`` (month, route, detections) or ``frontex_monthly_by_route.csv`` (date, route,
        detections). Its months go before those of the scenario, which stay where it has none: a table of later months
        alone will do.

    Raises
    ------
    InvalidInput
        If there is no table, or a month is missing.
    """
    table = observed(scenario).get("detections")
    if table is None:
        raise InvalidInput("hindcast", "scenario", scenario, "one with observed detections")
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


@dataclass(frozen=True)
class Hindcast:
    """Scored forecasts.

    Attributes
    ----------
    plan : Plan
    model : ResidualModel
        As estimated on the training years.
    table : DataFrame
        One row a method, origin, horizon and route, from `scores.table`.
    """

    plan: Plan
    model: ResidualModel
    table: pd.DataFrame = field(repr=False)


def plan_of(settings: HindcastSettings) -> Plan:
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
    return Plan(
        settings.scenario,
        seen,
        start,
        end,
        origins(seen, first, settings.months, settings.every),
        settings.months,
        settings.known.value,
        member_parameters(settings.scenario, settings.parameters, settings.members, settings.seed),
        early_parameters(settings.scenario, settings.parameters, settings.members, settings.seed),
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
    """Return parameter values of the fit without late years; those of `member_parameters` where there is none."""
    if source is Source.posterior and (scenario_directory(scenario) / LEFT_OUT).exists():
        table = left_out(scenario)
        rows = table[table["event"] == LATE_YEARS].drop(columns="event").to_dict("records")
        draws = [{str(name): float(value) for name, value in row.items()} for row in rows]
        if draws:
            return tuple(draw(draws, seed + number) for number in range(members))
    return member_parameters(scenario, source, members, seed)


def hindcast(plan: Plan, settings: HindcastSettings, progress: Progress | None = None) -> Hindcast:
    """Forecast from every origin and score.

    Parameters
    ----------
    plan : Plan
    settings : HindcastSettings
        Where members are kept, and how many are computed at a time.
    progress : callable, optional
        Called with runs done and runs in all, from the start. Runs are kept as they end: the same call goes on there.
    """
    folder = Path(settings.results) / "members"
    worlds, early = Worlds(plan, folder), Worlds(replace(plan, parameters=plan.early), folder)
    # All at once, so that no worker waits for the last run of one origin, and the share that is done can be told.
    compute([*early.members([None]), *worlds.members(plan.origins)], folder, settings.compute.processes, progress)
    rng = np.random.default_rng(plan.seed)
    training = plan.training
    explained = early.explained(None, training.index)
    model = choose(training, explained, rng)
    bare = choose(training, explained, rng, weights=(0.0,))
    samples: dict[str, list[Array]] = {name: [] for name in (CORRIDOR, WITHOUT, *NAIVE)}
    cases = []
    for origin in plan.origins:
        past = plan.seen.loc[:origin]
        window = plan.seen.loc[plan.train_start : origin]
        ahead = plan.seen.loc[origin:].iloc[1 : plan.months + 1]
        span = window.index.append(pd.DatetimeIndex(ahead.index))
        explained = worlds.explained(origin, span)
        for name, chosen in ((CORRIDOR, model), (WITHOUT, bare)):
            paths = chosen.forecast(window, explained, len(ahead), rng, plan.draws)
            samples[name].append(paths.reshape(-1, plan.draws))
        for name, rule in NAIVE.items():
            drawn = [rule(past[route].to_numpy(), len(ahead), rng, plan.draws).T for route in past.columns]
            samples[name].append(np.maximum(np.concatenate(drawn), 0.0))
        cases.append(_cases(origin, ahead))
    scale = {
        str(route): float(np.abs(training[route].to_numpy()[YEAR:] - training[route].to_numpy()[:-YEAR]).mean())
        for route in training
    }
    joined = {name: np.concatenate(parts) for name, parts in samples.items()}
    return Hindcast(plan, model, scores.table(joined, pd.concat(cases, ignore_index=True), scale))


def _cases(origin: pd.Timestamp, ahead: pd.DataFrame) -> pd.DataFrame:
    """Read the observations to forecast, by route and month."""
    rows = [
        (origin, horizon, month, route, ahead.loc[month, route])
        for route in ahead.columns
        for horizon, month in enumerate(ahead.index, start=1)
    ]
    return pd.DataFrame(rows, columns=["origin", "horizon", "month", "route", "observed"])


class Worlds:
    """The simulations that forecasts rest on: one ensemble that knows all, or one for each origin that does not.

    Parameters
    ----------
    plan : Plan
    folder : Path
        Where members are kept.
    """

    def __init__(self, plan: Plan, folder: Path) -> None:
        self._plan, self._folder = plan, folder
        self._known: dict[dt.date | None, Any] = {}

    def members(self, origins: Sequence[pd.Timestamp | None]) -> list[Member]:
        """Return the runs that forecasts from some origins need (None: as known at the end of the training years)."""
        days = dict.fromkeys(self._day(origin) for origin in origins)
        return [member for day in days for member in self._of_day(day)]

    def _day(self, origin: pd.Timestamp | None) -> dt.date | None:
        """Return the last day that is known; None where all is."""
        if self._plan.known != "neither":
            return None
        return ((origin or self._plan.train_end) + pd.offsets.MonthEnd(0)).date()

    def _of_day(self, day: dt.date | None) -> list[Member]:
        plan, last = self._plan, self._plan.seen.index[-1]
        if day is not None:
            last = min(last, pd.Timestamp(day) + pd.DateOffset(months=plan.months))
        end = (last + pd.offsets.MonthEnd(0)).date()
        return [
            Member(plan.scenario, plan.seed + number, plan.agents, end, values, known_until=day)
            for number, values in enumerate(plan.parameters)
        ]

    def explained(self, origin: pd.Timestamp | None, span: pd.Index[Any]) -> Array:
        """Return simulated log detections, shape (members, months, routes), as known at an origin.

        Parameters
        ----------
        origin : Timestamp, optional
            Without one, as known at the end of the training years.
        span : Index
            Months.
        """
        day = self._day(origin)
        if day not in self._known:
            months = ensemble(self._of_day(day), self._folder)
            self._known[day] = log_detections(months, list(self._plan.seen.columns))
        return self._known[day].sel(month=span).to_numpy().astype(float)


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


def scored(table: pd.DataFrame) -> dict[str, Any]:
    """Return mean scores of forecasts, from the table of a `Hindcast` or a part of it, as plain data."""
    ours = table[table["method"] == CORRIDOR]
    means = table.groupby("method")[["crps", "scaled_error", "log_score"]].mean()
    methods = [CORRIDOR, *NAIVE]
    return {
        "mean_crps": {name: _rounded(means.loc[name, "crps"]) for name in methods},
        "coverage": {str(p): _rounded(ours[f"covered_{p}"].mean()) for p in scores.INTERVALS},
        "mase": {name: _rounded(means.loc[name, "scaled_error"]) for name in methods},
        "log_score": {name: _rounded(means.loc[name, "log_score"]) for name in methods},
        "without_simulation": {"mean_crps": _rounded(means.loc[WITHOUT, "crps"])},
    }


def _rounded(value: Any) -> float:
    return round(float(value), 4)


def summary(result: Hindcast) -> dict[str, Any]:
    """Return the scores as plain data, ready for JSON."""
    plan, table = result.plan, result.table
    return {
        **scored(table),
        "by_route": {str(route): scored(part) for route, part in table.groupby("route")},
        "by_horizon": {str(month): scored(part)["mean_crps"] for month, part in table.groupby("horizon")},
        "scenario": plan.scenario,
        "scored_on": "log(1 + monthly detections)",
        "assumed": ASSUMED[plan.known],
        "fitted": [f"{plan.train_start:%Y-%m}", f"{plan.train_end:%Y-%m}"],
        "origins": [f"{plan.origins[0]:%Y-%m}", f"{plan.origins[-1]:%Y-%m}"],
        "forecasts": int((table["method"] == CORRIDOR).sum()),
        "members": len(plan.parameters),
        "agents": plan.agents,
        "weight_of_simulation": result.model.weight,
    }
