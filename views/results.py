"""The results of a comparison: headline table, counts over time, maps, value for money, groups, evidence."""

from __future__ import annotations

import pandas as pd
import streamlit as st
import xarray as xr

from corridor.experiments.analysis.differences import paired_differences
from corridor.experiments.analysis.economics import LABELS
from corridor.experiments.reporting.boundaries import ATTRIBUTION
from corridor.experiments.runs.tables import rounded
from corridor.model.corridor import Corridor
from corridor.scenarios.validation import short_form
from corridor.views.charts import quarterly_chart
from corridor.views.digest import COUNTS, SERIES
from corridor.views.downloads import downloads
from corridor.views.evidence import KINDS, UNCHECKED, observed_chart, observed_table, standing_of_differences, standings
from corridor.views.groups import DIVISIONS, groups_chart, groups_sentences, groups_table
from corridor.views.headline import WORDS, headline_html
from corridor.views.maps import difference_map, flow_map, legs_table
from corridor.views.package import corridor_of
from corridor.views.question import Question
from corridor.views.value import EFFECTS, value_chart, value_words

READING = (
    "A verdict is drawn from the **90 % interval of the paired difference**: the range that holds the true mean "
    "difference of the model in nine of ten such experiments. It tells of chance within the model and, in a corridor "
    "that was fitted, of the parameters that the fit left possible; not of what the model leaves out or assumes. Below "
    "each outcome stands what its level has been held against."
)
BAND = "Lines: mean of the runs. Bands: from the lowest to the highest run. Each point is a quarter of a year."
MARKS = "● home, ■ stop on the way, ▲ destination."
LEGS_SHOWN = 15
ONE_PAIR = "Intervals, and what rests on them, are shown once two rounds of runs are complete."
NO_RECORDS = (
    "**Nothing to hold it against.** This corridor has no observations of whole years in the period: no level shown "
    "here has been checked, and only differences between packages can be discussed."
)


def show(ds: xr.Dataset, question: Question) -> None:
    """Show everything about a comparison.

    Parameters
    ----------
    ds : Dataset
        From `corridor.views.tasks.Task.dataset`.
    question : Question
    """
    present = set(ds["policy"].to_numpy())
    titles = {name: title for name, title in question.titles.items() if name in present}
    table = paired_differences(ds, question.baseline)
    beside = observed_table(ds, question.baseline)
    st.subheader("Difference to the baseline", anchor=False)
    st.html(headline_html(table, titles, standings(beside)))
    if len(titles) <= len(question.packages):
        st.caption("The other packages follow as their first runs are complete.")
    with st.expander("How to read this table"):
        st.markdown(READING)
        st.markdown("\n".join(f"- **{word}**: {meaning}" for word, meaning in WORDS.items()))
    corridor = corridor_of(question.corridor)
    st.fragment(_over_time)(ds, titles)
    st.fragment(_where)(ds, titles, corridor)
    if ds.sizes["replicate"] > 1:
        st.fragment(_value)(ds, titles)
        st.fragment(_who)(ds, titles, corridor)
    else:
        st.info(ONE_PAIR, icon=":material/hourglass:")
    _evidence(beside, question.corridor)
    downloads(ds, table, beside, titles, question)


def _over_time(ds: xr.Dataset, titles: dict[str, str]) -> None:
    st.subheader("Over time", anchor=False)
    series = st.selectbox("Show", list(SERIES), format_func=lambda name: SERIES[name].label, key="series")
    chart = quarterly_chart(ds, series, titles)
    st.altair_chart(chart, alt=f"{SERIES[series].label} by quarter for {', '.join(titles.values())}")
    st.caption(BAND)


def _where(ds: xr.Dataset, titles: dict[str, str], corridor: Corridor) -> None:
    st.subheader("Where people travel, and where the flow moves", anchor=False)
    kinds = ["Where the flow moved", "Flow under each package"]
    kind = st.segmented_control("Maps", kinds, default=kinds[0], key="maps", required=True)
    baseline, *packages = titles
    tables = {name: legs_table(corridor, ds, name, baseline) for name in titles}
    if kind == kinds[1]:
        widest = max(table["flow"].max() for table in tables.values())
        drawn = {name: flow_map(corridor, tables[name], 400, widest) for name in titles}
        words, unit = "passages a year on each leg", "passages a year"
    elif ds.sizes["replicate"] < 2:
        st.info(ONE_PAIR, icon=":material/hourglass:")
        return
    else:
        widest = max(tables[name]["difference"].abs().max() for name in packages)
        drawn = {name: difference_map(corridor, tables[name], 400, widest) for name in packages}
        words, unit = "legs with more and fewer passages than at baseline", "passages a year more or fewer"
    for column, (name, chart) in zip(_columns(len(drawn)), drawn.items(), strict=True):
        with column:
            st.markdown(f"**{titles[name]}**")
            st.altair_chart(chart, alt=f"Map of {words}: {titles[name]}")
    st.caption(f"All maps have one scale; the widest line is {rounded(widest)} {unit}. {MARKS} {ATTRIBUTION}")
    with st.expander("The legs that change most, as a table"):
        for name in packages:
            st.markdown(f"**{titles[name]}**, persons a year")
            st.dataframe(legs_to_read(tables[name]), hide_index=True)


