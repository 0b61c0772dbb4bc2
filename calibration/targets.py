"""Targets of the fit: observed quantities, their recording, and their tolerance.

A target is compared on the scale log(value + floor). Its error scale is a standard deviation on that scale. It combines
recording errors (double counts, revisions, single wrecks), the model discrepancy and, when compared, sampling noise of
the simulation, in which one agent represents many persons.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from corridor.model.errors import InvalidInput
from corridor.scenarios import load, observed
from corridor.scenarios.reader import scenario_directory

FIRST_YEAR, LAST_YEAR = 2011, 2018
COUNTED_TWICE = "Western Balkan"
"""Route on which people who entered by another are counted again; left out of entries by origin."""
Z_90 = 1.645
"""Half the width of a central 90 % interval of a normal distribution, in standard deviations."""

RECORDING = {
    "detections": "crossings that destination authorities see (`detection_rate` of the leg); events, not persons",
    "deaths": "deaths on the way that become known: share `death_recording_rate` of the leg; single wrecks dominate",
    "claims": "asylum claims, share `claims_recorded`, times `APPLICATIONS_PER_CLAIM`: some apply again, others came "
    "by other ways",
    "claim_years": "the same by year",
    "entries": "detections by citizenship: of each route's twelve largest as listed, of others half of the smallest",
    "entry_years": "the same by year, over their geometric mean over the years: when people came, not how many",
    "left_home": "people who leave home: rise in a year of refugees and asylum seekers abroad, where millions fled",
    "embarked_share": "share of a route's detections by where people embarked",
    "attempts": "attempts on a coast: arrivals, interceptions at sea and dead; people held ashore are in no series",
    "stopped_share": "share of these that the coast guard brings back",
    "fee": "mean fee paid per person on the legs named; published ranges, not statistics",
    "victims_on_the_way": "episodes of exploitation begun in the hubs named over detections on the route",
    "identified_share": "victims identified at destinations over episodes begun there",
    "identified_profile": "share of the group among all identified victims",
}
"""Conversion of simulated to observed quantities, by quantity."""
ERROR = {
    "detections": 1.0, "deaths": 0.6, "claims": 0.8, "claim_years": 0.8, "entries": 0.6, "entry_years": 1.0,
    "left_home": 0.5, "embarked_share": 0.7, "attempts": 1.0, "stopped_share": 0.6,
}  # fmt: skip
"""Standard deviation of recording and discrepancy together, on the log scale. Evidence rows have their own ranges.

Annual detections: estimated as the residual of the coarse point fit (`corridor.calibration.coarse`) around the mean of
each route in 2011 to 2018 (root mean square 1.0). Claims: assumed; claims of a citizenship are 2.6 times its
detections, ranging from 1.6 to 7.3. Attempts: as detections. Timing of entries by origin: constants of routes and
origins leave 1.42 around 42 series by route, citizenship and year; half of that variance is the aim (assumed). Deaths,
entries, shares and people who left home: assumed.
"""
APPLICATIONS_PER_CLAIM = 3.7
"""Applications recorded for each person who claims asylum after a journey: estimated, the same for all citizenships.

