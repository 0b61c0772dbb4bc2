"""Sums over the offers of every organisation, in one pass."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True)
def sum_offers(organisation, leg, capacity, use, fee_usd, cost_usd, reference_usd, n_organisations):  # type: ignore[no-untyped-def]
    """Return capacity, idle capacity, takings, costs and value at reference fees of each organisation.

    Parameters
    ----------
    organisation, leg : ndarray of int, shape (n_offers,)
    capacity : ndarray of float, shape (n_offers,), persons a week
    use : ndarray of float, shape (n_legs,)
        Passengers over design capacity.
    fee_usd, cost_usd : ndarray of float, shape (n_offers,), USD a passenger
    reference_usd : ndarray of float, shape (n_legs,), USD a passenger
    n_organisations : int

    Returns
    -------
    ndarray of float, shape (5, n_organisations), persons or USD a week
    """
    sums = np.zeros((5, n_organisations))
    for offer in range(capacity.size):
        if capacity[offer] == 0.0:
            continue
        row, sold = organisation[offer], capacity[offer] * use[leg[offer]]
        sums[0, row] += capacity[offer]
        sums[1, row] += capacity[offer] * (1 - min(use[leg[offer]], 1.0))
        sums[2, row] += sold * fee_usd[offer]
        sums[3, row] += sold * cost_usd[offer]
        sums[4, row] += capacity[offer] * reference_usd[leg[offer]]
    return sums


def sum_offers_numpy(
    organisation: NDArray[np.int64],
    leg: NDArray[np.int64],
    capacity: NDArray[np.float64],
    use: NDArray[np.float64],
    fee_usd: NDArray[np.float64],
    cost_usd: NDArray[np.float64],
    reference_usd: NDArray[np.float64],
    n_organisations: int,
) -> NDArray[np.float64]:
    """Return what `sum_offers` returns: its plain NumPy twin."""
    sold, idle = capacity * use[leg], capacity * (1 - np.minimum(use[leg], 1.0))
    columns = capacity, idle, sold * fee_usd, sold * cost_usd, capacity * reference_usd[leg]
    return np.array([np.bincount(organisation, weights=column, minlength=n_organisations) for column in columns])
