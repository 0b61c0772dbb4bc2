"""Sums and means over offers in a single pass, by organisation, leg or hub."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corridor.model.kernels.supply import Supply
from corridor.model.machine_code import Bools, Floats, Int, Ints, Real, compiled


@compiled()
def sum_offers(
    supply: Supply, use: Floats, fee_usd: Floats, cost_usd: Floats, reference_usd: Floats
) -> NDArray[np.float64]:
    """Return capacity, idle capacity, takings, costs and value at reference fees of each organisation.

    Parameters
    ----------
    supply : Supply
    use : ndarray of float, shape (n_legs,)
        Passengers over design capacity.
    fee_usd, cost_usd : ndarray of float, shape (n_offers,), USD a passenger
    reference_usd : ndarray of float, shape (n_legs,), USD a passenger

    Returns
    -------
    ndarray of float, shape (5, n_organisations), persons or USD a week
    """
    organisation, leg, capacity, hub = supply
    sums = np.zeros((5, hub.size))
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


@compiled()
def margins(sums: Floats, fixed_share: Real, advert_share: Real) -> NDArray[np.float64]:
    """Return profit margins: the share of takings left after all costs, -1 to 1; -1 without takings.

    Parameters
    ----------
    sums : ndarray of float, shape (5, n_organisations)
        From `sum_offers`.
    fixed_share : float
        Running costs over value at reference fees.
    advert_share : float
        Share of fees spent on advertising if no capacity is idle; twice as much if all of it is (ODD eq. 13b).

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


@compiled()
def average(to: Ints, source: Ints, capacity: Floats, values: Floats, empty: Real, n: Int) -> NDArray[np.float64]:
    """Return capacity-weighted means, over offers, of values of legs or organisations.

    Parameters
    ----------
    to, source : ndarray of int, shape (n_offers,)
        Entities for which to average, and entities to which values belong: organisation and leg of each offer, or the
        reverse.
    capacity : ndarray of float, shape (n_offers,)
    values : ndarray of float, shape (k, n_sources)
    empty : float
        Value returned where there is no capacity.
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


@compiled()
def measure_concentration(supply: Supply, n_places: Int) -> NDArray[np.float64]:
    """Return the Herfindahl index of organisations' capacity at each place; 1 where nothing is on offer.

    Parameters
    ----------
    supply : Supply
    n_places : int

    Returns
    -------
    ndarray of float, shape (n_places,)
    """
    organisation, _, capacity, hub = supply
    own, total, index = np.zeros(hub.size), np.zeros(n_places), np.zeros(n_places)
    for offer in range(capacity.size):
        own[organisation[offer]] += capacity[offer]
    for row in range(hub.size):
        total[hub[row]] += own[row]
        index[hub[row]] += own[row] ** 2
    for place in range(n_places):
        index[place] = index[place] / total[place] ** 2 if total[place] > 0.0 else 1.0
    return index


@compiled()
def share_out(of_leg: Floats, share: Floats, supply: Supply) -> NDArray[np.float64]:
    """Distribute an amount on every leg among organisations, by their offers' shares of the leg's buyers.

    Parameters
    ----------
    of_leg : ndarray of float, shape (n_legs,)
    share : ndarray of float, shape (n_offers,)
    supply : Supply

    Returns
    -------
    ndarray of float, shape (n_organisations,)
    """
    total = np.zeros(supply.hub.size)
    for offer in range(share.size):
        total[supply.organisation[offer]] += share[offer] * of_leg[supply.leg[offer]]
    return total


@compiled()
def share_sales(
    paid: Floats, held: Floats, sold: Floats, share: Floats, passage_usd: Floats, bribe_usd: Floats, supply: Supply
) -> NDArray[np.float64]:
    """Return the revenue and costs of each organisation from sales on all legs, USD of persons.

    Parameters
    ----------
    paid, held : ndarray of float, shape (n_legs,), USD
        Fees paid now, and held until arrival.
    sold : ndarray of float, shape (n_legs,), persons
    share : ndarray of float, shape (n_offers,)
        See `share_out`.
    passage_usd, bribe_usd : ndarray of float, shape (n_offers,), USD per person
    supply : Supply

    Returns
    -------
    ndarray of float, shape (4, n_organisations)
        Fees paid, fees held, passages, bribes.
    """
    sums = np.zeros((4, supply.hub.size))
    for offer in range(share.size):
        row, way, part = supply.organisation[offer], supply.leg[offer], share[offer]
        sums[0, row] += part * paid[way]
        sums[1, row] += part * held[way]
        sums[2, row] += part * sold[way] * passage_usd[offer]
        sums[3, row] += part * sold[way] * bribe_usd[offer]
    return sums


@compiled()
def learn_reputations(
    reputation: Floats, organisation: Ints, through: Bools, dead: Bools, death_notoriety: Real, fresh: Real
) -> None:
    """Update reputations towards the recent share of clients whose passage succeeded (ODD eq. 32).

    Parameters
    ----------
    reputation : ndarray of float, shape (n_organisations,)
        Changed in place.
    organisation : ndarray of int, shape (k,)
        -1 for those who travelled without one.
    through, dead : ndarray of bool, shape (k,)
    death_notoriety : float
        Number of failures that a death counts as.
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
