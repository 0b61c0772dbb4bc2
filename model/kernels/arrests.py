"""Arrests in smuggling organisations: on whom each falls, and whether it ends in conviction (ODD eq. 52 to 53)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from corridor.model.purposes import Purpose
from corridor.model.streams import TO_UNIT, philox, philox_numpy, unit

_NUMBER, _ARREST = np.uint32(Purpose.NUMBER_OF_ARRESTS.stream), np.uint32(Purpose.ARREST.stream)


class Means(NamedTuple):
    """Parameters of eq. 51 to 53, by their names in the registry."""

    evidence_half: float
    arrests_per_investigator: float
    organiser_arrest_share: float
    organiser_effort: float
    testimony_conviction: float
    conviction_share: float
    seizure_share: float
    tracing_seizure: float


@njit(cache=True)
def plan_arrests(  # type: ignore[no-untyped-def]
    evidence, skill, investigators, corruption, focus, tracing, testimony_part, joint, p, years, step, k0, k1
):  # fmt: skip
    """Count the arrests of each agency, and their consequences.

    Expected arrests are rounded up or down at random. In the core each takes longer; testimony and joint teams raise
    the odds of conviction.

    Parameters
    ----------
    evidence : ndarray of float, shape (n_agencies,), cases
    skill, investigators, corruption, focus, tracing : ndarray of float, shape (n_agencies,)
        Skill over that at the start; persons; shares of arrests that leak, of effort aimed at the core, of money
        that is traced.
    testimony_part : ndarray of float, shape (n_agencies,)
        Part of new evidence that is testimony.
    joint : ndarray of float, shape (n_agencies,)
        Factor of joint teams on the odds of conviction.
    p : Means
    years : float
        Length of a step.
    step : int
    k0, k1 : uint32
        Key of the run's streams.

    Returns
    -------
    arrests : ndarray of int, shape (2, n_agencies), persons
        In the core and in the periphery.
    conviction, seized : ndarray of float, shape (n_agencies,)
        See `strike`.
    """
    n = evidence.size
    arrests, conviction, seized = np.empty((2, n), dtype=np.int64), np.empty(n), np.empty(n)
    share, odds = p.organiser_arrest_share, p.conviction_share / (1 - p.conviction_share)
    for agency in range(n):
        quality = evidence[agency] / (evidence[agency] + p.evidence_half)
        staff = investigators[agency] * p.arrests_per_investigator * years
        expected = staff * quality * skill[agency] * (1 - corruption[agency])
        core = expected * (share * (1 - focus[agency]) + focus[agency] / p.organiser_effort)
        periphery = expected * (1 - share) * (1 - focus[agency])
        words = philox(agency, step, 0, _NUMBER, k0, k1)
        arrests[0, agency] = np.floor(core + unit(words[0]))
        arrests[1, agency] = np.floor(periphery + unit(words[1]))
        ours = odds * (1 + (p.testimony_conviction - 1) * testimony_part[agency]) * joint[agency]
        conviction[agency] = ours / (1 + ours)
        seized[agency] = min(p.seizure_share * (1 + (p.tracing_seizure - 1) * tracing[agency]), 1.0)
    return arrests, conviction, seized


def plan_arrests_numpy(
    evidence: NDArray[np.float64],
    skill: NDArray[np.float64],
    levers: tuple[NDArray[np.float64], ...],
    testimony_part: NDArray[np.float64],
    joint: NDArray[np.float64],
    p: Means,
    years: float,
    luck: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Plain NumPy twin of `plan_arrests`, given uniforms of shape (n_agencies, 4)."""
    investigators, corruption, focus, tracing = levers
    quality = evidence / (evidence + p.evidence_half)
    expected = investigators * p.arrests_per_investigator * years * quality * skill * (1 - corruption)
    core = expected * (p.organiser_arrest_share * (1 - focus) + focus / p.organiser_effort)
    periphery = expected * (1 - p.organiser_arrest_share) * (1 - focus)
    odds = p.conviction_share / (1 - p.conviction_share) * (1 + (p.testimony_conviction - 1) * testimony_part) * joint
    seized = np.minimum(p.seizure_share * (1 + (p.tracing_seizure - 1) * tracing), 1.0)
    return np.floor(np.array([core, periphery]) + luck[:, :2].T).astype(np.int64), odds / (1 + odds), seized


