"""A day on the way by Corridor's rule: every displaced person in one pass, and its plain NumPy twin."""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from model.streams import TO_UNIT, Stream, philox, philox_numpy

_WAY, _STAY, _FROM = int(Stream.DISPLACED_WAY), int(Stream.DISPLACED_STAY), int(Stream.DISPLACED_FROM)
MAX_HOPS = 256
"""Places that a person can pass in a day; ends journeys in a circle of roads without length."""


@njit(cache=True)
def draw_origins(place, first, last, cumulative, day, k0, k1):  # type: ignore[no-untyped-def]
    """Give the people from ``first`` to ``last`` a place of origin in proportion to the weights (ODD eq. 59).

    Parameters
    ----------
    place : ndarray of int16, shape (n,)
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
    """Return what `sum_shares` writes, from links with their origins: its plain NumPy twin."""
    out = np.zeros(origin.size)
    for place in range(end_weight.size):
        summed = np.cumsum(weight[origin == place])
        if end_weight[place] == 0.0 and summed.size and summed[-1] > 0:
            summed[summed == summed[-1]] = 1.0
        out[origin == place] = summed
    return out


@njit(parallel=True, cache=True)
def move_people(  # type: ignore[no-untyped-def]
    place, km_left, people, leave, first_link, cumulative, destination, km, speed, day, k0, k1, counts, used
):
    """Move everyone for a day.

    Parameters
    ----------
    place : ndarray of int16, shape (n,)
        Where people are, or the end of the road on which they are; changed in place.
    km_left : ndarray of float32, shape (n,)
        Road before them; 0 at a place.
    people : int
        The first so many are displaced already.
    leave : ndarray of float, shape (n_places,)
        Probability that someone who wakes at a place decides to go on.
    first_link : ndarray of int, shape (n_places + 1,)
    cumulative : ndarray of float, shape (n_links,)
        Probabilities of the links out of a place, summed; what is missing to 1 is the probability to stay.
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
            here, budget, must_leave = place[i], speed, False
            if km_left[i] > 0:
                if km_left[i] > budget:
                    km_left[i] -= budget
                    counts[chunk, way] += 1
                    continue
                budget -= km_left[i]
                km_left[i] = 0
            elif leave[here] < 1.0:
                if leave[here] > 0.0:
                    word, _w1, _w2, _w3 = philox(i, day, 0, _STAY, k0, k1)
                    must_leave = (word + 0.5) * TO_UNIT < leave[here]
                if not must_leave:
                    counts[chunk, here] += 1
                    continue
            for hop in range(MAX_HOPS):
                last = first_link[here + 1]
                if last == first_link[here]:
                    break
                word, _w1, _w2, _w3 = philox(i, day, hop, _WAY, k0, k1)
                u = (word + 0.5) * TO_UNIT
                if must_leave:
                    u *= cumulative[last - 1]
                    must_leave = False
                link = first_link[here]
                while link < last and u >= cumulative[link]:
                    link += 1
                if link == last:
                    break
                used[chunk, link] += 1
                here = destination[link]
                if km[link] > budget:
                    km_left[i] = km[link] - budget
                    break
                budget -= km[link]
            place[i] = here
            counts[chunk, way if km_left[i] > 0 else here] += 1


def move_people_numpy(
    place: NDArray[np.int16],
    km_left: NDArray[np.float32],
    leave: NDArray[np.float64],
    network: tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]],
    speed: float,
    day: int,
    key: tuple[int, int],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Move everyone for a day and return ``counts`` and ``used`` of `move_people` in all: its plain NumPy twin.

    Parameters
    ----------
    place, km_left, leave, speed, day
        As in `move_people`.
    network : tuple of ndarray
        First links, cumulative probabilities, destinations, lengths in km.
    key : tuple of two int
    """
    first, cumulative, destination, km = network
    people = np.arange(place.size)
    budget = np.full(place.size, np.float64(speed))
    on_the_way = km_left > 0
    walking = on_the_way & (km_left > budget)
    arriving = on_the_way & ~walking
    budget[arriving] -= km_left[arriving]
    km_left[walking] -= np.float32(speed)
    km_left[arriving] = 0
    asked = ~on_the_way & (leave[place] < 1.0)
    must_leave = asked & (_uniform(people, day, 0, _STAY, key) < leave[place])
    deciding = np.flatnonzero(arriving | (~on_the_way & ~asked) | must_leave)
    used = np.zeros(destination.size, dtype=np.int64)
    for hop in range(MAX_HOPS):
        u = _uniform(deciding, day, hop, _WAY, key)
        going = []
        for i, draw in zip(deciding, u, strict=True):
            links = slice(first[place[i]], first[place[i] + 1])
            if links.start == links.stop:
                continue
            scaled = draw * cumulative[links.stop - 1] if must_leave[i] else draw
            must_leave[i] = False
            link = links.start + int(np.searchsorted(cumulative[links], scaled, side="right"))
            if link == links.stop:
                continue
            used[link] += 1
            place[i] = destination[link]
            if km[link] > budget[i]:
                km_left[i] = km[link] - budget[i]
            else:
                budget[i] -= km[link]
                going.append(i)
        deciding = np.array(going, dtype=np.int64)
        if not deciding.size:
            break
    counts = np.bincount(np.where(km_left > 0, leave.size, place), minlength=leave.size + 1)
    return counts, used


def _uniform(people: NDArray[np.int64], day: int, hop: int, stream: int, key: tuple[int, int]) -> NDArray[np.float64]:
    counter = np.zeros((people.size, 4), dtype=np.uint32)
    counter[:, 0], counter[:, 1], counter[:, 2], counter[:, 3] = people, day, hop, stream
    return (philox_numpy(counter, key)[:, 0].astype(float) + 0.5) * TO_UNIT
