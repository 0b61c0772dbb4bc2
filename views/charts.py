"""Charts over time: people by state, and counts by quarter with the spread of the replicates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import altair as alt
import pandas as pd
import xarray as xr

from corridor.experiments.reporting.effect_words import three_digits
from corridor.experiments.reporting.language import N_, SOURCE, _, language
from corridor.views.digest import SERIES
from corridor.views.page import COLOURS, DASHES

# Those at home outnumber all others by far, so that they are not drawn.
STATES: Mapping[str, str] = {
    "preparing": N_("preparing"),
    "moving": N_("under way"),
    "waiting": N_("waiting on the way"),
    "detained": N_("detained"),
    "exploited": N_("exploited"),
    "assisted": N_("assisted"),
    "settled": N_("settled"),
    "returned": N_("returned"),
    "dead": N_("dead"),
}

ChartT = TypeVar("ChartT", alt.Chart, alt.LayerChart, alt.LayerChart | alt.FacetChart)
INK = "#3b4752"
FIGURES = {"mean": N_("mean"), "low": N_("low"), "high": N_("high")}
STATES_TOLD = 3  # in words


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
    unit = _(SERIES[series].unit)
    base = alt.Chart(quarterly_table(ds, series, titles)).encode(x=alt.X("quarter:T", title=None))
    figures = [alt.Tooltip(f"{name}:Q", format=",.3s", title=f"{_(words)} ({unit})") for name, words in FIGURES.items()]
    band = base.mark_area(opacity=0.18).encode(
        y=alt.Y("low:Q", title=_("{unit} a quarter").format(unit=unit), axis=alt.Axis(labelExpr=short(), tickCount=5)),
        y2="high:Q",
        color=colour,
    )
    line = base.mark_line(strokeWidth=2.5).encode(
        y="mean:Q",
        color=colour,
        strokeDash=dash,
        tooltip=[
            alt.Tooltip("package:N", title=" "),
            alt.Tooltip("quarter:T", format="%b %Y", title=_("quarter from")),
            *figures,
        ],
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
        f"{three_digits(persons)} {state}" for state, persons in zip(last["state"], last["persons"], strict=True)
    )
    return f"People away from home through time; at the end {told}."


def series_words(ds: xr.Dataset, series: str, titles: Mapping[str, str]) -> str:
    """Return the finding of `quarterly_chart` in a sentence: each package's mean over all quarters."""
    means = quarterly_table(ds, series, titles).groupby("package", sort=False)["mean"].mean()
    told = _(", ").join(f"{package} {three_digits(means[package])}" for package in titles.values())
    words = _("{series}, {unit} a quarter, mean over the period: {packages}.")
    return words.format(series=_(SERIES[series].label), unit=_(SERIES[series].unit), packages=told)


def short() -> str:
    """Return the expression for axis labels as people write them: 200, 1.2k, 3 million."""
    words = {"G": _("{number} billion"), "M": _("{number} million")}
    text = "format(datum.value, '.3~s')"
    for letter, template in words.items():
        text = f"replace({text}, '{letter}', '{template.format(number='')}')"
    return text


def written() -> dict[str, Any]:
    """Return the setting of a chart that writes numbers and months as the reader's language does."""
    if language() == SOURCE:
        return {}
    from babel import Locale

    known = Locale(language())
    symbols, months, days = known.number_symbols["latn"], known.months["format"], known.days["format"]
    number = {"decimal": symbols["decimal"], "thousands": symbols["group"], "grouping": [3], "currency": ["", ""]}
    order = [6, 0, 1, 2, 3, 4, 5]  # a week begins on Sunday there
    time = {
        "dateTime": "%x, %X", "date": "%d/%m/%Y", "time": "%H:%M:%S", "periods": ["AM", "PM"],
        "months": [months["wide"][month] for month in range(1, 13)],
        "shortMonths": [months["abbreviated"][month] for month in range(1, 13)],
        "days": [days["wide"][day] for day in order],
        "shortDays": [days["abbreviated"][day] for day in order],
    }  # fmt: skip
    return {"locale": {"number": number, "time": time}}


def readable(chart: ChartT) -> ChartT:
    """Return a chart with legible small print, whose height is that of its plot alone.

    Without a word of its own, a chart on a page takes axes and legend out of its height: small plots collapse.
    """
    whole = chart.properties(autosize=alt.AutoSizeParams(type="fit-x", contains="padding"))
    axes = whole.configure_axis(labelColor=INK, titleColor=INK)
    return axes.configure_legend(labelColor=INK, titleColor=INK).configure(**written())


def _legend(symbol: str = "square") -> alt.Legend:
    return alt.Legend(title=None, orient="bottom", columns=2, labelLimit=260, symbolOpacity=1, symbolType=symbol)
