"""Migrants as columns, with the set operations of `mesa.agent.AgentSet`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from corridor.model.kernels.choice import UNDECIDED
from corridor.model.kernels.columns import ScannedColumns, StateColumns, TravellerColumns, VictimColumns
from corridor.model.kernels.transitions import bring_along, enter_state, list_followers, merge, set_cells
from corridor.model.states import N_EVENTS, N_STATES, Age, Sex, State, Status

People = NDArray[np.int64]
"""Person numbers, sorted."""
_Group = TypeVar("_Group", ScannedColumns, StateColumns, TravellerColumns, VictimColumns)

_COLUMNS: dict[str, tuple[Any, Any]] = {
    "state": (np.uint8, State.HOME),
    "place": (np.int16, 0),
    "leg": (np.int16, -1),
    "community": (np.int16, 0),
    "attitude": (np.uint8, 1),
    "wealth": (np.uint8, 1),
    "sex": (np.uint8, 0),
    "age": (np.uint8, 0),
    "schooling": (np.bool_, False),
    "ties": (np.bool_, False),
    "protection_need": (np.bool_, False),
    "status": (np.uint8, Status.IRREGULAR),
    "form": (np.uint8, 0),
    "sector": (np.uint8, 0),
    "channel": (np.uint8, 0),
    "payment": (np.uint8, 0),
    "entered": (np.bool_, False),
    "assisted_before": (np.bool_, False),
    "identified": (np.bool_, False),
    "permit_pending": (np.bool_, False),
    "permit_odds": (np.float32, 0.0),
    "reintegrated": (np.bool_, False),
    "immobile": (np.bool_, False),
    "creditworthy": (np.bool_, False),
    "alone": (np.bool_, False),
    "size": (np.uint8, 1),
    "head": (np.int32, 0),
    "episodes": (np.uint8, 0),
    "journeys": (np.uint16, 0),
    "pathway": (np.int16, -1),
    "organisation": (np.int16, -1),
    "exploiter": (np.int16, -1),
    "exploiter_before": (np.int16, -1),
    "creditor": (np.int16, -1),
    "due": (np.int32, 0),
    "accrued": (np.int32, 0),
    "freed": (np.int32, 0),
    "cell": (np.int32, 0),
    "susceptibility": (np.float32, 1.0),
    "savings_usd": (np.float64, 0.0),
    "supported_months": (np.float32, 0.0),
    "debt_usd": (np.float64, 0.0),
    "bond_usd": (np.float64, 0.0),
    "escrow_usd": (np.float64, 0.0),
    "threshold": (np.float64, np.inf),
    "taste": (np.float32, UNDECIDED),
}
_SCANNED = frozenset({"state", "cell", "due", "susceptibility", "immobile", "episodes"})
_SELDOM = frozenset(
    {
        "form", "sector", "channel", "exploiter", "exploiter_before", "creditor", "freed", "supported_months",
        "assisted_before", "identified", "permit_pending", "permit_odds", "reintegrated", "threshold", "wealth",
        "taste",
    }
)  # fmt: skip
"""Columns scanned for the whole population, and those of trafficking episodes, which few people have, are separate
arrays. The others are stored together as one record per person, because travellers use nearly all of them: one cache
line per person instead of one per column."""
_CACHE_LINE = 64
"""Size of a cache line, bytes."""
_RECORD = np.dtype(
    sorted(
        ((name, kind) for name, (kind, _) in _COLUMNS.items() if name not in _SCANNED | _SELDOM),
        key=lambda field: -np.dtype(field[1]).itemsize,
    ),
    align=True,
)
_NOBODY: NDArray[np.int64] = np.empty(0, dtype=np.int64)


def _empty_records(n: int) -> NDArray[Any]:
    """Allocate ``n`` records, aligned to a cache line."""
    buffer = np.empty(n * _RECORD.itemsize + _CACHE_LINE, dtype=np.uint8)
    start = -buffer.ctypes.data % _CACHE_LINE
    return buffer[start : start + n * _RECORD.itemsize].view(_RECORD)


class Population:
    """All migrants of a simulation, one column per attribute.

    Parameters
    ----------
    n : int
        Number of agents.
    persons_per_agent : float
        Persons represented by one agent.

    Notes
    -----
    Columns are attributes (``population.savings_usd``); those needed for travellers are fields of ``records``, one
    structure per person, on which kernels work. States change only through `move`, which maintains the counts by
    state, sex and age, so that no step has to count the whole population.

    Attributes
    ----------
    scanned, standing, travellers, victims : ScannedColumns, StateColumns, TravellerColumns, VictimColumns
        Columns grouped as arguments of the compiled loops: see `corridor.model.kernels.columns`.
    """

    state: NDArray[np.uint8]
    place: NDArray[np.int16]
    leg: NDArray[np.int16]
    community: NDArray[np.int16]
    attitude: NDArray[np.uint8]
    wealth: NDArray[np.uint8]
    sex: NDArray[np.uint8]
    age: NDArray[np.uint8]
    schooling: NDArray[np.bool_]
    ties: NDArray[np.bool_]
    protection_need: NDArray[np.bool_]
    status: NDArray[np.uint8]
    form: NDArray[np.uint8]
    sector: NDArray[np.uint8]
    channel: NDArray[np.uint8]
    payment: NDArray[np.uint8]
    entered: NDArray[np.bool_]
    assisted_before: NDArray[np.bool_]
    identified: NDArray[np.bool_]
    permit_pending: NDArray[np.bool_]
    permit_odds: NDArray[np.float32]
    reintegrated: NDArray[np.bool_]
    immobile: NDArray[np.bool_]
    creditworthy: NDArray[np.bool_]
    alone: NDArray[np.bool_]
    size: NDArray[np.uint8]
    head: NDArray[np.int32]
    episodes: NDArray[np.uint8]
    journeys: NDArray[np.uint16]
    pathway: NDArray[np.int16]
    organisation: NDArray[np.int16]
    exploiter: NDArray[np.int16]
    exploiter_before: NDArray[np.int16]
    creditor: NDArray[np.int16]
    due: NDArray[np.int32]
    accrued: NDArray[np.int32]
    freed: NDArray[np.int32]
    cell: NDArray[np.int32]
    susceptibility: NDArray[np.float32]
    savings_usd: NDArray[np.float64]
    supported_months: NDArray[np.float32]
    debt_usd: NDArray[np.float64]
    bond_usd: NDArray[np.float64]
    escrow_usd: NDArray[np.float64]
    threshold: NDArray[np.float64]
    taste: NDArray[np.float32]

    def __init__(self, n: int, persons_per_agent: float) -> None:
        self.n, self.persons_per_agent = n, persons_per_agent
        self.records = _empty_records(n)
        for name, (kind, default) in _COLUMNS.items():
            column = np.empty(n, dtype=kind) if name in _SCANNED | _SELDOM else self.records[name]
            column[:] = default
            setattr(self, name, column)
        eights = n // 8 * 8
        self.state_words = self.state[:eights].view(np.uint64)
        self.head[:] = np.arange(n)
        self.index_families()
        self.counts = np.zeros((N_STATES, len(Sex), len(Age)), dtype=np.int64)
        self.scratch = np.empty(n, dtype=np.int32)
        self.scanned = self._columns(ScannedColumns)
        self.travellers, self.victims = self._columns(TravellerColumns), self._columns(VictimColumns)
        self._drawn: People = np.empty(0, dtype=np.int64)
        self._bounds: NDArray[np.int64] = np.zeros(N_EVENTS + 1, dtype=np.int64)

    def _columns(self, group: type[_Group]) -> _Group:
        """Return a group of columns for compiled loops; the arrays stay the same throughout the run."""
        return group(*(getattr(self, name) for name in group._fields))

    def reorder(self, order: People) -> None:
        """Renumber the people: the new person ``i`` is the former person ``order[i]``."""
        for name in _COLUMNS:
            getattr(self, name)[:] = getattr(self, name)[order]
        number = np.empty(self.n, dtype=np.int32)
        number[order] = np.arange(self.n)
        self.head[:] = number[self.head]
        self.index_families()

    # --- families -------------------------------------------------------------------------------------------------

    def index_families(self) -> None:
        """Index the followers of every head for fast lookup."""
        followers = np.flatnonzero(self.head != np.arange(self.n))
        self.members = followers[np.argsort(self.head[followers], kind="stable")]
        counts = np.bincount(self.head[followers], minlength=self.n)
        self.first_member = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
        self.standing = self._columns(StateColumns)

    def followers(self, people: People) -> People:
        """Return the followers of these people: members of families that they head."""
        if people.size == 0:
            return _NOBODY
        return list_followers(people, self.records, self.first_member, self.members)

    def party(self, people: People) -> People:
        """Return these people and their followers, sorted."""
        followers = self.followers(people)
        if followers.size == 0:
            return people
        return merge(people, np.sort(followers))

    def bring_along(self, people: People) -> None:
        """Copy the place and legal status of heads to their followers."""
        bring_along(people, self.standing)

    # --- transitions ----------------------------------------------------------------------------------------------

    def recount(self) -> None:
        """Recompute the counts by state, sex and age, shape (n_states, 2, 3)."""
        code = (self.state.astype(np.int64) * 2 + self.sex) * 3 + self.age
        self.counts[:] = np.bincount(code, minlength=self.counts.size).reshape(self.counts.shape)

    def move(self, people: People, state: State) -> None:
        """Move people and their followers into a state, whatever their present states.

        Parameters
        ----------
        people : ndarray of int, shape (k,)
        state : State
        """
        if people.size == 0:
            return
        enter_state(people, int(state), self.standing, self.counts)

    def classify(self, people: People) -> None:
        """Recompute the hazard cells of people and their followers after a change of place, status or form."""
        if people.size == 0:
            return
        set_cells(people, self.standing)
        self.bring_along(people)

    def remember_events(self, people: People, bounds: NDArray[np.int64]) -> None:
        """Store the events drawn for this step: see `corridor.model.kernels.hazards.draw_events`."""
        self._drawn, self._bounds = people, bounds

    def with_event(self, event: int) -> People:
        """Return the people to whom an event happens in this step, sorted."""
        return self._drawn[self._bounds[event] : self._bounds[event + 1]]

    def lower_debt(self, people: People, paid_usd: NDArray[np.float64]) -> None:
        """Reduce debt; the part owed to smugglers (`bond_usd`) is repaid first."""
        self.debt_usd[people] -= paid_usd
        self.bond_usd[people] = np.clip(self.bond_usd[people] - paid_usd, 0.0, self.debt_usd[people])

    # --- operations of a Mesa AgentSet ----------------------------------------------------------------------------

    def __len__(self) -> int:
        return self.n

    def __iter__(self) -> Iterator[Migrant]:
        return (Migrant(self, i) for i in range(self.n))

    def __getitem__(self, i: int) -> Migrant:
        return Migrant(self, i)

    def select(self, where: NDArray[np.bool_] | Callable[[Population], NDArray[np.bool_]] | None = None) -> PeopleView:
        """Return a view of the people selected by a mask, or by a function from the population to a mask."""
        mask = where(self) if callable(where) else where
        people = np.arange(self.n) if mask is None else np.flatnonzero(mask)
        return PeopleView(self, people)

    def get(self, column: str) -> NDArray[Any]:
        """Return one column, shape (n,)."""
        return self.select().get(column)

    def set(self, column: str, value: Any) -> Population:
        """Set one column; use `move` for states."""
        self.select().set(column, value)
        return self

    def agg(self, column: str, function: Callable[[NDArray[Any]], Any]) -> Any:
        """Return a function of one column."""
        return self.select().agg(column, function)

    def groupby(self, column: str) -> dict[Any, PeopleView]:
        """Return one view for each value of a column."""
        return self.select().groupby(column)

    def shuffle(self, rng: np.random.Generator) -> PeopleView:
        """Return a view of everyone in random order."""
        return self.select().shuffle(rng)

    def total(self, people: People | None = None) -> float:
        """Return the number of persons represented by these agents (default: all)."""
        return self.persons_per_agent * (self.n if people is None else people.size)


class PeopleView:
    """An ordered subset of a population.

    Parameters
    ----------
    population : Population
    people : ndarray of int, shape (k,)
    """

    def __init__(self, population: Population, people: People) -> None:
        self.population, self.people = population, people

    def __len__(self) -> int:
        return int(self.people.size)

    def __iter__(self) -> Iterator[Migrant]:
        return (Migrant(self.population, int(i)) for i in self.people)

    def get(self, column: str) -> NDArray[Any]:
        """Return one column of these people, shape (k,)."""
        return _column(self.population, column)[self.people]

    def set(self, column: str, value: Any) -> PeopleView:
        """Set one column of these people; use `Population.move` for states."""
        if column == "state":
            raise AttributeError("states change through Population.move, which keeps the counts")
        _column(self.population, column)[self.people] = value
        self.population.classify(self.people)
        if column in ("sex", "age"):
            self.population.recount()
        return self

    def agg(self, column: str, function: Callable[[NDArray[Any]], Any]) -> Any:
        """Return a function of one column of these people."""
        return function(self.get(column))

    def select(self, mask: NDArray[np.bool_]) -> PeopleView:
        """Return a view of the people selected by a mask of shape (k,)."""
        return PeopleView(self.population, self.people[mask])

    def groupby(self, column: str) -> dict[Any, PeopleView]:
        """Return one view for each value of a column."""
        values = self.get(column)
        return {value.item(): self.select(values == value) for value in np.unique(values)}

    def shuffle(self, rng: np.random.Generator) -> PeopleView:
        """Return a view of the same people in random order."""
        return PeopleView(self.population, rng.permutation(self.people))


class Migrant:
    """One agent of a population, with columns as readable and writable attributes.

    Parameters
    ----------
    population : Population
    number : int
    """

    __slots__ = ("number", "population")

    def __init__(self, population: Population, number: int) -> None:
        object.__setattr__(self, "population", population)
        object.__setattr__(self, "number", number)

    @property
    def unique_id(self) -> int:
        """Person number."""
        return self.number

    def __getattr__(self, column: str) -> Any:
        return _column(self.population, column)[self.number].item()

    def __setattr__(self, column: str, value: Any) -> None:
        PeopleView(self.population, np.array([self.number])).set(column, value)


def _column(population: Population, name: str) -> NDArray[Any]:
    if name not in _COLUMNS:
        raise AttributeError(f"no column named {name}; there are {', '.join(_COLUMNS)}")
    column: NDArray[Any] = getattr(population, name)
    return column
