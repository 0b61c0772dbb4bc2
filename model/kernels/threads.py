"""Number of threads of the compiled loops."""

from __future__ import annotations

import os

import numba
from numba.np.ufunc.parallel import get_thread_count

MAX_THREADS = 1024

# Threads that wait for others at the end of a loop sleep. If they spun, they would keep cores from other work, and a
# step has many loops. OpenMP reads this variable when the first loop starts; a value set by the user is respected.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")


def set_threads(asked: int) -> None:
    """Use the requested number of threads or, on a smaller machine, as many as it has."""
    numba.set_num_threads(min(asked, get_thread_count()))
