"""The editor of the Compare page: every setting of a question, with undo and reset; nothing that was set is lost."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from corridor.experiments.reporting.effect_words import three_digits
from corridor.experiments.reporting.language import N_, _
from corridor.model.errors import InvalidInput
from corridor.scenarios import read_future
from corridor.views import builder
from corridor.views.levels import Period
from corridor.views.page import session_list
from corridor.views.provisional import provisional
from corridor.views.question import REPLICATES, SIZES, YEARS_OF_FUTURE, Question, data_years, persons_per_agent
from corridor.views.words import plain

CORRIDOR_HELP = N_("The network of places and ways that people travel along. The tutorial is an invented world.")
YEARS_HELP = N_(
    "First and last year of the simulation. It begins with everybody at home, so that the first year fills the ways."
)
FUTURE_HELP = N_(
    "The data end with the corridor's last year. To look beyond, say how wars, incomes and numbers of people go on. "
    "A future is a story with figures, not a forecast."
)
REPLICATES_HELP = N_(
    "How often every package is run, each time with other luck. The same luck is used for every package, so that a "
    "difference shows the measure and not chance. More runs give narrower intervals and take longer."
)
SIZE_HELP = N_("How many people one simulated migrant stands for. Finer is slower, and steadier where events are rare.")
CHANGED = N_("**Changed since.** The answer above, in grey, is to the question before; press *Compare* for this one.")
UNCHANGED = N_("Change something: a provisional answer appears here at once.")
FADED = "<style>.st-key-answer, .st-key-more {opacity: .45;}</style>"
SAME = N_("Two packages are the same. Change one of them, or compare fewer.")
SIZE_NAMES = {"small": N_("small"), "medium": N_("medium"), "large": N_("large")}
DRAFTS, AT = "drafts", "draft"
"""Session: questions drafted, in order, and the position of the one shown."""


def editor(asked: Question | None, ask: Callable[[Question], None]) -> None:
    """Draw the settings, and the button that asks the question they make.

    Parameters
    ----------
    asked : Question, optional
        What is answered above.
    ask : callable
        Takes the question when the button is pressed.
    """
    left, right = st.columns([3, 2], gap="medium")
    with left:
        builder.recall()
        chosen = _settings()
        builder.remember()
    if chosen is not None:
        _note(chosen)
    with right, st.container(key="provisional"):
        pressed = _buttons(asked, chosen)
        _answer_so_far(asked, chosen)
    if pressed and chosen is not None:
        ask(chosen)


def _buttons(asked: Question | None, chosen: Question | None) -> bool:
    """Draw the button that asks, and the ways back; return whether it was pressed."""
    with st.container(horizontal=True):
        pressed = st.button(
            _("Compare"), type="primary", icon=":material/play_arrow:", disabled=chosen is None, key="compare"
        )
        _steps(asked)
    return pressed


def _answer_so_far(asked: Question | None, chosen: Question | None) -> None:
    """Draw the prediction for a question that is not answered yet."""
    if chosen is None:
        return
    if chosen == asked:
        st.caption(_(UNCHANGED))
        return
    if asked is not None:
        st.html(FADED)
        st.markdown(_(CHANGED))
    provisional(chosen)


def load(question: Question) -> None:
    """Set every control as a question has it."""
    st.session_state["corridor"] = question.corridor
    st.session_state[f"future-{question.corridor}"] = question.future
    st.session_state[_years_key(question.corridor, question.future)] = (question.first, question.last)
    st.session_state["detail"], st.session_state["runs"] = question.size, question.replicates
    builder.load(question)
    builder.remember()


def _settings() -> Question | None:
    """Draw the controls; return the question they make, or None while it is not complete."""
    titles = builder.corridor_titles()
    left, right = st.columns(2)
    corridor = left.selectbox(
        _("Corridor"), list(titles), format_func=titles.__getitem__, help=_(CORRIDOR_HELP), key="corridor"
    )
    builder.prepare(Question.usual(corridor))
    future = _future(corridor, right)
    first, last = _years(corridor, future)
    packages = builder.packages(corridor, Period(first, last))
    with st.expander(_("Shocks, detail and number of runs"), icon=":material/bolt:"):
        shocks = builder.happenings(corridor, first, last)
        one, two = st.columns(2)
        size = one.selectbox(
            _("Detail"),
            list(SIZES),
            format_func=lambda name: _size_words(corridor, name),
            help=_(SIZE_HELP),
            key="detail",
        )
        replicates = two.selectbox(_("Runs of each"), REPLICATES, help=_(REPLICATES_HELP), key="runs")
    if len(set(packages)) < len(packages):
        st.warning(_(SAME), icon=":material/content_copy:")
        return None
    try:
        return Question(corridor, first, last, tuple(packages), tuple(shocks), future, size, replicates)
    except InvalidInput as error:
        words = _("Not ready to compare: {field} {value} does not go; it takes {allowed}.").format(
            field=plain(error.field), value=plain(error.value), allowed=plain(error.allowed)
        )
        st.warning(words, icon=":material/edit:")
        return None


def _size_words(corridor: str, size: str) -> str:
    people = three_digits(persons_per_agent(corridor, size))
    return _("{size}: 1 stands for {count} people").format(size=_(SIZE_NAMES[size]), count=people)


def _future(corridor: str, column: st.delta_generator.DeltaGenerator) -> str:
    """Draw the choice of a future after the data; return the future."""
    futures = builder.future_titles()
    future = column.selectbox(
        _("After the data, which end in {year}").format(year=data_years(corridor)[1]),
        list(futures),
        format_func=futures.__getitem__,
        key=f"future-{corridor}",
        help=_(FUTURE_HELP),
    )
    if future:
        st.caption(f"**{futures[future]}.** {_(read_future(future).description)}")
    return future


def _years(corridor: str, future: str) -> tuple[int, int]:
    """Draw the horizon; return the first and the last year."""
    begin, end = data_years(corridor)
    key = _years_key(corridor, future)
    usual = (max(begin, end - 1), end + 5) if future else (begin, min(begin + 4, end))
    st.session_state.setdefault(key, usual)
    latest = end + YEARS_OF_FUTURE if future else end
    st.slider(_("Years"), begin, latest, key=key, help=_(YEARS_HELP))
    first, last = st.session_state[key]
    return int(first), int(last)


def _years_key(corridor: str, future: str) -> str:
    return f"years-{corridor}-{future}"


def _note(chosen: Question) -> None:
    """Add a draft to those that can be undone, if it is new."""
    drafts, at = session_list(DRAFTS), st.session_state.get(AT, -1)
    if not drafts or drafts[at] != chosen:
        drafts[at + 1 :] = [chosen]
        st.session_state[AT] = len(drafts) - 1


def _steps(asked: Question | None) -> None:
    """Draw the ways back: to the draft before, to the one after, to the question that is answered."""
    drafts, at = session_list(DRAFTS), st.session_state.get(AT, -1)

    def go(to: int) -> None:
        st.session_state[AT] = to
        load(drafts[to])

    st.button(_("Undo"), icon=":material/undo:", disabled=at < 1, on_click=go, args=(at - 1,), key="undo")
    st.button(
        _("Redo"), icon=":material/redo:", disabled=at >= len(drafts) - 1, on_click=go, args=(at + 1,), key="redo"
    )
    changed = asked is not None and 0 <= at < len(drafts) and drafts[at] != asked
    st.button(_("Reset"), icon=":material/restart_alt:", disabled=not changed, key="reset",
              on_click=load, args=(asked,), help=_("Back to the question that is answered above."))  # fmt: skip
