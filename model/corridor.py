"""The world of a simulation: places, legs, communities of origin, actors, series and dated events.

A `Corridor` is immutable and validated when it is built; processes read its tables as NumPy columns.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.errors import InvalidInput
from model.levers import LEVERS
from model.parameters import Parameters
from model.rows import (
    Agency,
    Community,
    Cooperation,
    Event,
    Leg,
    Observation,
    ParameterValue,
    Pathway,
    Place,
    RescueOperator,
    Season,
    Service,
    Tie,
)
from model.tables import Table


@dataclass(frozen=True, eq=False)
class Corridor:
    """A validated, immutable world.

    Build one with `scenarios.load`, or from rows directly.

    Raises
    ------
    InvalidInput
        If rows refer to unknown names, shares do not add up, dates are out of order, or a needed series is missing.
    """

    name: str
    title: str
    start: dt.date
    end: dt.date
    places: Table[Place]
    legs: Table[Leg]
    communities: Table[Community]
    series: Table[Observation]
    ties: Table[Tie]
    agencies: Table[Agency]
    seasons: Table[Season]
    rescue: Table[RescueOperator]
    services: Table[Service]
    pathways: Table[Pathway]
    cooperation: Table[Cooperation]
    events: tuple[Event, ...] = ()
    routes: tuple[str, ...] = ()
    step_days: int = 7
    agents: int = 50_000
    description: str = ""
    content_hash: str = ""
    parameters: Table[ParameterValue] = field(default_factory=lambda: Table("parameters.csv", (), "parameter"))

    def with_origin_effects(self, effects: Mapping[str, float]) -> Corridor:
        """Return this corridor with the ``departure_factor`` of some communities changed."""
        rows = [
            row.model_copy(update={"departure_factor": effects.get(row.community, row.departure_factor)})
            for row in self.communities
        ]
        table = Table(self.communities.name, rows, self.communities.key, self.communities.lines)
        return dataclasses.replace(self, communities=table)

    def with_route_constants(self, constants: Mapping[str, float]) -> Corridor:
        """Return this corridor with the ``utility_constant`` (utils) of all legs of some routes changed."""
        rows = [
            row.model_copy(update={"utility_constant": constants.get(row.route, row.utility_constant)})
            for row in self.legs
        ]
        table = Table(self.legs.name, rows, self.legs.key, self.legs.lines)
        return dataclasses.replace(self, legs=table)

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise InvalidInput("corridor.yaml", "end", str(self.end), f"a date after start ({self.start})")
        for table in (self.places, self.legs, self.communities):
            if len(table) == 0:
                raise InvalidInput(table.name, "rows", 0, "at least one row")
        self._check_references()
        self._check_values()
        self._check_groups()
        self._check_events()
        self.parameter_values()

    def _check_references(self) -> None:
        _ = self.leg_origin, self.leg_destination, self.leg_agency, self.home
        self.ties.positions("community", self.communities)
        self.ties.positions("destination", self.places)
        self.pathways.positions("destination", self.places)
        self.cooperation.positions("agency", self.agencies)
        self.cooperation.positions("partner", self.agencies)
        seasons = {row.season for row in self.seasons}
        for position, leg in enumerate(self.legs):
            where = self.legs.where(position)
            if leg.season and leg.season not in seasons:
                raise InvalidInput(where, "season", leg.season, "a profile in seasons.csv")
            if leg.route and leg.route not in self.routes:
                allowed = f"one of the routes in corridor.yaml: {', '.join(self.routes)}"
                raise InvalidInput(where, "route", leg.route, allowed)
        for position, pathway in enumerate(self.pathways):
            if pathway.community != "all" and pathway.community not in self.communities.index:
                where, allowed = self.pathways.where(position), "all, or a name in communities.csv"
                raise InvalidInput(where, "community", pathway.community, allowed)
        for position, operator in enumerate(self.rescue):
            for leg_name in operator.legs:
                if leg_name not in self.legs.index:
                    raise InvalidInput(self.rescue.where(position), "legs", leg_name, "names in legs.csv")
        for position, row in enumerate(self.series):
            if row.entity not in self.communities.index and row.entity not in self.places.index:
                raise InvalidInput(self.series.where(position), "entity", row.entity, "a community or a place")

    def _check_values(self) -> None:
        for position, leg in enumerate(self.legs):
            if leg.origin == leg.destination:
                raise InvalidInput(self.legs.where(position), "to", leg.destination, "another place than from")
        for position, agency in enumerate(self.agencies):
            total = agency.push_back + agency.detain + agency.returned + agency.release
            if not math.isclose(total, 1.0, abs_tol=1e-6):
                shares = "push_back + detain + returned + release"
                raise InvalidInput(self.agencies.where(position), shares, round(total, 6), "exactly 1")
        if not sum(community.potential_migrants for community in self.communities) > 0:
            raise InvalidInput(self.communities.name, "sum of potential_migrants", 0, "more than 0")
        for position, community in enumerate(self.communities):
            total = community.child_share + community.young_share
            if total > 1 + 1e-9:
                where = self.communities.where(position)
                raise InvalidInput(where, "child_share + young_share", round(total, 6), "at most 1")
        with_income = {row.entity for row in self.series if row.variable == "income_usd"}
        needed = [c.community for c in self.communities] + [p.place for p in self.places if p.role == "destination"]
        for entity in needed:
            if entity not in with_income:
                raise InvalidInput("series.csv", f"income_usd of {entity}", "missing", "at least one value")

    def _check_groups(self) -> None:
        """Check what several rows say together."""
        pairs: set[frozenset[str]] = set()
        for position, link in enumerate(self.cooperation):
            pair = frozenset((link.agency, link.partner))
            if len(pair) == 1 or pair in pairs:
                where = self.cooperation.where(position)
                raise InvalidInput(where, "partner", link.partner, "another agency, each pair once")
            pairs.add(pair)
        months: dict[str, set[int]] = {}
        for row in self.seasons:
            months.setdefault(row.season, set()).add(row.month)
        for season, present in months.items():
            if len(present) != 12:
                raise InvalidInput("seasons.csv", f"months of {season}", sorted(present), "each of 1 to 12 once")

    def _check_events(self) -> None:
        seen: set[str] = set()
        for event in self.events:
            where = f"events.yaml, event {event.event}"
            if event.event in seen:
                raise InvalidInput(where, "event", event.event, "a name that no other event has")
            seen.add(event.event)
            if event.until is not None and event.until <= event.date:
                raise InvalidInput(where, "until", str(event.until), f"a date after {event.date}")
            for change in event.changes:
                self.check_targets(change.lever, change.target, where)

    def check_targets(self, lever: str, targets: Iterable[str], where: str) -> None:
        """Check that the targets of a change of a lever can be meant in this corridor (see `select`).

        Raises
        ------
        InvalidInput
        """
        for target in targets:
            try:
                self.select(LEVERS[lever].scope, target)
            except InvalidInput as error:
                raise InvalidInput(where, f"target of {lever}", target, error.allowed) from None

    def select(self, scope: str, target: str) -> NDArray[np.int32]:
        """Return the positions that a target of a lever names.

        Parameters
        ----------
        scope : str
            Scope of the lever.
        target : str
            ``all``, a key of the scope's table, or ``column:value`` for every row with that value, such as
            ``side:destination``, ``kind:work``, ``mode:sea`` or ``country:ITA``.

        Returns
        -------
        ndarray of int32
            May be empty for a group: a policy made for any corridor may name kinds that this one does not have.

        Raises
        ------
        InvalidInput
            If no row can be meant.
        """
        known = self.targets(scope)
        if target == "all":
            return np.arange(len(known), dtype=np.int32)
        if target in known:
            return np.array([known[target]], dtype=np.int32)
        column, colon, value = target.partition(":")
        if colon and scope != "world":
            table = self._tables[scope]
            options = table.options(column)
            if value in options or not len(table):
                return np.flatnonzero([getattr(row, column) == value for row in table]).astype(np.int32)
            if options:
                allowed = f"{column}: followed by one of {', '.join(sorted(options)[:60])}"
                raise InvalidInput(scope, "target", target, allowed)
        names = ", ".join(sorted(known)[:60])
        raise InvalidInput(scope, "target", target, f"all, or one of {names}, or a group such as column:value")

    def targets(self, scope: str) -> Mapping[str, int]:
        """Return name to position of everything that a lever of ``scope`` may address."""
        return {"world": 0} if scope == "world" else self._tables[scope].index

    @cached_property
    def _tables(self) -> dict[str, Table[Any]]:
        """Table of each scope of a lever."""
        return {
            "agency": self.agencies,
            "leg": self.legs,
            "place": self.places,
            "community": self.communities,
            "operator": self.rescue,
            "service": self.services,
            "pathway": self.pathways,
        }

    def parameter_values(self) -> dict[str, float]:
        """Return the corridor's own parameter values.

        Raises
        ------
        InvalidInput
            If a name is not in the registry or a value not in its range.
        """
        values = {row.parameter: row.value for row in self.parameters}
        try:
            Parameters(values)
        except InvalidInput as error:
            raise InvalidInput(
                self.parameters.where(list(values).index(error.field)), error.field, error.value, error.allowed
            ) from None
        return values

    @cached_property
    def leg_origin(self) -> NDArray[np.int32]:
        """Place number where each leg starts, shape (n_legs,)."""
        return self.legs.positions("origin", self.places)

    @cached_property
    def leg_destination(self) -> NDArray[np.int32]:
        """Place number where each leg ends, shape (n_legs,)."""
        return self.legs.positions("destination", self.places)

    @cached_property
    def leg_inland(self) -> NDArray[np.bool_]:
        """Whether those stopped on a leg are where it ends: its agency is on that side, shape (n_legs,)."""
        inland = np.array([agency.side == "destination" for agency in self.agencies] + [False])
        return inland[self.leg_agency]

    @cached_property
    def leg_agency(self) -> NDArray[np.int32]:
        """Agency number that patrols each leg, -1 if none, shape (n_legs,)."""
        return self.legs.positions("agency", self.agencies)

    @cached_property
    def home(self) -> NDArray[np.int32]:
        """Place number of each community's home, shape (n_communities,)."""
        return self.communities.positions("home", self.places)

    @cached_property
    def is_destination(self) -> NDArray[np.bool_]:
        """Whether people may settle at each place, shape (n_places,)."""
        return np.asarray(self.places.column("role") == "destination")

    @cached_property
    def hosts(self) -> NDArray[np.bool_]:
        """Whether a community may settle at each place, shape (n_communities, n_places).

        People settle at places abroad whose income is known: all destinations, and hubs that have a series.
        """
        with_income = {row.entity for row in self.series if row.variable == "income_usd"}
        settles = np.array([name in with_income for name in self.places.names])
        countries = self.places.column("country")
        return settles[None, :] & (countries[None, :] != countries[self.home][:, None])

    def values(
        self, entity: str, variable: str, dates: NDArray[np.datetime64], default: float = 0.0
    ) -> NDArray[np.float64]:
        """Return a series at dates: linear between observations, constant beyond the ends.

        Parameters
        ----------
        entity, variable : str
        dates : ndarray of datetime64[D], shape (n,)
        default : float
            Value when the corridor has no such series.

        Returns
        -------
        ndarray of float, shape (n,)
        """
        known = self._series.get((entity, variable))
        if known is None:
            return np.full(len(dates), default)
        return np.asarray(np.interp(dates.astype("datetime64[D]").astype(float), *known))

    @cached_property
    def _series(self) -> dict[tuple[str, str], tuple[NDArray[np.float64], NDArray[np.float64]]]:
        grouped: dict[tuple[str, str], list[tuple[float, float]]] = {}
        for row in self.series:
            day = float(np.datetime64(row.date, "D").astype(int))
            grouped.setdefault((row.entity, row.variable), []).append((day, row.value))
        return {key: tuple(np.array(sorted(points)).T) for key, points in grouped.items()}
