"""Border crossings and controls."""

from __future__ import annotations

from corridor.model.parameters.row import Parameter

# fmt: off
ROWS = (
    Parameter("load_effect", 2.0, 0.5, 4.0, "log points per unit load", "crossing", "estimated",
        "Channel 2021-24 (French maritime prefecture 2024; partly recalled)",
        "effect of crowding on the risk of distress"),
    Parameter("evasion_exponent", 0.53, 0.2, 1.0, "exponent", "crossing", "estimated",
        "US border: deaths tripled (Massey 2005) while staff grew about eightfold (DHS OIS 2017): ln 3 / ln 8",
        "danger of routes around patrols: distress rises with patrols, relative to the start, to this power"),
    Parameter("ashore_per_officer", 0.23, 0.05, 0.6, "per officer and km", "controls", "estimated",
        "US southwest border, 3,145 km: 0.35 to 0.70 of tries stopped in 2000, 0.55 to 0.85 in 2016 (DHS OIS "
        "2017), with about 8,600 and 17,000 agents (recalled): 0.27 and 0.22",
        "control ashore: hazard that an attempt is stopped, by staff per km of coast or border"),
    Parameter("ashore_loss", 0.1, 0.0, 0.5, "share of the fee", "controls", "assumed",
        "assumed: fares, lodging and deposits",
        "money lost by people who are stopped ashore"),
    Parameter("retry_share", 0.8, 0.6, 0.9, "share", "crossing", "measured",
        "DHS OIS 2017: p_retry_low_consequence",
        "people pushed back who stay to try again"),
    Parameter("detained_return_share", 0.3, 0.0, 0.8, "share", "crossing", "assumed",
        "assumed",
        "detained people who are returned to their country when detention ends"),
)
