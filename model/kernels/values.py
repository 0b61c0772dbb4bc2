"""Values of places in route choice: which legs lead onwards, and the value of being at a place and moving on from it.

A leg that can be part of a round trip is in the choice set of a group (community x wealth x attitude) only if it leads
to a place with a better best route to a destination; other legs always are. Nobody therefore travels in circles, and
values are exact in one pass. On these legs the value of being at a place is a nested, discounted log-sum (recursive
logit: Fosgerau, Frejinger and Karlstrom 2013, doi:10.1016/j.trb.2013.07.012; foresight: Oyama and Hato 2017,
doi:10.1016/j.trc.2017.09.014; nests: Train 2009, chapter 4). ODD eq. 20 to 23.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import prange
from numpy.typing import NDArray

from corridor.model.kernels.network import Network
from corridor.model.kernels.utility import (
    TINY,
    Prospects,
    Purses,
    RoutePreferences,
    Trials,
    count_tries,
    perceive,
    weigh_fees,
)
from corridor.model.machine_code import Floats, Int, Ints, Real, compiled, inlined

_HOPELESS = -32 * np.log(2.0)
"""Utils below the best option, relative to the scale, at which odds fall below the resolution of draws, 2**-32."""
_NOWHERE = -1e3
"""Value of a place without any option, utils."""
_HOME = -1
"""Tangle of a community's home, to which no leg leads on."""
_LEAST_COST = 1e-3
"""Minimum cost of a leg within a tangle, utils, so that its end is better than its start."""


class Outlook(NamedTuple):
    """Utilities that one group compares."""

    utility: NDArray[np.float64]
    """Utility of attempting each leg until success or return home, shape (n_legs,), utils."""
    hindered: NDArray[np.float64]
    """Reduction of a leg's value because only a share of the group can afford it, shape (n_legs,), utils."""
    arriving: NDArray[np.float64]
    """Probability of reaching the end of a leg rather than returning home, shape (n_legs,)."""
    at_home: float
    """Value of being back home, utils."""
    living: NDArray[np.float64]
    """Utility of living at each place, shape (n_places,), utils."""


class Values(NamedTuple):
    """Results for every group: group = stratum x n_attitudes + attitude."""

    value: NDArray[np.float64]
    """Value of being at a place, shape (n_groups, n_places), utils."""
    weight: NDArray[np.float64]
    """Odds of each leg relative to the best leg from its place; 0 for dead ends, shape (n_groups, n_legs)."""
    going: NDArray[np.float64]
    """Probability of moving on rather than ending the journey, shape (n_groups, n_places)."""
    expected: NDArray[np.float64]
    """Odds of all legs of a place, each weighted by the share who can pay for it, shape (n_groups, n_places)."""
    leaving: NDArray[np.float64]
    """Value of leaving home, without what attaches people who live next door to it, shape (n_groups,), utils."""
    beyond_usd: NDArray[np.float64]
    """Least cost of moving on from a leg's end if it is a place of mere transit, else 0, (n_groups, n_legs), USD."""
    order: NDArray[np.int32]
    """Places that the community can reach, best first, shape (n_groups, n_places)."""


@compiled(parallel=True, error_model="numpy")
def update_values(
    values: Values,
    strata: Ints,
    prospects: Prospects,
    trials: Trials,
    purses: Purses,
    network: Network,
    preferences: RoutePreferences,
) -> None:
    """Update the values of all groups of some strata.

    Parameters
    ----------
    values : Values
        Changed in place. People returned home count with their value before this call (eq. 20a).
    strata : ndarray of int64
    prospects : Prospects
    trials : Trials
    purses : Purses
    network : Network
    preferences : RoutePreferences
    """
    n_legs, n_attitudes = prospects.common.size, preferences.attitude.size
    n_wealth = purses.utility.shape[0] // network.home.size
    leaving = values.leaving  # a store through a field of a record is lost in a parallel loop (Numba 0.68)
    for row in prange(strata.size):
        stratum = strata[row]
        community = stratum // n_wealth
        tries, arriving = np.empty(n_legs), np.empty(n_legs)
        shared, payable = np.empty(n_legs), np.empty(n_legs)
        count_tries(tries, arriving, prospects.risk[0, community], trials, preferences.reckoning)
        weigh_fees(shared, payable, tries, arriving, prospects, trials, purses, stratum)
        hindered = preferences.scale * np.log(np.maximum(payable, TINY))
        n_places = values.value.shape[1]
        utilities, best = np.empty(n_legs), np.empty(n_places)
        foreseen, odds, onward, expected = np.empty(n_places), np.empty(n_legs), np.empty(n_places), np.empty(n_places)
        for attitude in range(n_attitudes):
            group = stratum * n_attitudes + attitude
            perceive(utilities, prospects, trials, preferences, attitude, community)
            utilities[:] = prospects.once[community] + shared + utilities * tries
            home, tangle = network.home[community], network.tangle[community]
            order = values.order[group, : network.n_reached[community]]
            outlook = Outlook(utilities, hindered, arriving, values.value[group, home], prospects.living[community])
            find_best(best, order, outlook, community, network, preferences)
            results = values.value[group], values.weight[group], values.going[group], values.expected[group]
            solve_values(results, order, best, outlook, payable, tangle, network, preferences)
            # People at home do not know yet what will hold them next door. Nobody aims there: best routes stay.
            outlook = Outlook(utilities, hindered, arriving, leaving[group], prospects.unattached[community])
            solve_values(
                (foreseen, odds, onward, expected), order, best, outlook, payable, tangle, network, preferences
            )
            leaving[group] = foreseen[home]
            find_tolls(values.beyond_usd[group], order, values.weight[group], prospects.fee_usd, network)


