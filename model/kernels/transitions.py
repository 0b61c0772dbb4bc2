"""Changes of state on lists of people: counts, hazard cells, and the families that come along."""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from corridor.model.kernels.instructions import AHEAD, MANY, prefetch
from corridor.model.profiles import FOLLOWS, N_PROFILES, profile_of
from corridor.model.states import State

_EXPLOITED, _PREPARING = int(State.EXPLOITED), int(State.PREPARING)
NEVER = np.iinfo(np.int32).max
"""Step at which those who follow somebody act by themselves."""
_PARTS = 16
"""Most parts into which a list of people is cut for threads."""


@njit(cache=True)
def list_followers(people, records, first, members):  # type: ignore[no-untyped-def]
    """Return the people who travel with any of ``people`` at their head, family by family.

    Parameters
    ----------
    people : ndarray of int64, shape (k,)
    records : structured ndarray, shape (n,)
        See `corridor.model.population.Population`.
    first : ndarray of int32, shape (n + 1,)
    members : ndarray of int64
        Those who ever followed head i are ``members[first[i]:first[i + 1]]``.

    Returns
    -------
    ndarray of int64
    """
    total = 0
    for row in range(people.size):
        prefetch(records, people[min(row + AHEAD, people.size - 1)])
        i = people[row]
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
def merge(people, others):  # type: ignore[no-untyped-def]
    """Return the numbers of two sorted lists in one, each once, sorted.

    Parameters
    ----------
    people, others : ndarray of int64, shape (k,) and (m,)
    """
    merged = np.empty(people.size + others.size, dtype=np.int64)
    one, other, n = 0, 0, 0
    while one < people.size or other < others.size:
        take_one = other == others.size or (one < people.size and people[one] <= others[other])
        i = people[one] if take_one else others[other]
        if take_one:
            one += 1
        else:
            other += 1
        if n == 0 or merged[n - 1] != i:
            merged[n] = i
            n += 1
    return merged[:n]


@njit(parallel=True, cache=True)
def enter_state(people, new, records, state, due, cell, stuck, sector, form, first, members, main_form, counts):  # type: ignore[no-untyped-def]
    """Bring people, and those who travel with them, into a state; keep the counts and the hazard cells.

    Parameters
    ----------
    people : ndarray of int64, shape (k,)
    new : int
        The state.
    records, state, due, cell, stuck, first, members : ndarray
        See `bring_along`.
    sector, form, main_form : ndarray of uint8
        See `set_cells`.
    counts : ndarray of int64, shape (n_states, 2, 3)
        People by state, sex and age; changed in place, like ``state``.
    """
    n_parts = min(people.size // MANY + 1, _PARTS)
    if n_parts == 1:
        _enter_part(people, new, records, state, due, cell, stuck, sector, form, first, members, main_form, counts)
    else:
        of_part = np.zeros((n_parts, counts.shape[0], counts.shape[1], counts.shape[2]), dtype=np.int64)
        for part in prange(n_parts):
            mine = people[part * people.size // n_parts : (part + 1) * people.size // n_parts]
            _enter_part(
                mine, new, records, state, due, cell, stuck, sector, form, first, members, main_form, of_part[part]
            )
        _add_parts(counts, of_part)
    # Followers in the list, whether or not their head has brought them along: nothing changes for those it has.
    for i in people:
        if records[i].head != i:
            _change(i, new, records, state, counts)
            cell[i] = _cell_of(i, records[i], new, sector, form, main_form)


@njit(cache=True)
def _enter_part(people, new, records, state, due, cell, stuck, sector, form, first, members, main_form, counts):  # type: ignore[no-untyped-def]
    """Do what `enter_state` does for heads of families and who travels with them; followers are left out."""
    for row in range(people.size):
        ahead = people[min(row + AHEAD, people.size - 1)]
        prefetch(records, ahead)
        prefetch(cell, ahead)
        i = people[row]
        person = records[i]
        if person.head != i:
            continue
        _change(i, new, records, state, counts)
        cell[i] = _cell_of(i, person, new, sector, form, main_form)
        if person.size > 1:
            for position in range(first[i], first[i + 1]):
                member = members[position]
                if records[member].head == i:
                    _change(member, new, records, state, counts)
                    _bring(member, person, stuck[i], records, due, cell, stuck)


@njit(cache=True)
def _add_parts(counts, of_part):  # type: ignore[no-untyped-def]
    for part in range(of_part.shape[0]):
        counts += of_part[part]


@njit(inline="always")
def _change(i, new, records, state, counts):  # type: ignore[no-untyped-def]
    counts[state[i], records[i].sex, records[i].age] -= 1
    counts[new, records[i].sex, records[i].age] += 1
    state[i] = new


@njit(cache=True)
def set_cells(people, records, state, cell, sector, form, main_form):  # type: ignore[no-untyped-def]
    """Write the hazard cell of people: place x profile (see `corridor.model.profiles`).

    Parameters
    ----------
    people : ndarray of int64, shape (k,)
    records : structured ndarray, shape (n,)
    state : ndarray of uint8, shape (n,)
    cell : ndarray of int32, shape (n,)
        Output.
    sector, form : ndarray of uint8, shape (n,)
        Of the last episode of exploitation.
    main_form : ndarray of uint8, shape (n_sectors,)
        The form of exploitation that is usual in a sector.
    """
    for i in people:
        cell[i] = _cell_of(i, records[i], state[i], sector, form, main_form)


@njit(inline="always")
def _cell_of(i, person, state, sector, form, main_form):  # type: ignore[no-untyped-def]
    profile = FOLLOWS
    if person.head == i:
        is_usual = form[i] == main_form[sector[i]]
        profile = profile_of(state, person.sex, person.age, person.status, sector[i], is_usual)
    return person.place * N_PROFILES + profile


@njit(cache=True)
def bring_along(people, records, due, cell, stuck, first, members):  # type: ignore[no-untyped-def]
    """Give those who travel with people the place and standing of their head; they have no hazards of their own.

    Parameters
    ----------
    people : ndarray of int64, shape (k,)
    records : structured ndarray, shape (n,)
        See `corridor.model.population.Population`.
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
            if records[member].head == i:
                _bring(member, records[i], stuck[i], records, due, cell, stuck)


@njit(inline="always")
def _bring(member, head, is_stuck, records, due, cell, stuck):  # type: ignore[no-untyped-def]
    due[member], stuck[member] = NEVER, is_stuck
    cell[member] = head.place * N_PROFILES + FOLLOWS
    follower = records[member]
    follower.place = head.place
    follower.leg = head.leg
    follower.status = head.status
    follower.protection_need = head.protection_need
    follower.entered = head.entered
    follower.payment = head.payment
    follower.organisation = head.organisation
    follower.journeys = head.journeys


def cells_numpy(
    place: NDArray[np.int16],
    state: NDArray[np.uint8],
    traits: tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]],
    sector: NDArray[np.uint8],
    is_main_form: NDArray[np.bool_],
    follows: NDArray[np.bool_],
) -> NDArray[np.int32]:
    """Plain NumPy twin of `set_cells`, for columns of the people concerned.

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
