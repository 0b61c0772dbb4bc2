"""Capacity of offers: growth with demand, and moves between the legs of an organisation (ODD eq. 54 and 54a)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corridor.model.kernels.supply import Supply
from corridor.model.machine_code import Bools, Floats, Real, compiled


@compiled()
def grow(supply: Supply, active: Bools, factor: Floats, smallest: Real) -> None:
    """Let capacity grow or shrink by its leg's factor; changes ``supply.capacity``.

    Parameters
    ----------
    supply : Supply
    active : ndarray of bool, shape (n_organisations,)
        Those that are not have no capacity.
    factor : ndarray of float, shape (n_legs,)
    smallest : float
        Below which no offer of an active organisation falls, persons a week.
    """
    organisation, leg, capacity, _ = supply
    for offer in range(capacity.size):
        if active[organisation[offer]]:
            capacity[offer] = max(capacity[offer] * factor[leg[offer]], smallest)
        else:
            capacity[offer] = 0.0


@compiled()
def switch_legs(supply: Supply, scarcity: Floats, speed: Real, smallest: Real) -> None:
    """Move capacity of each organisation towards its scarcer legs, so that its sum stays; changes ``supply.capacity``.

    Parameters
    ----------
    supply : Supply
    scarcity : ndarray of float, shape (n_legs,)
        Demand over capacity.
    speed : float
        Share of the way that is gone in a step.
    smallest : float
        Part of an offer that does not move, persons a week.
    """
    organisation, leg, capacity, hub = supply
    movable, drawn = np.zeros(hub.size), np.zeros(hub.size)
    for offer in range(capacity.size):
        free = max(capacity[offer] - smallest, 0.0)
        movable[organisation[offer]] += free
        drawn[organisation[offer]] += free * scarcity[leg[offer]]
    for offer in range(capacity.size):
        row = organisation[offer]
        if drawn[row] > 0.0:
            free = max(capacity[offer] - smallest, 0.0)
            capacity[offer] += speed * free * (scarcity[leg[offer]] * movable[row] / drawn[row] - 1)


@compiled()
def adapt(
    supply: Supply, active: Bools, factor: Floats, need: Floats, speed: Real, smallest: Real
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Let capacity grow and switch legs: `grow` and `switch_legs` in one call; changes ``supply.capacity``.

    Returns
    -------
    before, after : ndarray of float, shape (n_organisations,), persons a week
        Capacity of each organisation.
    """
    organisation, _, capacity, _ = supply
    before, after = np.zeros(active.size), np.zeros(active.size)
    for offer in range(capacity.size):
        before[organisation[offer]] += capacity[offer]
    grow(supply, active, factor, smallest)
    switch_legs(supply, need, speed, smallest)
    for offer in range(capacity.size):
        after[organisation[offer]] += capacity[offer]
    return before, after
