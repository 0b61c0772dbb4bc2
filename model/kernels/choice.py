"""Choice of way: which legs lead onwards, the value of every place, and what those who decide do.

A leg that can be part of a round trip belongs to the choice of a group (community x wealth x attitude) only if it leads
to a place from which the best way to a destination is better; others always do. So nobody travels in circles, and the
values are exact in one pass. On these legs the value of being somewhere is a nested, discounted log-sum (recursive
logit: Fosgerau, Frejinger and Karlstrom 2013, doi:10.1016/j.trb.2013.07.012; foresight: Oyama and Hato 2017,
doi:10.1016/j.trc.2017.09.014; nests: Train 2009, chapter 4). ODD eq. 20 to 23.
"""

from __future__ import annotations

from graphlib import TopologicalSorter
from typing import NamedTuple

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components, dijkstra

from corridor.model.purposes import Purpose
from corridor.model.streams import philox, unit

_STREAM = Purpose.CHOICE.stream
STAY = -1
"""Choice to end the journey here (settle, or give up)."""
NONE = -2
"""Nothing affordable: the person stays where they are."""
UNDECIDED = -1.0
"""Taste for the country where a person is, before they have weighed living there against going on."""
_HOPELESS = -32 * np.log(2.0)
"""Utils below the best option, over the scale, at which its odds fall below the lattice of the draws, 2**-32."""
_NOWHERE = -1e3
"""Value of a place from which nothing can be done, utils."""
_TINY = 1e-300
_CLOSED = 1e-6
"""Probability of getting through below which a way counts as closed."""
_HOME = -1
"""Tangle of a community's home, to which no leg leads on."""
_LEAST_COST = 1e-3
"""Least cost of a leg within a tangle, utils: where it leads is better than where it begins."""


class Network(NamedTuple):
    """Legs as the choice of way sees them."""

    first_leg: NDArray[np.int32]
    """Legs out of place p are ``leg_by_origin[first_leg[p]:first_leg[p + 1]]``, shape (n_places + 1,)."""
    leg_by_origin: NDArray[np.int32]
    """Numbers of the legs, shape (n_legs,)."""
    leg_destination: NDArray[np.int32]
    """Place where each leg ends, shape (n_legs,)."""
    passes: NDArray[np.bool_]
    """Whether each leg stays in a country of transit: nobody takes it in order to live there, shape (n_legs,)."""
    aims: NDArray[np.bool_]
    """Whether the journeys of a community aim at a place, shape (n_communities, n_places)."""
    home: NDArray[np.int32]
    """Home of each community, shape (n_communities,)."""
    n_reached: NDArray[np.int32]
    """Places that a community can come to, shape (n_communities,)."""
    tangle: NDArray[np.int32]
    """Number of the set of places between which round trips are possible, (n_communities, n_places)."""


class Tastes(NamedTuple):
    """Weights of the choice of way."""

    foresight: float
    """Of what comes after the next leg."""
    scale: float
    """Spread of tastes for ways, utils."""
    nest: float
    """How much the choice between going and staying moves with the value of going, per util."""
    margin: float
    """Share of the cost of a leg by which its end must be better at least, where one could also travel back."""
    attitude: NDArray[np.float64]
    """Multiplier of each attitude on what risks weigh, shape (n_attitudes,)."""
    reckoning: float
    """How far people reckon with where a failed try leaves them, 0 to 1."""
    risk: NDArray[np.float64]
    """Of the risks of interception, death and exploitation, utils per unit of probability, shape (3,)."""


class Purses(NamedTuple):
    """What fees weigh for each stratum (community x wealth), on a grid of log fees (ODD eq. 20c and 20d)."""

    utility: NDArray[np.float64]
    """Utils, shape (n_strata, n_points)."""
    payable: NDArray[np.float64]
    """Share of the stratum that can pay, shape (n_strata, n_points)."""
    points_per_log: float
    """Points of the grid for a log point of fee."""
    log_ratio: NDArray[np.float64]
    """Log of present over initial means of each community, shape (n_communities,)."""


