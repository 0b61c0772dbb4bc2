"""Guided lessons: a short story, a guess, then what the simulation says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import pandas as pd
import streamlit as st
import xarray as xr

from corridor.experiments.analysis.intervals import paired_interval
from corridor.experiments.runs.tables import rounded
from corridor.model.policies import Measure
from corridor.views.package import BASELINE

GUESSES = ("fewer", "about as many", "more")
SAME_SHARE = 0.1
YOURS = "yours"


class Quantity(NamedTuple):
    """Something that a lesson counts: its words, and how it is read from the digests (over policy and replicate)."""

    label: str
    compute: Callable[[xr.Dataset], xr.DataArray]


def passages(label: str, *legs: str) -> Quantity:
    """Return the travels that end on some legs in a year."""
    return Quantity(label, lambda ds: ds["passages"].sel(leg=list(legs)).sum("leg"))


def people(label: str, count: str) -> Quantity:
    """Return a count of people of all origins."""
    return Quantity(label, lambda ds: ds["origins"].sel(origin_count=count).sum("community"))


def outcome(label: str, name: str) -> Quantity:
    """Return an outcome of `corridor.experiments.analysis.metrics` over the whole period."""
    return Quantity(label, lambda ds: ds[name])


def deaths_on(label: str, *legs: str) -> Quantity:
    """Return the people who die on some legs in a year."""
    return Quantity(label, lambda ds: ds["leg_deaths"].sel(leg=list(legs)).sum("leg"))


def victims_by(label: str, channel: str) -> Quantity:
    """Return the episodes of exploitation that begin by way of one channel."""
    return Quantity(label, lambda ds: ds["channels"].sel(channel=channel))


@dataclass(frozen=True)
class Lesson:
    """A lesson.

    Attributes
    ----------
    title, story, question, moral : str
    asked : Quantity
        What the question is about.
    others : tuple of Quantity
        What is told beside the answer.
    measures : tuple of Measure
        What is done in the toy world.
    parameters : mapping of str to float
        What is different in it beside.
    """

    title: str
    story: str
    question: str
    moral: str
    asked: Quantity
    others: tuple[Quantity, ...]
    measures: tuple[Measure, ...] = ()
    parameters: Mapping[str, float] = field(default_factory=dict)


BY_SEA = passages("travel by sea, Port to North, a year", "port-north")
BY_LAND = passages("travel over land, Frontier to West, a year", "frontier-west")
BY_AIR = passages("travel by air with forged documents, a year", "boria-north", "coria-north")
SEA_DEATHS = deaths_on("deaths at sea a year", "port-north")
DEATHS, VICTIMS = outcome("deaths, two years", "deaths"), outcome("newly exploited, two years", "victims")
LEGAL_ARRIVALS = people("legal arrivals, two years", "legal_arrivals")
INCOME = outcome("income of smugglers, USD, two years", "revenue_usd")

LESSONS: Mapping[str, Lesson] = {
    "balloon": Lesson(
        title="The balloon: press in one place",
        story=(
            "In the toy world most people who cannot get a visa cross the **sea** from Port to North. Others go over "
            "**land** from Frontier to West. The port police now get nine times as many patrols, and half of the coast "
            "is closed to boats; nothing changes on land."
        ),
        question="How many people will set out over land, compared with before?",
        moral=(
            "Patrols raise the danger of being caught at sea, so that the way over land looks better than it did: "
            "part of the flow moves instead of ending. Nobody programmed this detour. Each person weighs fee, time "
            "and risk of every way that is left, and what others report. Look at the rest of the table too: far fewer "
            "get through, fees rise, and deaths hardly change, for a crossing is no safer than before."
        ),
        asked=BY_LAND,
        others=(BY_SEA, BY_AIR, outcome("arrivals, two years", "arrivals"), DEATHS, INCOME),
        measures=(
            Measure(what="border_patrols", amount=8, target=("port_police",)),
            Measure(what="partner_coast_control", amount=0.5, target=("port-north",)),
        ),
    ),
    "debt": Lesson(
        title="Debt: travel now, pay later",
        story=(
            "Most people pay a smuggler from savings or with the help of family. About one in ten can travel **on "
            "credit**, and owes thousands when they arrive. Suppose smugglers lend to three times as many."
        ),
        question="How many people will be exploited *because of their debt*, compared with before?",
        moral=(
            "Credit opens ways that were out of reach: many more people buy a flight with forged documents, which "
            "costs far more than desert and sea. The price comes afterwards. Someone who owes a smuggler more than "
            "they can earn can be made to work it off: smuggling, a service that was paid for, turns into "
            "trafficking, which is exploitation. The total of victims moves little here, for debt is one door among "
            "several: others are held for ransom on the road or deceived about a job. Debt changes who is exploited, "
            "and where."
        ),
        asked=victims_by("newly exploited by way of debt, two years", "debt"),
        others=(VICTIMS, BY_AIR, DEATHS, INCOME),
        parameters={"smuggler_credit_share": 0.3},
    ),
    "information": Lesson(
        title="Information: will a warning keep people at home?",
        story=(
            "The authorities warn everybody in the three origins of the dangers on the way: on posters, on the radio, "
            "in every community, all the time."
        ),
        question="How many people will leave home, compared with before?",
        moral=(
            "A little fewer at most. People believe those who came back and those who write from abroad before they "
            "believe an authority that does not want them to come, and many know that the way is dangerous. Warnings "
            "do not touch war or poverty, the reasons to go. Trials of real campaigns find people better informed and "
            "some less willing to go (Dunsch and others 2019), but no trial has shown fewer actual departures (Bah "
            "and others 2023)."
        ),
        asked=people("people who leave home, two years", "departures"),
        others=(BY_SEA, BY_LAND, DEATHS, VICTIMS),
        measures=(Measure(what="official_campaign", amount=1),),
    ),
    "rescue": Lesson(
        title="Rescue: does it draw people to the sea?",
        story=(
            "The rescue society gets eight more vessels between Port and North. Some say: now the sea is safer, and "
            "more people will set out."
        ),
        question="How many people will set out by sea, compared with before?",
        moral=(
            "In this world rescue saves many of those who would have drowned, and hardly moves the number who set "
            "out: the way is still dear, long and uncertain. In the real world the question is debated. Deiana and "
            "others find that smugglers answered rescue with flimsier boats, which took back part of the gain; "
            "Rodríguez Sánchez and others (2023) find no sign that rescue drew people to the sea. The model has the "
            "smugglers' answer too, at a size that is uncertain."
        ),
        asked=BY_SEA,
        others=(SEA_DEATHS, DEATHS, outcome("deaths per 1,000 attempts", "deaths_per_1000_attempts"), INCOME),
        measures=(Measure(what="ngo_rescue", amount=8),),
    ),
    "pathways": Lesson(
        title="Legal pathways: a door beside the fence",
        story=(
            "West gives **protection visas** to 60 people a year who flee the war in Boria, and North lets 80 a year "
            "**join their families**. Now both are multiplied by eleven. Nothing changes at the borders."
        ),
        question="How many attempts to cross a border irregularly will there be, compared with before?",
        moral=(
            "Some of those who would have paid a smuggler now travel with papers: fewer attempts, less income for "
            "smugglers, and deaths point the same way. But it is no exchange of one for one. The total of arrivals "
            "rises, because people come who could not have paid, and those who are not eligible still go as before. A "
            "quota is a queue: how many places there are, and for whom, decides how many still take the other way."
        ),
        asked=outcome("attempts to cross irregularly, two years", "attempts"),
        others=(
            LEGAL_ARRIVALS,
            outcome("all arrivals, two years", "arrivals"),
            DEATHS,
            INCOME,
        ),
        measures=(Measure(what="humanitarian_places", amount=10), Measure(what="family_places", amount=10)),
    ),
}


class Change(NamedTuple):
    """A quantity before and after, and the paired difference with its 90 % interval."""

    before: float
    after: float
    difference: float
    low: float
    high: float

    @property
    def share(self) -> float:
        """Difference over before."""
        return self.difference / self.before if self.before else 0.0


def change(ds: xr.Dataset, quantity: Quantity) -> Change:
    """Say whether a quantity rose or fell."""
    runs = quantity.compute(ds)
    before, after = (runs.sel(policy=name).to_numpy() for name in (BASELINE, YOURS))
    return Change(float(before.mean()), float(after.mean()), *paired_interval(after - before))


def answer(share: float) -> str:
    """Return the guess that a relative change proves right."""
    if abs(share) < SAME_SHARE:
        return GUESSES[1]
    return GUESSES[2] if share > 0 else GUESSES[0]


def lesson(compute: Callable[[Lesson], xr.Dataset | None]) -> None:
    """Show the lessons; compute nothing before a guess is made.

    Parameters
    ----------
    compute : callable
        From a lesson to the digests of baseline and changed world; None if that did not work.
    """
    key = st.selectbox("Lesson", list(LESSONS), format_func=lambda name: LESSONS[name].title, key="lesson")
    chosen = LESSONS[key]
    st.subheader(chosen.title, anchor=False)
    st.markdown(chosen.story)
    guess = st.radio(chosen.question, GUESSES, index=None, key=f"guess-{key}", horizontal=True)
    shown = f"revealed-{key}"
    if st.button("Show what happens", disabled=guess is None, key=f"reveal-{key}", type="primary"):
        st.session_state[shown] = guess
    if shown not in st.session_state:
        st.caption("Make a guess first; the answer comes after it.")
        return
    ds = compute(chosen)
    if ds is not None:
        _reveal(ds, chosen, st.session_state[shown])


def _reveal(ds: xr.Dataset, chosen: Lesson, guess: str) -> None:
    """Tell the answer to the guess that was made first, then everything else."""
    told = change(ds, chosen.asked)
    right = answer(told.share)
    verdict = "You guessed right" if guess == right else f"You guessed “{guess}”; it is “{right}”"
    st.markdown(
        f"**{verdict}.** {_capital(chosen.asked.label)}: {rounded(told.before)} before, {rounded(told.after)} after "
        f"({told.share:+.0%})."
    )
    rows = [(quantity.label, change(ds, quantity)) for quantity in (chosen.asked, *chosen.others)]
    table = pd.DataFrame(
        {
            "what": [_capital(label) for label, _ in rows],
            "before": [rounded(each.before) for _, each in rows],
            "after": [rounded(each.after) for _, each in rows],
            "change": [f"{each.share:+.0%}" for _, each in rows],
            "sure?": [_sure(each) for _, each in rows],
        }
    )
    st.table(table.set_index("what"))
    st.markdown(chosen.moral)
    st.caption(
        "Toy figures, means of three pairs of runs on the same luck. “About as many” means a change of less than a "
        "tenth. Sure: the 90 % interval of the difference leaves out zero."
    )


def _sure(each: Change) -> str:
    return "yes" if each.low > 0 or each.high < 0 else "no: could be chance"


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
