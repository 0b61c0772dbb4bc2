"""Readings of contested findings: where the literature disagrees, each side as a set of parameter values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from pydantic import BaseModel, ConfigDict, Field

from corridor.model.errors import InvalidInput
from corridor.model.parameters import Parameters
from corridor.model.rows import Key
from corridor.model.tables import parse_entry
from corridor.scenarios.catalogue import available
from corridor.scenarios.files import MAX_YAML_BYTES, read_bytes, read_mapping
from corridor.scenarios.reader import ROOT


class Reading(BaseModel):
    """Contents of the file of a reading."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    name: Key = Field(description="key; the name of the file without .yaml")
    question: Key = Field(description="what is contested; a run has at most one reading of each question")
    title: str = Field(min_length=1, description="name shown to people")
    description: str = Field(min_length=1, description="what this side holds")
    parameters: Mapping[str, float] = Field(min_length=1, description="values that stand for it, within their ranges")
    source: str = Field(min_length=1, description="who holds it, and what is assumed")


def read_reading(name: str) -> Reading:
    """Return a bundled reading.

    Raises
    ------
    InvalidInput
        If it is unknown, or its file is invalid.
    """
    known = available("readings")
    if name not in known:
        raise InvalidInput("readings", "name", name, f"one of {', '.join(known)}")
    where = f"readings/{name}.yaml"
    reading = parse_entry(Reading, where, read_mapping(where, read_bytes(ROOT / where, MAX_YAML_BYTES)))
    if reading.name != name:
        raise InvalidInput(where, "name", reading.name, f"the name of the file, {name}")
    Parameters(reading.parameters)
    return reading


def parameters_of(names: Sequence[str]) -> Mapping[str, float]:
    """Return the parameter values of readings together.

    Parameters
    ----------
    names : sequence of str
        At most one of each question.

    Raises
    ------
    InvalidInput
        If one is not known, or two answer the same question.

    Examples
    --------
    >>> dict(parameters_of(["retry_less"]))
    {'retry_share': 0.6}
    """
    values: dict[str, float] = {}
    answered: dict[str, str] = {}
    for reading in map(read_reading, names):
        if reading.question in answered:
            allowed = f"one reading of each question ({answered[reading.question]} is one of {reading.question})"
            raise InvalidInput("readings", "name", reading.name, allowed)
        answered[reading.question] = reading.name
        values |= reading.parameters
    return MappingProxyType(values)