@inlined
def _follows(end: Real, arriving: Real, at_home: Real) -> Real:
    """Return the value after a leg to a place of value `end`; nobody sets out in the hope of being sent home."""
    return end - (1.0 - arriving) * max(end - at_home, 0.0)


@inlined
def _onward(end: Real, leg: Int, same: bool, outlook: Outlook, foresight: float) -> Real:
    """Return the value of a leg to a place of best value `end`, which no leg within a tangle exceeds."""
    follows = _follows(end, outlook.arriving[leg], outlook.at_home)
    value = outlook.utility[leg] + outlook.hindered[leg] + foresight * follows
    return min(value, end - _LEAST_COST) if same else value


@compiled()
def find_best(
    best: Floats, order: Ints, outlook: Outlook, community: Int, network: Network, preferences: RoutePreferences
) -> None:
    """Compute the value of the best route from every place to a destination, and sort places in tangles by it.

    Every leg within a tangle has a positive cost here, so that best routes exist, and the first leg of each leads to a
    better place. ODD eq. 21a.

    Parameters
    ----------
    best : ndarray of float, shape (n_places,), utils
        Output; -inf if no route leads to a destination.
    order : ndarray of int32
        Places that the community can reach, tangle by tangle, those further on first; sorted in place.
    outlook : Outlook
    community : int
    network : Network
    preferences : RoutePreferences
    """
    home, tangle, aims = network.home[community], network.tangle[community], network.aims[community]
    first_leg, leg_by_origin, ends = network.first_leg, network.leg_by_origin, network.leg_destination
    for place in order:
        best[place] = outlook.living[place] if aims[place] else -np.inf
    moved = True
    # In the previous order, a second sweep usually changes nothing.
    while moved:
        moved = False
        for row in range(order.size):
            place = np.uint32(order[row])
            if place == home:
                continue  # nobody goes on by way of their own home
            for position in range(np.uint32(first_leg[place]), np.uint32(first_leg[place + 1])):
                leg = np.uint32(leg_by_origin[position])
                end = np.uint32(ends[leg])
                onward = _onward(best[end], leg, tangle[end] == tangle[place], outlook, preferences.foresight)
                if onward > best[place]:
                    best[place], moved = onward, True
    for position in range(1, order.size):
        place = order[position]
        earlier = position - 1
        while earlier >= 0 and tangle[order[earlier]] == tangle[place] and best[order[earlier]] < best[place]:
            order[earlier + 1] = order[earlier]
            earlier -= 1
        order[earlier + 1] = place


