"""Checks of displacement cases without a run."""

from __future__ import annotations

import os
from pathlib import Path

from corridor.displacement.flee import find_cases, read_case
from corridor.displacement.text import findings_text
from corridor.model.errors import InvalidInput


def holds_cases(path: Path) -> bool:
    """Whether a directory is, or contains, displacement cases in Flee's format."""
    if not os.path.isdir(path):  # of a path too long, too
        return False
    try:
        return bool(find_cases(path))
    except InvalidInput:
        return False


def check_cases(path: Path) -> tuple[str, int]:
    """Return the findings about a case, or each case in a directory, and the number of unreadable cases.

    Raises
    ------
    InvalidInput
        If the only case cannot be read.
    """
    told: list[str] = []
    refused: list[str] = []
    cases = find_cases(path)
    for directory in cases:
        try:
            case = read_case(directory)
        except InvalidInput as error:
            if len(cases) == 1:
                raise
            refused.append(str(error))
            continue
        told.append(f"{directory} is a displacement case that can be run. {findings_text(case.findings)}")
    if refused:
        told.append(f"{len(refused)} of {len(cases)} cases cannot be read:\n- " + "\n- ".join(refused))
    return "\n\n".join(told), len(refused)
