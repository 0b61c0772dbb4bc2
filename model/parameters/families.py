"""Families and unaccompanied children."""

from __future__ import annotations

from corridor.model.parameters.row import Parameter

# fmt: off
ROWS = (
    Parameter("lone_child_share", 0.6, 0.1, 1.0, "share", "families", "estimated",
        "Italy 2023: 17,319 of 26,800 minors alone, a ninth of arrivals (UNICEF); US FY2021: 0.09 of encounters "
        "(CRS R46999)",
        "children who travel unaccompanied"),
    Parameter("accompanied_adult_share", 0.1, 0.0, 0.4, "share", "families", "assumed",
        "assumed; families are 0.27 of encounters in the US [0.15-0.45] (CRS R46999)",
        "adults aged 30 and over who travel with the head of a family"),
    Parameter("followers_per_family", 2.0, 1.0, 4.0, "persons", "families", "assumed",
        "assumed",
        "average number of people who travel with the head of a family"),
    Parameter("shared_fate", 0.9, 0.0, 1.0, "share", "families", "assumed",
        "assumed",
        "family members in distress who live or die with the head; the others have independent outcomes"),
    Parameter("detention_separation", 0.1, 0.0, 0.5, "share", "families", "assumed",
        "assumed",
        "families that authorities separate on detention"),
    Parameter("lone_child_effect", 1.5, 1.0, 4.0, "ratio", "exploitation", "assumed",
        "assumed; form b_minor_alone (evidence F)",
        "hazard of exploitation of unaccompanied children relative to other children"),
)
