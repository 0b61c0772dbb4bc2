"""Cases against exploiters in plain NumPy: what `corridor.model.kernels.cases` computes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corridor.model.kernels.cases import CaseParameters, JusticeCapacity, OpenCases

Cells = NDArray[np.float64]


def _done(load: Cells, capacity: Cells) -> Cells:
    """Return the share of a load that is dealt with."""
    works = (load > 0) & (capacity > 0)
    ratio = np.divide(load, capacity, out=np.ones_like(load), where=works)
    return np.where(works, -np.expm1(-ratio) / ratio, 0.0)[:, None]


def advance_cases_numpy(
    files: OpenCases, fresh: Cells, strong: Cells, justice: JusticeCapacity, years: float, p: CaseParameters
) -> tuple[Cells, Cells, Cells]:
    """Do what `advance_cases` does: its plain NumPy twin."""
    kept, asked, heard = (
        np.exp(-12 * years / months) for months in (p.evidence_memory, p.investigation_months, p.trial_months)
    )
    files.evidence[:] = kept * files.evidence + fresh
    files.strong[:] = kept * files.strong + strong
    wanted = p.suspects_per_case * files.evidence * (1 - kept)
    ready, due = (1 - asked) * files.investigated, (1 - heard) * files.charged
    suspects = wanted * _done(wanted.sum(axis=1), justice.officers * p.suspects_per_officer * years)
    decided = ready * _done(ready.sum(axis=1), justice.prosecutors * p.defendants_per_prosecutor * years)
    judged = due * _done(due.sum(axis=1), justice.judges * p.defendants_per_judge * years)
    part = np.divide(files.strong, files.evidence, out=np.zeros_like(fresh), where=files.evidence > 0)
    odds = p.trafficking_conviction / (1 - p.trafficking_conviction)
    odds = odds * (1 + (p.testimony_conviction - 1) * part) * justice.joint[:, None]
    prosecuted = p.prosecution_share * decided
    files.investigated[:] += suspects - decided
    files.charged[:] += prosecuted - judged
    return suspects, prosecuted, judged * odds / (1 + odds)
