"""Who of those who begin to prepare applies for a legal pathway, in one pass (ODD eq. 26, 25c)."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from corridor.model.purposes import Purpose
from corridor.model.streams import philox, unit

_STREAM = Purpose.APPLICATION.stream
ANYBODY, SCHOOLED, WITH_TIES = 0, 1, 2
"""Whom a pathway is meant for."""


_NO_PLACE = 1e-9
"""Places a year, agents, that count as none."""


@njit(cache=True)
def share_applying(places, queued, diversion, patience):  # type: ignore[no-untyped-def]
    """Return the share of those eligible who apply for each pathway, given the wait that they expect (ODD eq. 26).

    Parameters
    ----------
    places : ndarray of float, shape (n_pathways,), agents a year
    queued : ndarray of int, shape (n_pathways,), agents
    diversion : float, 0 to 1
        Share that applies where nobody waits.
    patience : float, years
    """
    applying = np.zeros(places.size)
    for pathway in range(places.size):
        if places[pathway] > 0.0:
            wait = queued[pathway] / max(places[pathway], _NO_PLACE)
            applying[pathway] = diversion / (1 + wait / patience)
    return applying


@njit(cache=True)
def open_places(allowance, granted, queued):  # type: ignore[no-untyped-def]
    """Add what a step grants to what is left of quotas, and return the whole places open to those who wait.

    Fractions are carried over, and rounded to the nearest place.

    Parameters
    ----------
    allowance : ndarray of float, shape (n_pathways,), agents
        Changed in place.
    granted : ndarray of float, shape (n_pathways,), agents
    queued : ndarray of int, shape (n_pathways,), agents

    Returns
    -------
    ndarray of int, shape (n_pathways,)
    """
    places = np.empty(queued.size, dtype=np.int64)
    for pathway in range(queued.size):
        allowance[pathway] += granted[pathway]
        places[pathway] = min(max(int(np.floor(allowance[pathway] + 0.5)), 0), queued[pathway])
    return places


def share_applying_numpy(
    places: NDArray[np.float64], queued: NDArray[np.int64], diversion: float, patience: float
) -> NDArray[np.float64]:
    """Plain NumPy twin of `share_applying`."""
    wait = queued / np.maximum(places, _NO_PLACE)
    return np.where(places > 0, diversion / (1 + wait / patience), 0.0)


def open_places_numpy(
    allowance: NDArray[np.float64], granted: NDArray[np.float64], queued: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Do what `open_places` does: its plain NumPy twin."""
    allowance += granted
    return np.clip(np.floor(allowance + 0.5).astype(np.int64), 0, queued)


@njit(cache=True)
def choose_pathways(people, records, eligible, asks, usual, strictness, applying, chosen, k0, k1):  # type: ignore[no-untyped-def]
    """Write the pathway for which each person applies, or -1.

    Parameters
    ----------
    people : ndarray of int64, shape (k,)
    records : structured ndarray, shape (n,)
        See `corridor.model.population.Population`.
    eligible : ndarray of float, shape (n_communities, n_pathways)
        Share of a community that is eligible.
    asks : ndarray of int64, shape (n_pathways,)
        `ANYBODY`, `SCHOOLED` or `WITH_TIES`.
    usual : ndarray of float, shape (3, n_communities)
        Share that has what is asked for.
    strictness : float
        How far eligibility follows what is asked for, 0 to 1.
    applying : ndarray of float, shape (n_pathways,)
        Probability that those eligible apply.
    chosen : ndarray of int64, shape (k,)
        Output.
    k0, k1 : int
        The two halves of the seed.
    """
    chances = np.empty(asks.size)
    for row in range(people.size):
        person = records[people[row]]
        community = person.community
        for pathway in range(asks.size):
            ask = asks[pathway]
            has = ask == ANYBODY or (person.schooling if ask == SCHOOLED else person.ties)
            relative = (1.0 if has else 0.0) / max(usual[ask, community], 1e-9)
            chances[pathway] = eligible[community, pathway] * (1 - strictness + strictness * relative)
        scale = 1 / max(chances.sum(), 1.0)
        w0, w1, _w2, _w3 = philox(people[row], 0, 0, _STREAM, k0, k1)
        luck = unit(w0)
        chosen[row] = -1
        for pathway in range(asks.size):
            luck -= chances[pathway] * scale
            if luck < 0.0:
                if unit(w1) < applying[pathway]:
                    chosen[row] = pathway
                break


def chances_numpy(
    eligible: NDArray[np.float64],
    asks: NDArray[np.int64],
    has: NDArray[np.bool_],
    usual: NDArray[np.float64],
    strictness: float,
) -> NDArray[np.float64]:
    """Return the probabilities with which `choose_pathways` finds people eligible (for at most one): plain NumPy.

    Parameters
    ----------
    eligible : ndarray of float, shape (k, n_pathways)
        Share of each person's community.
    asks : ndarray of int64, shape (n_pathways,)
    has : ndarray of bool, shape (3, k)
        Whether people have what is asked for: row 0 always.
    usual : ndarray of float, shape (3, k)
        Share of their community that has it.
    strictness : float

    Returns
    -------
    ndarray of float, shape (k, n_pathways)
    """
    factor = 1 - strictness + strictness * has / np.maximum(usual, 1e-9)
    chances = eligible * factor[asks].T
    return chances / np.maximum(chances.sum(axis=1, keepdims=True), 1.0)
