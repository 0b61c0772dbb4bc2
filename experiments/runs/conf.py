"""Settings of a command: their declaration, overrides such as ``seed=1``, and help.

A command's settings are a dataclass (see `corridor.experiments.runs.settings`) whose fields are declared with
`setting`. A field whose default is itself a dataclass is a group: ``compute.threads=2`` sets one of its members, and a
bare ``compute=dask`` its member ``name``. Unknown names, wrong types and values out of range are errors. Values are
plain data: interpolations are refused, and nothing outside this module sees Hydra.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import difflib
import math
import operator
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from enum import Enum
from typing import Any, TypeVar

from corridor.model.calendar import as_day
from corridor.model.errors import InvalidInput

SettingsT = TypeVar("SettingsT")
_DATE = "DATE"
_FROM = "_from"
"""A setting ``NAME_from`` says where the values of the table ``NAME`` come from; it is given as ``NAME=value``."""
_IN_QUOTES = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""", re.DOTALL)
_ITEM = re.compile(rf"(?:^|,)\s*({_IN_QUOTES.pattern}|[^,]*)\s*(?=,|$)", re.DOTALL)
"""An item of a list of text: in quotes, or up to the next comma."""


def setting(
    default: Any,
    meaning: str,
    allowed: str,
    low: float = -math.inf,
    high: float = math.inf,
    shown: str = "NUMBER",
) -> Any:
    """Declare one setting.

    Parameters
    ----------
    default : object
        A list stands for a new list each time; an empty mapping for values by name (``parameters.NAME=value``).
    meaning, allowed : str
        Help text, and the values that are accepted, in words.
    low, high : float
        Range of a number.
    shown : str
        What help shows for the value of a setting that has no default; ``"DATE"`` is also checked to be one.
    """
    metadata = {"meaning": meaning, "allowed": allowed, "low": low, "high": high, "shown": shown}
    if isinstance(default, list):
        return field(default_factory=lambda: list(default), metadata=metadata)
    if default == {}:
        return field(default_factory=dict, metadata=metadata)
    return field(default=default, metadata=metadata)


def configure(
    kind: type[SettingsT], overrides: Sequence[str], base: Mapping[str, Any] | None = None, where: str = ""
) -> SettingsT:
    """Return settings with overrides applied.

    Parameters
    ----------
    kind : type
        A dataclass of settings.
    overrides : sequence of str
        In Hydra's syntax, e.g. ``["seed=1", "compute.threads=2", "policies=[baseline,safe_pathways]"]``.
    base : mapping, optional
        Settings that overrides start from instead of the defaults, as read from a YAML file.
    where : str
        That file, for messages.

    Raises
    ------
    InvalidInput
        For the first override that is misspelt, has the wrong type or lies out of range.
    """
    from omegaconf import OmegaConf

    checked = [_checked_key(kind, override) for override in overrides]
    node = _based(kind, base or {}, where)
    for given, override in zip(overrides, checked, strict=True):
        _apply(node, kind, override, given)
    settings = OmegaConf.to_object(node)
    assert isinstance(settings, kind)
    _check_ranges(settings)
    return settings


def describe(kind: type) -> Iterator[tuple[str, str]]:
    """Yield ``name=default`` and the meaning of every setting of a command."""
    for name, entry in _fields(kind).items():
        default = entry.default_factory() if entry.default_factory is not dataclasses.MISSING else entry.default
        match default:
            case Enum():
                shown = str(default.value)
            case list():
                shown = f"[{','.join(map(str, default))}]"
            case None | dict():
                shown = entry.metadata["shown"]
            case bool():
                shown = str(default).lower()
            case _:
                shown = str(default)
        shown_name = f"{name}.NAME" if _is_table(entry) else name.removesuffix(_FROM)
        yield f"{shown_name}={shown}", entry.metadata["meaning"]


def cores() -> int:
    """Return the number of processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def close_names(given: object, known: Iterable[str]) -> str:
    """Return the hint ``" (did you mean …?)"``, or nothing if no known name is close."""
    close = difflib.get_close_matches(str(given), list(known), n=3, cutoff=0.6)
    return f" (did you mean {' or '.join(close)}?)" if close else ""


def as_date(text: str | None, name: str) -> dt.date | None:
    """Return the date in a setting, or None.

    Raises
    ------
    InvalidInput
        If it is not a date in ISO form.
    """
    if text is None:
        return None
    try:
        return as_day(text)
    except ValueError as error:
        raise InvalidInput("command line", name, text, str(error)) from None


def _fields(kind: type) -> dict[str, dataclasses.Field[Any]]:
    """Return every setting by its name, those of groups last."""
    alone, grouped = {}, {}
    for entry in dataclasses.fields(kind):
        if not _is_group(entry):
            alone[entry.name] = entry
            continue
        group: Any = entry.default_factory
        for member in dataclasses.fields(group):
            grouped[entry.name if member.name == "name" else f"{entry.name}.{member.name}"] = member
    return alone | grouped


def _is_group(entry: dataclasses.Field[Any]) -> bool:
    return dataclasses.is_dataclass(entry.default_factory)


def _is_table(entry: dataclasses.Field[Any]) -> bool:
    """Whether a setting holds values by name, given as ``parameters.NAME=value``."""
    return entry.default_factory is dict


def _paths(kind: type) -> dict[str, str]:
    """Return the path of each name within the settings; the name of a group refers to its member ``name``."""
    groups = {entry.name for entry in dataclasses.fields(kind) if _is_group(entry)}
    return {name: f"{name}.name" if name in groups else name for name in _fields(kind)}


def _checked_key(kind: type, override: str) -> str:
    """Check the name before the equals sign; return the override in Hydra's form."""
    name, equals, value = override.partition("=")
    if not equals:
        raise InvalidInput("command line", "", override, "settings written as name=value, such as seed=1")
    if "${" in value:
        raise InvalidInput("command line", name, value, "plain values; interpolations such as ${…} are not read")
    fields, paths = _fields(kind), _paths(kind)
    table, _, key = name.partition(".")
    if table in fields and _is_table(fields[table]) and key.isidentifier():
        return f"+{override}"
    if name in fields and _is_table(fields[name]) and f"{name}{_FROM}" in fields:
        name = f"{name}{_FROM}"
    if name not in fields or _is_table(fields[name]):
        known = [f"{key}.NAME" if _is_table(entry) else key for key, entry in fields.items()]
        raise InvalidInput("command line", "setting", name, ", ".join(sorted(known)) + close_names(name, known))
    return f"{paths[name]}={_in_grammar(fields[name], value)}"


