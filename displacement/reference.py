"""Published results to compare the scores of displacement cases with."""

from __future__ import annotations

import csv
from pathlib import Path

from corridor.model.errors import InvalidInput


def read_reference(path: Path) -> dict[str, float]:
    """Return the ARD of the better of Flee's presets by case, from ``reference.csv``; empty without that file.

    Raises
    ------
    InvalidInput
        If the file has no columns ``case`` and ``ard``, or an ARD that is no number.
    """
    file = path / "reference.csv"
    if not file.is_file():
        return {}
    out: dict[str, float] = {}
    with file.open(encoding="utf-8", newline="") as stream:
        for line, row in enumerate(csv.DictReader(stream), 2):
            try:
                out[row["case"]] = min(out.get(row["case"], float("inf")), float(row["ard"]))
            except (KeyError, TypeError, ValueError):
                raise InvalidInput(f"{file}, line {line}", "ard", row.get("ard"), "columns case and ard") from None
    return out
