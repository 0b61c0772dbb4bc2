"""Ends of journeys in plain NumPy: what `corridor.model.kernels.passages` draws."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor.model.kernels.passages import DEAD, EXPLOITED, INTERCEPTED, THROUGH, LegRisks, Sellers


def risks_numpy(
    leg: NDArray[np.integer], seller: NDArray[np.integer], legs: LegRisks, sellers: Sellers
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Plain NumPy twin of `risks_of`, for each traveller, shape (k,) each."""
    bought = seller >= 0
    bribed, bribery = legs.bribed[leg], legs.bribery[leg]
    honest = 1 - bribed * bribery
    paid = np.divide(1 - bribed * sellers.bribery[seller], honest, out=np.ones(leg.size), where=honest > 0)
    interception = legs.interception[leg] * np.where(bought, paid, legs.watched[leg])
    distress = legs.distress[leg] * np.where(bought, sellers.danger[seller] / legs.care[leg], 1.0)
    return interception, distress, legs.held[leg] * np.where(bought, sellers.disposition[seller], 1.0)


def fates_numpy(
    interception: NDArray[np.float64],
    distress: NDArray[np.float64],
    coverage: NDArray[np.float64],
    held: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return probabilities of interception, death and exploitation, shape (k, 3): twin of `write_chances`."""
    total = interception + distress
    share = np.divide(-np.expm1(-total), total, out=np.zeros_like(total), where=total > 0)
    stopped, dying = interception * share, distress * share * (1 - coverage)
    return np.column_stack([stopped, dying, (1 - stopped - dying) * held])


def outcomes_numpy(
    luck: NDArray[np.float64],
    interception: NDArray[np.float64],
    distress: NDArray[np.float64],
    coverage: NDArray[np.float64],
    held: NDArray[np.float64],
) -> NDArray[np.uint8]:
    """Return the outcomes that `end_passages` draws, given luck and each traveller's own risks: its plain NumPy twin.

    Parameters
    ----------
    luck : ndarray of float, shape (k, 4)
        Uniforms for interception, distress, rescue and being held.
    interception, distress : ndarray of float, shape (k,)
        Hazards per attempt.
    coverage, held : ndarray of float, shape (k,)
        Probabilities of rescue and of being held.
    """
    until: Any = -np.log(luck[:, :2])
    stopped_first = until[:, 0] * distress <= until[:, 1] * interception
    intercepted = stopped_first & (until[:, 0] < interception)
    dead = ~stopped_first & (until[:, 1] < distress) & (luck[:, 2] >= coverage)
    outcome = np.select([intercepted, dead, luck[:, 3] < held], [INTERCEPTED, DEAD, EXPLOITED], THROUGH)
    return outcome.astype(np.uint8)
