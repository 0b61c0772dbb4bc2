"""Published results, for comparison with the scores of displacement cases."""

from __future__ import annotations

import csv
from pathlib import Path

from corridor.model.errors import InvalidInput

HEAD, RELEASE = "flee", "flee_3_1"
"""The better of the presets of Flee's present code, and the result of its release 3.1."""
_RELEASE_WORDS, _NULL_WORDS = "flee 3.1", "null"

Results = dict[str, dict[str, float]]


def read_reference(path: Path) -> Results:
    """Return Flee's ARD by case and code, from ``reference.csv`` in a directory; empty without that file.

    Rows on null models are left out, because these are computed.

    Raises
    ------
    InvalidInput
        If the file has no columns ``case``, ``preset`` and ``ard``, or an ARD that is not a number.
    """
    file = path / "reference.csv"
    out: Results = {}
    if not file.is_file():
        return out
    with file.open(encoding="utf-8", newline="") as stream:
        for line, row in enumerate(csv.DictReader(stream), 2):
            try:
                case, preset, ard = row["case"], row["preset"].lower(), float(row["ard"])
            except (AttributeError, KeyError, TypeError, ValueError):
                allowed = "columns case, preset and ard"
                raise InvalidInput(f"{file}, line {line}", "ard", row.get("ard"), allowed) from None
            if preset.startswith(_NULL_WORDS):
                continue
            code = RELEASE if preset.startswith(_RELEASE_WORDS) else HEAD
            of_case = out.setdefault(case, {})
            of_case[code] = min(of_case.get(code, ard), ard)
    return out


def read_references(cases: list[Path]) -> Results:
    """Return Flee's ARD by case and code, from the directories that cases are in."""
    out: Results = {}
    for folder in sorted({case.resolve().parent for case in cases}):
        for case, found in read_reference(folder).items():
            out[case] = out.get(case, {}) | found
    return out
