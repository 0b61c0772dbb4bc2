"""The catalogue of interventions and shocks, and the policies made of them, as data in YAML files."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field

from corridor.model.errors import InvalidInput
from corridor.model.policies import (
    AdaptiveRule,
    CatalogueEntry,
    Expected,
    Intervention,
    Measure,
    Policy,
    Shock,
    build_policy,
)
from corridor.model.rows import Key
from corridor.model.tables import parse_entry
from corridor.scenarios.files import MAX_YAML_BYTES, read_bytes, read_mapping
from corridor.scenarios.reader import ROOT, bundled_scenarios, is_path

EntryT = TypeVar("EntryT", bound=CatalogueEntry)
KINDS = ("scenarios", "policies", "interventions", "shocks", "futures", "readings")


class PolicyFile(BaseModel):
    """Contents of a policy file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Key = Field(description="key; the name of the file without .yaml")
    title: str = Field(min_length=1, description="name shown to people")
    description: str = Field(min_length=1, description="what the package does and why")
    expected: Expected | None = Field(default=None, description="the indicator that it is meant to move")
    includes: tuple[str, ...] = Field(default=(), description="bundled policies whose measures it contains too")
    measures: tuple[Measure, ...] = Field(default=(), description="interventions (or shocks), with amount and dates")
    rules: tuple[AdaptiveRule, ...] = Field(default=(), description="measures whose strength follows what is recorded")


def available(kind: str) -> list[str]:
    """Return the names of bundled entries.

    Parameters
    ----------
    kind : {"scenarios", "policies", "interventions", "shocks", "futures", "readings"}

    Raises
    ------
    InvalidInput
        If the kind is another.
    """
    if kind not in KINDS:
        raise InvalidInput("list", "kind", kind, f"one of {', '.join(KINDS)}")
    return bundled_scenarios() if kind == "scenarios" else sorted(file.stem for file in (ROOT / kind).glob("*.yaml"))


def _read_entries(folder: str, kind: type[EntryT]) -> Mapping[str, EntryT]:
    """Read all entries of one folder of the catalogue."""
    entries = {}
    for file in sorted((ROOT / folder).glob("*.yaml")):
        where = f"{folder}/{file.name}"
        entry = parse_entry(kind, where, read_mapping(where, read_bytes(file, MAX_YAML_BYTES)))
        if entry.name != file.stem:
            raise InvalidInput(where, "name", entry.name, f"the name of the file, {file.stem}")
        entries[entry.name] = entry
    return MappingProxyType(entries)


@lru_cache(maxsize=1)
def interventions() -> Mapping[str, Intervention]:
    """Return the catalogue of interventions by name."""
    return _read_entries("interventions", Intervention)


@lru_cache(maxsize=1)
def shocks() -> Mapping[str, Shock]:
    """Return the catalogue of shocks by name."""
    return _read_entries("shocks", Shock)


def catalogue() -> Mapping[str, CatalogueEntry]:
    """Return all interventions and shocks by name."""
    return MappingProxyType({**interventions(), **shocks()})


def check_measure(measure: Measure, where: str) -> None:
    """Check that a measure names an entry of the catalogue and stays in its range.

    Raises
    ------
    InvalidInput
    """
    known = catalogue()
    if measure.what not in known:
        raise InvalidInput(where, "what", measure.what, f"one of {', '.join(known)}")
    entry = known[measure.what]
    if measure.amount != 0 and not entry.low <= measure.amount <= entry.high:
        allowed = f"0, or {entry.low:g} to {entry.high:g} ({entry.unit})"
        raise InvalidInput(where, f"amount of {measure.what}", measure.amount, allowed)


def make_policy(
    name: str, title: str, description: str, measures: Sequence[Measure], rules: Sequence[AdaptiveRule] = ()
) -> Policy:
    """Turn measures into a policy, checked against the catalogue.

    Parameters
    ----------
    name, title, description : str
    measures : sequence of Measure
    rules : sequence of AdaptiveRule

    Raises
    ------
    InvalidInput
        If a measure is not in the catalogue or out of its range.
    """
    for number, measure in enumerate(measures, 1):
        check_measure(measure, f"policy {name}, measure {number}")
    for number, rule in enumerate(rules, 1):
        check_measure(rule.measure, f"policy {name}, rule {number}")
    return build_policy(name, title, description, measures, catalogue(), rules)


