"""Identification, assistance, permits."""

from __future__ import annotations

from collections.abc import Iterator

from corridor.model.parameters.row import Parameter

_RECOGNISED = {
    "forced_labour": (
        0.25,
        "division assumed, see forced_labour_contact; men who report forced labour are mostly not taken for victims "
        "(ILO 2012), labour exploitation is under-reported (GRETA, third report on Italy)",
    ),
    "sexual_exploitation": (1.0, "assumed: the reference case, for which the front line is trained"),
    "forced_marriage": (0.5, "assumed"),
    "forced_criminality": (0.3, "assumed; victims are taken for offenders (European Commission 2016, qualitative)"),
    "organ_removal": (1.0, "assumed"),
    "ransom_captivity": (0.5, "assumed"),
}  # fmt: skip


def _recognised() -> Iterator[Parameter]:
    for form, (ratio, source) in _RECOGNISED.items():
        label = form.replace("_", " ")
        meaning = f"odds that a victim of {label} who is met is identified, relative to identification_share"
        yield Parameter(f"{form}_recognised", ratio, 0.1, 2.0, "odds ratio", "protection", "assumed", source, meaning)


# fmt: off
ROWS = (
    Parameter("identification_share", 0.55, 0.45, 0.9, "share", "protection", "measured",
        "id_positive_rate: UK 2024 (Home Office via Hope for Justice)",
        "victims met by authorities or NGOs who are identified as such, at the initial level of skill"),
    *_recognised(),
    Parameter("recognition_effect", 1.0, 0.0, 1.0, "share", "protection", "assumed",
        "assumed: as justice.csv has it",
        "how far authorities that do not look for victims (recognition in justice.csv) fail to find them"),
    Parameter("turnover_months", 24.0, 6.0, 60.0, "months", "protection", "assumed",
        "assumed",
        "time in which front-line staff are replaced, so that the effect of training is lost"),
    Parameter("screening_share", 0.3, 0.1, 0.6, "share", "protection", "estimated",
        "safe_arrival_ID (IOM / Guardian 2016, qualitative; size assumed)",
        "arrivals in whom screening sees signs, of those who were victims in transit or whom a network expects"),
    Parameter("referral_share", 0.1, 0.02, 1.0, "share", "protection", "estimated",
        "851 victims taken into care in Italy in 2016 (US Department of State 2018) over 80 % of 11,009 Nigerian women "
        "who arrived by sea (IOM 2017)",
        "people with signs on arrival who are identified: a service or an authority takes their case"),
    Parameter("interview_share", 1.0, 0.0, 2.0, "ratio", "protection", "assumed",
        "assumed: as justice.csv has it",
        "how far asylum authorities identify victims (asylum_referral in justice.csv)"),
    Parameter("handover_share", 0.3, 0.0, 0.8, "share", "protection", "assumed",
        "assumed",
        "victims without papers, met by authorities but not identified, who are detained as migrants"),
    Parameter("service_patience_months", 3.0, 0.0, 12.0, "months", "protection", "assumed",
        "assumed",
        "mean time that an identified victim waits for a place"),
    Parameter("support_months", 6.0, 1.0, 24.0, "months", "protection", "assumed",
        "assumed",
        "mean length of assistance"),
    Parameter("permit_share", 0.5, 0.1, 0.9, "share", "protection", "assumed",
        "assumed",
        "assisted victims without legal aid who obtain a residence permit"),
    Parameter("legal_aid_effect", 2.0, 1.3, 4.0, "odds ratio", "protection", "estimated",
        "legal_aid_effect (US and UK studies, recalled)",
        "odds of a permit with legal aid, relative to without"),
    Parameter("assisted_return_share", 0.2, 0.0, 0.5, "share", "protection", "assumed",
        "assumed",
        "assisted victims who choose assisted return and reintegration"),
    Parameter("reintegration_success", 0.5, 0.3, 0.7, "share", "protection", "estimated",
        "reintegration_success (IOM / Samuel Hall, recalled)",
        "assisted returns that lead to a livelihood at home"),
    Parameter("reintegration_effect", 0.3, 0.0, 1.0, "ratio", "settlement", "assumed",
        "assumed",
        "hazard of setting out again after successful reintegration, relative to without"),
)
