"""Measures of journeys in a run: shares, times, people waiting and attempts by coast, from a dataset."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from corridor.calibration.journeys import ratio

AEGEAN = ("aegean_islands", "dodecanese")
"""Places where boats across the Aegean land."""


def passages_per_departure(ds: xr.Dataset) -> float:
    """Return journeys per person who leaves home or moves on from where they lived, except by legal pathways."""
    started = ds["departures"].sum() + ds["onward_departures"].sum() - ds["legal_arrivals"].sum()
    return float(ds["passages"].sum()) / float(started)


def years_to_entry(ds: xr.Dataset) -> float:
    """Return the median time from leaving home to the first entry, years; linear within classes.

    Who left home before the run began counts with those who took longest. Where these are half, the longest bound.
    """
    counts = ds["entries_by_duration"].sum([dim for dim in ds["entries_by_duration"].dims if dim != "duration"])
    bounds = [int(found[1]) for label in counts["duration"].to_numpy() if (found := re.match(r"below (\d+)", label))]
    edges = np.array([0, *bounds])
    upto, half = counts.to_numpy().cumsum(), float(counts.sum()) / 2
    row = int(np.searchsorted(upto, half))
    if row >= len(bounds):
        return float(bounds[-1]) * 7 / 365.25
    before = upto[row - 1] if row else 0.0
    weeks = edges[row] + (half - before) / (upto[row] - before) * (edges[row + 1] - edges[row])
    return float(weeks) * 7 / 365.25


def left_the_same_year(ds: xr.Dataset) -> float:
    """Return the share of first detections of people who left home in the calendar year of the detection."""
    counts, quarter = ds["first_detections"], ds["time"].dt.quarter
    own = [counts.where(quarter == q).sel(quarters=[str(ago) for ago in range(q)]).sum() for q in range(1, 5)]
    return float(sum(own)) / float(counts.sum()) if float(counts.sum()) else float("nan")


def at_first_attempt(ds: xr.Dataset) -> float:
    """Return the share of first entries by people who had not been stopped at a border on that journey."""
    return ratio(ds["entries_at_first_attempt"], ds["irregular_arrivals"])


def legs_to(ds: xr.Dataset, *places: str) -> NDArray[np.bool_]:
    """Return which legs are irregular crossings that end at one of some places, shape (n_legs,)."""
    return np.asarray(ds["leg_crossing"].astype(bool) & ds["leg_to"].isin(places))


def legs_from_country(ds: xr.Dataset, country: str, mode: str = "sea") -> NDArray[np.bool_]:
    """Return which legs are irregular crossings by a mode that begin in a country, shape (n_legs,)."""
    places = ds["place"].to_numpy()[ds["place_country"].to_numpy() == country]
    return np.asarray(ds["leg_crossing"].astype(bool) & (ds["leg_mode"] == mode) & ds["leg_from"].isin(places))


def attempts_by_country(ds: xr.Dataset, mode: str = "sea") -> pd.Series:
    """Return attempts by the country in which people embark, persons over the run, most first."""
    country = dict(zip(ds["place"].to_numpy().tolist(), ds["place_country"].to_numpy().tolist(), strict=True))
    of_mode = ds[["attempts"]].isel(leg=np.flatnonzero(ds["leg_mode"] == mode))
    attempts = of_mode["attempts"].sum("time").to_series()
    origin = [country[place] for place in of_mode["leg_from"].to_numpy().tolist()]
    return attempts.groupby(origin).sum().sort_values(ascending=False)


def where_people_are(ds: xr.Dataset, years: tuple[int, ...]) -> pd.DataFrame:
    """Return by country, at the end of years, people waiting, weeks waited, and residents.

    Returns
    -------
    DataFrame
        Index: country; columns: (year, ``waiting``, ``weeks`` or ``living``).
    """
    names = {"waiting_here": "waiting", "waited_days_here": "weeks", "living_here": "living"}
    columns = {}
    for year in years:
        last = ds[list(names)].sel(time=str(year)).isel(time=-1)
        table = last.to_dataframe()[[*names, "place_country"]].groupby("place_country").sum().rename(columns=names)
        table["weeks"] = table["weeks"] / 7 / table["waiting"].where(table["waiting"] > 0)
        columns[year] = table
    return pd.concat(columns, axis=1)
