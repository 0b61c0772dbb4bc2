"""Reanalysis: the simulation conditioned on all observations.

The method follows weather services (incremental 4D-Var with an ensemble of data assimilations). The most probable
latent series (`corridor.calibration.latent`) are found in rounds. Each round runs the simulation with the present
series and updates them from the residuals of the record, weighed against the prior, with a simplified tangent-linear
model of the simulation (`corridor.calibration.tangent`) that is estimated on a first ensemble. Draws around the result
assimilate the record with perturbed recording errors; each has its own seed, so that the result holds for any seed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from distributed import Client
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.ndimage import gaussian_filter1d

from corridor.calibration.latent import ROUTE, Latent
from corridor.calibration.members import compute, member
from corridor.calibration.record import Record
from corridor.calibration.tangent import Flows, Kernels, Tangent
from corridor.calibration.targets import PART
from corridor.experiments.runs.run import OnProgress
from corridor.experiments.runs.store import read_netcdf
from corridor.scenarios import load

Array = NDArray[np.float64]
STEP = 0.5
"""Damping of a round."""
LONGEST = 1.0
"""Maximum change of a value in a round, log points or utils: farther away, the linear model is unreliable."""
STRETCH, FORGETTING, WEIGHT_OF_ONE = (0.5, 3.0), 0.7, 1.0
"""Bounds of the factors of `Secant`, the weight of a round in the next, and the initial weight of a factor of one, log
points squared."""
LAST = 4
"""Number of final rounds over which latent series are averaged, because each run is noisy."""
LEARNT_ON, ALONE = 24, 4
"""Number of runs of the first ensemble, and of runs without latent series, for comparison."""
CENTRED = 3
"""Rounds in which all draws are shifted together, undamped, by the residuals of the median of their runs. Its noise is
that of one run over the root of their number, and draws around a point are not centred if the simulation is not linear.
"""
LEVELLED, SMOOTHED = 2, 4.0
"""Rounds after these in which the utility of each route offsets the remaining excess of its detections, and standard
deviation of the smoothing, months: both assumed. The linear model tells how detections answer from month to month, and
little of their level: as series grow rougher from round to round, more people come than it foretells."""
INFLATION = 1.35
"""Factor by which deviations of draws are inflated (covariance inflation: Anderson and Anderson 1999), because a linear
model around a point found by noisy runs understates uncertainty. Estimated from the recovery of known truths, and
tested on others."""
EARLY = 4
"""Factor by which agents are reduced in the first ensemble and the first half of the rounds."""
LEARNT_SHARE = 0.4
"""Scale of the deviations of the first ensemble relative to the prior, so that responses are not to extremes."""
_IN_ROUNDS, _AT_DRAWS, _WITHOUT = 1000, 5000, 9000
"""Offsets added to the seed for the runs of each step."""


@dataclass(frozen=True)
class ReanalysisPlan:
    """The plan of a reanalysis: scenario, period and numbers of runs.

    Attributes
    ----------
    scenario : str
    until : date
        Last day of the last month that is assimilated; runs end there.
    agents : int
        Of each run at a draw, and in the second half of the rounds.
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
        """Total number of runs: first ensemble, rounds, draws, and mechanisms alone."""
        of_draws = (1 + CENTRED + LEVELLED) * self.draws + (ALONE if self.draws else 0)
        return LEARNT_ON + self.rounds * self.seeds + of_draws


@dataclass(frozen=True)
class Linear:
    """A linear model of the record's logs for the simulation around a point.

    Attributes
    ----------
    derivatives : ndarray of float, shape (k, d)
    spread : ndarray of float, shape (k, d)
        These, times the covariance of the prior.
    factor : tuple
        Cholesky factor of the covariance of the record's logs, of prior and errors together.
    logs : ndarray of float, shape (k,)
        What runs have at the point.
    persons : float
        For whom one agent stands, all runs together.
    """

    derivatives: Array
    spread: Array
    factor: tuple[Array, bool]
    logs: Array
    persons: float

    def answer(self, residuals: Array) -> Array:
        """Return the latent values, (d,) or (n, d), implied by residuals of the record's logs, shape (k,) or (n, k)."""
        return np.asarray(cho_solve(self.factor, residuals.T).T @ self.spread)


class Secant:
    """Ratio of the response of the simulation to that of the tangent-linear model, updated from round to round.

    There is one factor for each quantity and route: the slope of actual on predicted changes.

    Parameters
    ----------
    record : Record
    """

    def __init__(self, record: Record) -> None:
        route = record.table["unit"].str.split(PART).str[0]
        keys = record.table["quantity"] + route
        self._group = pd.factorize(keys)[0]
        self._sums = np.ones((2, self._group.max() + 1)) * WEIGHT_OF_ONE
        self._before: tuple[Array, Array, Array] | None = None

    def stretch(self, point: Array, logs: Array, derivatives: Array) -> Array:
        """Return the factor of each observation, shape (k,), updated with runs at one more point.

        Parameters
        ----------
        point : ndarray of float, shape (d,)
        logs : ndarray of float, shape (k,)
        derivatives : ndarray of float, shape (k, d)
            As the tangent-linear model has them, at this point.
        """
        if self._before is not None:
            earlier, had, slopes = self._before
            foreseen, seen = (slopes + derivatives) @ (point - earlier) / 2, logs - had
            for row, values in enumerate((foreseen * seen, foreseen * foreseen)):
                self._sums[row] = FORGETTING * self._sums[row] + np.bincount(self._group, values)
        self._before = point, logs, derivatives.copy()
        factors = np.clip(self._sums[0] / self._sums[1], *STRETCH)
        return np.asarray(factors[self._group])


