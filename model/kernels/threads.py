"""How many threads the compiled loops use."""

from __future__ import annotations

import numba
from numba.np.ufunc.parallel import get_thread_count

MAX_THREADS = 1024


def set_threads(asked: int) -> None:
    """Use as many threads as asked for, or as there are: a command made for a large machine works on a small one."""
    numba.set_num_threads(min(asked, get_thread_count()))
