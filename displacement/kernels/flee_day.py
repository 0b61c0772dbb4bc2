"""A day by Flee's rule: everyone decides in the order of creation, then everyone travels.

Occupancies change as people move, so that the loop is inherently sequential. Each person, place, path and link is one
record, so that the functions below take few arguments and touch little memory.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from corridor.displacement.kernels.borrowed import borrow
from corridor.displacement.kernels.clock import DayClock
from corridor.model.kernels.instructions import trailing_zeros
from corridor.model.machine_code import Floats, Int, Ints, Real, compiled, inlined
from corridor.model.streams import Stream, philox, unit

_STREAM = int(Stream.DISPLACED_WAY)
_KEEPS_PLAN, _SHORT_STINT = 0.5, 0.5
MAX_DECISIONS = 256
_BATCH, _ONE = 64, np.uint64(1)
"""Number of people whose draws are compared with their probabilities of leaving at once."""

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
on it; links begun so far; last day in transit (-1: none yet), the index of recent travel before it, and km moved on it.
Resting people are not updated: see `_recent_travel`."""

PLACE = np.dtype(
    [
        ("first_path", "i8"),
        ("capacity", "f8"),
        ("there", "i8"),
        ("capacity_factor", "f8"),
        ("move_chance", "f8"),
        ("is_town", "?"),
        ("is_camp", "?"),
    ],
    align=True,
)
"""Paths from place p are those from its ``first_path`` to that of p + 1; capacity is scaled (below 1: unlimited). The
capacity factor follows the people there as they come and go."""

PATH = np.dtype([("end", "i8"), ("weight", "f8"), ("first_step", "i8")], align=True)
"""Weight is that before the capacity factor, 0 where a link is closed; the links of path p are the steps from its
``first_step`` to that of p + 1."""

LINK = np.dtype([("destination", "i8"), ("km", "f8"), ("used", "i8"), ("is_open", "?")], align=True)
"""Used: people who set out on the link today."""


class CandidatePaths(NamedTuple):
    """Candidate paths and the places to which they lead today.

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


class FleePeople(NamedTuple):
    """Displaced people.

    Attributes
    ----------
    place : ndarray of int16 or int32, shape (n_people,)
        Present place, or the start of the link on which the person is.
    about : recarray of PERSON, shape (n_people,)
    """

    place: Ints
    about: np.recarray


class Pace(NamedTuple):
    """Daily distance, km, and the share of capacity at which a camp counts as nearly full."""

    speed: float
    walk_speed: float
    on_foot: bool
    no_short_stints: bool
    buffer: float


@inlined
def _capacity_factor(capacity: Real, there: Int, buffer: Real) -> Real:
    """Return the capacity factor of a place (ODD eq. 65)."""
    if capacity < 1 or there <= buffer * capacity:
        return 1.0
    if there >= capacity:
        return 0.0
    return 1.0 - (there - buffer * capacity) / ((1.0 - buffer) * capacity)


@compiled()
def _count(places: np.recarray, buffer: Real, place: Int, change: Int) -> None:
    """Count people in or out of a place, whose capacity factor follows."""
    here = places[place]
    here.there += change
    here.capacity_factor = _capacity_factor(here.capacity, here.there, buffer)


@compiled()
def _choose(places: np.recarray, paths: np.recarray, first: Int, last: Int, u: float) -> int:
    """Return one of a place's paths, drawn by weight (ODD eq. 64), evenly if all are 0; -1 if no path is open."""
    total, n_open = 0.0, 0
    for path in range(first, last):
        n_open += paths[path].weight > 0
        total += paths[path].weight * places[paths[path].end].capacity_factor
    if n_open == 0:
        return -1
    remaining = u * total if total > 0 else u * n_open
    chosen = -1
    for path in range(first, last):
        if paths[path].weight > 0:
            share = paths[path].weight * places[paths[path].end].capacity_factor if total > 0 else 1.0
            if share > 0:
                chosen = path
                remaining -= share
                if remaining < 0:
                    break
    return chosen


