"""Corridor's rule: a discounted recursive logit over roads and camps, solved anew each day (ODD eq. 73 to 78)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from model.displacement.parameters import Behaviour
from model.kernels.choice import solve_values
from model.kernels.displacement import move_people

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
        self._sweeps = _FIRST_SWEEPS
        self._counts = np.zeros((_CHUNKS, len(case.places) + 1), dtype=np.int64)
        self._used = np.zeros((_CHUNKS, len(case.links)), dtype=np.int64)
        self._order = np.arange(len(case.links), dtype=np.int32)
        self._first = run.first_link.astype(np.int32)
        self._destination = case.links.destination.astype(np.int32)
        self._reaches: dict[bytes, NDArray[np.bool_]] = {}
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
        return self._run.now * float(self._run.persons_per_agent)

    def _end_utility(self, day: int) -> NDArray[np.float64]:
        """Return the utility of staying in each camp, shape (n_places,): ODD eq. 74."""
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
        """Return the utility of each link, shape (n_links,): ODD eq. 75."""
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
        links, passable = self._run.case.links, self._passable(day)
        is_camp = self._run.case.schedule.is_camp[day]
        key = passable.tobytes() + is_camp.tobytes()
        if key not in self._reaches:
            reached, before = is_camp.copy(), 0
            while before != reached.sum():
                before = reached.sum()
                reached[links.origin[passable & reached[links.destination]]] = True
            self._reaches[key] = reached
        return self._reaches[key]

    def _probabilities(self, day: int) -> NDArray[np.float64]:
        """Return the summed probabilities of the links out of each place, shape (n_links,): ODD eq. 76."""
        p, links = self._behaviour, self._run.case.links
        utility, end = self._link_utility(day)[None], self._end_utility(day)[None]
        solve_values(self._value, utility, end, self._first, self._order, self._destination, p.foresight, _SCALE,
                     self._sweeps, _TOLERANCE)  # fmt: skip
        self._sweeps = _SWEEPS
        onward = np.exp((utility + p.foresight * self._value[:, links.destination])[0] / _SCALE)
        if self._run.forced_roads != "off":
            onward = _force(onward, links.origin, self._run.case.schedule.is_forced[day])
        total = np.exp(end[0] / _SCALE) + np.bincount(links.origin, onward, end.size)
        summed = np.cumsum(onward)
        before = np.concatenate([[0.0], summed])[self._run.first_link[links.origin]]
        with np.errstate(invalid="ignore", divide="ignore"):
            share = np.nan_to_num((summed - before) / total[links.origin])
        # Rounding must not leave a place without an end a chance to stay.
        return np.where(share > 1 - 1e-9, 1.0, share)

    def _leave(self, day: int) -> NDArray[np.float64]:
        """Return the probability to go on from where people wake, shape (n_places,): ODD eq. 77."""
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


def _force(weight: NDArray[np.float64], origin: NDArray[np.int64], forced: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return weights in which a place with a forced road that is open has no other way."""
    at = np.zeros(origin.max(initial=0) + 1, dtype=bool)
    at[origin[forced & (weight > 0)]] = True
    return np.where(at[origin] & ~forced, 0.0, weight)
