"""A run of a displacement case: the clock, the people, and the counts."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from corridor.displacement.engine.case import Case
from corridor.displacement.engine.parameters import CONFLICT_DECAY, Behaviour, FleeRule
from corridor.displacement.kernels.clock import DayClock
from corridor.displacement.kernels.movement import draw_origins
from corridor.model.errors import InvalidInput
from corridor.model.kernels.threads import set_threads
from corridor.model.streams import Streams

MOST_AGENTS = 200_000_000
"""Maximum number of people: one and a half gigabytes."""
SPELL_DAYS = 30.0
"""Length of a spell in Flee's presets."""


class MovementRule(Protocol):
    """The rule by which people move."""

    def weights(self, day: int) -> NDArray[np.float64]:
        """Return the weight of every place as an origin of the day's newly displaced, shape (n_places,)."""

    def move(self, day: int, people: int) -> None:
        """Move a first number of people for a day, and count them."""


class Displacement:
    """One run of a case.

    Parameters
    ----------
    case : Case
    behaviour : Behaviour or FleeRule, optional
        Default: Corridor's rule with its default values.
    seed : int, default 0
    persons_per_agent : int, default 1
    threads : int, default 1
        Results do not depend on it.
    use_capacity : bool, default True
        Whether Corridor's rule may use camp capacities, which in many cases are later observed maxima.
    forced_roads : {"off", "choice", "immediate"}
        Whether people at the start of a forced road take it, and whether they also leave at once.

    Attributes
    ----------
    place : ndarray of int16 or int32, shape (n_agents,)
        Where each person is, or the end of the road on which they are.
    counts : ndarray of int, shape (days, n_places), agents
    on_the_way : ndarray of int, shape (days,), agents
    used : ndarray of int, shape (days, n_links), agents
        Who set out on each link.
    waiting : ndarray of int, shape (days,), agents
        Displaced people for whom no place of origin exists yet.
    """

    def __init__(
        self,
        case: Case,
        behaviour: Behaviour | FleeRule | None = None,
        *,
        seed: int = 0,
        persons_per_agent: int = 1,
        threads: int = 1,
        use_capacity: bool = True,
        forced_roads: str = "off",
    ) -> None:
        from corridor.displacement.engine.corridor_rule import CorridorRule
        from corridor.displacement.engine.flee_rule import FleeMoves

        if forced_roads not in ("off", "choice", "immediate"):
            raise InvalidInput("run", "forced_roads", forced_roads, "off, choice, immediate")
        self.case, self.persons_per_agent, self.use_capacity = case, persons_per_agent, use_capacity
        self.forced_roads, self.threads, self.streams = forced_roads, threads, Streams(seed)
        self.first_link = case.links.first(len(case.places))
        at_start, self.arrivals = _thin(case, persons_per_agent)
        n = int(at_start.sum() + self.arrivals.sum())
        if n > MOST_AGENTS:
            need = -(-case.people // MOST_AGENTS)
            raise InvalidInput(case.name, "people", f"{n:,} agents", f"persons_per_agent of {need:,} or more")
        width: type[np.signedinteger[Any]] = np.int16 if len(case.places) <= np.iinfo(np.int16).max else np.int32
        self.place = np.zeros(n, dtype=width)
        self.place[: at_start.sum()] = np.repeat(np.arange(at_start.size), at_start)
        self.residents = self.people = int(at_start.sum())
        self.now = at_start.astype(np.int64)
        self.counts = np.zeros((case.days, len(case.places)), dtype=np.int64)
        self.on_the_way = np.zeros(case.days, dtype=np.int64)
        self.waiting = np.zeros(case.days, dtype=np.int64)
        self.used = np.zeros((case.days, len(case.links)), dtype=np.int32)
        self.rule: MovementRule = (
            FleeMoves(self, behaviour) if isinstance(behaviour, FleeRule) else CorridorRule(self, behaviour)
        )
        self.seconds = 0.0

    def run(self) -> Displacement:
        """Run all days."""
        began = time.perf_counter()
        set_threads(self.threads)
        waiting = 0
        for day in range(self.case.days):
            waiting = self._displace(day, waiting + int(self.arrivals[day]))
            self.waiting[day] = waiting
            self.rule.move(day, self.people)
        self.seconds = time.perf_counter() - began
        return self

    def _displace(self, day: int, due: int) -> int:
        """Place the newly displaced at their origins; return the number who have to wait for one."""
        if due == 0:
            return 0
        cumulative = np.cumsum(self.rule.weights(day))
        if cumulative[-1] <= 0:
            return due
        draw_origins(self.place, self.people, self.people + due, cumulative, DayClock(day, *self.streams.key))
        self.people += due
        return 0

    def record(self, day: int, counts: NDArray[np.int64], used: NDArray[np.int64]) -> None:
        """Record the locations of people at the end of a day; the last entry of ``counts`` is people in transit."""
        self.now = counts[:-1]
        self.counts[day], self.on_the_way[day], self.used[day] = counts[:-1], counts[-1], used

    @property
    def in_camps(self) -> NDArray[np.float64]:
        """Persons in the camps with data, shape (days, n_camps)."""
        return (self.counts[:, self.case.observed.camps] * self.persons_per_agent).astype(np.float64)


def origin_weights(
    case: Case, day: int, spell_days: float = SPELL_DAYS, decay: Sequence[float] = CONFLICT_DECAY
) -> NDArray[np.float64]:
    """Return the weight of every place as an origin, shape (n_places,): ODD eq. 59.

    Parameters
    ----------
    case : Case
    day : int
    spell_days : float
    decay : sequence of float
        Weight of a conflict in successive spells of so many days.
    """
    force = case.schedule.intensity[day] * conflict_decay(case, day, spell_days, decay) + case.schedule.flood[day]
    return case.places.population * force


def conflict_decay(
    case: Case, day: int, spell_days: float = SPELL_DAYS, decay: Sequence[float] = CONFLICT_DECAY
) -> NDArray[np.float64]:
    """Return the share of a conflict's initial force that remains after its days so far, shape (n_places,)."""
    spells = ((day - case.schedule.since[day]) / spell_days).astype(np.int64)
    return np.array(decay)[np.minimum(spells, len(decay) - 1)]


def _thin(case: Case, persons_per_agent: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return agents in camps on day 0, shape (n_places,), and new ones each day, shape (days,)."""
    at_start = case.people_at_start // persons_per_agent
    ever = np.cumsum(case.arrivals) // persons_per_agent
    return at_start, np.diff(ever, prepend=0)
