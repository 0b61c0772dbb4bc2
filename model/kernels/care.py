"""Organisations' target level of care for clients (ODD eq. 13a)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from corridor.model.machine_code import Floats, compiled


class Care(NamedTuple):
    """Parameters of eq. 13a, by their names in the registry."""

    care_bare: float
    care_margin: float
    target_margin: float
    care_reward: float
    reputation_weight: float
    craft_substitution: float


@compiled()
def wish_care(margin: Floats, deferred: Floats, rescue: Floats, p: Care) -> NDArray[np.float64]:
    """Return each organisation's target level of care, 0 to 1.

    Parameters
    ----------
    margin : ndarray of float, shape (n_organisations,), -1 to 1
    deferred : ndarray of float, shape (n_organisations,)
        Share of recent sales paid on arrival.
    rescue : ndarray of float, shape (n_organisations,)
        Rescue coverage of its legs relative to the start of the run.
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
