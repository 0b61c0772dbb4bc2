"""Compare, for planners: the answer to a question first, then the question, to be changed, then what stands behind."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st
import xarray as xr

from corridor.model.errors import InvalidInput
from corridor.views.board import board
from corridor.views.editor import editor, load
from corridor.views.gallery import GALLERY, shipped, words_for
from corridor.views.page import NO_FORECAST, announce, session, spoken, stop_button
from corridor.views.provisional import prepare, provisional
from corridor.views.question import Question
from corridor.views.results import show_answer, show_more
from corridor.views.tasks import Task
from corridor.views.words import plain

EMPTY = "**Nothing is compared yet.** Choose a corridor and packages below, then press *Compare*."
ONE_LINE = "**Not a forecast.** Read which way a measure pushes and how sure the model is, not the levels."
STALE = (
    "**Computed with an earlier version of the model**, and shown until it is computed anew: figures may differ a "
    "little, or more."
)
EDIT = "Change this question: packages, amounts, years, shocks"
EXAMPLES = "Questions that planners ask"
OWN_QUESTION = "your own question: choose one of these to see its answer at once"
ASKED, WRITTEN, ANEW = "asked", "written", "anew"
"""Session: the question answered, the address written for it, and the question to compute anew though it is shipped."""


def page() -> None:
    """Show the page."""
    board()  # its workers get ready while people read
    prepare()
    asked = _asked()
    if asked is not None and dict(st.query_params) != asked.address():
        st.query_params.from_dict(asked.address())
    st.session_state[WRITTEN] = dict(st.query_params)
    _examples(asked)
    with st.container(key="answer"):
        ds = _answer(asked)
    with st.expander(EDIT, icon=":material/edit:", expanded=asked is None):
        st.fragment(editor)(asked, _ask)
    if asked is not None and ds is not None:
        with st.container(key="more"):
            show_more(ds, asked)


def _asked() -> Question | None:
    """Return the question to answer: the address's when it has changed, by a link or the browser's Back, else the last.

    A page that is opened without one answers the first question of the gallery, if its answer is shipped.
    """
    query = dict(st.query_params)
    if st.session_state.get(WRITTEN) != query or ASKED not in st.session_state:
        asked = _from_address(query)
        if asked is None and not query and shipped(GALLERY[0].question):
            asked = GALLERY[0].question
        st.session_state[ASKED] = asked
        load(asked or Question.usual())
    found: Question | None = st.session_state[ASKED]
    return found


def _from_address(query: Mapping[str, str]) -> Question | None:
    """Return the question that a shared link holds."""
    try:
        return Question.from_address(query)
    except InvalidInput as error:
        st.error(
            f"The link asks for something that cannot be compared: {plain(error.field)} {plain(error.value)}; allowed: "
            f"{plain(error.allowed)}.",
            icon=":material/link_off:",
        )
        return None


def _ask(question: Question) -> None:
    """Answer another question."""
    st.session_state[ASKED] = question
    st.session_state.pop("task", None)
    st.session_state.pop(ANEW, None)
    st.rerun()


def _examples(asked: Question | None) -> None:
    """Draw the questions of the gallery that are answered at once."""
    ready = {entry.words: entry.question for entry in GALLERY if shipped(entry.question)}
    if not ready:
        return
    words = words_for(asked) if asked else None
    st.session_state["gallery"] = words if words in ready else None

    def choose() -> None:
        chosen = ready.get(str(st.session_state["gallery"]))
        if chosen is not None:
            st.session_state[ASKED] = chosen
            st.session_state.pop("task", None)
            load(chosen)
            st.query_params.from_dict(chosen.address())
            st.session_state[WRITTEN] = chosen.address()

    st.selectbox(EXAMPLES, list(ready), index=None, key="gallery", on_change=choose, placeholder=OWN_QUESTION)


def _answer(asked: Question | None) -> xr.Dataset | None:
    """Show the answer in words and cards; return the runs that it rests on."""
    if asked is None:
        st.title("Compare", anchor=False)
        st.caption(ONE_LINE, help=NO_FORECAST)
        st.info(EMPTY, icon=":material/balance:")
        return None
    st.title(words_for(asked) or asked.words, anchor=False)
    found = shipped(asked) if st.session_state.get(ANEW) != asked else None
    if found is not None:
        show_answer(found.ds, asked, ONE_LINE)
        if found.is_stale:
            _stale(asked)
        return found.ds
    task = _task(asked)
    if task is None:
        return None
    _state(task, asked)
    if not task.seeds:
        provisional(asked)
        return None
    ds = task.dataset()
    announce("" if task.is_live else "The answer is on the page.")
    show_answer(ds, asked, ONE_LINE)
    return ds


def _stale(asked: Question) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f":material/history: {STALE}")
        if st.button("Compute anew", icon=":material/refresh:", key="anew-button"):
            st.session_state[ANEW] = asked
            st.rerun()


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
    """Show the progress of the work."""
    if task.is_live:
        stop_button(lambda: board().cancel(session(), task))
        st.fragment(_progress, run_every=1.0)(task, task.shown)
    elif task.status == "cancelled":
        kept = f" {len(task.seeds)} of {question.replicates} rounds are shown." if task.seeds else ""
        st.info(f"**Stopped.** What was finished is kept.{kept}", icon=":material/stop_circle:")
        if st.button("Go on", icon=":material/play_arrow:", key="go-on"):
            st.session_state.pop("task", None)
            st.rerun()
    elif task.status == "failed":
        st.error(f"**The comparison failed.** {plain(task.error)}", icon=":material/error:")


def _progress(task: Task, seen: tuple[int, int]) -> None:
    """Show progress; draw the whole page again when there is more to see."""
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