class Trials(NamedTuple):
    """How a try of a leg may fail, shape (n_legs,) each (ODD eq. 20a)."""

    stopped: NDArray[np.float64]
    """Probability of being stopped before it starts; who is stays where it begins."""
    sent_back: NDArray[np.float64]
    """Probability of being sent back to where it began after having arrived."""
    to_end: NDArray[np.float64]
    """Of those intercepted, who find themselves where the leg ends."""
    to_home: NDArray[np.float64]
    """Of those intercepted, who are returned home or go there; the others try again."""
    waiting: NDArray[np.float64]
    """What the time in detention costs those intercepted, utils."""
    paid_each: NDArray[np.float64]
    """Share of the fee that every try costs, as it is paid in advance or lost ashore."""
    paid_once: NDArray[np.float64]
    """Share of the fee that is paid on arrival alone."""


class Prospects(NamedTuple):
    """What people see before them in this step."""

    common: NDArray[np.float64]
    """Utility of one try of each leg that is the same for all, shape (n_legs,), utils."""
    once: NDArray[np.float64]
    """Utility that counts once, however many tries it takes; -inf where closed, (n_communities, n_legs), utils."""
    log_fee: NDArray[np.float64]
    """Log of the fee that people expect, USD, shape (n_legs,)."""
    fee_usd: NDArray[np.float64]
    """Mean fee, USD per person, shape (n_legs,)."""
    risk: NDArray[np.float64]
    """Perceived probabilities of interception, death and exploitation, shape (3, n_communities, n_legs)."""
    living: NDArray[np.float64]
    """Utility of living at each place; -inf where impossible, shape (n_communities, n_places), utils."""


class Outlook(NamedTuple):
    """What one group weighs."""

    utility: NDArray[np.float64]
    """Of trying each leg until through or home, shape (n_legs,), utils."""
    hindered: NDArray[np.float64]
    """What it takes off the value of a leg that only a share of the group can pay it, shape (n_legs,), utils."""
    arriving: NDArray[np.float64]
    """Probability of coming to the end of a leg rather than home, shape (n_legs,)."""
    at_home: float
    """Value of being home again, utils."""
    living: NDArray[np.float64]
    """Utility of living at each place, shape (n_places,), utils."""


class Values(NamedTuple):
    """What follows for every group: group = stratum x n_attitudes + attitude."""

    value: NDArray[np.float64]
    """Of being at a place, shape (n_groups, n_places), utils."""
    weight: NDArray[np.float64]
    """Odds of each leg beside the best one out of its place; 0 for legs that lead nowhere, shape (n_groups, n_legs)."""
    going: NDArray[np.float64]
    """Probability of going on rather than ending the journey, shape (n_groups, n_places)."""
    beyond_usd: NDArray[np.float64]
    """Least that it takes to get on from where a leg ends, where it only passes on; else 0, (n_groups, n_legs), USD."""
    order: NDArray[np.int32]
    """Places that the community can come to, the best first, shape (n_groups, n_places)."""


@njit(parallel=True, cache=True, error_model="numpy")
def update_values(values, strata, prospects, trials, purses, network, tastes):  # type: ignore[no-untyped-def]
    """Bring the values of all groups of some strata up to date.

    Parameters
    ----------
    values : Values
        Changed in place. What is left to those returned home is their value before this call (eq. 20a).
    strata : ndarray of int64
    prospects : Prospects
    trials : Trials
    purses : Purses
    network : Network
    tastes : Tastes
    """
    n_legs, n_attitudes = prospects.common.size, tastes.attitude.size
    n_wealth = purses.utility.shape[0] // network.home.size
    for row in prange(strata.size):
        stratum = strata[row]
        community = stratum // n_wealth
        tries, arriving = np.empty(n_legs), np.empty(n_legs)
        shared, payable = np.empty(n_legs), np.empty(n_legs)
        _count_tries(tries, arriving, prospects.risk[0, community], trials, tastes.reckoning)
        _weigh_fees(shared, payable, tries, arriving, prospects, trials, purses, stratum)
        hindered = tastes.scale * np.log(np.maximum(payable, _TINY))
        utilities, best = np.empty(n_legs), np.empty(values.value.shape[1])
        for attitude in range(n_attitudes):
            group = stratum * n_attitudes + attitude
            _perceive(utilities, prospects, trials, tastes, attitude, community)
            utilities[:] = prospects.once[community] + shared + utilities * tries
            at_home = values.value[group, network.home[community]]
            order = values.order[group, : network.n_reached[community]]
            ways = Outlook(utilities, hindered, arriving, at_home, prospects.living[community])
            find_best(best, order, ways, community, network, tastes)
            results = values.value[group], values.weight[group], values.going[group]
            solve_values(results, order, best, ways, payable, network.tangle[community], network, tastes)
            find_tolls(values.beyond_usd[group], order, values.weight[group], prospects.fee_usd, network)


