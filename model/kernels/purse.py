"""What families have earned, and what they can pay for a passage (ODD eq. 28 and 29)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray


class Purse(NamedTuple):
    """Parameters of saving and borrowing, by their names in the registry."""

    saving_rate: float
    schooling_income: float
    family_credit_years: float
    ties_credit: float
    smuggler_credit_limit: float


@njit(cache=True)
def earned(person, income_usd, years, p):  # type: ignore[no-untyped-def]
    """Compute the savings of a family over some time, USD.

    Parameters
    ----------
    person : record
        Of the head: see `corridor.model.population.Population`.
    income_usd : float, USD a year
        Where they are, per head.
    years : float
    p : Purse
    """
    income = income_usd
    if person.schooling:
        income *= p.schooling_income
    return p.saving_rate * income * years * person.size


@njit(cache=True)
def means_of(person, debt_usd, income_usd, p):  # type: ignore[no-untyped-def]
    """Means of a family: its own with those of relatives, and with smugglers' credit, USD.

    Parameters
    ----------
    person : record
        Of the head: see `corridor.model.population.Population`.
    debt_usd : float, USD
    income_usd : float, USD a year
        At home, per head.
    p : Purse
    """
    relatives = p.family_credit_years * income_usd * person.size
    if person.ties:
        relatives += p.ties_credit
    own = person.savings_usd + max(relatives - (debt_usd - person.bond_usd), 0.0)
    smugglers = max(p.smuggler_credit_limit * person.size - person.bond_usd, 0.0)
    return own, own + (smugglers if person.creditworthy else 0.0)


def earned_numpy(
    income_usd: NDArray[np.float64],
    schooling: NDArray[np.bool_],
    size: NDArray[np.integer],
    years: NDArray[np.float64],
    p: Purse,
) -> NDArray[np.float64]:
    """Plain NumPy twin of `earned`, for each family, shape (k,)."""
    income = income_usd * np.where(schooling, p.schooling_income, 1.0)
    return p.saving_rate * income * years * size


def means_numpy(
    money: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]],
    income_usd: NDArray[np.float64],
    ties: NDArray[np.bool_],
    creditworthy: NDArray[np.bool_],
    size: NDArray[np.integer],
    p: Purse,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Plain NumPy twin of `means_of`, for each family, shape (k,).

    Parameters
    ----------
    money : tuple of ndarray, shape (k,), USD
        Savings, debt, and the part of it owed to smugglers.
    income_usd : ndarray of float, shape (k,), USD a year
    ties, creditworthy : ndarray of bool, shape (k,)
    size : ndarray of int, shape (k,)
    p : Purse
    """
    savings, debt, bond = money
    relatives = p.family_credit_years * income_usd * size + np.where(ties, p.ties_credit, 0.0)
    own = savings + np.maximum(relatives - (debt - bond), 0.0)
    smugglers = np.maximum(p.smuggler_credit_limit * size - bond, 0.0)
    return own, own + np.where(creditworthy, smugglers, 0.0)
