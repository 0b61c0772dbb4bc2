"""The record that a reanalysis assimilates: observations, their dates and errors.

Detections by route and month, by route, nationality and quarter; attempts, shares stopped and embarked, and deaths by
year. Recording is that of `corridor.calibration.targets`; error scales contain recording only, because the latent
series are meant to explain what mechanisms do not.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from corridor.calibration.members import of_route
from corridor.calibration.simulated import simulated
from corridor.calibration.targets import COUNTED_TWICE, FIRST_YEAR, WRECK, read_table, targets
from corridor.model.corridor import Corridor
from corridor.model.errors import InvalidInput
from corridor.scenarios import load

Array = NDArray[np.float64]
TABLE = "frontex_monthly_by_route_nationality.csv"
REST = "rest"
"""Detections on a route of unknown nationality, or of nationalities that are not listed there."""
MONTH, QUARTER, YEAR = 1, 3, 12
ERROR = {
    "detections_month": 0.2, "detections_of": 0.3, "attempts": 0.3, "stopped_share": 0.3, "embarked_share": 0.3,
    "deaths": 0.4,
}  # fmt: skip
"""Standard deviation of recording, on the log scale. Monthly detections: two counts of the same events, Frontex's
detections and the arrivals compiled by IOM, have monthly root mean square log differences from 0.05 (Central
Mediterranean) to 0.3 (Eastern, Western), 2014 to 2021, mostly from a few months. The others are assumed: nationalities
are partly declared, and boats and interceptions are not counted by those who count arrivals."""
FLOOR, FLOOR_DEATHS = 50.0, 10.0
KINDS_OF_YEAR = ("attempts", "stopped_share", "embarked_share", "deaths")


@dataclass(frozen=True)
class Record:
    """Observations, and their comparison with runs.

    Attributes
    ----------
    table : DataFrame
        One row an observation: ``quantity, unit`` (route, or coast), ``of`` (community, `REST` or blank), ``date``
        (first day), ``months``, ``observed``, ``scale``, ``floor``.
    wanted : DataFrame
        Those by year, as from `targets.targets`, in the order of the last rows.
    """

    table: pd.DataFrame
    wanted: pd.DataFrame

    @classmethod
    def read(cls, scenario: str, folder: Path, until: dt.date) -> Record:
        """Read the tables of observations up to the end of a month.

        Raises
        ------
        InvalidInput
            If a table is missing, or contains nothing about the corridor.
        """
        corridor = load(scenario)
        detected = read_detections(corridor, folder, until)
        months = pd.date_range(corridor.start, until, freq="MS")
        by_month = detected.pivot_table(index="date", columns="route", values="detections", aggfunc="sum")
        by_month = by_month.reindex(months, fill_value=0.0).fillna(0.0)
        parts = [_rows("detections_month", "", by_month, MONTH)]
        whole = detected[detected["route"] != COUNTED_TWICE]
        whole = whole.assign(date=pd.PeriodIndex(whole["date"], freq="Q").to_timestamp())
        every = pd.date_range(months[0], months[-1] - pd.DateOffset(months=2), freq="QS")
        for name, own in whole.groupby("of"):
            table = own.pivot_table(index="date", columns="route", values="detections", aggfunc="sum")
            table = table.reindex(every, fill_value=0.0).fillna(0.0)
            parts.append(_rows("detections_of", str(name), table, QUARTER))
        years = range(FIRST_YEAR, (pd.Timestamp(until) + pd.DateOffset(days=1)).year)
        wanted = targets(scenario, None, years)
        wanted = wanted[wanted.index.get_level_values("quantity").isin(KINDS_OF_YEAR)]
        of_deaths = wanted.index.get_level_values("quantity") == "deaths"
        wanted = wanted.assign(floor=wanted["floor"].mask(of_deaths, FLOOR_DEATHS))
        by_sea = {leg.route for leg in corridor.legs if leg.mode == "sea"}
        parts.append(_of_years(wanted, by_sea))
        return cls(pd.concat(parts, ignore_index=True), wanted)

    def simulated(self, months: xr.Dataset) -> Array:
        """Return the simulated value of each observation, shape (k,)."""
        by_month = of_route(months["detections"]).transpose("month", "route").to_pandas()
        assert isinstance(by_month, pd.DataFrame)
        counted = months["detections_of"].transpose("month", "route", "community")
        whole = counted[: counted.sizes["month"] // QUARTER * QUARTER]
        quarters = whole.to_numpy().reshape(-1, QUARTER, *whole.shape[1:]).sum(axis=1)
        names = list(whole["community"].to_numpy())
        parts = []
        for (quantity, unit, of), own in self._early.groupby(["quantity", "unit", "of"], sort=False):
            if quantity == "detections_month":
                parts.append(by_month[unit].reindex(own["date"]).to_numpy(float))
                continue
            told = self.told[str(unit)]
            columns = [names.index(of)] if of != REST else [n for n, name in enumerate(names) if name not in told]
            route = list(whole["route"].to_numpy()).index(unit)
            parts.append(quarters[: len(own), route, columns].sum(axis=1).astype(float))
        if len(self.wanted):
            parts.append(simulated(months, self.wanted).to_numpy(float))
        return np.concatenate(parts)

    @cached_property
    def _early(self) -> pd.DataFrame:
        return self.table[: len(self.table) - len(self.wanted)]

    @cached_property
    def told(self) -> dict[str, set[str]]:
        """Communities whose detections are recorded separately, by route."""
        own = self._early[self._early["quantity"] == "detections_of"]
        return {str(route): set(rows["of"]) - {REST} for route, rows in own.groupby("unit")}

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Origins and routes whose detections are recorded separately."""
        return [(origin, route) for route, origins in self.told.items() for origin in sorted(origins)]

    def logs(self, values: Array, persons_per_agent: float = 0.0) -> Array:
        """Return values on the scale on which they are compared, log(value + floor), shape (k,)."""
        return np.asarray(np.log(np.nan_to_num(values) + self.floors(persons_per_agent)))

    def floors(self, persons_per_agent: float) -> Array:
        """Return the offset of each value in the logarithm, shape (k,)."""
        floor = self.table["floor"].to_numpy(float)
        return np.where(self._of_agents, np.maximum(floor, persons_per_agent), floor)

    @cached_property
    def _of_agents(self) -> NDArray[np.bool_]:
        """Whether each value is a count of agents; deaths are expectations, and shares are not counts."""
        return (self.table["floor"] >= 1.0).to_numpy() & (self.table["quantity"] != "deaths").to_numpy()

    def errors(self, persons_per_agent: float) -> Array:
        """Return the standard deviation of each log from recording and from sampling noise of one run."""
        count, floor = (self.table[column].to_numpy(float) for column in ("observed", "floor"))
        grain = np.where(self._of_agents, persons_per_agent / (count + np.maximum(floor, persons_per_agent)), 0.0)
        return np.asarray(np.sqrt(self.table["scale"].to_numpy(float) ** 2 + grain))


