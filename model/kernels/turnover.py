"""Probabilities that organisations enter, split and merge, in one pass over all offers (ODD eq. 56 to 56b)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from corridor.model.kernels.supply import Supply
from corridor.model.machine_code import Bools, Floats, Int, Real, compiled
from corridor.model.purposes import Purpose
from corridor.model.streams import philox, unit

STREAM = np.uint32(Purpose.TURNOVER.stream)


class TurnoverRates(NamedTuple):
    """Rates at which organisations enter, split and merge."""

    balance: float
    """Markup below which there is no entry, share of cost."""
    entry: float
    """Rate times the length of a step, as are those below."""
    split: float
    merger: float


@compiled()
def find_failing(
    active: Bools, capital_usd: Floats, filled: Floats, viable_core: Real, entry_cost: Real
) -> NDArray[np.bool_]:
    """Return the insolvent, and those with neither organisers nor money to recruit new ones, shape (n_organisations,).

    Parameters
    ----------
    active : ndarray of bool, shape (n_organisations,)
    capital_usd : ndarray of float, shape (n_organisations,), USD
    filled : ndarray of float, shape (n_organisations,), 0 to 1
        Posts of organisers that are filled.
    viable_core : float, 0 to 1
        Share of organisers below which an organisation cannot survive.
    entry_cost : float, USD
        Cost of new organisers.
    """
    failing = np.zeros(active.size, dtype=np.bool_)
    for row in range(active.size):
        if active[row]:
            headless = filled[row] < viable_core and capital_usd[row] < entry_cost
            failing[row] = headless or capital_usd[row] < 0.0
    return failing


@compiled()
def turnover(
    supply: Supply,
    markup: Floats,
    hazard: Floats,
    base_hazard: Floats,
    sanction: Floats,
    filled: Floats,
    rates: TurnoverRates,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return probabilities of entry at each place, of a split of each organisation, and of a merger at each place.

    Parameters
    ----------
    supply : Supply
    markup : ndarray of float, shape (n_offers,), share of cost
    hazard, base_hazard : ndarray of float, shape (n_legs,), per attempt
        Interception now and at the start.
    sanction : ndarray of float, shape (n_places,)
        Part of the excess markup offset by the risk of conviction.
    filled : ndarray of float, shape (n_organisations,), 0 to 1
        Posts of organisers that are filled.
    rates : TurnoverRates

    Returns
    -------
    entries, splits, mergers : ndarray of float, shape (n_places,), (n_organisations,), (n_places,)
    """
    organisation, leg, capacity, hub = supply
    n = sanction.size
    own, weight, profit, now, before = np.zeros(hub.size), np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n)
    for offer in range(capacity.size):
        row = organisation[offer]
        place = hub[row]
        own[row] += capacity[offer]
        weight[place] += capacity[offer] + 1e-12
        profit[place] += (capacity[offer] + 1e-12) * markup[offer]
        now[place] += capacity[offer] * hazard[leg[offer]]
        before[place] += capacity[offer] * base_hazard[leg[offer]]
    total, squares = np.zeros(n), np.zeros(n)
    for row in range(hub.size):
        total[hub[row]] += own[row]
        squares[hub[row]] += own[row] ** 2
    entries, splits, mergers = np.zeros(n), np.zeros(hub.size), np.zeros(n)
    for place in range(n):
        if weight[place] > 0.0:
            excess = profit[place] / weight[place] / rates.balance - 1 - sanction[place]
            entries[place] = -np.expm1(-rates.entry * max(excess, 0.0))
        if before[place] > 0.0 and now[place] > before[place]:
            spread = 1 - squares[place] / total[place] ** 2
            mergers[place] = -np.expm1(-rates.merger * np.log2(now[place] / before[place]) * spread)
    for row in range(hub.size):
        if own[row] > 0.0:
            splits[row] = -np.expm1(-rates.split * (1 - filled[row]) * own[row] / total[hub[row]])
    return entries, splits, mergers


@compiled()
def draw_rows(chances: Floats, kind: Int, step: Int, k0: Int, k1: Int) -> NDArray[np.int64]:
    """Draw rows with given probabilities.

    Parameters
    ----------
    chances : ndarray of float, shape (n,)
    kind, step : int
        Counters that distinguish draws.
    k0, k1 : uint32
        Key of the run's streams.

    Returns
    -------
    ndarray of int, shape (k,)
    """
    rows, n = np.empty(chances.size, dtype=np.int64), 0
    for row in range(chances.size):
        if chances[row] > 0.0 and unit(philox(row, step, kind, STREAM, k0, k1)[0]) < chances[row]:
            rows[n] = row
            n += 1
    return rows[:n]
