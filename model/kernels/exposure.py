"""Exploitation, person by person: how exposed people are to it (ODD eq. 43), and who is held where."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from corridor.model.kernels.instructions import AHEAD, MANY, prefetch
from corridor.model.states import Age, Sex

_FEMALE, _CHILD = int(Sex.FEMALE), int(Age.CHILD)


class Exposure(NamedTuple):
    """Parameters of eq. 43, by their names in the registry."""

    debt_effect: float
    debt_cap: float
    female_effect: float
    child_effect: float
    lone_child_effect: float
    repeat_effect: float
    repeat_memory: float
    full_support_months: float
    assisted_effect: float


@njit(parallel=True, cache=True)
def expose(people, out, bond_usd, sex, age, alone, episodes, freed, supported_months, now, step_months, p):  # type: ignore[no-untyped-def]
    """Write the susceptibility of people into ``out``.

    Parameters
    ----------
    people : ndarray of int64, shape (k,)
    out : ndarray of float32, shape (n,)
    bond_usd : ndarray of float, shape (n,)
        Owed to smugglers.
    sex, age, episodes : ndarray of uint8, shape (n,)
    alone : ndarray of bool, shape (n,)
    freed : ndarray of int, shape (n,)
        Step at which the last episode ended.
    supported_months : ndarray of float, shape (n,)
    now : int
        Step.
    step_months : float
        Length of a step.
    p : Exposure
    """
    if people.size < MANY:
        for i in people:
            out[i] = _susceptibility(
                i, bond_usd, sex, age, alone, episodes, freed, supported_months, now, step_months, p
            )
    else:
        for row in prange(people.size):
            ahead = people[min(row + AHEAD, people.size - 1)]
            prefetch(out, ahead)
            prefetch(episodes, ahead)
            i = people[row]
            out[i] = _susceptibility(
                i, bond_usd, sex, age, alone, episodes, freed, supported_months, now, step_months, p
            )


@njit(inline="always")
def _susceptibility(i, bond_usd, sex, age, alone, episodes, freed, supported_months, now, step_months, p):  # type: ignore[no-untyped-def]
    value = np.exp(p.debt_effect * min(bond_usd[i], p.debt_cap) / 1000) if bond_usd[i] > 0 else 1.0
    if sex[i] == _FEMALE:
        value *= p.female_effect
    if age[i] == _CHILD:
        value *= p.child_effect
    if alone[i]:
        value *= p.lone_child_effect
    if episodes[i] > 0:
        since = (now - freed[i]) * step_months
        value *= 1 + (p.repeat_effect - 1) * np.exp(-since / p.repeat_memory)
        value *= p.assisted_effect ** min(supported_months[i] / p.full_support_months, 1.0)
    return value


@njit(cache=True)
def count_held(people, sign, stock, by_profile, held, place, sector, form, sex, age, exploiter):  # type: ignore[no-untyped-def]
    """Add people to (``sign`` 1), or take them from (-1), the counts of those in exploitation.

    Parameters
    ----------
    people : ndarray of int64, shape (k,)
    sign : int
    stock : ndarray of int, shape (n_places, n_sectors)
    by_profile : ndarray of int, shape (n_forms, 2, 3)
        By form, sex and age.
    held : ndarray of int, shape (n_exploiters,)
    place, sector, form, sex, age, exploiter : ndarray of int, shape (n,)
        Exploiter -1: held by nobody in particular.
    """
    for i in people:
        stock[place[i], sector[i]] += sign
        by_profile[form[i], sex[i], age[i]] += sign
        if exploiter[i] >= 0:
            held[exploiter[i]] += sign


def count_held_numpy(
    people: NDArray[np.int64],
    sign: int,
    stock: NDArray[np.int64],
    by_profile: NDArray[np.int64],
    held: NDArray[np.int64],
    place: NDArray[np.integer],
    sector: NDArray[np.integer],
    form: NDArray[np.integer],
    sex: NDArray[np.integer],
    age: NDArray[np.integer],
    exploiter: NDArray[np.integer],
) -> None:
    """Do what `count_held` does: its plain NumPy twin."""
    np.add.at(stock, (place[people], sector[people]), sign)
    np.add.at(by_profile, (form[people], sex[people], age[people]), sign)
    by = exploiter[people]
    np.add.at(held, by[by >= 0], sign)


def expose_numpy(
    bond_usd: NDArray[np.float64],
    traits: tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.bool_]],
    past: tuple[NDArray[np.uint8], NDArray[np.int32], NDArray[np.float32]],
    now: int,
    step_months: float,
    p: Exposure,
) -> NDArray[np.float64]:
    """Plain NumPy twin of `expose`, for columns of the people concerned.

    Parameters
    ----------
    bond_usd : ndarray of float, shape (k,)
    traits : tuple of ndarray, shape (k,)
        Sex, age, alone.
    past : tuple of ndarray, shape (k,)
        Episodes, step at which the last ended, months of support.
    now : int
    step_months : float
    p : Exposure

    Returns
    -------
    ndarray of float, shape (k,)
    """
    sex, age, alone = traits
    episodes, freed, supported = past
    value = np.exp(p.debt_effect * np.minimum(bond_usd, p.debt_cap) / 1000)
    value *= np.where(sex == Sex.FEMALE, p.female_effect, 1.0) * np.where(age == Age.CHILD, p.child_effect, 1.0)
    value *= np.where(alone, p.lone_child_effect, 1.0)
    again = 1 + (p.repeat_effect - 1) * np.exp(-(now - freed) * step_months / p.repeat_memory)
    protected = p.assisted_effect ** np.minimum(supported / p.full_support_months, 1.0)
    return value * np.where(episodes > 0, again * protected, 1.0)
