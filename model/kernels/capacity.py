"""Capacity of offers: growth with demand, and moves between the legs of an organisation (ODD eq. 54 and 54a)."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from corridor.model.kernels.crews import resize


@njit(cache=True)
def grow(capacity, organisation, leg, active, factor, smallest):  # type: ignore[no-untyped-def]
    """Let capacity grow or shrink by its leg's factor; changes ``capacity``.

    Parameters
    ----------
    capacity : ndarray of float, shape (n_offers,), persons a week
    organisation, leg : ndarray of int, shape (n_offers,)
    active : ndarray of bool, shape (n_organisations,)
        Those that are not have no capacity.
    factor : ndarray of float, shape (n_legs,)
    smallest : float
        Below which no offer of an active organisation falls, persons a week.
    """
    for offer in range(capacity.size):
        if active[organisation[offer]]:
            capacity[offer] = max(capacity[offer] * factor[leg[offer]], smallest)
        else:
            capacity[offer] = 0.0


@njit(cache=True)
def switch_legs(capacity, organisation, leg, scarcity, speed, smallest, n_organisations):  # type: ignore[no-untyped-def]
    """Move capacity of each organisation towards its scarcer legs, so that its sum stays; changes ``capacity``.

    Parameters
    ----------
    capacity : ndarray of float, shape (n_offers,), persons a week
    organisation, leg : ndarray of int, shape (n_offers,)
    scarcity : ndarray of float, shape (n_legs,)
        Demand over capacity.
    speed : float
        Share of the way that is gone in a step.
    smallest : float
        Part of an offer that does not move, persons a week.
    n_organisations : int
    """
    movable, drawn = np.zeros(n_organisations), np.zeros(n_organisations)
    for offer in range(capacity.size):
        free = max(capacity[offer] - smallest, 0.0)
        movable[organisation[offer]] += free
        drawn[organisation[offer]] += free * scarcity[leg[offer]]
    for offer in range(capacity.size):
        row = organisation[offer]
        if drawn[row] > 0.0:
            free = max(capacity[offer] - smallest, 0.0)
            capacity[offer] += speed * free * (scarcity[leg[offer]] * movable[row] / drawn[row] - 1)


@njit(cache=True)
def adapt(capacity, members, organisation, leg, active, factor, need, speed, smallest):  # type: ignore[no-untyped-def]
    """Let capacity grow and switch legs, and members with it: `grow`, `switch_legs` and `crews.resize` in one call."""
    before, after = np.zeros(active.size), np.zeros(active.size)
    for offer in range(capacity.size):
        before[organisation[offer]] += capacity[offer]
    grow(capacity, organisation, leg, active, factor, smallest)
    switch_legs(capacity, organisation, leg, need, speed, smallest, active.size)
    for offer in range(capacity.size):
        after[organisation[offer]] += capacity[offer]
    resize(members, before, after)


def grow_numpy(
    capacity: NDArray[np.float64],
    organisation: NDArray[np.int64],
    leg: NDArray[np.int64],
    active: NDArray[np.bool_],
    factor: NDArray[np.float64],
    smallest: float,
) -> None:
    """Do what `grow` does: its plain NumPy twin."""
    capacity[:] = np.where(active[organisation], np.maximum(capacity * factor[leg], smallest), 0.0)


def switch_legs_numpy(
    capacity: NDArray[np.float64],
    organisation: NDArray[np.int64],
    leg: NDArray[np.int64],
    scarcity: NDArray[np.float64],
    speed: float,
    smallest: float,
    n_organisations: int,
) -> None:
    """Do what `switch_legs` does: its plain NumPy twin."""
    movable = np.maximum(capacity - smallest, 0.0)
    drawn = movable * scarcity[leg]
    total, draws = (np.bincount(organisation, weights=w, minlength=n_organisations) for w in (movable, drawn))
    per_draw = np.divide(total, draws, out=np.zeros(n_organisations), where=draws > 0)[organisation]
    capacity += np.where(per_draw > 0, speed * (drawn * per_draw - movable), 0.0)