@compiled(error_model="numpy")
def solve_values(
    results: tuple[Floats, Floats, Floats, Floats],
    order: Ints,
    best: Floats,
    outlook: Outlook,
    payable: Floats,
    tangle: Ints,
    network: Network,
    preferences: RoutePreferences,
) -> None:
    """Compute values and odds of all places in one pass, those further on first: ODD eq. 22 and 23.

    Parameters
    ----------
    results : tuple of ndarray
        Output, as in `Values`: values of places, odds of legs, probabilities of moving on, and expected odds of places.
    order : ndarray of int32
    best : ndarray of float, shape (n_places,), utils
        See `find_best`.
    outlook : Outlook
    payable : ndarray of float, shape (n_legs,)
        Share of the group that can pay the fee of a leg.
    tangle : ndarray of int32, shape (n_places,)
    network : Network
    preferences : RoutePreferences
    """
    values, weights, going, expected = results
    # Fields are read once: passing records of arrays to a function for each place would take longer than its work.
    first_leg, leg_by_origin, ends = network.first_leg, network.leg_by_origin, network.leg_destination
    foresight, scale, nest, passes = preferences.foresight, preferences.scale, preferences.nest, network.passes
    onward = np.empty(values.size)
    for row in range(order.size):
        place = np.uint32(order[row])
        first, last = np.uint32(first_leg[place]), np.uint32(first_leg[place + 1])
        live, highest = outlook.living[place], -np.inf
        for position in range(first, last):
            leg = np.uint32(leg_by_origin[position])
            end = np.uint32(ends[leg])
            weights[leg] = -np.inf
            part = _leads_on(leg, place, end, best, tangle, outlook, preferences)
            if part > 0.0:
                there = onward[end] if passes[leg] else values[end]
                follows = _follows(there, outlook.arriving[leg], outlook.at_home)
                weights[leg] = outlook.utility[leg] + foresight * follows
                if part < 1.0:
                    weights[leg] += scale * np.log(part)
            highest = max(highest, weights[leg])
        if highest == -np.inf:
            for position in range(first, last):
                weights[np.uint32(leg_by_origin[position])] = 0.0
            values[place], going[place], onward[place] = max(live, _NOWHERE), 0.0, -np.inf
            expected[place] = 0.0
            continue
        can_pay = 0.0
        for position in range(first, last):
            leg = np.uint32(leg_by_origin[position])
            weights[leg] = _relative(weights[leg] - highest, scale)
            can_pay += payable[leg] * weights[leg]
        expected[place] = can_pay
        onward[place] = highest + scale * np.log(max(can_pay, TINY))
        values[place], going[place] = _nest(onward[place], live, nest)


@compiled()
def find_tolls(beyond_usd: Floats, order: Ints, weights: Floats, fee_usd: Floats, network: Network) -> None:
    """Compute the least cost of moving on from legs that end at places of mere transit, USD: ODD eq. 23.

    Parameters
    ----------
    beyond_usd : ndarray of float, shape (n_legs,)
        Output.
    order : ndarray of int32
        Places, those further on first.
    weights : ndarray of float, shape (n_legs,)
        See `Values`.
    fee_usd : ndarray of float, shape (n_legs,), USD
    network : Network
    """
    least = np.full(network.first_leg.size - 1, np.inf)
    for place in order:
        for position in range(network.first_leg[place], network.first_leg[place + 1]):
            leg = network.leg_by_origin[position]
            beyond_usd[leg] = least[network.leg_destination[leg]] if network.passes[leg] else 0.0
            if weights[leg] > 0.0:
                least[place] = min(least[place], fee_usd[leg] + beyond_usd[leg])


@inlined
def _leads_on(
    leg: Int, place: Int, end: Int, best: Floats, tangle: Ints, outlook: Outlook, preferences: RoutePreferences
) -> float:
    """Return how far a leg leads onwards, 0 to 1: the gain in value at its end, relative to its cost. ODD eq. 21b."""
    if tangle[end] != tangle[place]:
        return 0.0 if tangle[end] == _HOME else 1.0
    if best[end] == -np.inf or outlook.utility[leg] == -np.inf:
        return 0.0
    cost = best[end] - _onward(best[end], leg, True, outlook, preferences.foresight)
    return max((best[end] - best[place]) / cost - preferences.margin, 0.0) / (1.0 - preferences.margin)


@inlined
def _nest(go: float, live: float, nest: float) -> tuple[float, float]:
    """Return the value of the choice between moving on and living here, and the probability of moving on."""
    if live == -np.inf:
        return max(go, _NOWHERE), 1.0
    odds = np.exp(-nest * abs(go - live))
    share = 1.0 / (1.0 + odds)
    return max(go, live) + np.log1p(odds) / nest, share if go > live else 1.0 - share


@inlined
def _relative(difference: Real, mu: float) -> float:
    """Return exp(difference / mu) without computing it for the best option or for a hopeless one."""
    if difference == 0.0:
        return 1.0
    return np.exp(difference / mu) if difference > _HOPELESS * mu else 0.0
