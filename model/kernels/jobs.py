"""Jobs in exploitative conditions that are vacant, and the hazard of being taken on (ODD eq. 45, 46)."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

_LUMP = 5
"""Agents by which more may be held than there are jobs before the excess is cut off."""


@njit(cache=True)
def open_jobs(jobs, held, weight, per_base, unknown):  # type: ignore[no-untyped-def]
    """Return vacant jobs over the jobs at the start, shape (n_places, n_sectors).

    An agent may stand for more persons than a sector has jobs. That it takes too many counts as vacancies below zero,
    so that openings are right on average: cut off at zero they would be too many where agents are few.

    Parameters
    ----------
    jobs : ndarray of float, shape (n_places, n_sectors), persons
    held : ndarray of int, shape (n_places, n_sectors)
        Agents exploited now.
    weight : float
        Persons for whom an agent stands.
    per_base : ndarray of float, shape (n_places, n_sectors)
        One over the jobs at the start; 0 where none are recorded.
    unknown : ndarray of float, shape (n_places, n_sectors)
        What counts as vacant where none are recorded.
    """
    openings = np.empty_like(jobs)
    for place in range(jobs.shape[0]):
        for sector in range(jobs.shape[1]):
            vacant = max(jobs[place, sector] - held[place, sector] * weight, -_LUMP * weight)
            openings[place, sector] = vacant * per_base[place, sector] + unknown[place, sector]
    return openings


@njit(cache=True)
def write_job_rates(rates, hazard, doors, group):  # type: ignore[no-untyped-def]
    """Write the hazard of a deceptive job, per year.

    Parameters
    ----------
    rates : ndarray of float32, shape (n_places, n_profiles, n_causes)
        Output: the first cause.
    hazard : ndarray of float, shape (n_places, n_profiles), per year
        Where all doors are open.
    doors : ndarray of float, shape (n_places, n_groups)
        How open a place is to each group.
    group : ndarray of int, shape (n_profiles,)
    """
    for place in range(hazard.shape[0]):
        for profile in range(hazard.shape[1]):
            rates[place, profile, 0] = hazard[place, profile] * doors[place, group[profile]]


def open_jobs_numpy(
    jobs: NDArray[np.float64],
    held: NDArray[np.int64],
    weight: float,
    per_base: NDArray[np.float64],
    unknown: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Plain NumPy twin of `open_jobs`."""
    return np.maximum(jobs - held * weight, -_LUMP * weight) * per_base + unknown


def job_rates_numpy(
    hazard: NDArray[np.float64], doors: NDArray[np.float64], group: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Plain NumPy twin of `write_job_rates`, shape (n_places, n_profiles)."""
    return (hazard * doors[:, group]).astype(np.float32)
