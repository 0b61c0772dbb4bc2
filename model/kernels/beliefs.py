"""What communities believe of legs, in one pass over both: news comes in, is forgotten, and is talked over.

ODD eq. 16 to 19.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray


class Talk(NamedTuple):
    """Numbers that hold for all communities and legs in a step."""

    kept: float
    """Share of news that is not forgotten."""
    arriving: float
    """Share of news under way that arrives."""
    prior_strength: float
    """Weight of what people thought before, journeys."""
    advertised: float
    """Factor by which advertising lowers perceived risks."""


@njit(cache=True)
def update_beliefs(risk, news, under_way, prior, truth, weight, emphasis, waved, talk):  # type: ignore[no-untyped-def]
    """Let news arrive and write perceived risks into ``risk``.

    Parameters
    ----------
    risk : ndarray of float, shape (3, n_communities, n_legs)
        Output: perceived probability of interception, death and exploitation.
    news, under_way : ndarray of float, shape (4, n_communities, n_legs), journeys
        All journeys heard of and, by risk, the bad ones; changed in place.
    prior : ndarray of float, shape (3, n_communities, n_legs)
    truth : ndarray of float, shape (3, n_legs)
        Risks as they are.
    weight, emphasis : ndarray of float, shape (n_communities,)
        Of what campaigns say: weight, and the risks that they tell over the true ones.
    waved : ndarray of float, shape (n_legs,)
        Share let through by authorities in the open.
    talk : Talk
    """
    for community in range(prior.shape[1]):
        for kind in range(4):
            for leg in range(prior.shape[2]):
                fresh = talk.arriving * under_way[kind, community, leg]
                news[kind, community, leg] = news[kind, community, leg] * talk.kept + fresh
                under_way[kind, community, leg] *= 1 - talk.arriving
        for kind in range(3):
            for leg in range(prior.shape[2]):
                known = talk.prior_strength + news[0, community, leg]
                bad = talk.prior_strength * prior[kind, community, leg] + news[kind + 1, community, leg]
                believed = bad / known * talk.advertised
                told = min(emphasis[community] * truth[kind, leg], 1.0)
                believed += weight[community] * (told - believed)
                if kind == 0:
                    believed *= 1 - waved[leg]
                risk[kind, community, leg] = min(max(believed, 0.0), 1.0)


def update_beliefs_numpy(
    news: NDArray[np.float64],
    under_way: NDArray[np.float64],
    prior: NDArray[np.float64],
    truth: NDArray[np.float64],
    weight: NDArray[np.float64],
    emphasis: NDArray[np.float64],
    waved: NDArray[np.float64],
    talk: Talk,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return risk, news and news under way as `update_beliefs` leaves them: its plain NumPy twin."""
    news = talk.kept * news + talk.arriving * under_way
    believed = (talk.prior_strength * prior + news[1:]) / (talk.prior_strength + news[0]) * talk.advertised
    told = np.minimum(emphasis[:, None] * truth[:, None, :], 1.0)
    believed = believed + weight[:, None] * (told - believed)
    believed[0] *= 1 - waved
    return np.clip(believed, 0.0, 1.0), news, (1 - talk.arriving) * under_way
