"""Downloads of the Compare page: report, tables, data, policy files, command."""

from __future__ import annotations

import datetime as dt
import io
import shlex
import tempfile
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import altair as alt
import pandas as pd
import streamlit as st
import xarray as xr

from corridor.experiments.reporting.language import N_, SOURCE, _, language, speaking
from corridor.experiments.runs.store import export_netcdf
from corridor.experiments.runs.tables import csv_text
from corridor.scenarios import available
from corridor.views.brief import MOST_LETTERS, brief_html, series_title
from corridor.views.charts import quarterly_chart, quarterly_table
from corridor.views.digest import COUNTS, SERIES, described
from corridor.views.gallery import asked_words
from corridor.views.groups import DIVISIONS, groups_table
from corridor.views.package import corridor_of, yaml_text
from corridor.views.printed import CHART_WIDTH, ORIGIN, embedded
from corridor.views.question import Question
from corridor.views.report import report_html

Make = Callable[[], str | bytes]
EMBED = N_(
    "The readers of that page must be able to reach this server without signing in: an address of your own machine "
    "(127.0.0.1) shows them nothing. The comparison is computed or looked up when they open it."
)


def downloads(
    ds: xr.Dataset, table: pd.DataFrame, beside: pd.DataFrame, titles: dict[str, str], question: Question, answer: str
) -> None:
    """Draw the downloads; each is made when it is asked for. The answer is HTML."""
    st.header(_("Download"), anchor=False)
    name = f"corridor-{question.corridor}-{question.first}-{question.last}"
    page, today = st.context.url or "", dt.date.today()
    author = st.text_input(_("A sentence of yours for the brief"), max_chars=MOST_LETTERS, key="author")
    with speaking(SOURCE):
        english = {policy: question.titles[policy] for policy in titles}
    brief = _told(partial(brief_html, ds, titles, question, answer, page, author, today), language())
    charts = _told(partial(charts_zip, ds, titles), language())
    report = partial(report_html, ds, table, beside, english, question, page, today)
    offers: list[tuple[str, Make, str, str]] = [
        (_("Brief, one page to print (HTML)"), brief, f"{name}-brief.html", "text/html"),
        (_("Report (HTML)"), report, f"{name}.html", "text/html"),
        (_("Charts (PNG)"), charts, f"{name}-charts.zip", "application/zip"),
        (_("Outcomes (CSV)"), partial(csv_text, shortened(table)), f"{name}-outcomes.csv", "text/csv"),
        (_("Counts over time (CSV)"), partial(series_csv, ds, english), f"{name}-series.csv", "text/csv"),
        (_("All results (NetCDF)"), partial(netcdf, ds, question), f"{name}.nc", "application/x-netcdf"),
    ]
    if ds.sizes["replicate"] > 1:
        groups = partial(groups_csv, ds, english, question)
        offers.insert(-1, (_("Groups (CSV)"), groups, f"{name}-groups.csv", "text/csv"))
    is_ready = all(file.name in available("policies") for file in question.files)
    if not is_ready:
        offers.append(
            (_("Packages (YAML)"), partial(policies_zip, question), f"{name}-packages.zip", "application/zip")
        )
    with st.container(horizontal=True):
        for label, data, file, mime in offers:
            st.download_button(
                label, _told(data, SOURCE), file, mime, icon=":material/download:", on_click="ignore",
                key=f"take-{file}",
            )  # fmt: skip
    if language() != SOURCE:
        st.caption(_("Report and tables are in English only."))
    st.caption(_("To share this comparison, copy the address of the page: it holds every setting."))
    there = _("The same from a shell, where the packages are unpacked:")
    st.markdown(_("The same from a shell:") if is_ready else there)
    st.code(command(question, is_ready), language=None, wrap_lines=True)
    st.markdown(_("To show it inside another page:"))
    st.code(embedded(question, page, asked_words(question)), language="html", wrap_lines=True)
    st.caption(_(EMBED))