@njit(cache=True)
def _count_tries(tries, arriving, risks, trials, reckoning):  # type: ignore[no-untyped-def]
    """Write how often people try until they are through or home, and the probability of being through: ODD eq. 20a."""
    for leg in range(tries.size):
        starts, intercepted = 1.0 - trials.stopped[leg], risks[leg]
        arrive = starts * (1.0 - intercepted + intercepted * trials.to_end[leg]) * (1.0 - trials.sent_back[leg])
        home = reckoning * starts * intercepted * trials.to_home[leg]
        arrive = 1.0 - reckoning * (1.0 - arrive)
        tries[leg] = 1.0 / max(arrive + home, _CLOSED)
        arriving[leg] = arrive * tries[leg]


@njit(cache=True)
def _weigh_fees(weighs, payable, tries, arriving, prospects, trials, purses, stratum):  # type: ignore[no-untyped-def]
    """Write what the fees of all tries weigh for a stratum, utils, and its share that can pay one: ODD eq. 20d, 20e."""
    last = purses.utility.shape[1] - 1
    community = stratum // (purses.utility.shape[0] // purses.log_ratio.size)
    for leg in range(weighs.size):
        point = (prospects.log_fee[leg] - purses.log_ratio[community]) * purses.points_per_log
        payable[leg] = _at(purses.payable[stratum], point, last)
        paid = trials.paid_each[leg] * tries[leg] + trials.paid_once[leg] * arriving[leg]
        weighs[leg] = _at(purses.utility[stratum], point + np.log(max(paid, _TINY)) * purses.points_per_log, last)


@njit(inline="always")
def _at(grid, point, last):  # type: ignore[no-untyped-def]
    """Return the value of a grid at a point between its ends, linear between points."""
    point = min(max(point, 0.0), last - 1e-9)
    below = np.int64(point)
    return grid[below] + (point - below) * (grid[below + 1] - grid[below])


@njit(cache=True)
def _perceive(utilities, prospects, trials, tastes, attitude, community):  # type: ignore[no-untyped-def]
    """Write the perceived utility of one try of every leg, but for its fee: ODD eq. 20."""
    interception, death, exploitation = prospects.risk[:, community]
    factor, weights = tastes.attitude[attitude], tastes.risk
    for leg in range(utilities.size):
        harm = weights[0] * interception[leg] + weights[1] * death[leg] + weights[2] * exploitation[leg]
        detained = tastes.reckoning * (1.0 - trials.stopped[leg]) * interception[leg] * trials.waiting[leg]
        utilities[leg] = prospects.common[leg] + factor * harm + detained


@njit(inline="always")
def _follows(end, arriving, at_home):  # type: ignore[no-untyped-def]
    """Return the value of what follows a leg to a place of value `end`; nobody goes in the hope of being sent home."""
    return end - (1.0 - arriving) * max(end - at_home, 0.0)


@njit(inline="always")
def _onward(end, leg, same, ways, foresight):  # type: ignore[no-untyped-def]
    """Return the value of a leg to a place of best value `end`, which no leg within a tangle exceeds."""
    follows = _follows(end, ways.arriving[leg], ways.at_home)
    value = ways.utility[leg] + ways.hindered[leg] + foresight * follows
    return min(value, end - _LEAST_COST) if same else value


