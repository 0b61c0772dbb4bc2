"""Ways to each camp: a discounted recursive logit over the roads that lead nearer (ODD eq. 61 and 62)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from corridor.displacement.engine.case import Case
from corridor.displacement.engine.parameters import Behaviour
from corridor.displacement.kernels.movement import solve_ways, sum_shares

_SHUT = -50.0
_LEAST_COST = 1e-6
"""Cost of a road without length, utils: it still leads nearer."""


class Ways:
    """What lies between every place and every camp on days without a change of roads, camps or conflict.

    Parameters
    ----------
    case : Case
    day : int
    behaviour : Behaviour
    forced_roads : {"off", "choice", "immediate"}

    Attributes
    ----------
    value : ndarray of float, shape (n_places, n_camps), utils
        Of the ways from a place to a camp; -inf where there is none, or the camp is closed.
    shares : ndarray of float, shape (n_camps, n_links)
        Probabilities of the links out of a place for those on their way to a camp, summed within the place.
    """

    def __init__(self, case: Case, day: int, behaviour: Behaviour, forced_roads: str) -> None:
        links, camps, n_places = case.links, np.flatnonzero(case.places.is_camp), len(case.places)
        bound = _bound(case, day) if forced_roads != "off" else np.zeros(n_places, dtype=bool)
        utility = _road_utility(case, day, behaviour)
        utility[bound[links.origin] & ~case.schedule.is_forced[day]] = -np.inf
        cost = _least_cost(case, utility, camps)
        cost[~case.schedule.is_camp[day][camps]] = np.inf
        # Only roads that lead nearer: nobody goes in circles, and one pass in the order of cost solves the logit.
        leads_nearer = cost[:, links.destination] < cost[:, links.origin]
        value, end_weight = np.zeros(cost.shape), np.zeros(cost.shape)
        weight = np.zeros((camps.size, len(links)))
        solve_ways(
            value, weight, end_weight, np.where(leads_nearer, utility, -np.inf), camps,
            links.first(n_places).astype(np.int32), links.destination.astype(np.int32),
            np.argsort(cost, axis=1).astype(np.int32), behaviour.foresight, behaviour.way_scale,
        )  # fmt: skip
        self.value = np.where(np.isfinite(cost), value, -np.inf).T.copy()
        if forced_roads == "immediate":
            self.value[camps[bound[camps]], np.flatnonzero(bound[camps])] = -np.inf
        self.shares = np.zeros_like(weight)
        for camp in range(camps.size):
            sum_shares(self.shares[camp], weight[camp], end_weight[camp], links.first(n_places))


def _road_utility(case: Case, day: int, p: Behaviour) -> NDArray[np.float64]:
    """Return the utility of each link, shape (n_links,); -inf where it is closed: ODD eq. 61."""
    links, schedule = case.links, case.schedule
    utility = p.road_utility * links.km / 100 + p.conflict_utility * schedule.intensity[day, links.destination]
    utility = np.minimum(utility, -_LEAST_COST)
    at_border = schedule.is_border_closed[day]
    utility[at_border] += p.border_utility if p.border_utility > _SHUT else -np.inf
    utility[~schedule.is_open[day] & ~at_border] = -np.inf
    return utility


def _bound(case: Case, day: int) -> NDArray[np.bool_]:
    """Return the places that an open forced road leaves no other way, shape (n_places,)."""
    bound = np.zeros(len(case.places), dtype=bool)
    bound[case.links.origin[case.schedule.is_forced[day] & case.schedule.is_open[day]]] = True
    return bound


def _least_cost(case: Case, utility: NDArray[np.float64], camps: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return the cost of the best way to each camp, shape (n_camps, n_places), utils."""
    links, size = case.links, (len(case.places),) * 2
    usable = np.flatnonzero(np.isfinite(utility))
    # Of parallel roads the best counts: a sparse matrix would add them up.
    usable = usable[np.argsort(utility[usable], kind="stable")]
    cost = np.zeros(size)
    cost[links.destination[usable], links.origin[usable]] = -utility[usable]
    return np.asarray(dijkstra(csr_matrix(cost), indices=camps)).reshape(camps.size, size[0])
