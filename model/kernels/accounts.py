"""Sums and means over offers, in one pass: by organisation, by leg, by hub."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True)
def sum_offers(organisation, leg, capacity, use, fee_usd, cost_usd, reference_usd, n_organisations):  # type: ignore[no-untyped-def]
    """Return capacity, idle capacity, takings, costs and value at reference fees of each organisation.

    Parameters
    ----------
    organisation, leg : ndarray of int, shape (n_offers,)
    capacity : ndarray of float, shape (n_offers,), persons a week
    use : ndarray of float, shape (n_legs,)
        Passengers over design capacity.
    fee_usd, cost_usd : ndarray of float, shape (n_offers,), USD a passenger
    reference_usd : ndarray of float, shape (n_legs,), USD a passenger
    n_organisations : int

    Returns
    -------
    ndarray of float, shape (5, n_organisations), persons or USD a week
    """
    sums = np.zeros((5, n_organisations))
    for offer in range(capacity.size):
        if capacity[offer] == 0.0:
            continue
        row, sold = organisation[offer], capacity[offer] * use[leg[offer]]
        sums[0, row] += capacity[offer]
        sums[1, row] += capacity[offer] * (1 - min(use[leg[offer]], 1.0))
        sums[2, row] += sold * fee_usd[offer]
        sums[3, row] += sold * cost_usd[offer]
        sums[4, row] += capacity[offer] * reference_usd[leg[offer]]
    return sums


@njit(cache=True)
def margins(sums, fixed_share, advert_share):  # type: ignore[no-untyped-def]
    """Return the part of takings that is left when all costs are paid, -1 to 1; -1 for those without takings.

    Parameters
    ----------
    sums : ndarray of float, shape (5, n_organisations)
        From `sum_offers`.
    fixed_share : float
        Running costs over value at reference fees.
    advert_share : float
        Share of fees spent on adverts where no capacity is idle; twice that where all is (ODD eq. 13b).

    Returns
    -------
    ndarray of float, shape (n_organisations,)
    """
    margin = np.full(sums.shape[1], -1.0)
    for row in range(margin.size):
        capacity, idle, takings, costs, value = sums[:, row]
        if takings > 0.0:
            adverts = advert_share * (1 + idle / capacity)
            margin[row] = min(max(1 - (costs + fixed_share * value) / takings - adverts, -1.0), 1.0)
    return margin


@njit(cache=True)
def average(to, source, capacity, values, empty, n):  # type: ignore[no-untyped-def]
    """Return means over offers, by capacity, of what belongs to legs or organisations.

    Parameters
    ----------
    to, source : ndarray of int, shape (n_offers,)
        What to average for, and what values belong to: organisation and leg of each offer, or the other way round.
    capacity : ndarray of float, shape (n_offers,)
    values : ndarray of float, shape (k, n_sources)
    empty : float
        The mean without capacity.
    n : int

    Returns
    -------
    ndarray of float, shape (k, n)
    """
    total, means = np.zeros(n), np.zeros((values.shape[0], n))
    for offer in range(capacity.size):
        if capacity[offer] > 0.0:
            total[to[offer]] += capacity[offer]
            for k in range(values.shape[0]):
                means[k, to[offer]] += capacity[offer] * values[k, source[offer]]
    for row in range(n):
        for k in range(values.shape[0]):
            means[k, row] = means[k, row] / total[row] if total[row] > 0.0 else empty
    return means


@njit(cache=True)
def concentrate(organisation, capacity, hub, n_places):  # type: ignore[no-untyped-def]
    """Return the Herfindahl index of organisations' capacity at each place; 1 where nothing is on offer.

    Parameters
    ----------
    organisation : ndarray of int, shape (n_offers,)
    capacity : ndarray of float, shape (n_offers,)
    hub : ndarray of int, shape (n_organisations,)
    n_places : int

    Returns
    -------
    ndarray of float, shape (n_places,)
    """
    own, total, index = np.zeros(hub.size), np.zeros(n_places), np.zeros(n_places)
    for offer in range(capacity.size):
        own[organisation[offer]] += capacity[offer]
    for row in range(hub.size):
        total[hub[row]] += own[row]
        index[hub[row]] += own[row] ** 2
    for place in range(n_places):
        index[place] = index[place] / total[place] ** 2 if total[place] > 0.0 else 1.0
    return index


def sum_offers_numpy(
    organisation: NDArray[np.int64],
    leg: NDArray[np.int64],
    capacity: NDArray[np.float64],
    use: NDArray[np.float64],
    fee_usd: NDArray[np.float64],
    cost_usd: NDArray[np.float64],
    reference_usd: NDArray[np.float64],
    n_organisations: int,
) -> NDArray[np.float64]:
    """Plain NumPy twin of `sum_offers`."""
    sold, idle = capacity * use[leg], capacity * (1 - np.minimum(use[leg], 1.0))
    columns = capacity, idle, sold * fee_usd, sold * cost_usd, capacity * reference_usd[leg]
    return np.array([np.bincount(organisation, weights=column, minlength=n_organisations) for column in columns])


def margins_numpy(sums: NDArray[np.float64], fixed_share: float, advert_share: float) -> NDArray[np.float64]:
    """Plain NumPy twin of `margins`."""
    capacity, idle, takings, costs, value = sums
    share = np.divide(costs + fixed_share * value, takings, out=np.full(takings.size, np.inf), where=takings > 0)
    part = np.divide(idle, capacity, out=np.zeros_like(idle), where=capacity > 0)
    return (1 - share - advert_share * (1 + part)).clip(-1.0, 1.0)


def average_numpy(
    to: NDArray[np.int64],
    source: NDArray[np.int64],
    capacity: NDArray[np.float64],
    values: NDArray[np.float64],
    empty: float,
    n: int,
) -> NDArray[np.float64]:
    """Plain NumPy twin of `average`."""
    total = np.bincount(to, weights=capacity, minlength=n)
    sums = np.array([np.bincount(to, weights=capacity * row[source], minlength=n) for row in values])
    return np.divide(sums, total, out=np.full(sums.shape, empty), where=total > 0)


def concentrate_numpy(
    organisation: NDArray[np.int64], capacity: NDArray[np.float64], hub: NDArray[np.int64], n_places: int
) -> NDArray[np.float64]:
    """Plain NumPy twin of `concentrate`."""
    own = np.bincount(organisation, weights=capacity, minlength=hub.size)
    total, squares = (np.bincount(hub, weights=w, minlength=n_places) for w in (own, own**2))
    return np.divide(squares, total**2, out=np.ones(n_places), where=total > 0)


@njit(cache=True)
def share_out(of_leg, share, leg, organisation, n_organisations):  # type: ignore[no-untyped-def]
    """Share an amount on every leg out to organisations, by what their offers get of the leg's buyers.

    Parameters
    ----------
    of_leg : ndarray of float, shape (n_legs,)
    share : ndarray of float, shape (n_offers,)
    leg, organisation : ndarray of int, shape (n_offers,)
    n_organisations : int

    Returns
    -------
    ndarray of float, shape (n_organisations,)
    """
    total = np.zeros(n_organisations)
    for offer in range(share.size):
        total[organisation[offer]] += share[offer] * of_leg[leg[offer]]
    return total


@njit(cache=True)
def share_sales(paid, held, sold, share, leg, organisation, passage_usd, bribe_usd, n_organisations):  # type: ignore[no-untyped-def]
    """Revenue and costs of each organisation from sales on every leg, USD of persons.

    Parameters
    ----------
    paid, held : ndarray of float, shape (n_legs,), USD
        Fees paid now, and held until arrival.
    sold : ndarray of float, shape (n_legs,), persons
    share, leg, organisation, n_organisations
        See `share_out`.
    passage_usd, bribe_usd : ndarray of float, shape (n_offers,), USD per person

    Returns
    -------
    ndarray of float, shape (4, n_organisations)
        Fees paid, fees held, passages, bribes.
    """
    sums = np.zeros((4, n_organisations))
    for offer in range(share.size):
        row, way, part = organisation[offer], leg[offer], share[offer]
        sums[0, row] += part * paid[way]
        sums[1, row] += part * held[way]
        sums[2, row] += part * sold[way] * passage_usd[offer]
        sums[3, row] += part * sold[way] * bribe_usd[offer]
    return sums


@njit(cache=True)
def learn_reputations(reputation, organisation, through, dead, death_notoriety, fresh):  # type: ignore[no-untyped-def]
    """Move reputations towards the share of clients who got through lately (ODD eq. 32).

    Parameters
    ----------
    reputation : ndarray of float, shape (n_organisations,)
        Changed in place.
    organisation : ndarray of int, shape (k,)
        -1 for those who travelled without one.
    through, dead : ndarray of bool, shape (k,)
    death_notoriety : float
        Failures as which a death counts.
    fresh : float
        Weight of this step.
    """
    told, success = np.zeros(reputation.size), np.zeros(reputation.size)
    for row in range(organisation.size):
        if organisation[row] >= 0:
            told[organisation[row]] += death_notoriety if dead[row] else 1.0
            success[organisation[row]] += through[row]
    for row in range(reputation.size):
        if told[row] > 0:
            reputation[row] += fresh * (success[row] / max(told[row], 1.0) - reputation[row])


def share_out_numpy(
    of_leg: NDArray[np.float64],
    share: NDArray[np.float64],
    leg: NDArray[np.int64],
    organisation: NDArray[np.int64],
    n_organisations: int,
) -> NDArray[np.float64]:
    """Plain NumPy twin of `share_out`, and with other shares that of `share_sales`."""
    return np.bincount(organisation, weights=share * of_leg[leg], minlength=n_organisations).astype(np.float64)
