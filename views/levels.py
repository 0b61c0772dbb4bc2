"""Measures in real numbers: levels of levers without and with them, and planned spending."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from corridor.experiments.reporting.effect_words import percent, two_digits
from corridor.experiments.reporting.language import N_, _, figure, language
from corridor.experiments.runs.tables import counted
from corridor.model.calendar import DAYS_PER_YEAR, Calendar
from corridor.model.corridor import Corridor
from corridor.model.lever_values import LeverValues
from corridor.model.levers import LEVERS
from corridor.model.parameters import REGISTRY
from corridor.model.policies import Measure, Policy
from corridor.scenarios import make_policy
from corridor.views.package import Package, corridor_of

COUNTED: Mapping[str, str] = {
    "pathway_places": N_("places a year"),
    "patrol_units": N_("patrol units"),
    "investigators": N_("investigators"),
    "case_officers": N_("police officers on such cases"),
    "rescue_vessels": N_("vessels"),
    "shelter_places": N_("shelter places"),
}
"""Lever that counts something that adds up -> what."""
REACHED: Mapping[str, str] = {
    "campaign_returnees": N_("people reached a year"),
    "campaign_media": N_("people reached a year"),
    "campaign_online": N_("people reached a year"),
    "campaign_official": N_("people reached a year"),
    "education": N_("people who gain secondary schooling a year"),
    "training": N_("people trained a year"),
}
"""Lever that reaches a share of potential migrants -> whom."""
BOTH = N_("{what}: {without} without it, {with_it} with it")
SHARES = ("share", "share of income", "share per year", "multiplier")
PAID = ("patrol_units", "investigators", "rescue_vessels", "shelter_places", "pathway_places")
"""Levers whose amount is paid for wherever it comes from."""


class Period(NamedTuple):
    """First and last year of a comparison."""

    first: int
    last: int

    @property
    def words(self) -> str:
        """The years in words."""
        return str(self.first) if self.first == self.last else f"{self.first}–{self.last}"


class Spending(NamedTuple):
    """Planned public spending of a package beyond that of the baseline, in USD a year."""

    average: float
    full: float


def real_amount(name: str, measure: Measure, period: Period) -> str:
    """Return the change by a measure in a corridor, in real numbers: mean of the years, without and at full strength.

    Examples
    --------
    >>> real_amount("tutorial", Measure(what="ngo_rescue", amount=2), Period(2001, 2002))
    'vessels: 2 without it, 4 with it'
    """
    return _real_amount(name, measure, period, language())


@lru_cache(maxsize=2000)
def _real_amount(name: str, measure: Measure, period: Period, told_in: str) -> str:
    """Return the same; the language is part of the cache key."""
    corridor = corridor_of(name)
    full = measure.model_copy(update={"ramp_weeks": 0.0, "start": None, "end": None})
    policy = make_policy("one", "one", "one", [full])
    moved = {setting.lever for setting in policy.settings}
    without, with_it = (_levels(corridor, one, period, moved) for one in (Policy(), policy))
    said = []
    for setting in policy.settings:
        rows = np.unique(np.concatenate([corridor.select(LEVERS[setting.lever].scope, t) for t in setting.target]))
        words = _words(corridor, setting.lever, without[setting.lever][rows], with_it[setting.lever][rows], rows)
        said.append(words)
    return _("; ").join(filter(None, said))


def _words(
    corridor: Corridor, lever: str, now: NDArray[np.float64], then: NDArray[np.float64], rows: NDArray[np.int_]
) -> str:
    known = LEVERS[lever]
    if not len(rows):
        return ""
    if lever in COUNTED:
        return _(BOTH).format(what=_(COUNTED[lever]), without=_count(now.sum()), with_it=_count(then.sum()))
    if lever in REACHED:
        people = corridor.communities.column("potential_migrants").astype(float)[rows]
        figures = [two_digits(float(share @ people)) for share in (now, then)]
        return _(BOTH).format(what=_(REACHED[lever]), without=figures[0], with_it=figures[1])
    mean, later = float(now.mean()), float(then.mean())
    if known.unit in SHARES:
        figures = [percent(value, signed=False) for value in (mean, later)]
        if known.unit == "share per year":
            figures[1] = _("{number} a year").format(number=figures[1])
    else:
        figures = [figure(f"{value:.2g}") for value in (mean, later)]
        if not known.unit.startswith("index"):
            figures[1] = f"{figures[1]} {_(known.unit)}"
    words = _(BOTH).format(what=_(known.meaning), without=figures[0], with_it=figures[1])
    return _("{amounts} (mean of {count})").format(amounts=words, count=len(rows)) if len(rows) > 1 else words


def _levels(corridor: Corridor, policy: Policy, period: Period, names: Iterable[str]) -> dict[str, NDArray[np.float64]]:
    """Return the mean of levers over a period."""
    calendar = _calendar(corridor, period)
    levers = LeverValues(corridor, policy, calendar)
    sums = {name: np.zeros_like(levers.values[name]) for name in names}
    for step in range(calendar.steps):
        levers.advance(step)
        for name in names:
            sums[name] += levers.values[name]
    return {name: total / calendar.steps for name, total in sums.items()}


def _calendar(corridor: Corridor, period: Period) -> Calendar:
    start = max(corridor.start, dt.date(period.first, 1, 1))
    return Calendar(start, dt.date(period.last, 12, 31), 28)


def _count(value: float) -> str:
    return figure(counted(round(value)) if value >= 10 else f"{value:.2g}")


@lru_cache(maxsize=500)
def planned(package: Package, period: Period) -> Spending:
    """Return the planned spending of a package: its own measures, and more staff, vessels and places than without it.

    What follows from what people do (detention, claims, returns) is not planned; rules, which follow indicators, are
    left out. Places of legal pathways count as if all were used.
    """
    corridor, policy = corridor_of(package.corridor), package.policy
    calendar = _calendar(corridor, period)
    without = _operations(corridor, _levels(corridor, Policy(), period, PAID))
    average, full = (
        _operations(corridor, _levels(corridor, one, period, PAID)) + _measures(one, calendar) - without
        for one in (Policy(settings=policy.settings, costs=policy.costs), _at_once(package))
    )
    return Spending(average, full)


def _at_once(package: Package) -> Policy:
    """Return the measures of a package at full strength for the whole period."""
    now = {"ramp_weeks": 0.0, "start": None, "end": None}
    return make_policy("one", "one", "one", [measure.model_copy(update=now) for measure in package.file.measures])


def _measures(policy: Policy, calendar: Calendar) -> float:
    """Return the mean cost of the measures themselves (USD a year)."""
    return sum(usd * float(calendar.strength(start, end, ramp).mean()) for usd, start, end, ramp in policy.costs)


def _operations(corridor: Corridor, levels: Mapping[str, NDArray[np.float64]]) -> float:
    """Return the cost of staff, vessels and places (USD a year)."""
    each = {
        "patrol_units": corridor.agencies.column("unit_cost_usd_per_year"),
        "investigators": corridor.agencies.column("unit_cost_usd_per_year"),
        "rescue_vessels": corridor.rescue.column("cost_usd_per_vessel_day").astype(float) * DAYS_PER_YEAR,
        "shelter_places": corridor.services.column("cost_usd_per_place_year"),
    }
    place = corridor.parameter_values().get("pathway_cost", REGISTRY["pathway_cost"].default)
    paid = sum(float(levels[name] @ usd.astype(float)) for name, usd in each.items())
    return paid + place * float(levels["pathway_places"].sum())
