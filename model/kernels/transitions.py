"""Changes of state for lists of people: counts, hazard cells, and accompanying family members."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import prange
from numpy.typing import NDArray

from corridor.model.kernels.columns import StateColumns
from corridor.model.kernels.instructions import AHEAD, MANY, prefetch
from corridor.model.machine_code import Int, Ints, Records, compiled, inlined
from corridor.model.profiles import FOLLOWS, N_PROFILES, profile_of
from corridor.model.states import MAIN_FORM

_MAIN_FORM = np.array(MAIN_FORM, dtype=np.uint8)
NEVER = np.iinfo(np.int32).max
"""Step at which followers act by themselves: never."""
_PARTS = 16
"""Largest number of parts into which a list of people is split for threads."""


@compiled()
def list_followers(people: Ints, records: Records, first: Ints, members: Ints) -> NDArray[np.int64]:
    """Return the followers of ``people``, family by family.

    Parameters
    ----------
    people : ndarray of int64, shape (k,)
    records : structured ndarray, shape (n,)
        See `corridor.model.population.Population`.
    first, members : ndarray of int
        See `first_member` and `members` of `corridor.model.kernels.columns.StateColumns`.

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


@compiled()
def merge(people: Ints, others: Ints) -> NDArray[np.int64]:
    """Merge two sorted lists of numbers into one without duplicates.

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


@compiled(parallel=True)
def enter_state(people: Ints, new: Int, columns: StateColumns, counts: Ints) -> None:
    """Move people and their followers into a state, and update counts and hazard cells.

    Parameters
    ----------
    people : ndarray of int64, shape (k,)
    new : int
        The state.
    columns : StateColumns
    counts : ndarray of int64, shape (n_states, 2, 3)
        People by state, sex and age; changed in place.
    """
    n_parts = min(people.size // MANY + 1, _PARTS)
    if n_parts == 1:
        _enter_part(people, new, columns, counts)
    else:
        of_part = np.zeros((n_parts, counts.shape[0], counts.shape[1], counts.shape[2]), dtype=np.int64)
        for part in prange(n_parts):
            mine = people[part * people.size // n_parts : (part + 1) * people.size // n_parts]
            _enter_part(mine, new, columns, of_part[part])
        _add_parts(counts, of_part)
    # Followers in the list: nothing changes for those who have already moved with their head.
    for i in people:
        if columns.records[i].head != i:
            _change(i, new, columns, counts)
            columns.cell[i] = _cell_of(i, columns.records[i], new, columns)


@compiled()
def _enter_part(people: Ints, new: Int, columns: StateColumns, counts: Ints) -> None:
    """Apply `enter_state` to heads of families and their followers, ignoring followers in the list."""
    records, cell, immobile = columns.records, columns.cell, columns.immobile
    first, members = columns.first_member, columns.members
    for row in range(people.size):
        ahead = people[min(row + AHEAD, people.size - 1)]
        prefetch(records, ahead)
        prefetch(cell, ahead)
        i = people[row]
        person = records[i]
        if person.head != i:
            continue
        _change(i, new, columns, counts)
        cell[i] = _cell_of(i, person, new, columns)
        if person.size > 1:
            for position in range(first[i], first[i + 1]):
                member = members[position]
                if records[member].head == i:
                    _change(member, new, columns, counts)
                    _bring(member, person, immobile[i], columns)


@compiled()
def _add_parts(counts: Ints, of_part: Ints) -> None:
    for part in range(of_part.shape[0]):
        counts += of_part[part]


@inlined
def _change(i: Int, new: Int, columns: StateColumns, counts: Ints) -> None:
    person = columns.records[i]
    counts[columns.state[i], person.sex, person.age] -= 1
    counts[new, person.sex, person.age] += 1
    columns.state[i] = new


@compiled()
def set_cells(people: Ints, columns: StateColumns) -> None:
    """Compute people's hazard cells: place x profile (see `corridor.model.profiles`).

    Parameters
    ----------
    people : ndarray of int64, shape (k,)
    columns : StateColumns
        Cells are changed.
    """
    for i in people:
        columns.cell[i] = _cell_of(i, columns.records[i], columns.state[i], columns)


@inlined
def _cell_of(i: Int, person: Any, state: Int, columns: StateColumns) -> Int:
    profile: Int = FOLLOWS
    if person.head == i:
        sector = columns.sector[i]
        is_usual = columns.form[i] == _MAIN_FORM[sector]
        profile = profile_of(state, person.sex, person.age, person.status, sector, is_usual)
    return person.place * N_PROFILES + profile


@compiled()
def bring_along(people: Ints, columns: StateColumns) -> None:
    """Copy the place and legal status of heads to their followers, who have no hazards of their own.

    Parameters
    ----------
    people : ndarray of int64, shape (k,)
    columns : StateColumns
    """
    records, first = columns.records, columns.first_member
    for i in people:
        if records[i].size < 2:
            continue
        for position in range(first[i], first[i + 1]):
            member = columns.members[position]
            if records[member].head == i:
                _bring(member, records[i], columns.immobile[i], columns)


@inlined
def _bring(member: Int, head: Any, is_immobile: bool, columns: StateColumns) -> None:
    columns.due[member], columns.immobile[member] = NEVER, is_immobile
    columns.cell[member] = head.place * N_PROFILES + FOLLOWS
    follower = columns.records[member]
    follower.place = head.place
    follower.leg = head.leg
    follower.status = head.status
    follower.protection_need = head.protection_need
    follower.entered = head.entered
    follower.payment = head.payment
    follower.organisation = head.organisation
    follower.journeys = head.journeys
