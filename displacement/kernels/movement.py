"""A day on the way by Corridor's rule: every displaced person in one pass, and its plain NumPy twin."""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from corridor.model.streams import TO_UNIT, Stream, philox, philox_numpy

_WAY, _STAY, _FROM = int(Stream.DISPLACED_WAY), int(Stream.DISPLACED_STAY), int(Stream.DISPLACED_FROM)
MAX_HOPS = 256
"""Places that a person can pass in a day."""
_NOWHERE = -1e9
"""Value of a place from which there is no way, km."""


@njit(cache=True)
def draw_origins(place, first, last, cumulative, day, k0, k1):  # type: ignore[no-untyped-def]
    """Give the people from ``first`` to ``last`` a place of origin in proportion to the weights (ODD eq. 59).

    Parameters
    ----------
    place : ndarray of int, shape (n,)
        Output.
    first, last : int
    cumulative : ndarray of float, shape (n_places,)
        Summed weights; the last is the total, > 0.
    day, k0, k1 : int
    """
    total = cumulative[-1]
    for i in range(first, last):
        word, _w1, _w2, _w3 = philox(i, day, 0, _FROM, k0, k1)
        place[i] = np.searchsorted(cumulative, (word + 0.5) * TO_UNIT * total, side="right")


@njit(parallel=True, cache=True, error_model="numpy")
def solve_ways(value, weight, end_weight, utility, camps, first_link, destination, order, foresight, scale):  # type: ignore[no-untyped-def]
    """Solve the way to every camp in one pass over places, the nearest first (ODD eq. 62).

    Parameters
    ----------
    value : ndarray of float, shape (n_camps, n_places), km
        Output: minus the length of the ways from a place to a camp; low where there is none.
    weight : ndarray of float, shape (n_camps, n_links)
        Output: probability of each link out of the place where it begins.
    end_weight : ndarray of float, shape (n_camps, n_places)
        Output: probability to be there.
    utility : ndarray of float, shape (n_camps, n_links)
        -inf for links that lead no nearer.
    camps : ndarray of int, shape (n_camps,)
    first_link : ndarray of int32, shape (n_places + 1,)
    destination : ndarray of int32, shape (n_links,)
    order : ndarray of int32, shape (n_camps, n_places)
    foresight, scale : float
    """
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


@njit(cache=True)
def sum_shares(out, weight, end_weight, first_link):  # type: ignore[no-untyped-def]
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


