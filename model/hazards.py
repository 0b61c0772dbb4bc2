"""Hazards: which events can happen to whom, where, and at what annual rate. ODD eq. 4 and 5.

A process declares its events and the levers that their rates read, and sets the rates by name::

    hazards.declare(self._rates, Event.REMOVED, Event.RETURNED_VOLUNTARILY, levers=("detention_days",))
    ...
    hazards.set(Event.REMOVED, p.removal_rate, status=Status.IRREGULAR, at=corridor.is_destination)

The callback runs again only when one of these levers has changed. The layout of rates for the compiled loop over people
(`corridor.model.kernels.hazards`) is confined to this module and `corridor.model.profiles`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from corridor.model.events import Event
from corridor.model.kernels.clock import Clock
from corridor.model.kernels.hazards import HazardRates, draw_events, split_rates
from corridor.model.lever_values import LeverValues
from corridor.model.population import Population
from corridor.model.profiles import FOLLOWS, N_PROFILES, profiles_of
from corridor.model.states import N_CAUSES, N_STATES, Form, Sector, State, Status

SetRates = Callable[["Hazards"], None]
"""Callback that sets the rates of the events for which it was declared."""


@dataclass
class _Declared:
    """A callback, the events whose rates it sets, and the version of the levers at its last call."""

    set_rates: SetRates
    events: tuple[Event, ...]
    levers: tuple[str, ...] | None
    version: int = -1

    @cached_property
    def states(self) -> set[int]:
        """States ended by the events."""
        return {event // 8 for event in self.events}


class Hazards:
    """Annual hazards of all events, by place and profile.

    Parameters
    ----------
    n_places : int
    levers : LeverValues

    Attributes
    ----------
    rates : ndarray of float32, shape (n_states, n_places, n_profiles, n_causes), per year
    personal : ndarray of bool, shape (n_states, n_causes)
        Causes whose rates are multiplied by a person's susceptibility.
    by_cell : HazardRates
        The same rates and their sums, in the layout of the compiled loop.
    """

    def __init__(self, n_places: int, levers: LeverValues) -> None:
        self._levers = levers
        self._declared: list[_Declared] = []
        self._setting: tuple[Event, ...] = ()
        self._changes = -1
        self.rates = np.zeros((N_STATES, n_places, N_PROFILES, N_CAUSES), dtype=np.float32)
        self.personal = np.zeros((N_STATES, N_CAUSES), dtype=np.bool_)
        # Layout of the compiled loop, by cell.
        by_cell, sums = self.rates.reshape(N_STATES, -1, N_CAUSES), np.zeros((2, *self.rates.shape[:3]), np.float32)
        self.by_cell = HazardRates(by_cell, self.personal, *sums.reshape(2, N_STATES, -1))

    def declare(
        self, set_rates: SetRates, *events: Event, levers: Sequence[str] | None, is_personal: bool = False
    ) -> None:
        """Register a callback that sets the rates of events.

        Parameters
        ----------
        set_rates : callable
            Called with these hazards, after the rates of its events have been set to 0.
        events : Event
            Each event can be declared once.
        levers : sequence of str, or None
            Levers on which the rates depend: the callback runs again when one of them has changed. None: it runs at
            every step, as for rates that depend on the population.
        is_personal : bool
            Whether the rates are multiplied by a person's susceptibility.

        Raises
        ------
        ValueError
            If an event has been declared already.
        """
        taken = {event for declared in self._declared for event in declared.events}
        if again := taken & set(events):
            raise ValueError(f"declared twice: {', '.join(event.name for event in again)}")
        self._declared.append(_Declared(set_rates, events, None if levers is None else tuple(levers)))
        for event in events:
            self.personal[_cause(event)] = is_personal

    @property
    def declared(self) -> dict[Event, tuple[str, ...] | None]:
        """Levers on which the rates of each event depend; None where they are set at every step."""
        return {event: declared.levers for declared in self._declared for event in declared.events}

    def set(
        self,
        event: Event,
        rate: float | NDArray[np.floating],
        *,
        at: NDArray[np.bool_] | None = None,
        status: Status | Sequence[Status] | None = None,
        sector: Sector | None = None,
        form: Form | None = None,
    ) -> None:
        """Set the rate of an event.

        Parameters
        ----------
        event : Event
        rate : float, or ndarray of float of shape (n_places,), per year
        at : ndarray of bool, shape (n_places,), optional
            Places; default all.
        status : Status or sequence of Status, optional
            Legal standing of the people; default any.
        sector, form : Sector and Form, optional
            Sector and form of the trafficking episode; default any.

        Raises
        ------
        LookupError
            If the running callback did not declare the event.
        """
        if event not in self._setting:
            raise LookupError(f"{event.name} is not among the events declared: {self._setting}")
        everywhere = np.broadcast_to(rate, self.rates.shape[1])
        places = np.flatnonzero(np.ones(everywhere.size, dtype=np.bool_) if at is None else at)
        profiles = profiles_of(State(event // 8), status, sector, form)
        self.of(event)[places[:, None], profiles] = everywhere[places, None]

    def of(self, event: Event) -> NDArray[np.float32]:
        """Return a writable view of an event's annual rates, shape (n_places, n_profiles - 1).

        Profiles are in the order of `corridor.model.profiles.traits`; that of family members who travel with their
        head is left out, since it has no hazards.
        """
        state, cause = _cause(event)
        return self.rates[state, :, :FOLLOWS, cause]

    def update(self) -> None:
        """Update rates to the current lever values."""
        changed: set[int] = set()
        have_levers_changed, self._changes = self._changes != self._levers.changes, self._levers.changes
        for declared in self._declared:
            if declared.levers is None:
                self._ask(declared)
            elif not have_levers_changed or (version := self._levers.version(*declared.levers)) == declared.version:
                continue
            else:
                declared.version = version
                with self._levers.only(declared.levers):
                    self._ask(declared)
            changed.update(declared.states)
        states = np.array(sorted(changed), dtype=np.int64)
        split_rates(states, self.by_cell)

    def _ask(self, declared: _Declared) -> None:
        for event in declared.events:
            self.of(event)[:] = 0.0
        self._setting = declared.events
        declared.set_rates(self)

    def draw(self, population: Population, clock: Clock) -> None:
        """Draw the events of this step; `Population.with_event` returns the people affected.

        Parameters
        ----------
        population : Population
        clock : Clock
        """
        people, bounds = draw_events(population.scanned, self.by_cell, clock)
        population.remember_events(people, bounds)


def _cause(event: Event) -> tuple[int, int]:
    """Return the state that an event ends, and the event's index among the causes competing in it."""
    return event // 8, event % 8 - 1
