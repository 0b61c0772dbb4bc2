"""Trust in an outcome: the results of tests against real events, a property of the model and not of a question."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from corridor.experiments.analysis.effects import ALL
from corridor.experiments.reporting.effect_words import percent
from corridor.experiments.reporting.language import N_, _, language, ngettext
from corridor.scenarios.validation import Answer, answers

FLOWS = ("detections", "attempts", "irregular_arrivals")
TESTED: Mapping[str, tuple[str, ...]] = {
    "deaths": ("deaths",),
    "deaths_per_1000_attempts": ("deaths_per_1000", "deaths_per_attempt"),
    "arrivals": FLOWS,
    "irregular_arrivals": FLOWS,
    "attempts": FLOWS,
    "revenue_usd": ("fee_revenue",),
    "mean_fee_usd": ("fee",),
    "detention_days": ("detention_days",),
}
"""Outcome -> indicators of natural experiments that test it."""
TRAFFICKING = Path(__file__).resolve().parent.parent / "docs" / "trafficking.md"
"""Trafficking in the model and in the record, by ``python -m docs.make_trafficking``: Mediterranean only."""
MISSED = re.compile(r"Missed: (\d+) of (\d+) figures")
LEVELS = {"mediterranean": ("victims", "episodes", "person_days_exploited")}
"""Corridor -> outcomes whose levels that record tests, though no event tests their direction."""
CLEAR = 0.8
"""Share of the runs that must have the sign for an effect to count as right, and of right effects that is good."""
MIXED = 0.6
FEW = 3
TESTED_AS = {
    "hardly": N_("hardly tested"),
    "poor": N_("tested, poor"),
    "mixed": N_("tested, mixed"),
    "good": N_("tested, good"),
}
LEVELS_ARE = {"poor": N_("poor"), "mixed": N_("mixed"), "good": N_("good")}
NEVER = N_("Effects on {outcome} were never held against a real event: they follow from assumptions.")


class Trust(NamedTuple):
    """Confidence in effects on an outcome: a grade, a word for a badge, and the sentence behind it."""

    grade: str
    word: str
    sentence: str


def trust(corridor: str) -> Mapping[str, Trust]:
    """Return the trust in each outcome in a corridor.

    Parameters
    ----------
    corridor : str
    """
    return _known(corridor, language())


@cache
def _known(corridor: str, told_in: str) -> Mapping[str, Trust]:
    """Return the same; the language is part of the cache key."""
    real = [answer for answer in answers(corridor) if answer.scenario == corridor]
    found = {metric.name: _trust(metric.label, TESTED.get(metric.name, ()), real) for metric in ALL}
    levels = trafficking_misses()
    if levels:
        for name in LEVELS.get(corridor, ()):
            found[name] = _levels(found[name], *levels)
    return found


def trafficking_misses() -> tuple[int, int] | None:
    """Return how many figures are missed, and of how many, on the page on trafficking; None without the page."""
    told = MISSED.search(TRAFFICKING.read_text(encoding="utf-8")) if TRAFFICKING.exists() else None
    return (int(told[1]), int(told[2])) if told else None


def _levels(untested: Trust, missed: int, of: int) -> Trust:
    """Return the claim that tests of levels allow for an outcome whose direction was never tested."""
    share = 1 - missed / of
    grade = "poor" if share < MIXED else "good" if share >= CLEAR else "mixed"
    record = _(
        "Who is identified and convicted was held against records of authorities: {missed} of {all} figures are missed "
        "(docs/trafficking.md)."
    ).format(missed=missed, all=of)
    word = _("direction never tested; levels {grade}: {missed} of {all} figures missed").format(
        grade=_(LEVELS_ARE[grade]), missed=missed, all=of
    )
    return Trust(grade, word, f"{untested.sentence} {record}")


def _trust(label: str, indicators: tuple[str, ...], real: list[Answer]) -> Trust:
    cells = [answer for answer in real if answer.indicator in indicators]
    if not cells:
        return Trust("never", _("never tested"), _(NEVER).format(outcome=_(label)))
    right = sum(map(is_right, cells))
    share = right / len(cells)
    grade = "poor" if share < MIXED else "hardly" if len(cells) < FEW else "good" if share >= CLEAR else "mixed"
    counted = _("direction right in {right} of {all} tests").format(right=right, all=len(cells))
    sized = [
        answer for answer in cells if answer.observed is not None and answer.effect is not None and is_right(answer)
    ]
    larger = sum(abs(answer.observed or 0) > abs(answer.effect or 0) for answer in sized)
    events = len({answer.event for answer in cells})
    sentence = ngettext(
        "Effects on {outcome} were held against {count} real event: {finding} (as recorded, or as the sources say, in "
        "{share} of the runs).",
        "Effects on {outcome} were held against {count} real events: {finding} (as recorded, or as the sources say, in "
        "{share} of the runs).",
        events,
    ).format(outcome=_(label), count=events, finding=counted, share=percent(CLEAR, signed=False))
    if sized:
        size = _("Where it was and the size is on record, the real change was larger in {larger} of {all}.")
        sentence += " " + size.format(larger=larger, all=len(sized))
    word = _("{tested}: {finding}").format(tested=_(TESTED_AS[grade]), finding=counted)
    return Trust(grade, word, sentence)


def is_right(answer: Answer) -> bool:
    """Tell whether the simulated effect goes the way of the record and of the sources, in most of the runs."""
    if answer.effect is None or answer.sign_share < CLEAR:
        return False
    recorded = answer.observed is None or answer.expected == 0 or answer.observed * answer.effect >= 0
    return recorded and (answer.expected == 0 or answer.expected * answer.effect > 0)
