"""What the model is fitted to: observed quantities, how each is recorded, and how far it may be off.

A target is compared on log(value + floor). Its error scale is a standard deviation there, made of what recording adds
(counted twice, revised, single wrecks), of what a model of this kind leaves out (the discrepancy), and, at the time of
the comparison, of the grain of the simulation: one agent stands for many persons.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from calibration.members import of_route
from model.errors import InvalidInput
from model.parameters import REGISTRY
from scenarios import load, observed
from scenarios.reader import scenario_directory

FIRST_YEAR, LAST_YEAR = 2011, 2018
COUNTED_TWICE = "Western Balkan"
"""Route on which people who entered by another are counted again: left out of entries by origin."""
Z_90 = 1.645
"""Half the width of a central 90 % interval of a normal distribution, in standard deviations."""

RECORDING = {
    "detections": "crossings that destination authorities see (`detection_rate` of the leg); events, not persons",
    "deaths": "deaths on the way that become known: share `death_recording_rate` of the leg; single wrecks dominate",
    "claims": "asylum claims, share `claims_recorded`; observed claims include people who came by other ways",
    "entries": "detections by citizenship on all routes but the Balkans against first irregular arrivals by origin",
    "fee": "mean fee paid per person on the legs named; published ranges, not statistics",
    "victims_on_the_way": "episodes of exploitation begun in the hubs named over detections on the route",
    "identified_share": "victims identified at destinations over episodes begun there",
    "identified_profile": "share of the group among all identified victims",
}
"""How what happens in the model becomes what is observed, by quantity."""
ERROR = {"detections": 1.0, "deaths": 0.6, "claims": 1.5, "entries": 0.6}
"""Recording and discrepancy together, standard deviation of the log. Evidence rows bring their own ranges.

Detections of a year: estimated, what the coarse point fit (`calibration.coarse`) leaves around the mean of each route
in 2011 to 2018 (root mean square 1.0). Claims: 0.8 (assumed) beside what the tables themselves tell: citizenships claim
2.6 times as often as they are detected (1.6 to 7.3; other ways, several claims), in the model at most two thirds as
often. Deaths and entries: assumed.
"""
BY_ORIGIN = ("claims", "entries")
"""Quantities whose unit is a community."""
FLOOR = {"detections": 200.0, "deaths": 30.0, "claims": 1000.0, "entries": 1000.0}
"""Added to both sides before the logarithm: persons below which a record says little."""
WRECK = 100.0
"""Persons who die together in the events that dominate a year's deaths; assumed."""


def targets(
    scenario: str, observations: Path | None = None, years: Iterable[int] = range(FIRST_YEAR, LAST_YEAR + 1)
) -> pd.DataFrame:
    """Return the targets of a scenario.

    Within a year the shape of detections is an input (``seasons.csv``), so counts are summed over years for the fit.

    Parameters
    ----------
    scenario : str
    observations : Path, optional
        Directory of the observation tables, for claims and entries by origin; without it these are left out.
    years : iterable of int
        Calendar years that are fitted.

    Returns
    -------
    DataFrame
        Index ``quantity, unit, year`` (0: all years together); columns ``observed``, ``scale`` (standard deviation of
        the log), ``floor``, ``at`` (legs or places, separated by semicolons).

    Raises
    ------
    InvalidInput
        If a table is missing or lacks a column.
    """
    chosen = list(years)
    tables = observed(scenario)
    parts = [
        _by_route(kind, tables[table], column, chosen)
        for kind, table, column in (("detections", "detections", "detections"), ("deaths", "deaths", "deaths"))
        if table in tables
    ]
    if observations is not None:
        names = load(scenario).communities.names
        parts += [_claims(observations, names, chosen), _entries(observations, names, tables, chosen)]
    parts.append(_evidence(scenario))
    return pd.concat(parts)


def _rows(quantity: str, units: Iterable[str], years: Iterable[int], values: NDArray[np.float64]) -> pd.DataFrame:
    index = pd.MultiIndex.from_arrays(
        [[quantity] * len(values), list(units), list(years)], names=["quantity", "unit", "year"]
    )
    scale = np.full(len(values), ERROR[quantity])
    if quantity == "deaths":
        scale = np.sqrt(scale**2 + WRECK / (values + WRECK))
    return pd.DataFrame({"observed": values, "scale": scale, "floor": FLOOR[quantity], "at": ""}, index=index)


def _by_route(quantity: str, table: pd.DataFrame, column: str, years: list[int]) -> pd.DataFrame:
    sums = table.groupby(["route", table["month"].dt.year])[column].agg(["sum", "count"])
    whole = sums.loc[(sums["count"] == 12) & sums.index.get_level_values(1).isin(years), "sum"]
    return _rows(quantity, whole.index.get_level_values(0), whole.index.get_level_values(1), whole.to_numpy(float))


def read_table(folder: Path, name: str, columns: list[str]) -> pd.DataFrame:
    """Read a table of observations that must have certain columns."""
    file = folder / name
    if not file.is_file():
        raise InvalidInput("observations", "table", str(file), f"a file with columns {', '.join(columns)}")
    table = pd.read_csv(file)
    for column in columns:
        if column not in table:
            raise InvalidInput(str(file), "column", column, f"the columns {', '.join(columns)}")
    return table