@compiled()
def _decide(
    people: FleePeople, candidates: CandidatePaths, buffer: Real, clock: DayClock, i: Int, turn: Int, forced: bool
) -> None:
    """Let a person at a place stay or set out on a link."""
    places, paths, steps, links = candidates
    person, here = people.about[i], people.place[i]
    if person.plan < 0:
        w0, w1, _w2, _w3 = philox(i, clock.day, turn, _STREAM, clock.k0, clock.k1)
        chance = 1.0 if forced and places[here].is_town else places[here].move_chance
        if unit(w0) >= chance:
            return
        path = _choose(places, paths, places[here].first_path, places[here + 1].first_path, unit(w1))
        if path < 0:
            return
        person.plan, person.step = path, paths[path].first_step
    # A plan that was made just now is checked too: who picks a camp that is nearly full stays for the day.
    end, link = paths[person.plan].end, steps[person.step]
    if (places[end].is_camp and places[end].capacity_factor < _KEEPS_PLAN) or not links[link].is_open:
        person.plan = -1
        return
    person.step += 1
    if person.step == paths[person.plan + 1].first_step:
        person.plan = -1
    person.link, person.covered_km = link, 0.0
    person.links_begun += 1
    links[link].used += 1
    _count(places, buffer, here, -1)


@inlined
def _recent_travel(person: np.record, speed: Real, day: Int) -> float:
    """Return the index of recent travel up to yesterday, which halves on every day of rest."""
    rested = day - 1 - person.day
    return (person.recent + person.today_km / speed) / 2 * 0.5**rested


@compiled()
def _travel(people: FleePeople, candidates: CandidatePaths, pace: Pace, clock: DayClock, i: Int) -> None:
    """Move a person along the link, and on from place to place while less than a day's distance has been covered."""
    person, place = people.about[i], people.place
    person.recent = _recent_travel(person, pace.speed, clock.day)
    person.today_km, person.day = 0.0, clock.day
    for turn in range(1, MAX_DECISIONS):
        if person.link < 0:
            return
        link = candidates.links[person.link]
        speed = pace.walk_speed if pace.on_foot and person.links_begun == 1 else pace.speed
        person.covered_km += speed
        if person.covered_km <= link.km:
            person.today_km += speed
            return
        person.today_km += speed - (person.covered_km - link.km)
        person.link = -1
        if link.is_open:
            place[i] = link.destination
        _count(candidates.places, pace.buffer, place[i], 1)
        if not link.is_open:
            person.plan = -1
            return
        if person.today_km >= pace.speed:
            return
        recent = (person.recent + person.today_km / pace.speed) / 2
        forced = pace.no_short_stints and recent < _SHORT_STINT
        _decide(people, candidates, pace.buffer, clock, i, turn, forced)


@compiled()
def _who_decides(
    place: Ints, about: np.recarray, move_chance: Floats, luck: Ints, first: Int, last: Int, clock: DayClock
) -> np.uint64:
    """Return bits of the people in a batch who are at a place with a plan, or whose draw lets them leave.

    Most people are in camps and stay. There are no branches, so that the processor works on many people at once.
    """
    for position in range(last - first):
        luck[position] = philox(first + position, clock.day, 0, _STREAM, clock.k0, clock.k1)[0]
    deciding = np.uint64(0)
    for position in range(np.uint64(last - first)):
        i = np.uint64(first) + np.uint64(position)
        leaves = unit(luck[np.uint64(position)]) < move_chance[np.uint64(place[i])]
        decides = (about[i].link < 0) & ((about[i].plan >= 0) | leaves)
        deciding |= np.uint64(decides) << np.uint64(position)
    return deciding


@compiled()
def move_all(people: FleePeople, number: Int, candidates: CandidatePaths, pace: Pace, clock: DayClock) -> int:
    """Let everyone who is displaced decide and travel for a day; return the number in transit.

    Parameters
    ----------
    people : FleePeople
        Changed in place.
    number : int
        The first so many are displaced already.
    candidates : CandidatePaths
        People at places and on links are counted in it.
    pace : Pace
    clock : DayClock
    """
    place, about = borrow(people.place), borrow(people.about)
    people = FleePeople(place, about)
    places = borrow(candidates.places)
    candidates = CandidatePaths(places, borrow(candidates.paths), borrow(candidates.steps), borrow(candidates.links))
    n_places = places.size - 1
    for p in range(n_places):
        places[p].capacity_factor = _capacity_factor(places[p].capacity, places[p].there, pace.buffer)
    move_chance = np.array([places[p].move_chance for p in range(n_places)])
    luck = np.empty(_BATCH, dtype=np.uint32)
    for first in range(0, number, _BATCH):
        deciding = _who_decides(place, about, move_chance, luck, first, min(first + _BATCH, number), clock)
        while deciding:
            i, deciding = first + trailing_zeros(deciding), deciding & (deciding - _ONE)
            _decide(people, candidates, pace.buffer, clock, i, 0, False)
    on_the_way = 0
    for i in range(number):
        if about[i].link >= 0:
            _travel(people, candidates, pace, clock, i)
            on_the_way += about[i].link >= 0
    return on_the_way
