"""Values of levers in plain NumPy: what `corridor.model.kernels.levers` computes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corridor.model.kernels.levers import OPERATIONS, Changes


def apply_changes_numpy(
    values: NDArray[np.float64], changes: Changes, strength: NDArray[np.float64], step: int
) -> None:
    """Do what `apply_changes` does: its plain NumPy twin."""
    for k, setting in enumerate(changes.setting):
        targets = changes.target[changes.first[k] : changes.first[k + 1]]
        weight, value, old = strength[setting, step], changes.value[k], values[targets]
        made = {"add": old + weight * value, "multiply": old * (1 + weight * (value - 1)),
                "set": old + weight * (value - old)}  # fmt: skip
        values[targets] = made[OPERATIONS[changes.operation[k]]]
