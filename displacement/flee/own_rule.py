"""A case's own settings of Flee's rule: ``simsetting.yml``."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

from corridor.displacement.engine.parameters import FleeRule
from corridor.displacement.flee.dialect import Row, Source
from corridor.model.errors import InvalidInput
from corridor.scenarios.files import read_bytes, read_mapping

FILE = "simsetting.yml"
_MOST_BYTES = 100_000
_MOST = {
    "awareness_level": 3.0, "capacity_buffer": 0.999, "conflict_movechance": 1.0, "default_movechance": 1.0,
    "camp_movechance": 1.0, "idpcamp_movechance": 1.0,
}  # fmt: skip
_USED_ELSEWHERE = ("log_levels",)
"""Parts that change no result."""


def read_own_rule(source: Source) -> FleeRule | None:
    """Return the movement rule in a case's own file, by Flee's defaults where it says nothing; None without one.

    Settings that are not supported are written down as findings.

    Raises
    ------
    InvalidInput
        If the file is no YAML mapping, or a value is of the wrong kind.
    """
    if not source.exists(FILE):
        return None
    parts = read_mapping(FILE, read_bytes(source.path / FILE, _MOST_BYTES))
    known = {field.name: field for field in dataclasses.fields(FleeRule)}
    moves = parts.get("move_rules") or {}
    if not isinstance(moves, dict):
        raise InvalidInput(FILE, "move_rules", moves, "names and values")
    values = {name: _value(name, moves[name], type(known[name].default)) for name in moves if name in known}
    others = [f"move_rules.{name}" for name in moves if name not in known]
    others += [part for part in parts if part not in ("move_rules", *_USED_ELSEWHERE)]
    for name in others:
        source.found(Row(FILE, 0, []), "setting that is not supported", "no effect here", name)
    source.found(Row(FILE, 0, []), "the case's own movement rule", "used with scenario.rule=flee scenario.preset=case")
    return FleeRule(**values)


def _value(name: str, value: object, kind: type) -> Any:
    """Return a setting, checked."""
    if kind is bool:
        if isinstance(value, bool):
            return value
        raise InvalidInput(FILE, f"move_rules.{name}", value, "true or false")
    low, high = float(name == "awareness_level"), _MOST.get(name, math.inf)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not low <= value < math.inf or value > high or (kind is int and value != int(value)):  # type: ignore[operator, call-overload]
        what = "a whole number" if kind is int else "a number"
        upper = "" if high == math.inf else f" and at most {high:g}"
        raise InvalidInput(FILE, f"move_rules.{name}", value, f"{what} of at least {low:g}{upper}")
    return kind(value)
