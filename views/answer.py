"""The answer to a comparison before anything else: a sentence for each package, and four outcomes as cards."""

from __future__ import annotations

import math
from collections.abc import Mapping
from html import escape
from typing import Any, NamedTuple

import pandas as pd

from corridor.experiments.analysis.effects import FEWEST_EVENTS
from corridor.experiments.analysis.intervals import FEWEST_OF_MEDIAN
from corridor.experiments.reporting.effect_words import (
    agreement_words,
    hundredths,
    interval_words,
    percent,
    range_words,
)
from corridor.experiments.reporting.language import N_, _, figure, listed, ngettext
from corridor.views.builder import future_titles
from corridor.views.headline import tone
from corridor.views.package import corridor_of
from corridor.views.question import Question
from corridor.views.trust import Trust

Rows = Mapping[tuple[str, str], Mapping[Any, Any]]
"""Rows of `paired_differences` by policy and metric."""


class OutcomeWords(NamedTuple):
    """An outcome of the answer: its words when it falls and when it rises by a size, and its name alone."""

    falls: str
    rises: str
    name: str


OUTCOMES: Mapping[str, OutcomeWords] = {
    "deaths": OutcomeWords(N_("{size} fewer deaths"), N_("{size} more deaths"), N_("deaths")),
    "victims": OutcomeWords(
        N_("{size} fewer trafficking victims"), N_("{size} more trafficking victims"), N_("trafficking")
    ),
    "irregular_arrivals": OutcomeWords(
        N_("{size} fewer irregular arrivals"), N_("{size} more irregular arrivals"), N_("irregular arrivals")
    ),
    "legal_arrivals": OutcomeWords(
        N_("{size} fewer legal arrivals"), N_("{size} more legal arrivals"), N_("legal arrivals")
    ),
    "cost_usd": OutcomeWords(N_("{size} lower public cost"), N_("{size} higher public cost"), N_("public cost")),
}
CARDS: Mapping[str, tuple[str, ...]] = {
    N_("Deaths"): ("deaths",),
    N_("Trafficking victims"): ("victims",),
    N_("Arrivals"): ("irregular_arrivals", "legal_arrivals"),
    N_("Public cost"): ("cost_usd",),
}
WHICH = {"irregular_arrivals": N_("irregular"), "legal_arrivals": N_("legal")}
SCALES = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
LONG = 22
"""Maximum letters of a package's name shown next to its change."""
GRADES = {"good": "●", "mixed": "◐", "hardly": "◐", "poor": "○", "never": "–"}


def setting_words(question: Question, rounds: int) -> str:
    """Return one line that describes the comparison and its number of runs."""
    years = _("{first} to {last}").format(first=question.first, last=question.last)
    parts = [_(corridor_of(question.corridor).title), years]
    if question.future:
        parts.append(_("future: {future}").format(future=future_titles()[question.future].lower()))
    parts += [shock.words for shock in question.shocks]
    against = ngettext(
        "{setting}. Against doing nothing more, {count} paired run.",
        "{setting}. Against doing nothing more, {count} paired runs.",
        rounds,
    )
    return against.format(setting=_(", ").join(parts), count=rounds)


def sentences(table: pd.DataFrame, titles: Mapping[str, str]) -> list[str]:
    """Return one sentence per package, as Markdown: outcomes that change (by how much), hardly change or are unclear.

    Parameters
    ----------
    table : DataFrame
        From `corridor.experiments.analysis.differences.paired_differences`.
    titles : mapping of str to str
        Policy to the name that people read, the baseline first.
    """
    rows = _by_key(table)
    return [
        _("**{package}**: {finding}.").format(package=title, finding=_sentence(rows, policy))
        for policy, title in list(titles.items())[1:]
    ]


def _sentence(rows: Rows, policy: str) -> str:
    found = {name: rows[policy, name] for name in OUTCOMES}
    if all(row["finding"] == "too few runs" for row in found.values()):
        return _("nothing can be said before {count} pairs of runs are complete").format(count=FEWEST_OF_MEDIAN)
    parts = [_clear(name, row) for name, row in found.items() if row["finding"] in ("lower", "higher")]
    for finding, words in (
        ("hardly any change", _("hardly any change in {outcomes}")),
        ("unclear", _("no clear change in {outcomes}")),
        ("too few events", _("too few simulated events to say anything about {outcomes}")),
    ):
        names = [_(OUTCOMES[name].name) for name, row in found.items() if row["finding"] == finding]
        if names:
            parts.append(words.format(outcomes=listed(names, _("{first} and {last}"))))
    return _("; ").join(parts)


def _clear(name: str, row: Mapping[Any, Any]) -> str:
    words = OUTCOMES[name].falls if row["finding"] == "lower" else OUTCOMES[name].rises
    low, high = sorted((abs(row["low"]), abs(row["high"])))
    return _("**{change}** ({low} to {high}; {count} of {pairs} runs)").format(
        change=_(words).format(size=percent(abs(row["change"]), signed=False)),
        low=hundredths(low, signed=False),
        high=percent(high, signed=False),
        count=row["fell"] if row["finding"] == "lower" else row["rose"],
        pairs=row["pairs"],
    )


