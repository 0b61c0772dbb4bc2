"""Flee's published movement rule (Suleimenova, Bell and Groen 2017, doi:10.1038/s41598-017-13828-9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from corridor.displacement.engine.case import Case, Kind
from corridor.displacement.engine.parameters import FleeRule
from corridor.displacement.kernels.clock import DayClock
from corridor.displacement.kernels.flee_day import LINK, PATH, PERSON, PLACE, CandidatePaths, FleePeople, Pace, move_all

if TYPE_CHECKING:
    from corridor.displacement.engine.simulation import Displacement


class FleeMoves:
    """Origins and the day's move by Flee's rule (ODD eq. 64 to 66).

    Parameters
    ----------
    run : Displacement
    rule : FleeRule

    Attributes
    ----------
    people : FleePeople
    pace : Pace
    """

    def __init__(self, run: Displacement, rule: FleeRule) -> None:
        self._run, self._rule = run, rule
        case, n = run.case, run.place.size
        about = _records(PERSON, n, plan=-1, step=0, link=-1, links_begun=0, day=-1, covered_km=0, recent=0, today_km=0)
        self.people = FleePeople(run.place, about)
        self.pace = Pace(
            rule.max_move_speed, rule.max_walk_speed, rule.start_on_foot, rule.avoid_short_stints, rule.capacity_buffer
        )
        self._paths = list_paths(case, rule.awareness_level)
        self._capacity = rule.capacity_scaling * _capacity(case, run.persons_per_agent, case.charges_residents_twice)
        self._growth = rule.capacity_scaling * case.places.capacity_per_day / run.persons_per_agent
        self._occupancy, self._known = run.now.copy(), run.people
        self._is_foreign = case.places.is_foreign

    def weights(self, day: int) -> NDArray[np.float64]:
        """Return the weight of every place as an origin; the decay lags a day unless conflict changes."""
        from corridor.displacement.engine.simulation import origin_weights

        case = self._run.case
        active = case.schedule.intensity > 0
        changed = day == 0 or bool((active[day] != active[day - 1]).any())
        weights = origin_weights(case, day if changed else day - 1, decay=self._rule.conflict_spawn_decay)
        if self._rule.starvation_driven_spawning:
            population = case.places.population
            weights = np.minimum(population, weights + population * case.schedule.hunger[day])
        return weights

    def move(self, day: int, people: int) -> None:
        """Move everyone for a day."""
        run, candidates = self._run, self.candidates(day)
        candidates.places.there[:-1] += np.bincount(run.place[self._known : people], minlength=self._occupancy.size)
        self._known = people
        on_the_way = move_all(self.people, people, candidates, self.pace, DayClock(day, *run.streams.key))
        self._occupancy = candidates.places.there[:-1].copy()
        run.record(day, np.append(self._occupancy, on_the_way), candidates.links.used)

    def candidates(self, day: int) -> CandidatePaths:
        """Return the candidate paths with today's weights, and the present occupancy of places."""
        rule, case, paths = self._rule, self._run.case, self._paths
        is_open = case.schedule.is_open[day]
        weight = (rule.weight_softening + self._score(day)[paths.end]) / (
            rule.softening + paths.km
        ) ** rule.distance_power
        all_open = np.logical_and.reduceat(is_open[paths.links], paths.first_step[:-1]) if paths.end.size else is_open
        weight = weight * all_open
        if self._run.forced_roads != "off":
            weight = self._forced(weight, day)
        is_camp = case.schedule.is_camp[day]
        kind = case.places.kind
        has_conflict = case.schedule.intensity[day] > 0
        is_town = ~is_camp & ~has_conflict & np.isin(kind, (Kind.TOWN, Kind.CAMP, Kind.FLOOD))
        capacity = self._capacity + day * self._growth * (self._capacity > 0)
        places = _records(
            PLACE, len(case.places) + 1, first_path=paths.first_path, capacity=_ended(capacity),
            there=_ended(self._occupancy), capacity_factor=1.0, move_chance=_ended(self._move_chance(day)),
            is_town=_ended(is_town), is_camp=_ended(is_camp),
        )  # fmt: skip
        links = _records(
            LINK, len(case.links), destination=case.links.destination, km=case.links.km, used=0, is_open=is_open
        )
        end, n_paths = _ended(paths.end), weight.size
        candidates = _records(PATH, n_paths + 1, end=end, weight=_ended(weight), first_step=paths.first_step)
        return CandidatePaths(places, candidates, paths.links, links)

    def _score(self, day: int) -> NDArray[np.float64]:
        """Return the attraction of each place, shape (n_places,): ODD eq. 66."""
        from corridor.displacement.engine.simulation import conflict_decay

        rule, case = self._rule, self._run.case
        score = np.where(self._is_foreign, rule.foreign_weight, 1.0)
        score *= np.where(case.schedule.is_camp[day], rule.camp_weight, 1.0)
        decay = conflict_decay(case, day, decay=rule.conflict_spawn_decay)
        score *= rule.conflict_weight ** (decay * case.schedule.intensity[day])
        return _by_level(rule.flood_loc_weights, case.schedule.flood[day], score, score)

    def _move_chance(self, day: int) -> NDArray[np.float64]:
        rule, case = self._rule, self._run.case
        places = case.places
        chance = np.full(len(places), rule.default_movechance)
        chance[np.isin(places.kind, (Kind.FORWARD, Kind.MARKER))] = 1.0
        camp = case.schedule.is_camp[day]
        chance[camp] = np.where(places.is_idp[camp], rule.idpcamp_movechance, rule.camp_movechance)
        chance[case.schedule.intensity[day] > 0] = rule.conflict_movechance
        if rule.movechance_pop_scale_factor:
            size = np.maximum(places.population, places.capacity)
            chance *= (size / rule.movechance_pop_base) ** rule.movechance_pop_scale_factor
        if rule.flee_when_starving:
            chance += case.schedule.hunger[day] * (1.0 - chance)
        chance = _by_level(rule.flood_movechances, case.schedule.flood[day], chance, 1.0)
        if self._run.forced_roads == "immediate":
            chance[case.links.origin[case.schedule.is_forced[day]]] = 1.0
        return chance

    def _forced(self, weight: NDArray[np.float64], day: int) -> NDArray[np.float64]:
        """Remove all other paths for people at the start of a forced road."""
        paths, links = self._paths, self._run.case.links
        forced = self._run.case.schedule.is_forced[day][paths.links[paths.first_step[:-1]]]
        origin = links.origin[paths.links[paths.first_step[:-1]]]
        bound = np.zeros(len(self._run.case.places), dtype=bool)
        bound[origin[forced & (weight > 0)]] = True
        return np.where(bound[origin] & ~forced, 0.0, weight)