def _claims(folder: Path, names: list[str], years: list[int]) -> pd.DataFrame:
    table = read_table(folder, "eu_asylum_yearly.csv", ["year", "citizenship", "applications"])
    table = table[table["year"].isin(years) & table["citizenship"].isin(names)]
    sums = table.groupby("citizenship")["applications"].sum()
    return _rows("claims", sums.index, [0] * len(sums), sums.to_numpy(float))


def _entries(folder: Path, names: list[str], tables: dict[str, pd.DataFrame], years: list[int]) -> pd.DataFrame:
    columns = ["date", "route", "nationality", "detections"]
    table = read_table(folder, "frontex_monthly_by_route_nationality.csv", columns)
    routes = set(tables["detections"]["route"]) - {COUNTED_TWICE}
    year = pd.to_datetime(table["date"]).dt.year
    table = table[year.isin(years) & table["route"].isin(routes) & table["nationality"].isin(names)]
    sums = table.groupby("nationality")["detections"].sum()
    return _rows("entries", sums.index, [0] * len(sums), sums.to_numpy(float))


def _evidence(scenario: str) -> pd.DataFrame:
    """Return figures that are ranges rather than statistics, from the scenario's ``observed/evidence.csv``."""
    file = scenario_directory(scenario) / "observed" / "evidence.csv"
    if not file.exists():
        return pd.DataFrame(columns=["observed", "scale", "floor", "at"])
    table = read_table(file.parent, file.name, ["quantity", "unit", "at", "value", "low", "high"]).fillna({"at": ""})
    if not (table["low"].gt(0) & table["low"].le(table["value"]) & table["value"].le(table["high"])).all():
        raise InvalidInput(str(file), "low, value, high", "out of order", "0 < low <= value <= high")
    scale = np.log(table["high"] / table["low"]) / (2 * Z_90)
    index = pd.MultiIndex.from_arrays(
        [table["quantity"], table["unit"], np.zeros(len(table), dtype=int)], names=["quantity", "unit", "year"]
    )
    columns = {"observed": table["value"], "scale": scale, "floor": 0.0, "at": table["at"]}
    return pd.DataFrame(columns).set_index(index)


def simulated(months: xr.Dataset, wanted: pd.DataFrame) -> pd.Series:
    """Return what a run has for each target.

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
    by_year = {
        "detections": _yearly(ds["detections"]),
        "deaths": _yearly(ds["deaths_recorded"]),
    }
    totals = {
        "claims": ds["claims_of"].sum("month").to_series() * REGISTRY["claims_recorded"].default,
        "entries": ds["irregular_arrivals"].sum("month").to_series(),
    }
    whole = ds.sum("month")
    values = []
    for (quantity, unit, year), at in zip(wanted.index, wanted["at"], strict=True):
        if quantity in by_year:
            values.append(by_year[quantity].get((unit, year), 0.0))
        elif quantity in totals:
            values.append(totals[quantity].get(unit, 0.0))
        else:
            values.append(_ratio(whole, quantity, unit, str(at).split(";")))
    return pd.Series(values, index=wanted.index, dtype=float)


def _yearly(values: xr.DataArray) -> dict[tuple[str, int], float]:
    sums = of_route(values).groupby("month.year").sum()
    table = sums.transpose("route", "year").to_pandas()
    return {(str(route), int(year)): float(table.loc[route, year]) for route in table.index for year in table.columns}


def _ratio(whole: xr.Dataset, quantity: str, unit: str, at: list[str]) -> float:
    """Return a ratio of totals over the whole period; NaN without a denominator."""
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


def log_values(values: pd.Series, wanted: pd.DataFrame, persons_per_agent: float = 0.0) -> NDArray[np.float64]:
    """Return values on the scale on which targets are compared: log(value + floor), ratios without a floor.

    Counts get a floor of at least one agent's weight; ratios that are zero or not defined count as a hundredth of the
    observed.
    """
    floor = wanted["floor"].to_numpy(float)
    counts = floor > 0
    floor = np.where(counts, np.maximum(floor, persons_per_agent * counts), 0.0)
    least = np.where(counts, 0.0, 0.01 * wanted["observed"].to_numpy(float))
    return np.log(np.maximum(np.nan_to_num(values.to_numpy(float)), least) + floor)


def residuals(values: pd.Series, wanted: pd.DataFrame, persons_per_agent: float = 0.0) -> NDArray[np.float64]:
    """Return simulated minus observed in error scales, the grain of the simulation included.

    Parameters
    ----------
    values : Series
        From `simulated`.
    wanted : DataFrame
        From `targets`.
    persons_per_agent : float
        Persons for whom one agent stands.
    """
    seen = log_values(wanted["observed"], wanted, persons_per_agent)
    floor = wanted["floor"].to_numpy(float)
    count = wanted["observed"].to_numpy(float) + np.maximum(floor, persons_per_agent)
    grain = np.where(floor > 0, persons_per_agent / count, 0.0)
    return (log_values(values, wanted, persons_per_agent) - seen) / np.sqrt(
        wanted["scale"].to_numpy(float) ** 2 + grain
    )
