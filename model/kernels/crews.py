"""Crews of smuggling organisations: posts, and what a short crew can still serve (ODD eq. 11a)."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True)
def count_posts(capacity, organisation, service, crew, n_organisations):  # type: ignore[no-untyped-def]
    """Return the members that each organisation needs for its offers.

    Parameters
    ----------
    capacity : ndarray of float, shape (n_offers,), persons a week
    organisation, service : ndarray of int, shape (n_offers,)
    crew : ndarray of float, shape (n_services, n_roles), members a unit of capacity
    n_organisations : int

    Returns
    -------
    ndarray of float, shape (n_organisations, n_roles), persons
    """
    posts = np.zeros((n_organisations, crew.shape[1]))
    for offer in range(capacity.size):
        if capacity[offer] != 0.0:
            for role in range(crew.shape[1]):
                posts[organisation[offer], role] += capacity[offer] * crew[service[offer], role]
    return posts


@njit(cache=True)
def serve_with(filled, capacity, organisation, service, needed, exponent, nobody):  # type: ignore[no-untyped-def]
    """Return the share of each offer's capacity that its crew can serve: a soft minimum over the roles needed.

    Parameters
    ----------
    filled : ndarray of float, shape (n_organisations, n_roles), 0 to 1
    capacity : ndarray of float, shape (n_offers,), persons a week
    organisation, service : ndarray of int, shape (n_offers,)
    needed : ndarray of bool, shape (n_services, n_roles)
    exponent : float
        The larger, the closer to the minimum.
    nobody : float
        Share that counts as none.

    Returns
    -------
    ndarray of float, shape (n_offers,); 1 without capacity
    """
    of_offer = np.ones(organisation.size)
    for offer in range(organisation.size):
        if capacity[offer] == 0.0:
            continue
        row, kind = organisation[offer], service[offer]
        total, roles = 0.0, 0
        for role in range(needed.shape[1]):
            if needed[kind, role]:
                roles += 1
                share = filled[row, role]
                total += 1.0 if share == 1.0 else max(share, nobody) ** -exponent
        if total != roles:
            of_offer[offer] = (total / roles) ** (-1 / exponent)
    return of_offer


def count_posts_numpy(
    capacity: NDArray[np.float64],
    organisation: NDArray[np.int64],
    service: NDArray[np.int64],
    crew: NDArray[np.float64],
    n_organisations: int,
) -> NDArray[np.float64]:
    """Return what `count_posts` returns: its plain NumPy twin."""
    posts = np.zeros((n_organisations, crew.shape[1]))
    np.add.at(posts, organisation, capacity[:, None] * crew[service])
    return posts


def serve_with_numpy(
    filled: NDArray[np.float64],
    capacity: NDArray[np.float64],
    organisation: NDArray[np.int64],
    service: NDArray[np.int64],
    needed: NDArray[np.bool_],
    exponent: float,
    nobody: float,
) -> NDArray[np.float64]:
    """Return what `serve_with` returns: its plain NumPy twin."""
    short = np.maximum(filled, nobody) ** -exponent
    able: NDArray[np.float64] = (short @ needed.T / needed.sum(axis=1)) ** (-1 / exponent)
    return np.where(capacity > 0, able[organisation, service], 1.0)