def _in_grammar(entry: dataclasses.Field[Any], value: str) -> str:
    """Return a value in Hydra's grammar: text in quotes, so that names and paths may contain any character."""
    if entry.type in ("str", "str | None"):
        return value if value == "null" else _quoted(value)
    if entry.type == "list[str]" and value != "null":
        return f"[{','.join(_quoted(item) for item in _items(value))}]"
    return value


def _items(value: str) -> list[str]:
    """Return the items of a list of text; a bare word is a list of one."""
    if not (value.startswith("[") and value.endswith("]")):
        return [value]
    return [item.rstrip() for item in _ITEM.findall(value[1:-1])] if value[1:-1].strip() else []


def _quoted(text: str) -> str:
    from hydra.core.override_parser.types import Quote, QuotedString

    return text if _IN_QUOTES.fullmatch(text) else QuotedString(text, Quote.single).with_quotes()


def _based(kind: type, base: Mapping[str, Any], where: str) -> Any:
    """Return the structure of settings with defaults replaced by the values of a file."""
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    node = OmegaConf.structured(kind)
    fields, paths = _fields(kind), _paths(kind)
    for name, value in base.items():
        if name not in fields:
            raise InvalidInput(where, "setting", name, ", ".join(sorted(fields)) + close_names(name, fields))
        if "${" in str(value):
            raise InvalidInput(where, name, value, "plain values; interpolations such as ${…} are not read")
        if not _fits(fields[name], value):
            raise InvalidInput(where, name, value, fields[name].metadata["allowed"])
        try:
            OmegaConf.update(node, paths[name], str(value) if isinstance(value, dt.date) else value)
        except OmegaConfBaseException:
            raise InvalidInput(where, name, value, fields[name].metadata["allowed"]) from None
    return node


def _fits(entry: dataclasses.Field[Any], value: object) -> bool:
    """Whether the items of a list or table in a file have the type of the setting; OmegaConf accepts any."""
    match entry.type:
        case "list[str]":
            return isinstance(value, list) and all(isinstance(item, str) for item in value)
        case "dict[str, float]":
            return isinstance(value, dict) and all(map(_is_number, value.values()))
        case "dict[str, list[float]]":
            return isinstance(value, dict) and all(
                isinstance(items, list) and all(map(_is_number, items)) for items in value.values()
            )
    return True


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _apply(node: Any, kind: type, override: str, given: str) -> None:
    """Apply an override; if that fails, report the override as it was given.

    Hydra reads it and OmegaConf checks its type. Composing anew, as Hydra does, takes a tenth of a second each.
    """
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import HydraException
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    try:
        read = OverridesParser.create().parse_override(override)
        if not read.is_sweep_override():  # several values at once, such as seed=1,2
            OmegaConf.update(node, read.key_or_group, read.value(), force_add=read.is_add())
            if not OmegaConf.missing_keys(node):  # OmegaConf's ??? would be found missing much later
                return
        raise ValueError
    except (HydraException, OmegaConfBaseException, ValueError, RecursionError):
        # Beside Hydra's own errors, its parser lets through those of endless numbers and nests.
        name, _, value = given.partition("=")
        fields = _fields(kind)
        entry = fields.get(f"{name}{_FROM}") or fields.get(name) or fields[name.partition(".")[0]]
        raise InvalidInput("command line", name, value, entry.metadata["allowed"]) from None


def _check_ranges(settings: Any) -> None:
    paths = _paths(type(settings))
    for name, entry in _fields(type(settings)).items():
        value = operator.attrgetter(paths[name])(settings)
        limits = entry.metadata
        if _is_number(value) and not limits["low"] <= value <= limits["high"]:
            raise InvalidInput("command line", name, value, limits["allowed"])
        default: Any = entry.default_factory
        is_emptied = value == [] and default() != []
        if value == "" or is_emptied or (isinstance(value, list) and "" in value):
            raise InvalidInput("command line", name, value, limits["allowed"])
        if limits["shown"] == _DATE:
            as_date(value, name)
