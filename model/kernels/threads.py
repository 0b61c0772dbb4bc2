"""How many threads the compiled loops use."""

from __future__ import annotations

import os

import numba
from numba.np.ufunc.parallel import get_thread_count

MAX_THREADS = 1024

# Threads that wait for the others of a loop sleep: spinning, they take the core from whatever else the machine does,
# and a step has many loops. OpenMP reads this when the first loop starts; who has set it otherwise is left alone.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")


def set_threads(asked: int) -> None:
    """Use as many threads as asked for, or as there are: a command made for a large machine works on a small one."""
    numba.set_num_threads(min(asked, get_thread_count()))
