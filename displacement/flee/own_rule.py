"""A case's own settings of Flee's rule: ``simsetting.yml``."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

from corridor.displacement.engine.parameters import FleeRule
from corridor.displacement.flee.dialect import CaseFiles, FileRow
from corridor.model.errors import InvalidInput
from corridor.scenarios.files import read_bytes, read_mapping

FILE = "simsetting.yml"
_MOST_BYTES = 100_000
_MOST = {
    "awareness_level": 3.0, "capacity_buffer": 0.999, "conflict_movechance": 1.0, "default_movechance": 1.0,
    "camp_movechance": 1.0, "idpcamp_movechance": 1.0, "flood_movechances": 1.0, "conflict_spawn_decay": 1.0,
    "movechance_pop_scale_factor": 10.0,
}  # fmt: skip
_LEAST = {"awareness_level": 1.0, "movechance_pop_base": 1.0, "max_move_speed": 1.0, "max_walk_speed": 1.0}
_MOST_ENTRIES = 100
_WITHOUT_EFFECT = ("log_levels", "conflict_input_file", "number_of_steps", "optimisations")
"""Parts that affect results only by chance: agents are thinned with ``persons_per_agent``."""
_INERT = ("max_crossing_speed", "two_system_decision_making", "max_flood_level", "use_v1_rules", "flood_rules")
_AS_HERE = {
    "insert_day0": True, "sum_from_camps": True, "conflict_zone_spawning_only": True, "weight_power": 1,
    "pruning_threshold": 1,
}  # fmt: skip
"""Fixed features of the rule; only a case that deviates is reported."""
_OF_SPAWNING = ("conflict_spawn_decay", "starvation_driven_spawning")
_FIRST_VERSION = {
    "max_move_speed": 200.0, "start_on_foot": False, "avoid_short_stints": False, "camp_weight": 2.0,
    "conflict_weight": 0.25,
}  # fmt: skip


def read_own_rule(source: CaseFiles) -> FleeRule | None:
    """Return the rule in a case's own file, with Flee's defaults for missing settings; None without a file.

    Unsupported settings are recorded as findings.

    Raises
    ------
    InvalidInput
        If the file is not a YAML mapping, or a value has the wrong type.
    """
    if not source.exists(FILE):
        return None
    parts = read_mapping(FILE, read_bytes(source.path / FILE, _MOST_BYTES))
    moves, spawns = _part(parts, "move_rules"), _part(parts, "spawn_rules")
    # Floods have a part of their own; some cases write its lists straight into the movement rules.
    given = moves | _part(moves, "flood_rules") | {name: spawns[name] for name in _OF_SPAWNING if name in spawns}
    known = {field.name: field.default for field in dataclasses.fields(FleeRule)}
    values: dict[str, Any] = {"conflict_spawn_decay": (1.0,)}
    values |= {name: _value(name, value, known[name]) for name, value in given.items() if name in known}
    if given.get("use_v1_rules") is True:
        values |= _FIRST_VERSION
    others = [*_unknown("move_rules", given, known), *_unknown("spawn_rules", spawns, known)]
    others += [part for part in parts if part not in ("move_rules", "spawn_rules", *_WITHOUT_EFFECT)]
    for name in others:
        source.found(FileRow(FILE, 0, []), "setting that is not supported", "no effect here", name)
    source.found(
        FileRow(FILE, 0, []), "the case's own movement rule", "used with scenario.rule=flee scenario.preset=case"
    )
    return FleeRule(**values)


def _part(parts: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return a part of the settings, empty if it is missing."""
    part = parts.get(name) or {}
    if not isinstance(part, dict):
        raise InvalidInput(FILE, name, part, "names and values")
    return part


def _unknown(part: str, given: Mapping[str, Any], known: Mapping[str, Any]) -> list[str]:
    """Return settings that request unsupported features; features that are switched off do not count."""
    return [
        f"{part}.{name}" for name, value in given.items()
        if name not in (*known, *_INERT) and value is not False and value != _AS_HERE.get(name)
    ]  # fmt: skip


def _value(name: str, value: object, default: Any) -> Any:
    """Return a setting after checking it against the type of its default."""
    if isinstance(default, bool):
        if isinstance(value, bool):
            return value
        raise InvalidInput(FILE, name, value, "true or false")
    if isinstance(default, tuple):
        if isinstance(value, list) and 0 < len(value) <= _MOST_ENTRIES:
            return tuple(_number(name, each, float) for each in value)
        raise InvalidInput(FILE, name, value, f"a list of 1 to {_MOST_ENTRIES} numbers")
    return _number(name, value, type(default))


def _number(name: str, value: object, kind: type) -> Any:
    low, high = _LEAST.get(name, 0.0), _MOST.get(name, math.inf)
    if isinstance(value, int | float) and not isinstance(value, bool):
        is_inside = low <= value < math.inf and value <= high
        if is_inside and (kind is not int or value == int(value)):
            return kind(value)
    what = "a whole number" if kind is int else "a number"
    upper = "" if high == math.inf else f" and at most {high:g}"
    raise InvalidInput(FILE, name, value, f"{what} of at least {low:g}{upper}")
