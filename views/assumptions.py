"""The assumptions that carry an answer: which five, how it looks at the low and high of each, and whether ranks turn.

For ready packages in one period of the gallery the runs are shipped (`docs.make_assumptions`); for any other question
they are computed on demand.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from functools import cache
from html import escape
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from corridor.experiments.analysis.assumptions import (
    WORLDS,
    Assumption,
    assumption,
    carriers,
    plackett_burman,
    settings,
)
from corridor.experiments.reporting.effect_words import percent
from corridor.experiments.reporting.language import N_, _, figure, listed, ngettext
from corridor.experiments.runs.run import Job
from corridor.experiments.runs.tables import rounded
from corridor.model.corridor import Corridor
from corridor.views.gallery import CORRIDOR, FOLDER, identity, period_question, ready
from corridor.views.package import BASELINE, corridor_of
from corridor.views.question import RESULTS, Question
from corridor.views.workers import Order

PERIOD = "past"
"""Period of the gallery whose runs are shipped."""
OUTCOMES: Mapping[str, str] = {
    "deaths": N_("deaths"),
    "victims": N_("trafficking victims"),
    "irregular_arrivals": N_("irregular arrivals"),
    "legal_arrivals": N_("legal arrivals"),
    "cost_usd": N_("public cost"),
}
CANDIDATES = FOLDER / "candidates.csv"
TABLE = FOLDER / "assumptions.csv"

Effects = Mapping[str, NDArray[np.float64]]
"""Policy to logarithms of ratios to the baseline, one a world."""


@cache
def candidates() -> tuple[str, ...]:
    """Return the parameters that are set low or high: those that moved effects most in the screening."""
    with CANDIDATES.open(encoding="utf-8", newline="") as file:
        return tuple(row["parameter"] for row in csv.DictReader(file))


def assumptions_in(corridor: Corridor) -> list[Assumption]:
    """Return the assumptions of a corridor, each with its low, usual and high."""
    return [assumption(name, corridor.parameter_values()) for name in candidates()]


def jobs(question: Question) -> list[Job]:
    """Return the runs of a question: the baseline and every package in each world, with the world's number as seed."""
    known, design, world = assumptions_in(corridor_of(question.corridor)), plackett_burman(), question.world
    worlds = [world.given(settings(known, row)) for row in design]
    return [Job(there, policy, seed) for seed, there in enumerate(worlds) for policy in question.policies]


def orders(question: Question) -> list[Order]:
    """Return the same for the board of the app."""
    return [Order(job, job.world.study(RESULTS), keep=False) for job in jobs(question)]


def effects_of(ds: xr.Dataset, outcome: str) -> dict[str, NDArray[np.float64]]:
    """Return the effects that digests of the runs hold, over ``policy`` (the baseline first) and ``replicate``."""
    values = ds[outcome] if outcome in ds else ds["arrivals"] * _share(ds, outcome)
    first, *packages = [str(policy) for policy in ds["policy"].to_numpy()]
    return {name: np.log((values.sel(policy=name) / values.sel(policy=first)).to_numpy()) for name in packages}


def _share(ds: xr.Dataset, name: str) -> xr.DataArray:
    return ds["share_irregular"] if name.startswith("irregular") else 1 - ds["share_irregular"]


class Shipped(NamedTuple):
    """Effects that come with the app, and whether the model has changed since."""

    effects: Effects
    is_stale: bool


def shipped(question: Question, outcome: str) -> Shipped | None:
    """Return the shipped effects of a question's packages; None if one was changed or the world is another."""
    if question.corridor != CORRIDOR or question.shocks or not TABLE.exists():
        return None
    table, made_with = _opened()
    keys = [package.key for package in question.packages]
    if not set(keys) <= set(table["package"]):
        return None
    effects = {
        policy.name: table.loc[table["package"] == key, outcome].to_numpy()
        for key, policy in zip(keys, question.policies[1:], strict=True)
    }
    return Shipped(effects, made_with != stamp())


@cache
def _opened() -> tuple[pd.DataFrame, str]:
    with TABLE.open(encoding="utf-8") as file:
        made_with = file.readline().removeprefix("#").strip()
        return pd.read_csv(file), made_with


