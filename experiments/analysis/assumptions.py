"""Assumptions behind an answer: effects of packages in worlds with assumptions set low or high together.

A Plackett-Burman design (Plackett and Burman 1946) sets 23 assumptions low or high in 24 worlds, so that each
assumption is low in half of the worlds and high in the other half, whatever the others are. In every world each package
and the baseline run on the same seeds. Interactions of two assumptions are confounded with effects of others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from corridor.model.parameters import REGISTRY

GENERATOR = "+++++-+-++--++--+-+----"
"""First row of the design for 24 runs."""
WORLDS = len(GENERATOR) + 1
HALF_WAY = 0.5
"""Distance of low and high from the usual value, as a share of that to the ends of the range: all move at once."""
DECADES = 1.0
SURE = 1.8
"""Standard errors of a mean of twelve worlds within which its sign may be chance (90 % interval)."""
NOISE = 2.0
"""Lenth's pseudo standard errors below which a swing counts as chance: about one in twenty of those without effect."""


class Assumption(NamedTuple):
    """A parameter that is not determined by data, with its low, usual and high values (in its unit)."""

    name: str
    low: float
    usual: float
    high: float

    @property
    def meaning(self) -> str:
        """The meaning in words."""
        return REGISTRY[self.name].meaning

    @property
    def unit(self) -> str:
        """The unit."""
        return REGISTRY[self.name].unit


def assumption(name: str, values: Mapping[str, float]) -> Assumption:
    """Return a parameter with its low, usual and high value.

    Parameters
    ----------
    name : str
    values : mapping of str to float
        Values of the scenario that differ from the registry's.
    """
    row, usual = REGISTRY[name], float(values.get(name, REGISTRY[name].default))
    ends = []
    for end in (row.low, row.high):
        if row.low > 0 and row.high / row.low >= 10**DECADES:
            ends.append(usual * (end / usual) ** HALF_WAY)
        else:
            ends.append(usual + HALF_WAY * (end - usual))
    low, high = (float(f"{min(max(end, row.low), row.high):.4g}") for end in ends)
    return Assumption(name, low, usual, high)


def plackett_burman() -> NDArray[np.int_]:
    """Return the design: 24 worlds by 23 assumptions, -1 for low and 1 for high."""
    first = np.array([1 if sign == "+" else -1 for sign in GENERATOR])
    turned = [np.roll(first, shift) for shift in range(len(first))]
    return np.vstack([*turned, -np.ones(len(first), dtype=int)])


def random_balance(columns: int, worlds: int, seed: int) -> NDArray[np.int_]:
    """Return a supersaturated design: each column low in half of the worlds, at random (Satterthwaite 1959)."""
    rng = np.random.default_rng(seed)
    half = np.repeat([-1, 1], worlds // 2)
    return np.column_stack([rng.permutation(half) for _ in range(columns)])


def settings(assumptions: Sequence[Assumption], signs: NDArray[np.int_]) -> dict[str, float]:
    """Return the parameter values of a world from one sign per assumption."""
    return {a.name: a.high if sign > 0 else a.low for a, sign in zip(assumptions, signs, strict=True)}


def swings(effects: NDArray[np.float64], design: NDArray[np.int_]) -> NDArray[np.float64]:
    """Return the change in an effect from the low to the high value of each assumption, shape (assumptions, ...).

    Parameters
    ----------
    effects : ndarray of float, shape (worlds, ...)
        Logarithms of ratios to the baseline.
    design : ndarray of int, shape (worlds, assumptions)
    """
    return np.tensordot(design.T, effects, axes=1) / (len(design) / 2)


def lenth(swing: NDArray[np.float64]) -> float:
    """Return Lenth's (1989) pseudo standard error of swings, assuming that most are due to chance."""
    size = np.abs(swing)
    first = 1.5 * float(np.median(size))
    kept = size[size < 2.5 * first] if first > 0 else size
    return 1.5 * float(np.median(kept)) if len(kept) else 0.0


def carriers(
    effects: Mapping[str, NDArray[np.float64]], assumptions: Sequence[Assumption], number: int = 5
) -> pd.DataFrame:
    """Return the assumptions on which an answer depends, the strongest first.

    Parameters
    ----------
    effects : mapping of str to ndarray of float, shape (worlds,)
        Package to the logarithm of the ratio of an outcome to the baseline, in each world of `plackett_burman`.
    assumptions : sequence of Assumption
        One a column of the design.
    number : int
        How many.

    Returns
    -------
    DataFrame
        One row an assumption: ``name``; for each package ``low PACKAGE`` and ``high PACKAGE``, the effect (share of the
        baseline) over the worlds in which it is low and high; ``swing``, the largest change between them (log
        points); ``clear``, whether that is more than chance; ``turns``, the pairs that change places, with the
        baseline (blank name) among those that are ranked.
    """
    design = plackett_burman()[:, : len(assumptions)]
    moved = {name: swings(values, design) for name, values in effects.items()}
    errors = {name: lenth(swing) for name, swing in moved.items()}
    rows = []
    for column, known in enumerate(assumptions):
        row: dict[str, object] = {"name": known.name}
        at = {"low": design[:, column] < 0, "high": design[:, column] > 0}
        means = {
            end: {name: float(values[half].mean()) for name, values in effects.items()} for end, half in at.items()
        }
        for name in effects:
            row |= {f"{end} {name}": float(np.expm1(means[end][name])) for end in at}
        row["swing"] = max(abs(moved[name][column]) for name in effects)
        row["clear"] = any(abs(moved[name][column]) > NOISE * errors[name] for name in effects)
        row["turns"] = _turns(effects, at)
        rows.append(row)
    return pd.DataFrame(rows).sort_values("swing", ascending=False).head(number).reset_index(drop=True)


def _turns(
    effects: Mapping[str, NDArray[np.float64]], at: Mapping[str, NDArray[np.bool_]]
) -> tuple[tuple[str, str], ...]:
    """Return the pairs of packages, or of a package and the baseline (blank), whose ranking changes beyond chance."""
    zero = np.zeros(len(at["low"]))
    ranked = {"": zero, **effects}
    found = []
    for one, other in combinations(ranked, 2):
        apart = ranked[one] - ranked[other]
        ends = [_sign(apart[half]) for half in at.values()]
        if ends[0] * ends[1] < 0:
            found.append((one, other))
    return tuple(found)


def _sign(values: NDArray[np.float64]) -> int:
    """Return the sign of a mean whose 90 % interval excludes zero, otherwise zero."""
    mean, error = float(values.mean()), float(values.std(ddof=1)) / len(values) ** 0.5
    return int(np.sign(mean)) if abs(mean) > SURE * error else 0