@dataclass(frozen=True)
class Found:
    """Result of the search.

    Attributes
    ----------
    kernels : Kernels
    best : ndarray of float, shape (d,)
        The most probable latent series.
    around : Linear
        The simulation in the last round.
    misfits : list of float
        Root mean square of the record's residuals, in error scales, by round.
    """

    kernels: Kernels
    best: Array
    around: Linear
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
    files, files_alone : sequence of Path
        Where these runs are kept (`store.read_netcdf`).
    """

    latent: Latent
    found: Found
    points: Array
    outputs: Array
    alone: Array
    files: Sequence[Path]
    files_alone: Sequence[Path]


class Estimation:
    """The steps of a reanalysis.

    Parameters
    ----------
    plan : ReanalysisPlan
    record : Record
    folder : Path
        Where runs are kept; those computed before are read.
    workers : int or Client
        Runs computed at the same time, or what computes them in all rounds (`members.compute`).
    progress : callable, optional
        Called with runs done and runs in all.
    """

    def __init__(
        self,
        plan: ReanalysisPlan,
        record: Record,
        folder: Path,
        workers: int | Client = 1,
        progress: OnProgress | None = None,
    ) -> None:
        self._plan, self._record, self._folder, self._workers = plan, record, folder, workers
        self._progress, self._done = progress, 0
        corridor = load(plan.scenario)
        self.latent = Latent.of(corridor, plan.until, record.pairs)
        self._tangent = Tangent(corridor, self.latent, record)
        self._seen = record.table["observed"].to_numpy(float)
        self._rng = np.random.default_rng(plan.seed)

    def find(self) -> Reanalysis:
        """Run all steps: search, draw, and simulate at the draws and without latent series."""
        plan, found = self._plan, self.search()
        points = self.draw(found, plan.draws)
        moves = [self.centred] * CENTRED + [self.levelled] * LEVELLED
        for number, move in enumerate(moves):
            points = move(found, points, self._run(points, _AT_DRAWS + number * plan.draws))
        files = self._files(points, _AT_DRAWS + len(moves) * plan.draws)
        alone = self._files(np.zeros((ALONE, len(self.latent))), _WITHOUT)
        outputs = self.outputs_of(files), self.outputs_of(alone)
        return Reanalysis(self.latent, found, points, *outputs, files, alone)

    def search(self, kernels: Kernels | None = None) -> Found:
        """Search for the most probable latent series, starting from zero; kernels are estimated unless given."""
        plan, kernels = self._plan, kernels or self.learn()
        point = np.zeros(len(self.latent))
        past, misfits = [], []
        secant = Secant(self._record)
        for number in range(plan.rounds):
            early = EARLY if number < plan.rounds // 2 else 1
            runs = self._run([point] * plan.seeds, _IN_ROUNDS + number * plan.seeds, early)
            misfits.append(self.misfit(runs))
            around = self._linear(kernels, runs, secant, point)
            point = point + self._move(around, point, STEP)
            past.append(point)
        return Found(kernels, np.mean(past[-LAST:], axis=0), around, misfits)

    def learn(self) -> Kernels:
        """Estimate the response of detections on runs with latent series drawn from the prior."""
        points = LEARNT_SHARE * self.latent.sample(LEARNT_ON, self._rng)
        return self._tangent.fit(points, self._run(points, 0, EARLY))

    def _target(self, around: Linear, point: Array) -> Array:
        """Return the most probable point under the tangent-linear model around a point."""
        seen = self._record.logs(self._seen, around.persons)
        return around.answer(seen - around.logs + around.derivatives @ point)

    def _move(self, around: Linear, point: Array, share: float) -> Array:
        """Return the damped step of a round."""
        return np.clip(share * (self._target(around, point) - point), -LONGEST, LONGEST)

    def draw(self, found: Found, number: int, inflation: float = INFLATION) -> Array:
        """Return equally likely points around the best one, shape (number, d).

        Each is the most probable point for a perturbed prior and record under the tangent-linear model (randomised
        maximum likelihood: Kitanidis 1995; Oliver, He and Reynolds 1996).
        """
        around = found.around
        prior = self.latent.sample(number, self._rng)
        errors = self._rng.standard_normal((number, len(self._seen))) * self._record.errors(around.persons)
        deviations = prior - around.answer(prior @ around.derivatives.T + errors)
        return np.asarray(found.best + inflation * (deviations - deviations.mean(axis=0)))

    def centred(self, found: Found, points: Array, runs: Sequence[xr.Dataset]) -> Array:
        """Return draws after a common shift towards the most probable points, from the median of runs at them."""
        persons, centre = self._persons(runs), points.mean(axis=0)
        around = self._solved(found.around.derivatives, self._logs_of_median(runs), persons)
        return np.asarray(points + self._move(around, centre, 1.0))

    def levelled(self, found: Found, points: Array, runs: Sequence[xr.Dataset]) -> Array:
        """Return draws whose utility of each route offsets the excess of its detections in the median of runs.

        The excess, log points, is smoothed over months, and divided by what a util adds to detections when it has had
        its whole effect (`Kernels.utility`).
        """
        table, series = self._record.table, self.latent.table
        excess = self._logs_of_median(runs) - self._record.logs(self._seen, self._persons(runs))
        moved = points.copy()
        for route in series.loc[series["kind"] == ROUTE, "entity"].unique():
            months = np.flatnonzero((table["quantity"] == "detections_month") & (table["unit"] == route))
            if months.size:
                own = np.flatnonzero((series["kind"] == ROUTE) & (series["entity"] == route))
                smooth = gaussian_filter1d(np.clip(excess[months], -LONGEST, LONGEST), SMOOTHED, mode="nearest")
                moved[:, own] -= smooth / found.kernels.utility.sum()
        return moved

    def _logs_of_median(self, runs: Sequence[xr.Dataset]) -> Array:
        """Return the record's logs of the median of runs, shape (k,)."""
        median = np.median([self._record.simulated(run) for run in runs], axis=0)
        return self._record.logs(median, self._persons(runs))

    def outputs_of(self, files: Sequence[Path]) -> Array:
        """Return simulated values of the record, shape (n, k)."""
        return np.array([self._record.simulated(read_netcdf(file)) for file in files])

    def outputs(self, points: Sequence[Array] | Array, first: int) -> Array:
        """Run at points, each with its own seed; return simulated values of the record, shape (n, k)."""
        return self.outputs_of(self._files(points, first))

    def misfit(self, runs: Sequence[xr.Dataset]) -> float:
        """Return the root mean square residual of the mean of runs, in error scales."""
        outputs = np.mean([self._record.simulated(run) for run in runs], axis=0)
        residual = (self._logs(outputs, runs) - self._logs(self._seen, runs)) / self._errors(runs)
        return float(np.sqrt(np.mean(residual**2)))

    def _linear(self, kernels: Kernels, runs: Sequence[xr.Dataset], secant: Secant, point: Array) -> Linear:
        """Return a linear model of the simulation around runs at a point."""
        persons = self._persons(runs)
        outputs = np.mean([self._record.simulated(run) for run in runs], axis=0)
        logs, seen = (self._record.logs(values, persons) for values in (outputs, self._seen))
        derivatives = self._tangent.matrix(kernels, Flows.of(runs), logs, seen, self._record.floors(persons))
        derivatives *= secant.stretch(point, logs, derivatives)[:, None]
        return self._solved(derivatives, logs, persons)

    def _solved(self, derivatives: Array, logs: Array, persons: float) -> Linear:
        """Return a linear model prepared to map residuals to latent values."""
        spread = self.latent.spread(derivatives)
        # The largest product of all: seven digits are enough beside errors of recording.
        total = (spread.astype(np.float32) @ derivatives.T.astype(np.float32)).astype(float)
        total += np.diag(self._record.errors(persons) ** 2)
        return Linear(derivatives, spread, cho_factor(total), logs, persons)

    def _persons(self, runs: Sequence[xr.Dataset]) -> float:
        """Return the number of persons per agent of all runs together."""
        return float(runs[0].attrs["persons_per_agent"]) / len(runs)

    def _logs(self, values: Array, runs: Sequence[xr.Dataset]) -> Array:
        return self._record.logs(values, self._persons(runs))

    def _errors(self, runs: Sequence[xr.Dataset]) -> Array:
        return self._record.errors(self._persons(runs))

    def _files(self, points: Sequence[Array] | Array, first: int, fewer: int = 1) -> list[Path]:
        """Run at points with seeds from a number on and agents reduced by a factor; return the paths of the runs."""
        plan, done = self._plan, self._done
        agents = max(plan.agents // fewer, 1)
        members = [
            member(plan.scenario, plan.seed + first + row, agents, plan.until,
                   {**plan.parameters, **self.latent.values(point)})
            for row, point in enumerate(points)
        ]  # fmt: skip

        def told(now: int, _: int) -> None:
            if self._progress is not None:
                self._progress(done + now, plan.runs)

        files = compute(members, self._folder, self._workers, told)
        self._done += len(members)
        return files

    def _run(self, points: Sequence[Array] | Array, first: int, fewer: int = 1) -> list[xr.Dataset]:
        return [read_netcdf(file) for file in self._files(points, first, fewer)]
