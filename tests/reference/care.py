"""Care of clients in plain NumPy: what `corridor.model.kernels.care` computes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corridor.model.kernels.care import Care


def wish_care_numpy(
    margin: NDArray[np.float64], deferred: NDArray[np.float64], rescue: NDArray[np.float64], p: Care
) -> NDArray[np.float64]:
    """Plain NumPy twin of `wish_care`."""
    wish = p.care_bare + p.care_margin * (margin - p.target_margin) + p.care_reward * p.reputation_weight * deferred
    return np.clip(wish - p.craft_substitution * rescue, 0.0, 1.0)
