"""Changes at dated events: observed, by mechanisms alone, and the part contributed by the latent series.

Events are those of `corridor.calibration.natural`, with every indicator that has an observed value, and those in the
table of events among the observations, with detections by route and nationality.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from corridor.calibration.indicators import Cell, level, seen_change, windows
from corridor.calibration.natural import Experiment, experiments
from corridor.calibration.targets import read_table
from corridor.model.corridor import Corridor
from corridor.scenarios import load, observed

Array = NDArray[np.float64]
TABLE = "events.csv"
COLUMNS = ["date", "name", "route", "nationality", "flow_measure", "flow_ratio"]
DETECTED = "Frontex detections"
"""Names in the table for detections at the borders of the corridor's destinations."""
SURFACES = ("sea", "land")
"""Suffixes of a route in the table that restrict it to legs of one mode."""
ABOUT = {
    "detections": "detections", "attempts": "attempts", "deaths": "deaths", "deaths_per_1000": "deaths per detection",
    "deaths_per_attempt": "deaths per attempt", "fee": "fees", "identified": "victims identified",
}  # fmt: skip
"""Indicators in words."""


@dataclass(frozen=True)
class EventChange:
    """A change at an event: the quantity, the place, and its computation from runs."""

    title: str
    month: pd.Timestamp
    what: str
    at: str
    observed: float
    simulated: Callable[[xr.Dataset, bool], Array]
    """Log of after over before, by member, or of all members pooled."""


def events(scenario: str, observations: Path, draws: Sequence[xr.Dataset], alone: Sequence[xr.Dataset]) -> pd.DataFrame:
    """Return changes at events: observed, by mechanisms alone, and the part contributed by the latent series.

    Parameters
    ----------
    scenario : str
    observations : Path
        Directory of the observation tables.
    draws, alone : sequence of Dataset
        Runs of the reanalysis, and without latent series, as `store.read_netcdf` gives them.

    Returns
    -------
    DataFrame
        ``title, month, what, at``; ``observed, mechanisms`` (log of after over before) and ``latent`` (median of draws
        less mechanisms) with ``latent_low, latent_high`` (central 90 %); ``outside`` says why there are no figures.
    """
    ensembles = [xr.concat(runs, "member", join="override", combine_attrs="override") for runs in (draws, alone)]
    corridor = load(scenario)
    months = pd.DatetimeIndex(ensembles[0]["month"].to_numpy())
    rows = []
    for found in (*_natural(scenario, months), *_dated(corridor, observations, months)):
        if isinstance(found, dict):
            rows.append(found)
            continue
        mechanisms, each = float(found.simulated(ensembles[1], True)[0]), found.simulated(ensembles[0], False)
        if not np.isfinite([mechanisms, *each]).all():
            rows.append(_outside(found.title, found.month, f"nobody in a run for {found.what}, {found.at}"))
            continue
        low, latent, high = np.quantile(each - mechanisms, [0.05, 0.5, 0.95])
        rows.append(
            {
                "title": found.title, "month": found.month, "what": found.what, "at": found.at,
                "observed": found.observed, "mechanisms": mechanisms, "latent": latent, "latent_low": low,
                "latent_high": high, "outside": "",
            }
        )  # fmt: skip
    table = pd.DataFrame(rows)
    # Both lists have some events; those without figures differ by their titles alone.
    own = table["title"].where(table["outside"] != "", "")
    return table[~table.assign(own=own).duplicated(["month", "what", "at", "own"])].reset_index(drop=True)


def _outside(title: str, month: pd.Timestamp, reason: str) -> dict[str, object]:
    return {"title": title, "month": month, "what": "", "at": "", "outside": reason}


def _period(months: pd.DatetimeIndex) -> str:
    return f"its months before and after are not all between {months[0]:%Y-%m} and {months[-1]:%Y-%m}"


