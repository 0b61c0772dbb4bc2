"""What the pages need of a run: its outcomes, a few series and the flow on each leg, a hundredth of the whole."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd
import xarray as xr

from experiments.metrics import outcomes

DAYS_OF_A_QUARTER = 84  # the shortest has twelve whole weeks


class Series(NamedTuple):
    """A count that is shown by quarter: its words, its unit, and the variables that it adds up."""

    label: str
    unit: str
    variables: tuple[str, ...]


SERIES: dict[str, Series] = {
    "deaths": Series("Deaths", "persons", ("deaths_of",)),
    "victims": Series("People newly exploited", "persons", ("victims_of",)),
    "arrivals": Series("Arrivals, legal and irregular", "persons", ("legal_arrivals", "irregular_arrivals")),
    "irregular_arrivals": Series("Irregular arrivals", "persons", ("irregular_arrivals",)),
    "attempts": Series("Attempts to cross a border irregularly", "persons", ("attempts",)),
    "smuggling_revenue_usd": Series("Income of smugglers", "USD", ("smuggling_revenue_usd",)),
    "cost_usd": Series("Public cost", "USD", ("cost_usd",)),
}


def digest(ds: xr.Dataset) -> xr.Dataset:
    """Reduce one run.

    Parameters
    ----------
    ds : Dataset
        Result of a run.

    Returns
    -------
    Dataset
        The outcomes of `experiments.metrics`; ``quarterly`` over (series, quarter) for whole quarters; ``persons``
        over (time, state); ``passages`` and ``leg_deaths`` over leg, in persons a year.
    """
    years = ds.sizes["time"] * float(ds.attrs["step_days"]) / 365.25
    reduced = outcomes(ds)
    reduced["quarterly"] = quarterly(ds)
    reduced["persons"] = ds["stock"].sum(["sex", "age"])
    reduced["passages"] = ds["passages"].sum("time") / years
    reduced["leg_deaths"] = ds["deaths"].sum("time") / years
    wanted = ("scenario", "policy", "seed", "persons_per_agent", "step_days", "start", "end", "agents")
    return reduced.reset_coords(drop=True).assign_attrs({name: ds.attrs[name] for name in wanted})


def quarterly(ds: xr.Dataset) -> xr.DataArray:
    """Return every series summed by whole quarter; a step belongs to the quarter in which it starts."""
    sums = []
    for series in SERIES.values():
        parts = [ds[name].sum([dim for dim in ds[name].dims if dim != "time"]) for name in series.variables]
        sums.append(sum(parts[1:], parts[0]))
    joined = xr.concat(sums, pd.Index(list(SERIES), name="series"), coords="minimal", compat="override")
    quarters = joined.resample(time="QS")
    days = ds["time"].resample(time="QS").count() * float(ds.attrs["step_days"])
    summed: xr.DataArray = quarters.sum().isel(time=(days >= DAYS_OF_A_QUARTER).to_numpy())
    return summed.rename(time="quarter").transpose("series", "quarter")
