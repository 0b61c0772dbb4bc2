"""Care of clients that organisations aim at (ODD eq. 13a)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray


class Care(NamedTuple):
    """Parameters of eq. 13a, by their names in the registry."""

    care_bare: float
    care_margin: float
    target_margin: float
    care_reward: float
    reputation_weight: float
    craft_substitution: float


@njit(cache=True)
def wish_care(margin, deferred, rescue, p):  # type: ignore[no-untyped-def]
    """Return the care that each organisation aims at, 0 to 1.

    Parameters
    ----------
    margin : ndarray of float, shape (n_organisations,), -1 to 1
    deferred : ndarray of float, shape (n_organisations,)
        Share of sales lately paid on arrival.
    rescue : ndarray of float, shape (n_organisations,)
        Rescue coverage of its legs over that at the start.
    p : Care

    Returns
    -------
    ndarray of float, shape (n_organisations,)
    """
    wished = np.empty(margin.size)
    for row in range(margin.size):
        wish = p.care_bare + p.care_margin * (margin[row] - p.target_margin)
        wish += p.care_reward * p.reputation_weight * deferred[row] - p.craft_substitution * rescue[row]
        wished[row] = min(max(wish, 0.0), 1.0)
    return wished


def wish_care_numpy(
    margin: NDArray[np.float64], deferred: NDArray[np.float64], rescue: NDArray[np.float64], p: Care
) -> NDArray[np.float64]:
    """Plain NumPy twin of `wish_care`."""
    wish = p.care_bare + p.care_margin * (margin - p.target_margin) + p.care_reward * p.reputation_weight * deferred
    return np.clip(wish - p.craft_substitution * rescue, 0.0, 1.0)