def read_detections(corridor: Corridor, folder: Path, until: dt.date) -> pd.DataFrame:
    """Read detections by route, month and community, on the corridor's routes (``of``: community, or `REST`)."""
    table = read_table(folder, TABLE, ["date", "route", "nationality", "detections"])
    table = table.assign(date=pd.to_datetime(table["date"]))
    table = table[table["route"].isin(corridor.routes) & table["date"].between(str(corridor.start), str(until))]
    if table.empty or table["date"].max() < pd.Timestamp(until).replace(day=1):
        last = "no month" if table.empty else f"{table['date'].max():%Y-%m}"
        raise InvalidInput(str(folder / TABLE), "date", f"up to {last}", f"months up to {until:%Y-%m}")
    known = table["nationality"].isin(corridor.communities.names)
    return table.assign(of=table["nationality"].where(known, REST)).reset_index(drop=True)


def _rows(quantity: str, of: str, table: pd.DataFrame, months: int) -> pd.DataFrame:
    long = table.rename_axis(index="date", columns="unit").melt(ignore_index=False, value_name="observed").reset_index()
    return long.assign(quantity=quantity, of=of, months=months, scale=ERROR[quantity], floor=FLOOR)


def _of_years(wanted: pd.DataFrame, by_sea: Collection[str]) -> pd.DataFrame:
    rows = wanted.reset_index()
    scale = rows["quantity"].map(ERROR)
    deaths = (rows["quantity"] == "deaths") & rows["unit"].isin(by_sea)
    # Single wrecks dominate the deaths of a year at sea.
    scale[deaths] = np.sqrt(scale[deaths] ** 2 + WRECK / (rows.loc[deaths, "observed"] + WRECK))
    return pd.DataFrame(
        {
            "quantity": rows["quantity"], "unit": rows["unit"], "of": "", "months": YEAR, "floor": rows["floor"],
            "date": pd.to_datetime(rows["year"].astype(str)), "observed": rows["observed"], "scale": scale,
        }
    )  # fmt: skip
