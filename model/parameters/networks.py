"""Smuggling organisations as networks of members."""

from __future__ import annotations

from collections.abc import Iterator

from corridor.model.parameters.row import Parameter

_CREWS: dict[str, dict[str, float]] = {
    "transport": {
        "recruiter": 0.08,
        "financier": 0.07,
        "forger": 0.0,
        "official": 0.05,
        "transporter": 0.6,
        "guide": 0.2,
    },
    "guiding": {
        "recruiter": 0.08,
        "financier": 0.07,
        "forger": 0.0,
        "official": 0.05,
        "transporter": 0.2,
        "guide": 0.6,
    },
    "documents": {
        "recruiter": 0.07,
        "financier": 0.06,
        "forger": 0.12,
        "official": 0.25,
        "transporter": 0.1,
        "guide": 0.4,
    },
}


def _crews() -> Iterator[Parameter]:
    for service, roles in _CREWS.items():
        for role, value in roles.items():
            yield Parameter(
                f"crew_{service}_{role}",
                value,
                0.0,
                1.0,
                "share",
                "networks",
                "assumed",
                "15 % organisers [10-25] (Campana 2018); split assumed",
                f"share of {role} posts in a crew for {service} (shares are normalised)",
            )


# fmt: off
ROWS = (
    Parameter("crew", 0.25, 0.05, 1.0, "members per person a week", "networks", "assumed",
        "4 trips a month per organiser, 15 % organisers (Campana 2018 ratio), some 30 persons a boat",
        "members that an organisation needs for its capacity"),
    *_crews(),
    Parameter("role_complementarity", 2.0, 0.2, 10.0, "exponent", "networks", "assumed",
        "assumed; power mean, which goes to the minimum for large values",
        "how poorly one role substitutes for another"),
    Parameter("network_recovery", 0.35, 0.1, 0.7, "per month", "networks", "assumed",
        "Diviak 2023, Campana 2018 (qualitative)",
        "rate at which missing guides and transporters are replaced"),
    Parameter("organiser_recovery", 0.5, 0.1, 1.0, "ratio", "networks", "assumed",
        "2 months in loose markets, 6 in cartels (Campana 2018, qualitative)",
        "rate at which core members are replaced, relative to others"),
    Parameter("custody_months", 3.0, 0.5, 12.0, "months", "networks", "assumed",
        "assumed",
        "mean time until arrested members who are not convicted come back"),
    Parameter("viable_core", 0.1, 0.0, 0.5, "share", "networks", "assumed",
        "assumed",
        "organisers' posts that must be filled for an organisation without money to survive"),
)
