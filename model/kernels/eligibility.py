"""For which legal pathway each person is eligible (ODD eq. 26)."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True)
def draw_pathways(luck, community, schooling, ties, eligible, asks, usual, strictness):  # type: ignore[no-untyped-def]
    """Draw the pathway for which each person is eligible, at most one.

    Parameters
    ----------
    luck : ndarray of float, shape (k,)
    community : ndarray of int, shape (k,)
    schooling, ties : ndarray of bool, shape (k,)
    eligible : ndarray of float, shape (n_communities, n_pathways)
        Share of people.
    asks : ndarray of int, shape (n_pathways,)
        What a pathway asks for: 0 schooling, 1 ties, -1 nothing.
    usual : ndarray of float, shape (2, n_communities)
        Share of people with schooling, and with ties.
    strictness : float
        How far what a pathway asks for decides, 0 to 1.

    Returns
    -------
    ndarray of int, shape (k,)
        ``n_pathways``: none.
    """
    k, n = luck.size, asks.size
    pathway = np.full(k, n)
    chance = np.empty(n)
    for i in range(k):
        total = 0.0
        for j in range(n):
            chance[j] = eligible[community[i], j]
            if asks[j] >= 0:
                has = schooling[i] if asks[j] == 0 else ties[i]
                chance[j] *= 1 - strictness + strictness * has / max(usual[asks[j], community[i]], 1e-9)
            total += chance[j]
        passed, aim = 0.0, luck[i] * max(total, 1.0)
        for j in range(n):
            passed += chance[j]
            if aim < passed:
                pathway[i] = j
                break
    return pathway


def draw_pathways_numpy(
    luck: NDArray[np.float64],
    community: NDArray[np.integer],
    schooling: NDArray[np.bool_],
    ties: NDArray[np.bool_],
    eligible: NDArray[np.float64],
    asks: NDArray[np.int64],
    usual: NDArray[np.float64],
    strictness: float,
) -> NDArray[np.int64]:
    """Return what `draw_pathways` returns: its plain NumPy twin."""
    has = np.array([schooling, ties]) / np.maximum(usual[:, community], 1e-9)
    factor = np.vstack([1 - strictness + strictness * has, np.ones(luck.size)])
    chances = eligible[community] * factor[asks].T
    chances /= np.maximum(chances.sum(axis=1, keepdims=True), 1.0)
    pathway: NDArray[np.int64] = (np.cumsum(chances, axis=1) <= luck[:, None]).sum(axis=1)
    return pathway
