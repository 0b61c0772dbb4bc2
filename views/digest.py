"""Digest of a run for the pages: outcomes, a few series, counts by group and flows, a hundredth of the whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import pandas as pd
import xarray as xr

from corridor.experiments.analysis.metrics import by_route, by_step, deaths_by_step, outcomes
from corridor.experiments.analysis.observe import yearly
from corridor.experiments.reporting.language import N_
from corridor.experiments.runs.run import Lives
from corridor.scenarios import observed

DAYS_OF_A_QUARTER = 84  # the shortest has twelve whole weeks


class Series(NamedTuple):
    """A count shown by quarter: its words, its unit, and how it is computed by step from a result dataset."""

    label: str
    unit: str
    by_step: Callable[[xr.Dataset], xr.DataArray]


SERIES: dict[str, Series] = {
    "deaths": Series(N_("Deaths"), "persons", deaths_by_step),
    "victims": Series(N_("People newly exploited"), "persons", by_step("victims_of")),
    "arrivals": Series(N_("Arrivals, legal and irregular"), "persons", by_step("legal_arrivals", "irregular_arrivals")),
    "irregular_arrivals": Series(N_("Irregular arrivals"), "persons", by_step("irregular_arrivals")),
    "attempts": Series(N_("Attempts to cross a border irregularly"), "persons", by_step("attempts")),
    "smuggling_revenue_usd": Series(N_("Income of smugglers"), "USD", by_step("smuggling_revenue_usd")),
    "cost_usd": Series(N_("Public cost"), "USD", by_step("cost_usd")),
}

# Counts that are told apart by group, by origin and by route: name to variable of the results.
GROUPS: Mapping[str, str] = {
    "departures": "departures_by_group",
    "irregular_arrivals": "arrivals_by_group",
    "deaths": "deaths_by_group",
    "victims": "victims_by_group",
    "detained": "detained_by_group",
}
ORIGINS: Mapping[str, str] = {
    "departures": "departures",
    "legal_arrivals": "legal_arrivals",
    "irregular_arrivals": "irregular_arrivals",
    "deaths": "deaths_of",
    "victims": "victims_of",
}
ROUTES: Mapping[str, str] = {
    "attempts": "attempts",
    "interceptions": "interceptions",
    "push_backs": "push_backs",
    "rescues": "rescues",
    "deaths": "deaths",
}
COUNTS: Mapping[str, str] = {
    "deaths": N_("deaths"),
    "victims": N_("people newly exploited"),
    "departures": N_("departures from home"),
    "irregular_arrivals": N_("irregular arrivals"),
    "legal_arrivals": N_("legal arrivals"),
    "detained": N_("people detained"),
    "attempts": N_("attempts to cross"),
    "interceptions": N_("interceptions"),
    "push_backs": N_("push-backs"),
    "rescues": N_("rescues"),
}

# Variables and coordinates of a digest beside the outcomes: unit and meaning.
MEANING: Mapping[str, tuple[str, str]] = {
    "quarterly": ("see series_unit", "sum over a quarter, for each series"),
    "persons": ("persons", "people in each state at the end of the step"),
    "passages": ("persons year-1", "passages along each leg"),
    "leg_deaths": ("persons year-1", "deaths on each leg"),
    "channels": ("episodes", "episodes of exploitation, by the way in which they began, over the whole period"),
    "flow": ("persons", "passages along each leg in the step"),
    "deaths_under_way": ("persons", "deaths on each leg in the step"),
    "groups": ("persons", "counts by sex and age over the whole period"),
    "origins": ("persons", "counts by community of origin over the whole period"),
    "routes": ("persons", "counts by route over the whole period"),
    "observed": ("persons", "recorded in the year: crossings detected, deaths recorded"),
    "simulated": ("persons", "what the model's authorities and observers recorded in the year"),
    "policy": ("", "package of measures, the baseline first"),
    "replicate": ("", "seed of the random numbers: pairs of runs have the same"),
    "quarter": ("", "first day of the quarter"),
    "time": ("", "first day of the step"),
}


def described(ds: xr.Dataset) -> xr.Dataset:
    """Return digests whose variables say their unit and meaning, as outcomes do by themselves."""
    told = ds.copy()
    for name, (unit, words) in MEANING.items():
        if name in told.variables:
            told[name].attrs = {"long_name": words, **({"units": unit} if unit else {})}
    if "series" in told.dims:
        units = [SERIES[str(name)].unit for name in told["series"].to_numpy()]
        told = told.assign_coords(series_unit=("series", units, {"long_name": "unit of each series"}))
    return told


def digest(ds: xr.Dataset, weekly: bool = False, lives: Lives | None = None) -> xr.Dataset:
    """Reduce one run.

    Parameters
    ----------
    ds : Dataset
        Result of a run.
    weekly : bool
        Whether to keep the passages and deaths of every step and leg, for animation.
    lives : Lives, optional
        People followed; kept in the attribute ``lives``.

    Returns
    -------
    Dataset
        The outcomes of `analysis.metrics`; ``quarterly`` over (series, quarter) for whole quarters; ``persons`` over
        (time, state); ``passages`` and ``leg_deaths`` over leg, persons a year; ``groups`` over
        (group_count, sex, age), ``routes`` over (route_count, route), ``origins`` over (origin_count, community) and
        ``channels`` (victims) over channel, in persons over the whole period; ``observed`` and ``simulated`` over
        (kind, route, year) where the corridor has observations.
    """
    years = ds.sizes["time"] * float(ds.attrs["step_days"]) / 365.25
    reduced = outcomes(ds)
    reduced["quarterly"] = quarterly(ds)
    reduced["persons"] = ds["stock"].sum(["sex", "age"])
    reduced["passages"] = ds["passages"].sum("time") / years
    reduced["leg_deaths"] = ds["deaths"].sum("time") / years
    reduced["channels"] = ds["victims_by_channel"].sum("time")
    if weekly:
        reduced["flow"], reduced["deaths_under_way"] = ds["passages"], ds["deaths"]
    reduced["groups"] = _stacked("group_count", {name: ds[key].sum("time") for name, key in GROUPS.items()})
    reduced["origins"] = _stacked("origin_count", {name: ds[key].sum("time") for name, key in ORIGINS.items()})
    reduced["routes"] = _stacked("route_count", {name: by_route(ds, key).sum("time") for name, key in ROUTES.items()})
    beside = yearly(ds, observed(str(ds.attrs["scenario"])))
    if len(beside):
        names = {"kind": "kind", "route": "observed_route", "year": "observed_year"}
        reduced = reduced.merge(beside.rename(columns=names).set_index(list(names.values())).to_xarray())
    wanted = ("scenario", "policy", "seed", "persons_per_agent", "step_days", "start", "end", "agents")
    attributes = {name: ds.attrs[name] for name in wanted}
    return reduced.reset_coords(drop=True).assign_attrs(attributes, lives=lives or Lives())


def _stacked(dimension: str, counts: Mapping[str, xr.DataArray]) -> xr.DataArray:
    """Return counts of persons as one variable with a new dimension."""
    index = pd.Index(list(counts), name=dimension)
    return xr.concat(counts.values(), index, coords="minimal", compat="override").reset_coords(drop=True)


def quarterly(ds: xr.Dataset) -> xr.DataArray:
    """Return every series summed by whole quarter; a step belongs to the quarter in which it starts."""
    sums = [series.by_step(ds) for series in SERIES.values()]
    joined = xr.concat(sums, pd.Index(list(SERIES), name="series"), coords="minimal", compat="override")
    quarters = joined.resample(time="QS")
    days = ds["time"].resample(time="QS").count() * float(ds.attrs["step_days"])
    summed: xr.DataArray = quarters.sum().isel(time=(days >= DAYS_OF_A_QUARTER).to_numpy())
    return summed.rename(time="quarter").transpose("series", "quarter")
