"""Patrols in plain NumPy: what `corridor.model.kernels.patrols` computes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


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
