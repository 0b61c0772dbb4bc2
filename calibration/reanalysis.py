"""Reanalysis: the simulation, conditioned on all that was observed.

As weather services do for the past (incremental 4D-Var with an ensemble of data assimilations): the most probable
latent series (`corridor.calibration.latent`) are looked for in rounds. Each runs the simulation with the series found
so far, and moves them by what the record says beside it, weighed against the prior, with a simplified tangent-linear
model of the simulation (`corridor.calibration.tangent`) that a first ensemble has taught. Draws around the result see
the record with errors of recording; each is run with luck of its own, so that what is learnt holds for any seed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from corridor.calibration.latent import Latent
from corridor.calibration.members import Member, Progress, compute, read
from corridor.calibration.record import Record
from corridor.calibration.tangent import Flows, Kernels, Tangent
from corridor.scenarios import load

Array = NDArray[np.float64]
STEP = 0.7
"""Share of the way that a round goes."""
LAST = 3
"""Rounds at the end over which latent series are averaged: each run has noise of its own."""
LEARNT_ON = 24
"""Runs of the first ensemble."""
LEARNT_SHARE = 0.4
"""Size of its deviations, of the prior's: answers near what mechanisms say, not to extremes."""
_IN_ROUNDS, _AT_DRAWS, _ALONE = 1000, 5000, 9000
"""What is added to the seed for the runs of each step."""


@dataclass(frozen=True)
class Plan:
    """What is estimated, and with how many runs.

    Attributes
    ----------
    scenario : str
    until : date
        Last day of the last month that is assimilated; runs end there.
    agents : int
        Of each run.
    rounds : int
    seeds : int
        Runs of a round, each with luck of its own.
    draws : int
    seed : int
    parameters : mapping of str to float
        Values other than the scenario's own, the same for all.
    """

    scenario: str
    until: dt.date
    agents: int
    rounds: int
    seeds: int
    draws: int
    seed: int
    parameters: Mapping[str, float] = field(default_factory=dict)

    @property
    def runs(self) -> int:
        """Number of runs in all: that teach, of rounds, of draws, and of mechanisms alone."""
        return LEARNT_ON + self.rounds * self.seeds + 2 * self.draws


@dataclass(frozen=True)
class Found:
    """What the search found.

    Attributes
    ----------
    kernels : Kernels
    best : ndarray of float, shape (d,)
        The most probable latent series.
    runs : list of Dataset
        Of the last round.
    misfits : list of float
        Root mean square of the record's residuals, in error scales, by round.
    """

    kernels: Kernels
    best: Array
    runs: list[xr.Dataset]
    misfits: list[float]


@dataclass(frozen=True)
class Reanalysis:
    """A reanalysis.

    Attributes
    ----------
    latent : Latent
    found : Found
    points : ndarray of float, shape (n, d)
        Equally likely latent series.
    outputs, alone : ndarray of float, shape (n, k)
        What a run at each has for the record, and runs without latent series.
    files : sequence of Path
        Runs at the points (`members.read`).
    """

    latent: Latent
    found: Found
    points: Array
    outputs: Array
    alone: Array
    files: Sequence[Path]


