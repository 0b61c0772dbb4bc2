"""Figures of docs/validation.md."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import arviz as az
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from corridor.calibration.hindcast import CORRIDOR
from corridor.calibration.naive import NAIVE
from corridor.calibration.plan import ForecastPlan
from corridor.calibration.priors import units
from corridor.scenarios.posterior import posterior

FIGURES = Path(__file__).with_name("figures")


def save(figure: Any, name: str) -> str:
    """Write a figure; return the Markdown that shows it."""
    FIGURES.mkdir(exist_ok=True)
    figure.savefig(FIGURES / f"{name}.png", dpi=110, bbox_inches="tight")
    plt.close(figure)
    return f"![{name}](figures/{name}.png)\n"


def draw_forecasts(table: pd.DataFrame, plan: ForecastPlan) -> Any:
    """Draw observed detections and the forecasts issued each December, with their 90 % intervals."""
    ours = table[table["method"] == CORRIDOR]
    routes = list(plan.seen.columns)
    figure, axes = plt.subplots(2, 2, figsize=(11, 6), sharex=True)
    for ax, route in zip(axes.flat, routes, strict=True):
        seen = np.expm1(plan.seen.loc["2015":, route])
        ax.plot(seen.index, seen, color="black", lw=1, label="observed")
        for origin in plan.origins[::12]:
            part = ours[(ours["route"] == route) & (ours["origin"] == origin)]
            low, median, high = (np.expm1(part[name]) for name in ("low_90", "median", "high_90"))
            ax.fill_between(part["month"], low, high, color="tab:blue", alpha=0.2, lw=0)
            ax.plot(part["month"], median, color="tab:blue", lw=1.2)
        ax.set(yscale="symlog", title=route, ylabel="detections a month")
        ax.set_ylim(bottom=0)
    figure.suptitle("Forecasts of the year after each December (median, 90 % interval), drivers and events known")
    figure.tight_layout()
    return figure


def draw_crps(figures: dict[str, Any]) -> Any:
    """Draw mean CRPS by horizon and method."""
    horizons = sorted(int(month) for month in figures["by_horizon"])
    figure, ax = plt.subplots(figsize=(7, 3.6))
    for method in (CORRIDOR, *NAIVE):
        values = [figures["by_horizon"][str(month)][method] for month in horizons]
        ax.plot(horizons, values, lw=2.5 if method == CORRIDOR else 1, label=method)
    ax.set(xlabel="months ahead", ylabel="mean CRPS", ylim=(0, None))
    ax.legend(frameon=False, fontsize=8, ncols=3)
    return figure


def draw_natural(cells: pd.DataFrame) -> Any:
    """Draw observed and simulated changes."""
    sized = cells[cells["inside"].notna()].reset_index(drop=True)
    figure, ax = plt.subplots(figsize=(9, 0.32 * len(sized) + 1.2))
    for row, cell in sized.iterrows():
        colour = "tab:blue" if cell["inside"] else "tab:red"
        ax.plot([cell["low"], cell["high"]], [row, row], color=colour, lw=4, alpha=0.35, solid_capstyle="butt")
        ax.plot(cell["median"], row, "|", color=colour, ms=10)
        ax.plot(cell["observed"], row, "o", color="black", ms=4)
    labels = [f"{cell['event']}: {cell['indicator']} {cell['at'][:24]}" for _, cell in sized.iterrows()]
    ax.set_yticks(range(len(sized)), labels, fontsize=7)
    ax.invert_yaxis()
    ax.axvline(0, color="grey", lw=0.6)
    ax.set_xlabel("change of the log from before to after: simulated 90 % interval, observed (dot)")
    return figure


def draw_posterior(scenario: str) -> Any:
    """Draw the posterior of each parameter on the unit cube of its prior, where the prior is uniform (ArviZ)."""
    drawn = posterior(scenario)
    names = tuple(drawn[0])
    draws = np.array([units(values, names) for values in drawn])
    data = az.from_dict(posterior={name: draws[None, :, column] for column, name in enumerate(names)})
    axes = az.plot_forest(data, combined=True, hdi_prob=0.9, figsize=(7, 8), textsize=8)
    axes[0].set(xlim=(0, 1), title="posterior: 90 % highest density, on the prior's range (0 low end, 1 high end)")
    axes[0].axvspan(0.05, 0.95, color="grey", alpha=0.12, lw=0)
    return axes[0].figure


def draw_predictive(check: pd.DataFrame) -> Any:
    """Draw targets with the 90 % ranges of prior and posterior."""
    part = check[check.index.get_level_values("quantity") == "detections"]
    routes = part.index.get_level_values("unit").unique()
    figure, axes = plt.subplots(1, len(routes), figsize=(13, 3), sharey=True)
    for ax, route in zip(axes, routes, strict=True):
        rows = part.xs(route, level="unit").droplevel("quantity")
        ax.fill_between(rows.index, rows["prior_low"], rows["prior_high"], color="grey", alpha=0.15, lw=0)
        ax.fill_between(rows.index, rows["low"], rows["high"], color="tab:blue", alpha=0.3, lw=0)
        ax.plot(rows.index, rows["observed"], "o-", color="black", ms=3, lw=0.8)
        ax.set_title(route, fontsize=9)
    axes[0].set_ylabel("log of detections a year")
    figure.suptitle("Posterior (blue) and prior (grey) predictive 90 % ranges, observed (black)", y=1.03)
    return figure
