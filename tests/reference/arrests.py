"""Arrests in plain NumPy: what `corridor.model.kernels.arrests` computes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corridor.model.kernels.arrests import ARREST, Agencies, ArrestParameters, Arrests
from corridor.model.kernels.supply import Supply
from corridor.model.streams import TO_UNIT, philox_numpy


def plan_arrests_numpy(agencies: Agencies, p: ArrestParameters, years: float, luck: NDArray[np.float64]) -> Arrests:
    """Plain NumPy twin of `plan_arrests`, given uniforms of shape (n_agencies, 4)."""
    evidence, skill, investigators, corruption, focus, tracing, testimony, joint = agencies
    quality = evidence / (evidence + p.evidence_half)
    expected = investigators * p.arrests_per_investigator * years * quality * skill * (1 - corruption)
    core = expected * (p.organiser_arrest_share * (1 - focus) + focus / p.organiser_effort)
    periphery = expected * (1 - p.organiser_arrest_share) * (1 - focus)
    odds = p.conviction_share / (1 - p.conviction_share) * (1 + (p.testimony_conviction - 1) * testimony) * joint
    seized = np.minimum(p.seizure_share * (1 + (p.tracing_seizure - 1) * tracing), 1.0)
    number = np.floor(np.array([core, periphery]) + luck[:, :2].T).astype(np.int64)
    return Arrests(number, odds / (1 + odds), seized)


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


def make_arrests_numpy(
    arrests: Arrests,
    together: NDArray[np.float64],
    agency_of_offer: NDArray[np.int64],
    supply: Supply,
    step: int,
    k0: np.uint32,
    k1: np.uint32,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Plain NumPy twin of `make_arrests`."""
    organisation, _, capacity, hub = supply
    taken, convicted = np.zeros((2, 2, hub.size), dtype=np.int64)
    kept = np.ones(hub.size)
    reaches = together.copy()
    np.fill_diagonal(reaches, 1.0)
    guarded = agency_of_offer >= 0
    for group, agency in np.ndindex(arrests.number.shape):
        within = np.cumsum(np.where(guarded, capacity * reaches[agency, agency_of_offer], 0.0))
        n = int(arrests.number[group, agency]) if within[-1:].sum() > 0 else 0
        counter = np.tile(np.array([agency, step, 0, ARREST], dtype=np.uint32), (n, 1))
        counter[:, 2] = 2 * (np.arange(n) + 1) + group
        luck = (philox_numpy(counter, (int(k0), int(k1))) + 0.5) * TO_UNIT
        row = organisation[np.searchsorted(within, luck[:, 0] * within[-1:].sum(), side="right")]
        guilty = luck[:, 1] < arrests.conviction[agency]
        np.add.at(taken[group], row, 1)
        np.add.at(convicted[group], row[guilty], 1)
        if group == 0:
            np.multiply.at(kept, row[guilty], 1 - arrests.seized[agency])
    return taken, convicted, kept
