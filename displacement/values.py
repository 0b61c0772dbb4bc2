"""The fitted values of the displacement rule, with all conflicts and without each: a reader of its tables."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

TABLE = Path(__file__).with_name("values.csv")
ERRORS = TABLE.with_name("errors.csv")
NONE_LEFT_OUT = "none"
_KEYS = ("capacities", "left_out", "form", "rank")

Point = dict[str, float]


def conflict_of(case: str) -> str:
    """Return the conflict of a directory: its name up to the year, because several directories can share one."""
    return re.split(r"[\d_]", case.strip().lower(), maxsplit=1)[0]


@cache
def _folds() -> dict[tuple[bool, str], list[Point]]:
    out: dict[tuple[bool, str], list[Point]] = {}
    with TABLE.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            point = {name: float(text) for name, text in row.items() if name not in _KEYS}
            out.setdefault((row["capacities"] == "1", row["left_out"]), []).append(point)
    return out


def is_fitted(case: str) -> bool:
    """Whether the case's conflict is among those fitted; its values were then fitted without it."""
    return (True, conflict_of(case)) in _folds()


def fitted(case: str = NONE_LEFT_OUT, *, capacities: bool = True) -> Point:
    """Return the values fitted without a case's conflict, or to all conflicts if it was not among them.

    Parameters
    ----------
    case : str
    capacities : bool
        Whether camp capacities are known.
    """
    return _points(case, capacities)[0]


def plausible(case: str = NONE_LEFT_OUT, *, capacities: bool = True) -> list[Point]:
    """Return the best points of the fit without a case's conflict, which show the uncertainty of values."""
    return _points(case, capacities)[1:]


def _points(case: str, capacities: bool) -> list[Point]:
    folds = _folds()
    return folds.get((capacities, conflict_of(case)), folds[capacities, NONE_LEFT_OUT])


@dataclass(frozen=True)
class Widening:
    """Widening of forecast intervals: ODD eq. 69.

    Attributes
    ----------
    camps : float
        In units of n + N / 100.
    total : float
        In logs, of a national total that is predicted; 0 where it is given.
    """

    camps: float
    total: float


@cache
def _errors() -> dict[tuple[str, str], Widening]:
    with ERRORS.open(encoding="utf-8", newline="") as stream:
        return {
            (row["total_from"], row["left_out"]): Widening(float(row["camps"]), float(row["total"]))
            for row in csv.DictReader(stream)
        }


def widening(case: str = NONE_LEFT_OUT, total_from: str = "observed") -> Widening:
    """Return the widening measured on other conflicts than the case's.

    Parameters
    ----------
    case : str
    total_from : {"observed", "conflict"}
    """
    errors = _errors()
    return errors.get((total_from, conflict_of(case)), errors[total_from, NONE_LEFT_OUT])
