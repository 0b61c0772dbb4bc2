"""The reference table: parameter values and simulated targets, one row for each run.

Rows are appended as runs end, so that an interrupted table can be resumed. The file is named by the fingerprint of
scenario, targets and model: runs of different versions of the code are never mixed.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from corridor.calibration.members import member, simulate
from corridor.calibration.priors import fitted
from corridor.calibration.simulated import simulated
from corridor.calibration.targets import BY_ORIGIN, log_values
from corridor.experiments.runs.engine import executor
from corridor.experiments.runs.run import OnProgress
from corridor.experiments.runs.store import fingerprint
from corridor.experiments.runs.world import model_hash
from corridor.model.corridor import Corridor
from corridor.model.tables import Table
from corridor.scenarios import load

Array = NDArray[np.float64]
CHECK = "checksum"
"""Column with the fingerprint of the others."""


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
        What is fitted: parameters, the origin effects of communities that have a target of their own, and the constants
        of embarkations on routes that have one.
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
        routes = set(wanted.index[detected].get_level_values("unit"))
        legs = zip(corridor.legs, corridor.leg_embarkation, strict=True)
        self.names = fitted(origins, sorted({group for leg, group in legs if leg.route in routes}))
        known = (_world(corridor, self.names), model_hash(), agents, str(self.end), list(wanted.index))
        folder.mkdir(parents=True, exist_ok=True)
        self.file = folder / f"reference-{corridor.name}-{fingerprint(repr(known))}.csv"

    def run(self, values: Mapping[str, float], seed: int) -> tuple[pd.Series, float]:
        """Simulate once; return the simulated value of each target, and the processor time in seconds."""
        began = time.process_time()
        job = member(self.scenario, seed, self.agents, self.end, values)
        return simulated(simulate(job), self.wanted), time.process_time() - began

    def seconds(self) -> float:
        """Return the processor time of all runs of the table."""
        table = self._read()
        return float(table["seconds"].sum()) if len(table) else 0.0

    def rows(self) -> tuple[pd.DataFrame, Array]:
        """Return parameter values (one column each) and simulated targets, shape (n_runs, n_targets)."""
        table = self._read()
        if table.empty:
            return pd.DataFrame(), np.empty((0, len(self.wanted)))
        marks = [name for name in table.columns if str(name).startswith("target_")]
        return table.drop(columns=[*marks, "seed", "seconds"]), table[marks].to_numpy(float)

    def logs(self, points: Sequence[Mapping[str, float]]) -> Array:
        """Return the log targets of runs in the table, shape (n, k), in the order of the points."""
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

    def extend(
        self, points: Sequence[Mapping[str, float]], workers: int = 1, progress: OnProgress | None = None
    ) -> None:
        """Run parameter values that are not in the table yet, and append them.

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
        if not missing:
            return
        with executor(min(workers, len(missing))) as pool:
            jobs = [pool.submit(self.run, point, seed) for seed, point in missing]
            for done, ((seed, point), job) in enumerate(zip(missing, jobs, strict=True), start=1):
                self._append(point, seed, *job.result())
                if progress is not None:
                    progress(done, len(missing))

    def _append(self, point: Mapping[str, float], seed: int, result: pd.Series, seconds: float) -> None:
        row = {**point, "seed": seed, "seconds": round(seconds, 2)} | {
            f"target_{i}": value for i, value in enumerate(result.to_numpy())
        }
        texts = {name: repr(float(value)) for name, value in row.items()}
        texts[CHECK] = _checksum(texts)
        pd.DataFrame([texts]).to_csv(
            self.file, mode="a", header=not (self.file.exists() and self.file.stat().st_size), index=False
        )

    def _read(self) -> pd.DataFrame:
        """Return the intact rows; runs with incomplete or damaged rows are repeated."""
        if not self.file.exists() or not self.file.stat().st_size:
            return pd.DataFrame()
        table = pd.read_csv(self.file, dtype=str, keep_default_na=False, on_bad_lines="skip", encoding_errors="replace")
        rows = table.drop(columns=CHECK, errors="ignore").to_dict("records")
        told = table[CHECK] if CHECK in table else [""] * len(rows)
        whole = [_numbers(row) for row, check in zip(rows, told, strict=True) if _checksum(row) == check]
        return pd.DataFrame(whole)


def _world(corridor: Corridor, names: Sequence[str]) -> str:
    """Return the fingerprint of a scenario without the values that all runs of a fit override."""
    neutral = corridor.with_origin_effects(dict.fromkeys(corridor.communities.names, 1.0))
    neutral = neutral.with_constants(dict.fromkeys(corridor.leg_embarkation, 0.0))
    own = neutral.parameters
    tables = [table.rows for table in vars(neutral).values() if isinstance(table, Table) and table is not own]
    others = [row for row in own if row.parameter not in names]
    return fingerprint(repr((neutral.start, neutral.step_days, tables, neutral.events, others)))


def _checksum(texts: Mapping[Any, str]) -> str:
    return fingerprint({str(name): text for name, text in texts.items()})


def _numbers(texts: Mapping[Any, str]) -> dict[str, float]:
    return {str(name): float(text) for name, text in texts.items()}


def _key(point: Mapping[Any, float]) -> tuple[tuple[str, float], ...]:
    return tuple(sorted((str(name), round(float(value), 9)) for name, value in point.items()))
