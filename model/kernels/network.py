"""The network of legs as used by route choice, and the sets of places between which round trips are possible."""

from __future__ import annotations

from graphlib import TopologicalSorter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components, dijkstra


class Network(NamedTuple):
    """The network of legs as used by route choice."""

    first_leg: NDArray[np.int32]
    """Legs out of place p are ``leg_by_origin[first_leg[p]:first_leg[p + 1]]``, shape (n_places + 1,)."""
    leg_by_origin: NDArray[np.int32]
    """Numbers of the legs, shape (n_legs,)."""
    leg_destination: NDArray[np.int32]
    """Place where each leg ends, shape (n_legs,)."""
    passes: NDArray[np.bool_]
    """Whether each leg stays within a transit country, so that nobody takes it to live there, shape (n_legs,)."""
    aims: NDArray[np.bool_]
    """Whether a place can be the destination of a community's journeys, shape (n_communities, n_places)."""
    home: NDArray[np.int32]
    """Home of each community, shape (n_communities,)."""
    n_reached: NDArray[np.int32]
    """Places that a community can come to, shape (n_communities,)."""
    tangle: NDArray[np.int32]
    """Number of the set of places between which round trips are possible, (n_communities, n_places)."""


def tangles(
    start: NDArray[np.integer], home: int, origin: NDArray[np.integer], destination: NDArray[np.integer], n_places: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the places that a community can reach, and the tangle of each place.

    A tangle is a set of places between which round trips are possible (a strongly connected component of the legs that
    do not lead home).

    Parameters
    ----------
    start : ndarray of int
        Places where people start.
    home : int
    origin, destination : ndarray of int, shape (n_legs,)
    n_places : int

    Returns
    -------
    places : ndarray of int32
        Tangle by tangle, those further on first.
    tangle : ndarray of int32, shape (n_places,)
        Number of the tangle; -1 for home.
    """
    used = destination != home
    ends = origin[used], destination[used]
    graph = csr_matrix((np.ones(ends[0].size), ends), shape=(n_places, n_places))
    within = np.isfinite(dijkstra(graph, indices=np.unique(start), unweighted=True, min_only=True))
    _, component = connected_components(graph, directed=True, connection="strong")
    onward: dict[int, set[int]] = {int(number): set() for number in component}
    for first, last in zip(component[ends[0]].tolist(), component[ends[1]].tolist(), strict=True):
        if first != last:
            onward[first].add(last)
    rank = {number: position for position, number in enumerate(TopologicalSorter(onward).static_order())}
    tangle = np.array([rank[int(number)] for number in component], dtype=np.int32)
    places = np.flatnonzero(within)
    places = places[np.argsort(tangle[places], kind="stable")]
    tangle[home] = -1
    return places.astype(np.int32), tangle