@njit(cache=True)
def strike(  # type: ignore[no-untyped-def]
    arrests, conviction, seized, together, agency_of_offer, organisation, capacity, n_organisations, step, k0, k1
):  # fmt: skip
    """Let every arrest fall on an organisation by capacity within reach, and draw whether it ends in conviction.

    The luck of an arrest is keyed by agency, step, group and its ordinal, so that the same arrest hits alike under two
    policies.

    Parameters
    ----------
    arrests : ndarray of int, shape (2, n_agencies), persons
        In the core and in the periphery; none are made where nothing is within reach.
    conviction : ndarray of float, shape (n_agencies,)
        Share of arrests that end in conviction.
    seized : ndarray of float, shape (n_agencies,)
        Share of capital that a conviction in the core costs.
    together : ndarray of float, shape (n_agencies, n_agencies)
        Share of each partner's legs that an agency reaches beside its own.
    agency_of_offer, organisation : ndarray of int, shape (n_offers,)
        Agency -1: none.
    capacity : ndarray of float, shape (n_offers,), persons a week
    n_organisations, step : int
    k0, k1 : uint32
        Key of the run's streams.

    Returns
    -------
    taken, convicted : ndarray of int, shape (2, n_organisations), persons
    kept : ndarray of float, shape (n_organisations,)
        Share of capital that is not seized.
    """
    taken = np.zeros((2, n_organisations), dtype=np.int64)
    convicted = np.zeros((2, n_organisations), dtype=np.int64)
    kept = np.ones(n_organisations)
    within = np.empty(capacity.size)
    for agency in range(arrests.shape[1]):
        if arrests[0, agency] + arrests[1, agency] == 0:
            continue
        total = 0.0
        for offer in range(capacity.size):
            owner = agency_of_offer[offer]
            if owner >= 0:
                total += capacity[offer] * (1.0 if owner == agency else together[agency, owner])
            within[offer] = total
        if total == 0.0:
            continue
        for group in range(2):
            for ordinal in range(arrests[group, agency]):
                words = philox(agency, step, 2 * (ordinal + 1) + group, _ARREST, k0, k1)
                drawn = np.searchsorted(within, (words[0] + 0.5) * TO_UNIT * total, side="right")
                row = organisation[drawn]
                taken[group, row] += 1
                if (words[1] + 0.5) * TO_UNIT < conviction[agency]:
                    convicted[group, row] += 1
                    if group == 0:
                        kept[row] *= 1 - seized[agency]
    return taken, convicted, kept


@njit(cache=True)
def remember_convictions(risk, hub, organisers, convicted, years, fresh):  # type: ignore[no-untyped-def]
    """Move the remembered risk of conviction at every hub towards that of this step; changes ``risk`` (ODD eq. 53).

    Parameters
    ----------
    risk : ndarray of float, shape (n_places,), convictions per organiser and year
    hub : ndarray of int, shape (n_organisations,), place
    organisers : ndarray of float, shape (n_organisations,), persons
    convicted : ndarray of int, shape (n_organisations,), persons
        In the core, in this step.
    years : float
        Length of the step.
    fresh : float
        Weight of this step.
    """
    there, lost = np.zeros(risk.size), np.zeros(risk.size)
    for row in range(hub.size):
        there[hub[row]] += organisers[row]
        lost[hub[row]] += convicted[row]
    for place in range(risk.size):
        now = lost[place] / (there[place] * years) if there[place] > 0.0 else 0.0
        risk[place] += fresh * (now - risk[place])


def remember_convictions_numpy(
    risk: NDArray[np.float64],
    hub: NDArray[np.int64],
    organisers: NDArray[np.float64],
    convicted: NDArray[np.int64],
    years: float,
    fresh: float,
) -> None:
    """Do what `remember_convictions` does: its plain NumPy twin."""
    there, lost = (np.bincount(hub, weights=w, minlength=risk.size) for w in (organisers, convicted))
    now = np.divide(lost, there * years, out=np.zeros(risk.size), where=there > 0)
    risk += fresh * (now - risk)


def strike_numpy(
    arrests: NDArray[np.int64],
    conviction: NDArray[np.float64],
    seized: NDArray[np.float64],
    together: NDArray[np.float64],
    agency_of_offer: NDArray[np.int64],
    organisation: NDArray[np.int64],
    capacity: NDArray[np.float64],
    n_organisations: int,
    step: int,
    k0: np.uint32,
    k1: np.uint32,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Plain NumPy twin of `strike`."""
    taken, convicted = np.zeros((2, 2, n_organisations), dtype=np.int64)
    kept = np.ones(n_organisations)
    reaches = together.copy()
    np.fill_diagonal(reaches, 1.0)
    guarded = agency_of_offer >= 0
    for group, agency in np.ndindex(arrests.shape):
        within = np.cumsum(np.where(guarded, capacity * reaches[agency, agency_of_offer], 0.0))
        n = int(arrests[group, agency]) if within[-1:].sum() > 0 else 0
        counter = np.tile(np.array([agency, step, 0, _ARREST], dtype=np.uint32), (n, 1))
        counter[:, 2] = 2 * (np.arange(n) + 1) + group
        luck = (philox_numpy(counter, (int(k0), int(k1))) + 0.5) * TO_UNIT
        row = organisation[np.searchsorted(within, luck[:, 0] * within[-1:].sum(), side="right")]
        guilty = luck[:, 1] < conviction[agency]
        np.add.at(taken[group], row, 1)
        np.add.at(convicted[group], row[guilty], 1)
        if group == 0:
            np.multiply.at(kept, row[guilty], 1 - seized[agency])
    return taken, convicted, kept
