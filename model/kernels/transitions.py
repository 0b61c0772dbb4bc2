"""Changes of state on lists of people: counts, hazard cells, and the families that come along."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from model.states import FOLLOWS, N_PROFILES, State

_EXPLOITED, _PREPARING = int(State.EXPLOITED), int(State.PREPARING)
NEVER = np.iinfo(np.int32).max
"""Step at which those who follow somebody act by themselves."""


@njit(cache=True)
def list_followers(people, records, first, members):  # type: ignore[no-untyped-def]
    """Return the people who travel with any of ``people`` at their head, family by family.

    Parameters
    ----------
    people : ndarray of int64, shape (k,)
    records : structured ndarray, shape (n,)
        See `model.population.Population`.
    first : ndarray of int32, shape (n + 1,)
    members : ndarray of int64
        Those who ever followed head i are ``members[first[i]:first[i + 1]]``.

    Returns
    -------
    ndarray of int64
    """
    total = 0
    for i in people:
        if records[i].size > 1:
            total += first[i + 1] - first[i]
    found = np.empty(total, dtype=np.int64)
    n = 0
    for i in people:
        if records[i].size > 1:
            for position in range(first[i], first[i + 1]):
                member = members[position]
                if records[member].head == i:
                    found[n] = member
                    n += 1
    return found[:n]


@njit(cache=True)
def enter_state(people, new, records, state, due, cell, stuck, first, members, main_form, counts):  # type: ignore[no-untyped-def]
    """Bring people, and those who travel with them, into a state; keep the counts and the hazard cells.

    Parameters
    ----------
    people : ndarray of int64, shape (k,)
    new : int
        The state.
    records, state, due, cell, stuck, first, members : ndarray
        See `bring_along`.
    main_form : ndarray of uint8
        See `set_cells`.
    counts : ndarray of int64, shape (n_states, 2, 3)
        People by state, sex and age; changed in place, like ``state``.
    """
    for i in people:
        _change(i, new, records, state, counts)
        if records[i].size > 1:
            for position in range(first[i], first[i + 1]):
                if records[members[position]].head == i:
                    _change(members[position], new, records, state, counts)
    set_cells(people, records, state, cell, main_form)
    bring_along(people, records, due, cell, stuck, first, members)


@njit(inline="always")
def _change(i, new, records, state, counts):  # type: ignore[no-untyped-def]
    counts[state[i], records[i].sex, records[i].age] -= 1
    counts[new, records[i].sex, records[i].age] += 1
    state[i] = new


@njit(cache=True)
def set_cells(people, records, state, cell, main_form):  # type: ignore[no-untyped-def]
    """Write the hazard cell of people: place x profile (see `model.states.N_PROFILES`).

    Parameters
    ----------
    people : ndarray of int64, shape (k,)
    records : structured ndarray, shape (n,)
    state : ndarray of uint8, shape (n,)
    cell : ndarray of int32, shape (n,)
        Output.
    main_form : ndarray of uint8, shape (n_sectors,)
        The form of exploitation that is usual in a sector.
    """
    for i in people:
        person = records[i]
        if person.head != i:
            profile = FOLLOWS
        elif state[i] == _EXPLOITED:
            profile = 2 * person.sector + (1 if person.form != main_form[person.sector] else 0)
        elif state[i] == _PREPARING:
            profile = int(person.status)
        else:
            profile = (person.sex * 3 + person.age) * 4 + person.status
        cell[i] = person.place * N_PROFILES + profile


@njit(cache=True)
def bring_along(people, records, due, cell, stuck, first, members):  # type: ignore[no-untyped-def]
    """Give those who travel with people the place and standing of their head; they have no hazards of their own.

    Parameters
    ----------
    people : ndarray of int64, shape (k,)
    records : structured ndarray, shape (n,)
        See `model.population.Population`.
    due, cell : ndarray of int32, shape (n,)
    stuck : ndarray of bool, shape (n,)
    first, members : ndarray of int
        See `list_followers`.
    """
    for i in people:
        if records[i].size < 2:
            continue
        for position in range(first[i], first[i + 1]):
            member = members[position]
            if records[member].head != i:
                continue
            due[member], stuck[member] = NEVER, stuck[i]
            cell[member] = records[i].place * N_PROFILES + FOLLOWS
            records[member].place = records[i].place
            records[member].leg = records[i].leg
            records[member].status = records[i].status
            records[member].protection_need = records[i].protection_need
            records[member].entered = records[i].entered
            records[member].payment = records[i].payment
            records[member].organisation = records[i].organisation
            records[member].journeys = records[i].journeys


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
