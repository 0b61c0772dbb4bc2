"""Jobs in exploitative conditions that are vacant, and the hazard of being taken on (ODD eq. 45, 46)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corridor.model.machine_code import Floats, Ints, compiled

_STAYS_OWED = 3
"""Mean stays of an agent that are owed at most: few stay longer."""


@compiled()
def open_jobs(
    jobs: Floats, held: Ints, weight: float, per_base: Floats, unknown: Floats, stay: Floats, owed: Floats
) -> NDArray[np.float64]:
    """Return jobs that are open in a step over the jobs at the start, shape (n_places, n_sectors).

    An agent may stand for more persons than a sector has jobs. What it takes too much is owed and made good by openings
    of later steps, so that as much is open over the years as if persons were hired one by one; cut off at zero it would
    be too much where agents are few. No more is owed than one agent takes in a long stay, and next to nothing where
    agents are small beside sectors: what is held above the jobs for other reasons only closes the door.

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
    stay : ndarray of float, shape (n_sectors,)
        Mean length of an episode, steps.
    owed : ndarray of float, shape (n_places, n_sectors)
        Changed: what is still owed, in openings times steps, 0 or below.
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
    """Return openings times steps that are owed at the start, when persons would fill all jobs at once.

    An agent of more persons than jobs is hired at once with the probability that makes up for it, and else after a wait
    like any between two hirings.

    Parameters
    ----------
    luck : ndarray of float, shape (n_places, n_sectors)
        Uniform in (0, 1).
    taken : ndarray of float, shape (n_places, n_sectors)
        Persons for whom an agent stands over jobs.
    stay : ndarray of float, shape (n_sectors,)
        Mean length of an episode, steps; exponential.
    """
    excess = np.maximum(taken - 1.0, 0.0)
    waits = np.minimum((1.0 - luck) * taken, excess) / np.where(excess > 0, excess, 1.0)
    return np.where(excess > 0, np.log(np.where(excess > 0, waits, 1.0)) * excess * stay, 0.0)


@compiled()
def write_job_rates(rates: Floats, hazard: Floats, doors: Floats, group: Ints) -> None:
    """Write the hazard of a deceptive job, per year.

    Parameters
    ----------
    rates : ndarray of float32, shape (n_places, n_profiles)
        Output.
    hazard : ndarray of float, shape (n_places, n_profiles), per year
        Where all doors are open.
    doors : ndarray of float, shape (n_places, n_groups)
        How open a place is to each group.
    group : ndarray of int, shape (n_profiles,)
    """
    for place in range(hazard.shape[0]):
        for profile in range(hazard.shape[1]):
            rates[place, profile] = hazard[place, profile] * doors[place, group[profile]]
