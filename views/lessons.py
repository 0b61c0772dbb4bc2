"""Guided lessons: a short story, a guess, then the result of the simulation."""

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
UNCLEAR = "unclear"
SAME_SHARE = 0.1
SMALLEST_SHARE = 0.01
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


class Told(NamedTuple):
    """A quantity, and why it changes: a sentence for each finding that has an explanation, shown with that finding."""

    quantity: Quantity
    fewer: str = ""
    same: str = ""
    more: str = ""

    def why(self, finding: str) -> str:
        """Return the explanation of a finding; blank where there is none."""
        return dict(zip(GUESSES, (self.fewer, self.same, self.more), strict=True)).get(finding, "")


@dataclass(frozen=True)
class Lesson:
    """A lesson.

    Attributes
    ----------
    title, story, question : str
    asked : Told
        What the question is about.
    others : tuple of Told
        What is told beside the answer.
    context : str
        What is known of the real world; it says nothing of these runs.
    measures : tuple of Measure
        What is done in the toy world.
    parameters : mapping of str to float
        What is different in it beside.
    """

    title: str
    story: str
    question: str
    asked: Told
    others: tuple[Told, ...]
    context: str = ""
    measures: tuple[Measure, ...] = ()
    parameters: Mapping[str, float] = field(default_factory=dict)


BY_SEA = passages("travel by sea, Port to North, a year", "port-north")
BY_LAND = passages("travel over land, Frontier to West, a year", "frontier-west")
BY_AIR = passages("travel by air with forged documents, a year", "boria-north", "coria-north")
SEA_DEATHS = deaths_on("deaths at sea a year", "port-north")
DEATHS, VICTIMS = outcome("deaths, two years", "deaths"), outcome("newly exploited, two years", "victims")
ARRIVALS = outcome("all arrivals, two years", "arrivals")
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
        asked=Told(
            BY_LAND,
            fewer="The press at sea is heard of inland: fewer set out at all, over land too.",
            same="The detour over land is dearer and longer, and few take it: most of the flow ends or waits.",
            more=(
                "Patrols raise the danger of being caught at sea, so that the way over land looks better than it did: "
                "part of the flow moves instead of ending. Nobody programmed this detour. Each person weighs fee, time "
                "and risk of every way that is left, and what others report."
            ),
        ),
        others=(
            Told(BY_SEA, fewer="At sea more are stopped, and others no longer try."),
            Told(BY_AIR, more="Flights with forged documents gain, too, among those who can pay."),
            Told(ARRIVALS),
            Told(
                DEATHS,
                fewer="With fewer crossings fewer people die, although a crossing is no safer than before.",
                same="A crossing is no safer than before, and those who are stopped try again.",
                more="Those who are stopped try again, and the detour has dangers of its own.",
            ),
            Told(
                INCOME, more="Fees rise with the risk, so that smugglers earn more.", fewer="Smugglers lose customers."
            ),
        ),
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
        asked=Told(
            victims_by("newly exploited by way of debt, two years", "debt"),
            more=(
                "Someone who owes a smuggler more than they can earn can be made to work it off: smuggling, a service "
                "that was paid for, turns into trafficking, which is exploitation."
            ),
        ),
        others=(
            Told(
                VICTIMS,
                same="Debt is one door among several: others are held for ransom on the road or deceived about a job.",
                more="The other doors stay open, so that the total rises with debt.",
                fewer="Others are spared: who can fly on credit is not held for ransom on the road.",
            ),
            Told(
                BY_AIR,
                more="Credit opens ways that were out of reach: a flight with forged documents is the dearest.",
            ),
            Told(
                DEATHS,
                fewer="Those who fly on credit do not cross desert and sea: fewer die on the way.",
                more="Credit also brings people to the desert and the sea who could not have paid.",
            ),
            Told(INCOME, more="Lending sells more and dearer passages."),
        ),
        parameters={"smuggler_credit_share": 0.3},
    ),
    "information": Lesson(
        title="Information: will a warning keep people at home?",
        story=(
            "The authorities warn everybody in the three origins of the dangers on the way: on posters, on the radio, "
            "in every community, all the time."
        ),
        question="How many people will leave home, compared with before?",
        asked=Told(
            people("people who leave home, two years", "departures"),
            fewer=(
                "Some believe the warning. Most believe those who came back and those who write from abroad before "
                "they believe an authority that does not want them to come. Warnings do not touch war or poverty, the "
                "reasons to go."
            ),
            same=(
                "People believe those who came back and those who write from abroad before they believe an authority "
                "that does not want them to come. Warnings do not touch war or poverty, the reasons to go."
            ),
            more="The warning corrects fears that were larger than the danger.",
        ),
        others=(
            Told(BY_SEA, fewer="The warned avoid the sea first, whose danger they are told of."),
            Told(BY_LAND),
            Told(DEATHS, fewer="Fewer are under way."),
            Told(VICTIMS),
        ),
        context=(
            "Trials of real campaigns find people better informed and some less willing to go (Dunsch and others "
            "2019), but no trial has shown fewer actual departures (Bah and others 2023)."
        ),
        measures=(Measure(what="official_campaign", amount=1),),
    ),
    "rescue": Lesson(
        title="Rescue: does it draw people to the sea?",
        story=(
            "The rescue society gets eight more vessels between Port and North. Some say: now the sea is safer, and "
            "more people will set out."
        ),
        question="How many people will set out by sea, compared with before?",
        asked=Told(
            BY_SEA,
            fewer="People do not go because there are ships: the way is still dear, long and uncertain.",
            same="The way is still dear, long and uncertain: a safer crossing changes the sum little.",
            more="Those who hear of a safer crossing fear the sea less, and some choose it over another way.",
        ),
        others=(
            Told(SEA_DEATHS, fewer="Vessels reach boats in distress that would have been lost."),
            Told(DEATHS, fewer="The sea is one danger of several; on the others rescue has no effect."),
            Told(outcome("deaths per 1,000 attempts", "deaths_per_1000_attempts")),
            Told(INCOME),
        ),
        context=(
            "In the real world the question is debated. Deiana and others find that smugglers answered rescue with "
            "flimsier boats, which took back part of the gain; Rodríguez Sánchez and others (2023) find no sign that "
            "rescue drew people to the sea. The model has the smugglers' answer too, at a size that is uncertain."
        ),
        measures=(Measure(what="ngo_rescue", amount=8),),
    ),
    "pathways": Lesson(
        title="Legal pathways: a door beside the fence",
        story=(
            "West gives **protection visas** to 60 people a year who flee the war in Boria, and North lets 80 a year "
            "**join their families**. Now both are multiplied by eleven. Nothing changes at the borders."
        ),
        question="How many attempts to cross a border irregularly will there be, compared with before?",
        asked=Told(
            outcome("attempts to cross irregularly, two years", "attempts"),
            fewer="Some of those who would have paid a smuggler now travel with papers.",
            same="Most who travel with papers could not have paid a smuggler, and those not eligible go as before.",
            more="The places draw people who then find the queue too long.",
        ),
        others=(
            Told(
                LEGAL_ARRIVALS,
                more="A quota is a queue: the number of places decides how many can come.",
            ),
            Told(
                ARRIVALS,
                more="It is no exchange of one for one: people come who could not have paid a smuggler.",
                same="It is nearly an exchange: those who come with papers come instead of others.",
            ),
            Told(DEATHS, fewer="Who travels with papers risks neither desert nor sea."),
            Told(INCOME, fewer="Smugglers lose customers."),
        ),
        measures=(Measure(what="humanitarian_places", amount=10), Measure(what="family_places", amount=10)),
    ),
}


