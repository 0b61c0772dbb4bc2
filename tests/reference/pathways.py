"""Legal pathways in plain NumPy: what `corridor.model.kernels.pathways` computes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def share_applying_numpy(
    places: NDArray[np.float64], queued: NDArray[np.int64], diversion: float, patience: float
) -> NDArray[np.float64]:
    """Plain NumPy twin of `share_applying`."""
    wait = queued / np.maximum(places, 1e-9)
    return np.where(places > 0, diversion / (1 + wait / patience), 0.0)


def open_places_numpy(
    allowance: NDArray[np.float64], granted: NDArray[np.float64], queued: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Do what `open_places` does: its plain NumPy twin."""
    allowance += granted
    return np.clip(np.floor(allowance + 0.5).astype(np.int64), 0, queued)


def chances_numpy(
    eligible: NDArray[np.float64],
    asks: NDArray[np.int64],
    has: NDArray[np.bool_],
    usual: NDArray[np.float64],
    strictness: float,
) -> NDArray[np.float64]:
    """Return the probabilities with which `choose_pathways` finds people eligible (for at most one): plain NumPy.

    Parameters
    ----------
    eligible : ndarray of float, shape (k, n_pathways)
        Share of each person's community.
    asks : ndarray of int64, shape (n_pathways,)
    has : ndarray of bool, shape (3, k)
        Whether people have what is asked for: row 0 always.
    usual : ndarray of float, shape (3, k)
        Share of their community that has it.
    strictness : float

    Returns
    -------
    ndarray of float, shape (k, n_pathways)
    """
    factor = 1 - strictness + strictness * has / np.maximum(usual, 1e-9)
    chances = eligible * factor[asks].T
    return chances / np.maximum(chances.sum(axis=1, keepdims=True), 1.0)
