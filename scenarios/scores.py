"""Measured accuracy of a corridor: the latest figures by name, with their noise and their command."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

from pydantic import Field

from corridor.model.rows import Row
from corridor.model.tables import parse_row
from corridor.scenarios.files import MAX_CSV_BYTES, read_bytes, read_records
from corridor.scenarios.reader import columns, scenario_directory

TABLE = "scores.csv"
DIGITS = 4


class Score(Row):
    """One figure."""

    figure: str = Field(min_length=1, description="name; dots part the name of a group from those of its figures")
    value: float = Field(description="measured")
    noise: float | None = Field(
        default=None,
        ge=0,
        description="half of the 90 % interval of repetitions with other seeds; blank: not measured",
    )
    command: str = Field(min_length=1, description="what finds it")
    model: str = Field(default="", description="hash of the model that was measured")


def scores(file: Path) -> dict[str, Score]:
    """Return the figures of a table by name; none without a table.

    Raises
    ------
    InvalidInput
        If the table is invalid.
    """
    if not file.exists():
        return {}
    records, lines = read_records(str(file), read_bytes(file, MAX_CSV_BYTES), *columns(Score))
    rows = [parse_row(Score, f"{file}, line {line}", record) for record, line in zip(records, lines, strict=True)]
    return {row.figure: row for row in rows}


def scores_of(name_or_path: str | Path) -> dict[str, Score]:
    """Return the figures of a corridor by name."""
    return scores(scenario_directory(name_or_path) / TABLE)


def keep_scores(name_or_path: str | Path, found: Iterable[Score]) -> None:
    """Write figures into a corridor's table; other figures there are kept."""
    rows = scores_of(name_or_path) | {row.figure: row for row in found}
    write_scores(scenario_directory(name_or_path) / TABLE, rows.values())


def write_scores(file: Path, found: Iterable[Score]) -> None:
    """Write a table of figures, in order of their names."""
    with file.open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream, lineterminator="\n")
        table.writerow(Score.model_fields)
        for row in sorted(found, key=lambda row: row.figure):
            noise = "" if row.noise is None else f"{row.noise:.{DIGITS}g}"
            table.writerow([row.figure, f"{row.value:.{DIGITS}g}", noise, row.command, row.model])
