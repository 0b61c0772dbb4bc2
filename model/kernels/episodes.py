"""How episodes of exploitation begin: in which sector and form, by debt or not, held by whom (ODD eq. 44 to 46)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from corridor.model.kernels.clock import Clock
from corridor.model.kernels.columns import VictimColumns
from corridor.model.machine_code import Floats, Ints, Real, compiled
from corridor.model.purposes import Purpose
from corridor.model.states import Channel, Form, Sector
from corridor.model.streams import philox, unit

_STREAM = Purpose.EPISODE.stream
_CAPTIVITY, _DEBT, _SOLD = int(Channel.CAPTIVITY), int(Channel.DEBT), int(Channel.SOLD)
_LABOUR, _RANSOM, _CAPTORS = int(Form.FORCED_LABOUR), int(Form.RANSOM_CAPTIVITY), int(Sector.CAPTORS)
_MOST = 255
"""Episodes beyond which nobody counts."""


class EpisodeParameters(NamedTuple):
    """Parameters of how episodes begin, by their names in the registry."""

    debt_effect: float
    debt_cap: float
    ransom_share: float


class EpisodeInputs(NamedTuple):
    """Where people are exploited in this step, and by whom."""

    openings: NDArray[np.float64]
    """Vacant jobs over jobs at the start, shape (n_places, n_sectors)."""
    profile: NDArray[np.float64]
    """Where people of a group are exploited when all doors are open, shape (n_groups, n_sectors, n_forms)."""
    group_of: NDArray[np.int64]
    """Group by sex and age, shape (2, 3)."""
    exploiter_of: NDArray[np.int64]
    """Number of the exploiters of the first form at a place, those of others follow; -1: nobody, shape (n_places,)."""


@compiled()
def debt_factor(bond_usd: Real, p: EpisodeParameters) -> float:
    """Hazard ratio of exploitation for a debt to smugglers, USD, against no debt."""
    return np.exp(p.debt_effect * (min(bond_usd, p.debt_cap) / 1000))


@compiled()
def draw_form(profile: Floats, openings: Floats, luck: float) -> tuple[int, int]:
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


@compiled()
def begin_episodes(
    people: Ints, channel: Ints, columns: VictimColumns, inputs: EpisodeInputs, p: EpisodeParameters, clock: Clock
) -> tuple[NDArray[np.bool_], int]:
    """Write sector, form, channel and exploiter of episodes that begin, and count them in people's lives.

    Captives on the way, sold or not, are often held for ransom; what else captors make people do is labour, for which
    no employer is needed. Debt to smugglers is the channel where it made the difference.

    Parameters
    ----------
    people : ndarray of int64, shape (k,)
    channel : ndarray of int, shape (k,)
        How they came into it, but for debt.
    columns : VictimColumns
        Changed in place.
    inputs : EpisodeInputs
    p : EpisodeParameters
    clock : Clock

    Returns
    -------
    is_bonded : ndarray of bool, shape (k,)
    repeated : int
        People who had been victims before.
    """
    episodes, immobile = columns.episodes, columns.immobile
    is_bonded, repeated = np.empty(people.size, dtype=np.bool_), 0
    for row in range(people.size):
        i = people[row]
        person = columns.records[i]
        place = person.place
        words = philox(i, episodes[i], 0, _STREAM, clock.k0, clock.k1)
        group = inputs.group_of[person.sex, person.age]
        sector, form = draw_form(inputs.profile[group], inputs.openings[place], unit(words[0]))
        bonded = unit(words[2]) < 1 - 1 / debt_factor(person.bond_usd, p)
        if (channel[row] == _CAPTIVITY or channel[row] == _SOLD) and not bonded:
            if unit(words[1]) < p.ransom_share:
                sector, form = _CAPTORS, _RANSOM
            elif form == _LABOUR:
                sector = _CAPTORS
        columns.sector[i], columns.form[i] = sector, form
        columns.channel[i] = _DEBT if bonded else channel[row]
        first = inputs.exploiter_of[place]
        columns.exploiter[i], columns.identified[i] = first + form if first >= 0 else -1, False
        repeated += episodes[i] > 0
        episodes[i], immobile[i] = min(episodes[i] + 1, _MOST), False
        is_bonded[row] = bonded
    return is_bonded, repeated
