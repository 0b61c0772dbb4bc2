"""People at the start: savings, ties, attitudes to risk."""

from __future__ import annotations

from corridor.model.parameters.row import Parameter

# fmt: off
ROWS = (
    Parameter("savings_years", 0.8, 0.2, 3.0, "years of income per head", "population", "assumed",
        "assumed",
        "median savings of a potential migrant, including the family's"),
    Parameter("savings_spread", 1.0, 0.4, 1.6, "sd of log", "population", "assumed",
        "assumed",
        "inequality of savings"),
    Parameter("ties_share", 0.3, 0.1, 0.5, "share", "population", "estimated",
        "Gallup 2011: about 30 % of adults have someone abroad they can count on (evidence A, recalled)",
        "potential migrants with contacts abroad who would help"),
    Parameter("bold_share", 0.33, 0.1, 0.6, "share", "population", "assumed",
        "assumed",
        "people with high risk tolerance"),
    Parameter("cautious_share", 0.33, 0.1, 0.6, "share", "population", "assumed",
        "assumed",
        "people with low risk tolerance"),
    Parameter("attitude_ratio", 2.0, 1.0, 4.0, "ratio", "population", "assumed",
        "assumed",
        "risk weight of cautious relative to average people, and of average relative to bold people"),
    Parameter("stocks_share", 1.0, 0.0, 1.0, "share", "population", "assumed",
        "1: the tables of stocks as they are; below 1 if fewer of those living abroad would ever move on",
        "people in stocks.csv who live abroad at the start; the others start at home"),
)
