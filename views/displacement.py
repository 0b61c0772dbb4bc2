"""Displacement: a conflict case in Flee's format, uploaded, run, and held against its data."""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd
import streamlit as st
import xarray as xr

from corridor.experiments.reporting.boundaries import ATTRIBUTION
from corridor.experiments.runs.tables import csv_text, rounded
from corridor.model.errors import InvalidInput
from corridor.views.board import board
from corridor.views.camps import camp_chart, camp_map, camp_words, map_words
from corridor.views.displaced import INVENTED, UploadedCase, bundled_case, cases_of
from corridor.views.page import announce, heading, session, spoken, stop_button
from corridor.views.tasks import Task
from corridor.views.upload import KINDS, MOST_BYTES, MOST_ENTRIES, packed
from corridor.views.words import plain

LEAD = (
    "Where do people flee to when a conflict spreads? Upload a **case in the format of Flee**, the field's leading "
    "displacement code; it is run with Corridor's rule and held against the camp counts that come with it."
)
SEEDS = (0, 1, 2)
STANDING = (
    "**What it does.** The number of newly displaced people comes from the case's own data; the model predicts only "
    "*where they go*. It is useful for a case where its error is below that of the naive rules. Never use it to direct "
    "people."
)
CAPACITIES = (
    "**Judge by the error without capacities.** Many camp capacities were recorded after the fact, as the largest "
    "number ever counted there: whoever knows them knows part of the answer. In a new emergency they are not known."
)
UNKNOWN_CAPACITIES = "Most camps of this case have no capacity in the files, so that the model does without."
MEASURE = (
    "The measure is the averaged relative difference (ARD): on each day the differences between simulated and observed "
    "camps, added up and divided by everybody counted in camps that day; then the mean over all days. 0 is perfect; at "
    "1 the differences are as large as the count. Flee's rule runs here as built into Corridor, with the settings that "
    "the case brings or Flee's usual ones; published results of Flee itself can differ a little."
)
OURS, FAIR, FLEE = "Corridor, knowing the camps' capacities", "Corridor, without capacities", "Flee's rule"
NAIVE = {
    "equal": "Naive: everybody is spread evenly over the camps",
    "capacity": "Naive: spread by the camps' capacities",
    "nearest": "Naive: everybody goes to the nearest camp",
    "day_7_shares": "Naive, has seen data: the shares observed on day 7 stay",
    "day_7_counts": "Naive, has seen data: the counts observed on day 7 stay",
}
FORMAT = f"""
- A folder, or a zip file of it, with `input_csv/` (`locations.csv`, `routes.csv`, `closures.csv`, `conflicts.csv`,
  `registration_corrections.csv`, `sim_period.csv`) and `source_data/` (`data_layout.csv` and the files that it names).
  It may hold several such folders; then you choose the case.
- Up to {MOST_BYTES // 1_000_000} MB and {MOST_ENTRIES} entries, text files only ({", ".join(KINDS)}).
- The upload is read as data, never run, and not kept: it goes to a worker and is deleted when the run ends.
- It must hold no data on single persons.
"""
EMPTY = "**No case yet.** Choose a zip file or a folder, or try the invented case."
RESULTS_THERE, NO_RESULTS = "The results of this case are on the page.", "This case has no results."
ZIP, FOLDER = "a zip file", "a folder"


def page() -> None:
    """Show the page."""
    heading("Displacement", LEAD)
    st.info(STANDING, icon=":material/info:")
    data = _upload()
    with st.expander("What the file must hold, and what happens to it"):
        st.markdown(FORMAT)
    if data is None and st.button("Try an invented case", icon=":material/play_arrow:"):
        st.session_state["invented"] = True
    if data is None and not st.session_state.get("invented"):
        st.info(EMPTY, icon=":material/upload_file:")
        return
    data = data or bundled_case()
    task = _task(data, _case(data))
    if task is None:
        return
    if task.is_live:
        stop_button(lambda: board().cancel(f"{session()}-displacement", task))
        st.fragment(_progress, run_every=1.0)(task, task.shown)
    elif task.status == "failed":
        st.error(f"**This case cannot be run.** {plain(task.error)}", icon=":material/error:")
    elif task.status == "cancelled":
        st.info("**Stopped.** Choose the file again to go on.", icon=":material/stop_circle:")
    announce("" if task.is_live else RESULTS_THERE if task.seeds else NO_RESULTS)
    if task.seeds:
        _show(task)


def _upload() -> bytes | None:
    """Ask for a zip file or a folder; return it as a zip file, None as long as there is none that can be taken."""
    kind = st.radio("You have", (ZIP, FOLDER), horizontal=True)
    size = MOST_BYTES // 1_000_000
    if kind == ZIP:
        upload = st.file_uploader("A case as a zip file", type="zip", max_upload_size=size)
        return None if upload is None else upload.getvalue()
    types = [kind.removeprefix(".") for kind in KINDS]
    files = st.file_uploader("A case as a folder", type=types, accept_multiple_files="directory", max_upload_size=size)
    try:
        return packed({file.name: file.getvalue() for file in files}) if files else None
    except InvalidInput as error:
        st.error(f"**This folder cannot be taken.** {plain(error)}", icon=":material/error:")
        return None


def _case(data: bytes) -> str:
    """Return the name of the case, asked for where an upload holds several."""
    cases = cases_of(data)
    return str(st.selectbox("Case", cases)) if len(cases) > 1 else ""


