"""A day by Flee's rule: everyone decides in the order of creation, then everyone travels.

Occupancies change as people go, so that the loop is sequential by nature.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from model.streams import TO_UNIT, Stream, philox, philox_numpy

_STREAM = int(Stream.DISPLACED_WAY)
_KEEPS_PLAN, _SHORT_STINT = 0.5, 0.5
MAX_DECISIONS = 256


class People(NamedTuple):
    """Columns, shape (n,).

    Attributes
    ----------
    place : ndarray of int16
        Present place, or the start of the link on which the person is.
    link : ndarray of int32
        -1 at a place.
    covered_km : ndarray of float32
        On the link.
    plan, step : ndarray of int32
        Chosen path (-1: none), and the number of its next link.
    links_begun : ndarray of int32
    recent, today_km : ndarray of float32
        Index of recent travel; km moved today.
    """

    place: NDArray[np.int16]
    link: NDArray[np.int32]
    covered_km: NDArray[np.float32]
    plan: NDArray[np.int32]
    step: NDArray[np.int32]
    links_begun: NDArray[np.int32]
    recent: NDArray[np.float32]
    today_km: NDArray[np.float32]


class Ways(NamedTuple):
    """Candidate paths and what they lead to today.

    Attributes
    ----------
    first_path : ndarray of int, shape (n_places + 1,)
        Paths from a place are consecutive.
    end : ndarray of int, shape (n_paths,)
    weight : ndarray of float, shape (n_paths,)
        Before the capacity factor; 0 where a link is closed.
    first_step : ndarray of int, shape (n_paths + 1,)
    links : ndarray of int
        Links of path p are ``links[first_step[p]:first_step[p + 1]]``.
    destination, km, is_open : ndarray, shape (n_links,)
    move_chance, capacity : ndarray of float, shape (n_places,)
        Capacity is scaled; below 1: unlimited.
    is_town, is_camp : ndarray of bool, shape (n_places,)
    buffer, speed, walk_speed : float
    on_foot, no_short_stints : bool
    """

    first_path: NDArray[np.int64]
    end: NDArray[np.int64]
    weight: NDArray[np.float64]
    first_step: NDArray[np.int64]
    links: NDArray[np.int64]
    destination: NDArray[np.int64]
    km: NDArray[np.float64]
    is_open: NDArray[np.bool_]
    move_chance: NDArray[np.float64]
    capacity: NDArray[np.float64]
    is_town: NDArray[np.bool_]
    is_camp: NDArray[np.bool_]
    buffer: float
    speed: float
    walk_speed: float
    on_foot: bool
    no_short_stints: bool


@njit(cache=True)
def _room(ways, occupancy, place):  # type: ignore[no-untyped-def]
    """Return the capacity factor of a place (ODD eq. 65)."""
    limit = ways.capacity[place]
    if limit < 1 or occupancy[place] <= ways.buffer * limit:
        return 1.0
    if occupancy[place] >= limit:
        return 0.0
    return 1.0 - (occupancy[place] - ways.buffer * limit) / ((1.0 - ways.buffer) * limit)


@njit(cache=True)
def _choose(ways, occupancy, place, u):  # type: ignore[no-untyped-def]
    """Return a path from a place, drawn by weight (ODD eq. 64), evenly if all are 0; -1 if no path is open."""
    first, last = ways.first_path[place], ways.first_path[place + 1]
    total, n_open = 0.0, 0
    for path in range(first, last):
        if ways.weight[path] > 0:
            n_open += 1
            total += ways.weight[path] * _room(ways, occupancy, ways.end[path])
    if n_open == 0:
        return -1
    remaining = u * total if total > 0 else u * n_open
    chosen = -1
    for path in range(first, last):
        if ways.weight[path] > 0:
            share = ways.weight[path] * _room(ways, occupancy, ways.end[path]) if total > 0 else 1.0
            if share > 0:
                chosen = path
                remaining -= share
                if remaining < 0:
                    break
    return chosen


@njit(cache=True)
def _decide(people, ways, occupancy, used, i, day, turn, forced, k0, k1):  # type: ignore[no-untyped-def]
    """Let a person at a place stay or set out on a link."""
    here = people.place[i]
    w0, w1, _w2, _w3 = philox(i, day, turn, _STREAM, k0, k1)
    if people.plan[i] < 0:
        chance = 1.0 if forced and ways.is_town[here] else ways.move_chance[here]
        if chance < 1.0 and (w0 + 0.5) * TO_UNIT >= chance:
            return
        path = _choose(ways, occupancy, here, (w1 + 0.5) * TO_UNIT)
        if path < 0:
            return
        people.plan[i] = path
        people.step[i] = ways.first_step[path]
    # A plan that was made just now is checked too: who picks a camp that is nearly full stays for the day.
    end = ways.end[people.plan[i]]
    link = ways.links[people.step[i]]
    if (ways.is_camp[end] and _room(ways, occupancy, end) < _KEEPS_PLAN) or not ways.is_open[link]:
        people.plan[i] = -1
        return
    people.step[i] += 1
    if people.step[i] == ways.first_step[people.plan[i] + 1]:
        people.plan[i] = -1
    people.link[i] = link
    people.covered_km[i] = 0.0
    people.links_begun[i] += 1
    used[link] += 1
    occupancy[here] -= 1


@njit(cache=True)
def _travel(people, ways, occupancy, used, i, day, k0, k1):  # type: ignore[no-untyped-def]
    """Move a person along the link, and on from place to place while less than a day's distance has been covered."""
    for turn in range(1, MAX_DECISIONS):
        link = people.link[i]
        if link < 0:
            return
        walks = ways.on_foot and people.links_begun[i] == 1
        speed = ways.walk_speed if walks else ways.speed
        people.covered_km[i] += speed
        if people.covered_km[i] <= ways.km[link]:
            people.today_km[i] += speed
            return
        people.today_km[i] += speed - (people.covered_km[i] - ways.km[link])
        people.link[i] = -1
        if not ways.is_open[link]:
            occupancy[people.place[i]] += 1
            people.plan[i] = -1
            return
        people.place[i] = ways.destination[link]
        occupancy[people.place[i]] += 1
        if people.today_km[i] >= ways.speed:
            return
        recent = (people.recent[i] + people.today_km[i] / ways.speed) / 2
        forced = ways.no_short_stints and recent < _SHORT_STINT
        _decide(people, ways, occupancy, used, i, day, turn, forced, k0, k1)


