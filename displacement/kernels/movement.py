"""A day by Corridor's rule: every displaced person in one pass."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import prange

from corridor.displacement.kernels.clock import DayClock
from corridor.model.machine_code import Floats, Int, Ints, Real, compiled, inlined
from corridor.model.streams import TO_UNIT, Stream, philox

_WAY, _STAY, _FROM = int(Stream.DISPLACED_WAY), int(Stream.DISPLACED_STAY), int(Stream.DISPLACED_FROM)
MAX_HOPS = 256
"""Places that a person can pass in a day."""
_NOWHERE = -1e9
"""Value of a place without a route, km."""


class DisplacedPeople(NamedTuple):
    """Displaced people.

    Attributes
    ----------
    place : ndarray of int16 or int32, shape (n,)
        Where people are, or the end of the road on which they are.
    goal : ndarray of the same type, shape (n,)
        Number of the camp to which they go or in which they rest; -1: none yet.
    km_left : ndarray of float32, shape (n,)
        Road before them; 0 at a place.
    residents : int
        The first so many were in camps on day 0.
    """

    place: Ints
    goal: Ints
    km_left: Floats
    residents: int


class Roads(NamedTuple):
    """Roads and camps, and the daily distance.

    Attributes
    ----------
    first_link : ndarray of int, shape (n_places + 1,)
        Where the links of each place begin.
    destination : ndarray of int, shape (n_links,)
    km : ndarray of float, shape (n_links,)
    camps : ndarray of int, shape (n_camps,)
        Places of the camps.
    speed : float, km per day
    """

    first_link: Ints
    destination: Ints
    km: Floats
    camps: Ints
    speed: float


class Decision(NamedTuple):
    """Inputs of decisions today.

    Attributes
    ----------
    reconsider : ndarray of float, shape (2, n_places)
        Probability that a person resting in a camp at the place chooses again: residents of day 0, and later arrivals.
    choice : ndarray of float, shape (n_places, n_camps)
        Probabilities of the camps for those who choose at a place, summed; all 0 where none can be reached.
    shares : ndarray of float, shape (n_camps, n_links)
        Probabilities of the links out of a place for those on their way to a camp, summed.
    """

    reconsider: Floats
    choice: Floats
    shares: Floats


class Counts(NamedTuple):
    """People counted by chunk of people.

    Attributes
    ----------
    people : ndarray of int64, shape (n_chunks, n_places + 1)
        At places, and on the way.
    used : ndarray of int64, shape (n_chunks, n_links)
        Who set out on each link.
    """

    people: Ints
    used: Ints


class Solution(NamedTuple):
    """The routes from every place to every camp.

    Attributes
    ----------
    value : ndarray of float, shape (n_camps, n_places), km
        Minus the length of the routes from a place to a camp; very low if there is none.
    weight : ndarray of float, shape (n_camps, n_links)
        Probability of each link out of the place where it begins.
    end_weight : ndarray of float, shape (n_camps, n_places)
        Probability to be there.
    """

    value: Floats
    weight: Floats
    end_weight: Floats


@compiled()
def draw_origins(place: Ints, first: Int, last: Int, cumulative: Floats, clock: DayClock) -> None:
    """Give the people from ``first`` to ``last`` a place of origin in proportion to the weights (ODD eq. 59).

    Parameters
    ----------
    place : ndarray of int, shape (n,)
        Output.
    first, last : int
    cumulative : ndarray of float, shape (n_places,)
        Summed weights; the last is the total, > 0.
    clock : DayClock
    """
    day, k0, k1 = clock
    total = cumulative[-1]
    for i in range(first, last):
        word, _w1, _w2, _w3 = philox(i, day, 0, _FROM, k0, k1)
        place[i] = np.searchsorted(cumulative, (word + 0.5) * TO_UNIT * total, side="right")


@compiled(parallel=True, error_model="numpy")
def solve_routes(
    solution: Solution,
    utility: Floats,
    order: Ints,
    first_link: Ints,
    destination: Ints,
    camps: Ints,
    foresight: Real,
    scale: Real,
) -> None:
    """Solve the routes to every camp in one pass over places, the nearest first (ODD eq. 62).

    Parameters
    ----------
    solution : Solution
        Output.
    utility : ndarray of float, shape (n_camps, n_links)
        -inf for links that lead no nearer.
    order : ndarray of int32, shape (n_camps, n_places)
    first_link : ndarray of int32, shape (n_places + 1,)
    destination : ndarray of int32, shape (n_links,)
    camps : ndarray of int, shape (n_camps,)
    foresight, scale : float
    """
    value, weight, end_weight = solution
    for camp in prange(value.shape[0]):
        values, weights = value[camp], weight[camp]
        for place in order[camp]:
            first, last = first_link[place], first_link[place + 1]
            best = 0.0 if place == camps[camp] else -np.inf
            for link in range(first, last):
                weights[link] = utility[camp, link] + foresight * values[destination[link]]
                best = max(best, weights[link])
            if best == -np.inf:
                values[place] = _NOWHERE
                end_weight[camp, place] = 0.0
                weights[first:last] = 0.0
                continue
            end = np.exp(-best / scale) if place == camps[camp] else 0.0
            total = end
            for link in range(first, last):
                weights[link] = np.exp((weights[link] - best) / scale)
                total += weights[link]
            end_weight[camp, place] = end / total
            for link in range(first, last):
                weights[link] /= total
            values[place] = best + scale * np.log(total)


@compiled()
def sum_shares(out: Floats, weight: Floats, end_weight: Floats, first_link: Ints) -> None:
    """Write the probabilities of the links out of each place, summed within the place, into ``out``.

    Parameters
    ----------
    out, weight : ndarray of float, shape (n_links,)
    end_weight : ndarray of float, shape (n_places,)
        Probability to stay; where it is 0, the last sum is exactly 1, so that rounding lets nobody stay.
    first_link : ndarray of int, shape (n_places + 1,)
    """
    for place in range(end_weight.size):
        summed = 0.0
        for link in range(first_link[place], first_link[place + 1]):
            summed += weight[link]
            out[link] = summed
        if end_weight[place] == 0.0 and summed > 0.0:
            link = first_link[place + 1] - 1
            while link >= first_link[place] and out[link] == summed:
                out[link] = 1.0
                link -= 1


@inlined
def _pick(summed: Floats, u: float) -> int:
    """Give the first position whose summed probability exceeds ``u``, or -1 if there are none to choose from."""
    if summed.size == 0 or summed[-1] <= 0.0:
        return -1
    position = 0
    while u * summed[-1] >= summed[position]:
        position += 1
    return position


@compiled(parallel=True)
def move_people(
    travellers: DisplacedPeople, number: Int, roads: Roads, decision: Decision, counts: Counts, clock: DayClock
) -> None:
    """Move everyone for a day.

    Parameters
    ----------
    travellers : DisplacedPeople
        Changed in place.
    number : int
        The first so many are displaced already.
    roads : Roads
    decision : Decision
    counts : Counts
        Output.
    clock : DayClock
    """
    place, goal, km_left, residents = travellers
    first_link, destination, km, camps, speed = roads
    reconsider, choice, shares = decision
    people, used = counts
    day, k0, k1 = clock
    chunks = people.shape[0]
    way = people.shape[1] - 1
    for chunk in prange(chunks):
        people[chunk] = 0
        used[chunk] = 0
        for i in range(number * chunk // chunks, number * (chunk + 1) // chunks):
            here, budget = place[i], speed
            if km_left[i] > 0:
                if km_left[i] > budget:
                    km_left[i] -= budget
                    people[chunk, way] += 1
                    continue
                budget -= km_left[i]
                km_left[i] = 0
            camp, first, last = goal[i], first_link[here], first_link[here + 1]
            rests = camp >= 0 and camps[camp] == here
            chance = reconsider[int(i >= residents), here]
            if rests and chance == 0.0:
                people[chunk, here] += 1
                continue
            if rests or camp < 0 or first == last or shares[camp, last - 1] == 0.0:
                w0, w1, _w2, _w3 = philox(i, day, 0, _STAY, k0, k1)
                if not rests or (w0 + 0.5) * TO_UNIT < chance:
                    camp = _pick(choice[here], (w1 + 0.5) * TO_UNIT)
                    goal[i] = camp
                if camp < 0 or camps[camp] == here:
                    people[chunk, here] += 1
                    continue
            for hop in range(MAX_HOPS):
                word, _w1, _w2, _w3 = philox(i, day, hop, _WAY, k0, k1)
                first, last = first_link[here], first_link[here + 1]
                link = first + _pick(shares[camp, first:last], (word + 0.5) * TO_UNIT)
                used[chunk, link] += 1
                here = destination[link]
                if km[link] > budget:
                    km_left[i] = km[link] - budget
                    break
                budget -= km[link]
                if here == camps[camp]:
                    break
            place[i] = here
            people[chunk, way if km_left[i] > 0 else here] += 1
