"""Seasons: monthly variation of departures and dangers on legs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from corridor.model.simulation import Simulation


def season_of_legs(sim: Simulation, column: str) -> NDArray[np.float64]:
    """Return a seasonal multiplier by calendar month and leg, shape (12, n_legs); 1 for legs without a season."""
    table = np.ones((12, len(sim.corridor.legs)))
    profile = {(row.season, row.month): getattr(row, column) for row in sim.corridor.seasons}
    for number, leg in enumerate(sim.corridor.legs):
        if leg.season:
            table[:, number] = [profile[leg.season, month] for month in range(1, 13)]
    return table