def _columns(count: int) -> list[st.delta_generator.DeltaGenerator]:
    """Return places for charts, two in a row."""
    rows = [st.columns(2) for _ in range(0, count, 2)]
    return [column for row in rows for column in row][:count]


def legs_to_read(legs: pd.DataFrame) -> pd.DataFrame:
    """Return the legs whose flow changes most, in words and figures rounded as people read them."""
    order = legs["difference"].abs().sort_values(ascending=False).index[:LEGS_SHOWN]
    table = legs.loc[order, ["from", "to", "mode", "flow", "difference", "low", "high", "change"]]
    table["flow"] = table["flow"].map(rounded)
    for name in ("difference", "low", "high"):
        table[name] = table[name].map(lambda value: rounded(value, signed=True))
    return table.rename(columns={"low": "interval from", "high": "to "})


def _value(ds: xr.Dataset, titles: dict[str, str]) -> None:
    st.subheader("What it buys", anchor=False)
    effect = st.segmented_control(
        "Public money for each", list(EFFECTS), default="deaths", format_func=lambda name: f"{EFFECTS[name]} fewer",
        key="effect", required=True, help="Extra public cost over the whole period, divided by what is avoided in it.",
    )  # fmt: skip
    chosen = str(effect or "deaths")
    packages = list(titles)[1:]
    st.markdown("\n".join(f"- **{titles[name]}**: {value_words(ds, name, chosen)}." for name in packages))
    words = f"Extra public cost against {LABELS[chosen]} avoided, a mark a pair of runs"
    st.altair_chart(value_chart(ds, chosen, titles), alt=words)
    st.caption(
        "Each mark is one pair of runs. Right of the line: avoided; below it: cheaper than doing without. Costs are "
        "public costs, part of them assumed; what migrants, families and employers gain or lose is not money here."
    )


def _who(ds: xr.Dataset, titles: dict[str, str], corridor: Corridor) -> None:
    st.subheader("Who gains, who loses", anchor=False)
    left, right = st.columns(2)
    divisions = list(DIVISIONS)
    division = left.selectbox("By", divisions, format_func=lambda name: DIVISIONS[name].label, key="division")
    counts = [str(name) for name in ds[DIVISIONS[division].counts].to_numpy()]
    first = counts.index("deaths")
    count = right.selectbox("What", counts, first, format_func=COUNTS.__getitem__, key=f"count-{division}")
    table = groups_table(ds, division, count, corridor)
    if table.empty:
        st.info(f"No {COUNTS[count]} in these runs.", icon=":material/person_off:")
        return
    st.markdown("\n".join(f"- {sentence}" for sentence in groups_sentences(table, titles)))
    words = f"Difference in {COUNTS[count]} by {DIVISIONS[division].label}, with 90 % intervals"
    st.altair_chart(groups_chart(table, titles), alt=words)
    st.caption(
        f"{COUNTS[count].capitalize()} over the whole period, difference to the baseline. Marks: mean of the pairs of "
        "runs; lines: 90 % interval. Where the line crosses zero, the runs cannot tell. With many groups, about one in "
        "ten intervals misses its true value by chance alone."
    )


def _evidence(beside: pd.DataFrame, corridor: str) -> None:
    st.subheader("How far from what was recorded", anchor=False)
    with st.expander("What this corridor has earned the right to be used for"):
        st.markdown(short_form(corridor))
    if beside.empty:
        st.info(NO_RECORDS, icon=":material/visibility_off:")
        return
    for outcome, standing in standings(beside).items():
        st.markdown(f"- **{LABELS[outcome].capitalize()}**: {standing.sentence}")
    st.markdown(f"- **All other outcomes**: {UNCHECKED.sentence}")
    st.markdown(f"- **Differences between packages**: {standing_of_differences(corridor).sentence}")
    with st.expander("Observed beside simulated, by route and year"):
        for kind in beside["kind"].drop_duplicates():
            st.markdown(f"**{KINDS[kind].capitalize()}**: the baseline beside the record")
            parts = list(beside[beside["kind"] == kind].groupby("route", sort=False))
            for column, (route, part) in zip(_columns(len(parts)), parts, strict=True):
                with column:
                    st.caption(str(route))
                    st.altair_chart(observed_chart(part), alt=f"{KINDS[kind]} on {route}, observed and simulated")
        st.caption("Equal steps upwards are equal factors; one is added to every count so that zeros can be drawn.")
