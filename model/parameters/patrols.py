"""Patrols."""

from __future__ import annotations

from corridor.model.parameters.row import Parameter

# fmt: off
ROWS = (
    Parameter("patrol_learning", 0.3, 0.0, 1.0, "share", "patrols", "assumed",
        "assumed",
        "patrols sent to where recent interceptions were made"),
    Parameter("patrol_memory", 3.0, 0.5, 12.0, "months", "patrols", "assumed",
        "assumed",
        "time constant of patrol memory"),
    Parameter("swamping", 1.0, 0.0, 1.0, "share", "patrols", "assumed",
        "assumed; form: Kleiman 1993 (enforcement swamping); limits of agencies are in agencies.csv",
        "how far an agency is held back by the maximum number of people that it can intercept"),
    Parameter("rescue_per_vessel", 0.12, 0.03, 0.5, "per vessel", "patrols", "estimated",
        "eta_SAR 0.6 [0.3-0.85] with about eight vessels (UNHCR 2018, size assumed): -ln(1 - 0.6) / 8",
        "rescue coverage by vessels: that of a leg is 1 - exp(-this x vessels)"),
)
