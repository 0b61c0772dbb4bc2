"""Runs by calendar year: small enough to store thousands, and readable by the same code as runs by step."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from corridor.model.recorder import VARIABLES, OverTime

SHARED = (
    "scenario", "scenario_hash", "agents", "persons_per_agent", "step_days", "steps", "start", "end", "covered_until",
)  # fmt: skip
"""Attributes that all runs of a scenario share."""


def by_year(ds: xr.Dataset) -> xr.Dataset:
    """Return a run by calendar year.

    Parameters
    ----------
    ds : Dataset
        One run by steps; a step belongs to the year in which it starts.

    Returns
    -------
    Dataset
        The same variables; ``time`` is the first day of each year (or of the run). Sums over time, and with them the
        outcomes of `corridor.experiments.analysis.metrics`, stay as they are, but for rounding.
    """
    years = ds["time"].dt.year.to_numpy()
    first = np.flatnonzero(np.diff(years, prepend=years[0] - 1))
    last = np.append(first[1:], len(years)) - 1
    variables = {}
    for name, variable in _named(ds, ds.data_vars):
        values = variable.to_numpy()
        over_time = VARIABLES[str(name)].over_time
        reduced = values[last] if over_time is OverTime.LAST else np.add.reduceat(values, first, axis=0)
        if over_time is OverTime.MEAN:
            reduced = reduced / (last - first + 1).reshape(-1, *[1] * (values.ndim - 1))
        variables[str(name)] = (variable.dims, reduced, variable.attrs)
    coords = {name: coordinate for name, coordinate in ds.coords.items() if name != "time"}
    days = ds["time"].to_numpy()[first]
    time = pd.to_datetime(days).where(np.arange(len(days)) == 0, pd.to_datetime([f"{y}-01-01" for y in years[first]]))
    until = ds["time"].to_numpy()[-1] + np.timedelta64(int(ds.attrs["step_days"]), "D")
    attrs = {**ds.attrs, "covered_until": np.datetime_as_string(until, "D").item()}
    yearly = xr.Dataset(variables, coords={**coords, "time": time}, attrs=attrs)
    yearly["time"].attrs.update(long_name="first day of the year", axis="T")
    return yearly


def layout(ds: xr.Dataset) -> dict[str, Any]:
    """Return the layout, ready for JSON, with which `restore` makes a dataset of the numbers of `flatten`."""
    return {
        "attributes": {name: _plain(ds.attrs[name]) for name in SHARED if name in ds.attrs},
        "variables": [[str(n), list(map(str, v.dims)), dict(v.attrs)] for n, v in _named(ds, ds.data_vars)],
        "coords": [[str(n), list(map(str, c.dims)), _labels(c), dict(c.attrs)] for n, c in _named(ds, ds.coords)],
    }


def flatten(ds: xr.Dataset) -> NDArray[np.float64]:
    """Return all numbers of a run in one row, shape (n_cells,)."""
    return np.concatenate([variable.to_numpy().ravel() for _, variable in _named(ds, ds.data_vars)]).astype(np.float64)


def selected(form: dict[str, Any], variables: Collection[str] | None) -> tuple[NDArray[np.intp], dict[str, Any]]:
    """Return the positions of some variables' cells, and their layout; of all if ``variables`` is None."""
    sizes = _sizes(form)
    positions, kept, at = [], [], 0
    for name, dims, attrs in form["variables"]:
        width = int(np.prod([sizes[dim] for dim in dims]))
        if variables is None or name in variables:
            positions.append(np.arange(at, at + width))
            kept.append([name, dims, attrs])
        at += width
    return np.concatenate(positions), {**form, "variables": kept}


def _sizes(form: dict[str, Any]) -> dict[str, int]:
    return {dims[0]: len(labels) for name, dims, labels, _ in form["coords"] if dims == [name]}


def restore(rows: NDArray[np.float64], form: dict[str, Any], dims: tuple[str, ...]) -> xr.Dataset:
    """Return a dataset from rows of numbers.

    Parameters
    ----------
    rows : ndarray, shape (*dims, n_cells)
    form : dict
        From `layout`.
    dims : tuple of str
        Names of the leading dimensions.
    """
    coords = {
        name: (tuple(own), np.array(labels, dtype="datetime64[ns]") if name == "time" else np.array(labels), attrs)
        for name, own, labels, attrs in form["coords"]
    }
    sizes = _sizes(form)
    variables, at = {}, 0
    for name, own, attrs in form["variables"]:
        shape = [sizes[dim] for dim in own]
        width = int(np.prod(shape))
        variables[name] = ((*dims, *own), rows[..., at : at + width].reshape(*rows.shape[:-1], *shape), attrs)
        at += width
    return xr.Dataset(variables, coords, form["attributes"])


def _named(ds: xr.Dataset, names: Iterable[Hashable]) -> Iterator[tuple[Hashable, xr.Variable]]:
    """Yield variables with their names but without coordinates, which would be the most expensive part."""
    return ((name, ds.variables[name]) for name in names)


def _labels(coordinate: xr.Variable) -> list[Any]:
    values = coordinate.to_numpy()
    return np.datetime_as_string(values, "D").tolist() if values.dtype.kind == "M" else values.tolist()


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
