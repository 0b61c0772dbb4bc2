"""What families have earned, and what they can pay for a passage (ODD eq. 28 and 29)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from model.states import State

_WAITING = int(State.WAITING)


class Purse(NamedTuple):
    """Parameters of saving and borrowing, by their names in the registry."""

    saving_rate: float
    transit_income: float
    schooling_income: float
    family_credit_years: float
    ties_credit: float
    smuggler_credit_limit: float


@njit(cache=True)
def earn(people, savings_usd, accrued, income_usd, community, state, schooling, size, now, years, p):  # type: ignore[no-untyped-def]
    """Add what people have set aside since their account was last brought up to date; return it.

    Parameters
    ----------
    people : ndarray of int64, shape (k,)
    savings_usd : ndarray of float, shape (n,)
        Changed in place, like ``accrued``.
    accrued : ndarray of int, shape (n,), step
    income_usd : ndarray of float, shape (n_communities,), USD a year
    community, state, size : ndarray of int, shape (n,)
    schooling : ndarray of bool, shape (n,)
    now : int
    years : float
        Length of a step.
    p : Purse

    Returns
    -------
    ndarray of float, shape (k,), USD
    """
    earned = np.empty(people.size)
    for row in range(people.size):
        i = people[row]
        income = income_usd[community[i]]
        if state[i] == _WAITING:
            income *= p.transit_income
        if schooling[i]:
            income *= p.schooling_income
        earned[row] = p.saving_rate * income * ((now - accrued[i]) * years) * size[i]
        savings_usd[i] += earned[row]
        accrued[i] = now
    return earned


@njit(cache=True)
def find_means(people, savings_usd, debt_usd, bond_usd, income_usd, community, ties, creditworthy, size, p):  # type: ignore[no-untyped-def]
    """Return what families can pay: by themselves and from relatives, and with smugglers' credit.

    Parameters
    ----------
    people : ndarray of int64, shape (k,)
    savings_usd, debt_usd, bond_usd : ndarray of float, shape (n,)
    income_usd : ndarray of float, shape (n_communities,), USD a year
    community, size : ndarray of int, shape (n,)
    ties, creditworthy : ndarray of bool, shape (n,)
    p : Purse

    Returns
    -------
    own, all : ndarray of float, shape (k,), USD
    """
    own, whole = np.empty(people.size), np.empty(people.size)
    for row in range(people.size):
        i = people[row]
        relatives = p.family_credit_years * income_usd[community[i]] * size[i]
        if ties[i]:
            relatives += p.ties_credit
        own[row] = savings_usd[i] + max(relatives - (debt_usd[i] - bond_usd[i]), 0.0)
        smugglers = max(p.smuggler_credit_limit * size[i] - bond_usd[i], 0.0)
        whole[row] = own[row] + (smugglers if creditworthy[i] else 0.0)
    return own, whole


def earned_numpy(
    income_usd: NDArray[np.float64],
    waits: NDArray[np.bool_],
    schooling: NDArray[np.bool_],
    size: NDArray[np.integer],
    years: NDArray[np.float64],
    p: Purse,
) -> NDArray[np.float64]:
    """Return what `earn` returns, for columns of the people concerned: its plain NumPy twin."""
    income = income_usd * np.where(waits, p.transit_income, 1.0) * np.where(schooling, p.schooling_income, 1.0)
    return p.saving_rate * income * years * size


def means_numpy(
    money: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]],
    income_usd: NDArray[np.float64],
    ties: NDArray[np.bool_],
    creditworthy: NDArray[np.bool_],
    size: NDArray[np.integer],
    p: Purse,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return what `find_means` returns, for columns of the people concerned: its plain NumPy twin.

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
