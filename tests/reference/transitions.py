"""Hazard cells in plain NumPy: what `corridor.model.kernels.transitions` writes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corridor.model.profiles import FOLLOWS, N_PROFILES
from corridor.model.states import State


def cells_numpy(
    place: NDArray[np.int16],
    state: NDArray[np.uint8],
    traits: tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]],
    sector: NDArray[np.uint8],
    is_main_form: NDArray[np.bool_],
    follows: NDArray[np.bool_],
) -> NDArray[np.int32]:
    """Plain NumPy twin of `set_cells`, for columns of the people concerned.

    Parameters
    ----------
    place, state, sector : ndarray of int, shape (k,)
    traits : tuple of ndarray of int, shape (k,)
        Sex, age and status.
    is_main_form, follows : ndarray of bool, shape (k,)

    Returns
    -------
    ndarray of int32, shape (k,)
    """
    sex, age, status = (column.astype(np.int32) for column in traits)
    held = 2 * sector.astype(np.int32) + ~is_main_form
    profile = np.where(state == State.EXPLOITED, held, (sex * 3 + age) * 4 + status)
    profile = np.where(state == State.PREPARING, status, profile)
    profile = np.where(follows, FOLLOWS, profile)
    return (place.astype(np.int32) * N_PROFILES + profile).astype(np.int32)
