"""Amounts in real units: what there is today, what there would be, where, from when, and what it costs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from corridor.experiments.reporting.effect_words import two_digits
from corridor.experiments.runs.tables import counted
from corridor.model.corridor import Corridor
from corridor.model.policies import Intervention, Measure
from corridor.scenarios import interventions, make_policy
from corridor.views.package import Package, corridor_of

STOCKS: Mapping[str, tuple[str, str, str]] = {
    "pathway_places": ("pathway", "places_per_year", "places a year"),
    "patrol_units": ("agency", "patrol_units", "patrol units"),
    "investigators": ("agency", "investigators", "investigators"),
    "rescue_vessels": ("operator", "vessels", "vessels"),
    "shelter_places": ("service", "places", "places"),
}
"""Lever that counts something -> its scope, the column that says how much of it there is, and the unit."""
SIDES = {"destination": "destination states", "partner": "partner states", "origin": "states of origin"}
KINDS = {"state": "state operators", "ngo": "rescue organisations", "sea": "at sea", "land": "on land"}


def now_and_then(corridor: Corridor, measure: Measure) -> str:
    """Return the level now and under a measure, in words; empty where it counts nothing.

    Parameters
    ----------
    corridor : Corridor
    measure : Measure

    Examples
    --------
    >>> from corridor.scenarios import load
    >>> now_and_then(load("tutorial"), Measure(what="ngo_rescue", amount=2))
    'vessels: 2 at the start of the data, 4 with it'
    """
    for setting in make_policy("one", "one", "one", [measure]).settings:
        if setting.lever not in STOCKS:
            continue
        scope, column, unit = STOCKS[setting.lever]
        chosen = np.unique(np.concatenate([corridor.select(scope, target) for target in setting.target]))
        now = corridor.tables[scope].column(column).astype(float)[chosen]
        then = now * setting.value if setting.operation == "multiply" else now + setting.value
        return f"{unit}: {_count(now.sum())} at the start of the data, {_count(then.sum())} with it"
    return ""


def where_words(measure: Measure) -> str:
    """Return where a measure acts, in words."""
    if tuple(measure.target) == ("all",):
        return "everywhere"
    return ", ".join(_place(target) for target in measure.target)


def _place(target: str) -> str:
    column, colon, value = target.partition(":")
    if not colon:
        return target.replace("_", " ")
    if column == "role":
        return f"places of {value}" if value != "destination" else "destinations"
    return {**SIDES, **KINDS}.get(value, value.replace("_", " "))


def when_words(measure: Measure) -> str:
    """Return when a measure begins and how fast it moves in, in words."""
    begins = f"from {measure.start.year}" if measure.start else "from the first week"
    weeks = measure.ramp_weeks
    return f"{begins}, at full strength after {weeks:g} weeks" if weeks else begins


def cost_words(known: Intervention, amount: float) -> str:
    """Return the cost of a measure, in words, apart from the operations that the simulation counts."""
    if known.cost_usd_per_unit_year == 0:
        return "its cost is counted with operations"
    return f"costs {two_digits(amount * known.cost_usd_per_unit_year)} USD a year"


def measure_words(corridor: Corridor, measure: Measure) -> str:
    """Return a measure with its real amount, place, time and cost."""
    known = interventions()[measure.what]
    real = now_and_then(corridor, measure)
    amount = f"{measure.amount:g} ({known.unit}{f'; {real}' if real else ''})"
    return (
        f"{known.title}: {amount}; {where_words(measure)}; {when_words(measure)}; {cost_words(known, measure.amount)}"
    )


def package_words(package: Package) -> list[str]:
    """Return the measures of a package, each as `measure_words` tells it; of those that follow an indicator, which."""
    corridor, file = corridor_of(package.corridor), package.file
    fixed = [measure_words(corridor, measure) for measure in file.measures]
    rules = [
        f"{measure_words(corridor, rule.measure)}; follows {rule.indicator.replace('_', ' ')}" for rule in file.rules
    ]
    return fixed + rules


def budget_usd(package: Package) -> float:
    """Return the annual cost of a package at full strength, apart from operations (USD)."""
    known = interventions()
    return sum(measure.amount * known[measure.what].cost_usd_per_unit_year for measure in package.file.measures)


def _count(value: float) -> str:
    return counted(round(value)) if value >= 10 else f"{value:g}"
