"""Cases against exploiters: evidence, suspects, prosecutions, convictions, country by country (ODD eq. 53d to 53g)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from corridor.model.machine_code import Floats, Real, compiled


class CaseParameters(NamedTuple):
    """Parameters of eq. 53d to 53g, by their names in the registry."""

    suspects_per_case: float
    suspects_per_officer: float
    investigation_months: float
    prosecution_share: float
    defendants_per_prosecutor: float
    trial_months: float
    trafficking_conviction: float
    defendants_per_judge: float
    testimony_conviction: float
    evidence_memory: float


class OpenCases(NamedTuple):
    """Open cases by country and form, or other kind, shape (n_countries, n_forms)."""

    evidence: NDArray[np.float64]
    """Stock of evidence, cases."""
    strong: NDArray[np.float64]
    """The part of it that is testimony, money trails and adverts: more than a victim met."""
    investigated: NDArray[np.float64]
    """Suspects of whom no prosecutor has decided."""
    charged: NDArray[np.float64]
    """Persons before courts."""


class JusticeCapacity(NamedTuple):
    """Police, prosecutors and courts, shape (n_countries,)."""

    officers: NDArray[np.float64]
    """Full-time, times skill, less what leaks."""
    prosecutors: NDArray[np.float64]
    judges: NDArray[np.float64]
    joint: NDArray[np.float64]
    """Factor on the odds of conviction: of the country's courts, and of joint teams."""


@compiled()
def work_through(load: Real, capacity: Real) -> float:
    """Share of a load that is dealt with: all of it where there is ample capacity, capacity over load where little."""
    if load <= 0.0 or capacity <= 0.0:
        return 0.0
    return capacity / load * (1 - np.exp(-load / capacity))


@compiled()
def advance_cases(
    files: OpenCases, fresh: Floats, strong: Floats, justice: JusticeCapacity, years: Real, p: CaseParameters
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Turn evidence into suspects, suspects into prosecutions, these into convictions; changes ``files``.

    Parameters
    ----------
    files : OpenCases
    fresh : ndarray of float, shape (n_countries, n_forms), cases
        New evidence of the step.
    strong : ndarray of float, shape (n_countries, n_forms), cases
        The part of it that is more than victims met.
    justice : JusticeCapacity
    years : float
        Length of the step.
    p : CaseParameters

    Returns
    -------
    suspects, prosecuted, convicted : ndarray of float, shape (n_countries, n_forms), persons
        Of this step; expected numbers.
    """
    evidence, proof, investigated, charged = files
    suspects, prosecuted, convicted = np.zeros(fresh.shape), np.zeros(fresh.shape), np.zeros(fresh.shape)
    kept = np.exp(-12 * years / p.evidence_memory)
    asked, heard = 1 - np.exp(-12 * years / p.investigation_months), 1 - np.exp(-12 * years / p.trial_months)
    odds = p.trafficking_conviction / (1 - p.trafficking_conviction)
    for country in range(fresh.shape[0]):
        wanted, ready, due = 0.0, 0.0, 0.0
        for form in range(fresh.shape[1]):
            evidence[country, form] = kept * evidence[country, form] + fresh[country, form]
            proof[country, form] = kept * proof[country, form] + strong[country, form]
            wanted += p.suspects_per_case * evidence[country, form] * (1 - kept)
            ready += asked * investigated[country, form]
            due += heard * charged[country, form]
        found = work_through(wanted, justice.officers[country] * p.suspects_per_officer * years)
        brought = work_through(ready, justice.prosecutors[country] * p.defendants_per_prosecutor * years)
        tried = work_through(due, justice.judges[country] * p.defendants_per_judge * years)
        for form in range(fresh.shape[1]):
            stock = evidence[country, form]
            part = proof[country, form] / stock if stock > 0.0 else 0.0
            ours = odds * (1 + (p.testimony_conviction - 1) * part) * justice.joint[country]
            new = found * p.suspects_per_case * stock * (1 - kept)
            decided = brought * asked * investigated[country, form]
            judged = tried * heard * charged[country, form]
            suspects[country, form] = new
            prosecuted[country, form] = p.prosecution_share * decided
            convicted[country, form] = judged * ours / (1 + ours)
            investigated[country, form] += new - decided
            charged[country, form] += prosecuted[country, form] - judged
    return suspects, prosecuted, convicted
