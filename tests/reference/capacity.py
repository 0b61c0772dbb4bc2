"""Capacity of offers in plain NumPy: what `corridor.model.kernels.capacity` computes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corridor.model.kernels.supply import Supply


def grow_numpy(supply: Supply, active: NDArray[np.bool_], factor: NDArray[np.float64], smallest: float) -> None:
    """Do what `grow` does: its plain NumPy twin."""
    organisation, leg, capacity, _ = supply
    capacity[:] = np.where(active[organisation], np.maximum(capacity * factor[leg], smallest), 0.0)


def switch_legs_numpy(supply: Supply, scarcity: NDArray[np.float64], speed: float, smallest: float) -> None:
    """Do what `switch_legs` does: its plain NumPy twin."""
    organisation, leg, capacity, hub = supply
    movable = np.maximum(capacity - smallest, 0.0)
    drawn = movable * scarcity[leg]
    total, draws = (np.bincount(organisation, weights=w, minlength=hub.size) for w in (movable, drawn))
    per_draw = np.divide(total, draws, out=np.zeros(hub.size), where=draws > 0)[organisation]
    capacity += np.where(per_draw > 0, speed * (drawn * per_draw - movable), 0.0)
