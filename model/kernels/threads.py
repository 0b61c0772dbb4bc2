"""How many threads the compiled loops use."""

from __future__ import annotations

import numba

MAX_THREADS = 1024


def set_threads(asked: int) -> None:
    """Use as many threads as asked for, or as there are: a command made for a large machine works on a small one."""
    numba.set_num_threads(min(asked, numba.config.NUMBA_NUM_THREADS))  # type: ignore[attr-defined]
