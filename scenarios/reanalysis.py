"""The reanalysis of a corridor: equally likely latent series that come with the scenario, and their provenance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from corridor.model.corridor import Corridor
from corridor.model.errors import InvalidInput
from corridor.scenarios.files import (
    MAX_CSV_BYTES,
    MAX_YAML_BYTES,
    named_columns,
    read_bytes,
    read_mapping,
    read_records,
)
from corridor.scenarios.posterior import LATENT, Draws, settle
from corridor.scenarios.reader import load, scenario_directory

TABLE, PROVENANCE = "reanalysis.csv", "reanalysis.yaml"
KEYS = ["series", "entity", "date"]
DRAW = "draw_"
"""Prefix of the number of a draw in the name of its column."""


def has_reanalysis(name_or_path: str | Path) -> bool:
    """Return whether a corridor comes with latent series."""
    return (scenario_directory(name_or_path) / TABLE).exists()


def reanalysis(name_or_path: str | Path) -> Draws:
    """Return the draws of a corridor's latent series, by the names of `corridor.scenarios.posterior.settle`.

    Parameters
    ----------
    name_or_path : str or Path
        As for `corridor.scenarios.load`.

    Raises
    ------
    InvalidInput
        If the corridor has none, or a value does not fit.
    """
    file, corridor = scenario_directory(name_or_path) / TABLE, load(name_or_path)
    if not file.exists():
        allowed = f"a corridor with {TABLE} (corridor reanalyse), or history=mechanisms"
        raise InvalidInput(str(name_or_path), "reanalysis", "missing", allowed)
    content = read_bytes(file, MAX_CSV_BYTES)
    columns = [name for name in named_columns(content) if name.startswith(DRAW)]
    records, lines = read_records(str(file), content, [*KEYS, *columns], [*KEYS, *columns])
    if not records or not columns:
        raise InvalidInput(str(file), "draws", 0, f"at least one row and one column {DRAW}1")
    draws: list[dict[str, float]] = [{} for _ in columns]
    for record, line in zip(records, lines, strict=True):
        name = f"{LATENT}{record['series']}.{record['entity']}.{record['date']}"
        for values, column in zip(draws, columns, strict=True):
            try:
                values[name] = float(record[column])
            except ValueError:
                raise InvalidInput(f"{file}, line {line}", column, record[column], "a number") from None
    for values in draws:
        try:
            settle(corridor, values)
        except InvalidInput:
            _tell_line(corridor, values, lines, file)
            raise
    return tuple(draws)


def _tell_line(corridor: Corridor, values: Mapping[str, float], lines: Iterable[int], file: Path) -> None:
    """Raise InvalidInput with the line of the first invalid value."""
    for (name, value), line in zip(values.items(), lines, strict=False):
        try:
            settle(corridor, {name: value})
        except InvalidInput as error:
            raise InvalidInput(f"{file}, line {line}", error.field, error.value, error.allowed) from None


def reanalysis_provenance(name_or_path: str | Path) -> dict[str, Any]:
    """Read the provenance of the reanalysis; empty without one."""
    file = scenario_directory(name_or_path) / PROVENANCE
    return read_mapping(str(file), read_bytes(file, MAX_YAML_BYTES)) if file.exists() else {}
