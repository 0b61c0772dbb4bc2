"""Jobs that are open in plain NumPy: what `corridor.model.kernels.jobs` computes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def open_jobs_numpy(
    jobs: NDArray[np.float64],
    held: NDArray[np.int64],
    weight: float,
    per_base: NDArray[np.float64],
    unknown: NDArray[np.float64],
    stay: NDArray[np.float64],
    owed: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Plain NumPy twin of `open_jobs`."""
    left = (jobs - held * weight) * per_base + unknown + owed
    taken = weight * per_base
    owed[:] = np.maximum(np.minimum(left, 0.0), -3 * taken * np.minimum(taken, 1.0) * stay)
    return np.maximum(left, 0.0)


def job_rates_numpy(
    hazard: NDArray[np.float64], doors: NDArray[np.float64], group: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Plain NumPy twin of `write_job_rates`, shape (n_places, n_profiles)."""
    return (hazard * doors[:, group]).astype(np.float32)
