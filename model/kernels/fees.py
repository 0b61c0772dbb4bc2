"""What offers cost and ask, and the share of a leg's buyers that each gets (ODD eq. 13, 14, 15 and 32)."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

_STEEPEST = 50.0
"""Keeps exponentials finite."""
_LEAST = 1e-300
"""Weight of an offer that nobody wants: where all are such, all get the same share."""


@njit(cache=True)
def quote(  # type: ignore[no-untyped-def]
    leg, organisation, capacity, markup, passage_usd, care_cost, bribe_usd, bribery, craft_usd
):  # fmt: skip
    """Costs and fee of every offer.

    Parameters
    ----------
    leg, organisation : ndarray of int, shape (n_offers,)
    capacity : ndarray of float, shape (n_offers,), persons a week
    markup : ndarray of float, shape (n_offers,), share of cost
    passage_usd, bribe_usd, craft_usd : ndarray of float, shape (n_legs,), USD a client
        At reference care; where all officials are bought; craft lost.
    care_cost, bribery : ndarray of float, shape (n_organisations,)
        Cost over that at reference care; share of officials who are bought.

    Returns
    -------
    passage_usd, bribe_usd, cost_usd, fee_usd : ndarray of float, shape (n_offers,), USD a client
        ``cost_usd`` is the sum of passage, bribe and craft lost.
    mean_usd : ndarray of float, shape (n_legs,)
        Mean fee, by capacity; NaN without offers.
    """
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


@njit(cache=True)
def attract(  # type: ignore[no-untyped-def]
    leg, organisation, served, reputation, heard, fee_usd, reputation_weight, weight_per_usd, n_legs
):  # fmt: skip
    """Return the share of a leg's buyers that each offer gets.

    Parameters
    ----------
    leg, organisation : ndarray of int, shape (n_offers,)
    served : ndarray of float, shape (n_offers,), persons a week
        Capacity that crews can serve.
    reputation, heard : ndarray of float, shape (n_organisations,)
        Share of clients through; weight of the share of buyers who have heard of it.
    fee_usd : ndarray of float, shape (n_offers,), USD a client
    reputation_weight, weight_per_usd : float
    n_legs : int

    Returns
    -------
    ndarray of float, shape (n_offers,)
        Adds up to one over the offers of a leg.
    """
    share, total = np.empty(leg.size), np.zeros(n_legs)
    for offer in range(leg.size):
        row = organisation[offer]
        share[offer] = _LEAST
        if served[offer] > 0.0:
            appeal = reputation_weight * reputation[row] + weight_per_usd * fee_usd[offer]
            share[offer] += served[offer] * heard[row] * np.exp(min(max(appeal, -_STEEPEST), _STEEPEST))
        total[leg[offer]] += share[offer]
    for offer in range(leg.size):
        share[offer] /= total[leg[offer]]
    return share


def quote_numpy(
    leg: NDArray[np.int64],
    organisation: NDArray[np.int64],
    capacity: NDArray[np.float64],
    markup: NDArray[np.float64],
    passage_usd: NDArray[np.float64],
    care_cost: NDArray[np.float64],
    bribe_usd: NDArray[np.float64],
    bribery: NDArray[np.float64],
    craft_usd: NDArray[np.float64],
) -> tuple[NDArray[np.float64], ...]:
    """Plain NumPy twin of `quote`."""
    passage, bribe = passage_usd[leg] * care_cost[organisation], bribe_usd[leg] * bribery[organisation]
    cost = passage + bribe + craft_usd[leg]
    fee, weight = cost * (1 + markup), capacity + 1e-12
    total, whole = (np.bincount(leg, weights=w, minlength=passage_usd.size) for w in (weight * fee, weight))
    with np.errstate(invalid="ignore"):
        return passage, bribe, cost, fee, total / whole


def attract_numpy(
    leg: NDArray[np.int64],
    organisation: NDArray[np.int64],
    served: NDArray[np.float64],
    reputation: NDArray[np.float64],
    heard: NDArray[np.float64],
    fee_usd: NDArray[np.float64],
    reputation_weight: float,
    weight_per_usd: float,
    n_legs: int,
) -> NDArray[np.float64]:
    """Plain NumPy twin of `attract`."""
    appeal = reputation_weight * reputation[organisation] + weight_per_usd * fee_usd
    weight = served * heard[organisation] * np.exp(appeal.clip(-_STEEPEST, _STEEPEST)) + _LEAST
    share: NDArray[np.float64] = weight / np.bincount(leg, weights=weight, minlength=n_legs)[leg]
    return share
