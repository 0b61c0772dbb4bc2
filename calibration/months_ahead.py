"""The months ahead: detections by route after the last one that was observed, with fan charts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.dates import ConciseDateFormatter
from matplotlib.figure import Figure

from corridor.calibration.hindcast import CORRIDOR, STACKS, Issued, issue
from corridor.calibration.plan import ForecastPlan, ahead_plan
from corridor.calibration.settings import ForecastSettings
from corridor.calibration.stack import HALF_LIFE
from corridor.experiments.runs.run import OnProgress
from corridor.experiments.runs.tables import plain_records, write_csv
from corridor.experiments.runs.written import keep
from corridor.scenarios.validation import short_form

BANDS = {90: "#c9dfee", 50: "#8fbfdd"}
"""Central intervals, per cent, and their colours in the chart."""
LOWEST = 10
"""Detections at which the chart begins: its scale is logarithmic."""
SHOWN_BEFORE = 48
"""Observed months that the chart shows."""


def forecast(settings: ForecastSettings, progress: OnProgress | None = None) -> dict[str, Any]:
    """Forecast detections after the last observed month, and write the table and the figure.

    Parameters
    ----------
    settings : ForecastSettings
    progress : callable, optional
        As for `hindcast.issue`.

    Returns
    -------
    dict
        ``scenario, origin, months`` (one mapping a route and month), ``weights``, ``says`` (what is assumed, in
        sentences) and ``files``, ready for JSON.
    """
    plan = ahead_plan(settings)
    issued = issue(plan, settings, progress)
    table = by_month(issued, plan)
    folder = Path(settings.results) / "forecast"
    files = {
        "table": keep(folder / "forecast.csv", lambda path: write_csv(table, path)),
        "figure": keep(folder / "forecast.png", lambda path: draw(table, plan).savefig(path, dpi=110)),
    }
    last = issued.weights[issued.weights["origin"] == plan.origins[-1]].set_index("route")
    weights = last[[*STACKS[CORRIDOR], "stretch"]].round(4)
    return {
        "scenario": plan.scenario,
        "origin": f"{plan.origins[-1]:%Y-%m}",
        "months": plain_records(table.assign(month=table["month"].dt.strftime("%Y-%m"))),
        "weights": {str(route): row for route, row in weights.to_dict("index").items()},
        "says": says(plan),
        "files": {name: str(path) for name, path in files.items()},
    }


def by_month(issued: Issued, plan: ForecastPlan) -> pd.DataFrame:
    """Return medians and intervals of detections by route and month, and the figures of a year before."""
    values = np.round(np.expm1(issued.samples[CORRIDOR]))
    table = issued.cases[["route", "month"]].assign(median=np.median(values, axis=1))
    for band in BANDS:
        tail = 0.5 - band / 200
        table[f"low_{band}"], table[f"high_{band}"] = np.quantile(values, [tail, 1 - tail], axis=1)
    before = plan.counts.stack()
    asked = pd.MultiIndex.from_arrays([table["month"] - pd.DateOffset(years=1), table["route"]])
    return table.assign(year_before=before.reindex(asked).to_numpy())


def says(plan: ForecastPlan) -> list[str]:
    """Return the assumptions of a forecast, in sentences."""
    assumed = {
        "neither": "Nothing after that month is known to it: drivers stay at their last value, events in force go on, "
        "and no new event happens.",
        "drivers": "It assumes the drivers and events that the scenario has for the months ahead; others may happen.",
    }[plan.known]
    return [
        f"Detections of irregular crossing, not persons, after {plan.origins[-1]:%B %Y}, the last month observed.",
        assumed,
        f"{len(plan.parameters)} simulations, corrected by their recent errors, are averaged with simple rules (last "
        "year's season, ETS, an autoregression, the same correction without a simulation), weighted by their past "
        "accuracy on the route.",
        f"Intervals are as wide as past errors require, with those of {HALF_LIFE:.0f} months ago counting half. A "
        "surge such as that of 2015 lies outside them.",
        f"Validation of such forecasts: {_earned(plan.scenario)}",
    ]


def _earned(scenario: str) -> str:
    lines = [line[2:] for line in short_form(scenario).splitlines() if "forecasts of detections" in line]
    return "; ".join(lines) or "nothing that was tested."


def draw(table: pd.DataFrame, plan: ForecastPlan) -> Figure:
    """Draw observations and fans of forecasts, by route."""
    routes = list(plan.seen.columns)
    figure = Figure(figsize=(10, 2.9 * ((len(routes) + 1) // 2)), layout="constrained")
    grid = figure.subplots((len(routes) + 1) // 2, 2, squeeze=False)
    for axes, route in zip(grid.flat, routes, strict=False):
        seen = plan.counts[route].iloc[-SHOWN_BEFORE:]
        own = table[table["route"] == route]
        axes.plot(seen.index, seen, color="black", lw=1.2, label="observed")
        for band, shade in BANDS.items():
            low, high = own[f"low_{band}"].clip(lower=LOWEST), own[f"high_{band}"]
            axes.fill_between(own["month"], low, high, color=shade, lw=0, label=f"{band} %")
        axes.plot(own["month"], own["median"], color="#0072B2", lw=1.6, label="median")
        axes.set_title(route, loc="left", fontsize=10)
        axes.set_yscale("log")
        axes.set_ylim(bottom=LOWEST)
        axes.xaxis.set_major_formatter(ConciseDateFormatter(axes.xaxis.get_major_locator()))
        axes.yaxis.set_major_formatter("{x:,.0f}")
    for axes in grid.flat[len(routes) :]:
        axes.set_visible(False)
    handles, labels = grid.flat[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), frameon=False)
    figure.suptitle(f"Detections a month, forecast after {plan.origins[-1]:%B %Y} ({_title(plan.known)})", fontsize=11)
    return figure


def _title(known: str) -> str:
    titles: Mapping[str, str] = {
        "neither": "nothing new happens",
        "drivers": "drivers and events as the scenario has them",
    }
    return titles[known]
