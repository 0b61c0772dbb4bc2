"""A figure of a run or a comparison: a map of flows, and observed and simulated counts over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.dates import ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.ticker import StrMethodFormatter
from numpy.typing import NDArray

from corridor.experiments.analysis.metrics import by_route
from corridor.experiments.analysis.observe import SIMULATED, by_month
from corridor.experiments.reporting.boundaries import ATTRIBUTION
from corridor.model.corridor import Corridor

# Okabe and Ito (2008): told apart by people with any colour vision.
COLOURS = ("#0072B2", "#009E73", "#D55E00", "#CC79A7", "#E69F00", "#56B4E9")
MODE_COLOURS = {"sea": "#0072B2", "land": "#555555", "desert": "#E69F00", "air": "#CC79A7"}
ROLE_MARKERS = {"home": "o", "hub": "s", "destination": "^"}
TITLES = {"detections": "Detections", "deaths": "Recorded deaths"}

NAMED_PLACES = 30

Boundaries = Sequence[NDArray[np.float64]]


def draw(
    ds: xr.Dataset,
    corridor: Corridor,
    observed: Mapping[str, pd.DataFrame],
    path: Path,
    boundaries: Boundaries = (),
) -> Path:
    """Draw the figure and write it as PNG.

    Parameters
    ----------
    ds : Dataset
        A study over ``policy`` and ``replicate``; the map shows the first policy.
    corridor : Corridor
    observed : mapping of str to DataFrame
        From `corridor.scenarios.observed`.
    path : path
        Of the PNG file.
    boundaries : sequence of ndarray, shape (n_points, 2), degrees
        Lines to draw below the map, as longitude and latitude.
    """
    routes = [str(route) for route in by_route(ds, "detections")["route"].to_numpy()]
    figure = Figure(figsize=(3.6 * max(len(routes), 3), 14), layout="constrained")
    grid = figure.add_gridspec(3, max(len(routes), 1), height_ratios=[3, 1, 1])
    draw_map(figure.add_subplot(grid[0, :]), ds.isel(policy=0), corridor, boundaries)
    for row, (kind, variable) in enumerate(SIMULATED.items(), 1):
        simulated = by_route(ds, variable, "QS")
        seen = by_month(observed[kind], kind) if kind in observed else pd.DataFrame()
        for column, route in enumerate(routes):
            axes = figure.add_subplot(grid[row, column])
            draw_series(axes, simulated.sel(route=route), seen.get(route))
            axes.set_title(f"{TITLES[kind]}: {route}", fontsize=9, loc="left")
    if routes:
        handles, labels = axes.get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), frameon=False)
    n = ds.sizes["replicate"]
    band = f"lines: means of {n} replicates, bands: lowest to highest; " if n > 1 else ""
    figure.suptitle(f"{corridor.title}, by quarter ({band}not a forecast)", fontsize=11)
    figure.savefig(path, dpi=110)
    return path


def draw_map(axes: Axes, ds: xr.Dataset, corridor: Corridor, boundaries: Boundaries = ()) -> None:
    """Draw the mean flow on each leg: width by the square root of the passages a year, colour by mode.

    Parameters
    ----------
    ds : Dataset
        Runs of one policy.
    """
    if len(boundaries):
        axes.text(1, -0.06, ATTRIBUTION, fontsize=6, ha="right", transform=axes.transAxes)
    for line in boundaries:
        axes.plot(line[:, 0], line[:, 1], color="#cccccc", linewidth=0.5, zorder=0)
    longitude, latitude = corridor.places.column("longitude"), corridor.places.column("latitude")
    passages = ds["passages"].sum("time")
    flows = passages.mean([dim for dim in passages.dims if dim != "leg"]).to_numpy() / _years(ds)
    largest = max(float(flows.max(initial=0.0)), 1.0)
    for mode, colour in MODE_COLOURS.items():
        for leg in np.flatnonzero(corridor.legs.column("mode") == mode):
            if flows[leg] > 0:
                ends = [corridor.leg_origin[leg], corridor.leg_destination[leg]]
                width = 0.3 + 6.0 * np.sqrt(flows[leg] / largest)
                axes.plot(
                    longitude[ends], latitude[ends], color=colour, linewidth=width, alpha=0.6, solid_capstyle="round"
                )
        axes.plot([], [], color=colour, linewidth=3, label=mode)
    roles = corridor.places.column("role")
    for role, marker in ROLE_MARKERS.items():
        chosen = roles == role
        axes.scatter(longitude[chosen], latitude[chosen], s=14, marker=marker, color="black", label=role, zorder=3)
    _name_places(axes, corridor, flows)
    # A degree of longitude is shorter than one of latitude by the cosine of the latitude.
    axes.set_aspect(1.0 / np.cos(np.radians(float(np.mean(latitude)))))
    axes.set(xlim=_padded(longitude), ylim=_padded(latitude))
    axes.set(xlabel="longitude (°E)", ylabel="latitude (°N)")
    axes.set_title(f"Passages a year, {_policy(ds)} (widest line: {largest:,.0f} persons)", fontsize=9, loc="left")
    axes.legend(fontsize=7, loc="lower left")


def draw_series(axes: Axes, simulated: xr.DataArray, observed: pd.Series | None) -> None:
    """Draw quarterly counts: observed in black, each policy as mean line and band over replicates.

    Parameters
    ----------
    simulated : DataArray
        Over ``policy``, ``replicate`` and ``time`` (quarters).
    observed : Series, optional
        By month; only whole quarters within the simulated period are shown.
    """
    # The last quarter is drawn only if later steps show that it is whole.
    simulated = simulated.isel(time=slice(0, -1)) if simulated.sizes["time"] > 1 else simulated
    times = pd.DatetimeIndex(simulated["time"].to_numpy())
    for policy, colour in zip(simulated["policy"].to_numpy(), COLOURS * len(simulated["policy"]), strict=False):
        runs = simulated.sel(policy=policy)
        axes.plot(times, runs.mean("replicate"), color=colour, linewidth=1, label=str(policy))
        axes.fill_between(times, runs.min("replicate"), runs.max("replicate"), color=colour, alpha=0.2, linewidth=0)
    if observed is not None:
        quarters = observed.resample("QS").sum(min_count=3)
        quarters = quarters[quarters.index.isin(times)]
        axes.plot(quarters.index, quarters, color="black", linewidth=1, label="observed")
    axes.set_ylim(bottom=0)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(axes.xaxis.get_major_locator()))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.tick_params(labelsize=7)
    axes.spines[["top", "right"]].set_visible(False)


def _name_places(axes: Axes, corridor: Corridor, flows: NDArray[np.float64]) -> None:
    """Write the names of the busiest places."""
    through = np.bincount(corridor.leg_origin, flows, len(corridor.places))
    through += np.bincount(corridor.leg_destination, flows, len(corridor.places))
    for position in np.argsort(through)[-NAMED_PLACES:]:
        place = corridor.places.rows[position]
        at = (place.longitude, place.latitude)
        axes.annotate(place.label, at, fontsize=7, xytext=(3, 3), textcoords="offset points", zorder=4)


def _padded(values: NDArray[np.float64]) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    margin = 0.05 * (high - low) + 1.0
    return low - margin, high + margin


def _years(ds: xr.Dataset) -> float:
    return float(ds.attrs.get("steps", ds.sizes["time"]) * ds.attrs["step_days"] / 365.25)


def _policy(ds: xr.Dataset) -> str:
    return str(ds["policy"].item()) if "policy" in ds.coords else str(ds.attrs.get("policy", ""))
