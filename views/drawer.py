"""Assumptions behind an answer: the part of Compare that shows them, and computes them if none are shipped."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from corridor.experiments.reporting.language import N_, _
from corridor.model.errors import InvalidInput
from corridor.views.assumptions import (
    OUTCOMES,
    Effects,
    candidates,
    drawer_html,
    effects_of,
    orders,
    shipped,
    shipped_question,
    verdict,
)
from corridor.views.board import board
from corridor.views.page import done_words, session, spoken, stop_button
from corridor.views.question import Question
from corridor.views.tasks import Task
from corridor.views.words import plain

READING = N_(
    "{number} assumptions that no record has fixed are set low or high together, half-way to the ends of their "
    "plausible ranges, in 24 worlds (a Plackett-Burman design); each package is run beside doing nothing more in every "
    "one, with the same luck. Shown are the five that move this outcome most. *Turns*: two packages, or a package and "
    "doing nothing, change places between the worlds in which it is low and those in which it is high, and neither "
    "order is chance (90 % intervals). Deaths under way are counted as expected, so that luck moves them less. The "
    "{number} are chosen; others are not looked at here."
)
ELSEWHERE = N_("Runs of {years}, the period for which they are shipped; the question above is of {asked}.")
STALE = N_("Computed with an earlier version of the model: effects may differ a little, or more.")
SECONDS_OF_A_RUN = 3.0
ASKED = "assumptions-asked"
"""Session: the question whose assumptions are computed."""


def drawer(question: Question, titles: Mapping[str, str]) -> None:
    """Show the assumptions that carry the answer to a question."""
    st.header(_("What it rests on"), anchor=False)
    outcome = str(
        st.segmented_control(
            _("Outcome"), list(OUTCOMES), default="deaths", key="rests-on", required=True,
            format_func=lambda name: _(OUTCOMES[name]).capitalize(),
        )
    )  # fmt: skip
    task = _task(question)
    if task is not None and task.status == "done":
        _table(effects_of(task.dataset(), outcome), titles, outcome, question.corridor)
        return
    found = shipped(question, outcome)
    if found is not None:
        _table(found.effects, titles, outcome, question.corridor)
        made = shipped_question()
        if (made.first, made.last, made.future) != (question.first, question.last, question.future):
            st.caption(_(ELSEWHERE).format(years=made.period.words, asked=question.period.words))
        if found.is_stale:
            st.caption(f":material/history: {_(STALE)}")
    _compute(question, task)


def _table(effects: Effects, titles: Mapping[str, str], outcome: str, corridor: str) -> None:
    st.markdown(f"**{verdict(effects, titles, corridor)}**")
    st.html(drawer_html(effects, titles, outcome, corridor))
    with st.expander(_("How to read this")):
        st.markdown(_(READING).format(number=len(candidates())))


def _task(question: Question) -> Task | None:
    """Return the task of this question's assumptions, if it was asked in this session."""
    asked: tuple[Question, Task] | None = st.session_state.get(ASKED)
    return asked[1] if asked is not None and asked[0] == question else None


def _compute(question: Question, task: Task | None) -> None:
    """Draw the button that computes them for this very question, or how far that is."""
    if task is not None and task.is_live:
        stop_button(lambda: board().cancel(_name(), task))
        st.fragment(_progress, run_every=1.0)(task)
        return
    if task is not None and task.status == "failed":
        st.error(_("**The runs failed.** {reason}").format(reason=plain(_(task.error))), icon=":material/error:")
    count = 24 * (len(question.packages) + 1)
    words = _("{count} runs, {time} on two cores; the answer above stays.").format(
        count=count, time=spoken(count * SECONDS_OF_A_RUN / 2)
    )
    if st.button(_("Compute for this very question"), icon=":material/play_arrow:", key="rests-on-run", help=words):
        try:
            asked = board().ask(_name(), ("assumptions", question), lambda: orders(question))
        except InvalidInput as error:
            st.error(_("This cannot be computed now: {reason}.").format(reason=plain(error)), icon=":material/error:")
            return
        st.session_state[ASKED] = question, asked
        st.rerun()


def _progress(task: Task) -> None:
    board().hear(_name(), task)
    if not task.is_live:
        st.rerun()
    st.progress(min(task.progress, 1.0), done_words(task.progress, task.seconds_left))


def _name() -> str:
    return f"{session()}-assumptions"
