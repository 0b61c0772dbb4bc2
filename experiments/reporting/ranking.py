"""A figure of the factors that move outcomes most."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from corridor.experiments.analysis.metrics import METRICS
from corridor.experiments.analysis.sensitivity import INDEX, Method


def draw_ranking(table: pd.DataFrame, method: Method, outcomes: Sequence[str], most: int = 12) -> Figure:
    """Return a figure of the strongest factors of each outcome, with 90 % intervals.

    Parameters
    ----------
    table : DataFrame
        From `analyse`.
    method : {"morris", "sobol"}
    outcomes : sequence of str
        Which to show; those that the table lacks are left out.
    most : int
        Factors shown.
    """
    index, meaning = INDEX[method]
    shown = [name for name in outcomes if (table["outcome"] == name).any()]
    figure = Figure(
        figsize=(4.5 * max(len(shown), 1), 1.2 + 0.3 * min(most, table["factor"].nunique())), layout="constrained"
    )
    labels = {metric.name: f"{metric.label} ({metric.unit})" for metric in METRICS}
    for position, name in enumerate(shown, 1):
        part = table[table["outcome"] == name].head(most)[::-1]
        axes = figure.add_subplot(1, len(shown), position)
        axes.barh(part["factor"], part[index], xerr=part[f"{index}_conf"], color="#0072B2", ecolor="#555555")
        axes.set_title(labels[name], fontsize=9, loc="left")
        axes.tick_params(labelsize=7)
        axes.set_xlim(left=0)
        axes.spines[["top", "right"]].set_visible(False)
    figure.supxlabel(f"{meaning}; bars: 90 % bootstrap interval", fontsize=8)
    return figure


def save(figure: Figure, path: Path) -> Path:
    """Write a figure as PNG."""
    figure.savefig(path, dpi=110)
    return path
