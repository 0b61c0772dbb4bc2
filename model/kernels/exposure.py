"""Individual exposure to exploitation (ODD eq. 43), and counts of people in exploitation."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import prange
from numpy.typing import NDArray

from corridor.model.kernels.columns import VictimColumns
from corridor.model.kernels.instructions import AHEAD, MANY, prefetch
from corridor.model.machine_code import Int, Ints, compiled, inlined
from corridor.model.states import Age, Sex

_FEMALE, _CHILD = int(Sex.FEMALE), int(Age.CHILD)


class ExposureParameters(NamedTuple):
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


class HeldCounts(NamedTuple):
    """Agents in exploitation, by place, sector, form and exploiter."""

    stock: NDArray[np.int64]
    """Shape (n_places, n_sectors)."""
    by_profile: NDArray[np.int64]
    """By form, sex and age, shape (n_forms, 2, 3)."""
    by_exploiter: NDArray[np.int64]
    """Shape (n_exploiters,)."""


@compiled(parallel=True)
def expose(people: Ints, columns: VictimColumns, now: Int, step_months: float, p: ExposureParameters) -> None:
    """Compute people's susceptibility.

    Parameters
    ----------
    people : ndarray of int64, shape (k,)
    columns : VictimColumns
        Susceptibility is written.
    now : int
        Step.
    step_months : float
        Length of a step.
    p : ExposureParameters
    """
    susceptibility, episodes = columns.susceptibility, columns.episodes
    if people.size < MANY:
        for i in people:
            susceptibility[i] = _susceptibility(i, columns, now, step_months, p)
    else:
        for row in prange(people.size):
            ahead = people[min(row + AHEAD, people.size - 1)]
            prefetch(susceptibility, ahead)
            prefetch(episodes, ahead)
            i = people[row]
            susceptibility[i] = _susceptibility(i, columns, now, step_months, p)


@inlined
def _susceptibility(i: Int, columns: VictimColumns, now: Int, step_months: float, p: ExposureParameters) -> float:
    person = columns.records[i]
    value = np.exp(p.debt_effect * min(person.bond_usd, p.debt_cap) / 1000) if person.bond_usd > 0 else 1.0
    if person.sex == _FEMALE:
        value *= p.female_effect
    if person.age == _CHILD:
        value *= p.child_effect
    if person.alone:
        value *= p.lone_child_effect
    if columns.episodes[i] > 0:
        since = (now - columns.freed[i]) * step_months
        value *= 1 + (p.repeat_effect - 1) * np.exp(-since / p.repeat_memory)
        value *= p.assisted_effect ** min(columns.supported_months[i] / p.full_support_months, 1.0)
    return value


@compiled()
def count_held(people: Ints, sign: int, held: HeldCounts, columns: VictimColumns) -> None:
    """Add people to (``sign`` 1) or remove them from (-1) the counts of people in exploitation.

    Parameters
    ----------
    people : ndarray of int64, shape (k,)
    sign : int
    held : HeldCounts
        Changed in place.
    columns : VictimColumns
    """
    for i in people:
        person, form = columns.records[i], columns.form[i]
        held.stock[person.place, columns.sector[i]] += sign
        held.by_profile[form, person.sex, person.age] += sign
        if columns.exploiter[i] >= 0:
            held.by_exploiter[columns.exploiter[i]] += sign
