"""Allocation of patrols to legs, and the resulting hazard of interception (ODD eq. 8 and 9)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corridor.model.machine_code import Floats, Ints, Real, compiled


@compiled()
def patrol(
    owner: Ints,
    lately: Floats,
    base_share: Floats,
    full: Floats,
    bribable: Floats,
    bribery: Floats,
    base_honest: Floats,
    learning: Real,
) -> NDArray[np.float64]:
    """Return the hazard of interception on each patrolled leg, per attempt, shape (n,).

    Parameters
    ----------
    owner : ndarray of int, shape (n,)
        Agency of each patrolled leg.
    lately : ndarray of float, shape (n,), persons
        Remembered recent interceptions.
    base_share : ndarray of float, shape (n_agencies,)
        Share of an agency's patrols on each of its legs without learning.
    full : ndarray of float, shape (n,), per attempt
        Hazard at the agency's current strength if patrols are spread evenly.
    bribable, bribery : ndarray of float, shape (n,), 0 to 1
        Share of enforcement open to bribery, and the share of that which is bribed.
    base_honest : ndarray of float, shape (n,)
        Share of enforcement not open to bribery at the start of the run.
    learning : float, 0 to 1
        Share of patrols allocated by past interceptions.
    """
    total = np.zeros(base_share.size)
    for row in range(owner.size):
        total[owner[row]] += lately[row]
    hazard = np.empty(owner.size)
    for row in range(owner.size):
        base = base_share[owner[row]]
        recent = lately[row] / total[owner[row]] if total[owner[row]] > 0.0 else base
        share = (1 - learning) * base + learning * recent
        hazard[row] = full[row] * ((1 - bribable[row] * bribery[row]) / base_honest[row]) * (share / base)
    return hazard