2.5 (geometric mean of claims over detections by citizenship in 2011 to 2015 and 2018), divided by the share of 0.7 of
people entering who claim asylum in the model, and by the share recorded.
"""
OTHERS = ["other", "OOO", "OOS"]
"""Entries in the citizenship column that are no citizenship: not listed, unknown, unknown from sub-Saharan Africa."""
UNLISTED, UNLISTED_ERROR = 0.5, 1.0
"""Entries of an unlisted origin on a route, as a share of the smallest listed origin, and their error: mean and
standard deviation of the log if all numbers up to that are equally likely, which is assumed."""
MOST_UNSEEN = 0.5
"""Minimum share of unlisted entries from which entries of an origin are compared as an upper limit; assumed."""
BY_ORIGIN = ("claims", "entries", "entry_years", "left_home")
"""Quantities whose unit is a community."""
FLIGHT = 1e6
"""Minimum rise in people abroad over the years for estimating departures: births, returns and papers hide smaller
ones."""
FLOOR = {
    "detections": 200.0, "deaths": 30.0, "claims": 1000.0, "claim_years": 1000.0, "entries": 1000.0,
    "entry_years": 1000.0, "left_home": 5e4, "attempts": 200.0, "embarked_share": 0.02, "stopped_share": 0.05,
}  # fmt: skip
"""Offset added to both sides before the logarithm: persons, or shares, below which a record is uninformative."""
PART = ": "
"""Separator between a route and a part of it in the name of a unit."""
WRECK = 100.0
"""Number of persons who die together in the events that dominate annual deaths; assumed."""


def targets(
    scenario: str, observations: Path | None = None, years: Iterable[int] = range(FIRST_YEAR, LAST_YEAR + 1)
) -> pd.DataFrame:
    """Return the targets of a scenario.

    The seasonal shape of detections is an input (``seasons.csv``), so that the fit uses annual sums.

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
        the log), ``floor``, ``at`` (legs, places or routes, separated by semicolons), ``at_most`` (compared only where
        a run has more).

    Raises
    ------
    InvalidInput
        If a table is missing or lacks a column, or nothing was observed.
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
        parts += [_claims(observations, names, chosen), *_entries(observations, names, tables, chosen)]
        parts.append(_left_home(observations, names, chosen))
    parts += [_crossings(scenario, chosen), _evidence(scenario)]
    found = pd.concat([part for part in parts if len(part)] or parts)
    if found.empty:
        raise InvalidInput(scenario, "observed", "nothing", "a scenario with observed tables, or observations=DIR")
    return found


def _rows(
    quantity: str, units: Iterable[str], years: Iterable[int], values: NDArray[np.float64], at: Iterable[str] | str = ""
) -> pd.DataFrame:
    index = pd.MultiIndex.from_arrays(
        [[quantity] * len(values), list(units), list(years)], names=["quantity", "unit", "year"]
    )
    scale = np.full(len(values), ERROR[quantity])
    if quantity == "deaths":
        scale = np.sqrt(scale**2 + WRECK / (values + WRECK))
    at = at if isinstance(at, str) else list(at)
    columns = {"observed": values, "scale": scale, "floor": FLOOR[quantity], "at": at, "at_most": False}
    return pd.DataFrame(columns, index=index)


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
    sums = _applications(folder, names, years).groupby("citizenship")["applications"].sum()
    return _rows("claims", sums.index, [0] * len(sums), sums.to_numpy(float))


def claim_years(folder: Path, names: list[str], years: Iterable[int]) -> pd.DataFrame:
    """Return large numbers of claims by citizenship and year as rows of `targets`, for comparison and not for the fit.

    Parameters
    ----------
    folder : Path
        Directory of the observation tables.
    names : list of str
        Citizenships.
    years : iterable of int
    """
    each = _applications(folder, names, list(years)).groupby(["citizenship", "year"])["applications"].sum()
    each = each[each >= FLOOR["claim_years"]]
    units, dates = (each.index.get_level_values(name) for name in ("citizenship", "year"))
    return _rows("claim_years", units, dates, each.to_numpy(float))


def _applications(folder: Path, names: list[str], years: list[int]) -> pd.DataFrame:
    table = read_table(folder, "eu_asylum_yearly.csv", ["year", "citizenship", "applications"])
    return table[table["year"].isin(years) & table["citizenship"].isin(names)]


def _left_home(folder: Path, names: list[str], years: list[int]) -> pd.DataFrame:
    """Return people who left home by origin and year, for origins from which millions fled (UNHCR)."""
    table = read_table(folder, "unhcr_origin_year.csv", ["origin", "year", "refugees", "asylum_seekers"])
    table = table[table["origin"].isin(names)].assign(abroad=table[["refugees", "asylum_seekers"]].sum(axis=1))
    rise = table.pivot_table(index="origin", columns="year", values="abroad").diff(axis=1).reindex(columns=years)
    each = rise[rise.sum(axis=1) >= FLIGHT].clip(lower=0.0).stack()
    units, dates = each.index.get_level_values("origin"), each.index.get_level_values("year")
    return _rows("left_home", units, dates, each.to_numpy(float))


