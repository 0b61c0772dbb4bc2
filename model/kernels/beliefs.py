"""What communities believe of legs, in one pass over both: news comes in, is weighed, loses weight, and is talked over.

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
    """Share of the weight of news that is not forgotten."""
    arriving: float
    """Share of news under way that arrives."""
    prior_strength: float
    """Weight of what people believe when they have no news, journeys."""
    public: float
    """Share of the way to what is publicly known that beliefs move."""
    advertised: float
    """Factor by which advertising lowers perceived risks."""


@njit(cache=True, error_model="numpy")
def update_beliefs(risk, believed, heard, under_way, public, truth, weight, emphasis, waved, talk):  # type: ignore[no-untyped-def]
    """Let news arrive, let what is public become known, and write perceived risks into ``risk``.

    Parameters
    ----------
    risk : ndarray of float, shape (3, n_communities, n_legs)
        Output: perceived probability of interception, death and exploitation.
    believed : ndarray of float, shape (3, n_communities, n_legs)
        The same before advertising and campaigns; changed in place.
    heard : ndarray of float, shape (n_communities, n_legs), journeys
        Weight of the news on which beliefs rest; changed in place.
    under_way : ndarray of float, shape (4, n_communities, n_legs), journeys
        News that has not arrived: all journeys and, by risk, the bad ones; changed in place.
    public, truth : ndarray of float, shape (3, n_legs)
        Risks as they are publicly known, and as they are.
    weight, emphasis : ndarray of float, shape (n_communities,)
        Of what campaigns say: weight, and the risks that they tell over the true ones.
    waved : ndarray of float, shape (n_legs,)
        Share let through by authorities in the open.
    talk : Talk
    """
    before, after = np.empty(heard.shape[1]), np.empty(heard.shape[1])
    for community in range(heard.shape[0]):
        news = under_way[0, community]
        for leg in range(news.size):
            # What is forgotten loses its weight, not its mean.
            kept, arrived = talk.kept * heard[community, leg], talk.arriving * news[leg]
            heard[community, leg] = kept + arrived
            after[leg] = 1.0 / (talk.prior_strength + kept + arrived)
            before[leg] = (talk.prior_strength + kept) * after[leg]
            after[leg] *= talk.arriving
            news[leg] *= 1 - talk.arriving
        for kind in range(3):
            bad, mean, known, real = (
                under_way[kind + 1, community],
                believed[kind, community],
                public[kind],
                truth[kind],
            )
            perceived, trust, stress = risk[kind, community], weight[community], emphasis[community]
            for leg in range(news.size):
                mean[leg] = before[leg] * mean[leg] + after[leg] * bad[leg]
                bad[leg] *= 1 - talk.arriving
                mean[leg] += talk.public * (known[leg] - mean[leg])
                told = talk.advertised * mean[leg]
                told += trust * (min(stress * real[leg], 1.0) - told)
                if kind == 0:
                    told *= 1 - waved[leg]
                perceived[leg] = min(max(told, 0.0), 1.0)


@njit(cache=True)
def send_news(under_way, community, leg, chances, weight, death_weight):  # type: ignore[no-untyped-def]
    """Add journeys that ended to the news under way.

    An agent stands for many persons, whose journeys end in every way in proportion to its probability: what is heard of
    them is not the luck of the one that was drawn, or the news of few agents would swing by it.

    Parameters
    ----------
    under_way : ndarray of float, shape (4, n_communities, n_legs), journeys
        Changed in place: all journeys and, by outcome, those that went badly.
    community, leg : ndarray of int, shape (k,)
    chances : ndarray of float, shape (k, 3)
        Probabilities of interception, death and exploitation.
    weight, death_weight : float
        Journeys that are heard of when one ends, and when one ends in death.
    """
    for row in range(leg.size):
        who, way, dying = community[row], leg[row], chances[row, 1]
        under_way[0, who, way] += weight * (1 - dying) + death_weight * dying
        under_way[1, who, way] += weight * chances[row, 0]
        under_way[2, who, way] += death_weight * dying
        under_way[3, who, way] += weight * chances[row, 2]


def update_beliefs_numpy(
    believed: NDArray[np.float64],
    heard: NDArray[np.float64],
    under_way: NDArray[np.float64],
    public: NDArray[np.float64],
    truth: NDArray[np.float64],
    weight: NDArray[np.float64],
    emphasis: NDArray[np.float64],
    waved: NDArray[np.float64],
    talk: Talk,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return risk, beliefs, weight and news under way as `update_beliefs` leaves them: its plain NumPy twin."""
    arrived, old = talk.arriving * under_way, talk.prior_strength + talk.kept * heard
    believed = (old * believed + arrived[1:]) / (old + arrived[0])
    believed = believed + talk.public * (public[:, None, :] - believed)
    told = np.minimum(emphasis[:, None] * truth[:, None, :], 1.0)
    risk = believed * talk.advertised
    risk = risk + weight[:, None] * (told - risk)
    risk[0] *= 1 - waved
    return np.clip(risk, 0.0, 1.0), believed, talk.kept * heard + arrived[0], (1 - talk.arriving) * under_way
