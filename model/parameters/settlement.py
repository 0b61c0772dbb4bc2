"""Settlement, work and return."""

from __future__ import annotations

from corridor.model.parameters.row import Parameter

# fmt: off
ROWS = (
    Parameter("decision_months", 12.0, 3.0, 36.0, "months", "settlement", "assumed",
        "assumed",
        "mean time to an asylum decision"),
    Parameter("need_odds", 4.0, 1.0, 20.0, "odds ratio", "settlement", "assumed",
        "assumed; recognition differs widely by origin (Eurostat)",
        "odds of being granted asylum for people in need of protection, relative to others"),
    Parameter("asylum_share", 0.7, 0.3, 0.95, "share", "settlement", "assumed",
        "assumed",
        "people settling without papers who claim asylum"),
    Parameter("return_rate", 0.15, 0.05, 0.3, "per year", "settlement", "estimated",
        "return_hazard_lowborder (Massey 2005, 2016: sign; size recalled)",
        "voluntary return of people without status"),
    Parameter("return_rate_regular", 0.03, 0.0, 0.1, "per year", "settlement", "assumed",
        "assumed",
        "voluntary return of people with status"),
    Parameter("removal_rate", 0.1, 0.02, 0.35, "per year", "settlement", "estimated",
        "return_rate_eu 0.26 of orders (Eurostat 2025), forced part about 0.43; spread over years",
        "forced return of people without status"),
    Parameter("assisted_return_uptake", 0.05, 0.01, 0.3, "per year", "settlement", "estimated",
        "54,000 who left Germany with IOM's help in 2016, its largest programme (IOM 2017), over 1.0 to 1.2 million "
        "without papers or awaiting a decision (Pew 2019)",
        "people without status, and in no need of protection, who take up help to return where anybody can have it"),
    Parameter("irregular_income", 0.5, 0.3, 0.8, "ratio to income at the destination", "settlement", "estimated",
        "place_premium (Clemens et al. 2019, recalled) times 0.5 to 0.8 for irregular status",
        "earnings of people without status"),
    Parameter("repayment_share", 0.15, 0.05, 0.35, "share of income", "settlement", "estimated",
        "remit_share_income: first goes to debt (Koser 2008, IFAD)",
        "income used to repay debt"),
    Parameter("reconsider_rate", 4.0, 1.0, 12.0, "per year", "settlement", "assumed",
        "assumed",
        "how often people living in transit consider moving on; values determine whether they do"),
    Parameter("renewal_rate", 0.3, 0.0, 2.0, "per year", "settlement", "assumed",
        "assumed",
        "how often a person's taste for the transit country where they live changes"),
    Parameter("remigration_rate", 0.35, 0.15, 0.6, "per year", "settlement", "estimated",
        "re-migrate wish 0.35 (IOM / Samuel Hall, recalled)",
        "rate at which returned people set out again"),
)
