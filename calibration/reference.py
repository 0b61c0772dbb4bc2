"""A reference table: parameter values, and what the simulation makes of them, one row a run.

Rows are appended as runs end, so that a stopped table is taken up where it stood. The file is named by the fingerprint
of scenario, targets and model: runs of one version of the code are never mixed with those of another.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from calibration.members import Member, Progress, simulate
from calibration.priors import fitted
from calibration.targets import BY_ORIGIN, log_values, simulated
from experiments.run import model_hash
from experiments.store import fingerprint
from model.corridor import Corridor
from model.tables import Table
from scenarios import load

Array = NDArray[np.float64]


class Reference:
    """Runs of one scenario in the calibration years.

    Parameters
    ----------
    folder : Path
        Where the table is kept.
    scenario : str
    wanted : DataFrame
        From `targets.targets`.
    agents : int
    last_year : int

    Attributes
    ----------
    names : tuple of str
        What is fitted: parameters, the origin effects of communities and the constants of routes that have a target of
        their own.
    persons_per_agent : float
    """

    def __init__(self, folder: Path, scenario: str, wanted: pd.DataFrame, agents: int, last_year: int) -> None:
        corridor = load(scenario)
        self.scenario, self.wanted, self.agents = scenario, wanted, agents
        self.end = dt.date(last_year, 12, 31)
        pool = float(corridor.communities.column("potential_migrants").sum())
        self.persons_per_agent = pool / agents
        counted = wanted.index.get_level_values("quantity").isin(BY_ORIGIN)
        origins = sorted(set(wanted.index[counted].get_level_values("unit")))
        detected = wanted.index.get_level_values("quantity") == "detections"
        routes = sorted(set(wanted.index[detected].get_level_values("unit")))
        self.names = fitted(origins, routes)
        known = (_world(corridor, self.names), model_hash(), agents, str(self.end), list(wanted.index))
        folder.mkdir(parents=True, exist_ok=True)
        self.file = folder / f"reference-{corridor.name}-{fingerprint(repr(known))}.csv"

    def run(self, values: Mapping[str, float], seed: int) -> tuple[pd.Series, float]:
        """Simulate once; return what the run has for each target, and the seconds of processor time that it took."""
        began = time.process_time()
        member = Member(self.scenario, seed, self.agents, self.end, values)
        return simulated(simulate(member), self.wanted), time.process_time() - began

    def seconds(self) -> float:
        """Return the processor time of all runs of the table."""
        taken = pd.read_csv(self.file)["seconds"] if self.file.exists() else pd.Series([0.0])
        return float(taken.mean() * len(taken))

    def rows(self) -> tuple[pd.DataFrame, Array]:
        """Return parameter values (one column each) and simulated targets, shape (n_runs, n_targets)."""
        if not self.file.exists():
            return pd.DataFrame(), np.empty((0, len(self.wanted)))
        table = pd.read_csv(self.file)
        marks = [name for name in table.columns if str(name).startswith("target_")]
        return table.drop(columns=[*marks, "seed", "seconds"]), table[marks].to_numpy(float)

    def logs(self, points: Sequence[Mapping[str, float]]) -> Array:
        """Return the log targets of runs that the table has, shape (n, k), in the order of the points."""
        table, raw = self.rows()
        rows = {_key(row): number for number, row in enumerate(table.to_dict("records"))}
        return np.array(
            [
                log_values(
                    pd.Series(raw[rows[_key(point)]], index=self.wanted.index), self.wanted, self.persons_per_agent
                )
                for point in points
            ]
        )

    def extend(self, points: Sequence[Mapping[str, float]], workers: int = 1, progress: Progress | None = None) -> None:
        """Run parameter values that the table does not have yet, and append them.

        Parameters
        ----------
        points : sequence of mapping of str to float
        workers : int
        progress : callable, optional
            Called with runs done and runs in all.
        """
        known, _ = self.rows()
        have = {_key(row) for row in known.to_dict("records")}
        missing = [(seed, point) for seed, point in enumerate(points, start=len(known)) if _key(point) not in have]
        with ProcessPoolExecutor(workers) as pool:
            jobs = [pool.submit(self.run, point, seed) for seed, point in missing]
            for done, ((seed, point), job) in enumerate(zip(missing, jobs, strict=True), start=1):
                self._append(point, seed, *job.result())
                if progress is not None:
                    progress(done, len(missing))

    def _append(self, point: Mapping[str, float], seed: int, result: pd.Series, seconds: float) -> None:
        row = {**point, "seed": seed, "seconds": round(seconds, 2)} | {
            f"target_{i}": value for i, value in enumerate(result.to_numpy())
        }
        pd.DataFrame([row]).to_csv(self.file, mode="a", header=not self.file.exists(), index=False)


def _world(corridor: Corridor, names: Sequence[str]) -> str:
    """Return the fingerprint of a scenario without the values that every run of a fit overrides."""
    neutral = corridor.with_origin_effects(dict.fromkeys(corridor.communities.names, 1.0))
    neutral = neutral.with_route_constants(dict.fromkeys({leg.route for leg in corridor.legs}, 0.0))
    own = neutral.parameters
    tables = [table.rows for table in vars(neutral).values() if isinstance(table, Table) and table is not own]
    others = [row for row in own if row.parameter not in names]
    return fingerprint(repr((neutral.start, neutral.step_days, tables, neutral.events, others)))


def _key(point: Mapping[Any, float]) -> tuple[tuple[str, float], ...]:
    return tuple(sorted((str(name), round(float(value), 9)) for name, value in point.items()))
