"""A day by Flee's rule: everyone decides in the order of creation, then everyone travels.

Occupancies change as people go, so that the loop is sequential by nature. What is known of a person, a place, a path or
a link stands together in one record, so that the functions below take few arguments and touch little memory.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from corridor.displacement.kernels.borrowed import borrow
from corridor.model.kernels.instructions import trailing_zeros
from corridor.model.streams import TO_UNIT, Stream, philox, philox_numpy, unit

_STREAM = int(Stream.DISPLACED_WAY)
_KEEPS_PLAN, _SHORT_STINT = 0.5, 0.5
MAX_DECISIONS = 256
_BATCH, _ONE = 64, np.uint64(1)
"""People whose luck is compared with their chance to leave at once."""

PERSON = np.dtype(
    [
        ("plan", "i4"),
        ("step", "i4"),
        ("link", "i4"),
        ("links_begun", "i4"),
        ("day", "i4"),
        ("covered_km", "f4"),
        ("recent", "f4"),
        ("today_km", "f4"),
    ],
    align=True,
)
"""Chosen path (-1: none) and the number of its next link; link on which the person is (-1: at a place) and km covered
on it; links begun so far; last day on the way (-1: none yet), the index of recent travel before it, and km moved on it.
Who rests is not touched: see `_recent_travel`."""

PLACE = np.dtype(
    [
        ("first_path", "i8"),
        ("capacity", "f8"),
        ("room", "f8"),
        ("move_chance", "f8"),
        ("is_town", "?"),
        ("is_camp", "?"),
    ],
    align=True,
)
"""Paths from place p are those from its ``first_path`` to that of p + 1; capacity is scaled (below 1: unlimited). Room
is the capacity factor, which follows as people come and go."""

PATH = np.dtype([("end", "i8"), ("weight", "f8"), ("first_step", "i8")], align=True)
"""Weight is that before the capacity factor, 0 where a link is closed; the links of path p are the steps from its
``first_step`` to that of p + 1."""

LINK = np.dtype([("destination", "i8"), ("km", "f8"), ("is_open", "?")], align=True)


class Ways(NamedTuple):
    """Candidate paths and what they lead to today.

    Attributes
    ----------
    places : recarray of PLACE, shape (n_places + 1,)
    paths : recarray of PATH, shape (n_paths + 1,)
    steps : ndarray of int64
        Links of all paths, one after the other.
    links : recarray of LINK, shape (n_links,)
    """

    places: np.recarray
    paths: np.recarray
    steps: NDArray[np.int64]
    links: np.recarray


class Pace(NamedTuple):
    """How far people go in a day, in km, and when a camp counts as nearly full."""

    speed: float
    walk_speed: float
    on_foot: bool
    no_short_stints: bool
    buffer: float


@njit(inline="always")
def _room(capacity, there, buffer):  # type: ignore[no-untyped-def]
    """Return the capacity factor of a place (ODD eq. 65)."""
    if capacity < 1 or there <= buffer * capacity:
        return 1.0
    if there >= capacity:
        return 0.0
    return 1.0 - (there - buffer * capacity) / ((1.0 - buffer) * capacity)


@njit(cache=True)
def _count(places, occupancy, buffer, place, change):  # type: ignore[no-untyped-def]
    """Count people in or out of a place, whose capacity factor follows."""
    occupancy[place] += change
    places[place].room = _room(places[place].capacity, occupancy[place], buffer)


@njit(cache=True)
def _choose(places, paths, first, last, u):  # type: ignore[no-untyped-def]
    """Return one of a place's paths, drawn by weight (ODD eq. 64), evenly if all are 0; -1 if no path is open."""
    total, n_open = 0.0, 0
    for path in range(first, last):
        n_open += paths[path].weight > 0
        total += paths[path].weight * places[paths[path].end].room
    if n_open == 0:
        return -1
    remaining = u * total if total > 0 else u * n_open
    chosen = -1
    for path in range(first, last):
        if paths[path].weight > 0:
            share = paths[path].weight * places[paths[path].end].room if total > 0 else 1.0
            if share > 0:
                chosen = path
                remaining -= share
                if remaining < 0:
                    break
    return chosen


