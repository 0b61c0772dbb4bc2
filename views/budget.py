"""Packages of one budget: all amounts of each grow or shrink by one factor until its planned spending is the same."""

from __future__ import annotations

from dataclasses import replace

from corridor.views.levels import Period, planned
from corridor.views.package import Package, changes_to, measures_for

LEAST, ROUNDS, NEAR = 0.01, 40, 0.02
"""Smallest factor, steps of the search, and the share of the budget by which rounded amounts may miss it."""


def scaled(package: Package, factor: float) -> Package:
    """Return a package with all amounts times a factor, each within its range."""
    known = measures_for(package.corridor)
    wanted = {
        what: float(f"{min(max(amount * factor, known[what].low), known[what].high):.3g}")
        for what, amount in package.amounts.items()
    }
    return replace(package, changes=changes_to(package.base, package.corridor, wanted))


def of_budget(package: Package, usd: float, period: Period) -> Package | None:
    """Return a package whose planned spending is a budget (USD a year, mean of the period).

    None if no amounts within their ranges cost that much, or so little.
    """
    spent = planned(package, period).average
    if usd <= 0 or spent <= 0:
        return None
    known = measures_for(package.corridor)
    low, high = LEAST, max(known[what].high / amount for what, amount in package.amounts.items() if amount > 0)
    for _ in range(ROUNDS):
        middle = (low * high) ** 0.5
        if planned(scaled(package, middle), period).average < usd:
            low = middle
        else:
            high = middle
    found = scaled(package, high)
    return found if abs(planned(found, period).average - usd) <= NEAR * usd else None
