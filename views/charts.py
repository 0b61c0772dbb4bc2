"""Charts over time: people by state, and counts by quarter with the spread of the replicates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import altair as alt
import pandas as pd
import xarray as xr

from corridor.experiments.runs.tables import rounded
from corridor.views.digest import SERIES
from corridor.views.page import COLOURS, DASHES

# Those at home outnumber all others by far, so that they are not drawn.
STATES: Mapping[str, str] = {
    "preparing": "preparing",
    "moving": "under way",
    "waiting": "waiting on the way",
    "detained": "detained",
    "exploited": "exploited",
    "assisted": "assisted",
    "settled": "settled",
    "returned": "returned",
    "dead": "dead",
}

ChartT = TypeVar("ChartT", alt.Chart, alt.LayerChart, alt.LayerChart | alt.FacetChart)
INK = "#3b4752"
STATES_TOLD = 3  # in words
# Axis labels as people write them: 200, 1.2k, 3 million.
SHORT = "replace(replace(format(datum.value, '.3~s'), 'G', ' billion'), 'M', ' million')"


def quarterly_table(ds: xr.Dataset, series: str, titles: Mapping[str, str]) -> pd.DataFrame:
    """Return mean, lowest and highest replicate of a series.

    Returns
    -------
    DataFrame
        Columns ``quarter, package, mean, low, high``.
    """
    runs = ds["quarterly"].sel(series=series)
    parts = {"mean": runs.mean("replicate"), "low": runs.min("replicate"), "high": runs.max("replicate")}
    table = xr.Dataset(parts).drop_vars("series").to_dataframe().reset_index()
    return table.assign(package=table["policy"].map(dict(titles))).drop(columns="policy")


def quarterly_chart(ds: xr.Dataset, series: str, titles: Mapping[str, str]) -> alt.LayerChart | alt.FacetChart:
    """Draw a series: a line for the mean of each package, a band from the lowest to the highest replicate.

    Parameters
    ----------
    ds : Dataset
        From `corridor.views.tasks.Task.dataset`.
    series : str
        One of `corridor.views.digest.SERIES`.
    titles : mapping of str to str
        Policy to the name that people read, the baseline first.
    """
    names = list(titles.values())
    colours, dashes = (alt.Scale(domain=names, range=list(look[: len(names)])) for look in (COLOURS, DASHES))
    colour = alt.Color("package:N", scale=colours, legend=_legend("stroke"))
    dash = alt.StrokeDash("package:N", scale=dashes, legend=_legend("stroke"))
    unit = SERIES[series].unit
    base = alt.Chart(quarterly_table(ds, series, titles)).encode(x=alt.X("quarter:T", title=None))
    figures = [alt.Tooltip(f"{name}:Q", format=",.3s", title=f"{name} ({unit})") for name in ("mean", "low", "high")]
    band = base.mark_area(opacity=0.18).encode(
        y=alt.Y("low:Q", title=f"{unit} a quarter", axis=alt.Axis(labelExpr=SHORT, tickCount=5)),
        y2="high:Q",
        color=colour,
    )
    line = base.mark_line(strokeWidth=2.5).encode(
        y="mean:Q",
        color=colour,
        strokeDash=dash,
        tooltip=["package:N", alt.Tooltip("quarter:T", format="%b %Y", title="quarter from"), *figures],
    )
    return readable(alt.layer(band, line).properties(height=380))


def states_table(ds: xr.Dataset) -> pd.DataFrame:
    """Return people by state and time, mean over replicates, for every policy.

    Returns
    -------
    DataFrame
        Columns ``policy, time, state, persons``; states in words, without those at home.
    """
    persons = ds["persons"].mean("replicate").sel(state=list(STATES))
    table = persons.to_dataframe("persons").reset_index()
    return table.assign(state=table["state"].astype(str).map(dict(STATES)))


def states_chart(table: pd.DataFrame, top: float) -> alt.Chart:
    """Draw people by state as a stack.

    Parameters
    ----------
    table : DataFrame
        From `states_table`, one policy.
    top : float
        End of the scale, so that two charts can be compared.
    """
    names = list(STATES.values())
    shades = ["#9ecae1", "#0072B2", "#56B4E9", "#E69F00", "#D55E00", "#CC79A7", "#009E73", "#999999", "#111111"]
    chart = (
        alt.Chart(table)
        .mark_area()
        .encode(
            x=alt.X("time:T", title=None),
            y=alt.Y("persons:Q", title="people", scale=alt.Scale(domain=[0, top]), stack="zero"),
            color=alt.Color("state:N", scale=alt.Scale(domain=names, range=shades), legend=_legend()),
            order=alt.Order("position:Q"),
            tooltip=["state:N", alt.Tooltip("time:T", title="week of"), alt.Tooltip("persons:Q", format=",.0f")],
        )
        .transform_calculate(position=f"indexof({names!r}, datum.state)")
        .properties(height=420)
    )
    return readable(chart)


def states_words(table: pd.DataFrame) -> str:
    """Return the finding of `states_chart` in a sentence: people by state at the end."""
    last = table[table["time"] == table["time"].max()].nlargest(STATES_TOLD, "persons")
    told = ", ".join(
        f"{rounded(persons)} {state}" for state, persons in zip(last["state"], last["persons"], strict=True)
    )
    return f"People away from home through time; at the end {told}."


def series_words(ds: xr.Dataset, series: str, titles: Mapping[str, str]) -> str:
    """Return the finding of `quarterly_chart` in a sentence: each package's mean over all quarters."""
    means = quarterly_table(ds, series, titles).groupby("package", sort=False)["mean"].mean()
    told = ", ".join(f"{package} {rounded(means[package])}" for package in titles.values())
    return f"{SERIES[series].label}, {SERIES[series].unit} a quarter, mean over the period: {told}."


def readable(chart: ChartT) -> ChartT:
    """Return a chart whose small print stands out from the page, and whose height is that of its plot alone.

    Without a word of its own, a chart on a page takes axes and legend out of its height: small plots collapse.
    """
    whole = chart.properties(autosize=alt.AutoSizeParams(type="fit-x", contains="padding"))
    axes = whole.configure_axis(labelColor=INK, titleColor=INK)
    return axes.configure_legend(labelColor=INK, titleColor=INK)


def _legend(symbol: str = "square") -> alt.Legend:
    return alt.Legend(title=None, orient="bottom", columns=2, labelLimit=260, symbolOpacity=1, symbolType=symbol)
