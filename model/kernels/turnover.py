"""Chances that organisations enter, split and merge, from one look at all offers (ODD eq. 56 to 56b)."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from corridor.model.purposes import Purpose
from corridor.model.streams import TO_UNIT, philox, philox_numpy, unit

_STREAM = np.uint32(Purpose.TURNOVER.stream)


@njit(cache=True)
def find_failing(active, capital_usd, filled, viable_core, entry_cost):  # type: ignore[no-untyped-def]
    """Return who cannot pay, or has neither organisers nor the money to find new ones, shape (n_organisations,).

    Parameters
    ----------
    active : ndarray of bool, shape (n_organisations,)
    capital_usd : ndarray of float, shape (n_organisations,), USD
    filled : ndarray of float, shape (n_organisations,), 0 to 1
        Posts of organisers that are filled.
    viable_core : float, 0 to 1
        Share of organisers below which an organisation does not last.
    entry_cost : float, USD
        What new organisers cost.
    """
    failing = np.zeros(active.size, dtype=np.bool_)
    for row in range(active.size):
        if active[row]:
            headless = filled[row] < viable_core and capital_usd[row] < entry_cost
            failing[row] = headless or capital_usd[row] < 0.0
    return failing


def find_failing_numpy(
    active: NDArray[np.bool_],
    capital_usd: NDArray[np.float64],
    filled: NDArray[np.float64],
    viable_core: float,
    entry_cost: float,
) -> NDArray[np.bool_]:
    """Plain NumPy twin of `find_failing`."""
    return active & ((capital_usd < 0) | ((filled < viable_core) & (capital_usd < entry_cost)))


@njit(cache=True)
def turnover(  # type: ignore[no-untyped-def]
    organisation, leg, capacity, markup, hub, hazard, base_hazard, sanction, filled, balance, entry, split, merger
):  # fmt: skip
    """Return the chances of entry at each place, of a split of each organisation, and of a merger at each place.

    Parameters
    ----------
    organisation, leg : ndarray of int, shape (n_offers,)
    capacity : ndarray of float, shape (n_offers,), persons a week
    markup : ndarray of float, shape (n_offers,), share of cost
    hub : ndarray of int, shape (n_organisations,)
        Place where the legs that it serves begin.
    hazard, base_hazard : ndarray of float, shape (n_legs,), per attempt
        Interception now and at the start.
    sanction : ndarray of float, shape (n_places,)
        Excess of markups that the risk of conviction takes away.
    filled : ndarray of float, shape (n_organisations,), 0 to 1
        Posts of organisers that are filled.
    balance : float
        Markup at which nobody enters.
    entry, split, merger : float
        Rates times the length of a step.

    Returns
    -------
    entries, splits, mergers : ndarray of float, shape (n_places,), (n_organisations,), (n_places,)
    """
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
            excess = profit[place] / weight[place] / balance - 1 - sanction[place]
            entries[place] = -np.expm1(-entry * max(excess, 0.0))
        if before[place] > 0.0 and now[place] > before[place]:
            spread = 1 - squares[place] / total[place] ** 2
            mergers[place] = -np.expm1(-merger * np.log2(now[place] / before[place]) * spread)
    for row in range(hub.size):
        if own[row] > 0.0:
            splits[row] = -np.expm1(-split * (1 - filled[row]) * own[row] / total[hub[row]])
    return entries, splits, mergers


@njit(cache=True)
def draw_rows(chances, kind, step, k0, k1):  # type: ignore[no-untyped-def]
    """Return the rows that are drawn in a step, given the chance of each.

    Parameters
    ----------
    chances : ndarray of float, shape (n,)
    kind, step : int
        Counters that tell draws apart.
    k0, k1 : uint32
        Key of the run's streams.

    Returns
    -------
    ndarray of int, shape (k,)
    """
    rows, n = np.empty(chances.size, dtype=np.int64), 0
    for row in range(chances.size):
        if chances[row] > 0.0 and unit(philox(row, step, kind, _STREAM, k0, k1)[0]) < chances[row]:
            rows[n] = row
            n += 1
    return rows[:n]


def draw_rows_numpy(
    chances: NDArray[np.float64], kind: int, step: int, k0: np.uint32, k1: np.uint32
) -> NDArray[np.int64]:
    """Plain NumPy twin of `draw_rows`."""
    rows = np.flatnonzero(chances)
    counter = np.full((rows.size, 4), (0, step, kind, _STREAM), dtype=np.uint32)
    counter[:, 0] = rows
    return rows[(philox_numpy(counter, (int(k0), int(k1)))[:, 0] + 0.5) * TO_UNIT < chances[rows]]


def turnover_numpy(
    organisation: NDArray[np.int64],
    leg: NDArray[np.int64],
    capacity: NDArray[np.float64],
    markup: NDArray[np.float64],
    hub: NDArray[np.int64],
    hazard: NDArray[np.float64],
    base_hazard: NDArray[np.float64],
    sanction: NDArray[np.float64],
    filled: NDArray[np.float64],
    balance: float,
    entry: float,
    split: float,
    merger: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Plain NumPy twin of `turnover`."""
    n, weight = sanction.size, capacity + 1e-12

    def at(values: NDArray[np.float64], place: NDArray[np.int64]) -> NDArray[np.float64]:
        return np.bincount(place, weights=values, minlength=n).astype(np.float64)

    place, own = hub[organisation], np.bincount(organisation, weights=capacity, minlength=hub.size).astype(float)
    there, total = at(weight, place), at(own, hub)
    mean = np.divide(at(weight * markup, place), there, out=np.zeros(n), where=there > 0)
    entries = -np.expm1(-entry * np.maximum(mean / balance - 1 - sanction, 0.0))
    base = at(capacity * base_hazard[leg], place)
    pressure = np.log2(
        np.maximum(np.divide(at(capacity * hazard[leg], place), base, out=np.ones(n), where=base > 0), 1)
    )
    concentration = np.divide(at(own**2, hub), total**2, out=np.ones(n), where=total > 0)
    share = np.divide(own, total[hub], out=np.zeros(hub.size), where=total[hub] > 0)
    return entries, -np.expm1(-split * (1 - filled) * share), -np.expm1(-merger * pressure * (1 - concentration))