def sum_shares_numpy(
    weight: NDArray[np.float64], end_weight: NDArray[np.float64], origin: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Plain NumPy twin of `sum_shares`, from links with their origins."""
    out = np.zeros(origin.size)
    for place in range(end_weight.size):
        summed = np.cumsum(weight[origin == place])
        if end_weight[place] == 0.0 and summed.size and summed[-1] > 0:
            summed[summed == summed[-1]] = 1.0
        out[origin == place] = summed
    return out


@njit(inline="always")
def _pick(summed, u):  # type: ignore[no-untyped-def]
    """Return the first position whose summed probability exceeds ``u``, or -1 if there are none to choose from."""
    if summed.size == 0 or summed[-1] <= 0.0:
        return -1
    position = 0
    while u * summed[-1] >= summed[position]:
        position += 1
    return position


@njit(parallel=True, cache=True)
def move_people(  # type: ignore[no-untyped-def]
    place, goal, km_left, residents, people, reconsider, choice, camps, first_link, shares, destination, km, speed, day,
    k0, k1, counts, used
):  # fmt: skip
    """Move everyone for a day.

    Parameters
    ----------
    place : ndarray of int16 or int32, shape (n,)
        Where people are, or the end of the road on which they are; changed in place.
    goal : ndarray of the same type, shape (n,)
        Number of the camp to which they go or in which they rest; -1: none yet.
    km_left : ndarray of float32, shape (n,)
        Road before them; 0 at a place.
    residents, people : int
        The first so many were in camps on day 0; the first so many are displaced already.
    reconsider : ndarray of float, shape (2, n_places)
        Probability that someone who rests in a camp at the place chooses anew: residents of day 0, and those who came
        later.
    choice : ndarray of float, shape (n_places, n_camps)
        Probabilities of the camps for those who choose at a place, summed; all 0 where none can be reached.
    camps : ndarray of int, shape (n_camps,)
        Places of the camps.
    first_link : ndarray of int, shape (n_places + 1,)
    shares : ndarray of float, shape (n_camps, n_links)
        Probabilities of the links out of a place for those on their way to a camp, summed.
    destination : ndarray of int, shape (n_links,)
    km : ndarray of float, shape (n_links,)
    speed : float, km per day
    day, k0, k1 : int
    counts : ndarray of int64, shape (n_chunks, n_places + 1)
        Output: people at places, and on the way, by chunk of people.
    used : ndarray of int64, shape (n_chunks, n_links)
        Output: people who set out on each link.
    """
    chunks = counts.shape[0]
    way = counts.shape[1] - 1
    for chunk in prange(chunks):
        counts[chunk] = 0
        used[chunk] = 0
        for i in range(people * chunk // chunks, people * (chunk + 1) // chunks):
            here, budget = place[i], speed
            if km_left[i] > 0:
                if km_left[i] > budget:
                    km_left[i] -= budget
                    counts[chunk, way] += 1
                    continue
                budget -= km_left[i]
                km_left[i] = 0
            camp, first, last = goal[i], first_link[here], first_link[here + 1]
            rests = camp >= 0 and camps[camp] == here
            chance = reconsider[int(i >= residents), here]
            if rests and chance == 0.0:
                counts[chunk, here] += 1
                continue
            if rests or camp < 0 or first == last or shares[camp, last - 1] == 0.0:
                w0, w1, _w2, _w3 = philox(i, day, 0, _STAY, k0, k1)
                if not rests or (w0 + 0.5) * TO_UNIT < chance:
                    camp = _pick(choice[here], (w1 + 0.5) * TO_UNIT)
                    goal[i] = camp
                if camp < 0 or camps[camp] == here:
                    counts[chunk, here] += 1
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
            counts[chunk, way if km_left[i] > 0 else here] += 1


def move_people_numpy(
    people: tuple[NDArray[np.int16], NDArray[np.int16], NDArray[np.float32]],
    decision: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]],
    network: tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]],
    speed: float,
    residents: int,
    day: int,
    key: tuple[int, int],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Move everyone for a day and return ``counts`` and ``used`` of `move_people` in all: its plain NumPy twin.

    Parameters
    ----------
    people : tuple of ndarray
        ``place``, ``goal`` and ``km_left`` of `move_people`; changed in place.
    decision : tuple of ndarray
        ``reconsider``, ``choice`` and ``camps``.
    network : tuple of ndarray
        ``first_link``, ``shares``, ``destination`` and ``km``.
    speed, residents, day
        As in `move_people`.
    key : tuple of two int
    """
    place, goal, km_left = people
    reconsider, choice, camps = decision
    first, shares, destination, km = network
    everyone = np.arange(place.size)
    budget = np.full(place.size, np.float64(speed))
    walking = km_left > budget
    budget[~walking] -= km_left[~walking]
    km_left[walking] -= np.float32(speed)
    km_left[~walking] = 0
    rests = (goal >= 0) & (camps[goal] == place)
    u = _uniforms(everyone, day, 0, _STAY, key)
    stuck = np.array([_summed(shares[goal[i]], first, place[i]).max(initial=0.0) == 0.0 for i in everyone])
    chooses = ~walking & np.where(
        rests, u[:, 0] < reconsider[(everyone >= residents).astype(int), place], (goal < 0) | stuck
    )
    for i in np.flatnonzero(chooses):
        goal[i] = _pick_numpy(choice[place[i]], u[i, 1])
    going = everyone[~walking & (goal >= 0) & (camps[goal] != place)]
    used = np.zeros(destination.size, dtype=np.int64)
    for hop in range(MAX_HOPS):
        draws = _uniforms(going, day, hop, _WAY, key)[:, 0]
        for i, draw in zip(going, draws, strict=True):
            link = first[place[i]] + _pick_numpy(_summed(shares[goal[i]], first, place[i]), draw)
            used[link] += 1
            place[i] = destination[link]
            km_left[i] = max(0.0, km[link] - budget[i])
            budget[i] -= km[link]
        going = going[(km_left[going] == 0) & (camps[goal[going]] != place[going])]
        if not going.size:
            break
    counts = np.bincount(np.where(km_left > 0, first.size - 1, place), minlength=first.size)
    return counts, used


def _summed(shares: NDArray[np.float64], first: NDArray[np.int64], place: int) -> NDArray[np.float64]:
    return shares[first[place] : first[place + 1]]


def _pick_numpy(summed: NDArray[np.float64], u: float) -> int:
    if summed.max(initial=0.0) == 0.0:
        return -1
    return int(np.searchsorted(summed, u * summed[-1], side="right"))


def _uniforms(people: NDArray[np.int64], day: int, hop: int, stream: int, key: tuple[int, int]) -> NDArray[np.float64]:
    """Return four uniforms a person, shape (n, 4)."""
    counter = np.zeros((people.size, 4), dtype=np.uint32)
    counter[:, 0], counter[:, 1], counter[:, 2], counter[:, 3] = people, day, hop, stream
    return (philox_numpy(counter, key).astype(float) + 0.5) * TO_UNIT
