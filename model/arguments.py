"""Arguments of a run: validation, with a one-sentence error for each invalid value."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from corridor.model.calendar import LONGEST_STEP, MAX_STEPS, Calendar, as_day
from corridor.model.corridor import Corridor
from corridor.model.errors import InvalidInput
from corridor.model.policies import Policy

SeedSource: TypeAlias = (
    np.random.Generator | np.random.BitGenerator | np.random.SeedSequence | int | Sequence[int] | None
)


def fresh_seed() -> int:
    """Return a seed from the operating system's entropy."""
    return secrets.randbits(63)


def chosen_seed(seed: int | None, rng: SeedSource) -> int:
    """Return the given seed, one drawn from the given generator, or a fresh one."""
    if rng is None:
        return fresh_seed() if seed is None else whole_number("seed", seed, 0, 2**64 - 1)
    if seed is not None:
        raise InvalidInput("run", "rng", rng, "nothing beside a seed: give one of the two")
    try:
        return int(np.random.default_rng(rng).integers(2**63))
    except (TypeError, ValueError):
        allowed = "whole numbers from 0, or one of NumPy's random generators or seed sequences"
        raise InvalidInput("run", "rng", rng, allowed) from None


def whole_number(name: str, value: object, low: int, high: int) -> int:
    """Return an argument after checking that it is a whole number from ``low`` to ``high``."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or not low <= value <= high:
        raise InvalidInput("run", name, value, f"a whole number from {low} to {high}")
    return int(value)


def _day(name: str, value: object) -> dt.date:
    try:
        return as_day(value)
    except ValueError as error:
        raise InvalidInput("run", name, value, str(error)) from None


def calendar_of(corridor: Corridor, start: dt.date | None, end: dt.date | None, step_days: int | None) -> Calendar:
    """Return the calendar of a run; arguments left out default to the corridor's own values."""
    days = whole_number("step_days", corridor.step_days if step_days is None else step_days, 1, LONGEST_STEP)
    first = _day("start", corridor.start if start is None else start)
    last = _day("end", corridor.end if end is None else end)
    if last <= first:
        raise InvalidInput("run", "end", str(last), f"a date after start ({first})")
    calendar = Calendar(first, last, days, corridor.warm_up_weeks)
    if calendar.steps > MAX_STEPS:
        raise InvalidInput("run", "steps", calendar.steps, f"at most {MAX_STEPS}: longer steps, or fewer years")
    return calendar


def check_policy(corridor: Corridor, policy: Policy) -> None:
    """Check that every target named in a policy's settings exists in the corridor."""
    for setting in policy.settings:
        corridor.check_targets(setting.lever, setting.target, f"policy {policy.name}")
