"""Effect of events and policies on the values of a lever (ODD eq. 1)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from corridor.model.machine_code import Floats, Int, compiled

OPERATIONS = ("add", "multiply", "set")


class Changes(NamedTuple):
    """The k settings of one lever, in order of application."""

    setting: NDArray[np.int64]
    """Numbers of the settings, shape (k,)."""
    first: NDArray[np.int64]
    """Targets of the k-th are ``target[first[k]:first[k + 1]]``."""
    target: NDArray[np.int32]
    operation: NDArray[np.int64]
    """Positions in `OPERATIONS`, shape (k,)."""
    value: NDArray[np.float64]
    """In the unit of the lever, or a factor, shape (k,)."""


@compiled()
def apply_changes(values: Floats, changes: Changes, strength: Floats, step: Int) -> None:
    """Apply settings to the values of a lever; changes ``values``.

    Parameters
    ----------
    values : ndarray of float, shape (n_targets,)
        The corridor's baseline.
    changes : Changes
    strength : ndarray of float, shape (n_settings, n_steps), 0 to 1
        Strength of each setting.
    step : int
    """
    for k in range(changes.setting.size):
        weight, value = strength[changes.setting[k], step], changes.value[k]
        if weight <= 0.0:
            continue
        for position in range(changes.first[k], changes.first[k + 1]):
            target = changes.target[position]
            if changes.operation[k] == 0:
                values[target] += weight * value
            elif changes.operation[k] == 1:
                values[target] *= 1 + weight * (value - 1)
            else:
                values[target] += weight * (value - values[target])
