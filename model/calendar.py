"""Time: the calendar dates of a run's steps."""

from __future__ import annotations

import datetime as dt
import re

import numpy as np
from numpy.typing import NDArray

DAYS_PER_YEAR = 365.25
DAYS_PER_MONTH = DAYS_PER_YEAR / 12
WEEKS_PER_MONTH = DAYS_PER_MONTH / 7
FIRST_DAY, LAST_DAY = dt.date(1900, 1, 1), dt.date(2200, 1, 1)
"""Range of valid dates. Results store 64-bit nanoseconds, which cover 1678 to 2262."""
A_DATE = f"a date such as 2011-01-01, from {FIRST_DAY} to {LAST_DAY}"
LONGEST_STEP = 7
"""Longest step, days: results agree within 2 % for steps of up to a week.

Longer steps bias them (14 days: 3 % fewer attempts and 10 % fewer victims; 28 days: 11 % and 26 %), because people
decide about every nine days and at most once a step."""
MAX_STEPS = 16_000
"""Most steps of a run: 300 years of weeks or 43 years of days; the records of more would exhaust memory."""
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def as_day(value: object) -> dt.date:
    """Convert a date, or text of the form 2011-01-01, to a date.

    Raises
    ------
    ValueError
        If it is anything else (such as a number or a date with a time of day), or outside the range of valid dates.
    """
    day = value
    if isinstance(value, str) and _ISO.fullmatch(value.strip()):
        try:
            day = dt.date.fromisoformat(value.strip())
        except ValueError:
            raise ValueError(A_DATE) from None
    if not isinstance(day, dt.date) or isinstance(day, dt.datetime) or not FIRST_DAY <= day <= LAST_DAY:
        raise ValueError(A_DATE)
    return day


class Calendar:
    """Calendar dates of a run's steps.

    Parameters
    ----------
    start, end : datetime.date
        First day, and last day that a step must cover.
    step_days : int
        Length of a step, 1 to `LONGEST_STEP`.
    warm_up_weeks : int
        Time that is simulated before the first day and not recorded.

    Attributes
    ----------
    warm_up : int
        Steps before the first day.
    steps : int
        Number of steps, those before the first day among them.
    dates : ndarray of datetime64, shape (steps,)
        First day of each.
    """

    def __init__(self, start: dt.date, end: dt.date, step_days: int, warm_up_weeks: int = 0) -> None:
        self.start, self.end, self.step_days = start, end, step_days
        self.warm_up = -(-7 * warm_up_weeks // step_days)
        self.steps = self.warm_up - (-((end - start).days + 1) // step_days)
        self.dates: NDArray[np.datetime64] = np.datetime64(start, "D") + np.arange(
            -self.warm_up, self.steps - self.warm_up
        ) * np.timedelta64(step_days, "D")
        middles = self.dates + np.timedelta64(step_days // 2, "D")
        self.months: NDArray[np.int64] = middles.astype("datetime64[M]").astype(int) % 12
        self.years = step_days / DAYS_PER_YEAR
        self.in_months = step_days / DAYS_PER_MONTH
        self.weeks = step_days / 7

    def strength(self, start: dt.date | None, end: dt.date | None, ramp_weeks: float) -> NDArray[np.float64]:
        """Return the strength of a change at each step, from 0 to 1, shape (n_steps,).

        A change that begins or ends within a step counts for the fraction of the step that it covers; it phases in
        linearly over the ramp. Without a start it begins on the first day that is recorded.
        """
        first = (np.datetime64(start or self.start, "D") - self.dates[0]).astype(int)
        last = (np.datetime64(end, "D") - self.dates[0]).astype(int) if end else np.inf
        begins = np.arange(self.steps) * self.step_days
        covered = np.clip(np.minimum(begins + self.step_days, last) - np.maximum(begins, first), 0, self.step_days)
        in_force: NDArray[np.float64] = covered / self.step_days
        if ramp_weeks > 0:
            in_force *= np.clip((begins + self.step_days / 2 - first) / (7 * ramp_weeks), 0, 1)
        return in_force
