"""Corridors, shocks and policies as data, and their readers."""

from corridor.scenarios.catalogue import (
    available,
    catalogue,
    interventions,
    load_policy,
    load_shock,
    make_policy,
    policy_file,
    shocks,
)
from corridor.scenarios.contested import parameters_of, read_reading
from corridor.scenarios.observed import observed
from corridor.scenarios.outlook import load_future, read_future
from corridor.scenarios.reader import load

__all__ = [
    "available",
    "catalogue",
    "interventions",
    "load",
    "load_future",
    "load_policy",
    "load_shock",
    "make_policy",
    "observed",
    "parameters_of",
    "policy_file",
    "read_future",
    "read_reading",
    "shocks",
]
