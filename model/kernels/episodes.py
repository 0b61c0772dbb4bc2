"""How episodes of exploitation begin: in which sector and form, by debt or not, held by whom (ODD eq. 44 to 46)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from corridor.model.purposes import Purpose
from corridor.model.states import Channel, Form, Sector
from corridor.model.streams import philox, unit

_STREAM = Purpose.EPISODE.stream
_CAPTIVITY, _DEBT = int(Channel.CAPTIVITY), int(Channel.DEBT)
_LABOUR, _RANSOM, _CAPTORS = int(Form.FORCED_LABOUR), int(Form.RANSOM_CAPTIVITY), int(Sector.CAPTORS)
_MOST = 255
"""Episodes beyond which nobody counts."""


class Terms(NamedTuple):
    """Parameters of how episodes begin, by their names in the registry."""

    debt_effect: float
    debt_cap: float
    ransom_share: float


class Columns(NamedTuple):
    """What is kept of the last episode of everybody, shape (n,): see `corridor.model.population.Population`."""

    sector: NDArray[np.uint8]
    form: NDArray[np.uint8]
    channel: NDArray[np.uint8]
    exploiter: NDArray[np.integer]
    identified: NDArray[np.bool_]


@njit(cache=True)
def debt_factor(bond_usd, p):  # type: ignore[no-untyped-def]
    """Hazard ratio of exploitation for a debt to smugglers, USD, against no debt."""
    return np.exp(p.debt_effect * (min(bond_usd, p.debt_cap) / 1000))


@njit(cache=True)
def draw_form(profile, openings, luck):  # type: ignore[no-untyped-def]
    """Return sector and form of an episode.

    Parameters
    ----------
    profile : ndarray of float, shape (n_sectors, n_forms)
        Where people of a group are exploited when all doors are open.
    openings : ndarray of float, shape (n_sectors,)
        Vacant jobs over jobs at the start; where nothing is open, the profile alone decides.
    luck : float, 0 to 1
    """
    total = 0.0
    for sector in range(profile.shape[0]):
        for form in range(profile.shape[1]):
            total += profile[sector, form] * openings[sector]
    shut = total <= 0.0
    if shut:
        for sector in range(profile.shape[0]):
            for form in range(profile.shape[1]):
                total += profile[sector, form]
    passed = 0.0
    for sector in range(profile.shape[0]):
        for form in range(profile.shape[1]):
            passed += profile[sector, form] * (1.0 if shut else openings[sector])
            if passed > luck * total:
                return sector, form
    return profile.shape[0] - 1, profile.shape[1] - 1


@njit(cache=True)
def begin_episodes(  # type: ignore[no-untyped-def]
    people, channel, records, last, episodes, stuck, openings, profile, group_of, exploiter_of, p, k0, k1
):  # fmt: skip
    """Write sector, form, channel and exploiter of episodes that begin, and count them in people's lives.

    Captives on the way are often held for ransom; what else captors make people do is labour, for which no employer is
    needed. Debt to smugglers is the channel where it made the difference.

    Parameters
    ----------
    people : ndarray of int64, shape (k,)
    channel : ndarray of int, shape (k,)
        How they came into it, but for debt.
    records : structured ndarray, shape (n,)
        See `corridor.model.population.Population`.
    last : Columns
        Output.
    episodes : ndarray of uint8, shape (n,)
    stuck : ndarray of bool, shape (n,)
    openings : ndarray of float, shape (n_places, n_sectors)
    profile : ndarray of float, shape (n_groups, n_sectors, n_forms)
    group_of : ndarray of int, shape (2, 3)
        Group by sex and age.
    exploiter_of : ndarray of int, shape (n_places,)
        -1: nobody in particular.
    p : Terms
    k0, k1 : uint32
        Key of the run's streams.

    Returns
    -------
    is_bonded : ndarray of bool, shape (k,)
    repeated : int
        People who had been victims before.
    """
    is_bonded, repeated = np.empty(people.size, dtype=np.bool_), 0
    for row in range(people.size):
        i = people[row]
        place = records[i].place
        words = philox(i, episodes[i], 0, _STREAM, k0, k1)
        group = group_of[records[i].sex, records[i].age]
        sector, form = draw_form(profile[group], openings[place], unit(words[0]))
        bonded = unit(words[2]) < 1 - 1 / debt_factor(records[i].bond_usd, p)
        if channel[row] == _CAPTIVITY and not bonded:
            if unit(words[1]) < p.ransom_share:
                sector, form = _CAPTORS, _RANSOM
            elif form == _LABOUR:
                sector = _CAPTORS
        last.sector[i], last.form[i] = sector, form
        last.channel[i] = _DEBT if bonded else channel[row]
        last.exploiter[i], last.identified[i] = exploiter_of[place], False
        repeated += episodes[i] > 0
        episodes[i], stuck[i] = min(episodes[i] + 1, _MOST), False
        is_bonded[row] = bonded
    return is_bonded, repeated


def begin_episodes_numpy(
    who: tuple[NDArray[np.integer], NDArray[np.integer], NDArray[np.float64]],
    channel: NDArray[np.integer],
    luck: NDArray[np.float64],
    openings: NDArray[np.float64],
    profile: NDArray[np.float64],
    exploiter_of: NDArray[np.integer],
    p: Terms,
) -> tuple[NDArray[np.int64], ...]:
    """Return sector, form, channel and exploiter that `begin_episodes` writes: its plain NumPy twin.

    Parameters
    ----------
    who : tuple of ndarray, shape (k,)
        Group, place, and what is owed to smugglers, USD.
    channel : ndarray of int, shape (k,)
    luck : ndarray of float, shape (k, 4)
        Uniforms of the stream of exploitation, by person and episodes so far.
    openings, profile, exploiter_of, p
        See `begin_episodes`.
    """
    group, place, bond_usd = who
    weight = profile[group] * openings[place][:, :, None]
    shut = weight.sum(axis=(1, 2)) <= 0
    weight[shut] = profile[group[shut]]
    bounds = np.cumsum(weight.reshape(group.size, -1), axis=1)
    cell = (bounds <= (luck[:, 0] * bounds[:, -1])[:, None]).sum(axis=1)
    sector, form = np.unravel_index(np.minimum(cell, bounds.shape[1] - 1), profile.shape[1:])
    bonded = luck[:, 2] < 1 - 1 / np.exp(p.debt_effect * np.minimum(bond_usd, p.debt_cap) / 1000)
    captive = (channel == _CAPTIVITY) & ~bonded
    ransom = captive & (luck[:, 1] < p.ransom_share)
    by_captors = ransom | (captive & (form == _LABOUR))
    return (
        np.where(by_captors, _CAPTORS, sector),
        np.where(ransom, _RANSOM, form),
        np.where(bonded, _DEBT, channel),
        exploiter_of[place].astype(np.int64),
    )
