"""Communities' beliefs about legs, in one pass over both: news arrives, is weighed, decays, and is discussed.

ODD eq. 16 to 19.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from corridor.model.machine_code import Floats, Ints, compiled


class BeliefUpdate(NamedTuple):
    """Constants of a step, for all communities and legs."""

    kept: float
    """Share of the weight of news that is retained."""
    arriving: float
    """Share of pending news that arrives."""
    prior_strength: float
    """Weight of prior beliefs, held in the absence of news, journeys."""
    public: float
    """Share of the gap to public knowledge that beliefs close."""
    advertised: float
    """Factor by which advertising lowers perceived risks."""


class LegBeliefs(NamedTuple):
    """Communities' knowledge of legs."""

    risk: NDArray[np.float64]
    """Perceived probability of interception, death and exploitation, shape (3, n_communities, n_legs)."""
    believed: NDArray[np.float64]
    """The same before advertising and campaigns, shape (3, n_communities, n_legs)."""
    heard: NDArray[np.float64]
    """Weight of the news behind beliefs, shape (n_communities, n_legs), journeys."""
    pending: NDArray[np.float64]
    """Pending news: all journeys, and those with each adverse outcome, shape (4, n_communities, n_legs), journeys."""


class Campaigns(NamedTuple):
    """Campaigns' messages to each community, shape (n_communities,)."""

    weight: NDArray[np.float64]
    """Weight of their message beside other beliefs, 0 to 1."""
    emphasis: NDArray[np.float64]
    """Ratio of the risks they report to the true ones."""


@compiled(error_model="numpy")
def update_beliefs(
    known: LegBeliefs, public: Floats, truth: Floats, campaigns: Campaigns, waved: Floats, update: BeliefUpdate
) -> None:
    """Process arriving news and public knowledge, and update perceived risks.

    Parameters
    ----------
    known : LegBeliefs
        Changed in place.
    public, truth : ndarray of float, shape (3, n_legs)
        Publicly known and true risks.
    campaigns : Campaigns
    waved : ndarray of float, shape (n_legs,)
        Share of people whom authorities openly let pass.
    update : BeliefUpdate
    """
    heard, pending = known.heard, known.pending
    before, after = np.empty(heard.shape[1]), np.empty(heard.shape[1])
    for community in range(heard.shape[0]):
        news = pending[0, community]
        for leg in range(news.size):
            # Forgetting reduces the weight of news, not its mean.
            kept, arrived = update.kept * heard[community, leg], update.arriving * news[leg]
            heard[community, leg] = kept + arrived
            after[leg] = 1.0 / (update.prior_strength + kept + arrived)
            before[leg] = (update.prior_strength + kept) * after[leg]
            after[leg] *= update.arriving
            news[leg] *= 1 - update.arriving
        for kind in range(3):
            bad, mean = pending[kind + 1, community], known.believed[kind, community]
            told_publicly, real, perceived = public[kind], truth[kind], known.risk[kind, community]
            trust, stress = campaigns.weight[community], campaigns.emphasis[community]
            for leg in range(news.size):
                mean[leg] = before[leg] * mean[leg] + after[leg] * bad[leg]
                bad[leg] *= 1 - update.arriving
                mean[leg] += update.public * (told_publicly[leg] - mean[leg])
                told = update.advertised * mean[leg]
                told += trust * (min(stress * real[leg], 1.0) - told)
                if kind == 0:
                    told *= 1 - waved[leg]
                perceived[leg] = min(max(told, 0.0), 1.0)


@compiled()
def send_news(pending: Floats, community: Ints, leg: Ints, chances: Floats, weight: float, death_weight: float) -> None:
    """Add completed journeys to the pending news.

    An agent represents many persons, whose journeys have each outcome in proportion to its probability. News therefore
    consists of these probabilities rather than the one outcome drawn, which would make news noisy with few agents.

    Parameters
    ----------
    pending : ndarray of float, shape (4, n_communities, n_legs), journeys
        Changed in place: all journeys, and those with each adverse outcome.
    community, leg : ndarray of int, shape (k,)
    chances : ndarray of float, shape (k, 3)
        Probabilities of interception, death and exploitation.
    weight, death_weight : float
        Weight of a completed journey as news, and of one that ends in death, journeys.
    """
    for row in range(leg.size):
        who, passed, dying = community[row], leg[row], chances[row, 1]
        pending[0, who, passed] += weight * (1 - dying) + death_weight * dying
        pending[1, who, passed] += weight * chances[row, 0]
        pending[2, who, passed] += death_weight * dying
        pending[3, who, passed] += weight * chances[row, 2]
