"""Applications for legal pathways by people who begin to prepare, in one pass (ODD eq. 26, 25c)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from corridor.model.kernels.clock import Clock
from corridor.model.machine_code import Floats, Ints, Records, compiled
from corridor.model.purposes import Purpose
from corridor.model.streams import philox, unit

_STREAM = Purpose.APPLICATION.stream
ANYBODY, SCHOOLED, WITH_TIES = 0, 1, 2
"""Groups eligible for a pathway."""


_NO_PLACE = 1e-9
"""Places a year, agents, below which a pathway counts as closed."""


class Eligibility(NamedTuple):
    """Eligibility for pathways."""

    share: NDArray[np.float64]
    """Share of a community, shape (n_communities, n_pathways)."""
    asks: NDArray[np.int64]
    """`ANYBODY`, `SCHOOLED` or `WITH_TIES`, shape (n_pathways,)."""
    usual: NDArray[np.float64]
    """Share of a community that meets each requirement, shape (3, n_communities)."""
    strictness: float
    """Strictness with which requirements are applied, 0 to 1."""


@compiled()
def share_applying(places: Floats, queued: Ints, diversion: float, patience: float) -> NDArray[np.float64]:
    """Return the share of eligible people who apply for each pathway, given the expected wait (ODD eq. 26).

    Parameters
    ----------
    places : ndarray of float, shape (n_pathways,), agents a year
    queued : ndarray of int, shape (n_pathways,), agents
    diversion : float, 0 to 1
        Share that applies if there is no wait.
    patience : float, years
    """
    applying = np.zeros(places.size)
    for pathway in range(places.size):
        if places[pathway] > 0.0:
            wait = queued[pathway] / max(places[pathway], _NO_PLACE)
            applying[pathway] = diversion / (1 + wait / patience)
    return applying


@compiled()
def open_places(allowance: Floats, granted: Floats, queued: Ints) -> NDArray[np.int64]:
    """Add the places granted in a step to remaining quotas, and return the whole places open to the queue.

    Fractions are carried over; places are rounded to the nearest whole number.

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


@compiled()
def choose_pathways(
    people: Ints, records: Records, eligible: Eligibility, applying: Floats, clock: Clock
) -> NDArray[np.int64]:
    """Return the pathway for which each person applies, or -1.

    Parameters
    ----------
    people : ndarray of int64, shape (k,)
    records : structured ndarray, shape (n,)
        See `corridor.model.population.Population`.
    eligible : Eligibility
    applying : ndarray of float, shape (n_pathways,)
        Probability that eligible people apply.
    clock : Clock

    Returns
    -------
    ndarray of int64, shape (k,)
    """
    asks, strictness = eligible.asks, eligible.strictness
    chosen, chances = np.empty(people.size, dtype=np.int64), np.empty(asks.size)
    for row in range(people.size):
        person = records[people[row]]
        community = person.community
        for pathway in range(asks.size):
            ask = asks[pathway]
            has = ask == ANYBODY or (person.schooling if ask == SCHOOLED else person.ties)
            relative = (1.0 if has else 0.0) / max(eligible.usual[ask, community], 1e-9)
            chances[pathway] = eligible.share[community, pathway] * (1 - strictness + strictness * relative)
        scale = 1 / max(chances.sum(), 1.0)
        w0, w1, _w2, _w3 = philox(people[row], 0, 0, _STREAM, clock.k0, clock.k1)
        luck = unit(w0)
        chosen[row] = -1
        for pathway in range(asks.size):
            luck -= chances[pathway] * scale
            if luck < 0.0:
                if unit(w1) < applying[pathway]:
                    chosen[row] = pathway
                break
    return chosen
