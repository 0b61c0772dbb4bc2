"""Compare, for planners: a few packages of measures side by side with what happens without them."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from corridor.experiments.runs.tables import rounded
from corridor.model.errors import InvalidInput
from corridor.scenarios import read_future
from corridor.views import builder
from corridor.views.board import board
from corridor.views.page import heading, notice, session, spoken
from corridor.views.question import REPLICATES, SIZES, YEARS_OF_FUTURE, Question, data_years, persons_per_agent
from corridor.views.results import show
from corridor.views.tasks import Task
from corridor.views.words import plain

LEAD = (
    "What happens to deaths, exploitation, smugglers' income, arrivals and cost **if we do one thing rather than "
    "another**, and how sure is the model? Each package of measures is compared with what happens without it."
)
EMPTY = "**Nothing is compared yet.** Choose a corridor and packages above, then press *Compare*."
CHANGED = "The settings above were changed since; press *Compare* to see what they give."
CORRIDOR_HELP = "The network of places and ways that people travel along. The tutorial is an invented world."
YEARS_HELP = (
    "First and last year of the simulation. It begins with everybody at home, so that the first year fills the ways."
)
FUTURE_HELP = (
    "The data end with the corridor's last year. To look beyond, say how wars, incomes and numbers of people go on. "
    "A future is a story with figures, not a forecast."
)
REPLICATES_HELP = (
    "How often every package is run, each time with other luck. The same luck is used for every package, so that a "
    "difference shows the measure and not chance. More runs give narrower intervals and take longer."
)
SIZE_HELP = "How many people one simulated migrant stands for. Finer is slower, and steadier where events are rare."


def page() -> None:
    """Show the page."""
    heading("Compare", LEAD)
    notice()
    board()  # its workers get ready while people read
    if "asked" not in st.session_state:
        st.session_state["asked"] = _from_address(st.query_params)
    asked: Question | None = st.session_state["asked"]
    chosen = _controls(st.session_state.get("draft") or asked or Question.usual())
    if chosen is not None:
        st.caption("Compared with the baseline: " + "; ".join(list(chosen.titles.values())[1:]) + ".")
    st.session_state["draft"] = chosen or st.session_state.get("draft")
    if st.button("Compare", type="primary", icon=":material/play_arrow:", disabled=chosen is None):
        asked = st.session_state["asked"] = chosen
        st.session_state.pop("task", None)
    if asked is None:
        st.info(EMPTY, icon=":material/balance:")
        return
    if dict(st.query_params) != asked.address():
        st.query_params.from_dict(asked.address())
    if chosen != asked:
        st.caption(CHANGED)
    task = _task(asked)
    if task is not None:
        _state(task, asked)
        if task.seeds:
            show(task.dataset(), asked)


def _from_address(query: Mapping[str, str]) -> Question | None:
    """Return the question that a shared link holds."""
    try:
        return Question.from_address(query)
    except InvalidInput as error:
        st.error(f"The link asks for something that cannot be compared: {plain(error)}.", icon=":material/link_off:")
        return None


def _controls(start: Question) -> Question | None:
    """Draw the settings; return the question they make, or None while it is not complete."""
    titles = builder.corridor_titles()
    left, right = st.columns(2)
    names = list(titles)
    corridor = left.selectbox(
        "Corridor", names, names.index(start.corridor), titles.__getitem__, help=CORRIDOR_HELP, key="corridor"
    )
    if corridor != start.corridor:
        start = Question.usual(corridor)
    future = _future(start, right)
    first, last = _years(start, future)
    packages = builder.packages(start)
    with st.expander("Shocks, detail and number of runs", icon=":material/bolt:", expanded=bool(start.shocks)):
        shocks = builder.happenings(start, first, last)
        one, two = st.columns(2)
        size = one.selectbox(
            "Detail",
            list(SIZES),
            list(SIZES).index(start.size),
            lambda name: f"{name}: 1 stands for {rounded(persons_per_agent(corridor, name))} people",
            help=SIZE_HELP,
        )
        replicates = two.selectbox("Runs of each", REPLICATES, REPLICATES.index(start.replicates), help=REPLICATES_HELP)
    try:
        return Question(corridor, first, last, tuple(packages), tuple(shocks), future, size, replicates)
    except InvalidInput as error:
        st.caption(f"Not ready to compare: {plain(error)}.")
        return None


def _future(start: Question, column: st.delta_generator.DeltaGenerator) -> str:
    """Draw what comes after the data; return the future."""
    futures = builder.future_titles()
    names = list(futures)
    future = column.selectbox(
        f"After the data, which end in {data_years(start.corridor)[1]}",
        names,
        names.index(start.future),
        futures.__getitem__,
        key=f"future-{start.corridor}",
        help=FUTURE_HELP,
    )
    if future:
        st.caption(f"**{futures[future]}.** {read_future(future).description}")
    return future


def _years(start: Question, future: str) -> tuple[int, int]:
    """Draw the horizon; return the first and the last year."""
    begin, end = data_years(start.corridor)
    if future == start.future:
        shown = start.first, start.last
    else:
        shown = (max(begin, end - 1), end + 5) if future else (begin, min(begin + 4, end))
    latest = end + YEARS_OF_FUTURE if future else end
    first, last = st.slider("Years", begin, latest, shown, key=f"years-{start.corridor}-{future}", help=YEARS_HELP)
    return first, last


def _task(question: Question) -> Task | None:
    """Return the task of this session's question, put on the board if it is not there yet."""
    task: Task | None = st.session_state.get("task")
    if task is None or task.key != question:
        try:
            task = board().ask(session(), question, question.orders)
        except InvalidInput as error:
            st.error(f"This cannot be computed now: {plain(error)}.", icon=":material/error:")
            return None
        st.session_state["task"] = task
    return task


def _state(task: Task, question: Question) -> None:
    """Say how far the work is."""
    if task.is_live:
        st.fragment(_progress, run_every=1.0)(task, task.shown)
    elif task.status == "cancelled":
        kept = f" {len(task.seeds)} of {question.replicates} rounds are shown." if task.seeds else ""
        st.info(
            f"**Stopped.** What was finished is kept.{kept} Press *Compare* to go on.", icon=":material/stop_circle:"
        )
    elif task.status == "failed":
        st.error(f"**The comparison failed.** {plain(task.error)}", icon=":material/error:")


def _progress(task: Task, seen: tuple[int, int]) -> None:
    """Show progress and the way to stop; draw the whole page again when there is more to see."""
    board().hear(session(), task)
    if not task.is_live or task.shown != seen:
        st.rerun()
    ahead, left = board().ahead(task), task.seconds_left
    words = f"{task.progress:.0%} done" + (f", {spoken(left)} left" if left is not None else "")
    if task.status == "waiting":
        words = f"Waiting for a free place; {ahead} asked before you" if ahead else "Starting"
    elif not task.seeds:
        words += "; the first figures appear as soon as a pair of runs is complete"
    st.progress(min(task.progress, 1.0), words)
    if st.button("Stop", icon=":material/stop:", help="Stop the runs; what is finished is kept."):
        board().cancel(session(), task)
        st.rerun()
