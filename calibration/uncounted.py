"""Estimates of unrecorded quantities: attempts, deaths, trafficking episodes and fees by year, with uncertainty.

All estimates come from the runs of a reanalysis. Detections, attempts and interceptions on monitored coasts are based
on the record; deaths on the record of attempts and on assumed risks; episodes of exploitation and fees on assumptions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from corridor.model.corridor import Corridor

SEA, DESERT = "sea", "desert"
LEAST_RECORDED = 0.01
"""Recorded share of deaths assumed where the table has none."""
Quantity = Callable[[xr.Dataset, Corridor], xr.DataArray]


def _on(name: str, mode: str = "") -> Quantity:
    """Return the sum of a leg variable over legs that enter Europe, or over legs of a mode."""

    def quantity(months: xr.Dataset, corridor: Corridor) -> xr.DataArray:
        chosen = corridor.legs.column("mode") == mode if mode else corridor.leg_route >= 0
        return months[name].isel(leg=np.flatnonzero(chosen)).sum("leg")

    return quantity


def _deaths(mode: str) -> Quantity:
    """Return expected deaths on legs of a mode, which vary less than deaths of whole agents."""

    def quantity(months: xr.Dataset, corridor: Corridor) -> xr.DataArray:
        recorded = np.maximum(corridor.legs.column("death_recording_rate").astype(float), LEAST_RECORDED)
        expected = months["expected_deaths_recorded"] / xr.DataArray(recorded, dims="leg")
        return expected.isel(leg=np.flatnonzero(corridor.legs.column("mode") == mode)).sum("leg")

    return quantity


QUANTITIES: Mapping[str, tuple[str, Quantity, str]] = {
    "attempts": ("attempts to enter, on the routes", _on("attempts"), "record, and risks of being stopped"),
    "interceptions": ("stopped on the way, on the routes", _on("interceptions"), "record in part"),
    "deaths_sea": ("deaths at sea", _deaths(SEA), "attempts, and assumed risks and rescue"),
    "deaths_recorded_sea": (
        "of these recorded, by expectation", _on("expected_deaths_recorded", SEA), "shares recorded: assumed"
    ),
    "deaths_desert": ("deaths in deserts", _deaths(DESERT), "assumed risks"),
    "exploitation": (
        "episodes of exploitation begun", lambda months, _: months["victims_started"].sum("place"), "assumed hazards"
    ),
    "fees_musd": (
        "fees paid to smugglers, million USD",
        lambda months, _: months["fee_revenue_usd"].sum("leg") / 1e6,
        "published ranges of fees",
    ),
}  # fmt: skip
"""By name: the description, the computation from a run by month, and the evidence behind it."""


def uncounted(runs: Sequence[xr.Dataset], corridor: Corridor) -> pd.DataFrame:
    """Return each quantity by year.

    Parameters
    ----------
    runs : sequence of Dataset
        From `members.monthly`, one a draw.
    corridor : Corridor

    Returns
    -------
    DataFrame
        ``quantity, year, low, median, high`` (5, 50 and 95 % of draws).
    """
    parts = []
    for name, (_, quantity, _) in QUANTITIES.items():
        yearly = [quantity(run, corridor).groupby("month.year").sum() for run in runs]
        values = np.array([year.to_numpy() for year in yearly], dtype=float)
        low, median, high = np.quantile(values, [0.05, 0.5, 0.95], axis=0)
        columns = {"quantity": name, "year": yearly[0]["year"].to_numpy(), "low": low, "median": median, "high": high}
        parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True)
