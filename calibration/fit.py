"""The fit: from a table of runs to a posterior, in stages that can each be interrupted and resumed.

1. *Design.* Points that fill the priors evenly are simulated.
2. *Rounds.* The ensemble smoother (`corridor.calibration.smoother`) moves them towards the data, with new simulations
   after each round. The points of the last round are draws of the posterior, each with its own run.
3. *Emulator*, learnt from all these runs: it replaces the simulation where a fit is repeated many times, to leave out
   targets, for `corridor.calibration.recovery`, and for pyABC's ABC-SMC, which is run for comparison.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from corridor.calibration import smc
from corridor.calibration.emulator import Emulator
from corridor.calibration.priors import spread_out, units, values
from corridor.calibration.projection import Projection
from corridor.calibration.reference import Reference
from corridor.calibration.smoother import smooth
from corridor.calibration.targets import BY_ORIGIN, PART, log_values
from corridor.experiments.runs.run import OnProgress

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Learnt:
    """An emulator and the targets with which it is compared.

    Attributes
    ----------
    names : tuple of str
        What is fitted.
    emulator : Emulator
    wanted : DataFrame
        From `targets.targets`.
    seen : ndarray of float, shape (k,)
        Observed summaries.
    scale : ndarray of float, shape (k,)
        Error scales.
    summarise : Projection
        From targets to what ABC compares.
    """

    names: tuple[str, ...]
    emulator: Emulator
    wanted: pd.DataFrame
    seen: Array
    scale: Array
    summarise: Projection

    @property
    def kinds(self) -> list[str]:
        """Quantity of each target."""
        return list(self.wanted.index.get_level_values("quantity"))

    def model(self, seed: int) -> Callable[[Array], Array]:
        """Return the model of the targets: an emulated run with chance and observation error."""
        rng = np.random.default_rng(seed)
        return lambda point: self.emulator.draw(point, rng) + self.scale * rng.standard_normal(len(self.scale))

    def smooth(self, members: int, rounds: int, seed: int) -> pd.DataFrame:
        """Return draws of the posterior in the unit cube by the ensemble smoother on emulated runs."""
        rng = np.random.default_rng(seed)
        start = spread_out(members, seed, len(self.names))
        points, _ = smooth(lambda found: self.emulator.runs(found, rng), start, self.seen, self.scale, rounds, seed)
        return pd.DataFrame(points, columns=list(self.names))

    def sequential(
        self, population: int, generations: int, seed: int, database: Path | None = None
    ) -> tuple[pd.DataFrame, Array, pd.DataFrame]:
        """Return a weighted posterior sample by ABC-SMC (pyABC), its weights, and the cost of each generation."""
        model = self.model(seed)
        return smc.infer(
            lambda point: self.summarise(model(point)),
            self.summarise(self.seen),
            self.names,
            database=database,
            population=population,
            generations=generations,
            seed=seed,
        )

    def without(self, routes: Collection[str], years: Collection[int]) -> Learnt:
        """Return the same without the targets of some routes in some years, and without entries and claims.

        Totals over all years include these years and are therefore left out, too.
        """
        index = self.wanted.index
        route = index.get_level_values("unit").str.split(PART).str[0]
        hit = route.isin(list(routes)) & index.get_level_values("year").isin(list(years))
        keep = ~(hit | index.get_level_values("quantity").isin(BY_ORIGIN))
        emulator = self.emulator
        part = Emulator(
            emulator.points,
            emulator.weights[:, keep],
            emulator.centre[keep],
            emulator.errors[:, keep],
            emulator.explained[keep],
        )
        scale = self.scale[keep]
        return Learnt(self.names, part, self.wanted[keep], self.seen[keep], scale, Projection.fit(part, scale))


def summaries(reference: Reference) -> tuple[Array, Array]:
    """Return points of the unit cube, shape (n, d), and log targets, shape (n, k), of all runs of a table."""
    records = [{str(name): value for name, value in row.items()} for row in reference.rows()[0].to_dict("records")]
    points = np.array([units(row, reference.names) for row in records]).reshape(-1, len(reference.names))
    return points, reference.logs(records)


def learn(reference: Reference) -> Learnt:
    """Return an emulator fitted to all runs of a table."""
    points, logs = summaries(reference)
    wanted = reference.wanted
    seen = log_values(wanted["observed"], wanted, reference.persons_per_agent)
    emulator, scale = Emulator.fit(points, logs), wanted["scale"].to_numpy(float)
    return Learnt(reference.names, emulator, wanted, seen, scale, Projection.fit(emulator, scale))


def gather(
    reference: Reference, members: int, rounds: int, seed: int, workers: int, progress: OnProgress | None
) -> tuple[pd.DataFrame, Array]:
    """Simulate a design and move it towards the data in rounds; runs already in the table are not repeated.

    Parameters
    ----------
    reference : Reference
    members, rounds : int
        Runs of a round; rounds after the design.
    seed, workers : int
    progress : callable, optional

    Returns
    -------
    points : DataFrame, shape (members, d)
        Draws of the posterior in the unit cube.
    outputs : ndarray of float, shape (members, k)
        Log targets of a run at each.
    """
    wanted, names = reference.wanted, reference.names

    def model(points: Array) -> Array:
        named = [values(point, names) for point in points]
        reference.extend(named, workers, progress)
        return reference.logs(named)

    seen = log_values(wanted["observed"], wanted, reference.persons_per_agent)
    points, outputs = smooth(
        model, spread_out(members, seed, len(names)), seen, wanted["scale"].to_numpy(float), rounds, seed
    )
    return pd.DataFrame(points, columns=list(names)), outputs


def loss(outputs: Array, seen: Array, wanted: pd.DataFrame) -> Array:
    """Return the mean over kinds of target of the mean squared error in error scales, shape (n,).

    Parameters
    ----------
    outputs : ndarray of float, shape (n, k)
    seen : ndarray of float, shape (k,)
    wanted : DataFrame, k rows
    """
    errors = pd.DataFrame(((outputs - seen) / wanted["scale"].to_numpy(float)) ** 2)
    by_kind = errors.T.groupby(wanted.index.get_level_values("quantity")).mean()
    return by_kind.mean().to_numpy(float)


def draws(points: pd.DataFrame, n: int, seed: int) -> pd.DataFrame:
    """Return at most ``n`` equally likely points as parameter values, to four significant digits."""
    chosen = points.sample(min(n, len(points)), random_state=seed)
    rows = [values(point, list(points.columns)) for point in chosen.to_numpy(float)]
    return pd.DataFrame(rows).map(lambda value: float(f"{value:.4g}"))


def contraction(points: pd.DataFrame) -> pd.DataFrame:
    """Measure the contraction of each parameter by the data.

    Returns
    -------
    DataFrame
        Index ``parameter``; ``contraction`` (1 minus the posterior's variance over the prior's, on the unit cube),
        ``low``, ``median``, ``high`` (5, 50, 95 % of the posterior, in the parameter's unit).
    """
    rows = {}
    quantiles = points.quantile([0.05, 0.5, 0.95]).to_numpy(float)
    ends = [values(quantile, list(points.columns)) for quantile in quantiles]
    for name in points.columns:
        low, median, high = (end[name] for end in ends)
        spread = 1.0 - 12.0 * float(points[name].var())
        rows[name] = {"contraction": spread, "low": low, "median": median, "high": high}
    return pd.DataFrame(rows).T.rename_axis("parameter")
