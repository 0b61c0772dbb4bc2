"""Simulated and observed annual detections and recorded deaths by route, with errors.

Nothing is fitted here. Errors are compared with those of two naive rules, to show what the simulation adds.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr

from corridor.experiments.analysis.metrics import by_route

SIMULATED = {"detections": "detections", "deaths": "deaths_recorded"}
"""By observed table, the variable of the result dataset with which it is compared."""


def by_month(table: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Return an observed table as months by routes; NaN where nothing was recorded."""
    return table.pivot(index="month", columns="route", values=kind)


def yearly(ds: xr.Dataset, observed: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return observed and simulated counts by kind, route and year.

    Parameters
    ----------
    ds : Dataset
        One run, or several with dimension ``replicate``, whose mean is taken.
    observed : mapping of str to DataFrame
        From `corridor.scenarios.observed`: ``detections`` and ``deaths``, with columns ``month``, ``route`` and the
        count.

    Returns
    -------
    DataFrame
        Columns ``kind, route, year, observed, simulated`` (events or persons). Only years of which every month is
        observed and simulated.
    """
    columns = ["kind", "route", "year", "observed", "simulated"]
    tables = [pd.DataFrame(columns=columns)]
    for kind, table in observed.items():
        months = by_month(table, kind)
        seen = months.groupby(pd.DatetimeIndex(months.index).year).sum(min_count=12)
        counts = by_route(ds, SIMULATED[kind])
        ours = counts.mean([dim for dim in counts.dims if dim not in ("time", "route")]).to_pandas()
        ours.index = pd.DatetimeIndex(ours.index).year
        ours = ours.loc[ours.index.isin(_whole_years(ds))]
        both = pd.concat({"observed": seen.unstack(), "simulated": ours.unstack()}, axis=1, join="inner").dropna()
        tables.append(both.rename_axis(["route", "year"]).reset_index().assign(kind=kind)[columns])
    filled = [table for table in tables if len(table)]
    return pd.concat(filled, ignore_index=True) if filled else tables[0]


def _whole_years(ds: xr.Dataset) -> list[int]:
    """Return the calendar years that the steps of a run cover; a step belongs to the year in which it starts."""
    times = pd.DatetimeIndex(ds["time"].to_numpy())
    step = pd.Timedelta(days=float(ds.attrs["step_days"]))
    first, last = times[0], pd.Timestamp(ds.attrs.get("covered_until", times[-1] + step))
    years = range(first.year, last.year + 1)
    return [y for y in years if first < pd.Timestamp(y, 1, 1) + step and last > pd.Timestamp(y, 12, 31)]


def log_error(simulated: pd.Series, observed: pd.Series) -> float:
    """Return the mean of |ln((simulated + 1) / (observed + 1))|; one is added so that zeros can be compared."""
    return float(np.abs(np.log((simulated + 1) / (observed + 1))).mean())


ERROR_TITLES = ("route", "years", "observed", "simulated", "ratio", "log error", "naive: mean", "naive: last year")
"""Titles of the columns of `errors` after the kind."""


def errors(table: pd.DataFrame) -> pd.DataFrame:
    """Summarise a table from `yearly` by kind and route.

    Returns
    -------
    DataFrame
        Columns ``kind, route, years, observed, simulated`` (sums), ``ratio`` (simulated over observed), ``log_error``
        (simulation), ``log_error_mean`` (naive: the mean of the observed years, which has seen them all) and
        ``log_error_last_year`` (naive: last year's observation; the first year is left out).
    """
    rows = []
    for (kind, route), part in table.groupby(["kind", "route"], sort=False):
        seen, ours = part["observed"], part["simulated"]
        mean = pd.Series(seen.mean(), index=seen.index)
        row = {
            "kind": kind,
            "route": route,
            "years": len(part),
            "observed": seen.sum(),
            "simulated": ours.sum(),
            "ratio": ours.sum() / seen.sum() if seen.sum() > 0 else np.nan,
            "log_error": log_error(ours, seen),
            "log_error_mean": log_error(mean, seen),
            "log_error_last_year": log_error(seen.shift(1).iloc[1:], seen.iloc[1:]),
        }
        rows.append(row)
    return pd.DataFrame(rows)
