"""The fitted values of the displacement rule, with all conflicts and without each: a reader of its tables."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

TABLE = Path(__file__).with_name("values.csv")
ERRORS = TABLE.with_name("errors.csv")
NONE_LEFT_OUT = "none"
_KEYS = ("left_out", "rank")

Point = dict[str, float]


@cache
def _folds() -> dict[str, list[Point]]:
    out: dict[str, list[Point]] = {}
    with TABLE.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            point = {name: float(text) for name, text in row.items() if name not in _KEYS}
            out.setdefault(row["left_out"], []).append(point)
    return out


def cases_fitted() -> list[str]:
    """Return the cases that were left out in turn."""
    return [case for case in _folds() if case != NONE_LEFT_OUT]


def fitted(case: str = NONE_LEFT_OUT) -> Point:
    """Return the values fitted without a case; those of all cases for a case that was not among them."""
    return _points(case)[0]


def plausible(case: str = NONE_LEFT_OUT) -> list[Point]:
    """Return the best points of the fit without a case: how uncertain its values are."""
    return _points(case)[1:]


def _points(case: str) -> list[Point]:
    folds = _folds()
    return folds.get(case, folds[NONE_LEFT_OUT])


@cache
def _errors() -> dict[str, float]:
    with ERRORS.open(encoding="utf-8", newline="") as stream:
        return {row["left_out"]: float(row["beyond_runs"]) for row in csv.DictReader(stream)}


def error_beyond_runs(case: str = NONE_LEFT_OUT) -> float:
    """Return the 90 % quantile of what observations lay beyond the runs' interval on other conflicts: ODD eq. 69."""
    errors = _errors()
    return errors.get(case, errors[NONE_LEFT_OUT])
