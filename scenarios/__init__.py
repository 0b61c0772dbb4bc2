"""Corridors, shocks and policies as data, and their readers."""

from scenarios.catalogue import (
    available,
    catalogue,
    interventions,
    load_policy,
    load_shock,
    make_policy,
    policy_file,
    shocks,
)
from scenarios.contested import parameters_of, read_reading
from scenarios.observed import observed
from scenarios.outlook import load_future, read_future
from scenarios.reader import load

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
