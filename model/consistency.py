"""Consistency of a corridor's tables: names that rows refer to, shares that must add up, series that are required."""

from __future__ import annotations

import math
from itertools import product
from typing import TYPE_CHECKING

from corridor.model.errors import InvalidInput
from corridor.model.rows import pair

if TYPE_CHECKING:
    from corridor.model.corridor import Corridor


def check_consistency(corridor: Corridor) -> None:
    """Check constraints that span rows or tables.

    Raises
    ------
    InvalidInput
        For the first violation.
    """
    _check_references(corridor)
    _check_values(corridor)
    _check_stocks(corridor)
    _check_groups(corridor)
    _check_events(corridor)


def _check_references(corridor: Corridor) -> None:
    _ = corridor.leg_origin, corridor.leg_destination, corridor.leg_agency, corridor.home
    corridor.ties.positions("community", corridor.communities)
    corridor.ties.positions("destination", corridor.places)
    corridor.pathways.positions("destination", corridor.places)
    corridor.stocks.positions("community", corridor.communities)
    corridor.stocks.positions("place", corridor.places)
    corridor.cooperation.positions("agency", corridor.agencies)
    corridor.cooperation.positions("partner", corridor.agencies)
    seasons = {row.season for row in corridor.seasons}
    for position, leg in enumerate(corridor.legs):
        where = corridor.legs.where(position)
        if leg.season and leg.season not in seasons:
            raise InvalidInput(where, "season", leg.season, "a profile in seasons.csv")
        if leg.route and leg.route not in corridor.routes:
            allowed = f"one of the routes in corridor.yaml: {', '.join(corridor.routes)}"
            raise InvalidInput(where, "route", leg.route, allowed)
    for position, pathway in enumerate(corridor.pathways):
        if pathway.community != "all" and pathway.community not in corridor.communities.index:
            where, allowed = corridor.pathways.where(position), "all, or a name in communities.csv"
            raise InvalidInput(where, "community", pathway.community, allowed)
    for position, operator in enumerate(corridor.rescue):
        for leg_name in operator.legs:
            if leg_name not in corridor.legs.index:
                raise InvalidInput(corridor.rescue.where(position), "legs", leg_name, "names in legs.csv")
    for position, row in enumerate(corridor.series):
        if row.entity not in corridor.communities.index and row.entity not in corridor.places.index:
            raise InvalidInput(corridor.series.where(position), "entity", row.entity, "a community or a place")
    known = {
        "departures": corridor.communities.index.keys(),
        "utility": {*corridor.leg_embarkation, *corridor.routes} - {""},
        "danger": corridor.routes,
        "preference": {pair(*both) for both in product(corridor.communities.names, corridor.routes)},
    }
    for value in corridor.latent:
        if value.entity not in known[value.series]:
            allowed = f"one of {', '.join(sorted(known[value.series]))}"
            raise InvalidInput(f"latent series of {value.series}", "entity", value.entity, allowed)


def _check_values(corridor: Corridor) -> None:
    for position, leg in enumerate(corridor.legs):
        if leg.origin == leg.destination:
            raise InvalidInput(corridor.legs.where(position), "to", leg.destination, "another place than from")
    for position, agency in enumerate(corridor.agencies):
        total = agency.push_back + agency.detain + agency.returned + agency.release
        if not math.isclose(total, 1.0, abs_tol=1e-6):
            shares = "push_back + detain + returned + release"
            raise InvalidInput(corridor.agencies.where(position), shares, round(total, 6), "exactly 1")
    if not sum(community.potential_migrants for community in corridor.communities) > 0:
        raise InvalidInput(corridor.communities.name, "sum of potential_migrants", 0, "more than 0")
    for position, community in enumerate(corridor.communities):
        total = community.child_share + community.young_share
        if total > 1 + 1e-9:
            where = corridor.communities.where(position)
            raise InvalidInput(where, "child_share + young_share", round(total, 6), "at most 1")
    with_income = {row.entity for row in corridor.series if row.variable == "income_usd"}
    needed = [c.community for c in corridor.communities] + [p.place for p in corridor.places if p.role == "destination"]
    for entity in needed:
        if entity not in with_income:
            raise InvalidInput("series.csv", f"income_usd of {entity}", "missing", "at least one value")


def _check_stocks(corridor: Corridor) -> None:
    """Check that initial stocks abroad are in places that can host them, and do not exceed the potential migrants."""
    abroad: dict[str, float] = {}
    for position, stock in enumerate(corridor.stocks):
        where = corridor.stocks.where(position)
        if not corridor.hosts[corridor.communities.index[stock.community], corridor.places.index[stock.place]]:
            allowed = f"a place abroad for {stock.community} with income_usd in series.csv"
            raise InvalidInput(where, "place", stock.place, allowed)
        abroad[stock.community] = abroad.get(stock.community, 0.0) + stock.persons
        pool = corridor.communities[stock.community].potential_migrants
        if abroad[stock.community] > pool:
            allowed = f"in all, with earlier rows, at most the potential_migrants of {stock.community} ({pool:g})"
            raise InvalidInput(where, "persons", stock.persons, allowed)


def _check_groups(corridor: Corridor) -> None:
    """Check groups of rows: pairs of cooperating agencies, and months of seasonal profiles."""
    pairs: set[frozenset[str]] = set()
    for position, link in enumerate(corridor.cooperation):
        pair = frozenset((link.agency, link.partner))
        if len(pair) == 1 or pair in pairs:
            where = corridor.cooperation.where(position)
            raise InvalidInput(where, "partner", link.partner, "another agency, each pair once")
        pairs.add(pair)
    months: dict[str, set[int]] = {}
    for row in corridor.seasons:
        months.setdefault(row.season, set()).add(row.month)
    for season, present in months.items():
        if len(present) != 12:
            raise InvalidInput("seasons.csv", f"months of {season}", sorted(present), "each of 1 to 12 once")


def _check_events(corridor: Corridor) -> None:
    seen: set[str] = set()
    for event in corridor.events:
        where = f"events.yaml, event {event.event}"
        if event.event in seen:
            raise InvalidInput(where, "event", event.event, "a name that no other event has")
        seen.add(event.event)
        if event.until is not None and event.until <= event.date:
            raise InvalidInput(where, "until", str(event.until), f"a date after {event.date}")
        for change in event.changes:
            corridor.check_targets(change.lever, change.target, where)