def _natural(scenario: str, months: pd.DatetimeIndex) -> Iterator[EventChange | dict[str, object]]:
    """Yield changes of the natural experiments, or the reason why an experiment has none."""
    tables = observed(scenario)
    for experiment in experiments():
        month = pd.Timestamp(experiment.month)
        if experiment.scenario != scenario:
            yield _outside(experiment.title, month, f"tested on the corridor {experiment.scenario}, in a stylised way")
            continue
        if experiment.added:
            yield _outside(
                experiment.title, month, "no event of the corridor: put in for the test of the mechanism alone"
            )
            continue
        cells = [cell for cell in experiment.cells if set(months).issuperset(_spanned(experiment, cell))]
        found = []
        for cell in cells:
            before, after = windows(experiment.month, cell)
            seen = seen_change(tables, cell, before, after) if cell.series else np.log(cell.observed or np.nan)
            if np.isfinite(seen) and not experiment.effect:
                what = ABOUT.get(cell.indicator, cell.indicator)
                found.append(EventChange(experiment.title, month, what, cell.at, seen, _change_of(cell, before, after)))
        yield from found
        if not found:
            reason = "no observed figure of before and after" if cells else _period(months)
            yield _outside(experiment.title, month, reason)


def _spanned(experiment: Experiment, cell: Cell) -> set[pd.Timestamp]:
    return {month for window in windows(experiment.month, cell) for month in window}


def _change_of(cell: Cell, before: pd.DatetimeIndex, after: pd.DatetimeIndex) -> Callable[[xr.Dataset, bool], Array]:
    return lambda ds, pooled: level(ds, cell, after, pooled) - level(ds, cell, before, pooled)


def _dated(
    corridor: Corridor, observations: Path, months: pd.DatetimeIndex
) -> Iterator[EventChange | dict[str, object]]:
    """Yield changes of detections at the dated events of the table that concern the corridor."""
    table = read_table(observations, TABLE, COLUMNS)
    table = table[(table["flow_measure"] == DETECTED) & table["flow_ratio"].gt(0)]
    table = table.assign(month=pd.to_datetime(table["date"]))
    for row in table[table["month"] <= months[-1]].to_dict("records"):
        route, title, month = str(row["route"]), str(row["name"]), row["month"]
        surface = next((name for name in SURFACES if route.endswith(f" {name}")), "")
        route = route.removesuffix(f" {surface}") if surface else route
        of = [] if row["nationality"] == "all" else str(row["nationality"]).split("+")
        if route not in corridor.routes:
            if month < months[0]:
                yield _outside(title, month, _period(months))
            continue
        before, after = windows(month, Cell(indicator="detections", expected=0))
        if not set(months).issuperset([*before, *after]):
            yield _outside(title, month, _period(months))
            continue
        if set(of) <= set(corridor.communities.names):
            at = " ".join(filter(None, (route, surface, "+".join(of))))
            change = _flow_change(corridor, (route, surface, of), before, after)
            yield EventChange(title, month, "detections", at, float(np.log(row["flow_ratio"])), change)


def _flow_change(
    corridor: Corridor, where: tuple[str, str, list[str]], before: pd.DatetimeIndex, after: pd.DatetimeIndex
) -> Callable[[xr.Dataset, bool], Array]:
    """Return a function that computes a change of detections on a route, by mode or of some origins, from runs."""
    route, surface, of = where
    own = corridor.leg_route == corridor.routes.index(route)
    if surface:
        own &= corridor.legs.column("mode") == surface

    def change(ds: xr.Dataset, pooled: bool) -> Array:
        if of:
            values = ds["detections_of"].sel(route=route, community=of).sum("community")
        else:
            values = ds["detections"].isel(leg=np.flatnonzero(own)).sum("leg")
        grain = 0.5 * float(ds.attrs["persons_per_agent"])
        sums = [values.sel(month=window).mean("month").to_numpy().astype(float) for window in (after, before)]
        first, second = ((np.mean(each, keepdims=True) if pooled else each) + grain / len(after) for each in sums)
        return np.asarray(np.log(first / second))

    return change