@njit(cache=True)
def move_all(people, ways, n, occupancy, used, day, k0, k1):  # type: ignore[no-untyped-def]
    """Let the first ``n`` people decide and travel for a day; return how many are on the way.

    Parameters
    ----------
    people : People
    ways : Ways
    n : int
    occupancy : ndarray of int64, shape (n_places,)
        People at each place; changed in place.
    used : ndarray of int64, shape (n_links,)
        Output: people who set out on each link.
    day, k0, k1 : int
    """
    used[:] = 0
    for i in range(n):
        people.recent[i] = (people.recent[i] + people.today_km[i] / ways.speed) / 2
        people.today_km[i] = 0.0
        if people.link[i] >= 0:
            continue
        here = people.place[i]
        if people.plan[i] < 0 and ways.move_chance[here] < 1.0:
            # Most people are in camps and stay: they are passed over here, by the draw that `_decide` repeats.
            word, _w1, _w2, _w3 = philox(i, day, 0, _STREAM, k0, k1)
            if (word + 0.5) * TO_UNIT >= ways.move_chance[here]:
                continue
        _decide(people, ways, occupancy, used, i, day, 0, False, k0, k1)
    on_the_way = 0
    for i in range(n):
        if people.link[i] >= 0:
            _travel(people, ways, occupancy, used, i, day, k0, k1)
            on_the_way += people.link[i] >= 0
    return on_the_way


