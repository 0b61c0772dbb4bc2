"""People at the start: savings, ties, attitudes to risk."""

from __future__ import annotations

from corridor.model.parameters.row import Parameter

# fmt: off
ROWS = (
    Parameter("savings_years", 0.8, 0.2, 3.0, "years of income per head", "population", "assumed",
        "assumed",
        "median savings of a potential migrant, family included"),
    Parameter("savings_spread", 1.0, 0.4, 1.6, "sd of log", "population", "assumed",
        "assumed",
        "inequality of savings"),
    Parameter("ties_share", 0.3, 0.1, 0.5, "share", "population", "estimated",
        "Gallup 2011: about 30 % of adults have someone abroad they can count on (evidence A, recalled)",
        "potential migrants with helpers abroad"),
    Parameter("bold_share", 0.33, 0.1, 0.6, "share", "population", "assumed",
        "assumed",
        "people with high risk tolerance"),
    Parameter("cautious_share", 0.33, 0.1, 0.6, "share", "population", "assumed",
        "assumed",
        "people with low risk tolerance"),
    Parameter("attitude_ratio", 2.0, 1.0, 4.0, "ratio", "population", "assumed",
        "assumed",
        "risk weight of the cautious over the middle, and of the middle over the bold"),
    Parameter("stocks_share", 1.0, 0.0, 1.0, "share", "population", "assumed",
        "the tables of stocks as they are; less if fewer of those who live abroad might ever go on",
        "people in stocks.csv who live abroad at the start; the others start at home"),
)
