"""Queues at home in plain NumPy: what `corridor.model.kernels.waiting` pops."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def passed_numpy(
    following: NDArray[np.int64],
    end: NDArray[np.int64],
    threshold: NDArray[np.float64],
    integrated: NDArray[np.float64],
) -> NDArray[np.int64]:
    """Plain NumPy twin of `pop_passed`, which leaves the queues as they are."""
    queues = [
        first + np.arange(np.searchsorted(threshold[first:last], hazard, side="right"))
        for first, last, hazard in zip(following, end, integrated, strict=True)
    ]
    return np.concatenate(queues)
