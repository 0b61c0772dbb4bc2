"""Priors of what is fitted: parameters, from the registry's plausible ranges, and origin effects.

Languages, networks, an army that takes everybody for life: much of what tells origins apart is in no series. Models of
migration flows give each origin a constant for it (Beine, Bertoli and Fernández-Huertas Moraga 2016); here it is the
``departure_factor`` of a community, fitted with the parameters, as who leaves and which way they choose show in the
same figures.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from model.parameters import REGISTRY
from scenarios.posterior import ORIGIN

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


FURTHEST = 30.0
"""Origin effects lie between one over this and this; assumed."""


def fitted(origins: Iterable[str]) -> tuple[str, ...]:
    """Return the names of all that is fitted: `FREE`, and the origin effects of some communities."""
    return (*FREE, *(f"{ORIGIN}{origin}" for origin in origins))


def ends(name: str) -> tuple[float, float]:
    """Return the ends of a prior: the registry's range, or that of origin effects."""
    if name.startswith(ORIGIN):
        return 1 / FURTHEST, FURTHEST
    return REGISTRY[name].low, REGISTRY[name].high


def is_log(name: str) -> bool:
    """Whether a prior is even on the logarithm: its range is positive and wide."""
    low, high = ends(name)
    return low > 0 and high / low > WIDE


def values(unit: Sequence[float] | Array, names: Sequence[str]) -> dict[str, float]:
    """Return parameter values for a point of the unit cube, where the prior is uniform.

    Parameters
    ----------
    unit : sequence of float, each from 0 to 1
    names : sequence of str
    """
    result = {}
    for name, share in zip(names, unit, strict=True):
        low, high = ends(name)
        value = low * (high / low) ** float(share) if is_log(name) else low + (high - low) * float(share)
        result[name] = float(np.clip(value, low, high))
    return result


def units(given: Mapping[str, float], names: Sequence[str]) -> Array:
    """Return the point of the unit cube that parameter values stand for; the inverse of `values`."""
    result = []
    for name in names:
        (low, high), value = ends(name), given[name]
        share = np.log(value / low) / np.log(high / low) if is_log(name) else (value - low) / (high - low)
        result.append(float(np.clip(share, 0.0, 1.0)))
    return np.array(result)


def spread_out(n: int, seed: int, dimensions: int) -> Array:
    """Return ``n`` points that fill the unit cube evenly (scrambled Sobol), shape (n, dimensions)."""
    power = int(np.ceil(np.log2(max(n, 2))))
    return qmc.Sobol(dimensions, seed=seed).random_base2(power)[:n]
