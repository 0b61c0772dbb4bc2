"""Recording and publication of statistics."""

from __future__ import annotations

from corridor.model.parameters.row import Parameter

# fmt: off
ROWS = (
    Parameter("victims_recorded", 0.7, 0.2, 1.0, "share", "observation", "assumed",
        "assumed; registers of identified victims differ by country (Eurostat 2025)",
        "identified victims who are recorded in statistics (for detections and deaths see legs.csv)"),
    Parameter("claims_recorded", 0.95, 0.8, 1.0, "share", "observation", "assumed",
        "assumed",
        "asylum claims that are recorded in statistics"),
    Parameter("returns_recorded", 0.8, 0.4, 1.0, "share", "observation", "assumed",
        "assumed",
        "returns that are recorded in statistics"),
    Parameter("detections_delay", 6.0, 0.0, 26.0, "weeks", "observation", "assumed",
        "assumed; monthly figures",
        "mean time until a detection is known to planners"),
    Parameter("deaths_delay", 8.0, 0.0, 52.0, "weeks", "observation", "assumed",
        "assumed",
        "mean time until a recorded death is known to planners"),
    Parameter("victims_delay", 26.0, 0.0, 104.0, "weeks", "observation", "assumed",
        "assumed; yearly figures",
        "mean time until an identified victim is known to planners"),
    Parameter("claims_delay", 8.0, 0.0, 26.0, "weeks", "observation", "assumed",
        "assumed; monthly figures",
        "mean time until an asylum claim is known to planners"),
    Parameter("returns_delay", 13.0, 0.0, 52.0, "weeks", "observation", "assumed",
        "assumed; quarterly figures",
        "mean time until a return is known to planners"),
)