def move_all_numpy(
    people: People, ways: Ways, n: int, occupancy: NDArray[np.int64], day: int, key: tuple[int, int]
) -> tuple[int, NDArray[np.int64]]:
    """Return what `move_all` returns, and ``used``, person by person in plain Python: its twin."""
    one = _OneByOne(people, ways, occupancy, day, key)
    people.recent[:n] = (people.recent[:n] + people.today_km[:n] / ways.speed) / 2
    people.today_km[:n] = 0.0
    for i in np.flatnonzero(people.link[:n] < 0).tolist():
        one.decide(i, 0, forced=False)
    for i in np.flatnonzero(people.link[:n] >= 0).tolist():
        one.travel(i)
    return int((people.link[:n] >= 0).sum()), one.used


class _OneByOne:
    """The decisions and the journeys of single people on a day."""

    def __init__(
        self, people: People, ways: Ways, occupancy: NDArray[np.int64], day: int, key: tuple[int, int]
    ) -> None:
        self._people, self._ways, self._occupancy, self._day, self._key = people, ways, occupancy, day, key
        self.used = np.zeros(ways.km.size, dtype=np.int64)

    def room(self, place: int) -> float:
        limit, there, buffer = self._ways.capacity[place], self._occupancy[place], self._ways.buffer
        return 1.0 if limit < 1 else float(np.clip((1 - there / limit) / (1 - buffer), 0.0, 1.0))

    def draws(self, i: int, turn: int) -> NDArray[np.float64]:
        counter = np.array([[i, self._day, turn, _STREAM]], dtype=np.uint32)
        return (philox_numpy(counter, self._key)[0].astype(float) + 0.5) * TO_UNIT

    def choose(self, place: int, u: float) -> int:
        ways = self._ways
        paths = np.arange(ways.first_path[place], ways.first_path[place + 1])
        paths = paths[ways.weight[paths] > 0]
        share = ways.weight[paths] * np.array([self.room(ways.end[path]) for path in paths])
        if not paths.size:
            return -1
        if share.sum() == 0:
            share = np.ones(paths.size)
        return int(paths[np.searchsorted(share.cumsum(), u * share.sum(), side="right")])

    def decide(self, i: int, turn: int, *, forced: bool) -> None:
        people, ways, here = self._people, self._ways, self._people.place[i]
        u = self.draws(i, turn)
        if people.plan[i] < 0:
            chance = 1.0 if forced and ways.is_town[here] else ways.move_chance[here]
            path = self.choose(here, u[1]) if u[0] < chance else -1
            if path < 0:
                return
            people.plan[i], people.step[i] = path, ways.first_step[path]
        end, link = ways.end[people.plan[i]], ways.links[people.step[i]]
        if (ways.is_camp[end] and self.room(end) < _KEEPS_PLAN) or not ways.is_open[link]:
            people.plan[i] = -1
            return
        people.step[i] += 1
        if people.step[i] == ways.first_step[people.plan[i] + 1]:
            people.plan[i] = -1
        people.link[i], people.covered_km[i] = link, 0.0
        people.links_begun[i] += 1
        self.used[link] += 1
        self._occupancy[here] -= 1

    def travel(self, i: int) -> None:
        people, ways = self._people, self._ways
        for turn in range(1, MAX_DECISIONS):
            link = people.link[i]
            if link < 0:
                return
            speed = ways.walk_speed if ways.on_foot and people.links_begun[i] == 1 else ways.speed
            people.covered_km[i] += speed
            people.today_km[i] += speed - max(0.0, people.covered_km[i] - ways.km[link])
            if people.covered_km[i] <= ways.km[link]:
                return
            people.link[i] = -1
            people.place[i] = ways.destination[link] if ways.is_open[link] else people.place[i]
            self._occupancy[people.place[i]] += 1
            if not ways.is_open[link]:
                people.plan[i] = -1
                return
            if people.today_km[i] >= ways.speed:
                return
            recent = (people.recent[i] + people.today_km[i] / ways.speed) / 2
            self.decide(i, turn, forced=ways.no_short_stints and recent < _SHORT_STINT)
