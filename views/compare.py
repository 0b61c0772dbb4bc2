"""Compare, for planners: first the answer to a question, then the question for editing, then the evidence behind it."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st
import xarray as xr

from corridor.experiments.reporting.language import N_, _
from corridor.model.errors import InvalidInput
from corridor.views.board import board
from corridor.views.editor import editor, load
from corridor.views.gallery import GALLERY, asked_words, shipped, words_for
from corridor.views.language import added, apart
from corridor.views.page import NO_FORECAST, announce, done_words, session, stop_button
from corridor.views.provisional import prepare, provisional
from corridor.views.question import Question
from corridor.views.results import show_answer, show_more
from corridor.views.tasks import Task
from corridor.views.words import plain

EMPTY = N_("**Nothing is compared yet.** Choose a corridor and packages below, then press *Compare*.")
ONE_LINE = N_("**Not a forecast.** Read which way a measure pushes and how sure the model is, not the levels.")
STALE = N_(
    "**Computed with an earlier version of the model**, and shown until it is computed anew: figures may differ a "
    "little, or more."
)
EDIT = N_("Change this question: packages, amounts, years, shocks")
EXAMPLES = N_("Questions that planners ask")
OWN_QUESTION = N_("your own question: choose one of these to see its answer at once")
ASKED, WRITTEN, ANEW = "asked", "written", "anew"
"""Session: the question answered, the address written for it, and the question to compute anew though it is shipped."""


def page() -> None:
    """Show the page."""
    board()  # its workers get ready while people read
    prepare()
    asked = _asked()
    if asked is not None and apart(st.query_params) != asked.address():
        st.query_params.from_dict(added(asked.address()))
    st.session_state[WRITTEN] = apart(st.query_params)
    _examples(asked)
    with st.container(key="answer"):
        ds = _answer(asked)
    with st.expander(_(EDIT), icon=":material/edit:", expanded=asked is None):
        st.fragment(editor)(asked, _ask)
    if asked is not None and ds is not None:
        with st.container(key="more"):
            show_more(ds, asked)


def _asked() -> Question | None:
    """Return the question to answer: the address's when it has changed, by a link or the browser's Back, else the last.

    A page that is opened without one answers the first question of the gallery, if its answer is shipped.
    """
    query = apart(st.query_params)
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
            _("The link asks for something that cannot be compared: {field} {value}; allowed: {allowed}.").format(
                field=plain(error.field), value=plain(error.value), allowed=plain(error.allowed)
            ),
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
            st.query_params.from_dict(added(chosen.address()))
            st.session_state[WRITTEN] = chosen.address()

    st.selectbox(
        _(EXAMPLES),
        list(ready),
        index=None,
        key="gallery",
        on_change=choose,
        placeholder=_(OWN_QUESTION),
        format_func=_,
    )


def _answer(asked: Question | None) -> xr.Dataset | None:
    """Show the answer in words and cards; return the runs that it rests on."""
    if asked is None:
        st.title(_("Compare"), anchor=False)
        st.caption(_(ONE_LINE), help=_(NO_FORECAST))
        st.info(_(EMPTY), icon=":material/balance:")
        return None
    st.title(asked_words(asked), anchor=False)
    found = shipped(asked) if st.session_state.get(ANEW) != asked else None
    if found is not None:
        show_answer(found.ds, asked, _(ONE_LINE))
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
    announce("" if task.is_live else _("The answer is on the page."))
    show_answer(ds, asked, _(ONE_LINE))
    return ds


def _stale(asked: Question) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f":material/history: {_(STALE)}")
        if st.button(_("Compute anew"), icon=":material/refresh:", key="anew-button"):
            st.session_state[ANEW] = asked
            st.rerun()


def _task(question: Question) -> Task | None:
    """Return the task of this session's question, put on the board if it is not there yet."""
    task: Task | None = st.session_state.get("task")
    if task is None or task.key != question:
        try:
            task = board().ask(session(), question, question.orders)
        except InvalidInput as error:
            st.error(_("This cannot be computed now: {reason}.").format(reason=plain(error)), icon=":material/error:")
            return None
        st.session_state["task"] = task
    return task


def _state(task: Task, question: Question) -> None:
    """Show the progress of the work."""
    if task.is_live:
        stop_button(lambda: board().cancel(session(), task))
        st.fragment(_progress, run_every=1.0)(task, task.shown)
    elif task.status == "cancelled":
        words = _("**Stopped.** What was finished is kept.")
        if task.seeds:
            shown = _("{count} of {all} rounds are shown.")
            words += " " + shown.format(count=len(task.seeds), all=question.replicates)
        st.info(words, icon=":material/stop_circle:")
        if st.button(_("Go on"), icon=":material/play_arrow:", key="go-on"):
            st.session_state.pop("task", None)
            st.rerun()
    elif task.status == "failed":
        failed = _("**The comparison failed.** {reason}").format(reason=plain(_(task.error)))
        st.error(failed, icon=":material/error:")


def _progress(task: Task, seen: tuple[int, int]) -> None:
    """Show progress; draw the whole page again when there is more to see."""
    board().hear(session(), task)
    if not task.is_live or task.shown != seen:
        st.rerun()
    ahead, left = board().ahead(task), task.seconds_left
    words = done_words(task.progress, left)
    if task.status == "waiting":
        waiting = _("Waiting for a free place; asked before you: {count}")
        words = waiting.format(count=ahead) if ahead else _("Starting")
    elif not task.seeds:
        words = _("{progress}; the first figures appear as soon as a pair of runs is complete").format(progress=words)
    st.progress(min(task.progress, 1.0), words)
