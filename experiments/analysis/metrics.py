"""Outcomes of runs: the figures by which policies are judged, from a result dataset.

Every function reduces dimensions by name and keeps ``policy`` and ``replicate``, so that a single run and a whole study
are treated in the same way.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import xarray as xr

Direction = Literal["lower is better", "higher is better", "no judgement"]


@dataclass(frozen=True)
class Metric:
    """One outcome of a run.

    Attributes
    ----------
    name, label, unit, meaning : str
    direction : str
        Which way is better for the people concerned or the public purse; many outcomes are no matter of better or
        worse.
    compute : callable
        From a result dataset to the value, over the whole period.
    """

    name: str
    label: str
    unit: str
    direction: Direction
    meaning: str
    compute: Callable[[xr.Dataset], xr.DataArray]


def total(variable: str) -> Callable[[xr.Dataset], xr.DataArray]:
    """Return a function that sums a variable over all dimensions except policy and replicate."""

    def compute(ds: xr.Dataset) -> xr.DataArray:
        values = ds[variable]
        return values.sum([dim for dim in values.dims if dim not in ("policy", "replicate")], skipna=False)

    return compute


def by_step(*variables: str) -> Callable[[xr.Dataset], xr.DataArray]:
    """Return a function that adds variables up over everything but time, policy and replicate."""

    def compute(ds: xr.Dataset) -> xr.DataArray:
        kept = ("time", "policy", "replicate")
        parts = [ds[name].sum([dim for dim in ds[name].dims if dim not in kept], skipna=False) for name in variables]
        return sum(parts[1:], parts[0])

    return compute


def deaths_by_step(ds: xr.Dataset) -> xr.DataArray:
    """Return all deaths by step, persons; those in transit as probabilities added up, which luck moves less."""
    return by_step("deaths_of", "expected_deaths")(ds) - by_step("deaths")(ds)


def _deaths(ds: xr.Dataset) -> xr.DataArray:
    return deaths_by_step(ds).sum("time", skipna=False)


def _crossing_deaths(ds: xr.Dataset) -> xr.DataArray:
    return ds["expected_deaths"].where(ds["leg_crossing"], 0.0).sum(["time", "leg"], skipna=False)


def _deaths_per_1000_attempts(ds: xr.Dataset) -> xr.DataArray:
    attempts = total("attempts")(ds)
    return 1000.0 * _crossing_deaths(ds) / attempts.where(attempts > 0)


def _arrivals(ds: xr.Dataset) -> xr.DataArray:
    return total("legal_arrivals")(ds) + total("irregular_arrivals")(ds)


def _share_irregular(ds: xr.Dataset) -> xr.DataArray:
    arrivals = _arrivals(ds)
    return total("irregular_arrivals")(ds) / arrivals.where(arrivals > 0)


def _mean_fee(ds: xr.Dataset) -> xr.DataArray:
    fees, passages = (part.sum(["time", "leg"]) for part in _sold(ds))
    return fees / passages.where(passages > 0)


def _sold(ds: xr.Dataset) -> tuple[xr.DataArray, xr.DataArray]:
    """Return fees (USD) and passages (persons) on legs sold by smuggling organisations."""
    return ds["fee_revenue_usd"].where(ds["leg_market"], 0.0), ds["passages"].where(ds["leg_market"], 0.0)


METRICS: tuple[Metric, ...] = (
    Metric(
        "deaths",
        "deaths",
        "persons",
        "lower is better",
        "all deaths on the way, as their probabilities sum up, and in exploitation",
        _deaths,
    ),
    Metric(
        "deaths_per_1000_attempts",
        "deaths per 1,000 attempts",
        "per 1,000",
        "lower is better",
        "deaths on border crossings by 1,000 attempts to cross",
        _deaths_per_1000_attempts,
    ),
    Metric(
        "victims",
        "trafficking victims",
        "persons",
        "lower is better",
        "people exploited for the first time in the run",
        total("victims_of"),
    ),
    Metric(
        "episodes",
        "episodes of exploitation",
        "episodes",
        "lower is better",
        "episodes of exploitation begun: people who are exploited again count again",
        total("victims_started"),
    ),
    Metric(
        "person_days_exploited",
        "person-days of exploitation",
        "days",
        "lower is better",
        "days that all victims together spent in exploitation",
        total("person_days_exploited"),
    ),
    Metric(
        "arrivals", "arrivals", "persons", "no judgement", "arrivals at destinations, legal and irregular", _arrivals
    ),
    Metric(
        "share_irregular",
        "share irregular",
        "share",
        "lower is better",
        "irregular among all arrivals",
        _share_irregular,
    ),
    Metric(
        "revenue_usd",
        "smuggling revenue",
        "USD",
        "lower is better",
        "fees paid to smuggling organisations",
        total("smuggling_revenue_usd"),
    ),
    Metric(
        "mean_fee_usd", "mean fee", "USD", "no judgement", "fee paid to smugglers per person and passage", _mean_fee
    ),
    Metric(
        "detention_days",
        "detention days",
        "days",
        "lower is better",
        "days that people spent detained",
        total("detention_days"),
    ),
    Metric(
        "cost_usd",
        "cost",
        "USD",
        "lower is better",
        "public cost: operations, detention, services, policy",
        total("cost_usd"),
    ),
    Metric(
        "attempts", "attempts", "persons", "no judgement", "attempts to cross a border irregularly", total("attempts")
    ),
)


def outcomes(ds: xr.Dataset) -> xr.Dataset:
    """Return every metric of `METRICS`.

    Parameters
    ----------
    ds : Dataset
        One run, or a study with dimensions ``policy`` and ``replicate``.

    Returns
    -------
    Dataset
        One variable a metric, over ``policy`` and ``replicate`` if the input has them; NaN where a ratio has no
        denominator.
    """
    values = {}
    for metric in METRICS:
        attributes = {"units": metric.unit, "long_name": metric.label, "description": metric.meaning}
        values[metric.name] = metric.compute(ds).assign_attrs(attributes)
    kept = {"persons_per_agent": ds.attrs["persons_per_agent"]} if "persons_per_agent" in ds.attrs else {}
    return xr.Dataset(values, attrs=kept)


def mean_fee_by_mode(ds: xr.Dataset) -> xr.DataArray:
    """Return the mean fee paid to smugglers by mode of travel (USD per person and passage); NaN where none was paid."""
    fees, passages = (part.sum("time").groupby(ds["leg_mode"].rename("mode")).sum() for part in _sold(ds))
    return fees / passages.where(passages > 0)


def persons_by_state(ds: xr.Dataset) -> xr.DataArray:
    """Return persons in each state at the end of the run."""
    return ds["stock"].isel(time=-1).sum(["sex", "age"])


def by_route(ds: xr.Dataset, variable: str, frequency: str = "YS") -> xr.DataArray:
    """Return a variable of legs summed by route and calendar period.

    Parameters
    ----------
    ds : Dataset
    variable : str
        Such as ``detections`` or ``deaths_recorded`` (persons).
    frequency : str
        Period in pandas' words, by default calendar years; a step belongs to the period in which it starts.

    Returns
    -------
    DataArray
        Dimensions ``time`` (first day of the period) and ``route``; legs without a route are left out.
    """
    sums = ds[variable].groupby(ds["leg_route"].rename("route")).sum("leg", skipna=False)
    counted = sums.sel(route=sums["route"] != "")
    return counted.resample(time=frequency).sum(skipna=False)
