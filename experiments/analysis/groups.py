"""Effects of a policy by group: women, men and children, origins, routes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import xarray as xr

from corridor.experiments.analysis.effects import FEWEST_EVENTS
from corridor.experiments.analysis.intervals import CONFIDENCE, paired_interval, verdict
from corridor.experiments.analysis.metrics import Direction

LOWER: Direction = "lower is better"
HIGHER: Direction = "higher is better"
NONE: Direction = "no judgement"

BY_GROUP: dict[str, tuple[str, Direction]] = {
    "deaths_by_group": ("deaths", LOWER),
    "victims_by_group": ("trafficking victims", LOWER),
    "detained_by_group": ("people detained", LOWER),
    "arrivals_by_group": ("irregular arrivals", NONE),
    "departures_by_group": ("departures", NONE),
}
BY_ORIGIN: dict[str, tuple[str, Direction]] = {
    "deaths_of": ("deaths", LOWER),
    "victims_of": ("trafficking victims", LOWER),
    "legal_arrivals": ("legal arrivals", HIGHER),
    "irregular_arrivals": ("irregular arrivals", NONE),
}
BY_ROUTE: dict[str, tuple[str, Direction]] = {
    "deaths": ("deaths", LOWER),
    "interceptions": ("interceptions", NONE),
    "push_backs": ("push-backs", LOWER),
    "attempts": ("attempts to cross", NONE),
}
TOO_FEW = "too few events"
NO_ROUTE = "before the border"
NEEDED = (*BY_GROUP, *BY_ORIGIN, *BY_ROUTE)
"""Variables that `winners_and_losers` reads."""


def winners_and_losers(ds: xr.Dataset, baseline: str) -> pd.DataFrame:
    """Tabulate the changes that each policy makes for each group of people.

    Parameters
    ----------
    ds : Dataset
        Runs over ``policy`` and ``replicate``, from `store.open_study` or `EnsembleStore.details`.
    baseline : str

    Returns
    -------
    DataFrame
        One row a policy, outcome and group: ``policy``, ``by`` (sex, age, origin, route), ``group``, ``outcome``,
        ``baseline`` (mean, persons), ``difference`` with ``low`` and ``high`` and ``verdict``, all as from
        `differences`: simultaneous within an outcome and a kind of group, not over all of the table.
    """
    parts = [
        differences(values, by, baseline, direction, ds.attrs.get("persons_per_agent")).assign(by=by, outcome=label)
        for by, label, direction, values in _sums(ds)
    ]
    return pd.concat(parts, ignore_index=True)


def differences(values: xr.DataArray, by: str, baseline: str, direction: Direction, unit: float | None) -> pd.DataFrame:
    """Return the paired difference of every policy to the baseline, group by group.

    Parameters
    ----------
    values : DataArray
        Persons, over ``policy``, ``replicate`` and the groups.
    by : str
        The dimension of the groups.
    baseline : str
        Policy to compare with.
    direction : str
        Which way is better.
    unit : float, optional
        Persons of an agent.

    Returns
    -------
    DataFrame
        One row a policy and group: ``policy``, ``group``, ``baseline`` (mean), ``difference``, ``low``, ``high``,
        ``verdict`` (of `intervals.verdict`, or ``too few events``: fewer than 30 simulated events a run).

    Notes
    -----
    With six groups and four policies two of 24 intervals of 90 % would leave out zero by luck alone. So they are
    simultaneous: all of them together hold the mean differences in nine studies of ten (Bonferroni).
    """
    rows = []
    n = max(1, (values.sizes["policy"] - 1) * values.sizes[by])
    confidence = 1 - (1 - CONFIDENCE) / n
    for policy in values["policy"].to_numpy():
        for group in values[by].to_numpy() if policy != baseline else ():
            theirs = values.sel({"policy": baseline, by: group}).to_numpy()
            changes = values.sel({"policy": policy, by: group}).to_numpy() - theirs
            difference, low, high = paired_interval(changes[np.isfinite(changes)], unit, confidence)
            events = max(np.nanmean(theirs), np.nanmean(theirs + changes)) / unit if unit else np.inf
            row = {
                "policy": str(policy),
                "group": str(group),
                "baseline": float(np.nanmean(theirs)),
                "difference": difference,
                "low": low,
                "high": high,
                "verdict": verdict(direction, difference, low, high) if events >= FEWEST_EVENTS else TOO_FEW,
            }
            rows.append(row)
    return pd.DataFrame(rows)


def _sums(ds: xr.Dataset) -> Iterator[tuple[str, str, Direction, xr.DataArray]]:
    """Yield kind of group, outcome, direction, and sums over ``policy``, ``replicate`` and group."""
    for by, other in (("sex", "age"), ("age", "sex")):
        for name, (label, direction) in BY_GROUP.items():
            yield by, label, direction, ds[name].sum(["time", other], skipna=False)
    for name, (label, direction) in BY_ORIGIN.items():
        yield "origin", label, direction, ds[name].sum("time", skipna=False).rename(community="origin")
    routes = ds["leg_route"].where(ds["leg_route"] != "", NO_ROUTE).rename("route")
    for name, (label, direction) in BY_ROUTE.items():
        yield "route", label, direction, ds[name].sum("time", skipna=False).groupby(routes).sum("leg", skipna=False)
