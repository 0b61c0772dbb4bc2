"""Corridor's rule: a discounted recursive logit over roads and camps, solved anew each day (ODD eq. 60 to 63)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from model.displacement.case import Schedule
from model.displacement.parameters import Behaviour
from model.kernels.choice import solve_values
from model.kernels.displacement import move_people, sum_shares

if TYPE_CHECKING:
    from model.displacement.engine import Displacement

_SCALE, _TOLERANCE, _FIRST_SWEEPS, _SWEEPS = 1.0, 1e-4, 2000, 30
_CHUNKS = 64
_SHUT = -50.0
_LEAST_ROOM = 1e-3


class CorridorRule:
    """Values of places and the day's move.

    Parameters
    ----------
    run : Displacement
    behaviour : Behaviour, optional
    """

    def __init__(self, run: Displacement, behaviour: Behaviour | None) -> None:
        self._run, self._behaviour = run, behaviour or Behaviour()
        case = run.case
        self._km_left = np.zeros(run.place.size, dtype=np.float32)
        self._capacity = known_capacity(case.places.capacity.astype(float), case.people) if run.use_capacity else (
            np.full(len(case.places), np.inf)
        )  # fmt: skip
        known = case.places.is_camp & np.isfinite(self._capacity)
        # A camp of unknown size is taken for one of the usual size that never fills.
        usual = np.exp(np.log(self._capacity[known]).mean()) if known.any() else 1.0
        self._log_capacity = np.log(np.where(known, self._capacity, usual) / usual)
        self._value = np.zeros((1, len(case.places)))
        self._weight, self._end_weight = np.zeros((1, len(case.links))), np.zeros((1, len(case.places)))
        self._group = np.array([0, len(case.places)], dtype=np.int32)
        self._pass = np.arange(len(case.places), dtype=np.int32)[::-1].copy()
        self._sweeps = _FIRST_SWEEPS
        self._counts = np.zeros((_CHUNKS, len(case.places) + 1), dtype=np.int64)
        self._used = np.zeros((_CHUNKS, len(case.links)), dtype=np.int64)
        self._order = np.arange(len(case.links), dtype=np.int32)
        self._first = run.first_link.astype(np.int32)
        self._destination = case.links.destination.astype(np.int32)
        self._changes, self._reach_day = _changes(case.schedule), -1
        self._reached, self._utility = np.zeros(len(case.places), dtype=bool), np.zeros(len(case.links))
        self._cumulative = np.zeros(len(case.links))
        self._is_foreign = case.places.is_foreign

    def weights(self, day: int) -> NDArray[np.float64]:
        """Return the weight of every place as an origin: those from which a camp can be reached."""
        from model.displacement.engine import origin_weights

        return origin_weights(self._run.case, day, self._behaviour.fatigue_days) * self._reach(day)

    def move(self, day: int, people: int) -> None:
        """Move everyone for a day."""
        run, links, p = self._run, self._run.case.links, self._behaviour
        cumulative = self._probabilities(day)
        move_people(
            run.place, self._km_left, people, self._leave(day), run.first_link, cumulative, links.destination,
            links.km, p.speed, day, *run.streams.key, self._counts, self._used,
        )  # fmt: skip
        run.record(day, self._counts.sum(axis=0), self._used.sum(axis=0))

    def _persons(self) -> NDArray[np.float64]:
        return (self._run.now * self._run.persons_per_agent).astype(np.float64)

    def _end_utility(self, day: int) -> NDArray[np.float64]:
        """Return the utility of staying in each camp, shape (n_places,): ODD eq. 60."""
        p, persons = self._behaviour, self._persons()
        room = np.maximum(1 - persons / self._capacity, _LEAST_ROOM)
        utility = (
            p.foreign_utility * self._is_foreign
            + p.capacity_utility * self._log_capacity
            + p.room_utility * np.log(room)
            + p.company_utility * np.log1p(persons / p.company_base)
        )
        return np.where(self._run.case.schedule.is_camp[day], utility, -np.inf)

    def _link_utility(self, day: int) -> NDArray[np.float64]:
        """Return the utility of each link, shape (n_links,): ODD eq. 61."""
        p, links, schedule = self._behaviour, self._run.case.links, self._run.case.schedule
        utility = (
            p.stage_utility
            + p.road_utility * links.km / 100
            + p.conflict_utility * schedule.intensity[day, links.destination]
        )
        return np.where(self._passable(day) & self._reach(day)[links.destination],
                        utility + p.border_utility * schedule.is_border_closed[day], -np.inf)  # fmt: skip

    def _passable(self, day: int) -> NDArray[np.bool_]:
        schedule = self._run.case.schedule
        return schedule.is_open[day] | (schedule.is_border_closed[day] & (self._behaviour.border_utility > _SHUT))

    def _reach(self, day: int) -> NDArray[np.bool_]:
        """Return from where an open camp can be reached, shape (n_places,); kept until roads or camps change."""
        if self._reach_day < 0 or self._changes[self._reach_day + 1 : day + 1].any():
            links, passable = self._run.case.links, self._passable(day)
            reached, before = self._run.case.schedule.is_camp[day].copy(), 0
            while before != reached.sum():
                before = reached.sum()
                reached[links.origin[passable & reached[links.destination]]] = True
            self._reached = reached
        self._reach_day = day
        return self._reached

    def _probabilities(self, day: int) -> NDArray[np.float64]:
        """Return the summed probabilities of the links out of each place, shape (n_links,): ODD eq. 62."""
        if self._changes[day]:
            self._utility = self._link_utility(day)
        solve_values(
            self._value, self._weight, self._end_weight, self._utility[None], self._end_utility(day)[None],
            self._first, self._order, self._destination, self._group, self._pass, self._behaviour.foresight, _SCALE,
            self._sweeps, _TOLERANCE,
        )  # fmt: skip
        self._sweeps = _SWEEPS
        weight, end_weight = self._weight[0], self._end_weight[0]
        if self._run.forced_roads != "off":
            weight, end_weight = self._force(weight, end_weight, day)
        sum_shares(self._cumulative, weight, end_weight, self._first)
        return self._cumulative

    def _force(
        self, weight: NDArray[np.float64], end_weight: NDArray[np.float64], day: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return weights by which a place with a forced road that is open has no other way."""
        origin, forced = self._run.case.links.origin, self._run.case.schedule.is_forced[day]
        total = np.bincount(origin[forced], weight[forced], end_weight.size)
        bound = total > 0
        share = np.where(forced, weight, 0.0) / np.where(bound, total, 1.0)[origin]
        return np.where(bound[origin], share, weight), np.where(bound, 0.0, end_weight)

    def _leave(self, day: int) -> NDArray[np.float64]:
        """Return the probability to go on from where people wake, shape (n_places,): ODD eq. 63."""
        p, persons = self._behaviour, self._persons()
        over = np.where(persons > 0, np.maximum(persons - self._capacity, 0.0) / np.maximum(persons, 1.0), 0.0)
        schedule, links = self._run.case.schedule, self._run.case.links
        leave = np.where(schedule.is_camp[day], -np.expm1(-p.restlessness - p.overflow_rate * over), 1.0)
        if self._run.forced_roads == "immediate":
            leave[links.origin[schedule.is_forced[day]]] = 1.0
        return leave


def known_capacity(capacity: NDArray[np.float64], people: float) -> NDArray[np.float64]:
    """Return capacities; infinite where unlimited, unknown, or too large ever to fill.

    Parameters
    ----------
    capacity : ndarray of float, persons
    people : float
        Number of people who are displaced in all.
    """
    return np.where((capacity > 0) & (capacity <= people), capacity, np.inf)


def _changes(schedule: Schedule) -> NDArray[np.bool_]:
    """Return on which days roads, camps or conflict differ from the day before, shape (days,)."""
    changes = np.ones(len(schedule.is_open), dtype=bool)
    tables = (schedule.is_open, schedule.is_border_closed, schedule.is_camp, schedule.intensity)
    changes[1:] = np.any([(table[1:] != table[:-1]).any(axis=1) for table in tables], axis=0)
    return changes
