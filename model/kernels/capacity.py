"""Capacity of offers: growth with demand, and shifts between an organisation's legs (ODD eq. 54 and 54a)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corridor.model.kernels.supply import Supply
from corridor.model.machine_code import Bools, Floats, Real, compiled


@compiled()
def grow(supply: Supply, active: Bools, factor: Floats, smallest: Real) -> None:
    """Scale capacity by each leg's growth factor; changes ``supply.capacity``.

    Parameters
    ----------
    supply : Supply
    active : ndarray of bool, shape (n_organisations,)
        Inactive organisations have no capacity.
    factor : ndarray of float, shape (n_legs,)
    smallest : float
        Minimum capacity of an active organisation's offer, persons a week.
    """
    organisation, leg, capacity, _ = supply
    for offer in range(capacity.size):
        if active[organisation[offer]]:
            capacity[offer] = max(capacity[offer] * factor[leg[offer]], smallest)
        else:
            capacity[offer] = 0.0


@compiled()
def switch_legs(supply: Supply, scarcity: Floats, speed: Real, smallest: Real) -> None:
    """Shift each organisation's capacity towards its scarcer legs, at a constant total; changes ``supply.capacity``.

    Parameters
    ----------
    supply : Supply
    scarcity : ndarray of float, shape (n_legs,)
        Demand over capacity.
    speed : float
        Share of the adjustment made in a step.
    smallest : float
        Part of an offer that is not shifted, persons a week.
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
    """Apply `grow` and `switch_legs` in one call; changes ``supply.capacity``.

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
