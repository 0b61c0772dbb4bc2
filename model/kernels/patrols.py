"""Where agencies send their patrols, and the hazard of interception that follows (ODD eq. 8 and 9)."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True)
def patrol(owner, lately, base_share, full, bribable, bribery, base_honest, learning):  # type: ignore[no-untyped-def]
    """Return the hazard of interception on each patrolled leg, per attempt, shape (n,).

    Parameters
    ----------
    owner : ndarray of int, shape (n,)
        Agency of each patrolled leg.
    lately : ndarray of float, shape (n,), persons
        Interceptions as remembered.
    base_share : ndarray of float, shape (n_agencies,)
        Share of an agency's patrols on each of its legs where it learns nothing.
    full : ndarray of float, shape (n,), per attempt
        Hazard at the agency's present strength, spread evenly.
    bribable, bribery : ndarray of float, shape (n,), 0 to 1
        Share of enforcement for sale, and of that what is bought.
    base_honest : ndarray of float, shape (n,)
        Share of enforcement that was not for sale at the start.
    learning : float, 0 to 1
        Share of patrols that goes where interceptions were.
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


def patrol_numpy(
    owner: NDArray[np.integer],
    lately: NDArray[np.float64],
    base_share: NDArray[np.float64],
    full: NDArray[np.float64],
    bribable: NDArray[np.float64],
    bribery: NDArray[np.float64],
    base_honest: NDArray[np.float64],
    learning: float,
) -> NDArray[np.float64]:
    """Plain NumPy twin of `patrol`."""
    base = base_share[owner]
    total = np.bincount(owner, weights=lately, minlength=base_share.size)[owner]
    recent = np.divide(lately, total, out=base.copy(), where=total > 0)
    share = (1 - learning) * base + learning * recent
    hazard: NDArray[np.float64] = full * (1 - bribable * bribery) / base_honest * (share / base)
    return hazard
