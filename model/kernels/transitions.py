"""Changes of state on lists of people: counts, hazard cells, and the families that come along."""

from __future__ import annotations

import numpy as np
from numba import literal_unroll, njit
from numpy.typing import NDArray

from model.states import FOLLOWS, N_PROFILES, State

_EXPLOITED, _PREPARING = int(State.EXPLOITED), int(State.PREPARING)
NEVER = np.iinfo(np.int32).max
"""Step at which those who follow somebody act by themselves."""


@njit(cache=True)
def list_followers(people, head, size, first, members):  # type: ignore[no-untyped-def]
    """Return the people who travel with any of ``people`` at their head, family by family.

    Parameters
    ----------
    people : ndarray of int64, shape (k,)
    head : ndarray of int32, shape (n,)
        Head of each person's family; their own number if they have none.
    size : ndarray of uint8, shape (n,)
        Members of the family that a person heads.
    first : ndarray of int32, shape (n + 1,)
    members : ndarray of int64
        Those who ever followed head i are ``members[first[i]:first[i + 1]]``.

    Returns
    -------
    ndarray of int64
    """
    total = 0
    for i in people:
        if size[i] > 1:
            total += first[i + 1] - first[i]
    found = np.empty(total, dtype=np.int64)
    n = 0
    for i in people:
        if size[i] > 1:
            for position in range(first[i], first[i + 1]):
                member = members[position]
                if head[member] == i:
                    found[n] = member
                    n += 1
    return found[:n]


@njit(cache=True)
def enter_state(people, followers, new, state, sex, age, counts):  # type: ignore[no-untyped-def]
    """Bring people and those who follow them into a state and keep the counts.

    Parameters
    ----------
    people, followers : ndarray of int64, shape (k,)
    new : int
        The state.
    state, sex, age : ndarray of uint8, shape (n,)
    counts : ndarray of int64, shape (n_states, 2, 3)
        Changed in place, like ``state``.
    """
    for group in (people, followers):
        for i in group:
            counts[state[i], sex[i], age[i]] -= 1
            counts[new, sex[i], age[i]] += 1
            state[i] = new


@njit(cache=True)
def set_cells(people, cell, place, state, sex, age, status, sector, form, main_form, head):  # type: ignore[no-untyped-def]
    """Write the hazard cell of people: place x profile (see `model.states.N_PROFILES`).

    Parameters
    ----------
    people : ndarray of int64, shape (k,)
    cell : ndarray of int32, shape (n,)
        Output.
    place, state, sex, age, status, sector, form, head : ndarray of int, shape (n,)
    main_form : ndarray of uint8, shape (n_sectors,)
        The form of exploitation that is usual in a sector.
    """
    for i in people:
        if head[i] != i:
            profile = FOLLOWS
        elif state[i] == _EXPLOITED:
            profile = 2 * sector[i] + (1 if form[i] != main_form[sector[i]] else 0)
        elif state[i] == _PREPARING:
            profile = status[i]
        else:
            profile = (sex[i] * 3 + age[i]) * 4 + status[i]
        cell[i] = place[i] * N_PROFILES + profile


@njit(cache=True)
def bring_along(followers, head, due, cell, place, shared):  # type: ignore[no-untyped-def]
    """Give followers the place and standing of the head with whom they travel; they have no hazards of their own.

    Parameters
    ----------
    followers : ndarray of int64, shape (k,)
    head, due, cell, place : ndarray of int, shape (n,)
    shared : tuple of ndarray, shape (n,)
        Further columns in which followers are as their head is.
    """
    for i in followers:
        h = head[i]
        place[i] = place[h]
        due[i] = NEVER
        cell[i] = place[i] * N_PROFILES + FOLLOWS
        _copy_columns(shared, i, h)


@njit(cache=True)
def _copy_columns(shared, i, h):  # type: ignore[no-untyped-def]
    for column in literal_unroll(shared):
        column[i] = column[h]


def cells_numpy(
    place: NDArray[np.int16],
    state: NDArray[np.uint8],
    traits: tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]],
    sector: NDArray[np.uint8],
    is_main_form: NDArray[np.bool_],
    follows: NDArray[np.bool_],
) -> NDArray[np.int32]:
    """Return what `set_cells` writes, for columns of the people concerned: its plain NumPy twin.

    Parameters
    ----------
    place, state, sector : ndarray of int, shape (k,)
    traits : tuple of ndarray of int, shape (k,)
        Sex, age and status.
    is_main_form, follows : ndarray of bool, shape (k,)

    Returns
    -------
    ndarray of int32, shape (k,)
    """
    sex, age, status = (column.astype(np.int32) for column in traits)
    held = 2 * sector.astype(np.int32) + ~is_main_form
    profile = np.where(state == State.EXPLOITED, held, (sex * 3 + age) * 4 + status)
    profile = np.where(state == State.PREPARING, status, profile)
    profile = np.where(follows, FOLLOWS, profile)
    return (place.astype(np.int32) * N_PROFILES + profile).astype(np.int32)
