"""Arrests in smuggling organisations: the organisation hit, and whether it ends in conviction (ODD eq. 52 to 53)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from corridor.model.kernels.supply import Supply
from corridor.model.machine_code import Floats, Int, Ints, Real, compiled
from corridor.model.purposes import Purpose
from corridor.model.streams import philox, unit

NUMBER, ARREST = np.uint32(Purpose.NUMBER_OF_ARRESTS.stream), np.uint32(Purpose.ARREST.stream)


class ArrestParameters(NamedTuple):
    """Parameters of eq. 51 to 53, by their names in the registry."""

    evidence_half: float
    arrests_per_investigator: float
    organiser_arrest_share: float
    organiser_effort: float
    testimony_conviction: float
    conviction_share: float
    seizure_share: float
    tracing_seizure: float


class Agencies(NamedTuple):
    """Inputs of enforcement agencies' investigations in a step, shape (n_agencies,) each."""

    evidence: NDArray[np.float64]
    """Cases."""
    skill: NDArray[np.float64]
    """Yield of an investigator relative to the start of the run."""
    investigators: NDArray[np.float64]
    """Persons."""
    corruption: NDArray[np.float64]
    """Share of arrests that leak."""
    focus: NDArray[np.float64]
    """Share of effort directed at the core."""
    tracing: NDArray[np.float64]
    """Share of money traced."""
    testimony: NDArray[np.float64]
    """Share of testimony in new evidence."""
    joint: NDArray[np.float64]
    """Factor by which joint teams multiply the odds of conviction."""


class Arrests(NamedTuple):
    """Arrests by agencies in a step, and their consequences."""

    number: NDArray[np.int64]
    """Persons, in the core and in the periphery, shape (2, n_agencies)."""
    conviction: NDArray[np.float64]
    """Share of arrests that ends in conviction, shape (n_agencies,)."""
    seized: NDArray[np.float64]
    """Share of capital lost with a conviction in the core, shape (n_agencies,)."""


@compiled()
def plan_arrests(agencies: Agencies, p: ArrestParameters, years: Real, step: Int, k0: Int, k1: Int) -> Arrests:
    """Return the number of arrests by each agency, and their consequences.

    Expected arrests are rounded up or down at random. Arrests in the core take more effort; testimony and joint teams
    raise the odds of conviction.

    Parameters
    ----------
    agencies : Agencies
    p : ArrestParameters
    years : float
        Length of a step.
    step : int
    k0, k1 : uint32
        Key of the run's streams.

    Returns
    -------
    Arrests
    """
    evidence, skill, investigators, corruption, focus, tracing, testimony, joint = agencies
    n = evidence.size
    number, conviction, seized = np.empty((2, n), dtype=np.int64), np.empty(n), np.empty(n)
    share, odds = p.organiser_arrest_share, p.conviction_share / (1 - p.conviction_share)
    for agency in range(n):
        quality = evidence[agency] / (evidence[agency] + p.evidence_half)
        staff = investigators[agency] * p.arrests_per_investigator * years
        expected = staff * quality * skill[agency] * (1 - corruption[agency])
        core = expected * (share * (1 - focus[agency]) + focus[agency] / p.organiser_effort)
        periphery = expected * (1 - share) * (1 - focus[agency])
        words = philox(agency, step, 0, NUMBER, k0, k1)
        number[0, agency] = np.floor(core + unit(words[0]))
        number[1, agency] = np.floor(periphery + unit(words[1]))
        ours = odds * (1 + (p.testimony_conviction - 1) * testimony[agency]) * joint[agency]
        conviction[agency] = ours / (1 + ours)
        seized[agency] = min(p.seizure_share * (1 + (p.tracing_seizure - 1) * tracing[agency]), 1.0)
    return Arrests(number, conviction, seized)


@compiled()
def make_arrests(
    arrests: Arrests, together: Floats, agency_of_offer: Ints, supply: Supply, step: Int, k0: Int, k1: Int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Assign each arrest to an organisation within reach, by capacity, and draw whether it ends in conviction.

    Draws are keyed by agency, step, group and the ordinal of the arrest, so that an arrest hits the same organisation
    under two policies.

    Parameters
    ----------
    arrests : Arrests
        Agencies without organisations in reach make none.
    together : ndarray of float, shape (n_agencies, n_agencies)
        Share of each partner's legs that an agency reaches in addition to its own.
    agency_of_offer : ndarray of int, shape (n_offers,)
        Agency that patrols the offer's leg; -1: none.
    supply : Supply
    step : int
    k0, k1 : uint32
        Key of the run's streams.

    Returns
    -------
    taken, convicted : ndarray of int, shape (2, n_organisations), persons
    kept : ndarray of float, shape (n_organisations,)
        Share of capital not seized.
    """
    organisation, _, capacity, hub = supply
    number, conviction, seized = arrests
    taken = np.zeros((2, hub.size), dtype=np.int64)
    convicted = np.zeros((2, hub.size), dtype=np.int64)
    kept = np.ones(hub.size)
    within = np.empty(capacity.size)
    for agency in range(number.shape[1]):
        if number[0, agency] + number[1, agency] == 0:
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
            for ordinal in range(number[group, agency]):
                words = philox(agency, step, 2 * (ordinal + 1) + group, ARREST, k0, k1)
                drawn = np.searchsorted(within, unit(words[0]) * total, side="right")
                row = organisation[drawn]
                taken[group, row] += 1
                if unit(words[1]) < conviction[agency]:
                    convicted[group, row] += 1
                    if group == 0:
                        kept[row] *= 1 - seized[agency]
    return taken, convicted, kept


@compiled()
def remember_convictions(
    risk: Floats, hub: Ints, organisers: Floats, convicted: Ints, years: Real, fresh: Real
) -> None:
    """Update the remembered risk of conviction at every hub, in place, towards that of this step (ODD eq. 53).

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
