"""Fit of the displacement rule to camp counts, leaving one conflict out in turn.

    python -m corridor.displacement.fit ../shared/data/flee

A population Monte Carlo search (Cappé, Guillin, Marin and Robert 2004, doi:10.1198/106186004X12803) in three rounds:
points spread evenly over the ranges, then points drawn around the best of the conflicts that are fitted. The loss is
the mean of log ARD, so that every conflict counts alike and no result of another code enters. A fold never looks at the
conflict that it leaves out. What is kept of each fold is the mean of its best points (the fitted values)
and these points themselves (the uncertainty of the values). Results go to ``displacement/values.csv``.

Cost: 21 core-minutes on a busy machine (0.55 CPU-seconds for one point on six cases).
"""

from __future__ import annotations

import csv
import sys
import time
from concurrent.futures import Executor
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from corridor.displacement.engine.case import Case
from corridor.displacement.engine.parameters import REGISTRY, Behaviour
from corridor.displacement.engine.score import ard
from corridor.displacement.engine.simulation import Displacement
from corridor.displacement.flee import find_cases, read_case
from corridor.displacement.values import NONE_LEFT_OUT, TABLE
from corridor.experiments.runs import stop
from corridor.experiments.runs.engine import executor

RANGES = {
    "road_utility": (-0.4, -0.05), "border_utility": (-6.0, 0.0), "capacity_utility": (0.0, 1.0),
    "company_utility": (0.0, 0.8), "restlessness": (0.0, 0.02),
}  # fmt: skip
FITTED = tuple(RANGES)
PERSONS_PER_AGENT = 50
EVENLY, AROUND, ROUNDS, KEPT = 128, 24, 2, 6

Point = dict[str, float]


@lru_cache(maxsize=64)
def _case(path: str) -> tuple[Case, NDArray[np.float64]]:
    """Return a case in the strict reading, and the counts that Flee was scored on."""
    return read_case(path), read_case(path, strict=False).observed.counts.astype(float)


def evaluate(job: tuple[list[str], Point]) -> list[float]:
    """Return the ARD of each case at one point."""
    paths, point = job
    out = []
    for path in paths:
        case, observed = _case(path)
        run = Displacement(case, Behaviour(point), persons_per_agent=PERSONS_PER_AGENT)
        out.append(ard(run.run().in_camps, observed))
    return out


def spread(rng: np.random.Generator) -> list[Point]:
    """Return points spread evenly over the ranges (a Sobol sequence)."""
    low, high = np.array(list(RANGES.values())).T
    drawn = qmc.scale(qmc.Sobol(len(RANGES), rng=rng).random(EVENLY), low, high)
    return [dict(zip(RANGES, row, strict=True)) for row in drawn.tolist()]


def around(rng: np.random.Generator, points: list[Point]) -> list[Point]:
    """Return points drawn around given ones, within the ranges, from a normal of their own spread."""
    values = np.array([[point[name] for name in RANGES] for point in points])
    low, high = np.array(list(RANGES.values())).T
    step = rng.normal(size=(AROUND, len(RANGES))) * np.maximum(values.std(axis=0), 0.02 * (high - low))
    drawn = np.clip(values[rng.integers(len(points), size=AROUND)] + step, low, high)
    return [dict(zip(RANGES, row, strict=True)) for row in drawn.tolist()]


class Fit:
    """The search.

    Parameters
    ----------
    paths : list of str
        Directories of the cases.
    pool : Executor
    """

    def __init__(self, paths: list[str], pool: Executor):
        self._paths, self._pool = paths, pool
        self.cases = [Path(path).name for path in paths]
        self._start = spread(np.random.default_rng(1))
        self._start_ard = self._run(self._start, self._paths)

    def _run(self, points: list[Point], paths: list[str]) -> NDArray[np.float64]:
        jobs = [(paths, point) for point in points]
        return np.array(list(self._pool.map(evaluate, jobs)))

    def fold(self, left_out: str) -> list[Point]:
        """Return the fitted values without one case, and then the points that they are the mean of."""
        kept = np.array([case != left_out for case in self.cases])
        paths = [path for path, keep in zip(self._paths, kept, strict=True) if keep]
        points, loss = list(self._start), np.log(self._start_ard[:, kept]).mean(axis=1)
        rng = np.random.default_rng(2)
        for _ in range(ROUNDS):
            best = [points[i] for i in np.argsort(loss)[:KEPT]]
            fresh = around(rng, best)
            points += fresh
            loss = np.concatenate([loss, np.log(self._run(fresh, paths)).mean(axis=1)])
        best = [points[i] for i in np.argsort(loss)[:KEPT]]
        mean = {name: float(np.mean([point[name] for point in best])) for name in best[0]}
        ours = self._run([mean], self._paths)[0]
        low, high = np.sort(loss)[[0, KEPT - 1]]
        by_case = " ".join(f"{case} {value:.3f}" for case, value in zip(self.cases, ours, strict=True))
        print(f"without {left_out:12} loss {low:.3f} .. {high:.3f}; {by_case}", flush=True)
        return [mean, *best]


def main() -> None:
    """Fit all folds; write the table after each, so that what is finished is kept."""
    path, workers = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 2
    began = time.perf_counter()
    paths = [str(case) for case in find_cases(path)]
    rows: list[dict[str, object]] = []
    with executor(workers) as pool:
        fit = Fit(paths, pool)
        for left_out in (NONE_LEFT_OUT, *fit.cases):
            for rank, point in enumerate(fit.fold(left_out)):
                rows.append({"left_out": left_out, "rank": rank, **{name: f"{point[name]:.5g}" for name in FITTED}})
            _write(rows)
    print(f"{(time.perf_counter() - began) * workers / 60:.1f} core-minutes on {workers} workers", file=sys.stderr)


def _write(rows: list[dict[str, object]]) -> None:
    with TABLE.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    assert set(FITTED) <= set(REGISTRY)
    sys.exit(stop.run(main))
