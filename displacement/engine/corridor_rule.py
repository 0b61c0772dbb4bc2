"""Corridor's rule: a logit over camps, reached by a recursive logit over roads (ODD eq. 60 to 63)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from corridor.displacement.engine.case import Schedule
from corridor.displacement.engine.parameters import Behaviour
from corridor.displacement.engine.ways import Ways
from corridor.displacement.kernels.movement import move_people

if TYPE_CHECKING:
    from corridor.displacement.engine.simulation import Displacement

_CHUNKS = 64
_LEAST_ROOM = 0.01
"""Pull of a full camp beside an empty one: a few are let in all the same, as in the data."""


class CorridorRule:
    """Choice of camps and the day's move.

    Parameters
    ----------
    run : Displacement
    behaviour : Behaviour, optional
    """

    def __init__(self, run: Displacement, behaviour: Behaviour | None) -> None:
        self._run, self._behaviour = run, behaviour or Behaviour()
        case, n_links = run.case, len(run.case.links)
        self._camps = np.flatnonzero(case.places.is_camp)
        self._km_left = np.zeros(run.place.size, dtype=np.float32)
        self._goal = np.full(run.place.size, -1, dtype=np.int16)
        camp_at = np.full(len(case.places), -1, dtype=np.int16)
        camp_at[self._camps] = np.arange(self._camps.size)
        self._goal[: run.people] = camp_at[run.place[: run.people]]
        self._capacity = known_capacity(
            case.places.capacity[self._camps], case.people_at_start[self._camps], case.people
        ) if run.use_capacity else np.full(self._camps.size, np.inf)  # fmt: skip
        self._counts = np.zeros((_CHUNKS, len(case.places) + 1), dtype=np.int64)
        self._used = np.zeros((_CHUNKS, n_links), dtype=np.int64)
        self._changes, self._ways_day = _changes(case.schedule), -1
        self._ways: Ways
        self._camp_utility, self._is_camp_place = self._lasting_utility(), case.places.is_camp[:, None]

    def weights(self, day: int) -> NDArray[np.float64]:
        """Return the weight of every place as an origin: those from which a camp can be reached."""
        from corridor.displacement.engine.simulation import origin_weights

        reaches = np.isfinite(self._ways_on(day).value).any(axis=1)
        return origin_weights(self._run.case, day, self._behaviour.fatigue_days) * reaches

    def move(self, day: int, people: int) -> None:
        """Move everyone for a day."""
        run, links = self._run, self._run.case.links
        ways = self._ways_on(day)
        move_people(
            run.place, self._goal, self._km_left, people, self._reconsider(day), self._choice(ways), self._camps,
            run.first_link, ways.shares, links.destination, links.km, self._behaviour.speed, day, *run.streams.key,
            self._counts, self._used,
        )  # fmt: skip
        run.record(day, self._counts.sum(axis=0), self._used.sum(axis=0))

    def _ways_on(self, day: int) -> Ways:
        """Return the ways of a day; solved anew only when roads, camps or conflict have changed."""
        if self._ways_day < 0 or self._changes[self._ways_day + 1 : day + 1].any():
            self._ways = Ways(self._run.case, day, self._behaviour, self._run.forced_roads)
        self._ways_day = day
        return self._ways

    def _lasting_utility(self) -> NDArray[np.float64]:
        """Return the part of a camp's utility that stays the same, shape (n_camps,)."""
        p, known = self._behaviour, np.isfinite(self._capacity)
        # A camp of unknown size is taken for one of the usual size that never fills.
        usual = np.exp(np.log(self._capacity[known]).mean()) if known.any() else 1.0
        size = np.where(known, self._capacity, usual) / usual
        return p.foreign_utility * self._run.case.places.is_foreign[self._camps] + p.capacity_utility * np.log(size)

    def _choice(self, ways: Ways) -> NDArray[np.float64]:
        """Return the summed probabilities of the camps from each place, shape (n_places, n_camps): ODD eq. 60.

        All are 0 where no camp can be reached. From one camp to another, agencies drive people: the way is no cost.
        """
        p = self._behaviour
        persons = (self._run.now[self._camps] * self._run.persons_per_agent).astype(np.float64)
        room = np.clip((1 - persons / self._capacity) / (1 - p.capacity_buffer), _LEAST_ROOM, 1.0)
        company = p.company_utility * np.log1p(persons / p.company_base)
        way = np.where(self._is_camp_place & np.isfinite(ways.value), 0.0, ways.value)
        utility = way + (self._camp_utility + company + np.log(room))
        best = utility.max(axis=1, initial=-np.inf, keepdims=True)
        summed = np.exp(utility - np.where(np.isfinite(best), best, 0.0)).cumsum(axis=1)
        return summed / np.maximum(summed[:, -1:], 1.0)

    def _reconsider(self, day: int) -> NDArray[np.float64]:
        """Return the probability that someone who rests at a place chooses anew, shape (n_places,): ODD eq. 63."""
        schedule, links = self._run.case.schedule, self._run.case.links
        chance = np.where(schedule.is_camp[day], -np.expm1(-self._behaviour.restlessness), 1.0)
        if self._run.forced_roads == "immediate":
            chance[links.origin[schedule.is_forced[day]]] = 1.0
        return chance


def known_capacity(capacity: NDArray[np.int64], at_start: NDArray[np.int64], people: int) -> NDArray[np.float64]:
    """Return capacities of camps; infinite where unlimited or unknown, shape (n_camps,), persons.

    A capacity counts as unknown if it is 0, if it could never fill, or if the camp is beyond it on day 0 already.

    Parameters
    ----------
    capacity, at_start : ndarray of int, shape (n_camps,), persons
        ``at_start`` is on day 0.
    people : int
        Number of people who are displaced in all.
    """
    return np.where((capacity > at_start) & (capacity <= people), capacity, np.inf)


def _changes(schedule: Schedule) -> NDArray[np.bool_]:
    """Return on which days roads, camps or conflict differ from the day before, shape (days,)."""
    changes = np.ones(len(schedule.is_open), dtype=bool)
    tables = (schedule.is_open, schedule.is_border_closed, schedule.is_forced, schedule.is_camp, schedule.intensity)
    changes[1:] = np.any([(table[1:] != table[:-1]).any(axis=1) for table in tables], axis=0)
    return changes
