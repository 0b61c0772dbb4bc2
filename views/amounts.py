"""Measures and packages in words: real amounts without and with them, where, from when, and planned spending."""

from __future__ import annotations

from corridor.experiments.reporting.effect_words import two_digits
from corridor.model.policies import Intervention, Measure
from corridor.scenarios import interventions
from corridor.views.levels import Period, planned, real_amount
from corridor.views.package import Package

SIDES = {"destination": "destination states", "partner": "partner states", "origin": "states of origin"}
KINDS = {"state": "state operators", "ngo": "rescue organisations", "sea": "at sea", "land": "on land"}


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


def measure_words(corridor: str, measure: Measure, period: Period) -> str:
    """Return a measure with its real amount, place, time and cost."""
    known = interventions()[measure.what]
    real = real_amount(corridor, measure, period)
    amount = f"{measure.amount:g} ({known.unit}{f'; {real}' if real else ''})"
    return (
        f"{known.title}: {amount}; {where_words(measure)}; {when_words(measure)}; {cost_words(known, measure.amount)}"
    )


def package_words(package: Package, period: Period) -> list[str]:
    """Return the measures of a package, each as `measure_words` tells it, what follows an indicator, and the budget."""
    corridor, file = package.corridor, package.file
    fixed = [measure_words(corridor, measure, period) for measure in file.measures]
    rules = [
        f"{measure_words(corridor, rule.measure, period)}; follows {rule.indicator.replace('_', ' ')}"
        for rule in file.rules
    ]
    return [*fixed, *rules, budget_words(package, period)]


def budget_words(package: Package, period: Period) -> str:
    """Return the budget of a package in a sentence."""
    spending = planned(package, period)
    if spending.full == 0:
        words = "Planned spending: nothing more than without it"
    else:
        average, full = two_digits(spending.average), two_digits(spending.full)
        words = f"Planned spending: {average} USD a year more than without it, mean of {period.words}"
        words += f" ({full} at full strength)" if average != full else ""
    return f"{words}{', without what follows an indicator' if package.file.rules else ''}."