def _task(data: bytes, case: str) -> Task | None:
    """Return the task of this session's upload, put on the board if it is not there yet."""
    key = "displacement", hashlib.sha256(data).hexdigest(), case
    task: Task | None = st.session_state.get("displacement-task")
    if task is None or task.key != key:
        try:
            task = board().ask(
                f"{session()}-displacement", key, lambda: [UploadedCase(data, seed, case) for seed in SEEDS]
            )
        except InvalidInput as error:
            st.error(f"This cannot be computed now: {plain(error)}.", icon=":material/error:")
            return None
        st.session_state["displacement-task"] = task
    return task


def _progress(task: Task, seen: tuple[int, int]) -> None:
    """Show progress and the way to stop; draw the page again when there is more to see."""
    board().hear(f"{session()}-displacement", task)
    if not task.is_live or task.shown != seen:
        st.rerun()
    left = task.seconds_left
    words = f"{len(task.digests)} of {len(SEEDS)} runs" + (f", {spoken(left)} left" if left is not None else "")
    st.progress(min(task.progress, 1.0), words if task.status == "running" else "Waiting for a free place")


def _show(task: Task) -> None:
    """Show a case's runs together with its data."""
    first = task.digests[task.policies[0], task.seeds[0]]
    ds = task.dataset().isel(policy=0)
    st.header(plain(first.attrs["case"]), anchor=False)
    days = pd.DatetimeIndex(ds["day"].to_numpy())
    persons = int(first.attrs["persons_per_agent"])
    st.caption(
        f"{days[0]:%d %b %Y} to {days[-1]:%d %b %Y}, {rounded(first.attrs['people'])} people displaced, "
        f"{ds.sizes['camp']} camps, one agent stands for {persons} {'person' if persons == 1 else 'people'}; "
        f"{ds.sizes['replicate']} runs."
    )
    _score(ds, bool(first.attrs["knows_capacities"]))
    st.fragment(_where)(ds, first.attrs["case"] == INVENTED)
    st.subheader("Every camp through time", anchor=False)
    camps = [str(name) for name in ds["camp"].to_numpy()]
    for start in range(0, len(camps), 2):
        for column, camp in zip(st.columns(2), camps[start : start + 2], strict=False):
            with column:
                st.altair_chart(camp_chart(ds, camp), alt=camp_words(ds, camp))
    _findings(first.attrs["findings"])
    table = ds[["simulated", "observed"]].mean("replicate").round().drop_vars(["policy", "camp_place"], errors="ignore")
    st.download_button(
        "Counts by day and camp (CSV)", lambda: csv_text(table.to_dataframe().reset_index()), "camps.csv", "text/csv",
        icon=":material/download:", on_click="ignore",
    )  # fmt: skip


def _score(ds: xr.Dataset, knows_capacities: bool) -> None:
    """Show the error, with and without capacities, next to those of Flee's rule and of rules without behaviour."""
    naive = {str(rule): float(ds["naive_error"].sel(rule=rule).mean()) for rule in ds["rule"].to_numpy()}
    fair = float(ds["error_without_capacities" if knows_capacities else "error"].mean())
    flee = float(ds["flee_error"].mean())
    beaten = sum(fair < value for value in naive.values())
    st.markdown(
        f"**Error without capacities {fair:.2f}**: the differences between simulated and observed camps come to "
        f"{fair:.0%} of the people counted, on an average day. That is lower than {beaten} of {len(naive)} naive rules "
        f"and {_beside(fair, flee)} Flee's rule ({flee:.2f})."
    )
    if knows_capacities:
        st.warning(CAPACITIES, icon=":material/warning:")
    else:
        st.caption(UNKNOWN_CAPACITIES)
    rows = [
        *([(OURS, float(ds["error"].mean()))] if knows_capacities else []),
        (FAIR, fair),
        (FLEE, flee),
        *((NAIVE.get(rule, rule), value) for rule, value in naive.items()),
    ]
    table = pd.DataFrame(rows, columns=["rule", "error (ARD)"]).set_index("rule")
    st.table(table.map(lambda value: f"{value:.2f}"))
    st.caption(MEASURE)


def _beside(ours: float, theirs: float) -> str:
    """Compare one error with another, at the two digits that are shown."""
    difference = round(ours, 2) - round(theirs, 2)
    return "lower than" if difference < 0 else "higher than" if difference > 0 else "as high as"


def _where(ds: xr.Dataset, is_invented: bool) -> None:
    st.subheader("The map", anchor=False)
    days = pd.DatetimeIndex(ds["day"].to_numpy())
    first, last = days[0].date(), days[-1].date()
    date = st.slider("Date", first, last, last, format="D MMM YYYY") if first < last else first
    day = (date - first).days
    st.altair_chart(camp_map(ds, day, not is_invented), alt=map_words(ds, day))
    st.caption(
        f"{days[day]:%d %b %Y}. Left half of a disc: people observed in a camp; right half: people simulated. "
        "Red squares: places with conflict. Lines: roads, wider where more people travelled in "
        f"the whole period. {'An invented country.' if is_invented else ATTRIBUTION}"
    )


def _findings(findings: tuple[tuple[str, int, str, str], ...]) -> None:
    if not findings:
        return
    with st.expander(f"What the reader noticed in the files ({len(findings)})"):
        table = pd.DataFrame(findings, columns=["file", "line", "what", "what was done"])
        table["line"] = np.where(table["line"] > 0, table["line"].astype(str), "")
        st.dataframe(table, hide_index=True)
