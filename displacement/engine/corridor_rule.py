"""Corridor's rule: a logit over camps by free capacity and distance, then over roads (ODD eq. 60 to 63)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from corridor.displacement.engine.camp_routes import CampRoutes
from corridor.displacement.engine.case import Schedule
from corridor.displacement.engine.parameters import Behaviour
from corridor.displacement.kernels.clock import DayClock
from corridor.displacement.kernels.movement import Counts, Decision, DisplacedPeople, Roads, move_people

if TYPE_CHECKING:
    from corridor.displacement.engine.simulation import Displacement

_CHUNKS = 64
_FAR = 30.0
"""Argument above which log(1 + exp(-z)) equals exp(-z) to the last digit."""


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
        goal = np.full(run.place.size, -1, dtype=run.place.dtype)
        camp_at = np.full(len(case.places), -1, dtype=run.place.dtype)
        camp_at[self._camps] = np.arange(self._camps.size)
        goal[: run.people] = camp_at[run.place[: run.people]]
        self._travellers = DisplacedPeople(run.place, goal, np.zeros(run.place.size, dtype=np.float32), run.residents)
        capacity = case.places.capacity[self._camps] if run.use_capacity else np.zeros(self._camps.size, dtype=np.int64)
        self._capacity, self._residents = capacity, case.people_at_start[self._camps]
        self._capacity_per_day = case.places.capacity_per_day[self._camps] * (capacity > 0)
        self._sizes = sizes(capacity, self._residents, case.people)
        # A road of its own speed takes as long as a longer one.
        own = case.links.max_speed
        travel_km = case.links.km * np.where(np.isfinite(own), self._behaviour.speed / own, 1.0)
        self._roads = Roads(run.first_link, case.links.destination, travel_km, self._camps, self._behaviour.speed)
        self._counts = Counts(
            np.zeros((_CHUNKS, len(case.places) + 1), dtype=np.int64), np.zeros((_CHUNKS, n_links), dtype=np.int64)
        )
        self._changes, self._routes_day = _changes(case.schedule), -1
        self._routes: CampRoutes
        self._nearness: NDArray[np.float64]
        is_open = case.schedule.is_camp
        self._opens = np.where(is_open.any(axis=0), is_open.argmax(axis=0), case.days) * case.places.is_camp
        self._is_camp_place, self._is_foreign = case.places.is_camp[:, None], case.places.is_foreign[self._camps]

    def weights(self, day: int) -> NDArray[np.float64]:
        """Return the weight of every place as an origin: those from which a camp can be reached."""
        from corridor.displacement.engine.simulation import origin_weights

        case, reaches = self._run.case, np.isfinite(self._routes_on(day).km).any(axis=1)
        weights = origin_weights(case, day, self._behaviour.fatigue_days) * reaches
        if not weights.any():
            # The data count new people, but no conflict that could displace them is named: it may be anywhere.
            weights = np.where(reaches & ~case.places.is_camp & ~case.places.is_foreign, case.places.population, 0.0)
        return weights

    def move(self, day: int, people: int) -> None:
        """Move everyone for a day."""
        run = self._run
        routes = self._routes_on(day)
        if self._capacity_per_day.any():
            self._sizes = sizes(self._capacity + day * self._capacity_per_day, self._residents, run.case.people)
        decision = Decision(self._reconsider(day), self.choice(day), routes.shares)
        move_people(self._travellers, people, self._roads, decision, self._counts, DayClock(day, *run.streams.key))
        run.record(day, self._counts.people.sum(axis=0), self._counts.used.sum(axis=0))

    def _routes_on(self, day: int) -> CampRoutes:
        """Return the routes of a day; solved anew only when roads, camps or conflict have changed."""
        if self._routes_day < 0 or self._changes[self._routes_day + 1 : day + 1].any():
            self._routes = CampRoutes(self._run.case, day, self._behaviour, self._run.forced_roads)
            self._nearness = self._log_nearness(self._routes.km)
        self._routes_day = day
        return self._routes

    def _log_nearness(self, km: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the log of the effect of distance on the attraction of camps, shape (n_places, n_camps).

        Agencies transport people from one camp to another, so that distance has no cost.
        """
        p, is_reached = self._behaviour, np.isfinite(km)
        counted = np.where(self._is_camp_place | ~is_reached, 0.0, km)
        return np.where(is_reached, -p.distance_power * np.log1p(counted / p.distance_base_km), -np.inf)

    def choice(self, day: int) -> NDArray[np.float64]:
        """Return the summed probabilities of the camps from each place, shape (n_places, n_camps): ODD eq. 60.

        All are 0 if no camp can be reached.
        """
        self._routes_on(day)
        p = self._behaviour
        persons = (self._run.now[self._camps] * self._run.persons_per_agent).astype(np.float64)
        pull = p.foreign_utility * self._is_foreign + p.capacity_power * np.log(self._sizes)
        pull += log_room(persons / self._sizes, p.capacity_softness)
        pull += p.company_power * np.log1p(persons / p.company_base)
        weight = self._nearness + pull
        best = weight.max(axis=1, initial=-np.inf, keepdims=True)
        summed = np.exp(weight - np.where(np.isfinite(best), best, 0.0)).cumsum(axis=1)
        return summed / np.maximum(summed[:, -1:], 1.0)

    def _reconsider(self, day: int) -> NDArray[np.float64]:
        """Return the probability that a resting person chooses again, shape (n_places,): ODD eq. 63."""
        schedule, links = self._run.case.schedule, self._run.case.links
        rates = np.array([self._behaviour.resident_restlessness, self._behaviour.restlessness])
        chance = np.where(schedule.is_camp[day], -np.expm1(-rates[:, None]), 1.0)
        # Who is counted in a camp before it takes anybody was not sent away from it.
        chance[0, day < self._opens] = -np.expm1(-rates[0])
        if self._run.forced_roads == "immediate":
            chance[:, links.origin[schedule.is_forced[day]]] = 1.0
        return chance


