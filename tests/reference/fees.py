"""Fees and shares of buyers in plain NumPy: what `corridor.model.kernels.fees` computes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corridor.model.kernels.fees import LEAST, STEEPEST, BuyerPreferences, PassageCosts
from corridor.model.kernels.supply import Supply


def quote_numpy(
    supply: Supply,
    markup: NDArray[np.float64],
    costs: PassageCosts,
    care_cost: NDArray[np.float64],
    bribery: NDArray[np.float64],
) -> tuple[NDArray[np.float64], ...]:
    """Plain NumPy twin of `quote`."""
    organisation, leg, capacity, _ = supply
    passage, bribe = costs.passage_usd[leg] * care_cost[organisation], costs.bribe_usd[leg] * bribery[organisation]
    cost = passage + bribe + costs.craft_usd[leg]
    fee, weight = cost * (1 + markup), capacity + 1e-12
    total, whole = (np.bincount(leg, weights=w, minlength=costs.passage_usd.size) for w in (weight * fee, weight))
    with np.errstate(invalid="ignore"):
        return passage, bribe, cost, fee, total / whole


def attract_numpy(
    supply: Supply,
    able: NDArray[np.float64],
    reputation: NDArray[np.float64],
    heard: NDArray[np.float64],
    fee_usd: NDArray[np.float64],
    preferences: BuyerPreferences,
    n_legs: int,
) -> NDArray[np.float64]:
    """Plain NumPy twin of `attract`."""
    organisation, leg, capacity, _ = supply
    appeal = preferences.reputation_weight * reputation[organisation] + preferences.weight_per_usd * fee_usd
    weight = capacity * able * heard[organisation] * np.exp(appeal.clip(-STEEPEST, STEEPEST)) + LEAST
    share: NDArray[np.float64] = weight / np.bincount(leg, weights=weight, minlength=n_legs)[leg]
    return share
