"""Routes to each camp: a discounted recursive logit over the roads that lead closer to it (ODD eq. 61 and 62)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from corridor.displacement.engine.case import Case
from corridor.displacement.engine.parameters import Behaviour
from corridor.displacement.kernels.movement import Solution, solve_routes, sum_shares

SHUT_KM = 10_000.0
"""Detour for a closed border at and above which nobody crosses it."""
_LEAST_KM = 1e-4
"""Cost of a road without length, which still leads closer."""


class CampRoutes:
    """Routes between every place and every camp, on days without a change of roads, camps or conflict.

    Parameters
    ----------
    case : Case
    day : int
    behaviour : Behaviour
    forced_roads : {"off", "choice", "immediate"}

    Attributes
    ----------
    km : ndarray of float, shape (n_places, n_camps)
        Distance from a place to a camp over all routes, with closed borders as detours; infinite if there is no
        route, or if the camp is closed.
    shares : ndarray of float, shape (n_camps, n_links)
        Probabilities of the links out of a place for those on their way to a camp, summed within the place.
    """

    def __init__(self, case: Case, day: int, behaviour: Behaviour, forced_roads: str) -> None:
        links, camps, n_places = case.links, np.flatnonzero(case.places.is_camp), len(case.places)
        bound = _bound(case, day) if forced_roads != "off" else np.zeros(n_places, dtype=bool)
        road_km = _road_km(case, day, behaviour)
        road_km[bound[links.origin] & ~case.schedule.is_forced[day]] = np.inf
        cost = _least_km(case, road_km, camps)
        cost[~case.schedule.is_camp[day][camps]] = np.inf
        # Only roads that lead closer count: nobody goes in circles, and one pass in order of cost solves the logit.
        leads_nearer = cost[:, links.destination] < cost[:, links.origin]
        n_links, first_link = len(links), links.first(n_places)
        solution = Solution(np.zeros(cost.shape), np.zeros((camps.size, n_links)), np.zeros(cost.shape))
        utility = np.where(leads_nearer, -road_km, -np.inf)
        order = np.argsort(cost, axis=1).astype(np.int32)
        solve_routes(
            solution, utility, order, first_link.astype(np.int32), links.destination.astype(np.int32), camps,
            behaviour.foresight, behaviour.way_scale_km,
        )  # fmt: skip
        self.km = np.where(np.isfinite(cost), np.maximum(-solution.value, 0.0), np.inf).T.copy()
        if forced_roads == "immediate":
            self.km[camps[bound[camps]], np.flatnonzero(bound[camps])] = np.inf
        self.shares = np.zeros_like(solution.weight)
        for camp in range(camps.size):
            sum_shares(self.shares[camp], solution.weight[camp], solution.end_weight[camp], first_link)


def _road_km(case: Case, day: int, p: Behaviour) -> NDArray[np.float64]:
    """Return the cost of each link, shape (n_links,), km; infinite where it is closed: ODD eq. 61."""
    links, schedule = case.links, case.schedule
    km = np.maximum(links.km + p.conflict_km * schedule.intensity[day, links.destination], _LEAST_KM)
    at_border = schedule.is_border_closed[day]
    km[at_border] += p.border_km if p.border_km < SHUT_KM else np.inf
    km[~schedule.is_open[day] & ~at_border] = np.inf
    return km


def _bound(case: Case, day: int) -> NDArray[np.bool_]:
    """Return the places that people can leave only by an open forced road, shape (n_places,)."""
    bound = np.zeros(len(case.places), dtype=bool)
    bound[case.links.origin[case.schedule.is_forced[day] & case.schedule.is_open[day]]] = True
    return bound


def _least_km(case: Case, road_km: NDArray[np.float64], camps: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return the length of the shortest route to each camp, shape (n_camps, n_places), km."""
    links, n_places = case.links, len(case.places)
    usable = np.flatnonzero(np.isfinite(road_km))
    # Only the best of parallel roads counts: a sparse matrix would add them up.
    usable = usable[np.lexsort((road_km[usable], links.origin[usable], links.destination[usable]))]
    ends = np.stack([links.destination[usable], links.origin[usable]])
    first = np.ones(usable.size, dtype=bool)
    first[1:] = (ends[:, 1:] != ends[:, :-1]).any(axis=0)
    roads = csr_matrix((road_km[usable[first]], ends[:, first]), shape=(n_places, n_places))
    return np.asarray(dijkstra(roads, indices=camps)).reshape(camps.size, n_places)
