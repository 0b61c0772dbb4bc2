"""Episodes of exploitation in plain NumPy: what `corridor.model.kernels.episodes` writes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corridor.model.kernels.episodes import EpisodeInputs, EpisodeParameters
from corridor.model.states import Channel, Form, Sector


def begin_episodes_numpy(
    who: tuple[NDArray[np.integer], NDArray[np.integer], NDArray[np.float64]],
    channel: NDArray[np.integer],
    luck: NDArray[np.float64],
    inputs: EpisodeInputs,
    p: EpisodeParameters,
) -> tuple[NDArray[np.int64], ...]:
    """Return sector, form, channel and exploiter that `begin_episodes` writes: its plain NumPy twin.

    Parameters
    ----------
    who : tuple of ndarray, shape (k,)
        Group, place, and what is owed to smugglers, USD.
    channel : ndarray of int, shape (k,)
    luck : ndarray of float, shape (k, 4)
        Uniforms of the stream of exploitation, by person and episodes so far.
    inputs : EpisodeInputs
    p : EpisodeParameters
    """
    group, place, bond_usd = who
    weight = inputs.profile[group] * inputs.openings[place][:, :, None]
    shut = weight.sum(axis=(1, 2)) <= 0
    weight[shut] = inputs.profile[group[shut]]
    bounds = np.cumsum(weight.reshape(group.size, -1), axis=1)
    cell = (bounds <= (luck[:, 0] * bounds[:, -1])[:, None]).sum(axis=1)
    sector, form = np.unravel_index(np.minimum(cell, bounds.shape[1] - 1), inputs.profile.shape[1:])
    bonded = luck[:, 2] < 1 - 1 / np.exp(p.debt_effect * np.minimum(bond_usd, p.debt_cap) / 1000)
    captive = np.isin(channel, (Channel.CAPTIVITY, Channel.SOLD)) & ~bonded
    ransom = captive & (luck[:, 1] < p.ransom_share)
    by_captors = ransom | (captive & (form == Form.FORCED_LABOUR))
    form, first = np.where(ransom, Form.RANSOM_CAPTIVITY, form), inputs.exploiter_of[place].astype(np.int64)
    return (
        np.where(by_captors, Sector.CAPTORS, sector),
        form,
        np.where(bonded, Channel.DEBT, channel),
        np.where(first >= 0, first + form, -1),
    )
