"""Preparation, saving and departure."""

from __future__ import annotations

from corridor.model.parameters.row import Parameter

# fmt: off
ROWS = (
    Parameter("decision_rate", 40.0, 4.0, 60.0, "per year", "departure", "estimated",
        "37 % of Syrians surveyed in Greece had been travelling for less than a month (UNHCR 2015), with three "
        "stops",
        "how often people who are waiting look for a way to move on"),
    Parameter("transit_rate", 122.0, 40.0, 365.0, "per year", "departure", "estimated",
        "people had 72 hours to cross North Macedonia (asylum law of 18 June 2015): three days",
        "how often people decide where authorities wave them through, so that nothing has to be arranged"),
    Parameter("saving_rate", 0.3, 0.05, 0.6, "share of income", "departure", "assumed",
        "assumed",
        "income saved by people who are preparing or waiting"),
    Parameter("waiting_income", 0.25, 0.1, 0.6, "ratio to income of the country", "departure", "assumed",
        "assumed: half of irregular_income, as if they found work half of the time",
        "earnings abroad of people who are waiting without a legal status"),
    Parameter("family_credit_years", 0.5, 0.0, 2.0, "years of income per head", "departure", "assumed",
        "assumed",
        "amount that relatives can lend"),
    Parameter("ties_credit", 2000.0, 0.0, 6000.0, "USD", "departure", "assumed",
        "assumed",
        "additional amount that contacts abroad can lend"),
    Parameter("smuggler_credit_share", 0.1, 0.0, 0.3, "share", "departure", "estimated",
        "payment_mix (evidence C): debt 0.10; form verified, size assumed",
        "people to whom smugglers are willing to lend"),
    Parameter("smuggler_credit_limit", 8000.0, 2000.0, 30000.0, "USD", "departure", "assumed",
        "assumed; labour debts of 2,000 to 10,000 USD are reported (evidence F)",
        "maximum loan from smugglers"),
    Parameter("escrow_share", 0.3, 0.0, 0.7, "share", "departure", "estimated",
        "payment_mix (evidence C): 0.2 West and Central Africa, 0.5 Afghan and Kurdish; size assumed",
        "buyers with sufficient means who pay on arrival through a third party (escrow)"),
    Parameter("credit_interest", 0.3, 0.0, 1.0, "share", "departure", "assumed",
        "assumed",
        "interest on smugglers' loans"),
)
