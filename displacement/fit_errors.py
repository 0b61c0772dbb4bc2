"""Distance of observations from the intervals of forecast runs, leaving one conflict out in turn.

    python -m corridor.displacement.fit_errors ../shared/data/flee ../shared/data/flee_more

Replicates and the uncertainty of fitted values do not include the error of the rule itself. The remaining error is
measured on other conflicts (split conformal prediction; Lei et al. 2018, doi:10.1080/01621459.2017.1307116; here whole
conflicts are left out, with equal weights) and written to ``displacement/errors.csv``. With few conflicts, coverage
would be too low: the level of the widening is therefore the lowest at which, leaving one of the calibrating conflicts
out in turn, at least 90 % of its observations are covered on average. ODD eq. 69.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corridor.displacement import total
from corridor.displacement.flee import find_cases, read_case
from corridor.displacement.forecast import GIVEN, forecast, total_distance
from corridor.displacement.run import Options
from corridor.displacement.values import ERRORS, NONE_LEFT_OUT, Widening, conflict_of

KNOWN_SHARES, REPLICATES, AGENTS, LEVEL = (0.25, 0.5, 0.75), 20, 4000, 0.9
_GRID = np.linspace(0, 1, 401)
_LEVELS = np.arange(LEVEL, 1.0, 0.005)

Errors = dict[str, NDArray[np.float64]]
"""Errors by conflict, each as the same number of quantiles, so that all count equally."""


def measure(paths: list[Path], total_from: str) -> tuple[Errors, Errors]:
    """Return errors of camps outside the runs' interval, and of the total, after a quarter, half and most of a case."""
    camps: dict[str, list[NDArray[np.float64]]] = {}
    totals: dict[str, list[NDArray[np.float64]]] = {}
    for path in paths:
        case = read_case(path)
        options = Options(persons_per_agent=max(1, case.people // AGENTS))
        for share in KNOWN_SHARES:
            day = int(case.days * share)
            ds = forecast(case, options, day, REPLICATES, total_from, Widening(0.0, 0.0))
            camps.setdefault(conflict_of(case.name), []).append(ds["beyond_runs"].to_numpy().ravel())
            distance = total_distance(ds["total"].to_numpy(), total.displaced(case.from_day(day)))
            totals.setdefault(conflict_of(case.name), []).append(distance)
    return _alike(camps), _alike(totals)


def _alike(errors: dict[str, list[NDArray[np.float64]]]) -> Errors:
    return {name: np.quantile(np.concatenate(each), _GRID) for name, each in errors.items()}


def widen(errors: Errors) -> float:
    """Return the widening that covers the errors of conflicts left out, at least 0."""
    return max(0.0, float(np.quantile(np.concatenate(list(errors.values())), calibrated_level(errors))))


def calibrated_level(errors: Errors) -> float:
    """Return the lowest level at which conflicts left out in turn have the nominal coverage on average."""
    for level in _LEVELS:
        covered = []
        for name, error in errors.items():
            others = np.concatenate([each for other, each in errors.items() if other != name])
            covered.append((error <= max(0.0, np.quantile(others, level))).mean())
        if np.mean(covered) >= LEVEL:
            return float(level)
    return float(_LEVELS[-1])


def main() -> None:
    """Measure all conflicts and write the table."""
    paths = [case for folder in sys.argv[1:] for case in find_cases(folder)]
    rows = []
    for total_from in GIVEN:
        camps, totals = measure(paths, total_from)
        for left_out in (NONE_LEFT_OUT, *camps):
            others = ({name: error for name, error in each.items() if name != left_out} for each in (camps, totals))
            rows.append([total_from, left_out, *(f"{widen(each):.3f}" for each in others)])
            if left_out != NONE_LEFT_OUT:
                covered = (
                    (camps[left_out] <= float(rows[-1][2])).mean(),
                    (totals[left_out] <= float(rows[-1][3])).mean(),
                )
                print(f"{total_from}, {left_out}: camps {covered[0]:.2f}, total {covered[1]:.2f}", flush=True)
    with ERRORS.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream, lineterminator="\n").writerows([["total_from", "left_out", "camps", "total"], *rows])


if __name__ == "__main__":
    main()
