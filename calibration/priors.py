"""Priors of the parameters that are fitted, from the registry's plausible ranges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from model.parameters import REGISTRY

Array = NDArray[np.float64]
FREE = (
    "departure_rate", "aspiration_slope", "conflict_effect", "displaced_effect", "instability_effect", "wage_effect",
    "stage_utility", "distance_utility", "income_utility", "ties_utility", "grant_utility", "host_utility",
    "fee_utility", "death_utility", "interception_utility", "prior_death_ratio", "reconsider_rate", "capacity_growth",
    "size_utility", "papers_utility", "markup", "rescue_per_vessel", "female_effect", "child_effect",
)  # fmt: skip
"""Parameters that are fitted: those that steer how many leave, by which way, at what price and danger."""
WIDE = 5.0
"""Ratio of the ends of a range from which the prior is even on the logarithm."""


def is_log(name: str) -> bool:
    """Whether a parameter's prior is even on the logarithm: its range is positive and wide."""
    row = REGISTRY[name]
    return row.low > 0 and row.high / row.low > WIDE


def values(unit: Sequence[float] | Array, names: Sequence[str] = FREE) -> dict[str, float]:
    """Return parameter values for a point of the unit cube, where the prior is uniform.

    Parameters
    ----------
    unit : sequence of float, each from 0 to 1
    names : sequence of str
    """
    result = {}
    for name, share in zip(names, unit, strict=True):
        row = REGISTRY[name]
        if is_log(name):
            value = row.low * (row.high / row.low) ** float(share)
        else:
            value = row.low + (row.high - row.low) * float(share)
        result[name] = float(np.clip(value, row.low, row.high))
    return result


def units(given: Mapping[str, float], names: Sequence[str] = FREE) -> Array:
    """Return the point of the unit cube that parameter values stand for; the inverse of `values`."""
    result = []
    for name in names:
        row = REGISTRY[name]
        if is_log(name):
            share = np.log(given[name] / row.low) / np.log(row.high / row.low)
        else:
            share = (given[name] - row.low) / (row.high - row.low)
        result.append(float(np.clip(share, 0.0, 1.0)))
    return np.array(result)


def spread_out(n: int, seed: int, dimensions: int = len(FREE)) -> Array:
    """Return ``n`` points that fill the unit cube evenly (scrambled Sobol), shape (n, dimensions)."""
    power = int(np.ceil(np.log2(max(n, 2))))
    return qmc.Sobol(dimensions, seed=seed).random_base2(power)[:n]
