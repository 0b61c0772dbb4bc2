"""Means: what people can pay, by community and wealth class, and the weight of fees to them. ODD eq. 20c and 20d.

Wealth is the tercile of a person's savings within their community. Savings are lognormal; relatives and smugglers lend
to some, so that the share of a class that can pay a fee is known in closed form.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from corridor.model.kernels.utility import Purses
from corridor.model.states import N_WEALTH

if TYPE_CHECKING:
    from corridor.model.simulation import Simulation

_MOST_USD = 1e5
"""Fee above which nothing changes."""
_POINTS = 96
"""Points of the grid of log fees, which begins at one dollar."""


def wealth_of(luck: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the class of wealth of people by their rank in savings, in (0, 1), shape (k,)."""
    return np.minimum((luck * N_WEALTH).astype(np.int64), N_WEALTH - 1)


class Means:
    """Means of strata (community x wealth) at home; they change with income there."""

    def __init__(self, sim: Simulation) -> None:
        self._sim = sim
        log_fee = np.linspace(0.0, np.log(_MOST_USD), _POINTS)
        income_usd = sim.drivers.income_at_start()
        payable = share_able(sim, income_usd, np.exp(log_fee))
        # The median of a class: the fee that half of its members can pay.
        median = np.array([np.exp(np.interp(-0.5, -shares, log_fee)) for shares in payable])
        weight = sim.parameters.fee_utility * np.log1p(np.exp(log_fee) / median[:, None])
        ratio = np.zeros(income_usd.size)
        self._purses = Purses(weight, payable, (_POINTS - 1) / np.log(_MOST_USD), ratio)
        by_class = median.reshape(-1, N_WEALTH)
        self._bounds_usd = np.sqrt(by_class[:, 1:] * by_class[:, :-1])

    def purses(self) -> Purses:
        """Weight of fees at current means."""
        return self._purses._replace(log_ratio=np.log(np.maximum(self._sim.drivers.means_ratio(), 1e-9)))

    def bounds_usd(self) -> NDArray[np.float64]:
        """Return the means per head at which the next class of wealth begins, USD, (n_communities, n_wealth - 1)."""
        bounds: NDArray[np.float64] = self._bounds_usd * self._sim.drivers.means_ratio()[:, None]
        return bounds


def share_able(sim: Simulation, income_usd: NDArray[np.float64], fee_usd: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the share of every stratum that can pay a fee per head. ODD eq. 20d.

    Parameters
    ----------
    sim : Simulation
    income_usd : ndarray of float, shape (n_communities,), USD a year
    fee_usd : ndarray of float, shape (n_fees,), USD

    Returns
    -------
    ndarray of float, shape (n_communities * n_wealth, n_fees)
    """
    p = sim.parameters
    schooled = sim.corridor.communities.column("schooling_share").astype(float)[:, None, None]
    income, fee = income_usd[:, None, None], fee_usd[None, None, :]
    top = (np.arange(N_WEALTH) + 1.0)[None, :, None]
    able = np.zeros((income_usd.size, N_WEALTH, fee_usd.size))
    for schooling, ties, credit in product((False, True), repeat=3):
        share = (schooled if schooling else 1 - schooled) * (p.ties_share if ties else 1 - p.ties_share)
        share = share * (p.smuggler_credit_share if credit else 1 - p.smuggler_credit_share)
        median = p.savings_years * income * (p.schooling_income if schooling else 1.0)
        lent = p.family_credit_years * income + ties * p.ties_credit + credit * p.smuggler_credit_limit
        with np.errstate(divide="ignore"):
            rank = ndtr(np.log(np.maximum(fee - lent, 0.0) / np.maximum(median, 1e-9)) / p.savings_spread)
        able += share * np.clip(top - N_WEALTH * rank, 0.0, 1.0)
    return able.reshape(-1, fee_usd.size)
