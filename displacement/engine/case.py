"""One displacement case: places, roads, conflict and closures by day, and the counts observed in camps."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, fields, replace
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from corridor.displacement.engine.parameters import FleeRule


class Kind(IntEnum):
    """Kind of a place, regardless of conflict or opening today."""

    TOWN = 0
    CAMP = 1
    FORWARD = 2
    """A transit node: people leave at their next decision."""
    MARKER = 3
    """A bend of a road: never chosen as an end."""
    FLOOD = 4


@dataclass(frozen=True)
class Finding:
    """A deviation of the input from the intent of its format, and how it was handled.

    Attributes
    ----------
    file : str
    line : int
        0: the whole file.
    rule : str
        What was found; the same words for all findings of one kind.
    action : str
        What was done about it.
    about : str
        What it concerns: a place, a value.
    """

    file: str
    line: int
    rule: str
    action: str
    about: str = ""


@dataclass(frozen=True)
class Places:
    """Places of a case, arrays of shape (n_places,).

    Attributes
    ----------
    names, regions, countries : list of str
    latitude, longitude : ndarray of float, degrees
    kind : ndarray of int
        See `Kind`.
    population : ndarray of int
        Residents; 0 in camps.
    capacity : ndarray of int
        Places in a camp; 0: unlimited or unknown.
    capacity_per_day : ndarray of int
        Added to the capacity each day.
    is_idp : ndarray of bool
        Camps of internally displaced people.
    conflict_date : ndarray of int
        Day on which the place becomes a conflict zone, as its row says; the largest integer if it is none.
    initial_idps : ndarray of int
        People at a place on day 0 beside those that the data count.
    """

    names: list[str]
    regions: list[str]
    countries: list[str]
    latitude: NDArray[np.float64]
    longitude: NDArray[np.float64]
    kind: NDArray[np.int64]
    population: NDArray[np.int64]
    capacity: NDArray[np.int64]
    is_idp: NDArray[np.bool_]
    conflict_date: NDArray[np.int64]
    initial_idps: NDArray[np.int64]
    capacity_per_day: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.names)

    @property
    def is_foreign(self) -> NDArray[np.bool_]:
        """Whether a place lies outside the country of the first place, shape (n_places,)."""
        return np.array([country != self.countries[0] for country in self.countries])

    @property
    def is_camp(self) -> NDArray[np.bool_]:
        """Whether a place is a camp at any time, shape (n_places,)."""
        return self.kind == Kind.CAMP


@dataclass(frozen=True)
class Links:
    """Directed links, two per road, arrays of shape (n_links,), sorted by origin.

    Attributes
    ----------
    origin, destination : ndarray of int
        Places.
    km : ndarray of float
    max_speed : ndarray of float, km per day
        Infinite where the road has none of its own.
    """

    origin: NDArray[np.int64]
    destination: NDArray[np.int64]
    km: NDArray[np.float64]
    max_speed: NDArray[np.float64]

    def __len__(self) -> int:
        return int(self.origin.size)

    def first(self, n_places: int) -> NDArray[np.int64]:
        """Return the index at which the links of each place begin, shape (n_places + 1,)."""
        return np.searchsorted(self.origin, np.arange(n_places + 1))


@dataclass(frozen=True)
class Schedule:
    """Conditions that change from day to day.

    Attributes
    ----------
    is_open : ndarray of bool, shape (days, n_links)
    is_border_closed : ndarray of bool, shape (days, n_links)
        Links that are closed by nothing but a closed border.
    is_forced : ndarray of bool, shape (days, n_links)
        Links on which people at the origin are sent on.
    is_camp : ndarray of bool, shape (days, n_places)
        Camps that are open as camps; a camp that is not is an ordinary town.
    intensity : ndarray of float, shape (days, n_places)
        Of conflict; 0 where there is none.
    since : ndarray of int, shape (days, n_places)
        Day on which the present conflict began; meaningless without one.
    flood : ndarray of int, shape (days, n_places)
        Level of a flood; 0 where there is none.
    hunger : ndarray of float, shape (days, n_places)
        Share of people without enough food.
    """

    is_open: NDArray[np.bool_]
    is_border_closed: NDArray[np.bool_]
    is_forced: NDArray[np.bool_]
    is_camp: NDArray[np.bool_]
    intensity: NDArray[np.float64]
    since: NDArray[np.int32]
    flood: NDArray[np.int8]
    hunger: NDArray[np.float32]


@dataclass(frozen=True)
class Observed:
    """Observed numbers of people by day.

    Attributes
    ----------
    camps : ndarray of int, shape (n_camps,)
        Places with a series, in the order of the places.
    counts : ndarray of int, shape (days, n_camps)
    total : ndarray of int, shape (days,)
        T(t), the national total.
    destinations : ndarray of int, shape (days,)
        S(t), the sum of all series but the total, whether or not they are camps.
    """

    camps: NDArray[np.int64]
    counts: NDArray[np.int64]
    total: NDArray[np.int64]
    destinations: NDArray[np.int64]


@dataclass(frozen=True)
class Case:
    """A displacement case, read and checked.

    Attributes
    ----------
    name : str
    start : datetime.date
    places, links, schedule, observed
    forced_roads : ndarray of bool, shape (n_links,)
        Links that are forced from the start.
    closures : tuple of tuple of str
        Closures as written in the input.
    charges_residents_twice : bool
        Whether camps' first residents both reduce the capacity and count as occupants, as in Flee.
    own_rule : FleeRule, optional
        Flee's rule with the case's own settings.
    findings : tuple of Finding
    """

    name: str
    start: dt.date
    places: Places
    links: Links
    schedule: Schedule
    observed: Observed
    forced_roads: NDArray[np.bool_]
    closures: tuple[tuple[str, ...], ...] = ()
    charges_residents_twice: bool = False
    own_rule: FleeRule | None = None
    findings: tuple[Finding, ...] = field(default=())

    @property
    def days(self) -> int:
        """Number of days."""
        return int(self.observed.total.size)

    def from_day(self, day: int) -> Case:
        """Return the case from a day on, starting with the people observed in camps on that day."""
        schedule = Schedule(*(getattr(self.schedule, entry.name)[day:] for entry in fields(Schedule)))
        # Conflicts keep their age: the day on which they began may lie before the new start.
        schedule = replace(schedule, since=schedule.since - day)
        seen = self.observed
        observed = replace(seen, counts=seen.counts[day:], total=seen.total[day:], destinations=seen.destinations[day:])
        return replace(self, start=self.start + dt.timedelta(days=day), schedule=schedule, observed=observed)

    @property
    def people_at_start(self) -> NDArray[np.int64]:
        """Return the people in camps on day 0, shape (n_places,)."""
        at_start = self.places.initial_idps.copy()
        at_start[self.observed.camps] += self.observed.counts[0]
        return at_start

    @property
    def arrivals(self) -> NDArray[np.int64]:
        """Return the people newly displaced each day, shape (days,): ODD eq. 58.

        The total of the destinations is a running maximum: a later rise first has to make up for a fall.
        """
        highest = np.maximum.accumulate(self.observed.destinations)
        return np.diff(highest, prepend=highest[:1])

    @property
    def knows_capacities(self) -> bool:
        """Whether at least half of the camps have a capacity."""
        capacity = self.places.capacity[self.places.is_camp]
        return bool(2 * np.count_nonzero(capacity) >= max(1, capacity.size))

    @property
    def people(self) -> int:
        """Number of people who are ever displaced."""
        return int(self.people_at_start.sum() + self.arrivals.sum())

    @property
    def person_days(self) -> int:
        """Total number of days that people are displaced."""
        return int((self.people_at_start.sum() + np.cumsum(self.arrivals)).sum())
