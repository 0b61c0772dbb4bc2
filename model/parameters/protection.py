"""Identification, assistance, permits."""

from __future__ import annotations

from corridor.model.parameters.row import Parameter

# fmt: off
ROWS = (
    Parameter("identification_share", 0.55, 0.45, 0.9, "share", "protection", "measured",
        "id_positive_rate: UK 2024 (Home Office via Hope for Justice)",
        "victims met by authorities or NGOs who are identified as such, at the skill of the start"),
    Parameter("turnover_months", 24.0, 6.0, 60.0, "months", "protection", "assumed",
        "assumed",
        "time in which the front line is replaced, and with it what training has given"),
    Parameter("screening_share", 0.3, 0.1, 0.6, "share", "protection", "estimated",
        "safe_arrival_ID (IOM / Guardian 2016, qualitative; size assumed)",
        "arrivals who were victims on the way whom screening identifies"),
    Parameter("handover_share", 0.3, 0.0, 0.8, "share", "protection", "assumed",
        "assumed",
        "victims without papers, met by authorities and not identified, who are detained as migrants"),
    Parameter("service_patience_months", 3.0, 0.0, 12.0, "months", "protection", "assumed",
        "assumed",
        "mean time that an identified victim waits for a place"),
    Parameter("support_months", 6.0, 1.0, 24.0, "months", "protection", "assumed",
        "assumed",
        "mean length of assistance"),
    Parameter("permit_share", 0.5, 0.1, 0.9, "share", "protection", "assumed",
        "assumed",
        "assisted victims without legal aid who get a residence permit"),
    Parameter("legal_aid_effect", 2.0, 1.3, 4.0, "odds ratio", "protection", "estimated",
        "legal_aid_effect (US and UK studies, recalled)",
        "odds of a permit with legal aid over without"),
    Parameter("assisted_return_share", 0.2, 0.0, 0.5, "share", "protection", "assumed",
        "assumed",
        "assisted victims who choose assisted return and reintegration"),
    Parameter("reintegration_success", 0.5, 0.3, 0.7, "share", "protection", "estimated",
        "reintegration_success (IOM / Samuel Hall, recalled)",
        "assisted returns that lead to a livelihood at home"),
    Parameter("reintegration_effect", 0.3, 0.0, 1.0, "ratio", "settlement", "assumed",
        "assumed",
        "hazard of setting out again after successful reintegration over without"),
)