def _by_level(
    values: tuple[float, ...], level: NDArray[np.int8], dry: NDArray[np.float64], unit: NDArray[np.float64] | float
) -> NDArray[np.float64]:
    """Return the value for each place's level of flood, shape (n_places,)."""
    if not values:
        return dry
    return np.where(level > 0, np.array(values)[np.minimum(level, len(values) - 1)] * unit, dry)


def _records(kind: np.dtype[Any], n: int, **columns: ArrayLike) -> np.recarray:
    """Return records of a kind with these columns."""
    table = np.empty(n, kind)
    for name in kind.names or ():
        table[name] = columns[name]
    return table.view(np.recarray)


def _ended(column: NDArray[Any]) -> NDArray[Any]:
    """Return a column with a final 0, for a last record that only marks the end of the one before it."""
    return np.append(column, np.zeros(1, column.dtype))


class Paths:
    """Simple paths of limited length from each place, as arrays: see `CandidatePaths`."""

    def __init__(self, found: list[tuple[int, list[int], float]], case: Case) -> None:
        destination = case.links.destination
        found = sorted(found, key=lambda path: path[0])
        origins = np.array([origin for origin, _, _ in found], dtype=np.int64)
        self.first_path = np.searchsorted(origins, np.arange(len(case.places) + 1))
        self.end = np.array([destination[links[-1]] for _, links, _ in found], dtype=np.int64)
        self.km = np.array([km for _, _, km in found], dtype=np.float64)
        self.first_step = np.concatenate([[0], np.cumsum([len(links) for _, links, _ in found])]).astype(np.int64)
        self.links = np.array([link for _, links, _ in found for link in links], dtype=np.int64)


def list_paths(case: Case, awareness: int) -> Paths:
    """Return the simple paths of 1 to ``awareness`` steps from each place; markers are neither steps nor ends."""
    first = case.links.first(len(case.places))
    is_marker = case.places.kind == Kind.MARKER
    found: list[tuple[int, list[int], float]] = []

    def extend(origin: int, seen: list[int], links: list[int], km: float, steps: int) -> None:
        for link in range(first[seen[-1]], first[seen[-1] + 1]):
            end = int(case.links.destination[link])
            if end in seen:
                continue
            there, length = [*links, link], km + float(case.links.km[link])
            left = steps - (not is_marker[end])
            if not is_marker[end]:
                found.append((origin, there, length))
            if left > 0:
                extend(origin, [*seen, end], there, length, left)

    for origin in range(len(case.places)):
        extend(origin, [origin], [], 0.0, awareness)
    return Paths(found, case)


def _capacity(case: Case, persons_per_agent: int, charges_residents_twice: bool) -> NDArray[np.float64]:
    """Return capacities in agents; in the compatible reading, less the people of day 0, who still count in camps."""
    capacity = case.places.capacity // persons_per_agent
    if charges_residents_twice:
        residents = np.zeros_like(capacity)
        residents[case.observed.camps] = case.observed.counts[0] // persons_per_agent
        capacity = np.where(capacity > 0, capacity - residents, capacity)
    return capacity.astype(np.float64)
