"""The supply side of the smuggling market, as arguments of compiled loops."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Supply(NamedTuple):
    """Offers of smuggling organisations: each is an organisation on a leg."""

    organisation: NDArray[np.int64]
    """Organisation of each offer, shape (n_offers,)."""
    leg: NDArray[np.int64]
    """Shape (n_offers,)."""
    capacity: NDArray[np.float64]
    """Persons a week at design load, shape (n_offers,)."""
    hub: NDArray[np.int32]
    """Place from which an organisation's legs start, shape (n_organisations,)."""
