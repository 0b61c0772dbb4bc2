"""Experiments, for researchers: look into a study while it grows."""

from __future__ import annotations

import math
from functools import partial
from pathlib import Path

import altair as alt
import pandas as pd
import streamlit as st

from corridor.experiments.analysis.differences import paired_differences
from corridor.experiments.analysis.economics import LABELS
from corridor.experiments.analysis.robust import Robustness, assess
from corridor.experiments.reporting.study_report import html_report
from corridor.experiments.reporting.study_text import criteria_text, duration, regret_rows, satisficing_rows
from corridor.experiments.runs.tables import csv_text
from corridor.experiments.studies.ensemble import StudyStatus, status
from corridor.experiments.studies.store import EnsembleStore
from corridor.model.errors import InvalidInput
from corridor.views.charts import readable
from corridor.views.headline import headline_html
from corridor.views.learnt import learnt
from corridor.views.page import heading, notice
from corridor.views.studies import STUDIES, listed, opened, ranks, recipe, sensitivity_table
from corridor.views.words import plain

LEAD = (
    "Open a **study** that a shell or a cluster is computing: how far it is, what failed, what it says so far. Nothing "
    "is computed here; studies are made with `corridor ensemble`, `sensitivity`, `robust`, `calibrate` and `hindcast`."
)
EMPTY = (
    "**No study yet.** This page lists the ensembles in the folder `results` of the directory in which the app was "
    "started. A small one takes a minute:"
)
EXAMPLE = """corridor ensemble experiment=tutorial
corridor robust scenario=tutorial "policies=[baseline,rescue]" "vary=[departure_rate,foresight,drought]" samples=60"""
NO_FUTURES = "Robustness is told once there are futures in which all policies are finished."
SECONDS_BETWEEN_LOOKS = 5.0
MOST_FAILURES = 50
MOST_CACHED = 20


def page() -> None:
    """Show the page."""
    heading("Experiments", LEAD)
    notice()
    studies, knowledge = st.tabs(["Studies", "Posterior and hindcasts"])
    with studies:
        _studies()
    with knowledge:
        learnt()


def _studies() -> None:
    found = {study.name: study for study in listed()}
    if not found:
        st.info(EMPTY, icon=":material/science:")
        st.code(EXAMPLE, language=None, wrap_lines=True)
        return
    asked = st.query_params.get("study", "")
    names = list(found)
    name = st.selectbox(
        "Study",
        names,
        names.index(asked) if asked in names else 0,
        lambda key: f"{found[key].title} ({key})",
        help="Ensembles in the folder of results, the last changed first.",
    )
    st.query_params["study"] = name
    try:
        store = opened(name)
        st.fragment(_progress, run_every=SECONDS_BETWEEN_LOOKS)(name)
        _findings(store, name)
    except InvalidInput as error:
        st.error(f"This study cannot be read: {plain(error)}.", icon=":material/error:")


def _progress(name: str) -> None:
    """Show how far a study is; looks again every few seconds."""
    told: StudyStatus = status(STUDIES / name)
    totals = told.totals
    whole = sum(totals.values())
    st.header(plain(told.title), anchor=False)
    st.markdown(plain(told.question))
    st.progress(totals["finished"] / whole if whole else 0.0, f"{totals['finished']:,} of {whole:,} runs finished")
    rate = "–" if math.isnan(told.per_second) else f"{told.per_second * 60:.3g}"
    figures = {name.capitalize(): f"{count:,}" for name, count in totals.items()}
    figures["Runs a minute"] = rate
    if totals["missing"]:
        figures["Time left"] = duration(told.seconds_left)
    with st.container(horizontal=True, gap="medium"):
        for label, value in figures.items():
            st.metric(label, value, width="content")
    with st.expander("By scenario, future and policy"):
        st.dataframe(told.counts.assign(policy=told.counts["policy"].map(_in_words)), hide_index=True)
    if len(told.failures):
        st.warning(f"{len(told.failures):,} runs failed; the others go on. They are tried again by the same command.")
        st.dataframe(told.failures.head(MOST_FAILURES), hide_index=True)
    if told.damaged:
        st.warning(f"{len(told.damaged):,} finished runs cannot be read; the same command computes them again.")


def _findings(store: EnsembleStore, name: str) -> None:
    """Show the results of the finished runs."""
    finished = int((store.states() == "finished").sum())
    kinds = ["Policies", "Sensitivity", "Robustness", "Reproduce"]
    kind = st.pills("Look at", kinds, default=kinds[0], key="study-view", required=True)
    if not finished and kind != "Reproduce":
        st.info("No run is finished yet.", icon=":material/hourglass:")
        return
    more = "" if (store.states() == "finished").all() else " Reload the page to take in those that came since."
    st.caption(f"From {finished:,} finished runs.{more}")
    if kind == "Policies":
        _policies(store)
    elif kind == "Sensitivity":
        _sensitivity(store, name)
    elif kind == "Robustness":
        _robustness(name, finished)
    else:
        _reproduce(store, name, finished)


def _policies(store: EnsembleStore) -> None:
    if len(store.policies) < 2:
        st.info("One policy only: nothing to compare.", icon=":material/balance:")
        return
    worlds = store.worlds
    world = worlds[0]
    if len(worlds) > 1:
        world = st.selectbox("World", worlds, format_func=lambda pair: ", future: ".join(pair))
    table = paired_differences(store.outcomes(*world), store.policies[0])
    st.html(headline_html(table, {policy: _in_words(policy) for policy in store.policies}))
    st.caption(
        "Pairs are runs of equal seed and equal sample of what is uncertain. The intervals cover luck and the spread "
        "of the design, which is no probability."
    )


