"""Indicators of natural experiments, compared before and after in a run and in the observed tables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray
from pydantic import Field

from corridor.calibration.members import of_route
from corridor.calibration.targets import FIRST_YEAR, LAST_YEAR
from corridor.model.rows import Row
from corridor.scenarios import observed

Array = NDArray[np.float64]
DISCREPANCY = 0.3
"""Minimum standard deviation that recording and influences outside the model add to a log change; assumed."""
EVERY = 3
"""Months between the changes from which the discrepancy is estimated; they overlap."""
FEWEST = 8
"""Minimum number of changes for estimating a discrepancy."""


class Cell(Row):
    """One indicator at one place: the expected and the observed change."""

    indicator: str = Field(description="key of INDICATORS")
    at: str = Field(default="", description="route, or legs or communities separated by semicolons; blank: everywhere")
    expected: int = Field(ge=-1, le=1, description="sign of the effect; 0: little change")
    observed: float | None = Field(default=None, gt=0, description="ratio of after to before (or of with to without)")
    series: bool = Field(default=False, description="compute the ratio from the observed tables")
    months: tuple[int, int] = Field(default=(1, 12), description="first and last month after the event's")
    year_before: bool = Field(default=False, description="compare with the same months of the year before")


def _legs(ds: xr.Dataset, name: str, at: str) -> xr.DataArray:
    values = ds[name]
    if not at:
        return values.sum("leg")
    routes = of_route(values)
    return routes.sel(route=at) if at in routes["route"] else values.sel(leg=at.split(";")).sum("leg")


def _communities(ds: xr.Dataset, name: str, at: str) -> xr.DataArray:
    return (ds[name].sel(community=at.split(";")) if at else ds[name]).sum("community")


def _crossings(ds: xr.Dataset, at: str) -> xr.DataArray:
    return _legs(ds, "attempts", at)


INDICATORS: Mapping[str, Any] = {
    "detections": lambda ds, at: (_legs(ds, "detections", at), None),
    "deaths": lambda ds, at: (_legs(ds, "expected_deaths_recorded", at), None),
    "attempts": lambda ds, at: (_crossings(ds, at), None),
    "deaths_per_1000": lambda ds, at: (_legs(ds, "expected_deaths_recorded", at), _legs(ds, "detections", at)),
    "deaths_per_attempt": lambda ds, at: (_legs(ds, "deaths", at), _crossings(ds, at)),
    "interception_share": lambda ds, at: (_legs(ds, "interceptions", at), _crossings(ds, at)),
    "libya_share": lambda ds, at: (_legs(ds, "detections", at), _legs(ds, "detections", "Central Mediterranean")),
    "fee": lambda ds, at: (_legs(ds, "fee_revenue_usd", at), _legs(ds, "passages", at)),
    "fee_revenue": lambda ds, at: (_legs(ds, "fee_revenue_usd", at), None),
    "load": lambda ds, at: (_legs(ds, "load", at), None),
    "detention_days": lambda ds, at: (ds["detention_days"], None),
    "identified": lambda ds, at: (ds["identified"].sum("place"), None),
    "departures": lambda ds, at: (_communities(ds, "departures", at), None),
    "irregular_arrivals": lambda ds, at: (_communities(ds, "irregular_arrivals", at), None),
}
"""By name, a function of monthly figures and a place that returns what is summed over a window, and its divisor."""
SERIES: Mapping[str, Mapping[str, int]] = {
    "detections": {"detections": 1},
    "deaths": {"deaths": 1},
    "deaths_per_1000": {"deaths": 1, "detections": -1},
}
"""Indicators with monthly observations: their tables, and the power with which each enters."""
_IN_PERSONS = {"detections", "deaths", "attempts", "departures", "irregular_arrivals", "identified"}


def windows(month: dt.date | pd.Timestamp, cell: Cell) -> tuple[pd.DatetimeIndex, pd.DatetimeIndex]:
    """Return the months before and after an event.

    Parameters
    ----------
    month : date or Timestamp
        Of the event; in neither window.
    cell : Cell
    """
    event, (first, last) = pd.Timestamp(month), cell.months
    after = pd.date_range(event + pd.DateOffset(months=first), event + pd.DateOffset(months=last), freq="MS")
    if cell.year_before:
        return after - pd.DateOffset(years=1), after
    return pd.date_range(event - pd.DateOffset(months=12), event - pd.DateOffset(months=1), freq="MS"), after


def level(ds: xr.Dataset, cell: Cell, months: pd.DatetimeIndex, pooled: bool) -> Array:
    """Return the log of an indicator per month in a window, by member or over all members together.

    Half an agent is added to counts of persons, so that a change from none to one is finite.

    Parameters
    ----------
    ds : Dataset
        As from `members.ensemble`.
    cell : Cell
    months : DatetimeIndex
    pooled : bool
        All members together.

    Returns
    -------
    ndarray of float, shape (members,) or (1,)
    """
    above, below = INDICATORS[cell.indicator](ds, cell.at)
    grain = 0.5 * ds.attrs["persons_per_agent"]
    sums = []
    for part in (above, below):
        if part is None:
            sums.append(np.full(1 if pooled else ds.sizes["member"], float(len(months))))
            continue
        total = part.sel(month=months).sum("month").to_numpy().astype(float)
        total = total.mean(keepdims=True) if pooled else total
        sums.append(total)
    if cell.indicator in _IN_PERSONS or (below is not None and cell.indicator.startswith("deaths")):
        sums[0] = sums[0] + grain / (ds.sizes["member"] if pooled else 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log(sums[0] / sums[1])


def seen_change(
    tables: Mapping[str, pd.DataFrame], cell: Cell, before: pd.DatetimeIndex, after: pd.DatetimeIndex
) -> float:
    """Return the observed change of the log; NaN outside the tables or where they count nothing.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        From `corridor.scenarios.observed`.
    cell : Cell
        Its place is a route.
    before, after : DatetimeIndex
        Months, from `windows`.
    """
    change = 0.0
    for name, sign in SERIES[cell.indicator].items():
        table = tables[name]
        counts = table[table["route"] == cell.at].set_index("month")[name]
        first, second = (counts.reindex(months) for months in (before, after))
        if first.isna().mean() > 0.25 or second.isna().any() or not first.sum() > 0 or not second.sum() > 0:
            return float("nan")
        change += sign * float(np.log(second.mean() / first.mean()))
    return change


def discrepancy(ds: xr.Dataset, scenario: str, cell: Cell, routes: Collection[str], years: Collection[int]) -> float:
    """Return the model discrepancy of changes of an indicator, estimated where nothing was left out of the fit.

    Changes like the cell's are compared on every route in the fitted years, except those that overlap with months left
    out for the experiment. Their squared error, less the spread of members, is the discrepancy: the effect of
    influences that the model does not contain.

    Parameters
    ----------
    ds : Dataset
        Members with the event, as from `members.ensemble`.
    scenario : str
    cell : Cell
    routes, years : collection
        Left out of the fit.

    Returns
    -------
    float
        Standard deviation of the log; `DISCREPANCY` at least, and where no tables or fewer than `FEWEST` changes are.
    """
    if not cell.series:
        return DISCREPANCY
    tables, surplus = observed(scenario), []
    months = pd.DatetimeIndex(ds["month"].to_numpy())
    known = months[(months.year >= FIRST_YEAR) & (months.year <= LAST_YEAR)]
    for route in tables["detections"]["route"].unique():
        like = cell.model_copy(update={"at": route})
        for event in known[::EVERY]:
            before, after = windows(event, like)
            touched = {month.year for month in (*before, *after)} & set(years)
            if not (before.isin(known).all() and after.isin(known).all()) or (route in routes and touched):
                continue
            change = level(ds, like, after, False) - level(ds, like, before, False)
            surplus.append((seen_change(tables, like, before, after) - np.median(change)) ** 2 - change.var())
    surplus = [each for each in surplus if np.isfinite(each)]
    return float(np.sqrt(max(np.mean(surplus), DISCREPANCY**2))) if len(surplus) >= FEWEST else DISCREPANCY
