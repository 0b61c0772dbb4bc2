"""Simulated values of the targets of the fit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from corridor.calibration.members import of_route
from corridor.calibration.targets import APPLICATIONS_PER_CLAIM, BY_ORIGIN, PART, RECORDING
from corridor.model.errors import InvalidInput
from corridor.model.parameters import REGISTRY


def simulated(months: xr.Dataset, wanted: pd.DataFrame) -> pd.Series:
    """Compute the simulated value of each target.

    Parameters
    ----------
    months : Dataset
        One run, from `members.monthly`.
    wanted : DataFrame
        From `targets`.

    Returns
    -------
    Series
        In the order of ``wanted``; NaN where a ratio has no denominator.
    """
    years = wanted.index.get_level_values("year")
    ds = months.sel(month=months["month"].dt.year.isin(sorted(set(years) - {0})))
    whole = ds.sum("month")
    by_year = {"detections": _yearly(ds["detections"]), "deaths": _yearly(ds["expected_deaths_recorded"])}
    # Years that a run does not have count as empty.
    every = np.unique(np.append(np.asarray(years)[np.asarray(years) > 0], ds["month"].dt.year))
    counted = ds["detections_of"].groupby("month.year").sum().reindex(year=every, fill_value=0.0)
    origins = counted.to_series().unstack("route")
    origins_whole = origins.groupby(level="community").sum()
    at_legs = {
        name: ds[name]
        .groupby("month.year")
        .sum()
        .reindex(year=every, fill_value=0.0)
        .transpose("year", "leg")
        .to_pandas()
        for name in ("detections", "attempts", "interceptions")
    }
    left = ds["departures"].groupby("month.year").sum().reindex(year=every, fill_value=0.0).to_pandas()
    recorded = ds["claims_of"] * (REGISTRY["claims_recorded"].default * APPLICATIONS_PER_CLAIM)
    claims = recorded.groupby("month.year").sum().reindex(year=every, fill_value=0.0).to_series().unstack("year")
    values = []
    for (quantity, unit, year), at in zip(wanted.index, wanted["at"].str.split(";"), strict=True):
        if quantity in by_year:
            values.append(by_year[quantity].get((unit, year), 0.0))
        elif quantity in ("claims", "claim_years"):
            values.append(float(claims.loc[unit, year] if year else claims.loc[unit].sum()))
        elif quantity == "left_home":
            values.append(float(left.loc[year, unit]))
        elif quantity in BY_ORIGIN:
            row = origins.loc[(year, unit)] if year else origins_whole.loc[unit]
            values.append(float(row[at].sum()))
        elif year:
            here = {name: float(table.loc[year, at].sum()) for name, table in at_legs.items()}
            here["route"] = by_year["detections"].get((unit.split(PART)[0], year), 0.0)
            values.append(_at_crossing(quantity, here))
        else:
            values.append(_ratio(whole, quantity, unit, at))
    return pd.Series(values, index=wanted.index, dtype=float)


def _at_crossing(quantity: str, here: dict[str, float]) -> float:
    """Compute a target of one year and embarkation from sums over its legs; NaN if the denominator is zero."""
    match quantity:
        case "attempts":
            return here["attempts"]
        case "stopped_share":
            above, below = here["interceptions"], here["attempts"]
        case _:
            above, below = here["detections"], here["route"]
    return above / below if below > 0 else float("nan")


def _yearly(values: xr.DataArray) -> dict[tuple[str, int], float]:
    sums = of_route(values).groupby("month.year").sum()
    table = sums.transpose("route", "year").to_pandas()
    return {(str(route), int(year)): float(table.loc[route, year]) for route in table.index for year in table.columns}


def _ratio(whole: xr.Dataset, quantity: str, unit: str, at: list[str]) -> float:
    """Return a ratio of totals over the whole period; NaN if the denominator is zero."""
    match quantity:
        case "fee":
            above, below = whole["fee_revenue_usd"].sel(leg=at).sum(), whole["passages"].sel(leg=at).sum()
        case "victims_on_the_way":
            above, below = whole["victims_started"].sel(place=at).sum(), of_route(whole["detections"]).sel(route=unit)
        case "identified_share":
            above, below = whole["identified"].sel(place=at).sum(), whole["victims_started"].sel(place=at).sum()
        case "identified_profile":
            below = whole["identified_by_group"].sum()
            above = whole["identified_by_group"].sel({"sex": "female"} if unit == "female" else {"age": "child"}).sum()
        case _:
            raise InvalidInput("evidence.csv", "quantity", quantity, ", ".join(RECORDING))
    return float(above / below) if float(below) > 0 else float("nan")
