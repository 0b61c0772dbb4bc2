"""The results of a comparison: headline table, counts over time, where the flow moved, downloads."""

from __future__ import annotations

import pandas as pd
import streamlit as st
import xarray as xr

from experiments.boundaries import ATTRIBUTION
from experiments.compare import paired_differences
from model.corridor import Corridor
from views.charts import quarterly_chart, quarterly_table
from views.digest import SERIES
from views.headline import WORDS, headline_html
from views.maps import difference_map, flow_map, legs_table
from views.question import BASELINE, Question, corridor_of

READING = (
    "A verdict is drawn from the **90 % interval of the paired difference**: the range that holds the true mean "
    "difference of the model in nine of ten such experiments. It tells of chance within the model, not of what the "
    "model leaves out or of parameters that are assumed."
)
BAND = "Lines: mean of the runs. Bands: from the lowest to the highest run. Each point is a quarter of a year."
MARKS = "● home, ■ stop on the way, ▲ destination."
LEGS_SHOWN = 15


def show(ds: xr.Dataset, question: Question) -> None:
    """Show everything about a comparison.

    Parameters
    ----------
    ds : Dataset
        From `views.tasks.Task.dataset`.
    question : Question
    """
    titles = {policy.name: policy.title for policy in question.policies}
    table = paired_differences(ds, BASELINE)
    st.subheader("Difference to the baseline", anchor=False)
    st.html(headline_html(table, titles))
    with st.expander("How to read this table"):
        st.markdown(READING)
        st.markdown("\n".join(f"- **{word}**: {meaning}" for word, meaning in WORDS.items()))
    _over_time(ds, titles)
    _where(ds, titles, corridor_of(question.corridor))
    _take_along(ds, table, titles, question)


def _over_time(ds: xr.Dataset, titles: dict[str, str]) -> None:
    st.subheader("Over time", anchor=False)
    series = st.selectbox("Show", list(SERIES), format_func=lambda name: SERIES[name].label, key="series")
    chart = quarterly_chart(ds, series, titles)
    st.altair_chart(chart, alt=f"{SERIES[series].label} by quarter for {', '.join(titles.values())}")
    st.caption(BAND)


def _where(ds: xr.Dataset, titles: dict[str, str], corridor: Corridor) -> None:
    st.subheader("Where people travel, and where the flow moves", anchor=False)
    words = {name: f"{title}: difference" for name, title in titles.items()} | {BASELINE: "Baseline: passages a year"}
    policy = st.radio("Map", list(titles), 1, format_func=words.__getitem__, horizontal=True, key="map-policy")
    legs = legs_table(corridor, ds, policy, BASELINE)
    if policy == BASELINE:
        st.altair_chart(flow_map(corridor, legs), alt="Map of passages a year on each leg without any package")
        st.caption(f"The widest line has {legs['flow'].max():,.0f} passages a year. {MARKS} {ATTRIBUTION}")
        return
    if len(ds["replicate"]) < 2:
        st.info("The difference is drawn once two rounds of runs are complete.", icon=":material/hourglass:")
        return
    st.altair_chart(difference_map(corridor, legs), alt=f"Map of legs with more and fewer passages: {titles[policy]}")
    widest = legs["difference"].abs().max()
    st.caption(f"The widest line is a difference of {widest:,.0f} passages a year. {MARKS} {ATTRIBUTION}")
    with st.expander("The legs that change most, as a table"):
        st.dataframe(_legs_to_read(legs), hide_index=True)


def _legs_to_read(legs: pd.DataFrame) -> pd.DataFrame:
    """Return the legs whose flow changes most, in words and whole persons a year."""
    order = legs["difference"].abs().sort_values(ascending=False).index[:LEGS_SHOWN]
    columns = ["from", "to", "mode", "flow", "difference", "low", "high", "change"]
    return legs.loc[order, columns].round(0)


def _take_along(ds: xr.Dataset, table: pd.DataFrame, titles: dict[str, str], question: Question) -> None:
    st.subheader("Take it along", anchor=False)
    name = f"corridor-{question.corridor}-{question.years}y"
    left, right = st.columns(2)
    with left:
        st.download_button(
            "Outcomes (CSV)", table.to_csv(index=False), f"{name}-outcomes.csv", "text/csv", icon=":material/download:",
            on_click="ignore",
        )  # fmt: skip
    with right:
        st.download_button(
            "Counts over time (CSV)", _all_series(ds, titles), f"{name}-series.csv", "text/csv",
            icon=":material/download:", on_click="ignore",
        )  # fmt: skip
    st.caption("To share this comparison, copy the address of the page: it holds every setting.")
    policies = ",".join([BASELINE, *question.packages])
    world = question.world
    st.markdown("The same from a shell:")
    st.code(
        f'corridor compare scenario={question.corridor} "policies=[{policies}]" replicates={question.replicates} '
        f"agents={world.agents} end={world.end}",
        language="bash",
        wrap_lines=True,
    )


def _all_series(ds: xr.Dataset, titles: dict[str, str]) -> str:
    """Return every series of every package by quarter as CSV."""
    parts = [
        quarterly_table(ds, name, titles).assign(series=series.label, unit=series.unit)
        for name, series in SERIES.items()
    ]
    whole = pd.concat(parts, ignore_index=True)
    return str(whole[["series", "unit", "package", "quarter", "mean", "low", "high"]].to_csv(index=False))
