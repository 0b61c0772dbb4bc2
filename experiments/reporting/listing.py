"""Lists of scenarios, policies, interventions, shocks, parameters and mechanisms, as plain records."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from corridor.experiments.runs.tables import layout

Record = dict[str, Any]

# Columns of the text table; the JSON array has every field.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "scenarios": ("name", "title", "start", "end", "agents"),
    "policies": ("name", "title", "interventions"),
    "interventions": ("pillar", "name", "unit", "low", "high", "default", "expected", "title"),
    "futures": ("name", "title", "assumptions"),
    "readings": ("question", "name", "parameters", "title"),
    "shocks": ("kind", "name", "unit", "low", "high", "default", "expected", "title"),
    "mechanisms": ("name", "meaning"),
    "parameters": ("name", "default", "low", "high", "unit", "obtained", "process", "meaning"),
}
FIGURES = ("low", "high", "default", "agents")
WIDEST = 60


def entries(kind: str) -> list[Record]:
    """Return everything of one kind.

    Parameters
    ----------
    kind : {"scenarios", "policies", "interventions", "shocks", "futures", "readings",
        "parameters", "mechanisms"}
    """
    collect = {
        "scenarios": _scenarios,
        "policies": _policies,
        "interventions": _interventions,
        "shocks": _shocks,
        "futures": _futures,
        "readings": _readings,
        "parameters": _parameters,
        "mechanisms": _mechanisms,
    }
    return collect[kind]()


def text(kind: str, records: Sequence[Record]) -> str:
    """Return records as a table with the most informative columns."""
    columns = COLUMNS[kind]
    rows = [[_cell(record[column]) for column in columns] for record in records]
    words = [i for i, column in enumerate(columns) if column not in FIGURES]
    return layout(columns, rows, words)


def _scenarios() -> list[Record]:
    from corridor.model.tables import parse_entry
    from corridor.scenarios import available
    from corridor.scenarios.files import MAX_YAML_BYTES, read_bytes, read_mapping
    from corridor.scenarios.reader import HEADER_FILE, Header, scenario_directory

    records = []
    for name in available("scenarios"):
        file = scenario_directory(name) / HEADER_FILE
        header = parse_entry(Header, str(file), read_mapping(str(file), read_bytes(file, MAX_YAML_BYTES)))
        records.append({**header.model_dump(mode="json"), "name": name})
    return records


def _policies() -> list[Record]:
    from corridor.scenarios import available, policy_file

    records = []
    for name in available("policies"):
        policy = policy_file(name)
        measures = (*policy.measures, *(rule.measure for rule in policy.rules))
        used = list(dict.fromkeys(measure.what for measure in measures))
        expected = policy.expected and policy.expected.model_dump(mode="json")
        named = {"name": name, "title": policy.title, "description": policy.description}
        records.append({**named, "expected": expected, "interventions": used})
    return records


def _interventions() -> list[Record]:
    from corridor.model.policies import PILLARS
    from corridor.scenarios import interventions

    by_pillar = sorted(interventions().values(), key=lambda entry: PILLARS.index(entry.pillar))
    return [entry.model_dump(mode="json") for entry in by_pillar]


def _shocks() -> list[Record]:
    from corridor.scenarios import shocks

    return [entry.model_dump(mode="json") for entry in sorted(shocks().values(), key=lambda entry: entry.kind)]


def _futures() -> list[Record]:
    from corridor.scenarios import available, read_future

    records = [read_future(name).model_dump(mode="json") for name in available("futures")]
    return [{**record, "assumptions": [each["says"] for each in record["assumptions"]]} for record in records]


def _readings() -> list[Record]:
    from corridor.scenarios import available, read_reading

    found = sorted((read_reading(name) for name in available("readings")), key=lambda reading: reading.question)
    return [reading.model_dump(mode="json") for reading in found]


def _parameters() -> list[Record]:
    from corridor.model.parameters import REGISTRY

    return [asdict(entry) for entry in REGISTRY.values()]


def _mechanisms() -> list[Record]:
    from corridor.model.mechanisms import MECHANISMS

    return [{"name": name, **asdict(mechanism)} for name, mechanism in MECHANISMS.items()]


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, dict) and "indicator" not in value:
        value = [f"{name}={number:g}" for name, number in value.items()]
    if isinstance(value, dict):
        value = f"{value['indicator']}{' / ' + value['per'] if value['per'] else ''} {value['change']}"
    words = ", ".join(value) if isinstance(value, list) else str(value)
    return textwrap.shorten(words, WIDEST, placeholder=" …")
