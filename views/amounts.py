"""Measures and packages in words: real amounts without and with them, where, from when, and planned spending."""

from __future__ import annotations

from corridor.experiments.reporting.effect_words import two_digits
from corridor.experiments.reporting.language import N_, _, figure
from corridor.model.policies import Intervention, Measure
from corridor.scenarios import interventions
from corridor.views.levels import Period, planned, real_amount
from corridor.views.package import Package

SIDES = {
    "destination": N_("destination states"), "partner": N_("partner states"), "origin": N_("states of origin"),
}  # fmt: skip
KINDS = {
    "state": N_("state operators"), "ngo": N_("rescue organisations"), "sea": N_("at sea"), "land": N_("on land"),
}  # fmt: skip
ROLES = {
    "destination": N_("destinations"), "hub": N_("transit hubs"), "home": N_("places of origin"),
}  # fmt: skip


def where_words(measure: Measure) -> str:
    """Return where a measure acts, in words."""
    if tuple(measure.target) == ("all",):
        return _("everywhere")
    return _(", ").join(_place(target) for target in measure.target)


def _place(target: str) -> str:
    column, colon, value = target.partition(":")
    if not colon:
        return _(target.replace("_", " "))
    known = ROLES if column == "role" else {**SIDES, **KINDS}
    return _(known.get(value, value.replace("_", " ")))


def when_words(measure: Measure) -> str:
    """Return when a measure begins and how fast it moves in, in words."""
    start = measure.start
    begins = _("from {year}").format(year=start.year) if start else _("from the first week")
    if not measure.ramp_weeks:
        return begins
    return _("{begins}, at full strength after {weeks} weeks").format(begins=begins, weeks=f"{measure.ramp_weeks:g}")


def cost_words(known: Intervention, amount: float) -> str:
    """Return the cost of a measure, in words, apart from the operations that the simulation counts."""
    if known.cost_usd_per_unit_year == 0:
        return _("its cost is counted with operations")
    return _("costs {amount} USD a year").format(amount=two_digits(amount * known.cost_usd_per_unit_year))


def measure_words(corridor: str, measure: Measure, period: Period) -> str:
    """Return a measure with its real amount, place, time and cost."""
    known = interventions()[measure.what]
    real = real_amount(corridor, measure, period)
    unit = _("; ").join(filter(None, [_(known.unit), real]))
    amount = _("{measure}: {amount} ({unit})").format(
        measure=_(known.title), amount=figure(f"{measure.amount:g}"), unit=unit
    )
    return _("; ").join([amount, where_words(measure), when_words(measure), cost_words(known, measure.amount)])


def package_words(package: Package, period: Period) -> list[str]:
    """Return a package's measures, each in the words of `measure_words`, its adaptive measures, and the budget."""
    corridor, file = package.corridor, package.file
    fixed = [measure_words(corridor, measure, period) for measure in file.measures]
    rules = [
        _("{measure}; follows {indicator}").format(
            measure=measure_words(corridor, rule.measure, period), indicator=_(rule.indicator.replace("_", " "))
        )
        for rule in file.rules
    ]
    return [*fixed, *rules, budget_words(package, period)]


def budget_words(package: Package, period: Period) -> str:
    """Return the budget of a package in a sentence."""
    spending = planned(package, period)
    average, full = two_digits(spending.average), two_digits(spending.full)
    words = _("Planned spending: {amount} USD a year more than without it, mean of {years}")
    if spending.full == 0:
        words = _("Planned spending: nothing more than without it")
    elif average != full:
        words = _(
            "Planned spending: {amount} USD a year more than without it, mean of {years} ({full} at full strength)"
        )
    told = words.format(amount=average, years=period.words, full=full)
    return f"{told}{_(', without what follows an indicator')}." if package.file.rules else f"{told}."