class PairedChange(NamedTuple):
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


def change(ds: xr.Dataset, quantity: Quantity) -> PairedChange:
    """Say whether a quantity rose or fell."""
    runs = quantity.compute(ds)
    before, after = (runs.sel(policy=name).to_numpy() for name in (BASELINE, YOURS))
    return PairedChange(float(before.mean()), float(after.mean()), *paired_interval(after - before))


def answer(each: PairedChange) -> str:
    """Return the guess that a change proves right; blank where the runs cannot tell.

    A change counts when its interval leaves out zero and it is a hundredth or more; "about as many" when no change of a
    tenth or more is left possible.
    """
    is_clear = each.low > 0 or each.high < 0
    if is_clear and abs(each.share) >= SMALLEST_SHARE:
        return GUESSES[2] if each.share > 0 else GUESSES[0]
    return GUESSES[1] if max(abs(each.low), abs(each.high)) < SAME_SHARE * abs(each.before) else ""


def lesson(compute: Callable[[Lesson], xr.Dataset | None]) -> None:
    """Show the lessons; compute nothing before a guess is made.

    Parameters
    ----------
    compute : callable
        From a lesson to the digests of baseline and changed world; None if that did not work.
    """
    key = st.selectbox("Lesson", list(LESSONS), format_func=lambda name: LESSONS[name].title, key="lesson")
    chosen = LESSONS[key]
    st.header(chosen.title, anchor=False)
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
    """Tell the answer to the guess that was made first, then everything else; every word follows from these runs."""
    parts = (chosen.asked, *chosen.others)
    changes = [change(ds, part.quantity) for part in parts]
    findings = [answer(each) for each in changes]
    told = changes[0]
    st.markdown(
        f"**{verdict(guess, findings[0])}** {_capital(chosen.asked.quantity.label)}: {rounded(told.before)} before, "
        f"{rounded(told.after)} after ({told.share:+.0%}). {chosen.asked.why(findings[0])}"
    )
    table = pd.DataFrame(
        {
            "what": [_capital(part.quantity.label) for part in parts],
            "before": [rounded(each.before) for each in changes],
            "after": [rounded(each.after) for each in changes],
            "change": [f"{each.share:+.0%}".replace("+0%", "0%").replace("-0%", "0%") for each in changes],
            "finding": [finding or UNCLEAR for finding in findings],
        }
    )
    st.table(table.set_index("what"))
    reasons = [
        f"- **{_capital(part.quantity.label)}, {finding}.** {why}"
        for part, finding in zip(parts[1:], findings[1:], strict=True)
        if (why := part.why(finding))
    ]
    st.markdown("\n".join(reasons))
    if chosen.context:
        st.markdown(chosen.context)
    st.caption(
        f"Toy figures, means of {ds.sizes['replicate']} pairs of runs on the same luck. “Fewer” and “more”: the 90 % "
        "interval of the difference leaves out zero, and the change is 1 % or more. “About as many”: the interval "
        f"rules out a change of a tenth. “{_capital(UNCLEAR)}”: these runs cannot tell."
    )


def verdict(guess: str, finding: str) -> str:
    """Return the reply to a guess."""
    if not finding:
        return "These runs cannot tell: the difference is within chance."
    return "You guessed right." if guess == finding else f"You guessed “{guess}”; it is “{finding}”."


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