def _told(make: Make, code: str) -> Make:
    """Return a function that makes a file in a given language, whatever the language of the page when it is called."""

    def made() -> str | bytes:
        with speaking(code):
            return make()

    return made


def command(question: Question, is_ready: bool) -> str:
    """Return the shell command that computes the same runs; with ready policies by name, or by files."""
    names = [file.name if is_ready else f"./{file.name}.yaml" for file in question.files]
    world = question.world
    parts = [
        f"scenario={question.corridor}",
        f"policies=[{','.join(names)}]",
        f"replicates={question.replicates}",
        f"agents={world.agents}",
        f"start={world.start}",
        f"end={world.end}",
        *([f"future={question.future}"] if question.future else []),
        *(["parameters=posterior"] if world.draws else []),
        *(["history=reanalysis"] if world.latent else []),
    ]
    return "corridor compare " + " ".join(shlex.quote(part) for part in parts)


def shortened(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose figures have four significant digits, as many as a simulation can bear."""
    figures = table.select_dtypes("float").columns
    return table.assign(**{name: table[name].map(lambda value: float(f"{value:.4g}")) for name in figures})


def charts_zip(ds: xr.Dataset, titles: dict[str, str]) -> bytes:
    """Return the charts over time as pictures for slides, each with its title, unit and source inside."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in SERIES:
            picture = io.BytesIO()
            titled = alt.Title(series_title(name), subtitle=_(ORIGIN), anchor="start")
            quarterly_chart(ds, name, titles).properties(width=CHART_WIDTH, title=titled).save(
                picture, format="png", scale_factor=2
            )
            archive.writestr(f"{name}.png", picture.getvalue())
    return buffer.getvalue()


def series_csv(ds: xr.Dataset, titles: dict[str, str]) -> str:
    """Return every series of every package by quarter."""
    parts = [
        quarterly_table(ds, name, titles).assign(series=series.label, unit=series.unit)
        for name, series in SERIES.items()
    ]
    whole = pd.concat(parts, ignore_index=True)
    return csv_text(shortened(whole)[["series", "unit", "package", "quarter", "mean", "low", "high"]])


def groups_csv(ds: xr.Dataset, titles: dict[str, str], question: Question) -> str:
    """Return all differences by sex and age, origin and route."""
    corridor = corridor_of(question.corridor)
    parts = [
        groups_table(ds, name, str(count), corridor).assign(by=division.label, count=COUNTS[str(count)])
        for name, division in DIVISIONS.items()
        for count in ds[division.counts].to_numpy()
    ]
    whole = pd.concat([part for part in parts if len(part)], ignore_index=True)
    whole["package"] = whole["policy"].map(titles)
    columns = ["by", "count", "group", "package", "baseline", "difference", "low", "high", "verdict"]
    return csv_text(shortened(whole[columns]))


def netcdf(ds: xr.Dataset, question: Question) -> bytes:
    """Return the runs, reduced as the pages need them, as a NetCDF file."""
    shared = {name: value for name, value in ds.attrs.items() if isinstance(value, str | int | float)}
    plain = described(ds.drop_attrs(deep=False)).assign_attrs(
        shared,
        Conventions="CF-1.11",
        title=f"Comparison of policies: {question.corridor}, {question.first} to {question.last}",
        address="&".join(f"{name}={value}" for name, value in question.address().items()),
        comment="not a forecast; see the model's description",
    )
    plain = plain.assign_coords(
        {name: values.astype(object) for name, values in plain.coords.items() if values.dtype.kind in "UTO"}
    )
    with tempfile.TemporaryDirectory() as folder:
        return export_netcdf(plain, Path(folder) / "comparison.nc").read_bytes()


def policies_zip(question: Question) -> bytes:
    """Return the policy files of a comparison."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in question.files:
            archive.writestr(f"{file.name}.yaml", yaml_text(file))
    return buffer.getvalue()
