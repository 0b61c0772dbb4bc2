"""Errors of simulated camp counts (ODD eq. 67 and 68), and null models."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from corridor.displacement.engine.case import Case
from corridor.displacement.engine.simulation import origin_weights

Counts = NDArray[np.float64]
SHARES_DAY = 7
"""Day whose shares or counts are kept by the null models that use observations."""
_LEAST_KM = 1e-6


def errors(simulated: Counts, observed: Counts) -> NDArray[np.float64]:
    """Return the relative difference of each day, shape (days,): sum abs(n - y) / max(1, sum y).

    Parameters
    ----------
    simulated, observed : ndarray of float, shape (days, n_camps), persons
    """
    return np.abs(simulated - observed).sum(axis=1) / np.maximum(1.0, observed.sum(axis=1))


def ard(simulated: Counts, observed: Counts) -> float:
    """Return the averaged relative difference: the mean of `errors` (Suleimenova, Bell and Groen 2017)."""
    return float(errors(simulated, observed).mean())


def rescale(simulated: Counts, observed: Counts) -> Counts:
    """Return simulated counts rescaled to each day's observed total; 0 if nobody is in a camp."""
    total = simulated.sum(axis=1, keepdims=True)
    return simulated * np.divide(observed.sum(axis=1, keepdims=True), total, out=np.zeros_like(total), where=total > 0)


def scores(simulated: Counts, observed: Counts) -> dict[str, float | None]:
    """Return all measures of a simulation.

    Parameters
    ----------
    simulated, observed : ndarray of float, shape (days, n_camps), persons

    Returns
    -------
    dict
        ``ard`` (normal), ``ard_rescaled``, ``pooled``, and ``mase_ratio``: the rescaled forecast's absolute error over
        that of the shares of day 7 kept, pooled over the days after; None where it is not defined.
    """
    rescaled = rescale(simulated, observed)
    kept = _kept_shares(observed, observed.sum(axis=1))
    later = slice(SHARES_DAY + 1, None)
    naive = np.abs(kept - observed)[later].sum()
    return {
        "ard": ard(simulated, observed),
        "ard_rescaled": ard(rescaled, observed),
        "pooled": float(np.abs(simulated - observed).sum() / max(1.0, observed.sum())),
        "mase_ratio": float(np.abs(rescaled - observed)[later].sum() / naive) if naive > 0 else None,
    }


def null_models(case: Case, observed: Counts) -> dict[str, Counts]:
    """Return the camp counts of models without behaviour, shape (days, n_camps) each.

    ``equal`` and ``capacity`` split all displaced people; ``nearest`` sends the newly displaced to the nearest open
    camp by road; ``day_7_shares`` and ``day_7_counts`` keep the observations of day 7 (last observation carried
    forward), so that they use more of the data than a simulation.
    """
    displaced = case.people_at_start.sum() + np.cumsum(case.arrivals).astype(float)
    camps = case.observed.camps
    capacity = case.places.capacity[camps].astype(float)
    split = capacity / capacity.sum() if capacity.sum() > 0 else np.full(camps.size, 1 / camps.size)
    first = np.minimum(np.arange(case.days), SHARES_DAY)
    return {
        "equal": np.outer(displaced, np.full(camps.size, 1 / camps.size)),
        "capacity": np.outer(displaced, split),
        "nearest": _nearest(case),
        "day_7_shares": _kept_shares(observed, displaced),
        "day_7_counts": observed[first],
    }


def _kept_shares(observed: Counts, total: Counts) -> Counts:
    day = observed[min(SHARES_DAY, len(observed) - 1)]
    share = day / day.sum() if day.sum() > 0 else np.full(day.size, 1 / day.size)
    return np.outer(total, share)


def _nearest(case: Case) -> Counts:
    links, schedule, camps = case.links, case.schedule, case.observed.camps
    now, out = case.people_at_start[camps].astype(float), np.zeros((case.days, camps.size))
    km = np.zeros((camps.size, len(case.places)))
    before: NDArray[np.bool_] | None = None
    for day, arriving in enumerate(case.arrivals):
        is_open = schedule.is_open[day]
        if before is None or not np.array_equal(before, is_open):
            entries = (np.maximum(links.km[is_open], _LEAST_KM), (links.destination[is_open], links.origin[is_open]))
            km = dijkstra(csr_matrix(entries, shape=(len(case.places),) * 2), indices=camps)
            before = is_open
        reachable = np.where(schedule.is_camp[day][camps][:, None], km, np.inf)
        weight = origin_weights(case, day) * np.isfinite(reachable).any(axis=0)
        if arriving and weight.sum() > 0:
            np.add.at(now, reachable.argmin(axis=0), arriving * weight / weight.sum())
        out[day] = now
    return out
