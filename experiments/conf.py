"""How settings of a command are declared, read from overrides such as ``seed=1``, and explained.

A command's settings are a dataclass (see `experiments.settings`) whose fields are declared with `setting`. A field
whose default is itself a dataclass is a group: ``compute.threads=2`` sets one of its members, and a bare
``compute=dask`` its member ``name``. Unknown names, wrong types and values out of range are errors. Values are plain
data: interpolations are refused, and nothing outside this module sees Hydra.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import difflib
import math
import operator
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from enum import Enum
from typing import Any, TypeVar

from model.errors import InvalidInput

SettingsT = TypeVar("SettingsT")
_DATE = "DATE"
_FROM = "_from"
"""A setting ``NAME_from`` says where the values of the table ``NAME`` come from; it is given as ``NAME=value``."""


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
    from hydra import initialize
    from hydra.core.config_store import ConfigStore
    from omegaconf import OmegaConf

    checked = [_checked_key(kind, override) for override in overrides]
    ConfigStore.instance().store(name=kind.__name__, node=_based(kind, base or {}, where))
    with initialize(version_base="1.3", config_path=None):
        for given, override in zip(overrides, checked, strict=True):
            _compose(kind, [override], given)
        settings = OmegaConf.to_object(_compose(kind, checked, overrides[0] if overrides else ""))
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


def close_names(given: str, known: Iterable[str]) -> str:
    """Return the hint ``" (did you mean …?)"``, or nothing if no known name is close."""
    close = difflib.get_close_matches(given, list(known), n=3, cutoff=0.6)
    return f" (did you mean {' or '.join(close)}?)" if close else ""


def as_date(text: str | None, name: str) -> dt.date | None:
    """Return the date that a setting gives, if it gives one.

    Raises
    ------
    InvalidInput
        If it is not a date in ISO form.
    """
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise InvalidInput("command line", name, text, "a date such as 2011-01-01") from None


def _fields(kind: type) -> dict[str, dataclasses.Field[Any]]:
    """Return every setting by the name under which it is given, those of groups after the others."""
    alone, grouped = {}, {}
    for entry in dataclasses.fields(kind):
        if not _is_group(entry):
            alone[entry.name] = entry
            continue
        for member in dataclasses.fields(entry.default_factory):  # type: ignore[arg-type]
            grouped[entry.name if member.name == "name" else f"{entry.name}.{member.name}"] = member
    return alone | grouped


def _is_group(entry: dataclasses.Field[Any]) -> bool:
    return dataclasses.is_dataclass(entry.default_factory)


def _is_table(entry: dataclasses.Field[Any]) -> bool:
    """Whether a setting holds values by name, given as ``parameters.NAME=value``."""
    return entry.default_factory is dict


def _paths(kind: type) -> dict[str, str]:
    """Return where in the settings each name leads: a bare group's name to its member ``name``."""
    groups = {entry.name for entry in dataclasses.fields(kind) if _is_group(entry)}
    return {name: f"{name}.name" if name in groups else name for name in _fields(kind)}


def _checked_key(kind: type, override: str) -> str:
    """Check the name before the equals sign; return the override as Hydra wants it."""
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
    return f"{paths[name]}={value}"


def _based(kind: type, base: Mapping[str, Any], where: str) -> Any:
    """Return the structure of settings with the values of a file in place of defaults."""
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    node = OmegaConf.structured(kind)
    fields, paths = _fields(kind), _paths(kind)
    for name, value in base.items():
        if name not in fields:
            raise InvalidInput(where, "setting", name, ", ".join(sorted(fields)) + close_names(name, fields))
        if "${" in str(value):
            raise InvalidInput(where, name, value, "plain values; interpolations such as ${…} are not read")
        try:
            OmegaConf.update(node, paths[name], str(value) if isinstance(value, dt.date) else value)
        except OmegaConfBaseException:
            raise InvalidInput(where, name, value, fields[name].metadata["allowed"]) from None
    return node


def _compose(kind: type, overrides: list[str], given: str) -> Any:
    """Compose with Hydra; blame the first override, as it was given, in words if it cannot."""
    from hydra import compose
    from hydra.errors import HydraException
    from omegaconf.errors import OmegaConfBaseException

    try:
        return compose(kind.__name__, overrides=overrides)
    except (HydraException, OmegaConfBaseException):
        name, _, value = given.partition("=")
        fields = _fields(kind)
        entry = fields.get(f"{name}{_FROM}") or fields.get(name) or fields[name.partition(".")[0]]
        raise InvalidInput("command line", name, value, entry.metadata["allowed"]) from None


def _check_ranges(settings: Any) -> None:
    paths = _paths(type(settings))
    for name, entry in _fields(type(settings)).items():
        value = operator.attrgetter(paths[name])(settings)
        limits = entry.metadata
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if is_number and not limits["low"] <= value <= limits["high"]:
            raise InvalidInput("command line", name, value, limits["allowed"])
        if value == "" or (isinstance(value, list) and not all(item != "" for item in value)):
            raise InvalidInput("command line", name, value, limits["allowed"])
        if limits["shown"] == _DATE:
            as_date(value, name)