@njit(cache=True)
def find_best(best, order, ways, community, network, tastes):  # type: ignore[no-untyped-def]
    """Write the value of the best way from every place to a destination, and sort the places of a tangle by it.

    Every leg within a tangle costs something here, so that the best ways exist, and the first leg of each leads to a
    better place. ODD eq. 21a.

    Parameters
    ----------
    best : ndarray of float, shape (n_places,), utils
        Output; -inf where no way leads to a destination.
    order : ndarray of int32
        The places that the community can come to, tangle by tangle, those further on first; sorted in place.
    ways : Outlook
    community : int
    network : Network
    tastes : Tastes
    """
    home, tangle, aims = network.home[community], network.tangle[community], network.aims[community]
    first_leg, leg_by_origin, ends = network.first_leg, network.leg_by_origin, network.leg_destination
    for place in order:
        best[place] = ways.living[place] if aims[place] else -np.inf
    moved = True
    # In the order of before, a second sweep most often finds nothing left to do.
    while moved:
        moved = False
        for row in range(order.size):
            place = np.uint32(order[row])
            if place == home:
                continue  # nobody goes on by way of their own home
            for position in range(np.uint32(first_leg[place]), np.uint32(first_leg[place + 1])):
                leg = np.uint32(leg_by_origin[position])
                end = np.uint32(ends[leg])
                onward = _onward(best[end], leg, tangle[end] == tangle[place], ways, tastes.foresight)
                if onward > best[place]:
                    best[place], moved = onward, True
    for position in range(1, order.size):
        place = order[position]
        earlier = position - 1
        while earlier >= 0 and tangle[order[earlier]] == tangle[place] and best[order[earlier]] < best[place]:
            order[earlier + 1] = order[earlier]
            earlier -= 1
        order[earlier + 1] = place


@njit(cache=True, error_model="numpy")
def solve_values(results, order, best, ways, payable, tangle, network, tastes):  # type: ignore[no-untyped-def]
    """Write values and odds of all places in one pass, those further on first: ODD eq. 22 and 23.

    Parameters
    ----------
    results : tuple of ndarray
        Output: values and shares going on, shape (n_places,), and odds of legs, shape (n_legs,): see `Values`.
    order : ndarray of int32
    best : ndarray of float, shape (n_places,), utils
        See `find_best`.
    ways : Outlook
    payable : ndarray of float, shape (n_legs,)
        Share of the group that can pay the fee of a leg.
    tangle : ndarray of int32, shape (n_places,)
    network : Network
    tastes : Tastes
    """
    values, weights, going = results
    # Fields are read once: passing records of arrays to a function for each place would cost more than its work.
    first_leg, leg_by_origin, ends = network.first_leg, network.leg_by_origin, network.leg_destination
    foresight, scale, nest, passes = tastes.foresight, tastes.scale, tastes.nest, network.passes
    onward = np.empty(values.size)
    for row in range(order.size):
        place = np.uint32(order[row])
        first, last = np.uint32(first_leg[place]), np.uint32(first_leg[place + 1])
        live, highest = ways.living[place], -np.inf
        for position in range(first, last):
            leg = np.uint32(leg_by_origin[position])
            end = np.uint32(ends[leg])
            weights[leg] = -np.inf
            part = _leads_on(leg, place, end, best, tangle, ways, tastes)
            if part > 0.0:
                there = onward[end] if passes[leg] else values[end]
                follows = _follows(there, ways.arriving[leg], ways.at_home)
                weights[leg] = ways.utility[leg] + foresight * follows
                if part < 1.0:
                    weights[leg] += scale * np.log(part)
            highest = max(highest, weights[leg])
        if highest == -np.inf:
            for position in range(first, last):
                weights[np.uint32(leg_by_origin[position])] = 0.0
            values[place], going[place], onward[place] = max(live, _NOWHERE), 0.0, -np.inf
            continue
        can_pay = 0.0
        for position in range(first, last):
            leg = np.uint32(leg_by_origin[position])
            weights[leg] = _relative(weights[leg] - highest, scale)
            can_pay += payable[leg] * weights[leg]
        onward[place] = highest + scale * np.log(max(can_pay, _TINY))
        values[place], going[place] = _nest(onward[place], live, nest)