@njit(cache=True)
def _decide(place, people, places, paths, steps, links, occupancy, buffer, used, i, day, turn, forced, k0, k1):  # type: ignore[no-untyped-def]
    """Let a person at a place stay or set out on a link."""
    person, here = people[i], place[i]
    if person.plan < 0:
        w0, w1, _w2, _w3 = philox(i, day, turn, _STREAM, k0, k1)
        chance = 1.0 if forced and places[here].is_town else places[here].move_chance
        if unit(w0) >= chance:
            return
        path = _choose(places, paths, places[here].first_path, places[here + 1].first_path, unit(w1))
        if path < 0:
            return
        person.plan, person.step = path, paths[path].first_step
    # A plan that was made just now is checked too: who picks a camp that is nearly full stays for the day.
    end, link = paths[person.plan].end, steps[person.step]
    if (places[end].is_camp and places[end].room < _KEEPS_PLAN) or not links[link].is_open:
        person.plan = -1
        return
    person.step += 1
    if person.step == paths[person.plan + 1].first_step:
        person.plan = -1
    person.link, person.covered_km = link, 0.0
    person.links_begun += 1
    used[link] += 1
    _count(places, occupancy, buffer, here, -1)


@njit(inline="always")
def _recent_travel(person, speed, day):  # type: ignore[no-untyped-def]
    """Return the index of recent travel up to yesterday, of which every day at rest leaves half."""
    rested = day - 1 - person.day
    return (person.recent + person.today_km / speed) / 2 * 0.5**rested


@njit(cache=True)
def _travel(place, people, places, paths, steps, links, pace, occupancy, used, i, day, k0, k1):  # type: ignore[no-untyped-def]
    """Move a person along the link, and on from place to place while less than a day's distance has been covered."""
    person = people[i]
    person.recent = _recent_travel(person, pace.speed, day)
    person.today_km, person.day = 0.0, day
    for turn in range(1, MAX_DECISIONS):
        if person.link < 0:
            return
        link = links[person.link]
        speed = pace.walk_speed if pace.on_foot and person.links_begun == 1 else pace.speed
        person.covered_km += speed
        if person.covered_km <= link.km:
            person.today_km += speed
            return
        person.today_km += speed - (person.covered_km - link.km)
        person.link = -1
        if link.is_open:
            place[i] = link.destination
        _count(places, occupancy, pace.buffer, place[i], 1)
        if not link.is_open:
            person.plan = -1
            return
        if person.today_km >= pace.speed:
            return
        recent = (person.recent + person.today_km / pace.speed) / 2
        forced = pace.no_short_stints and recent < _SHORT_STINT
        _decide(place, people, places, paths, steps, links, occupancy, pace.buffer, used, i, day, turn, forced, k0, k1)


@njit(cache=True)
def _who_decides(place, people, move_chance, first, last, luck, day, k0, k1):  # type: ignore[no-untyped-def]
    """Return, as bits, who of a batch is at a place with a plan, or with the luck to leave.

    Most people are in camps and stay. No branch, so that the processor works on many of them at once.
    """
    for position in range(last - first):
        luck[position] = philox(first + position, day, 0, _STREAM, k0, k1)[0]
    deciding = np.uint64(0)
    for position in range(np.uint64(last - first)):
        i = np.uint64(first) + np.uint64(position)
        leaves = unit(luck[np.uint64(position)]) < move_chance[np.uint64(place[i])]
        decides = (people[i].link < 0) & ((people[i].plan >= 0) | leaves)
        deciding |= np.uint64(decides) << np.uint64(position)
    return deciding


@njit(cache=True)
def move_all(place, people, n, ways, pace, occupancy, used, day, k0, k1):  # type: ignore[no-untyped-def]
    """Let the first ``n`` people decide and travel for a day; return how many are on the way.

    Parameters
    ----------
    place : ndarray of int16 or int32, shape (n_people,)
        Present place, or the start of the link on which the person is; changed in place.
    people : recarray of PERSON, shape (n_people,)
        Changed in place.
    n : int
    ways : Ways
    pace : Pace
    occupancy : ndarray of int64, shape (n_places,)
        People at each place; changed in place.
    used : ndarray of int64, shape (n_links,)
        Output: people who set out on each link.
    day, k0, k1 : int
    """
    used[:] = 0
    places, paths, steps, links = borrow(ways.places), borrow(ways.paths), borrow(ways.steps), borrow(ways.links)
    place, people, occupancy, used = borrow(place), borrow(people), borrow(occupancy), borrow(used)
    buffer, n_places = pace.buffer, occupancy.size
    for p in range(n_places):
        places[p].room = _room(places[p].capacity, occupancy[p], buffer)
    move_chance = np.array([places[p].move_chance for p in range(n_places)])
    luck = np.empty(_BATCH, dtype=np.uint32)
    for first in range(0, n, _BATCH):
        deciding = _who_decides(place, people, move_chance, first, min(first + _BATCH, n), luck, day, k0, k1)
        while deciding:
            i, deciding = first + trailing_zeros(deciding), deciding & (deciding - _ONE)
            _decide(place, people, places, paths, steps, links, occupancy, buffer, used, i, day, 0, False, k0, k1)
    on_the_way = 0
    for i in range(n):
        if people[i].link >= 0:
            _travel(place, people, places, paths, steps, links, pace, occupancy, used, i, day, k0, k1)
            on_the_way += people[i].link >= 0
    return on_the_way


