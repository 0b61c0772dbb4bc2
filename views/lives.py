"""Follow one person: their life as it is, and the life that the same person has in a changed world."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from html import escape

import streamlit as st

from corridor.experiments.runs.run import Lives, Portrait
from corridor.model.trace import LifeEvent

SIGNS = {
    "sets out": "→", "admitted": "✈", "arrives": "●", "settles": "⌂", "exploited": "⛓", "detained": "▦",
    "put back": "↩", "dies": "✝", "free again": "☼", "released": "☼", "assisted": "✚", "home": "⌂",
}  # fmt: skip
AGES = {"child": "under 18", "young": "18 to 29", "adult": "30 or over"}
SEXES = {
    ("female", "child"): "a girl",
    ("male", "child"): "a boy",
    ("female", "young"): "a young woman",
    ("male", "young"): "a young man",
    ("female", "adult"): "a woman",
    ("male", "adult"): "a man",
}
# The model names organisations by their home and a number.
ORGANISATION = re.compile(r"smugglers: (\w+) (\d+)")
STYLE = """<style>
ol.life {list-style: none; margin: .5rem 0 .5rem .85rem; padding: 0 0 0 1.1rem; border-left: 3px solid #8795a3;}
ol.life li {margin: 0 0 .8rem 0; position: relative; padding-left: 1rem;}
ol.life li::before {content: attr(data-sign); position: absolute; left: -2.05rem; width: 1.7rem; height: 1.7rem;
  background: #fff; border: 2px solid #0B5C8A; border-radius: 50%; text-align: center; line-height: 1.55rem;
  font-size: .9rem; color: #0B5C8A;}
ol.life time {font-weight: 600; font-variant-numeric: tabular-nums;} ol.life small {color: #46535f; display: block;}
</style>"""


def portrait_words(portrait: Portrait) -> str:
    """Describe a person in a phrase."""
    who = SEXES[portrait.sex, portrait.age]
    origin = portrait.community.removeprefix("People of ")
    return f"{who[0].upper()}{who[1:]} from {origin} ({AGES[portrait.age]})"


def sign(event: str) -> str:
    """Return a sign for an event, by its words."""
    return next((mark for words, mark in SIGNS.items() if words in event), "·")


def life_html(events: Sequence[LifeEvent]) -> str:
    """Return the events of one person as a list in order of time."""
    rows = []
    for event in events:
        company = f" (with {escape(_company(event.with_whom))})" if event.with_whom else ""
        money = f"savings {event.savings_usd:,.0f} USD"
        if event.debt_usd >= 1:
            money += f", debt {event.debt_usd:,.0f} USD"
        rows.append(
            f'<li data-sign="{sign(event.event)}"><time datetime="{escape(event.date)}">{_day(event.date)}</time>, '
            f"{escape(event.place)}: {escape(event.event)}{company}<small>{money}</small></li>"
        )
    return f'<ol class="life">{"".join(rows)}</ol>'


def _company(words: str) -> str:
    """Return the parties to an event, with organisations in everyday words."""
    return ORGANISATION.sub(lambda found: f"smugglers of {found[1].capitalize()}, group {found[2]}", words)


def _day(date: str) -> str:
    """Return a date as it is usually written."""
    return f"{dt.date.fromisoformat(date):%d %b %Y}"


def lives_of(lives: Lives) -> dict[int, list[LifeEvent]]:
    """Return the events by person."""
    found: dict[int, list[LifeEvent]] = {person: [] for person in lives.people}
    for event in lives.events:
        found[event.person].append(event)
    return found


def follow_one(before: Lives, after: Lives | None, titles: Mapping[str, str]) -> None:
    """Let people choose one person, and tell their life in one world or in two.

    Parameters
    ----------
    before, after : Lives
        Of the world as it is, and of the changed world if there is one; both on the same luck.
    titles : mapping of str to str
        ``before`` and ``after`` in words.
    """
    first, second = lives_of(before), lives_of(after) if after else {}
    people = {**(after.people if after else {}), **before.people}
    if not people:
        st.info("Nobody of those watched left home in this world.", icon=":material/home:")
        return
    order = sorted(people, key=lambda person: -len(first.get(person, [])) - len(second.get(person, [])))
    person = st.selectbox(
        "Whom to follow",
        order,
        format_func=lambda number: f"{portrait_words(people[number])}, no. {number}",
        help="Simulated people, drawn at random among those who leave home. Those to whom most happens come first.",
    )
    st.html(STYLE)
    worlds = [(titles["before"], first)] + ([(titles["after"], second)] if after else [])
    for column, (title, known) in zip(st.columns(len(worlds)), worlds, strict=True):
        with column:
            st.markdown(f"**{title}**")
            if person in known:
                st.html(life_html(known[person]))
            else:
                st.caption("In this world the same person, with the same luck, is not among those who left home.")
    st.caption(
        "An invented person in an invented world: one possible life, not a typical one. Each story begins with the "
        "first thing that happens to the person. Money is after the event. The same person meets the same luck in both "
        "worlds, so that what differs is owed to your change."
    )