def _entries(
    folder: Path, names: list[str], tables: dict[str, pd.DataFrame], years: list[int]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return entries by origin, over all years and by year, on all routes together.

    A route lists its largest citizenships: an origin that is not listed has fewer entries there, over all years, than
    the smallest listed one. Half of that number is assumed if others came by the route.
    """
    columns = ["date", "route", "nationality", "detections"]
    table = read_table(folder, "frontex_monthly_by_route_nationality.csv", columns)
    table = table[table["route"].isin(set(tables["detections"]["route"]))]
    first = table[table["route"] != COUNTED_TWICE]
    # Who is listed on no route by which others come in was not counted before.
    own = table[table["nationality"].isin(set(names) - set(first["nationality"]))]
    first = pd.concat([first, own])
    everywhere = ";".join(sorted(set(first["route"]) - {COUNTED_TWICE}))
    at = pd.Series(everywhere, index=names)
    at[sorted(set(own["nationality"]))] += f";{COUNTED_TWICE}"
    year = pd.to_datetime(first["date"]).dt.year
    cells = first.pivot_table(index=["route", "nationality"], columns=year, values="detections", aggfunc="sum")
    cells = cells.fillna(0.0)
    listed = cells.groupby("nationality").sum().reindex(index=names, columns=years, fill_value=0.0)
    routes = cells.drop(COUNTED_TWICE, errors="ignore")
    citizenship = routes.index.get_level_values("nationality")
    smallest = routes[~citizenship.isin(OTHERS)].sum(axis=1).groupby("route").min()
    others = routes[citizenship == OTHERS[0]].groupby("route").sum()
    most = others.div(others.sum(axis=1), axis=0).mul(smallest, axis=0).reindex(columns=years, fill_value=0.0)
    lacking = pd.DataFrame(
        {route: [(route, name) not in cells.index for name in names] for route in most.index}, index=names
    )
    hidden = lacking.astype(float).dot(UNLISTED * most)
    both, unseen = listed + hidden, hidden.sum(axis=1) / (listed + hidden).sum(axis=1)
    whole = _rows("entries", names, [0] * len(names), both.sum(axis=1).to_numpy(float), at)
    each = both.stack()
    units, dates = (each.index.get_level_values(level) for level in (0, 1))
    by_year = _rows("entry_years", units, dates, each.to_numpy(float), at[units])
    for rows in (whole, by_year):
        of_unit = unseen[rows.index.get_level_values("unit")].to_numpy(float)
        rows["scale"] = np.hypot(rows["scale"], UNLISTED_ERROR * of_unit)
    # Where most was not counted, the sum says how many came at most, not how many.
    whole["at_most"] = unseen[names].to_numpy(float) > MOST_UNSEEN
    return whole, by_year


def _crossings(scenario: str, years: list[int]) -> pd.DataFrame:
    """Return targets by embarkation and year from the scenario's ``observed/crossings.csv``."""
    file = scenario_directory(scenario) / "observed" / "crossings.csv"
    if not file.exists():
        return pd.DataFrame(columns=["observed", "scale", "floor", "at", "at_most"])
    table = read_table(file.parent, file.name, ["quantity", "unit", "year", "at", "value"])
    table = table[table["year"].isin(years)]
    corridor = load(scenario)
    legs: dict[str, list[str]] = {}
    for name, group in zip(corridor.legs.names, corridor.leg_embarkation, strict=True):
        legs.setdefault(group, []).append(name)
    unknown = {group for at in table["at"] for group in at.split(";")} - set(legs)
    if unknown or not table["quantity"].isin(FLOOR).all():
        raise InvalidInput(str(file), "quantity, at", sorted(unknown), f"{', '.join(RECORDING)}; embarkations of legs")
    at = [";".join(name for group in groups.split(";") for name in legs[group]) for groups in table["at"]]
    parts = [
        _rows(str(quantity), part["unit"], part["year"], part["value"].to_numpy(float), part["legs"].to_numpy())
        for quantity, part in table.assign(legs=at).groupby("quantity")
    ]
    return pd.concat(parts)


def _evidence(scenario: str) -> pd.DataFrame:
    """Return evidence in the form of ranges rather than statistics, from the scenario's ``observed/evidence.csv``."""
    file = scenario_directory(scenario) / "observed" / "evidence.csv"
    if not file.exists():
        return pd.DataFrame(columns=["observed", "scale", "floor", "at", "at_most"])
    table = read_table(file.parent, file.name, ["quantity", "unit", "at", "value", "low", "high"]).fillna({"at": ""})
    if not (table["low"].gt(0) & table["low"].le(table["value"]) & table["value"].le(table["high"])).all():
        raise InvalidInput(str(file), "low, value, high", "out of order", "0 < low <= value <= high")
    scale = np.log(table["high"] / table["low"]) / (2 * Z_90)
    index = pd.MultiIndex.from_arrays(
        [table["quantity"], table["unit"], np.zeros(len(table), dtype=int)], names=["quantity", "unit", "year"]
    )
    columns = {"observed": table["value"], "scale": scale, "floor": 0.0, "at": table["at"], "at_most": False}
    return pd.DataFrame(columns).set_index(index)


def log_values(values: pd.Series, wanted: pd.DataFrame, persons_per_agent: float = 0.0) -> NDArray[np.float64]:
    """Return values on the scale on which targets are compared: log(value + floor), ratios without a floor.

    Counts have a floor of at least one agent's weight; ratios that are zero or undefined count as a hundredth of the
    observed value. `entry_years` are relative to the mean over the years of their origin.
    """
    floor = wanted["floor"].to_numpy(float)
    least = np.where(floor > 0, 0.0, 0.01 * wanted["observed"].to_numpy(float))
    floor = np.where(_are_counts(floor), np.maximum(floor, persons_per_agent), floor)
    logs = np.log(np.maximum(np.nan_to_num(values.to_numpy(float)), least) + floor)
    changes = wanted.index.get_level_values("quantity") == "entry_years"
    origins = wanted.index.get_level_values("unit").to_numpy()[changes]
    logs[changes] -= pd.Series(logs[changes]).groupby(origins).transform("mean").to_numpy()
    return logs


def _are_counts(floor: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether targets count persons: floors of shares lie below one, and ratios have none."""
    return np.asarray(floor >= 1.0)


def residuals(values: pd.Series, wanted: pd.DataFrame, persons_per_agent: float = 0.0) -> NDArray[np.float64]:
    """Return simulated minus observed values in error scales, including sampling noise of the simulation.

    Parameters
    ----------
    values : Series
        From `simulated.simulated`.
    wanted : DataFrame
        From `targets`.
    persons_per_agent : float
        Persons for whom one agent stands.
    """
    seen = log_values(wanted["observed"], wanted, persons_per_agent)
    errors = log_values(values, wanted, persons_per_agent) - seen
    errors = np.where(wanted["at_most"], np.maximum(errors, 0.0), errors)
    return errors / np.sqrt(wanted["scale"].to_numpy(float) ** 2 + _grain(wanted, persons_per_agent))


def _grain(wanted: pd.DataFrame, persons_per_agent: float) -> NDArray[np.float64]:
    """Return the variance of the log that is due to agents representing many persons; 0 for ratios."""
    seen, floor = wanted["observed"].to_numpy(float), wanted["floor"].to_numpy(float)
    whole = wanted["observed"].to_dict()
    base = np.ones(len(wanted))
    for row, (quantity, unit, year) in enumerate(wanted.index):
        if quantity == "embarked_share":
            base[row] = whole.get(("detections", unit.split(PART)[0], year), 1.0)
        elif quantity == "stopped_share":
            base[row] = whole.get(("attempts", unit, year), 1.0)
    counts = 1.0 / np.maximum(seen + np.maximum(floor, persons_per_agent), 1.0)
    shares = seen * (1 - np.minimum(seen, 1.0)) / (seen + np.maximum(floor, 1e-9)) ** 2 / np.maximum(base, 1.0)
    return np.asarray(persons_per_agent * np.where(_are_counts(floor), counts, np.where(floor > 0, shares, 0.0)))