@njit(cache=True)
def find_tolls(beyond_usd, order, weights, fee_usd, network):  # type: ignore[no-untyped-def]
    """Write what it takes at least to get on from where a leg ends that only passes on, USD: ODD eq. 23.

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


@njit(inline="always")
def _leads_on(leg, place, end, best, tangle, ways, tastes):  # type: ignore[no-untyped-def]
    """Return how far a leg leads onwards, 0 to 1: by how much its end is better, over its cost. ODD eq. 21b."""
    if tangle[end] != tangle[place]:
        return 0.0 if tangle[end] == _HOME else 1.0
    if best[end] == -np.inf or ways.utility[leg] == -np.inf:
        return 0.0
    cost = best[end] - _onward(best[end], leg, True, ways, tastes.foresight)
    return max((best[end] - best[place]) / cost - tastes.margin, 0.0) / (1.0 - tastes.margin)


@njit(inline="always")
def _nest(go, live, nest):  # type: ignore[no-untyped-def]
    """Return the value of choosing between going and living here, and the probability of going."""
    if live == -np.inf:
        return max(go, _NOWHERE), 1.0
    odds = np.exp(-nest * abs(go - live))
    share = 1.0 / (1.0 + odds)
    return max(go, live) + np.log1p(odds) / nest, share if go > live else 1.0 - share


@njit(inline="always")
def _relative(difference, mu):  # type: ignore[no-untyped-def]
    """Return exp(difference / mu) without computing it for the best option or for a hopeless one."""
    if difference == 0.0:
        return 1.0
    return np.exp(difference / mu) if difference > _HOPELESS * mu else 0.0


@njit(cache=True)
def choose(taste, luck, place, weights, going, fee_usd, beyond_usd, means_usd, first_leg, leg_by_origin):  # type: ignore[no-untyped-def]
    """Return the next leg of one person (or `STAY`, or `NONE`), among what they can pay.

    Parameters
    ----------
    taste : float
        In (0, 1), for living here: who is below ``going`` goes on.
    luck : float
        In (0, 1), among the legs.
    place : int
        Where they are.
    weights : ndarray of float, shape (n_legs,)
        Of their group: see `Values`.
    going : float
        Probability that the group goes on from here; 1 for those who cannot end their journey.
    fee_usd, beyond_usd : ndarray of float, shape (n_legs,), USD
        Of a leg, and what it takes beyond it: see `Values`.
    means_usd : float, USD
        What the person can pay.
    first_leg, leg_by_origin : ndarray of int32
        See `Network`.
    """
    if taste >= going:
        return STAY
    first, last = first_leg[place], first_leg[place + 1]
    total = 0.0
    for position in range(first, last):
        leg = leg_by_origin[position]
        if fee_usd[leg] + beyond_usd[leg] <= means_usd:
            total += weights[leg]
    if total <= 0.0:
        return NONE
    remaining = luck * total
    chosen = NONE
    for position in range(first, last):
        leg = leg_by_origin[position]
        if fee_usd[leg] + beyond_usd[leg] <= means_usd and weights[leg] > 0.0:
            chosen = leg
            remaining -= weights[leg]
            if remaining < 0.0:
                break
    return chosen


@njit(cache=True)
def luck_of(person, journey, place, k0, k1):  # type: ignore[no-untyped-def]
    """Return the luck of a person at a place on a journey of their life: among legs, and in their taste for it."""
    way, taste, _w2, _w3 = philox(person, journey, place, _STREAM, k0, k1)
    return unit(way), unit(taste)


def tangles(
    start: NDArray[np.integer], home: int, origin: NDArray[np.integer], destination: NDArray[np.integer], n_places: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the places that a community can come to, and the tangle of each place.

    A tangle is a set of places between which round trips are possible (a strongly connected component of the legs that
    do not lead home).

    Parameters
    ----------
    start : ndarray of int
        Places where people start.
    home : int
    origin, destination : ndarray of int, shape (n_legs,)
    n_places : int

    Returns
    -------
    places : ndarray of int32
        Tangle by tangle, those further on first.
    tangle : ndarray of int32, shape (n_places,)
        Number of the tangle; -1 for home.
    """
    used = destination != home
    ends = origin[used], destination[used]
    graph = csr_matrix((np.ones(ends[0].size), ends), shape=(n_places, n_places))
    within = np.isfinite(dijkstra(graph, indices=np.unique(start), unweighted=True, min_only=True))
    _, component = connected_components(graph, directed=True, connection="strong")
    onward: dict[int, set[int]] = {int(number): set() for number in component}
    for first, last in zip(component[ends[0]].tolist(), component[ends[1]].tolist(), strict=True):
        if first != last:
            onward[first].add(last)
    rank = {number: position for position, number in enumerate(TopologicalSorter(onward).static_order())}
    tangle = np.array([rank[int(number)] for number in component], dtype=np.int32)
    places = np.flatnonzero(within)
    places = places[np.argsort(tangle[places], kind="stable")]
    tangle[home] = -1
    return places.astype(np.int32), tangle
