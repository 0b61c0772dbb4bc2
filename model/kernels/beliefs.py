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


@njit(cache=True, error_model="numpy")
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
    scale = np.empty(prior.shape[2])
    for community in range(prior.shape[1]):
        for kind in range(4):
            _spread(news[kind, community], under_way[kind, community], talk.kept, talk.arriving)
        for leg in range(scale.size):
            scale[leg] = talk.advertised / (talk.prior_strength + news[0, community, leg])
        for kind in range(3):
            heard, before, real = news[kind + 1, community], prior[kind, community], truth[kind]
            perceived, trust, stress = risk[kind, community], weight[community], emphasis[community]
            for leg in range(scale.size):
                believed = (talk.prior_strength * before[leg] + heard[leg]) * scale[leg]
                believed += trust * (min(stress * real[leg], 1.0) - believed)
                if kind == 0:
                    believed *= 1 - waved[leg]
                perceived[leg] = min(max(believed, 0.0), 1.0)


@njit(cache=True)
def _spread(news, under_way, kept, arriving):  # type: ignore[no-untyped-def]
    for leg in range(news.size):
        news[leg] = kept * news[leg] + arriving * under_way[leg]
        under_way[leg] *= 1 - arriving


@njit(cache=True)
def send_news(under_way, community, leg, outcome, weight, death_weight):  # type: ignore[no-untyped-def]
    """Add journeys that ended to the news under way.

    Parameters
    ----------
    under_way : ndarray of float, shape (4, n_communities, n_legs), journeys
        Changed in place: all journeys and, by outcome, those that went badly.
    community, leg : ndarray of int, shape (k,)
    outcome : ndarray of int, shape (k,)
        0 through, else the kind of bad news.
    weight, death_weight : float
        Journeys that are heard of when one ends, and when one ends in death (outcome 2).
    """
    for row in range(outcome.size):
        told = death_weight if outcome[row] == 2 else weight
        under_way[0, community[row], leg[row]] += told
        if outcome[row] > 0:
            under_way[outcome[row], community[row], leg[row]] += told


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
