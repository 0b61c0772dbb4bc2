"""The posterior of a corridor's parameters: draws that come with the scenario, and where they come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from model.errors import InvalidInput
from model.parameters import Parameters
from scenarios.files import MAX_CSV_BYTES, MAX_YAML_BYTES, read_bytes, read_mapping, read_records
from scenarios.reader import scenario_directory

TABLE, PROVENANCE = "posterior.csv", "posterior.yaml"


Draws = tuple[dict[str, float], ...]


def posterior(name_or_path: str | Path) -> Draws:
    """Return the draws of a corridor's posterior: equally likely sets of parameter values.

    Parameters
    ----------
    name_or_path : str or Path
        As for `scenarios.load`.

    Raises
    ------
    InvalidInput
        If the corridor has none, or a value does not fit its parameter.
    """
    file = scenario_directory(name_or_path) / TABLE
    if not file.exists():
        raise InvalidInput(
            str(name_or_path), "posterior", "missing", "a corridor with posterior.csv (corridor calibrate)"
        )
    content = read_bytes(file, MAX_CSV_BYTES)
    header = content.decode("utf-8", errors="replace").splitlines()[0].split(",")
    records, lines = read_records(str(file), content, header, header)
    rows = []
    for record, line in zip(records, lines, strict=True):
        try:
            values = {key: float(value) for key, value in record.items()}
            Parameters(values)
        except ValueError:
            raise InvalidInput(f"{file}, line {line}", "value", str(record), "numbers") from None
        except InvalidInput as error:
            raise InvalidInput(f"{file}, line {line}", error.field, error.value, error.allowed) from None
        rows.append(values)
    if not rows:
        raise InvalidInput(str(file), "rows", 0, "at least one draw")
    return tuple(rows)


def draw(draws: Sequence[Mapping[str, float]], seed: int) -> dict[str, float]:
    """Return the draw that belongs to a seed: seeds that follow each other get different ones."""
    return dict(draws[seed % len(draws)])


def provenance(name_or_path: str | Path) -> dict[str, Any]:
    """Return what is recorded of how the posterior was obtained; empty without a posterior."""
    file = scenario_directory(name_or_path) / PROVENANCE
    return read_mapping(str(file), read_bytes(file, MAX_YAML_BYTES)) if file.exists() else {}
