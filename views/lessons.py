"""Guided lessons: a short story, a guess, then what the simulation says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
import streamlit as st
import xarray as xr

from experiments.compare import paired_interval
from model.policies import Measure
from views.digest import SERIES
from views.package import BASELINE

GUESSES = ("fewer", "about as many", "more")
SAME_SHARE = 0.03
YOURS = "yours"


@dataclass(frozen=True)
class Lesson:
    """A lesson.

    Attributes
    ----------
    title, story, question, moral : str
    measures : tuple of Measure
        What is changed in the toy world.
    legs : tuple of str
        Legs whose passages the question is about.
    others : tuple of (str, tuple of str)
        Further legs to report beside them, with their names.
    """

    title: str
    story: str
    question: str
    moral: str
    measures: tuple[Measure, ...]
    legs: tuple[str, ...]
    others: tuple[tuple[str, tuple[str, ...]], ...]


BALLOON = Lesson(
    title="The balloon: press in one place",
    story=(
        "In the toy world most people who cannot get a visa cross the **sea** from Port to North. Others go over "
        "**land** from Frontier to West. The port police now get nine times as many patrols; nothing changes on land."
    ),
    question="How many people will set out over land, compared with before?",
    moral=(
        "Patrols raise the danger of being caught at sea, so that the way over land looks better than it did: part of "
        "the flow moves instead of ending. Nobody programmed this detour. Each person weighs fee, time and risk of "
        "every way that is left, and what others report. Deaths are part of the picture, and so are the people who now "
        "wait in Port, are detained, or try again at a higher price."
    ),
    measures=(Measure(what="border_patrols", amount=8, target=("port_police",)),),
    legs=("frontier-west",),
    others=(("by sea, Port to North", ("port-north",)), ("by air", ("boria-north", "coria-north"))),
)


def changes(ds: xr.Dataset, legs: tuple[str, ...]) -> tuple[float, float, float]:
    """Return passages a year on some legs: before, after, and the paired change relative to before."""
    flow = ds["passages"].sel(leg=list(legs)).sum("leg")
    before, after = (flow.sel(policy=name).to_numpy() for name in (BASELINE, YOURS))
    mean, *_ = paired_interval(after - before)
    return float(before.mean()), float(after.mean()), mean / float(before.mean())


def answer(change: float) -> str:
    """Return the guess that a relative change proves right."""
    if abs(change) < SAME_SHARE:
        return GUESSES[1]
    return GUESSES[2] if change > 0 else GUESSES[0]


def lesson(compute: Callable[[list[Measure]], xr.Dataset | None]) -> None:
    """Show the lesson; compute nothing before the guess is made.

    Parameters
    ----------
    compute : callable
        From measures to the digests of baseline and changed world; None if that did not work.
    """
    st.subheader(BALLOON.title, anchor=False)
    st.markdown(BALLOON.story)
    guess = st.radio(BALLOON.question, GUESSES, index=None, key="guess", horizontal=True)
    if not st.button("Show what happens", disabled=guess is None, key="reveal") and not st.session_state.get(
        "revealed"
    ):
        st.caption("Make a guess first; the answer comes after it.")
        return
    st.session_state["revealed"] = True
    ds = compute(list(BALLOON.measures))
    if ds is not None and guess is not None:
        _reveal(ds, guess)


def _reveal(ds: xr.Dataset, guess: str) -> None:
    before, after, change = changes(ds, BALLOON.legs)
    right = answer(change)
    verdict = "You guessed right" if guess == right else f"You guessed “{guess}”"
    st.markdown(
        f"**{verdict}.** {before:,.0f} people a year went over land before, {after:,.0f} after ({change:+.0%})."
    )
    ways = (("over land, Frontier to West", BALLOON.legs), *BALLOON.others)
    rows = [(name, *changes(ds, legs)) for name, legs in ways]
    table = pd.DataFrame(rows, columns=["way", "before", "after", "change"])
    table["change"] *= 100
    st.dataframe(
        table,
        hide_index=True,
        column_config={
            "before": st.column_config.NumberColumn(format="%.0f"),
            "after": st.column_config.NumberColumn(format="%.0f"),
            "change": st.column_config.NumberColumn(format="%+.0f %%"),
        },
    )
    st.caption("Passages a year on each way.")
    deaths = ds["quarterly"].sel(series="deaths").sum("quarter").mean("replicate")
    st.markdown(BALLOON.moral)
    st.caption(
        f"{SERIES['deaths'].label}: {float(deaths.sel(policy=BASELINE)):,.0f} before, "
        f"{float(deaths.sel(policy=YOURS)):,.0f} after, over the whole period. Toy figures."
    )
