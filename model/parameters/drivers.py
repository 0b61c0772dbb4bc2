"""Effects of drivers that their series do not contain."""

from __future__ import annotations

from corridor.model.parameters.row import Parameter

# fmt: off
ROWS = (
    Parameter("climate_income", 0.1, 0.0, 0.3, "log points per sd", "drivers", "estimated",
        "drought costs 10 to 30 % of rural income (evidence I: Cattaneo and Peri 2016, Groundswell 2021; size "
        "recalled); that one sd costs the lower figure, and everybody in the pool as much, is assumed",
        "fall in income at home due to climate stress, beyond that already in the income series"),
)
