"""How far simulated camp counts lie from the observed ones (ODD eq. 79 to 81), and null models to beat."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.float64]


def ard(simulated: Counts, observed: Counts) -> float:
    """Return the averaged relative difference, mean over days of sum |n - y| / sum y.

    Parameters
    ----------
    simulated, observed : ndarray of float, shape (days, n_camps), persons
    """
    return float((np.abs(simulated - observed).sum(axis=1) / np.maximum(1.0, observed.sum(axis=1))).mean())
