"""Diaries of journeys, used for recorded outcomes only: no process reads them.

A diary holds the step in which a person left home, the places passed since the journey began, and whether the person
has been detected or stopped in transit. It stores the last eight distinct places, 16 bits each, in two words: a search
takes a few shifts and is exact for networks of any size, except that a return after more than eight other places is
missed. One bit per place would miss none, but takes 250 bytes per person on a network of 2,000 places; a hashed mask of
128 bits would mistake three in a hundred new places for old ones after four places.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import uint64
from numpy.typing import NDArray

from corridor.model.machine_code import Floats, Int, Ints, Records, compiled, inlined
from corridor.model.profiles import N_PROFILES
from corridor.model.states import State

DIARY = np.dtype(
    [
        ("recent", np.uint64), ("older", np.uint64), ("left", np.int32), ("since", np.int32), ("place", np.int16),
        ("under_way", np.bool_), ("detected", np.bool_), ("stopped", np.bool_),
    ],
    align=True,
)  # fmt: skip
"""Places passed (number plus one, newest in the lowest bits), step of leaving home (`BEFORE`: before the run), step at
which waiting began, and where; whether the person is on a journey, has been detected since leaving home, and has been
stopped at a border on this journey."""
BEFORE = -1
WEEK_BOUNDS = (1, 2, 4, 8, 13, 20, 26, 39, 52, 78, 104, 156)
"""Upper bounds of classes of first entries, weeks since leaving home."""
DURATIONS = (*(f"below {bound} weeks" for bound in WEEK_BOUNDS), f"{WEEK_BOUNDS[-1]} weeks or more", "before the run")
QUARTERS = (*map(str, range(8)), "8 or more", "before the run")
"""Calendar quarters from that of leaving home to that of the first detection."""
_SLOT, _WORD = 16, 64
_WAITING, _SETTLED = int(State.WAITING), int(State.SETTLED)


class JourneyCounts(NamedTuple):
    """Counts of journeys that end in a step, agents, with the indices they need."""

    route: NDArray[np.int32]
    """Route of every leg, -1 if none, shape (n_legs,)."""
    destination: NDArray[np.int32]
    enters: NDArray[np.bool_]
    """Whether completing a leg counts as an entry, shape (n_legs,)."""
    quarter: NDArray[np.int64]
    """Calendar quarter of every step, numbered consecutively, shape (n_steps,)."""
    detections: NDArray[np.float64]
    """Added to: shape (n_routes, n_communities)."""
    first_detections: NDArray[np.float64]
    """Added to: by quarters since leaving home, shape (n_communities, n_classes); the last is before the run."""
    by_leg: NDArray[np.float64]
    """Added to: counts made by `corridor.model.kernels.passages`, shape (N_COUNTS, n_legs)."""


def new_diary(n: int) -> NDArray[Any]:
    """Return diaries of ``n`` people who are not on a journey and left home, if at all, before the run."""
    diary = np.zeros(n, dtype=DIARY)
    diary["left"], diary["place"] = BEFORE, -1
    return diary


@inlined
def has_passed(page: Any, place: Int) -> bool:
    """Return whether a place has been passed on this journey."""
    wanted, recent, older = uint64(place + 1), page.recent, page.older
    for _ in range(_WORD // _SLOT):
        if recent & uint64(0xFFFF) == wanted or older & uint64(0xFFFF) == wanted:
            return True
        recent >>= uint64(_SLOT)
        older >>= uint64(_SLOT)
    return False


@inlined
def pass_place(page: Any, place: Int) -> bool:
    """Record a place, and return whether it had been passed already."""
    if has_passed(page, place):
        return True
    page.older = (page.older << uint64(_SLOT)) | (page.recent >> uint64(_WORD - _SLOT))
    page.recent = (page.recent << uint64(_SLOT)) | uint64(place + 1)
    return False


@compiled()
def begin_journeys(people: Ints, diary: Records, place: Ints, now: int) -> None:
    """Start new diaries for people who set out.

    Parameters
    ----------
    people : ndarray of int64, shape (k,)
    diary : structured ndarray, shape (n,)
    place : ndarray of int16, shape (n,)
    now : int
        Step in which they leave home; `BEFORE` for people who move on from where they lived, whose dates are kept.
    """
    for i in people:
        page = diary[i]
        page.recent, page.older = uint64(place[i] + 1), uint64(0)
        page.under_way, page.stopped = True, False
        if now != BEFORE:
            page.left, page.detected = now, False


@compiled()
def end_journeys(people: Ints, diary: Records) -> None:
    """Close the journeys of people who settle or return home."""
    for i in people:
        diary[i].under_way = False
        diary[i].place = -1


@compiled()
def class_of(steps: Int, bounds: Floats) -> int:
    """Return the number of the class, among those bounded above by ``bounds``, that contains a time."""
    row = 0
    while row < bounds.size and steps >= bounds[row]:
        row += 1
    return row


@compiled()
def count_entries(
    people: Ints, records: Records, diary: Records, now: int, bounds: Floats, entries: Floats, at_first: Floats
) -> None:
    """Count first entries by time since leaving home, and those of people who had not been stopped before.

    Parameters
    ----------
    people : ndarray of int64, shape (k,)
    records, diary : structured ndarray, shape (n,)
    now : int
        Step.
    bounds : ndarray of float, shape (n_classes - 2,)
        Upper bounds of classes; two more classes hold longer times, and departures before the run.
    entries : ndarray of float, shape (n_communities, n_classes), agents
        Added to.
    at_first : ndarray of float, shape (n_communities,), agents
        Added to.
    """
    for i in people:
        community, left = records[i].community, diary[i].left
        row = entries.shape[1] - 1 if left == BEFORE else class_of(now - left, bounds)
        entries[community, row] += 1
        at_first[community] += not diary[i].stopped


@inlined
def write_down(
    page: Any, book: JourneyCounts, leg: Int, through: bool, stopped: bool, seen: bool | np.bool_, now: int
) -> tuple[bool, Int]:
    """Record the end of a leg; return whether it led back, and the class of a first detection or -1."""
    back = through and pass_place(page, book.destination[leg])
    page.stopped |= stopped and book.enters[leg]
    if not seen or page.detected:
        return back, -1
    page.detected = True
    last = book.first_detections.shape[1] - 1
    if page.left == BEFORE:
        return back, last
    return back, min(book.quarter[now] - book.quarter[page.left], last - 1)


@compiled()
def take_census(
    words: Ints, state: Ints, cell: Ints, diary: Records, now: int, waiting: Floats, waited: Floats, settled: Floats
) -> None:
    """Count people waiting and settled by place, and the number of steps that those waiting have waited.

    Parameters
    ----------
    words : ndarray of uint64, shape (n // 8,)
        States, eight a word.
    state : ndarray of uint8, shape (n,)
    cell : ndarray of int32, shape (n,)
        Hazard cells, which hold places.
    diary : structured ndarray, shape (n,)
        The place and step at which people began to wait are recorded.
    now : int
        Step.
    waiting, waited, settled : ndarray of float, shape (n_places,), agents
        Output.
    """
    waiting[:], waited[:], settled[:] = 0.0, 0.0, 0.0
    for word in range(words.size + 1):
        # People at home are skipped eight at a time.
        if word < words.size and words[word] == 0:
            continue
        for i in range(8 * word, min(8 * word + 8, state.size)):
            if state[i] == _SETTLED:
                settled[cell[i] // N_PROFILES] += 1
            elif state[i] == _WAITING:
                place, page = cell[i] // N_PROFILES, diary[i]
                if page.place != place:
                    page.place, page.since = place, now
                waiting[place] += 1
                waited[place] += now - page.since