def stamp() -> str:
    """Return the fingerprint of everything that determines the shipped runs: model, scenario, years."""
    return identity(PERIOD)


def shipped_question() -> Question:
    """Return the question whose runs are shipped; it has more packages than a page compares."""
    return period_question(PERIOD, ("rescue",))


def keep(rows: Iterable[Mapping[str, object]]) -> None:
    """Write the shipped effects."""
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        file.write(f"# {stamp()}\n")
        writer = csv.DictWriter(file, ["world", "package", *OUTCOMES], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def packages() -> list[str]:
    """Return the policies of the shipped runs, the baseline first."""
    return [BASELINE, *(name for name in ready() if name != BASELINE)]


def drawer_html(effects: Effects, titles: Mapping[str, str], outcome: str, corridor: str) -> str:
    """Return the five assumptions as a table: low and high of each, the effect at both, and whether ranks turn."""
    known = {each.name: each for each in assumptions_in(corridor_of(corridor))}
    table = carriers(effects, list(known.values()))
    columns = [_("Assumption"), *(titles[name] for name in effects), _("Rank")]
    heads = "".join(f'<th scope="col">{escape(head)}</th>' for head in columns)
    rows = []
    for row in table.to_dict("records"):
        each = known[row["name"]]
        words = _("Weight of: {factor}") if each.unit.startswith("utils") else "{factor}"
        meaning = words.format(factor=_(each.meaning))
        label = f"{escape(_capital(meaning))}<small>{_figures(each)}</small>"
        ends = _("{low} at low, {high} at high")
        cells = []
        for name in effects:
            low, high = (f"<b>{percent(row[f'{end} {name}'])}</b>" for end in ("low", "high"))
            cells.append(f'<td data-label="{escape(titles[name])}">{ends.format(low=low, high=high)}</td>')
        if not row["clear"]:
            label += f"<small>{_('no more than chance moves the answer')}</small>"
        cells.append(f'<td data-label="{_("Rank")}">{_turn(row["turns"], titles)}</td>')
        rows.append(f'<tr><th scope="row">{label}</th>{"".join(cells)}</tr>')
    caption = _(
        "Change of {outcome} where an assumption is low and where it is high, mean of {count} worlds each."
    ).format(outcome=_(OUTCOMES[outcome]), count=WORLDS // 2)
    return (
        f'<table class="headline assumptions"><caption>{caption}</caption><thead><tr>{heads}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table>"
    )


def verdict(effects: Effects, titles: Mapping[str, str], corridor: str) -> str:
    """Return in a sentence whether any of the assumptions turns the order of the packages."""
    table = carriers(effects, assumptions_in(corridor_of(corridor)), number=len(candidates()))
    turning = [row for row in table.to_dict("records") if row["turns"]]
    what = _("which package does more") if len(effects) > 1 else _("whether it does more or less than doing nothing")
    words = _("None of {all} assumptions, low or high, turns {what} beyond chance.")
    if turning:
        words = ngettext(
            "{count} of {all} assumptions turns {what}, between low and high.",
            "{count} of {all} assumptions turn {what}, between low and high.",
            len(turning),
        )
    return words.format(count=len(turning), all=len(table), what=what)


def _turn(turns: tuple[tuple[str, str], ...], titles: Mapping[str, str]) -> str:
    if not turns:
        return f'<span class="word same">{_("holds")}</span>'
    pairs = [[titles.get(name, _("doing nothing")) for name in pair] for pair in turns]
    named = _("; ").join(listed(pair, _("{first} and {last}")) for pair in pairs)
    change = escape(_("{packages} change places").format(packages=named))
    return f'<span class="word worse">{_("turns")}</span> <small>{change}</small>'


def _figures(each: Assumption) -> str:
    low, high, usual = (figure(_written(value)) for value in (each.low, each.high, each.usual))
    words = _("{low} or {high} {unit}; {usual} in the answer above")
    return words.format(low=low, high=high, unit=escape(_(each.unit)), usual=usual)


def _written(value: float) -> str:
    """Return a value with three significant digits, thousands in full."""
    return (rounded(value) if abs(value) >= 1000 else f"{value:.3g}").replace("-", "−")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
