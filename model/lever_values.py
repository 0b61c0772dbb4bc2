"""Values of all levers at a step: the corridor's baseline as modified by its events and by a policy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from corridor.model.calendar import Calendar
from corridor.model.corridor import Corridor
from corridor.model.kernels.levers import OPERATIONS, Changes, apply_changes
from corridor.model.levers import LEVERS
from corridor.model.policies import Policy, Setting


class LeverValues:
    """Values of all levers by step: the corridor's baseline as modified by its events and by a policy. ODD eq. 1.

    Parameters
    ----------
    corridor : Corridor
    policy : Policy
    calendar : Calendar
    fixed : mapping of str to float, optional
        Levers held at a constant value, whatever events and policy do (for mechanisms that are switched off).

    Attributes
    ----------
    changes : int
        Number of lever changes so far: while it is constant, everything computed from levers remains valid.
    readable : frozenset of str, or None
        Levers that a cached computation may read, because it is repeated when one of them changes: see `only`.
    """

    def __init__(
        self, corridor: Corridor, policy: Policy, calendar: Calendar, fixed: Mapping[str, float] | None = None
    ) -> None:
        self._fixed = dict(fixed or {})
        self._targets = {name: corridor.targets(lever.scope) for name, lever in LEVERS.items()}
        self.base: Mapping[str, NDArray[np.float64]] = {name: self._base(corridor, name) for name in LEVERS}
        self.values = {name: array.copy() for name, array in self.base.items()}
        adaptive = [setting for measure in policy.adaptive for setting in measure.settings]
        self._settings = (*_event_settings(corridor), *policy.settings, *adaptive)
        self._strong = np.array([calendar.strength(s.start, s.end, s.ramp_weeks) for s in self._settings])
        self._strong = self._strong.reshape(-1, calendar.steps)
        self._strength = self._strong.copy()
        self._versions = dict.fromkeys(LEVERS, 0)
        self.changes = 0
        self.readable: frozenset[str] | None = None
        for name, lever in LEVERS.items():
            np.clip(self.values[name], lever.low, lever.high, out=self.values[name])
        first = len(self._settings) - len(adaptive)
        bounds = first + np.cumsum([0, *(len(measure.settings) for measure in policy.adaptive)])
        self._adaptive = [range(a, b) for a, b in pairwise(bounds)]
        for measure in range(len(policy.adaptive)):
            self._scale(measure, 0, 0.0)
        targets = [self._index(corridor, setting) for setting in self._settings]
        self._changes = {name: self._changes_of(name, targets) for name in {s.lever for s in self._settings}}
        # Levers without changes keep their value throughout.
        self._moving = sorted({*self._changes, *self._fixed})
        self._moves = np.zeros((len(self._moving), calendar.steps), dtype=np.bool_)
        self._moves[:, 0] = True
        for setting, strong in zip(self._settings, self._strong, strict=True):
            self._moves[self._moving.index(setting.lever), 1:] |= strong[1:] != strong[:-1]

    def _changes_of(self, name: str, targets: list[NDArray[np.int32]]) -> Changes:
        """List the changes of a lever: those of events, then those of the policy."""
        mine = [number for number, setting in enumerate(self._settings) if setting.lever == name]
        counts = [targets[number].size for number in mine]
        return Changes(
            np.array(mine, dtype=np.int64),
            np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            np.concatenate([targets[number] for number in mine]),
            np.array([OPERATIONS.index(self._settings[number].operation) for number in mine], dtype=np.int64),
            np.array([self._settings[number].value for number in mine], dtype=np.float64),
        )

    def _base(self, corridor: Corridor, name: str) -> NDArray[np.float64]:
        lever, size = LEVERS[name], len(self._targets[name])
        if isinstance(lever.base, str):
            return corridor.tables[lever.scope].column(lever.base).astype(float) if size else np.empty(0)
        return np.full(size, float(lever.base))

    def _index(self, corridor: Corridor, setting: Setting) -> NDArray[np.int32]:
        scope = LEVERS[setting.lever].scope
        return np.unique(np.concatenate([corridor.select(scope, target) for target in setting.target]))

    def advance(self, step: int) -> None:
        """Advance the values to a step."""
        for name in (self._moving[row] for row in np.flatnonzero(self._moves[:, step])):
            values, lever = self.values[name], LEVERS[name]
            self._versions[name] += 1
            self.changes += 1
            values[:] = self.base[name]
            if name in self._changes:
                apply_changes(values, self._changes[name], self._strength, step)
            values.clip(lever.low, lever.high, out=values)
            if name in self._fixed:
                values[:] = self._fixed[name]

    def version(self, *names: str) -> int:
        """Return a version number that increases whenever one of these levers changes."""
        total = 0
        for name in names:
            total += self._versions[name]
        return total

    def set_strength(self, measure: int, step: int, level: float) -> None:
        """Set the strength of one of the policy's adaptive measures, from a step onwards.

        Parameters
        ----------
        measure : int
            Index among the policy's adaptive measures.
        step : int
        level : float, 0 to 1
        """
        self._scale(measure, step, level)
        for number in self._adaptive[measure]:
            self._moves[self._moving.index(self._settings[number].lever), step] = True

    def _scale(self, measure: int, step: int, level: float) -> None:
        for number in self._adaptive[measure]:
            self._strength[number, step:] = level * self._strong[number, step:]

    @contextmanager
    def only(self, names: Iterable[str]) -> Iterator[None]:
        """Restrict reads to these levers, for a cached computation that is repeated only when one of them changes."""
        before, self.readable = self.readable, frozenset(names)
        try:
            yield
        finally:
            self.readable = before

    def allow(self, names: Iterable[str]) -> None:
        """Check that levers may be read now.

        Raises
        ------
        LookupError
            If the cached computation that is running did not declare one of them.
        """
        if self.readable is not None and (undeclared := set(names) - self.readable):
            raise LookupError(f"read without being declared: {', '.join(sorted(undeclared))}")

    def __getitem__(self, name: str) -> NDArray[np.float64]:
        if self.readable is not None:
            self.allow((name,))
        return self.values[name]


def _event_settings(corridor: Corridor) -> list[Setting]:
    settings = []
    for event in corridor.events:
        for change in event.changes:
            settings.append(
                Setting(change.lever, change.target, *change.operation, event.date, event.until, change.ramp_weeks)
            )
    return settings
