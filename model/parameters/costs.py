"""Public costs."""

from __future__ import annotations

from corridor.model.parameters.row import Parameter

# fmt: off
ROWS = (
    Parameter("detention_cost", 150.0, 60.0, 190.0, "USD per day", "costs", "measured",
        "ICE adult bed FY2016-17",
        "cost of detaining a person"),
    Parameter("return_cost", 3800.0, 2000.0, 8000.0, "USD per person", "costs", "estimated",
        "forced removal, EU (evidence J, recalled)",
        "cost of a forced return"),
    Parameter("assisted_return_cost", 3000.0, 600.0, 6000.0, "USD per person", "costs", "estimated",
        "programmes of the EU and IOM (evidence J, recalled); 560 euros without reintegration (European Parliamentary "
        "Research Service, in the EU strategy of 2021)",
        "cost of helping a person without status to return and start again"),
    Parameter("claim_cost", 12000.0, 3000.0, 45000.0, "USD per claim", "costs", "estimated",
        "asylum decision with appeal (national budgets, recalled)",
        "cost of an asylum decision"),
    Parameter("pathway_cost", 500.0, 100.0, 1500.0, "USD per place", "costs", "assumed",
        "assumed",
        "cost of a work or visa place"),
)
