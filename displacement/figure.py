"""Map and chart by camp of a displacement run, with the data on top."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

SIMULATED, OBSERVED, CONFLICT, ROAD = "#0072B2", "#000000", "#D55E00", "#999999"
_COLUMNS = 4
_LARGEST = 600.0
"""Area of the largest camp's disc, points squared."""


def draw_case(ds: xr.Dataset, path: Path) -> Path:
    """Draw the map of the last day and a chart for each camp; write it as PNG and return the path."""
    camps = ds["camp"].to_numpy()
    rows = -(-camps.size // _COLUMNS)
    figure = Figure(figsize=(13, 6 + 2.4 * rows), layout="constrained")
    grid = figure.add_gridspec(rows + 1, _COLUMNS, height_ratios=[2.2] + [1] * rows)
    _map(figure.add_subplot(grid[0, :]), ds)
    for number, camp in enumerate(camps):
        axes = figure.add_subplot(grid[1 + number // _COLUMNS, number % _COLUMNS])
        _chart(axes, ds.sel(camp=camp), str(camp))
    figure.suptitle(f"{ds.attrs['title']} (rule: {ds.attrs['rule']})")
    figure.savefig(path, dpi=110)
    return path


def draw_forecast(ds: xr.Dataset, path: Path) -> Path:
    """Draw forecast intervals with the data on top, a chart for each camp; write it as PNG and return the path."""
    camps = ds["camp"].to_numpy()
    rows = -(-camps.size // _COLUMNS)
    figure = Figure(figsize=(13, 2.8 * rows), layout="constrained")
    for number, camp in enumerate(camps):
        axes, one = figure.add_subplot(rows, _COLUMNS, number + 1), ds.sel(camp=camp)
        axes.fill_between(one["day"], one["low"], one["high"], color=SIMULATED, alpha=0.3, linewidth=0)
        axes.plot(one["day"], one["median"], color=SIMULATED, label="forecast, 90 %")
        _finish(axes, one, str(camp))
    figure.savefig(path, dpi=110)
    return path


def _chart(axes: Axes, one: xr.Dataset, camp: str) -> None:
    axes.plot(one["day"], one["simulated"], color=SIMULATED, label="simulated")
    _finish(axes, one, camp)


def _finish(axes: Axes, one: xr.Dataset, camp: str) -> None:
    axes.plot(one["day"], one["observed"], color=OBSERVED, linestyle=":", label="observed")
    axes.set_title(camp.replace("_", " "), fontsize=9)
    axes.set_xlabel("day", fontsize=8)
    axes.set_ylabel("people", fontsize=8)
    axes.tick_params(labelsize=7)
    axes.set_ylim(bottom=0)
    axes.legend(fontsize=7, frameon=False)


def _map(axes: Axes, ds: xr.Dataset) -> None:
    """Draw roads by their use, conflict zones, and camps by their population on the last day."""
    place = {str(name): row for row, name in enumerate(ds["place"].to_numpy())}
    x, y = ds["longitude"].to_numpy(), ds["latitude"].to_numpy()
    use = ds["ways"].sum("day").to_numpy().astype(float)
    widths = 0.3 + 4 * use / max(1.0, use.max())
    for start, end, width in zip(ds["link_from"].to_numpy(), ds["link_to"].to_numpy(), widths, strict=True):
        ends = [place[str(start)], place[str(end)]]
        axes.plot(x[ends], y[ends], color=ROAD, linewidth=width, zorder=1, solid_capstyle="round")
    kind = ds["kind"].to_numpy()
    for label, marker, colour in (("conflict", "^", CONFLICT), ("town", ".", ROAD)):
        axes.scatter(x[kind == label], y[kind == label], s=18, marker=marker, color=colour, label=label, zorder=2)
    camps = [place[str(name)] for name in ds["camp"].to_numpy()]
    last = ds.isel(day=-1)
    largest = max(1.0, float(last["observed"].max()), float(last["simulated"].max()))
    for name, colour, filled in (("simulated", SIMULATED, True), ("observed", OBSERVED, False)):
        area = _LARGEST * last[name].to_numpy() / largest
        axes.scatter(x[camps], y[camps], s=area, facecolor=colour if filled else "none", edgecolor=colour,
                     alpha=0.7, label=f"camp, {name} on the last day", zorder=3)  # fmt: skip
    for row in camps:
        axes.annotate(str(ds["place"].to_numpy()[row]).replace("_", " "), (x[row], y[row]), fontsize=7)
    axes.set_aspect(1 / max(0.2, np.cos(np.radians(float(y.mean())))))
    axes.set_xlabel("longitude")
    axes.set_ylabel("latitude")
    axes.legend(fontsize=8, frameon=False, markerscale=0.6)