def policy_file(name_or_path: str | Path) -> PolicyFile:
    """Read a policy file, with the measures and rules of the policies that it includes.

    Raises
    ------
    InvalidInput
        If the policy or one that it includes is unknown, or a file is invalid.
    """
    path, where = _policy_path(name_or_path)
    return _collect(path, where, ())


def load_policy(name_or_path: str | Path) -> Policy:
    """Return a policy.

    Parameters
    ----------
    name_or_path : str or Path
        A bundled name such as ``"safe_pathways"``, or a path to a YAML file (text counts as a path if it has a
        separator, as in ``"./mine.yaml"``).

    Raises
    ------
    InvalidInput
        One sentence that names the file, the field, the value and what is allowed.

    Examples
    --------
    >>> load_policy("baseline").settings
    ()
    """
    policy = policy_file(name_or_path)
    return make_policy(policy.name, policy.title, policy.description, policy.measures, policy.rules)


def load_shock(
    name: str,
    *,
    amount: float | None = None,
    target: str | Sequence[str] = "all",
    start: dt.date | None = None,
    end: dt.date | None = None,
    ramp_weeks: float = 0.0,
) -> Policy:
    """Return one shock as a policy, to combine with others by `corridor.model.policies.combine`.

    Parameters
    ----------
    name : str
        A bundled shock such as ``"drought"``.
    amount : float, optional
        In the shock's unit; by default its default size.
    target : str or sequence of str
        What is hit, in the shock's scope.
    start, end : date, optional
        Blank: from the first, to the last step.
    ramp_weeks : float
        Weeks over which it builds up.

    Raises
    ------
    InvalidInput
        If the shock is not known or its amount is out of range.
    """
    known = shocks()
    if name not in known:
        raise InvalidInput("shock", "name", name, f"one of {', '.join(known)}")
    shock = known[name]
    for field, day in (("start", start), ("end", end)):
        if day == "":  # in a file, a blank stands for what is not given
            raise InvalidInput("shock", field, day, "a date, or None")
    record = {
        "what": name,
        "amount": shock.default if amount is None else amount,
        "target": target,
        "start": start,
        "end": end,
        "ramp_weeks": ramp_weeks,
    }
    return make_policy(name, shock.title, shock.description, [parse_entry(Measure, f"shock {name}", record)])


def _policy_path(name_or_path: str | Path) -> tuple[Path, str]:
    """Return the file of a policy and its name in messages."""
    if is_path(name_or_path):
        return Path(name_or_path), str(name_or_path)
    known = available("policies")
    if name_or_path not in known:
        allowed = f"{', '.join(known)}, or a path to a file such as ./{name_or_path or 'policy'}.yaml"
        raise InvalidInput("policy", "name", str(name_or_path), allowed)
    return ROOT / "policies" / f"{name_or_path}.yaml", f"policies/{name_or_path}.yaml"


def _collect(path: Path, where: str, above: tuple[str, ...]) -> PolicyFile:
    """Read a policy file and its includes; ``above`` are the policies that include it."""
    policy = parse_entry(PolicyFile, where, read_mapping(where, read_bytes(path, MAX_YAML_BYTES)))
    if policy.name != path.stem:
        raise InvalidInput(where, "name", policy.name, f"the name of the file, {path.stem}")
    measures: list[Measure] = []
    rules: list[AdaptiveRule] = []
    known = available("policies")
    for name in policy.includes:
        if name not in known or name in (*above, policy.name):
            raise InvalidInput(where, "includes", name, f"bundled policies, no circles: {', '.join(known)}")
        included = _collect(*_policy_path(name), (*above, policy.name))
        measures += included.measures
        rules += included.rules
    for number, measure in enumerate(policy.measures, 1):
        check_measure(measure, f"{where}, measure {number}")
    for number, rule in enumerate(policy.rules, 1):
        check_measure(rule.measure, f"{where}, rule {number}")
    return policy.model_copy(update={"measures": (*measures, *policy.measures), "rules": (*rules, *policy.rules)})
