"""What communities believe of legs, in one pass over both: news comes in, is weighed, loses weight, and is talked over.

ODD eq. 16 to 19.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from corridor.model.machine_code import Floats, Ints, compiled


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


class Known(NamedTuple):
    """What communities know of legs."""

    risk: NDArray[np.float64]
    """Perceived probability of interception, death and exploitation, shape (3, n_communities, n_legs)."""
    believed: NDArray[np.float64]
    """The same before advertising and campaigns, shape (3, n_communities, n_legs)."""
    heard: NDArray[np.float64]
    """Weight of the news on which beliefs rest, shape (n_communities, n_legs), journeys."""
    under_way: NDArray[np.float64]
    """News that has not arrived: all and, by risk, the bad, shape (4, n_communities, n_legs), journeys."""


class Campaigns(NamedTuple):
    """What campaigns say to each community, shape (n_communities,)."""

    weight: NDArray[np.float64]
    """Of what they say, 0 to 1."""
    emphasis: NDArray[np.float64]
    """Risks that they tell over the true ones."""


@compiled(error_model="numpy")
def update_beliefs(
    known: Known, public: Floats, truth: Floats, campaigns: Campaigns, waved: Floats, talk: Talk
) -> None:
    """Let news arrive, let what is public become known, and bring perceived risks up to date.

    Parameters
    ----------
    known : Known
        Changed in place.
    public, truth : ndarray of float, shape (3, n_legs)
        Risks as they are publicly known, and as they are.
    campaigns : Campaigns
    waved : ndarray of float, shape (n_legs,)
        Share let through by authorities in the open.
    talk : Talk
    """
    heard, under_way = known.heard, known.under_way
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
            bad, mean = under_way[kind + 1, community], known.believed[kind, community]
            told_publicly, real, perceived = public[kind], truth[kind], known.risk[kind, community]
            trust, stress = campaigns.weight[community], campaigns.emphasis[community]
            for leg in range(news.size):
                mean[leg] = before[leg] * mean[leg] + after[leg] * bad[leg]
                bad[leg] *= 1 - talk.arriving
                mean[leg] += talk.public * (told_publicly[leg] - mean[leg])
                told = talk.advertised * mean[leg]
                told += trust * (min(stress * real[leg], 1.0) - told)
                if kind == 0:
                    told *= 1 - waved[leg]
                perceived[leg] = min(max(told, 0.0), 1.0)


@compiled()
def send_news(
    under_way: Floats, community: Ints, leg: Ints, chances: Floats, weight: float, death_weight: float
) -> None:
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