def cards_html(
    table: pd.DataFrame, titles: Mapping[str, str], trust: Mapping[str, Trust] | None, recorded: Mapping[str, str]
) -> str:
    """Return the cards: for each package an interval bar and the agreement of runs, with test results and the level.

    Parameters
    ----------
    table, titles
        As for `sentences`.
    trust : mapping of str to Trust, optional
        Metric to what its tests allow to claim; None for invented worlds.
    recorded : mapping of str to str
        Metric to what was recorded in the period, in words.
    """
    rows = _by_key(table)
    cards = "".join(_card(head, names, rows, titles, trust, recorded) for head, names in CARDS.items())
    return f'<div class="cards">{cards}</div>'


def _card(
    head: str,
    names: tuple[str, ...],
    rows: Rows,
    titles: Mapping[str, str],
    trust: Mapping[str, Trust] | None,
    recorded: Mapping[str, str],
) -> str:
    baseline, *packages = titles
    lines = "".join(_lines([rows[policy, name] for policy in packages], titles, len(names) > 1) for name in names)
    levels = _("; ").join(_level(rows[baseline, name], name, recorded) for name in names)
    without = _("Without: {levels}").format(levels=levels)
    badge = _badge(trust[names[0]]) if trust is not None else ""
    return f'<section class="card"><h2>{_(head)}</h2>{lines}<p class="level">{without}</p>{badge}</section>'


def _lines(shown: list[Mapping[Any, Any]], titles: Mapping[str, str], told_apart: bool) -> str:
    """Return the bars of one outcome, a package each, on one axis."""
    ends = [abs(end) for row in shown for end in (row["low"], row["high"], row["change"]) if math.isfinite(end)]
    scale = next((step for step in SCALES if step >= max(ends, default=0.0)), SCALES[-1])
    which = f'<p class="which">{_(WHICH[shown[0]["metric"]]).capitalize()}</p>' if told_apart and shown else ""
    lines = "".join(_line(row, titles[row["policy"]], scale) for row in shown)
    return f"{which}{lines}{axis(scale)}"


def axis(scale: float) -> str:
    """Return the ends of the bars of a card."""
    words = (_("{number} %").format(number=figure(f"{sign}{100 * scale:g}")) for sign in ("−", "+"))
    ends = "<span>0</span>".join(f"<span>{word}</span>" for word in words)
    return f'<div class="axis" aria-hidden="true">{ends}</div>'


def _line(row: Mapping[Any, Any], label: str, scale: float) -> str:
    finding = row["finding"]
    if finding in ("too few runs", "too few events"):
        why = _("fewer than {count} simulated events a run").format(count=FEWEST_EVENTS)
        why = why if finding == "too few events" else _(finding)
        return f'<div class="line">{who(label)}<span class="none">{why}</span></div>'
    kind = tone(row["metric"], finding)
    said = _(finding) if finding in ("unclear", "hardly any change") else percent(row["change"])
    left, right = (50 + 50 * max(-1.0, min(1.0, row[end] / scale)) for end in ("low", "high"))
    middle = 50 + 50 * max(-1.0, min(1.0, row["change"] / scale))
    bar = (
        f'<div class="bar" aria-hidden="true"><i class="zero"></i><i class="range {kind}" style="left:{left:.1f}%;'
        f'width:{max(right - left, 0.8):.1f}%"></i><i class="point {kind}" style="left:{middle:.1f}%"></i></div>'
    )
    detail = f"{interval_words(row)}{_('; ')}{agreement_words(row)}"
    return f'<div class="line">{who(label)}<b class="{kind}">{said}</b>{bar}<small>{detail}</small></div>'


def who(title: str) -> str:
    """Return the name of a package in a card; a long one has a line of its own."""
    return f'<span class="who{" long" if len(title) > LONG else ""}">{escape(title)}</span>'


def _level(row: Mapping[Any, Any], name: str, recorded: Mapping[str, str]) -> str:
    words = range_words(row["baseline_low"], row["baseline_high"], row["unit"])
    if row["unit"] == "USD":
        words = _("{amount} USD").format(amount=words)
    if name in WHICH:
        words = _("{kind} {number}").format(kind=_(WHICH[name]), number=words)
    if name in recorded:
        words += " " + _("(recorded {number})").format(number=escape(recorded[name]))
    return words


def _badge(trust: Trust) -> str:
    return (
        f'<p class="trust {trust.grade}"><span aria-hidden="true">{GRADES[trust.grade]}</span> {escape(trust.word)}</p>'
    )


def _by_key(table: pd.DataFrame) -> Rows:
    return {(row["policy"], row["metric"]): row for row in table.to_dict("records")}
