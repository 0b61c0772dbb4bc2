"""Beliefs in plain NumPy: what `corridor.model.kernels.beliefs` computes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corridor.model.kernels.beliefs import Campaigns, Known, Talk


def update_beliefs_numpy(
    known: Known,
    public: NDArray[np.float64],
    truth: NDArray[np.float64],
    campaigns: Campaigns,
    waved: NDArray[np.float64],
    talk: Talk,
) -> Known:
    """Return what is known as `update_beliefs` leaves it: its plain NumPy twin."""
    _, believed, heard, under_way = known
    arrived, old = talk.arriving * under_way, talk.prior_strength + talk.kept * heard
    believed = (old * believed + arrived[1:]) / (old + arrived[0])
    believed = believed + talk.public * (public[:, None, :] - believed)
    told = np.minimum(campaigns.emphasis[:, None] * truth[:, None, :], 1.0)
    risk = believed * talk.advertised
    risk = risk + campaigns.weight[:, None] * (told - risk)
    risk[0] *= 1 - waved
    heard = talk.kept * heard + arrived[0]
    return Known(np.clip(risk, 0.0, 1.0), believed, heard, (1 - talk.arriving) * under_way)
