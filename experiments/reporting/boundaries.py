"""Outlines of countries for maps, from a table that comes with the project (``docs/make_boundaries.py``)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from corridor.model.corridor import Corridor

TABLE = Path(__file__).with_name("boundaries.csv")
ATTRIBUTION = "Boundaries: Natural Earth (public domain). They imply no opinion on the status of any territory."
# ISO 3166 leaves codes that begin with X to its users: countries that are invented.
INVENTED = "X"


@cache
def all_rings() -> tuple[NDArray[np.float64], ...]:
    """Return every outline as a closed ring, shape (n_points, 2), longitude and latitude in degrees."""
    table = pd.read_csv(TABLE, comment="#")
    return tuple(part[["longitude", "latitude"]].to_numpy(float) for _, part in table.groupby("ring"))


def boundaries(corridor: Corridor) -> list[NDArray[np.float64]]:
    """Return the outlines for a map of a corridor; none if its countries are invented.

    Parameters
    ----------
    corridor : Corridor

    Returns
    -------
    list of ndarray, shape (n_points, 2), degrees
        Closed rings of longitude and latitude; outer rings turn clockwise, as D3 wants polygons.
    """
    if all(place.country.startswith(INVENTED) for place in corridor.places):
        return []
    return list(all_rings())


def attribution(corridor: Corridor) -> str:
    """Return the attribution required for the boundaries of a map; blank without boundaries."""
    return ATTRIBUTION if boundaries(corridor) else ""
