"""Exposure to exploitation in plain NumPy: what `corridor.model.kernels.exposure` computes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corridor.model.kernels.columns import VictimColumns
from corridor.model.kernels.exposure import ExposureParameters, HeldCounts
from corridor.model.states import Age, Sex


def count_held_numpy(people: NDArray[np.int64], sign: int, held: HeldCounts, columns: VictimColumns) -> None:
    """Do what `count_held` does: its plain NumPy twin."""
    who, form = columns.records[people], columns.form[people]
    np.add.at(held.stock, (who["place"], columns.sector[people]), sign)
    np.add.at(held.by_profile, (form, who["sex"], who["age"]), sign)
    by = columns.exploiter[people]
    np.add.at(held.by_exploiter, by[by >= 0], sign)


def expose_numpy(columns: VictimColumns, now: int, step_months: float, p: ExposureParameters) -> NDArray[np.float64]:
    """Return the susceptibility of everybody, shape (n,): plain NumPy twin of `expose`."""
    sex, age, alone = (columns.records[name] for name in ("sex", "age", "alone"))
    episodes, freed, supported = columns.episodes, columns.freed, columns.supported_months
    value = np.exp(p.debt_effect * np.minimum(columns.records["bond_usd"], p.debt_cap) / 1000)
    value *= np.where(sex == Sex.FEMALE, p.female_effect, 1.0) * np.where(age == Age.CHILD, p.child_effect, 1.0)
    value *= np.where(alone, p.lone_child_effect, 1.0)
    again = 1 + (p.repeat_effect - 1) * np.exp(-(now - freed) * step_months / p.repeat_memory)
    protected = p.assisted_effect ** np.minimum(supported / p.full_support_months, 1.0)
    return value * np.where(episodes > 0, again * protected, 1.0)
