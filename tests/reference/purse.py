"""Means of families in plain NumPy: what `corridor.model.kernels.purse` computes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corridor.model.kernels.purse import PurseParameters


def earned_numpy(
    income_usd: NDArray[np.float64],
    schooling: NDArray[np.bool_],
    size: NDArray[np.integer],
    years: NDArray[np.float64],
    p: PurseParameters,
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
    p: PurseParameters,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Plain NumPy twin of `means_of`, for each family, shape (k,).

    Parameters
    ----------
    money : tuple of ndarray, shape (k,), USD
        Savings, debt, and the part of it owed to smugglers.
    income_usd : ndarray of float, shape (k,), USD a year
    ties, creditworthy : ndarray of bool, shape (k,)
    size : ndarray of int, shape (k,)
    p : PurseParameters
    """
    savings, debt, bond = money
    relatives = p.family_credit_years * income_usd * size + np.where(ties, p.ties_credit, 0.0)
    own = savings + np.maximum(relatives - (debt - bond), 0.0)
    smugglers = np.maximum(p.smuggler_credit_limit * size - bond, 0.0)
    return own, own + np.where(creditworthy, smugglers, 0.0)
