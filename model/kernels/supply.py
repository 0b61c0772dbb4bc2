"""The supply side of the smuggling market, as loops over it read it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Supply(NamedTuple):
    """Offers of smuggling organisations: each is an organisation on a leg."""

    organisation: NDArray[np.int64]
    """Whose each offer is, shape (n_offers,)."""
    leg: NDArray[np.int64]
    """Shape (n_offers,)."""
    capacity: NDArray[np.float64]
    """Persons a week at design load, shape (n_offers,)."""
    hub: NDArray[np.int32]
    """Place where the legs that an organisation serves begin, shape (n_organisations,)."""
