"""Findings about a valid scenario directory that may not express its author's intent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from corridor.model.corridor import Corridor
from corridor.scenarios.observed import observed
from corridor.scenarios.reader import EVENTS_FILE, HEADER_FILE, TABLES, load, scenario_directory

STALE_DAYS = 366  # a yearly series may well end a year before the run does


def check(name_or_path: str | Path) -> list[str]:
    """List doubtful entries of a valid scenario directory, one sentence each.

    Parameters
    ----------
    name_or_path : str or Path
        As for `corridor.scenarios.load`.

    Returns
    -------
    list of str
        Empty if there is nothing to say.

    Raises
    ------
    InvalidInput
        If the directory is not valid.
    """
    directory, corridor = scenario_directory(name_or_path), load(name_or_path)
    return [
        *_file_findings(directory),
        *_network_findings(corridor),
        *_stock_findings(corridor),
        *_actor_findings(corridor),
        *_series_findings(corridor),
        *_event_findings(corridor),
        *_observation_findings(corridor, directory),
    ]


def _listed(names: Iterable[str], most: int = 8) -> str:
    """List some names, and the number of the others."""
    known = list(names)
    more = f" and {len(known) - most} more" if len(known) > most else ""
    return ", ".join(known[:most]) + more


def _file_findings(directory: Path) -> Iterator[str]:
    read = {HEADER_FILE, EVENTS_FILE, *(spec.file for spec in TABLES.values())}
    for file in sorted(directory.iterdir()):
        if file.suffix in {".csv", ".yaml", ".yml"} and file.name not in read:
            yield f"{file.name}: not a file of the format, so it is not read; files are {', '.join(sorted(read))}"
    if not (directory / "SOURCES.md").exists():
        yield "SOURCES.md: missing, it should name source, licence and attribution of each table"


def reachable(corridor: Corridor) -> NDArray[np.bool_]:
    """Return whether each place can be reached from each community's home.

    Parameters
    ----------
    corridor : Corridor

    Returns
    -------
    ndarray of bool, shape (n_communities, n_places)
    """
    size = len(corridor.places)
    ones = np.ones(len(corridor.legs))
    graph = coo_array((ones, (corridor.leg_origin, corridor.leg_destination)), shape=(size, size)).tocsr()
    return np.isfinite(dijkstra(graph, indices=corridor.home, unweighted=True))


def _network_findings(corridor: Corridor) -> Iterator[str]:
    reach = reachable(corridor)
    can_arrive = np.asarray((reach & corridor.is_destination).any(axis=1))
    for community, arrives in zip(corridor.communities, can_arrive, strict=True):
        if not arrives:
            yield f"communities.csv: {community.community} has no path from {community.home} to any destination"
    legs_out = np.bincount(corridor.leg_origin, minlength=len(corridor.places))
    for position, place in enumerate(corridor.places):
        where = corridor.places.where(position)
        if not reach[:, position].any():
            yield f"{where}: {place.place} can be reached from no community's home"
        elif place.role == "hub" and legs_out[position] == 0:
            yield f"{where}: no leg leads out of hub {place.place}, so people who arrive there cannot move on"
    used = {leg.season for leg in corridor.legs}
    unused = sorted({row.season for row in corridor.seasons} - used)
    if unused:
        yield f"seasons.csv: no leg uses {_listed(unused)}"


def _stock_findings(corridor: Corridor) -> Iterator[str]:
    legs_out = np.bincount(corridor.leg_origin, minlength=len(corridor.places))
    known = {(tie.community, tie.destination) for tie in corridor.ties}
    for position, stock in enumerate(corridor.stocks):
        where = corridor.stocks.where(position)
        if not legs_out[corridor.places.index[stock.place]]:
            yield f"{where}: no leg leads on from {stock.place}, so the people of {stock.community} there never move on"
        if (stock.community, stock.place) not in known:
            yield f"{where}: ties.csv has no compatriots of {stock.community} at {stock.place}, though they live there"


def _actor_findings(corridor: Corridor) -> Iterator[str]:
    for position, leg in enumerate(corridor.legs):
        where = corridor.legs.where(position)
        if leg.crossing and not leg.agency:
            yield f"{where}: crossing {leg.leg} has no agency, so nobody is intercepted on it"
        if leg.agency and leg.interception_risk == 0:
            yield f"{where}: {leg.agency} patrols {leg.leg}, but its interception_risk is 0"
    patrolling = {leg.agency for leg in corridor.legs}
    for agency in corridor.agencies:
        if agency.agency not in patrolling:
            yield f"agencies.csv: {agency.agency} patrols no leg"
    if any(leg.market for leg in corridor.legs) and not corridor.places.column("organisations").any():
        yield "places.csv: legs are sold by smuggling organisations, but none is based anywhere"
    countries = {place.country for place in corridor.places}
    for service in corridor.services:
        if service.country not in countries:
            yield f"services.csv: {service.service} serves {service.country}, which has no place"
    for justice in corridor.justice:
        if justice.country not in countries:
            yield f"justice.csv: no place is in {justice.country}"
    for recruiters in corridor.recruiters:
        if recruiters.community not in corridor.communities.index:
            yield f"recruiters.csv: no community is called {recruiters.community}"
    for pathway in corridor.pathways:
        if corridor.places[pathway.destination].role != "destination":
            yield f"pathways.csv: {pathway.pathway} leads to {pathway.destination}, which is not a destination"


def _series_findings(corridor: Corridor) -> Iterator[str]:
    known: dict[tuple[str, str], list[np.datetime64]] = defaultdict(list)
    for row in corridor.series:
        known[row.variable, row.entity].append(np.datetime64(row.date, "D"))
    late, early = defaultdict(list), defaultdict(list)
    for (variable, entity), dates in known.items():
        # A single value is meant to be constant.
        if len(dates) > 1:
            if (np.datetime64(corridor.end, "D") - max(dates)).astype(int) > STALE_DAYS:
                early[variable].append(entity)
            if (min(dates) - np.datetime64(corridor.start, "D")).astype(int) > STALE_DAYS:
                late[variable].append(entity)
    for variable, entities in early.items():
        yield f"series.csv: {variable} ends over a year before {corridor.end} for {_listed(entities)}; constant after"
    for variable, entities in late.items():
        yield f"series.csv: {variable} begins over a year after {corridor.start} for {_listed(entities)}; flat before"
    missing = [c.community for c in corridor.communities if ("instability", c.community) not in known]
    if missing:
        yield f"series.csv: no instability for {_listed(missing)}; taken as 0, the world mean"


def _event_findings(corridor: Corridor) -> Iterator[str]:
    after = [event.event for event in corridor.events if event.date > corridor.end]
    if after:
        yield f"events.yaml: {_listed(after)} come after the end ({corridor.end}), so they do not affect a run"


def _observation_findings(corridor: Corridor, directory: Path) -> Iterator[str]:
    used = {leg.route for leg in corridor.legs if leg.route}
    unused = sorted(set(corridor.routes) - used)
    if unused:
        yield f"corridor.yaml: no leg belongs to route {_listed(unused)}"
    for kind, table in observed(directory).items():
        where, routes = f"observed/{kind}.csv", set(table["route"])
        if routes - set(corridor.routes):
            yield f"{where}: {_listed(sorted(routes - set(corridor.routes)))} is not among the routes in corridor.yaml"
        if used - routes:
            yield f"{where}: no observations for {_listed(sorted(used - routes))}, to which legs belong"
        if not table["month"].between(str(corridor.start), str(corridor.end)).any():
            yield f"{where}: no month lies between {corridor.start} and {corridor.end}"
