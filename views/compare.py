"""Compare, for planners: a few packages of measures side by side with what happens without them."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from experiments.listing import entries
from model.errors import InvalidInput
from views.board import board
from views.page import heading, notice, session, spoken
from views.question import MOST_PACKAGES, REPLICATES, SIZES, Question, most_years, packages_for, persons_per_agent
from views.results import show
from views.tasks import Task

LEAD = (
    "What happens to deaths, exploitation, smugglers' income, arrivals and cost **if we do one thing rather than "
    "another**, and how sure is the model? Each package of measures is compared with what happens without it."
)
EMPTY = "**Nothing is compared yet.** Choose a corridor and packages above, then press *Compare*."
REPLICATES_HELP = (
    "How often every package is run, each time with other luck. The same luck is used for every package, so that a "
    "difference shows the measure and not chance. More runs give narrower intervals and take longer."
)
SIZE_HELP = "How many people one simulated migrant stands for. Finer is slower, and steadier where events are rare."
PACKAGES_HELP = "Ready packages of measures. What each contains is told below."


def page() -> None:
    """Show the page."""
    heading("Compare", LEAD)
    notice()
    board()  # its workers get ready while people read
    if "asked" not in st.session_state:
        st.session_state["asked"] = _from_address(st.query_params)
    asked: Question | None = st.session_state["asked"]
    chosen = _controls(asked or Question())
    if st.button("Compare", type="primary", icon=":material/play_arrow:", disabled=chosen is None):
        asked = st.session_state["asked"] = chosen
        st.session_state.pop("task", None)
    if asked is None:
        st.info(EMPTY, icon=":material/balance:")
        return
    if dict(st.query_params) != asked.address():
        st.query_params.from_dict(asked.address())
    if chosen != asked:
        st.caption("The settings above were changed since; press *Compare* to see what they give.")
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
        st.error(f"The link asks for something that cannot be compared: {error}.", icon=":material/link_off:")
        return None


def _controls(start: Question) -> Question | None:
    """Draw the settings; return the question they make, or None while it is not complete."""
    titles = {record["name"]: record["title"] for record in entries("scenarios")}
    left, right = st.columns(2)
    corridor = left.selectbox(
        "Corridor",
        list(titles),
        index=list(titles).index(start.corridor),
        format_func=titles.__getitem__,
        help="The network of places and ways that people travel along. The tutorial is an invented world.",
    )
    known = packages_for(corridor)
    packages = right.multiselect(
        f"Packages (one to {MOST_PACKAGES})",
        list(known),
        default=[name for name in start.packages if name in known],
        format_func=lambda name: known[name].title,
        max_selections=MOST_PACKAGES,
        key=f"packages-{corridor}",
        help=PACKAGES_HELP,
    )
    first, second, third = st.columns(3)
    longest = most_years(corridor)
    years = first.slider(
        "Years", 1, longest, min(start.years, longest), key=f"years-{corridor}", help="Length of the simulated period."
    )
    size = second.selectbox(
        "Detail",
        list(SIZES),
        index=list(SIZES).index(start.size),
        format_func=lambda name: f"{name}: 1 stands for {persons_per_agent(corridor, name):,.0f} people",
        help=SIZE_HELP,
    )
    replicates = third.selectbox("Runs of each", REPLICATES, REPLICATES.index(start.replicates), help=REPLICATES_HELP)
    with st.expander("What the packages contain"):
        for policy in known.values():
            st.markdown(f"**{policy.title}.** {policy.description}")
    try:
        return Question(corridor, years, tuple(packages), size, replicates)
    except InvalidInput:
        st.caption("Choose at least one package.")
        return None


def _task(question: Question) -> Task | None:
    """Return the task of this session's question, put on the board if it is not there yet."""
    task: Task | None = st.session_state.get("task")
    if task is None or task.key != question:
        try:
            task = board().ask(session(), question, question.orders)
        except InvalidInput as error:
            st.error(f"This cannot be computed now: {error}.", icon=":material/error:")
            return None
        st.session_state["task"] = task
    return task


def _state(task: Task, question: Question) -> None:
    """Say how far the work is."""
    if task.is_live:
        st.fragment(_progress, run_every=1.0)(task, len(task.seeds))
    elif task.status == "cancelled":
        kept = f" {len(task.seeds)} of {question.replicates} rounds are shown." if task.seeds else ""
        st.info(
            f"**Stopped.** What was finished is kept.{kept} Press *Compare* to go on.", icon=":material/stop_circle:"
        )
    elif task.status == "failed":
        st.error(f"**The comparison failed.** {task.error}", icon=":material/error:")


def _progress(task: Task, seen: int) -> None:
    """Show progress and the way to stop; draw the whole page again when there is more to see."""
    if not task.is_live or len(task.seeds) > seen:
        st.rerun()
    ahead, left = board().ahead(task), task.seconds_left
    words = f"{task.progress:.0%} done" + (f", {spoken(left)} left" if left is not None else "")
    if task.status == "waiting":
        words = f"Waiting for a free place; {ahead} asked before you" if ahead else "Starting"
    elif not task.seeds:
        words += "; the first figures appear as soon as one round of runs is complete"
    st.progress(min(task.progress, 1.0), words)
    if st.button("Stop", icon=":material/stop:", help="Stop the runs; what is finished is kept."):
        board().cancel(session(), task)
        st.rerun()