class Estimation:
    """The steps of a reanalysis.

    Parameters
    ----------
    plan : Plan
    record : Record
    folder : Path
        Where runs are kept; those computed before are read.
    workers : int
        Runs computed at the same time.
    progress : callable, optional
        Called with runs done and runs in all.
    """

    def __init__(
        self, plan: Plan, record: Record, folder: Path, workers: int = 1, progress: Progress | None = None
    ) -> None:
        self._plan, self._record, self._folder, self._workers = plan, record, folder, workers
        self._progress, self._done = progress, 0
        corridor = load(plan.scenario)
        self.latent = Latent.of(corridor, plan.until)
        self._tangent = Tangent(corridor, self.latent, record)
        self._seen = record.table["observed"].to_numpy(float)
        self._rng = np.random.default_rng(plan.seed)

    def find(self) -> Reanalysis:
        """Go through all steps: search, draw, and run at the draws and without latent series."""
        plan, found = self._plan, self.search()
        points = self.draw(found, plan.draws)
        files = self._files(points, _AT_DRAWS)
        outputs = self.outputs_of(files)
        alone = self.outputs_of(self._files(np.zeros_like(points), _ALONE))
        return Reanalysis(self.latent, found, points, outputs, alone, files)

    def search(self, point: Array | None = None) -> Found:
        """Look for the most probable latent series, from a point (default: what mechanisms say)."""
        plan, kernels = self._plan, self.learn()
        point = np.zeros(len(self.latent)) if point is None else point
        past, misfits = [], []
        for number in range(plan.rounds):
            runs = self._run([point] * plan.seeds, _IN_ROUNDS + number * plan.seeds)
            misfits.append(self.misfit(runs))
            point = point + STEP * (self.target(kernels, runs, point) - point)
            past.append(point)
        return Found(kernels, np.mean(past[-LAST:], axis=0), runs, misfits)

    def learn(self) -> Kernels:
        """Estimate how detections answer, on runs with latent series from the prior."""
        points = LEARNT_SHARE * self.latent.sample(LEARNT_ON, self._rng)
        return self._tangent.fit(points, self._run(points, 0))

    def target(self, kernels: Kernels, runs: Sequence[xr.Dataset], point: Array) -> Array:
        """Return the most probable point, were the simulation the tangent-linear model around runs at a point."""
        derivatives, gain, logs = self._linear(kernels, runs)
        seen = self._logs(self._seen, runs)
        return gain @ (seen - logs + derivatives @ point)

    def draw(self, found: Found, number: int) -> Array:
        """Return equally likely points around the best one, shape (number, d).

        Each is the best point of a prior and a record with errors of their own (randomised maximum likelihood: Kitanidis
        1995; Oliver, He and Reynolds 1996), by the tangent-linear model.
        """
        derivatives, gain, _ = self._linear(found.kernels, found.runs)
        prior = self.latent.sample(number, self._rng)
        errors = self._rng.standard_normal((number, len(self._seen))) * self._errors(found.runs)
        deviations = prior - (prior @ derivatives.T + errors) @ gain.T
        return np.asarray(found.best + deviations - deviations.mean(axis=0))

    def outputs_of(self, files: Sequence[Path]) -> Array:
        """Return what runs have for the record, shape (n, k)."""
        return np.array([self._record.simulated(read(file)) for file in files])

    def outputs(self, points: Sequence[Array] | Array, first: int) -> Array:
        """Run at points, with luck of their own; return what runs have for the record, shape (n, k)."""
        return self.outputs_of(self._files(points, first))

    def misfit(self, runs: Sequence[xr.Dataset]) -> float:
        """Return the root mean square of residuals of the mean of runs, in error scales."""
        outputs = np.mean([self._record.simulated(run) for run in runs], axis=0)
        residual = (self._logs(outputs, runs) - self._logs(self._seen, runs)) / self._errors(runs)
        return float(np.sqrt(np.mean(residual**2)))

    def _linear(self, kernels: Kernels, runs: Sequence[xr.Dataset]) -> tuple[Array, Array, Array]:
        """Return derivatives, shape (k, d), the gain, shape (d, k), and the logs of runs, shape (k,)."""
        outputs = np.mean([self._record.simulated(run) for run in runs], axis=0)
        logs, seen = self._logs(outputs, runs), self._logs(self._seen, runs)
        floor = self._record.floors(self._persons(runs))
        derivatives = self._tangent.matrix(kernels, Flows.of(runs), logs, seen, floor)
        spread = self.latent.spread(derivatives)
        total = spread @ derivatives.T + np.diag(self._errors(runs) ** 2)
        return derivatives, cho_solve(cho_factor(total), spread).T, logs

    def _persons(self, runs: Sequence[xr.Dataset]) -> float:
        """Return persons for whom one agent stands, all runs together."""
        return float(runs[0].attrs["persons_per_agent"]) / len(runs)

    def _logs(self, values: Array, runs: Sequence[xr.Dataset]) -> Array:
        return self._record.logs(values, self._persons(runs))

    def _errors(self, runs: Sequence[xr.Dataset]) -> Array:
        return self._record.errors(self._persons(runs))

    def _files(self, points: Sequence[Array] | Array, first: int) -> list[Path]:
        plan, done = self._plan, self._done
        members = [
            Member(plan.scenario, plan.seed + first + row, plan.agents, plan.until,
                   {**plan.parameters, **self.latent.values(point)})
            for row, point in enumerate(points)
        ]  # fmt: skip

        def told(now: int, _: int) -> None:
            if self._progress is not None:
                self._progress(done + now, plan.runs)

        files = compute(members, self._folder, self._workers, told)
        self._done += len(members)
        return files

    def _run(self, points: Sequence[Array] | Array, first: int) -> list[xr.Dataset]:
        return [read(file) for file in self._files(points, first)]
