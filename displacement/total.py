"""Number of displaced people after a day, predicted from conflict and by naive rules (ODD eq. 70)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from corridor.displacement.engine.case import Case
from corridor.displacement.engine.simulation import origin_weights

MEMORY_DAYS = 30
"""Number of days before the forecast over which the rate of displacement is measured."""
DAMPING_DAYS = 90.0
"""Days in which arrivals fall to 1/e by the rule `damped`; assumed."""


def predicted(case: Case, day: int) -> Case:
    """Return the case from a day on, with later totals predicted from conflict in place of the observed.

    Exposed people are residents of conflict zones, weighted by intensity and decay (ODD eq. 59). The rate of
    displacement is that of the last 30 known days. Later conflict is taken from the case.

    Parameters
    ----------
    case : Case
    day : int
        The last day that is known.
    """
    rest, exposure = case.from_day(day), np.array([origin_weights(case, each).sum() for each in range(case.days)])
    recent = slice(max(0, day - MEMORY_DAYS) + 1, day + 1)
    exposed = exposure[recent].sum()
    rate = case.arrivals[recent].sum() / exposed if exposed > 0 else 0.0
    newly = np.floor(rate * np.cumsum(exposure[day:]) - rate * exposure[day]).astype(np.int64)
    return replace(rest, observed=replace(rest.observed, destinations=rest.observed.destinations[0] + newly))


def displaced(case: Case) -> NDArray[np.float64]:
    """Return N, the people displaced so far, shape (days,)."""
    return case.people_at_start.sum() + np.cumsum(case.arrivals).astype(np.float64)


def naive(case: Case, day: int) -> dict[str, NDArray[np.float64]]:
    """Return N from a day on by rules without conflict, shape (days - day,) each.

    ``last`` keeps the last value; ``damped`` lets the arrivals of the last 30 days decay (Gardner and McKenzie 1985,
    doi:10.1287/mnsc.31.10.1237).
    """
    known, ahead = displaced(case.from_day(day))[0], np.arange(case.days - day)
    recent = case.arrivals[max(0, day - MEMORY_DAYS) + 1 : day + 1]
    rate = recent.mean() if recent.size else 0.0
    return {
        "last": np.full(ahead.size, known),
        "damped": known + rate * DAMPING_DAYS * -np.expm1(-ahead / DAMPING_DAYS),
    }


def error(guess: NDArray[np.float64], observed: NDArray[np.float64]) -> float:
    """Return the mean relative error of a total over the days after the first."""
    return float((np.abs(guess - observed) / np.maximum(1.0, observed))[1:].mean())