def move_all_numpy(
    place: NDArray[np.int16],
    people: np.recarray,
    n: int,
    ways: Ways,
    pace: Pace,
    occupancy: NDArray[np.int64],
    day: int,
    key: tuple[int, int],
) -> tuple[int, NDArray[np.int64]]:
    """Plain Python twin of `move_all`, person by person; returns ``used``, too.

    It updates the index of recent travel day by day, of those who rest as well.
    """
    one = _OneByOne(place, people, ways, pace, occupancy, day, key)
    people.recent[:n] = (people.recent[:n] + people.today_km[:n] / pace.speed) / 2
    people.today_km[:n] = 0.0
    people.day[:n] = day
    for i in np.flatnonzero(people.link[:n] < 0).tolist():
        one.decide(i, 0, forced=False)
    for i in np.flatnonzero(people.link[:n] >= 0).tolist():
        one.travel(i)
    return int((people.link[:n] >= 0).sum()), one.used


class _OneByOne:
    """The decisions and the journeys of single people on a day."""

    def __init__(
        self,
        place: NDArray[np.int16],
        people: np.recarray,
        ways: Ways,
        pace: Pace,
        occupancy: NDArray[np.int64],
        day: int,
        key: tuple[int, int],
    ) -> None:
        self._place, self._people, self._ways, self._pace = place, people, ways, pace
        self._occupancy, self._day, self._key = occupancy, day, key
        self.used = np.zeros(ways.links.size, dtype=np.int64)

    def room(self, place: int) -> float:
        limit, there, buffer = self._ways.places.capacity[place], self._occupancy[place], self._pace.buffer
        return 1.0 if limit < 1 else float(np.clip((1 - there / limit) / (1 - buffer), 0.0, 1.0))

    def draws(self, i: int, turn: int) -> NDArray[np.float64]:
        counter = np.array([[i, self._day, turn, _STREAM]], dtype=np.uint32)
        return (philox_numpy(counter, self._key)[0].astype(float) + 0.5) * TO_UNIT

    def choose(self, place: int, u: float) -> int:
        known = self._ways.paths
        paths = np.arange(*self._ways.places.first_path[[place, place + 1]])
        paths = paths[known.weight[paths] > 0]
        share = known.weight[paths] * np.array([self.room(known.end[path]) for path in paths])
        if not paths.size:
            return -1
        if share.sum() == 0:
            share = np.ones(paths.size)
        return int(paths[np.searchsorted(share.cumsum(), u * share.sum(), side="right")])

    def decide(self, i: int, turn: int, *, forced: bool) -> None:
        people, here = self._people, self._place[i]
        places, paths, steps, links = self._ways
        u = self.draws(i, turn)
        if people.plan[i] < 0:
            chance = 1.0 if forced and places.is_town[here] else places.move_chance[here]
            path = self.choose(here, u[1]) if u[0] < chance else -1
            if path < 0:
                return
            people.plan[i], people.step[i] = path, paths.first_step[path]
        end, link = paths.end[people.plan[i]], steps[people.step[i]]
        if (places.is_camp[end] and self.room(end) < _KEEPS_PLAN) or not links.is_open[link]:
            people.plan[i] = -1
            return
        people.step[i] += 1
        if people.step[i] == paths.first_step[people.plan[i] + 1]:
            people.plan[i] = -1
        people.link[i], people.covered_km[i] = link, 0.0
        people.links_begun[i] += 1
        self.used[link] += 1
        self._occupancy[here] -= 1

    def travel(self, i: int) -> None:
        people, place, pace, links = self._people, self._place, self._pace, self._ways.links
        for turn in range(1, MAX_DECISIONS):
            link = people.link[i]
            if link < 0:
                return
            speed = pace.walk_speed if pace.on_foot and people.links_begun[i] == 1 else pace.speed
            people.covered_km[i] += speed
            people.today_km[i] += speed - max(0.0, people.covered_km[i] - links.km[link])
            if people.covered_km[i] <= links.km[link]:
                return
            people.link[i] = -1
            place[i] = links.destination[link] if links.is_open[link] else place[i]
            self._occupancy[place[i]] += 1
            if not links.is_open[link]:
                people.plan[i] = -1
                return
            if people.today_km[i] >= pace.speed:
                return
            recent = (people.recent[i] + people.today_km[i] / pace.speed) / 2
            self.decide(i, turn, forced=pace.no_short_stints and recent < _SHORT_STINT)
