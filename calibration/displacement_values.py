"""The fitted values of the displacement rule, with and without each conflict: a reader of ``displacement.csv``."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

TABLE = Path(__file__).with_name("displacement.csv")
NONE_LEFT_OUT = "none"
_KEYS = ("capacity", "left_out", "rank")

Point = dict[str, float]


@cache
def _folds() -> dict[tuple[bool, str], list[Point]]:
    out: dict[tuple[bool, str], list[Point]] = {}
    with TABLE.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            point = {name: float(text) for name, text in row.items() if name not in _KEYS and text}
            out.setdefault((row["capacity"] == "True", row["left_out"]), []).append(point)
    return out


def cases_fitted(use_capacity: bool = True) -> list[str]:
    """Return the cases that were left out in turn."""
    return [case for capacity, case in _folds() if capacity == use_capacity and case != NONE_LEFT_OUT]


def fitted(case: str = NONE_LEFT_OUT, use_capacity: bool = True) -> Point:
    """Return the values fitted without a case; those of all cases for a case that was not among them."""
    return _points(case, use_capacity)[0]


def plausible(case: str = NONE_LEFT_OUT, use_capacity: bool = True) -> list[Point]:
    """Return the best points of the fit without a case: how uncertain its values are."""
    return _points(case, use_capacity)[1:]


def _points(case: str, use_capacity: bool) -> list[Point]:
    folds = _folds()
    return folds.get((use_capacity, case), folds[use_capacity, NONE_LEFT_OUT])
