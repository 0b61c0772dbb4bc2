"""Legal pathways."""

from __future__ import annotations

from corridor.model.parameters.row import Parameter

# fmt: off
ROWS = (
    Parameter("legal_diversion", 0.5, 0.1, 0.9, "share", "pathways", "estimated",
        "parole programmes 2022-24 (DHS 2023, CAP 2024); size assumed",
        "eligible people who apply when the wait is short"),
    Parameter("legal_patience", 1.0, 0.25, 3.0, "years", "pathways", "assumed",
        "assumed",
        "expected wait that halves applications, and mean time before an applicant gives up"),
    Parameter("eligibility_strictness", 0.8, 0.0, 1.0, "share", "pathways", "assumed",
        "assumed",
        "work and study places reserved for people with schooling, and family places for those with ties abroad"),
)
