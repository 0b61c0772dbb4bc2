"""Entry, exit, splits and mergers in plain NumPy: what `corridor.model.kernels.turnover` computes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corridor.model.kernels.supply import Supply
from corridor.model.kernels.turnover import STREAM, TurnoverRates
from corridor.model.streams import TO_UNIT, philox_numpy


def find_failing_numpy(
    active: NDArray[np.bool_],
    capital_usd: NDArray[np.float64],
    filled: NDArray[np.float64],
    viable_core: float,
    entry_cost: float,
) -> NDArray[np.bool_]:
    """Plain NumPy twin of `find_failing`."""
    return active & ((capital_usd < 0) | ((filled < viable_core) & (capital_usd < entry_cost)))


def draw_rows_numpy(
    chances: NDArray[np.float64], kind: int, step: int, k0: np.uint32, k1: np.uint32
) -> NDArray[np.int64]:
    """Plain NumPy twin of `draw_rows`."""
    rows = np.flatnonzero(chances)
    counter = np.full((rows.size, 4), (0, step, kind, STREAM), dtype=np.uint32)
    counter[:, 0] = rows
    return rows[(philox_numpy(counter, (int(k0), int(k1)))[:, 0] + 0.5) * TO_UNIT < chances[rows]]


def turnover_numpy(
    supply: Supply,
    markup: NDArray[np.float64],
    hazard: NDArray[np.float64],
    base_hazard: NDArray[np.float64],
    sanction: NDArray[np.float64],
    filled: NDArray[np.float64],
    rates: TurnoverRates,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Plain NumPy twin of `turnover`."""
    organisation, leg, capacity, hub = supply
    n, weight = sanction.size, capacity + 1e-12

    def at(values: NDArray[np.float64], place: NDArray[np.int64]) -> NDArray[np.float64]:
        return np.bincount(place, weights=values, minlength=n).astype(np.float64)

    place, own = hub[organisation], np.bincount(organisation, weights=capacity, minlength=hub.size).astype(float)
    there, total = at(weight, place), at(own, hub)
    mean = np.divide(at(weight * markup, place), there, out=np.zeros(n), where=there > 0)
    entries = -np.expm1(-rates.entry * np.maximum(mean / rates.balance - 1 - sanction, 0.0))
    base = at(capacity * base_hazard[leg], place)
    pressure = np.log2(
        np.maximum(np.divide(at(capacity * hazard[leg], place), base, out=np.ones(n), where=base > 0), 1)
    )
    concentration = np.divide(at(own**2, hub), total**2, out=np.ones(n), where=total > 0)
    share = np.divide(own, total[hub], out=np.zeros(hub.size), where=total[hub] > 0)
    splits = -np.expm1(-rates.split * (1 - filled) * share)
    return entries, splits, -np.expm1(-rates.merger * pressure * (1 - concentration))
