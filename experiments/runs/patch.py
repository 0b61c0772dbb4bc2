"""A patch of a corridor's events: a world without some events, with others, or as known on a given day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from corridor.model.corridor import Corridor
from corridor.model.rows import HistoricalEvent
from corridor.model.tables import Table


@dataclass(frozen=True)
class Patch:
    """Changes to the events of a corridor.

    Attributes
    ----------
    hidden : tuple of str
        Events taken out.
    prolonged : tuple of str
        Events that do not end.
    added : tuple of HistoricalEvent
        Events that the corridor does not have.
    known_until : date, optional
        Day after which nothing is known: later events are taken out, events in force stay, series stay at their last
        value.
    """

    hidden: tuple[str, ...] = ()
    prolonged: tuple[str, ...] = ()
    added: tuple[HistoricalEvent, ...] = ()
    known_until: dt.date | None = None

    def applied(self, corridor: Corridor) -> Corridor:
        """Return a corridor with the patch applied; the same one if there are no changes."""
        if self == NO_PATCH:
            return corridor
        if self.known_until is not None:
            corridor = as_known(corridor, self.known_until)
        events = [
            event.model_copy(update={"until": None}) if event.event in self.prolonged else event
            for event in corridor.events
            if event.event not in self.hidden
        ]
        return replace(corridor, events=(*events, *self.added))


NO_PATCH = Patch()


def as_known(corridor: Corridor, day: dt.date) -> Corridor:
    """Return a corridor as known on a day, without information about the future.

    Later events are left out and those in force have no end. Series keep their values for dates up to that day (at
    least the first), and remain at the last of them.
    """
    first: dict[tuple[str, str], dt.date] = {}
    for row in corridor.series:
        date = first.setdefault((row.entity, row.variable), row.date)
        first[row.entity, row.variable] = min(date, row.date)
    known = [row for row in corridor.series if row.date <= max(day, first[row.entity, row.variable])]
    series = Table(corridor.series.name, known)
    events = tuple(_as_known(event, day) for event in corridor.events if event.date <= day)
    return replace(corridor, series=series, events=events)


def _as_known(event: HistoricalEvent, day: dt.date) -> HistoricalEvent:
    return event.model_copy(update={"until": None}) if event.until is not None and event.until > day else event
