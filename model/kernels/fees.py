"""Costs and fees of offers, and each offer's share of a leg's buyers (ODD eq. 13, 14, 15 and 32)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from corridor.model.kernels.supply import Supply
from corridor.model.machine_code import Floats, Int, compiled

STEEPEST = 50.0
"""Keeps exponentials finite."""
LEAST = 1e-300
"""Weight of an unattractive offer: if all offers are unattractive, they have equal shares."""


class PassageCosts(NamedTuple):
    """Costs of a passage to an organisation on each leg, shape (n_legs,), USD per client."""

    passage_usd: NDArray[np.float64]
    """At reference care."""
    bribe_usd: NDArray[np.float64]
    """If all officials are bribed."""
    craft_usd: NDArray[np.float64]
    """Craft lost."""


class BuyerPreferences(NamedTuple):
    """Weights of buyers' criteria, utils."""

    reputation_weight: float
    """Success of all clients as against none."""
    weight_per_usd: float


@compiled()
def quote(
    supply: Supply, markup: Floats, costs: PassageCosts, care_cost: Floats, bribery: Floats
) -> tuple[NDArray[np.float64], ...]:
    """Return the costs and fee of every offer.

    Parameters
    ----------
    supply : Supply
    markup : ndarray of float, shape (n_offers,), share of cost
    costs : PassageCosts
    care_cost, bribery : ndarray of float, shape (n_organisations,)
        Cost relative to that at reference care; share of officials who are bribed.

    Returns
    -------
    passage_usd, bribe_usd, cost_usd, fee_usd : ndarray of float, shape (n_offers,), USD a client
        ``cost_usd`` is the sum of passage, bribe and craft lost.
    mean_usd : ndarray of float, shape (n_legs,)
        Mean fee, by capacity; NaN without offers.
    """
    organisation, leg, capacity, _ = supply
    passage_usd, bribe_usd, craft_usd = costs
    offers = np.empty((4, leg.size))
    total, weight = np.zeros(passage_usd.size), np.zeros(passage_usd.size)
    for offer in range(leg.size):
        here, row = leg[offer], organisation[offer]
        offers[0, offer] = passage_usd[here] * care_cost[row]
        offers[1, offer] = bribe_usd[here] * bribery[row]
        offers[2, offer] = offers[0, offer] + offers[1, offer] + craft_usd[here]
        offers[3, offer] = offers[2, offer] * (1 + markup[offer])
        weight[here] += capacity[offer] + 1e-12
        total[here] += (capacity[offer] + 1e-12) * offers[3, offer]
    return offers[0], offers[1], offers[2], offers[3], total / weight


@compiled()
def attract(
    supply: Supply,
    able: Floats,
    reputation: Floats,
    heard: Floats,
    fee_usd: Floats,
    preferences: BuyerPreferences,
    n_legs: Int,
) -> NDArray[np.float64]:
    """Return each offer's share of its leg's buyers.

    Parameters
    ----------
    supply : Supply
    able : ndarray of float, shape (n_offers,)
        Share of capacity that crews can serve.
    reputation, heard : ndarray of float, shape (n_organisations,)
        Share of clients whose passage succeeded; weight of the share of buyers who have heard of it.
    fee_usd : ndarray of float, shape (n_offers,), USD a client
    preferences : BuyerPreferences
    n_legs : int

    Returns
    -------
    ndarray of float, shape (n_offers,)
        Adds up to one over the offers of a leg.
    """
    organisation, leg, capacity, _ = supply
    share, total = np.empty(leg.size), np.zeros(n_legs)
    for offer in range(leg.size):
        row, served = organisation[offer], capacity[offer] * able[offer]
        share[offer] = LEAST
        if served > 0.0:
            appeal = preferences.reputation_weight * reputation[row] + preferences.weight_per_usd * fee_usd[offer]
            share[offer] += served * heard[row] * np.exp(min(max(appeal, -STEEPEST), STEEPEST))
        total[leg[offer]] += share[offer]
    for offer in range(leg.size):
        share[offer] /= total[leg[offer]]
    return share