def _sensitivity(store: EnsembleStore, name: str) -> None:
    indices = sensitivity_table(name)
    if indices is not None:
        st.markdown("**Indices** that `corridor sensitivity` has computed")
        st.dataframe(indices, hide_index=True)
    if not store.factors:
        st.info("Nothing varies in this study.", icon=":material/tune:")
        return
    policy = st.selectbox("Policy", store.policies, format_func=_in_words, key="rank-policy")
    table = ranks(store, policy)
    if table.empty:
        st.info("Rank correlations are shown from ten finished runs on.", icon=":material/hourglass:")
        return
    shown = list(table["outcome"].drop_duplicates())
    outcome = st.selectbox("Outcome", shown, format_func=LABELS.__getitem__, key="rank-outcome")
    part = table[table["outcome"] == outcome]
    st.altair_chart(_ranks_chart(part), alt=f"Rank correlation of each factor with {LABELS[outcome]}")
    st.caption(
        f"Spearman's rank correlation with {LABELS[outcome]} over {int(part['runs'].max()):,} runs, with 90 % "
        "intervals. Right: the more, the more. It shows what rises or falls steadily and misses effects that turn; "
        "variance shares come from `corridor sensitivity method=sobol`."
    )


def _ranks_chart(part: pd.DataFrame) -> alt.LayerChart | alt.FacetChart:
    order = list(part.reindex(part["correlation"].abs().sort_values(ascending=False).index)["factor"])
    base = alt.Chart(part).encode(y=alt.Y("factor:N", sort=order, title=None, axis=alt.Axis(labelLimit=240)))
    axis = alt.X("low:Q", title="rank correlation", scale=alt.Scale(domain=[-1, 1]))
    whiskers = base.mark_rule(strokeWidth=2, color="#0072B2").encode(x=axis, x2="high:Q")
    figures = [alt.Tooltip(f"{name}:Q", format="+.2f") for name in ("correlation", "low", "high")]
    points = base.mark_point(filled=True, size=70, color="#0072B2", opacity=1).encode(
        x="correlation:Q", tooltip=["factor:N", *figures]
    )
    zero = alt.Chart(pd.DataFrame({"x": [0]})).mark_rule(color="#8795a3").encode(x="x:Q")
    return readable(alt.layer(zero, whiskers, points).properties(height=max(120, 30 * len(part))))


@st.cache_data(max_entries=MOST_CACHED, show_spinner="Assessing …")
def _assessed(name: str, finished: int) -> Robustness:
    """Return the robustness of a study's policies; remembered for as many runs as are finished."""
    del finished  # tells the cache when there is more to see
    store = opened(name)
    return assess(store.table(), store.factors)


def _robustness(name: str, finished: int) -> None:
    try:
        found = _assessed(name, finished)
    except InvalidInput as error:
        st.info(f"{NO_FUTURES} ({plain(error)}.)", icon=":material/hourglass:")
        return
    st.markdown("**Regret**: how far a package falls behind the best one of each future; with few runs of a future "
                "luck decides which is best.")  # fmt: skip
    _table(*regret_rows(found.regret))
    st.markdown(f"**Holding up**: in the same future, {criteria_text(found.thresholds)}.")
    _table(*satisficing_rows(found.satisficing))
    st.markdown("**Scenario discovery**: in which futures does a package fail?")
    for discovery in found.discoveries:
        said = " ".join(discovery.words().split())
        st.markdown(f"- {plain(said.replace(discovery.policy, _in_words(discovery.policy), 1))}")
    st.caption("A future here is one sample of what is uncertain. Shares of futures are not chances.")


def _table(header: list[str], rows: list[list[str]]) -> None:
    heads = [f"{head} of {header[place - 1]}" if head in header[:place] else head for place, head in enumerate(header)]
    table = pd.DataFrame(rows, columns=heads)
    st.dataframe(table.assign(policy=table["policy"].map(_in_words)), hide_index=True)


def _in_words(policy: str) -> str:
    """Return the name of a policy as people read it."""
    return policy.replace("_", " ").capitalize()


def _reproduce(store: EnsembleStore, name: str, finished: int) -> None:
    command, text = recipe(store)
    if command:
        st.markdown("**The command that made it**; the button at the right copies it.")
        st.code(command, language=None, wrap_lines=True)
        st.markdown("The same as a file, for `corridor … experiment=./study.yaml`:")
        st.code(text, language=None)
    else:
        st.info("Made by a program, not by a command; the design is in the store.", icon=":material/code:")
    st.markdown("Look at it from a shell, and export it:")
    st.code(f"corridor status results/{name}\ncorridor report results/{name}", language=None)
    versions = ", ".join(f"{library} {version}" for library, version in store.attrs["versions"].items())
    st.caption(plain(f"Model {store.attrs['identity']['model_hash']}; {versions}"))
    with st.container(horizontal=True):
        stem = Path(name).stem
        runs = partial(csv_text, store.table().reset_index())
        st.download_button("Every run (CSV)", runs, f"{stem}-runs.csv", "text/csv", on_click="ignore")
        if finished:
            st.download_button(
                "Report (HTML)", lambda: html_report(STUDIES / name), f"{stem}.html", "text/html", on_click="ignore"
            )
    seconds = store.timing()["seconds"].sum()
    st.caption(f"Computing time so far: {duration(seconds)}.")
