"""Profiles: groups of people at a place with the same hazards.

While people prepare, the profile is their legal status; in exploitation, it is the sector and whether the form is the
sector's main one; in any other state, sex, age and status. Family members who travel with their head have a profile
without hazards. `profile_of` gives a person's profile in compiled code; `profiles_of` gives all profiles with some
traits.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from corridor.model.machine_code import Int, inlined
from corridor.model.states import MAIN_FORM, Age, Form, Sector, Sex, State, Status

_N_STATUS, _N_AGES = len(Status), len(Age)
_PREPARING, _EXPLOITED = int(State.PREPARING), int(State.EXPLOITED)
FOLLOWS = len(Sex) * _N_AGES * _N_STATUS
"""Profile of family members who travel with their head: they have no hazards of their own."""
N_PROFILES = FOLLOWS + 1


@inlined
def profile_of(state: Int, sex: Int, age: Int, status: Int, sector: Int, is_usual: bool) -> Int:
    """Return the profile of a single person or head of a family; ``is_usual``: the sector's main form."""
    if state == _EXPLOITED:
        return 2 * sector + (0 if is_usual else 1)
    if state == _PREPARING:
        return int(status)
    return (sex * _N_AGES + age) * _N_STATUS + status


def profiles_of(
    state: State, status: Status | Sequence[Status] | None, sector: Sector | None, form: Form | None
) -> NDArray[np.int64]:
    """Return a state's profiles with one of these legal statuses, or with this kind of episode.

    Raises
    ------
    ValueError
        If the state's profiles do not distinguish these traits.
    """
    profiles = np.arange(FOLLOWS)
    if status is not None:
        if state is State.EXPLOITED:
            raise ValueError("hazards in exploitation do not depend on the legal standing")
        return profiles[np.isin(profiles % _N_STATUS, np.atleast_1d(np.asarray(status)))]
    if (sector is None) != (form is None) or (sector is not None and state is not State.EXPLOITED):
        raise ValueError("a sector goes with a form, and both with exploitation")
    if sector is not None:
        return np.array([2 * sector + (form is not MAIN_FORM[sector])])
    return profiles


def traits() -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return sex, age and status of the profiles that distinguish them, shape (n_profiles - 1,) each."""
    sex_and_age, status = np.divmod(np.arange(FOLLOWS), _N_STATUS)
    sex, age = np.divmod(sex_and_age, _N_AGES)
    return sex, age, status
