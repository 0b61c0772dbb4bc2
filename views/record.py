"""History alongside an answer: the record by year, the baseline, and the packages' effects from their first day.

All of it is from the comparison's own runs: nothing more is computed for it.
"""

from __future__ import annotations

from collections.abc import Mapping

import altair as alt
import pandas as pd
import streamlit as st
import xarray as xr

from corridor.experiments.reporting.effect_words import three_digits
from corridor.experiments.reporting.language import N_, _
from corridor.scenarios import observed
from corridor.views.charts import readable, short
from corridor.views.page import COLOURS, DASHES
from corridor.views.question import Question

HEIGHT = 190
FEWEST_YEARS = 2
"""Years with a record below which no comparison with it is drawn."""
KINDS = {"detections": N_("Detected crossings by year"), "deaths": N_("Recorded deaths by year")}
SERIES = {"irregular_arrivals": N_("Irregular arrivals by year"), "deaths": N_("Deaths by year")}
RECORD = N_("on record")
CAPTION = N_(
    "Black: the record. Lines: median of the comparison's runs, band: their lowest to highest at baseline. The runs "
    "follow the model's mechanisms and not the reanalysis of the record, so that their levels miss it; the distance "
    "between the lines is what the packages change, from {year} on. Deaths are those that observers record, most of "
    "them at sea."
)
AHEAD = N_(
    "Lines: median of the comparison's runs, band: their lowest to highest at baseline. These years have no record "
    "yet; the distance between the lines is what the packages change, from {year} on."
)


def record(ds: xr.Dataset, question: Question, titles: Mapping[str, str]) -> None:
    """Show the record, the baseline and the packages by year.

    Parameters
    ----------
    ds : Dataset
        From `corridor.views.tasks.Task.dataset`.
    question : Question
    titles : mapping of str to str
        Policy to the name that people read, the baseline first.
    """
    held = "simulated" in ds and ds.sizes["observed_year"] >= FEWEST_YEARS
    tables = {
        _(title): yearly_table(ds["simulated"].sel(kind=kind).sum("observed_route"), "observed_year", titles)
        for kind, title in (KINDS.items() if held else ())
    } or {
        _(title): yearly_table(by_year(ds["quarterly"].sel(series=name)), "year", titles)
        for name, title in SERIES.items()
    }
    known = on_record(question.corridor) if held else {}
    for column, (title, table), kind in zip(st.columns(len(tables)), tables.items(), KINDS, strict=True):
        with column:
            st.markdown(f"**{title}**")
            chart = record_chart(table, known.get(kind), titles)
            st.altair_chart(chart, alt=f"{title}. {record_words(table, titles)}", key=f"record-{kind}")
    since = min(package.since or question.first for package in question.packages)
    st.caption(_(CAPTION if held else AHEAD).format(year=since))


def on_record(corridor: str) -> dict[str, pd.DataFrame]:
    """Return the record of whole years, all routes together: columns ``year, count``."""
    found = {}
    for kind, table in observed(corridor).items():
        years = table.assign(year=table["month"].dt.year).groupby("year")
        whole = years["month"].nunique() == 12
        found[kind] = years[kind].sum()[whole].rename("count").reset_index()
    return found


def by_year(quarterly: xr.DataArray) -> xr.DataArray:
    """Return sums by year of a series by quarter, for years with four of them."""
    years = quarterly.groupby("quarter.year")
    return years.sum().where(quarterly["quarter"].groupby("quarter.year").count() == 4, drop=True)


def yearly_table(runs: xr.DataArray, year: str, titles: Mapping[str, str]) -> pd.DataFrame:
    """Return median, lowest and highest run by year and package.

    Returns
    -------
    DataFrame
        Columns ``year, package, median, low, high``.
    """
    shown = runs.sel(policy=list(titles)).rename({} if year == "year" else {year: "year"})
    parts = {"median": shown.median("replicate"), "low": shown.min("replicate"), "high": shown.max("replicate")}
    table = xr.Dataset(parts).reset_coords(drop=True).to_dataframe().reset_index()
    return table.assign(package=table["policy"].map(dict(titles))).drop(columns="policy")


def record_chart(
    table: pd.DataFrame, known: pd.DataFrame | None, titles: Mapping[str, str]
) -> alt.LayerChart | alt.FacetChart:
    """Draw the record, the baseline with its range, and the packages.

    Parameters
    ----------
    table : DataFrame
        From `yearly_table`.
    known : DataFrame, optional
        From `on_record`.
    titles : mapping of str to str
        Policy to the name that people read, the baseline first.
    """
    lines = table[["year", "package", "median"]]
    names, colours, dashes = list(titles.values()), ["#6b7783", *COLOURS[1:]], [*DASHES]
    if known is not None:
        lines = pd.concat([lines, known.rename(columns={"count": "median"}).assign(package=_(RECORD))])
        names, colours, dashes = [_(RECORD), *names], ["#111111", *colours], [[1, 0], *DASHES[1:], [1, 1]]
    legend = alt.Legend(title=None, orient="bottom", columns=2, labelLimit=260, symbolType="stroke")
    colour = alt.Color("package:N", scale=alt.Scale(domain=names, range=colours[: len(names)]), legend=legend)
    dash = alt.StrokeDash("package:N", scale=alt.Scale(domain=names, range=dashes[: len(names)]), legend=legend)
    years = alt.X("year:O", title=None, axis=alt.Axis(labelAngle=0, labelOverlap=True))
    axis = alt.Axis(labelExpr=short(), tickCount=4)
    base = alt.Chart(table[table["package"] == next(iter(titles.values()))]).encode(x=years)
    band = base.mark_area(opacity=0.25, color="#6b7783").encode(y=alt.Y("low:Q", title=None, axis=axis), y2="high:Q")
    drawn = (
        alt.Chart(lines)
        .mark_line(strokeWidth=2.2, point={"size": 22})
        .encode(
            x=years, y=alt.Y("median:Q", title=None, axis=axis), color=colour, strokeDash=dash,
            tooltip=[
                alt.Tooltip("package:N", title=" "), alt.Tooltip("year:O", title=" "),
                alt.Tooltip("median:Q", format=",.3s", title=_("persons")),
            ],
        )
    )  # fmt: skip
    return readable(alt.layer(band, drawn).properties(height=HEIGHT))


def record_words(table: pd.DataFrame, titles: Mapping[str, str]) -> str:
    """Return the finding of `record_chart` in a sentence: each package's median sum over the years."""
    sums = table.groupby("package")["median"].sum()
    told = _(", ").join(f"{package} {three_digits(sums[package])}" for package in titles.values())
    return _("All years together: {packages}.").format(packages=told)