def sizes(capacity: NDArray[np.int64], residents: NDArray[np.int64], people: int) -> NDArray[np.float64]:
    """Return the number of people that fill each camp, shape (n_camps,), persons, > 0: ODD eq. 60.

    A capacity counts if it could be reached. Camps without a capacity, or with one above the number of displaced people
    (a code for "unlimited"), share equally those whom the others cannot take, in addition to their residents: at least
    as many as the usual camp, or as the largest that fills. If no capacity could be reached, they count as stated; if
    there are none, camps share equally.

    Parameters
    ----------
    capacity, residents : ndarray of int, shape (n_camps,), persons
        Capacity, 0 where there is none, and people on day 0.
    people : int
        Number of people who are displaced in all.
    """
    is_given, fills = capacity > 0, (capacity > 0) & (capacity <= people)
    if is_given.any() and not fills.any():
        return np.where(is_given, capacity, np.exp(np.log(capacity[is_given]).mean()))
    held = np.maximum(capacity, residents)[fills].sum() + residents[~fills].sum()
    rest = max(1.0, (people - held) / max(1, np.count_nonzero(~fills)))
    least = np.where(is_given, capacity[fills].max(), np.exp(np.log(capacity[fills]).mean())) if fills.any() else 1.0
    return np.where(fills, capacity, residents + np.maximum(rest, least))


def log_room(filled: NDArray[np.float64], softness: float) -> NDArray[np.float64]:
    """Return the log of the free capacity of camps: about 1 - filled, and always positive.

    Parameters
    ----------
    filled : ndarray of float
        People over size, >= 0.
    softness : float
        Share of the size by which camps are filled beyond it before they are as good as shut, > 0.

    Notes
    -----
    The softplus function of 1 - filled (ODD eq. 60a). Towards softness 0 it is a wall, far above 1 the room is the same
    for all camps.
    """
    z = (1.0 - filled) / softness
    return np.log(softness) + np.where(z < -_FAR, z, np.log(np.logaddexp(0.0, np.maximum(z, -_FAR))))


def _changes(schedule: Schedule) -> NDArray[np.bool_]:
    """Return whether roads, camps or conflict differ from the day before, shape (days,)."""
    changes = np.ones(len(schedule.is_open), dtype=bool)
    tables = (schedule.is_open, schedule.is_border_closed, schedule.is_forced, schedule.is_camp, schedule.intensity)
    changes[1:] = np.any([(table[1:] != table[:-1]).any(axis=1) for table in tables], axis=0)
    return changes
