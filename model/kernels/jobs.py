"""Vacant jobs in exploitative conditions, and the hazard of deceptive recruitment (ODD eq. 45, 46)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corridor.model.machine_code import Floats, Ints, compiled

_STAYS_OWED = 3
"""Cap on openings owed, mean stays of one agent: few stay longer."""


@compiled()
def open_jobs(
    jobs: Floats, held: Ints, weight: float, per_base: Floats, unknown: Floats, stay: Floats, owed: Floats
) -> NDArray[np.float64]:
    """Return jobs open in a step relative to the jobs at the start, shape (n_places, n_sectors).

    An agent may represent more persons than a sector has jobs. The excess is carried as a debt against openings of
    later steps, so that over the years as many jobs are open as if persons were hired one by one; cutting openings off
    at zero would leave too many with few agents. The debt is capped at one agent's long stay, and is negligible where
    agents are small relative to sectors: people held beyond the jobs for other reasons only prevent hiring.

    Parameters
    ----------
    jobs : ndarray of float, shape (n_places, n_sectors), persons
    held : ndarray of int, shape (n_places, n_sectors)
        Agents exploited now.
    weight : float
        Persons represented by an agent.
    per_base : ndarray of float, shape (n_places, n_sectors)
        Reciprocal of the jobs at the start; 0 where none are recorded.
    unknown : ndarray of float, shape (n_places, n_sectors)
        Openings assumed where no jobs are recorded.
    stay : ndarray of float, shape (n_sectors,)
        Mean length of an episode, steps.
    owed : ndarray of float, shape (n_places, n_sectors)
        Changed in place: the remaining debt, openings times steps, 0 or below.
    """
    openings = np.empty(jobs.shape)
    for place in range(jobs.shape[0]):
        for sector in range(jobs.shape[1]):
            vacant = (jobs[place, sector] - held[place, sector] * weight) * per_base[place, sector]
            left = vacant + unknown[place, sector] + owed[place, sector]
            taken = weight * per_base[place, sector]
            openings[place, sector] = max(left, 0.0)
            owed[place, sector] = max(min(left, 0.0), -_STAYS_OWED * taken * min(taken, 1.0) * stay[sector])
    return openings


def owed_at_the_start(
    luck: NDArray[np.float64], taken: NDArray[np.float64], stay: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the initial debt, openings times steps, when all jobs would be filled at once.

    An agent of more persons than jobs is hired immediately with the probability that compensates for the excess, and
    otherwise after a wait like that between two hirings.

    Parameters
    ----------
    luck : ndarray of float, shape (n_places, n_sectors)
        Uniform in (0, 1).
    taken : ndarray of float, shape (n_places, n_sectors)
        Persons represented by an agent relative to jobs.
    stay : ndarray of float, shape (n_sectors,)
        Mean length of an episode, steps; exponential.
    """
    excess = np.maximum(taken - 1.0, 0.0)
    waits = np.minimum((1.0 - luck) * taken, excess) / np.where(excess > 0, excess, 1.0)
    return np.where(excess > 0, np.log(np.where(excess > 0, waits, 1.0)) * excess * stay, 0.0)


@compiled()
def write_job_rates(rates: Floats, hazard: Floats, doors: Floats, group: Ints) -> None:
    """Compute the annual hazard of a deceptive job.

    Parameters
    ----------
    rates : ndarray of float32, shape (n_places, n_profiles)
        Output.
    hazard : ndarray of float, shape (n_places, n_profiles), per year
        Hazard at full openness.
    doors : ndarray of float, shape (n_places, n_groups)
        Openness of each place to each group.
    group : ndarray of int, shape (n_profiles,)
    """
    for place in range(hazard.shape[0]):
        for profile in range(hazard.shape[1]):
            rates[place, profile] = hazard[place, profile] * doors[place, group[profile]]
