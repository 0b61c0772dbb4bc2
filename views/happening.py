"""Shocks in a comparison: their kind, size, place, and first and last year."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from corridor.experiments.reporting.language import _, country_words, figure, language
from corridor.model.errors import InvalidInput
from corridor.model.policies import Measure
from corridor.model.rows import Community, Place, RescueFleet
from corridor.model.tables import Table
from corridor.scenarios import shocks
from corridor.views.package import corridor_of, number, whole

EVERYWHERE = "all"


def places_for(corridor: str, shock: str) -> Mapping[str, str]:
    """Return where a shock can hit, as its target, and in words."""
    return _places(corridor, shock, language())


@cache
def _places(corridor: str, shock: str, told_in: str) -> Mapping[str, str]:
    """Return the same; the language is part of the cache key."""
    scope = shocks()[shock].scope
    known = corridor_of(corridor)
    found = {EVERYWHERE: _("everywhere")}
    if scope == "leg":
        return found | {f"route:{route}": _(route) for route in known.routes}
    tables: Mapping[str, Table[Community] | Table[Place] | Table[RescueFleet]] = {
        "community": known.communities,
        "place": known.places,
        "operator": known.rescue,
    }
    if scope not in tables:
        return found
    labels = {key: tables[scope][key].label for key in tables[scope].names}
    return found | {key: country_words(key, label) for key, label in labels.items()}


@dataclass(frozen=True)
class Happening:
    """A shock of the catalogue in a comparison.

    Attributes
    ----------
    corridor, shock : str
    amount : float
        In the shock's unit.
    year, years : int
        First year, and how many years it lasts.
    where : str
        Target, one of `places_for`.
    """

    corridor: str
    shock: str
    amount: float
    year: int
    years: int
    where: str = EVERYWHERE

    def __post_init__(self) -> None:
        if self.shock not in shocks():
            raise InvalidInput("shock", "name", self.shock, ", ".join(shocks()))
        known = shocks()[self.shock]
        if not known.low < self.amount <= known.high:
            allowed = f"above {known.low:g} to {known.high:g} ({known.unit})"
            raise InvalidInput("shock", f"amount of {self.shock}", self.amount, allowed)
        if self.where not in places_for(self.corridor, self.shock):
            raise InvalidInput("shock", "where", self.where, ", ".join(places_for(self.corridor, self.shock)))
        if self.years < 1 or not 1900 <= self.year <= self.year + self.years - 1 <= 2200:
            allowed = "at least one year, all from 1900 to 2200"
            raise InvalidInput("shock", "years", f"{self.years} from {self.year}", allowed)

    @classmethod
    def of_text(cls, corridor: str, text: str) -> Happening:
        """Read a shock as `text` writes it."""
        shock, amount, year, years, where = [*text.split(":", 4), *[""] * 5][:5]
        first, length = whole("shock", "year", year), whole("shock", "years", years)
        return cls(corridor, shock, number("shock", "amount", amount), first, length, where or EVERYWHERE)

    @property
    def text(self) -> str:
        """The shock in one word, for the address: ``drought:1.5:2013:2:SOM``."""
        return f"{self.shock}:{self.amount:g}:{self.year}:{self.years}:{self.where}"

    @property
    def words(self) -> str:
        """The shock as a phrase."""
        known = shocks()[self.shock]
        where = places_for(self.corridor, self.shock)[self.where]
        last = self.year + self.years - 1
        when = str(self.year) if last == self.year else _("{first} to {last}").format(first=self.year, last=last)
        return _("{shock}: {amount} ({unit}), {place}, {years}").format(
            shock=_(known.title), amount=figure(f"{self.amount:g}"), unit=_(known.unit), place=where, years=when
        )

    @property
    def measure(self) -> Measure:
        """The shock as an entry of a policy file."""
        start, end = dt.date(self.year, 1, 1), dt.date(self.year + self.years, 1, 1)
        return Measure(what=self.shock, amount=self.amount, target=(self.where,), start=start, end=end)
