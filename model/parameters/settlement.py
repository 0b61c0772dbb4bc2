"""Settlement, work and return."""

from __future__ import annotations

from corridor.model.parameters.row import Parameter

# fmt: off
ROWS = (
    Parameter("decision_months", 12.0, 3.0, 36.0, "months", "settlement", "assumed",
        "assumed",
        "mean time to a decision on asylum"),
    Parameter("need_odds", 4.0, 1.0, 20.0, "odds ratio", "settlement", "assumed",
        "assumed; recognition differs widely by origin (Eurostat)",
        "odds that asylum is granted to people in need of protection over others"),
    Parameter("asylum_share", 0.7, 0.3, 0.95, "share", "settlement", "assumed",
        "assumed",
        "people who settle without papers and claim asylum"),
    Parameter("return_rate", 0.15, 0.05, 0.3, "per year", "settlement", "estimated",
        "return_hazard_lowborder (Massey 2005, 2016: sign; size recalled)",
        "voluntary return of people without status"),
    Parameter("return_rate_regular", 0.03, 0.0, 0.1, "per year", "settlement", "assumed",
        "assumed",
        "voluntary return of people with status"),
    Parameter("removal_rate", 0.1, 0.02, 0.35, "per year", "settlement", "estimated",
        "return_rate_eu 0.26 of orders (Eurostat 2025), forced part about 0.43; spread over years",
        "forced return of people without status"),
    Parameter("irregular_income", 0.5, 0.3, 0.8, "ratio to income at the destination", "settlement", "estimated",
        "place_premium (Clemens et al. 2019, recalled) times 0.5 to 0.8 for irregular status",
        "earnings of people without status"),
    Parameter("repayment_share", 0.15, 0.05, 0.35, "share of income", "settlement", "estimated",
        "remit_share_income: first goes to debt (Koser 2008, IFAD)",
        "income that repays debt"),
    Parameter("reconsider_rate", 4.0, 1.0, 12.0, "per year", "settlement", "assumed",
        "assumed",
        "how often people who live in transit think again about going on; whether they do, values say"),
    Parameter("renewal_rate", 0.3, 0.0, 2.0, "per year", "settlement", "assumed",
        "assumed",
        "how often life changes a person's taste for the country of transit where they live"),
    Parameter("remigration_rate", 0.35, 0.15, 0.6, "per year", "settlement", "estimated",
        "re-migrate wish 0.35 (IOM / Samuel Hall, recalled)",
        "returned people who set out again"),
)
