"""Beliefs in plain NumPy: what `corridor.model.kernels.beliefs` computes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corridor.model.kernels.beliefs import BeliefUpdate, Campaigns, LegBeliefs


def update_beliefs_numpy(
    known: LegBeliefs,
    public: NDArray[np.float64],
    truth: NDArray[np.float64],
    campaigns: Campaigns,
    waved: NDArray[np.float64],
    update: BeliefUpdate,
) -> LegBeliefs:
    """Return what is known as `update_beliefs` leaves it: its plain NumPy twin."""
    _, believed, heard, pending = known
    arrived, old = update.arriving * pending, update.prior_strength + update.kept * heard
    believed = (old * believed + arrived[1:]) / (old + arrived[0])
    believed = believed + update.public * (public[:, None, :] - believed)
    told = np.minimum(campaigns.emphasis[:, None] * truth[:, None, :], 1.0)
    risk = believed * update.advertised
    risk = risk + campaigns.weight[:, None] * (told - risk)
    risk[0] *= 1 - waved
    heard = update.kept * heard + arrived[0]
    return LegBeliefs(np.clip(risk, 0.0, 1.0), believed, heard, (1 - update.arriving) * pending)
