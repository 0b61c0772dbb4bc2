"""Who at home leaves next: people of a community stand in the order in which they will pass its integrated hazard."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True)
def pop_passed(following, end, threshold, integrated):  # type: ignore[no-untyped-def]
    """Return those whose threshold the integrated hazard of their community has passed, and advance the queues.

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


def passed_numpy(
    following: NDArray[np.int64],
    end: NDArray[np.int64],
    threshold: NDArray[np.float64],
    integrated: NDArray[np.float64],
) -> NDArray[np.int64]:
    """Plain NumPy twin of `pop_passed`, which leaves the queues as they are."""
    queues = [
        first + np.arange(np.searchsorted(threshold[first:last], hazard, side="right"))
        for first, last, hazard in zip(following, end, integrated, strict=True)
    ]
    return np.concatenate(queues)
