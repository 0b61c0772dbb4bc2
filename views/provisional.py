"""The provisional answer while a question is edited: hatched cards of predicted effects, with their known error."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from functools import cache

import streamlit as st

from corridor.experiments.reporting.effect_words import percent
from corridor.experiments.reporting.language import N_, _, listed
from corridor.views.answer import CARDS, SCALES, WHICH, axis, who
from corridor.views.emulator import Foretold, emulator, period_of
from corridor.views.gallery import PERIODS
from corridor.views.question import Question

TITLE = N_("Provisional answer")
WORDS = N_(
    "**{title}**, not simulated: foretold from {runs} pairs of runs of other packages. Of packages that were held out "
    "nine of ten lay within the hatched bars, and {within} of their effects within a tenth of their size or a "
    "point. *Compare* simulates it."
)
STALE = N_("**The model has changed since those runs.**")
NONE = N_("No provisional answer for {why}: *Compare* simulates it.")
ELSEWHERE = N_("this corridor, these years or a shock")
ELSEWHERE_BUT = N_("this corridor, these years or a shock (there is one for {years})")
UNTOLD = N_("{packages} (a place, a first year or a rule of which the runs tell nothing)")


@cache
def prepare() -> None:
    """Fit the emulators while people still read, once a server."""
    threading.Thread(target=lambda: [emulator(period) for period in PERIODS], daemon=True).start()


def provisional(question: Question) -> None:
    """Show the prediction for a question, or why there is none."""
    period = period_of(question)
    known = emulator(period) if period is not None else None
    if known is None:
        years = _years()
        st.caption(_(NONE).format(why=_(ELSEWHERE_BUT).format(years=years) if years else _(ELSEWHERE)))
        return
    names = question.names[1:]
    effects = [known.foretell(package) for package in question.packages]
    told = {name: found for name, found in zip(names, effects, strict=True) if found is not None}
    untold = [name for name in names if name not in told]
    if told:
        words = _(WORDS).format(title=_(TITLE), runs=known.runs, within=percent(known.within, signed=False))
        st.markdown(f"{words} {_(STALE)}" if known.is_stale else words)
        st.html(cards(told))
    if untold:
        st.caption(_(NONE).format(why=_(UNTOLD).format(packages=_(", ").join(untold))))


def _years() -> str:
    """Return the years with predictions."""
    known = [PERIODS[name]["years"].replace("-", "–") for name in PERIODS if emulator(name) is not None]
    return listed(known, _("{first} and {last}"))


def cards(told: Mapping[str, Mapping[str, Foretold]]) -> str:
    """Return the cards: for each package the predicted effect on each outcome, and the range of the error."""
    parts = []
    for head, names in CARDS.items():
        groups = []
        for name in names:
            scale = _scale([found[name] for found in told.values()])
            lines = "".join(_line(title, found[name], scale) for title, found in told.items())
            which = f'<p class="which">{_(WHICH[name]).capitalize()}</p>' if len(names) > 1 else ""
            groups.append(f"{which}{lines}{axis(scale)}")
        parts.append(f'<section class="card provisional"><h2>{_(head)}</h2>{"".join(groups)}</section>')
    return f'<div class="cards">{"".join(parts)}</div>'


def _scale(shown: list[Foretold]) -> float:
    furthest = max(max(abs(found.low), abs(found.high)) for found in shown)
    return next((step for step in SCALES if step >= furthest), SCALES[-1])


def _line(title: str, found: Foretold, scale: float) -> str:
    left, middle, right = (
        50 + 50 * max(-1.0, min(1.0, value / scale)) for value in (found.low, found.change, found.high)
    )
    bar = (
        f'<div class="bar" aria-hidden="true"><i class="zero"></i><i class="range foretold" style="left:{left:.1f}%;'
        f'width:{max(right - left, 0.8):.1f}%"></i><i class="point" style="left:{middle:.1f}%"></i></div>'
    )
    about = _("about {change}").format(change=percent(found.change))
    ends = _("{low} to {high}").format(low=percent(found.low), high=percent(found.high))
    return f'<div class="line">{who(title)}<b>{about}</b>{bar}<small>{ends}</small></div>'
