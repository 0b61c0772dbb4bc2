"""Hindcasts: forecasts of months that were not fitted, from rolling origins, scored against naive rules.

Two kinds of forecasts can be scored: with drivers, events and policies known (the skill of the model given what was
done), or with neither known (the skill at the time).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from corridor.calibration import scores, surges
from corridor.calibration.forecast import YEAR, ResidualModel, log_detections
from corridor.calibration.members import compute, ensemble, member
from corridor.calibration.naive import NAIVE, NaiveRule
from corridor.calibration.plan import ASSUMED, ForecastPlan, practice_origins
from corridor.calibration.settings import AheadSettings, HindcastSettings
from corridor.calibration.stack import LEVELS, sample, stack
from corridor.experiments.runs.patch import Patch
from corridor.experiments.runs.run import Job, OnProgress

Array = NDArray[np.float64]
CORRIDOR, WITHOUT = "corridor", "without_simulation"
SIMULATION, CORRECTION = "simulation", "correction"
"""Experts other than rules: the simulation corrected by its residuals, and the correction without a simulation."""
RULES = ("seasonal_naive", "ets", "ar", CORRECTION)
STACKS: Mapping[str, tuple[str, ...]] = {CORRIDOR: (*RULES, SIMULATION), WITHOUT: RULES}
"""Experts whose forecasts are averaged."""


@dataclass(frozen=True)
class Hindcast:
    """Scored forecasts.

    Attributes
    ----------
    plan : ForecastPlan
    weights : DataFrame
        By origin and route: weight of each expert in the stack, and ``stretch`` of its intervals.
    table : DataFrame
        One row a method, origin, horizon and route, from `scores.table`.
    surges : DataFrame
        From `surges.table`.
    """

    plan: ForecastPlan
    weights: pd.DataFrame = field(repr=False)
    table: pd.DataFrame = field(repr=False)
    surges: pd.DataFrame = field(repr=False)


@dataclass(frozen=True)
class Issued:
    """Forecasts, whether or not their months have been observed.

    Attributes
    ----------
    cases : DataFrame
        One row a forecast: ``origin, horizon, month, route, observed`` (NaN where it is not known).
    samples : mapping of str to ndarray of float, shape (n, draws)
        By method, in the order of ``cases``.
    weights : DataFrame
        As for `Hindcast`.
    """

    cases: pd.DataFrame
    samples: Mapping[str, Array]
    weights: pd.DataFrame


def issue(plan: ForecastPlan, settings: AheadSettings, progress: OnProgress | None = None) -> Issued:
    """Forecast from every origin of a plan.

    Parameters
    ----------
    plan : ForecastPlan
    settings : AheadSettings
        Where members are kept, and how many are computed at a time.
    progress : callable, optional
        Called with runs done and runs in all, from the start. Runs are kept as they end: the same call goes on there.
    """
    folder = Path(settings.results) / "members"
    worlds, early = Worlds(plan, folder), Worlds(replace(plan, parameters=plan.early), folder)
    # All at once, so that no worker waits for the last run of one origin, and the share that is done can be told.
    members = [*early.members(plan.origins[:1]), *worlds.members(plan.origins)]
    compute(members, folder, settings.compute.processes, progress)
    # Matrices are small: threads of the linear algebra would wait for each other, for ten times as long.
    with threadpool_limits(1):
        return _issued(plan, worlds, early)


def _issued(plan: ForecastPlan, worlds: Worlds, early: Worlds) -> Issued:
    """Forecast from practice origins and those of the plan, with stored runs."""
    rng = np.random.default_rng(plan.seed)
    cases, samples = [], []
    practice = practice_origins(plan)
    for origin in (*practice, *plan.origins):
        window = plan.seen.loc[plan.train_start : origin]
        months = pd.date_range(origin + pd.DateOffset(months=1), periods=plan.months, freq="MS")
        span = window.index.append(months)
        # Until the first origin nothing is known that was not known then.
        explained = early.explained(plan.origins[0], span) if origin in practice else worlds.explained(origin, span)
        drawn = {name: _by_rule(plan, rule, origin, rng) for name, rule in NAIVE.items()}
        for name, weight in ((SIMULATION, 1.0), (CORRECTION, 0.0)):
            model = ResidualModel.fit(window, explained[:, : len(window)].mean(axis=0), weight)
            paths = model.forecast(window, explained, plan.months, rng, plan.draws)
            drawn[name] = paths.reshape(-1, plan.draws)
        samples.append(drawn)
        cases.append(_cases(origin, plan.seen.reindex(months)))
    return _stacked(plan, pd.concat(cases, ignore_index=True), samples, rng)


def _stacked(
    plan: ForecastPlan, cases: pd.DataFrame, drawn: list[dict[str, Array]], rng: np.random.Generator
) -> Issued:
    """Return the stacks and simple rules, from the origins of the plan only."""
    quantiles = {
        name: np.concatenate([np.quantile(each[name], LEVELS, axis=1).T for each in drawn]) for name in STACKS[CORRIDOR]
    }
    own = cases["origin"].isin(plan.origins).to_numpy()
    samples, weights = {}, pd.DataFrame()
    for name, experts in STACKS.items():
        stacked, told = stack(cases, np.stack([quantiles[expert] for expert in experts], axis=1))
        samples[name] = sample(stacked[own], rng, plan.draws)
        if name == CORRIDOR:
            weights = told.rename(columns=dict(enumerate(experts)))
    for name in NAIVE:
        samples[name] = np.concatenate([each[name] for each in drawn])[own]
    return Issued(cases[own].reset_index(drop=True), samples, weights)


def _by_rule(plan: ForecastPlan, rule: NaiveRule, origin: pd.Timestamp, rng: np.random.Generator) -> Array:
    """Draw the forecasts of a simple rule for every route, from all observations up to an origin."""
    past = plan.seen.loc[:origin]
    drawn = [rule(past[route].to_numpy(), plan.months, rng, plan.draws).T for route in past.columns]
    return np.maximum(np.concatenate(drawn), 0.0)


def hindcast(plan: ForecastPlan, settings: HindcastSettings, progress: OnProgress | None = None) -> Hindcast:
    """Forecast from every origin and score the forecasts.

    Parameters
    ----------
    plan : ForecastPlan
    settings, progress
        As for `issue`.
    """
    issued = issue(plan, settings, progress)
    training = plan.training.to_numpy()
    errors = np.abs(training[YEAR:] - training[:-YEAR]).mean(axis=0)
    scale = dict(zip(map(str, plan.seen.columns), errors.tolist(), strict=True))
    return Hindcast(
        plan, issued.weights, scores.table(issued.samples, issued.cases, scale), surges.table(issued, plan.counts)
    )


def _cases(origin: pd.Timestamp, ahead: pd.DataFrame) -> pd.DataFrame:
    """Read the observations to forecast, by route and month."""
    rows = [
        (origin, horizon, month, route, ahead.loc[month, route])
        for route in ahead.columns
        for horizon, month in enumerate(ahead.index, start=1)
    ]
    return pd.DataFrame(rows, columns=["origin", "horizon", "month", "route", "observed"])


class Worlds:
    """The simulations behind forecasts: one ensemble with full information, or one per origin without it.

    Parameters
    ----------
    plan : ForecastPlan
    folder : Path
        Where members are kept.
    """

    def __init__(self, plan: ForecastPlan, folder: Path) -> None:
        self._plan, self._folder = plan, folder
        self._known: dict[dt.date | None, Any] = {}

    def members(self, origins: Sequence[pd.Timestamp]) -> list[Job]:
        """Return the runs that forecasts from some origins need."""
        days = dict.fromkeys(self._day(origin) for origin in origins)
        return [job for day in days for job in self._of_day(day)]

    def _day(self, origin: pd.Timestamp) -> dt.date | None:
        """Return the last day that is known; None with full information."""
        if self._plan.known != "neither":
            return None
        return (origin + pd.offsets.MonthEnd(0)).date()

    def _of_day(self, day: dt.date | None) -> list[Job]:
        plan = self._plan
        last = plan.origins[-1] if day is None else pd.Timestamp(day).replace(day=1)
        end = (last + pd.DateOffset(months=plan.months) + pd.offsets.MonthEnd(0)).date()
        return [
            member(plan.scenario, plan.seed + number, plan.agents, end, values, Patch(known_until=day))
            for number, values in enumerate(plan.parameters)
        ]

    def explained(self, origin: pd.Timestamp, span: pd.Index[Any]) -> Array:
        """Return simulated log detections, shape (members, months, routes), as known at an origin.

        Parameters
        ----------
        origin : Timestamp
        span : Index
            Months.
        """
        day = self._day(origin)
        if day not in self._known:
            months = ensemble(self._of_day(day), self._folder)
            self._known[day] = log_detections(months, list(self._plan.seen.columns))
        return self._known[day].sel(month=span).to_numpy().astype(float)


def scored(table: pd.DataFrame) -> dict[str, Any]:
    """Return mean scores of forecasts from the table of a `Hindcast`, or a part of it, as plain data."""
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
    last = result.weights[result.weights["origin"] == plan.origins[-1]]
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
        "weights": {
            str(row["route"]): {name: _rounded(row[name]) for name in (*STACKS[CORRIDOR], "stretch")}
            for row in last.to_dict("records")
        },
        "weight_of_simulation": _rounded(last[SIMULATION].mean()),
        "surges": surges.scored(result.surges),
    }
