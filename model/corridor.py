"""The world of a simulation: places, legs, communities of origin, actors, series and dated events.

A `Corridor` is immutable and validated on construction; processes read its tables as NumPy columns.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import csgraph_from_dense, dijkstra

from corridor.model.consistency import check_consistency
from corridor.model.errors import InvalidInput
from corridor.model.levers import LEVERS
from corridor.model.parameters import Parameters
from corridor.model.rows import (
    Agency,
    Community,
    Cooperation,
    DriverValue,
    HistoricalEvent,
    JusticeSystem,
    LatentValue,
    Leg,
    ParameterValue,
    Pathway,
    Place,
    RecruitingNetwork,
    RescueFleet,
    Season,
    Service,
    Stock,
    Tie,
    pair,
)
from corridor.model.tables import Table


@dataclass(frozen=True, eq=False)
class Corridor:
    """A validated, immutable world.

    Build one with `corridor.scenarios.load`, or from rows directly.

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
    series: Table[DriverValue]
    ties: Table[Tie]
    agencies: Table[Agency]
    seasons: Table[Season]
    rescue: Table[RescueFleet]
    services: Table[Service]
    pathways: Table[Pathway]
    cooperation: Table[Cooperation]
    events: tuple[HistoricalEvent, ...] = ()
    routes: tuple[str, ...] = ()
    step_days: int = 7
    warm_up_weeks: int = 0
    agents: int = 50_000
    description: str = ""
    content_hash: str = ""
    stocks: Table[Stock] = field(default_factory=lambda: Table("stocks.csv", ()))
    justice: Table[JusticeSystem] = field(default_factory=lambda: Table("justice.csv", (), "country"))
    recruiters: Table[RecruitingNetwork] = field(default_factory=lambda: Table("recruiters.csv", (), "community"))
    parameters: Table[ParameterValue] = field(default_factory=lambda: Table("parameters.csv", (), "parameter"))
    latent: tuple[LatentValue, ...] = ()

    def with_origin_effects(self, effects: Mapping[str, float], column: str = "departure_factor") -> Corridor:
        """Return this corridor with the ``departure_factor``, or ``onward_factor``, of some communities changed."""
        rows = [
            row.model_copy(update={column: effects[row.community]}) if row.community in effects else row
            for row in self.communities
        ]
        table = Table(self.communities.name, rows, self.communities.key, self.communities.lines)
        return dataclasses.replace(self, communities=table)

    @cached_property
    def leg_embarkation(self) -> tuple[str, ...]:
        """Embarkation of each leg with a route, such as ``"LBY-ITA sea"``; blank for other legs.

        An embarkation is a country of departure, a country of arrival and a mode. It has its own utility constant,
        because smugglers and their reputation differ between, say, Libya and Turkey, even on the same route.
        """
        country = {place.place: place.country for place in self.places}
        return tuple(
            f"{country[leg.origin]}-{country[leg.destination]} {leg.mode}" if leg.route else "" for leg in self.legs
        )

    def with_constants(self, constants: Mapping[str, float]) -> Corridor:
        """Return this corridor with the ``utility_constant`` (utils) of some legs changed.

        Parameters
        ----------
        constants : mapping of str to float
            By embarkation (`leg_embarkation`), or by route for all its legs whose embarkation has no value.
        """
        values = [
            constants.get(group, constants.get(leg.route, leg.utility_constant))
            for leg, group in zip(self.legs, self.leg_embarkation, strict=True)
        ]
        rows = [leg.model_copy(update={"utility_constant": x}) for leg, x in zip(self.legs, values, strict=True)]
        table = Table(self.legs.name, rows, self.legs.key, self.legs.lines)
        return dataclasses.replace(self, legs=table)

    def with_latent(self, latent: Iterable[LatentValue]) -> Corridor:
        """Return this corridor with its latent series replaced."""
        return dataclasses.replace(self, latent=tuple(latent))

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise InvalidInput("corridor.yaml", "end", str(self.end), f"a date after start ({self.start})")
        for table in (self.places, self.legs, self.communities):
            if len(table) == 0:
                raise InvalidInput(table.name, "rows", 0, "at least one row")
        check_consistency(self)
        self.parameter_values()

    def check_targets(self, lever: str, targets: Iterable[str], where: str) -> None:
        """Check that the targets of a lever change exist in this corridor (see `select`).

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
        """Return the positions of the rows that a lever's target refers to.

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
            May be empty for a group: a policy written for any corridor may refer to kinds that this one lacks.

        Raises
        ------
        InvalidInput
            If the target can match no row.
        """
        known = self.targets(scope)
        if target == "all":
            return np.arange(len(known), dtype=np.int32)
        if target in known:
            return np.array([known[target]], dtype=np.int32)
        column, colon, value = target.partition(":")
        if colon and scope != "world":
            table = self.tables[scope]
            options = table.options(column)
            if value in options or not len(table):
                return np.flatnonzero([getattr(row, column) == value for row in table]).astype(np.int32)
            if options:
                allowed = f"{column}: followed by one of {', '.join(sorted(options)[:60])}"
                raise InvalidInput(scope, "target", target, allowed)
        names = ", ".join(sorted(known)[:60])
        raise InvalidInput(scope, "target", target, f"all, or one of {names}, or a group such as column:value")

    def targets(self, scope: str) -> Mapping[str, int]:
        """Return a mapping from name to position of all targets of a lever of ``scope``."""
        return {"world": 0} if scope == "world" else self.tables[scope].index

    @cached_property
    def tables(self) -> dict[str, Table[Any]]:
        """Table of each scope of a lever."""
        return {
            "agency": self.agencies,
            "leg": self.legs,
            "place": self.places,
            "community": self.communities,
            "operator": self.rescue,
            "service": self.services,
            "pathway": self.pathways,
            "justice": self.justice,
        }

    def parameter_values(self) -> dict[str, float]:
        """Return the corridor's own parameter values.

        Raises
        ------
        InvalidInput
            If a name is not in the registry, or a value is out of range.
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
    def leg_route(self) -> NDArray[np.int32]:
        """Index in `routes` of each leg's route, -1 if it has none, shape (n_legs,)."""
        number = {name: row for row, name in enumerate(self.routes)} | {"": -1}
        return np.array([number[leg.route] for leg in self.legs], dtype=np.int32)

    @cached_property
    def leg_enters(self) -> NDArray[np.bool_]:
        """Whether completing a leg counts as an entry: it is on a route or ends at a destination, shape (n_legs,)."""
        return np.asarray((self.leg_route >= 0) | self.is_destination[self.leg_destination])

    @cached_property
    def leg_inland(self) -> NDArray[np.bool_]:
        """Whether people stopped on each leg are held at its end: its agency is on that side, shape (n_legs,)."""
        inland = np.array([agency.side == "destination" for agency in self.agencies] + [False])
        return inland[self.leg_agency]

    @cached_property
    def leg_agency(self) -> NDArray[np.int32]:
        """Number of the agency that patrols each leg, -1 if none, shape (n_legs,)."""
        return self.legs.positions("agency", self.agencies)

    @cached_property
    def home(self) -> NDArray[np.int32]:
        """Place number of each community's home, shape (n_communities,)."""
        return self.communities.positions("home", self.places)

    @cached_property
    def starts(self) -> list[NDArray[np.int32]]:
        """Numbers of the places where each community's people start: at home and abroad."""
        community, place = (
            self.stocks.positions("community", self.communities), self.stocks.positions("place", self.places)
        )  # fmt: skip
        return [np.append(home, place[community == number]) for number, home in enumerate(self.home)]

    @cached_property
    def is_destination(self) -> NDArray[np.bool_]:
        """Whether people may settle at each place, shape (n_places,)."""
        return np.asarray(self.places.column("role") == "destination")

    @cached_property
    def grants_asylum(self) -> NDArray[np.bool_]:
        """Whether people who live at each place may claim asylum there, shape (n_places,)."""
        return np.asarray(self.is_destination | (self.places.column("grant_rate") > 0))

    @cached_property
    def hosts(self) -> NDArray[np.bool_]:
        """Whether people of a community may live at each place, shape (n_communities, n_places).

        They live abroad where an income is known: at all destinations, and at hubs of countries of transit.
        """
        settles = self.described_by >= 0
        countries = self.places.column("country")
        return settles[None, :] & (countries[None, :] != countries[self.home][:, None])

    @cached_property
    def refuge(self) -> NDArray[np.int64]:
        """Place to which people of a community turn back from each place where they may not live.

        A place in the same country where they may live, or else the nearest one in days, going back along the legs by
        which people arrive, other than by air; -1 if there is none, and in their own country, shape (n_communities,
        n_places).
        """
        n_places = len(self.places)
        days = np.full((n_places, n_places), np.inf)
        ways = np.flatnonzero(self.legs.column("mode") != "air")
        ends = self.leg_destination[ways], self.leg_origin[ways]
        np.minimum.at(days, ends, self.legs.column("days").astype(float)[ways])
        distance = dijkstra(csgraph_from_dense(days, null_value=np.inf))
        countries = self.places.column("country")
        refuge = np.full(self.hosts.shape, -1, dtype=np.int64)
        for community, hosts in enumerate(self.hosts):
            there = np.flatnonzero(hosts)
            if there.size:
                same = countries[:, None] == countries[there][None, :]
                away = np.where(same, 0.0, distance[:, there])
                found = np.isfinite(away.min(axis=1)) & ~hosts & (countries != countries[self.home[community]])
                nearest = away.argmin(axis=1)
                refuge[community, found] = there[nearest[found]]
        return refuge

    @cached_property
    def described_by(self) -> NDArray[np.int64]:
        """Place whose series describe living conditions at each place; -1 where nobody lives, shape (n_places,).

        The place itself if it has series, or else one in the same transit country; nobody lives in first reception in
        a country that grants asylum.
        """
        known = np.array([self.has_series(name, "income_usd") for name in self.places.names])
        countries = self.places.column("country")
        receives = set(countries[self.grants_asylum])
        of_country = {countries[place]: place for place in np.flatnonzero(known)[::-1]}
        in_transit = {country: place for country, place in of_country.items() if country not in receives}
        own = np.where(known, np.arange(known.size), -1)
        return np.where(known, own, [in_transit.get(country, -1) for country in countries])

    def has_series(self, entity: str, variable: str) -> bool:
        """Return whether the corridor has a series for a community or a place."""
        return (entity, variable) in self._series

    def values(
        self, entity: str, variable: str, dates: NDArray[np.datetime64], default: float = 0.0
    ) -> NDArray[np.float64]:
        """Interpolate a series at dates: linear between observations, constant beyond the ends.

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

    def latent_departures(self, dates: NDArray[np.datetime64]) -> NDArray[np.float64]:
        """Return the latent log factor of communities' departures at dates, shape (n_communities, n)."""
        return np.array([self._latent_at("departures", name, dates) for name in self.communities.names])

    def latent_utility(self, dates: NDArray[np.datetime64]) -> NDArray[np.float64]:
        """Return the latent utility of legs at dates, utils, shape (n_legs, n): that of route plus embarkation."""
        pairs = [(leg.route, group) for leg, group in zip(self.legs, self.leg_embarkation, strict=True)]
        found = {pair: sum(self._latent_at("utility", name, dates) for name in pair) for pair in dict.fromkeys(pairs)}
        return np.array([found[pair] for pair in pairs])

    def latent_preference(self, dates: NDArray[np.datetime64]) -> NDArray[np.float64]:
        """Return the latent utility of routes for communities at dates, utils, shape (n_communities, n_routes + 1, n).

        The last row stands for legs without a route and is zero, so that `leg_route` can serve as an index.
        """
        names = product(self.communities.names, (*self.routes, ""))
        found = [self._latent_at("preference", pair(*name), dates) for name in names]
        return np.reshape(found, (len(self.communities), len(self.routes) + 1, len(dates)))

    def latent_danger(self, dates: NDArray[np.datetime64]) -> NDArray[np.float64]:
        """Return the latent log factor of distress risk on routes, shape (n_routes + 1, n); the last row is zero."""
        return np.array([self._latent_at("danger", route, dates) for route in (*self.routes, "")])

    def _latent_at(self, series: str, entity: str, dates: NDArray[np.datetime64]) -> NDArray[np.float64]:
        known = self._latent.get((series, entity))
        if known is None:
            return np.zeros(len(dates))
        return np.asarray(np.interp(dates.astype("datetime64[D]").astype(float), *known))

    @cached_property
    def _latent(self) -> dict[tuple[str, str], tuple[NDArray[np.float64], NDArray[np.float64]]]:
        return _grouped((row.series, row.entity, row.date, row.value) for row in self.latent)

    @cached_property
    def _series(self) -> dict[tuple[str, str], tuple[NDArray[np.float64], NDArray[np.float64]]]:
        return _grouped((row.entity, row.variable, row.date, row.value) for row in self.series)


def _grouped(
    values: Iterable[tuple[str, str, dt.date, float]],
) -> dict[tuple[str, str], tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Return days since 1970 and values of each series, sorted by day."""
    grouped: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for *key, date, value in values:
        day = float(np.datetime64(date, "D").astype(int))
        grouped.setdefault((key[0], key[1]), []).append((day, value))
    return {key: tuple(np.array(sorted(points)).T) for key, points in grouped.items()}
