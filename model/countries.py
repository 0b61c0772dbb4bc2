"""Countries of a corridor. Exploiters and the cases against them are indexed by country and form of exploitation."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from corridor.model.corridor import Corridor
from corridor.model.states import Form


class Countries(NamedTuple):
    """Countries with at least one place, in alphabetical order."""

    names: NDArray[np.str_]
    """ISO 3166 alpha-3, shape (n_countries,)."""
    of_place: NDArray[np.int64]
    """Country number of each place, shape (n_places,)."""

    @property
    def shape(self) -> tuple[int, int]:
        """Shape of arrays indexed by country and form."""
        return self.names.size, len(Form)

    def numbers(self, names: NDArray[np.str_]) -> NDArray[np.int64]:
        """Return country numbers by name, shape (k,); -1 for countries without a place."""
        known = {str(name): number for number, name in enumerate(self.names)}
        return np.array([known.get(str(name), -1) for name in names], dtype=np.int64)


def countries_of(corridor: Corridor) -> Countries:
    """Return the countries of a corridor."""
    names, of_place = np.unique(corridor.places.column("country"), return_inverse=True)
    return Countries(names, of_place.astype(np.int64))
