"""Distance of observations beyond the intervals of forecasts' runs, leaving one conflict out in turn.

    python -m corridor.displacement.fit_errors ../shared/data/flee

Replicates and the uncertainty of fitted values are not all that a forecast has wrong: the rule itself is. What is left
is measured on other conflicts (split conformal prediction; Lei et al. 2018, doi:10.1080/01621459.2017.1307116, where
here whole conflicts are left out, each counted alike) and written to ``displacement/errors.csv``.
ODD eq. 69.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corridor.displacement.flee import find_cases, read_case
from corridor.displacement.forecast import forecast
from corridor.displacement.run import Options
from corridor.displacement.values import ERRORS, NONE_LEFT_OUT

KNOWN_SHARES, REPLICATES, PERSONS_PER_AGENT, LEVEL = (0.25, 0.5, 0.75), 20, 20, 0.9
_GRID = np.linspace(0, 1, 401)


def beyond_runs(path: Path) -> NDArray[np.float64]:
    """Return quantiles of the errors beyond the runs' interval of forecasts from a quarter, half and most of a case."""
    case = read_case(path)
    days = [int(case.days * share) for share in KNOWN_SHARES]
    found = [
        forecast(case, Options(persons_per_agent=PERSONS_PER_AGENT), day, REPLICATES)["beyond_runs"].to_numpy().ravel()
        for day in days
    ]
    return np.quantile(np.concatenate(found), _GRID)


def main() -> None:
    """Measure all conflicts and write the table."""
    errors = {path.name: beyond_runs(path) for path in find_cases(sys.argv[1])}
    rows = []
    for left_out in (NONE_LEFT_OUT, *errors):
        others = np.concatenate([error for name, error in errors.items() if name != left_out])
        rows.append([left_out, f"{max(0.0, float(np.quantile(others, LEVEL))):.3f}"])
    with ERRORS.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream, lineterminator="\n").writerows([["left_out", "beyond_runs"], *rows])


if __name__ == "__main__":
    main()
