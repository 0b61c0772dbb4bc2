"""Sums and means over offers in plain NumPy: what `corridor.model.kernels.accounts` computes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corridor.model.kernels.supply import Supply


def sum_offers_numpy(
    supply: Supply,
    use: NDArray[np.float64],
    fee_usd: NDArray[np.float64],
    cost_usd: NDArray[np.float64],
    reference_usd: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Plain NumPy twin of `sum_offers`."""
    organisation, leg, capacity, hub = supply
    sold, idle = capacity * use[leg], capacity * (1 - np.minimum(use[leg], 1.0))
    columns = capacity, idle, sold * fee_usd, sold * cost_usd, capacity * reference_usd[leg]
    return np.array([np.bincount(organisation, weights=column, minlength=hub.size) for column in columns])


def margins_numpy(sums: NDArray[np.float64], fixed_share: float, advert_share: float) -> NDArray[np.float64]:
    """Plain NumPy twin of `margins`."""
    capacity, idle, takings, costs, value = sums
    share = np.divide(costs + fixed_share * value, takings, out=np.full(takings.size, np.inf), where=takings > 0)
    part = np.divide(idle, capacity, out=np.zeros_like(idle), where=capacity > 0)
    return (1 - share - advert_share * (1 + part)).clip(-1.0, 1.0)


def average_numpy(
    to: NDArray[np.int64],
    source: NDArray[np.int64],
    capacity: NDArray[np.float64],
    values: NDArray[np.float64],
    empty: float,
    n: int,
) -> NDArray[np.float64]:
    """Plain NumPy twin of `average`."""
    total = np.bincount(to, weights=capacity, minlength=n)
    sums = np.array([np.bincount(to, weights=capacity * row[source], minlength=n) for row in values])
    return np.divide(sums, total, out=np.full(sums.shape, empty), where=total > 0)


def measure_concentration_numpy(supply: Supply, n_places: int) -> NDArray[np.float64]:
    """Plain NumPy twin of `measure_concentration`."""
    organisation, _, capacity, hub = supply
    own = np.bincount(organisation, weights=capacity, minlength=hub.size)
    total, squares = (np.bincount(hub, weights=w, minlength=n_places) for w in (own, own**2))
    return np.divide(squares, total**2, out=np.ones(n_places), where=total > 0)


def share_out_numpy(of_leg: NDArray[np.float64], share: NDArray[np.float64], supply: Supply) -> NDArray[np.float64]:
    """Plain NumPy twin of `share_out`, and with other shares that of `share_sales`."""
    amounts = share * of_leg[supply.leg]
    return np.bincount(supply.organisation, weights=amounts, minlength=supply.hub.size).astype(np.float64)
