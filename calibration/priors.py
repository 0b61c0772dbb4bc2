"""Priors of fitted quantities: parameters of the registry, origin effects, constants of embarkations.

A parameter's prior has its median at the registry's default and the registry's range as its central 90 % interval. It
is a normal distribution (of the logarithm where the range is positive and wide), with different scales for its halves
where the default is not in the middle, truncated at the ends of the range.

Many differences between origins are in no series: languages, networks, conscription without end. Models of migration
flows give each origin a constant for them (Beine, Bertoli and Fernández-Huertas Moraga 2016); here it is the
``departure_factor`` of a community. What attracts people to a crossing apart from cost, distance and danger (who runs
it, who went before) is in no table either: models of discrete choice give each alternative a constant for it (Train
2009, chapter 2); here it is the ``utility_constant`` of the legs from one country to another by one mode
(`Corridor.leg_embarkation`) rather than of a route, because a fit could otherwise trade Libya for Turkey. Both are
fitted with the parameters, since the same observations reflect departures and routes. Their priors are centred on no
effect and unbounded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri
from scipy.stats import qmc

from corridor.model.parameters import REGISTRY
from corridor.scenarios.posterior import CONSTANT, ONWARD, ORIGIN

Array = NDArray[np.float64]
FREE = (
    "departure_rate", "nest", "conflict_effect", "displaced_effect", "instability_effect", "wage_effect",
    "stage_utility", "distance_utility", "income_utility", "ties_utility", "grant_utility", "host_utility",
    "fee_utility", "death_utility", "interception_utility", "prior_death_ratio", "reconsider_rate", "capacity_growth",
    "size_utility", "papers_utility", "markup", "rescue_per_vessel", "female_effect", "child_effect",
)  # fmt: skip
"""Fitted parameters: those that determine departures, routes, prices and danger."""
WIDE = 5.0
"""Minimum ratio of the ends of a range for a prior on the log scale."""
FURTHEST = 30.0
"""The central 90 % of origin effects lie between the inverse of this value and the value; assumed."""
STRONGEST = 3.0
"""The central 90 % of constants lie between minus and plus this value, utils; assumed."""
TAIL = 0.05
"""Probability beyond either end of a range."""
EDGE = 1e-4
"""Minimum distance of a point from the sides of the unit cube where a prior is unbounded."""


def fitted(origins: Iterable[str], embarkations: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the names of all fitted quantities: `FREE`, origin effects of communities, constants of embarkations."""
    return (*FREE, *(f"{ORIGIN}{origin}" for origin in origins), *(f"{CONSTANT}{group}" for group in embarkations))


def ends(name: str) -> tuple[float, float]:
    """Return the ends of a prior's central 90 %."""
    if name.startswith((ORIGIN, ONWARD)):
        return 1 / FURTHEST, FURTHEST
    if name.startswith(CONSTANT):
        return -STRONGEST, STRONGEST
    return REGISTRY[name].low, REGISTRY[name].high


def is_log(name: str) -> bool:
    """Whether a prior is on the log scale: its range is positive and wide."""
    low, high = ends(name)
    return low > 0 and high / low > WIDE


def values(unit: Sequence[float] | Array, names: Sequence[str]) -> dict[str, float]:
    """Return parameter values for a point of the unit cube: the quantiles of the priors.

    Parameters
    ----------
    unit : sequence of float, each from 0 to 1
    names : sequence of str
    """
    result = {}
    for name, share in zip(names, unit, strict=True):
        low, middle, high = _scale(name)
        score = ndtri(TAIL + (1 - 2 * TAIL) * share) if name in REGISTRY else ndtri(np.clip(share, EDGE, 1 - EDGE))
        value = middle + score / ndtri(1 - TAIL) * (high - middle if score > 0 else middle - low)
        value = float(np.exp(value) if is_log(name) else value)
        result[name] = float(np.clip(value, *ends(name))) if name in REGISTRY else value
    return result


def units(given: Mapping[str, float], names: Sequence[str]) -> Array:
    """Return the point of the unit cube that corresponds to parameter values; the inverse of `values`."""
    result = []
    for name in names:
        share = ndtr(distance(name, given[name]))
        result.append(float(np.clip((share - TAIL) / (1 - 2 * TAIL) if name in REGISTRY else share, 0.0, 1.0)))
    return np.array(result)


def distance(name: str, value: float) -> float:
    """Return the distance of a value from the median of its prior, standard deviations."""
    low, middle, high = _scale(name)
    value = float(np.log(value)) if is_log(name) else value
    return float((value - middle) / (high - middle if value > middle else middle - low) * ndtri(1 - TAIL))


def score(share: float) -> float:
    """Return the distance of a parameter in the unit cube from its default, standard deviations of the prior."""
    return float(ndtri(TAIL + (1 - 2 * TAIL) * share))


def share_of(distance: float) -> float:
    """Return a parameter in the unit cube from its distance to the default, standard deviations of the prior."""
    return float(np.clip((ndtr(distance) - TAIL) / (1 - 2 * TAIL), 0.0, 1.0))


def _scale(name: str) -> tuple[float, float, float]:
    """Return the 5 %, 50 % and 95 % quantiles of a prior before truncation, on the scale on which it is normal."""
    low, high = ends(name)
    middle = REGISTRY[name].default if name in REGISTRY else 1.0 if name.startswith((ORIGIN, ONWARD)) else 0.0
    found = np.array([low, middle, high])
    low, middle, high = np.log(found) if is_log(name) else found
    return float(low), float(middle), float(high)


def spread_out(n: int, seed: int, dimensions: int) -> Array:
    """Return ``n`` points that fill the unit cube evenly (scrambled Sobol), shape (n, dimensions)."""
    power = int(np.ceil(np.log2(max(n, 2))))
    return qmc.Sobol(dimensions, seed=seed).random_base2(power)[:n]
