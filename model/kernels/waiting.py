"""Next departures from home: people of a community are sorted by the integrated hazard at which they leave."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corridor.model.machine_code import Floats, Ints, compiled


@compiled()
def pop_passed(following: Ints, end: Ints, threshold: Floats, integrated: Floats) -> NDArray[np.int64]:
    """Return people whose threshold has been passed by their community's integrated hazard, and advance the queues.

    Parameters
    ----------
    following : ndarray of int64, shape (n_communities,)
        Next person of each community; changed in place.
    end : ndarray of int64, shape (n_communities,)
        One past the last person.
    threshold : ndarray of float, shape (n,)
        Ascending within each community.
    integrated : ndarray of float, shape (n_communities,)

    Returns
    -------
    ndarray of int64
        Sorted.
    """
    first = following.copy()
    for community in range(following.size):
        last = first[community]
        while last < end[community] and threshold[last] <= integrated[community]:
            last += 1
        following[community] = last
    leaving = np.empty((following - first).sum(), dtype=np.int64)
    n = 0
    for community in range(following.size):
        for person in range(first[community], following[community]):
            leaving[n] = person
            n += 1
    return leaving
