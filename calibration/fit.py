"""The fit: from a table of runs to a posterior, in stages that each can be stopped and taken up.

1. *Design.* Points that fill the priors evenly are simulated.
2. *Rounds.* An emulator learns from all runs so far; a point fit (Optuna, CMA-ES) and a quick ABC on it propose where
   the data point to; these proposals are simulated and added.
3. *Posterior.* ABC with the last emulator as the model, its own error and that of the observations added: by rejection,
   and for comparison by ABC-SMC (pyABC).
4. *Recovery*, beside all this: the same inference on synthetic data of known parameters (`calibration.recovery`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from calibration import smc
from calibration.emulator import Emulator
from calibration.members import Progress
from calibration.priors import FREE, spread_out, units, values
from calibration.projection import Projection
from calibration.reference import Reference
from calibration.rejection import closest, emulated
from calibration.targets import log_values

Array = NDArray[np.float64]
POINT_TRIALS = 1500


@dataclass(frozen=True)
class Learnt:
    """An emulator beside what it is compared with.

    Attributes
    ----------
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
        """Return the model of the targets: an emulated run, with its luck and the error of observation."""
        rng = np.random.default_rng(seed)
        return lambda point: self.emulator.draw(point, rng) + self.scale * rng.standard_normal(len(self.scale))

    def reject(self, seed: int) -> tuple[pd.DataFrame, float]:
        """Return equally likely draws of the posterior in the unit cube by rejection, and the distance up to which."""
        points, summaries = emulated(self.emulator, self.summarise, self.scale, seed)
        kept, distance = closest(summaries, self.summarise(self.seen))
        return pd.DataFrame(points[kept], columns=list(FREE)), distance

    def sequential(
        self, population: int, generations: int, seed: int, database: Path | None = None
    ) -> tuple[pd.DataFrame, Array, pd.DataFrame]:
        """Return a weighted posterior sample by ABC-SMC (pyABC), its weights, and what each generation took."""
        model = self.model(seed)
        return smc.infer(
            lambda point: self.summarise(model(point)),
            self.summarise(self.seen),
            FREE,
            database=database,
            population=population,
            generations=generations,
            seed=seed,
        )

    def without(self, routes: Collection[str], years: Collection[int]) -> Learnt:
        """Return the same without the targets of some routes in some years, and without entries and claims.

        Totals over all years hold what happened in those years too, so they are left out with them.
        """
        index = self.wanted.index
        hit = index.get_level_values("unit").isin(list(routes)) & index.get_level_values("year").isin(list(years))
        keep = ~(hit | index.get_level_values("quantity").isin(["entries", "claims"]))
        emulator = self.emulator
        part = Emulator(
            emulator.points,
            emulator.weights[:, keep],
            emulator.centre[keep],
            emulator.errors[:, keep],
            emulator.explained[keep],
        )
        scale = self.scale[keep]
        return Learnt(part, self.wanted[keep], self.seen[keep], scale, Projection.fit(part, scale))


def summaries(reference: Reference) -> tuple[Array, Array]:
    """Return points of the unit cube, shape (n, d), and log targets, shape (n, k), of all runs of a table."""
    table, raw = reference.rows()
    points = np.array(
        [units({str(name): value for name, value in row.items()}) for row in table[list(FREE)].to_dict("records")]
    ).reshape(-1, len(FREE))
    wanted = reference.wanted
    logs = [log_values(pd.Series(row, index=wanted.index), wanted, reference.persons_per_agent) for row in raw]
    return points, np.array(logs)


def learn(reference: Reference) -> Learnt:
    """Return an emulator of all runs that a table has."""
    points, logs = summaries(reference)
    wanted = reference.wanted
    seen = log_values(wanted["observed"], wanted, reference.persons_per_agent)
    emulator, scale = Emulator.fit(points, logs), wanted["scale"].to_numpy(float)
    return Learnt(emulator, wanted, seen, scale, Projection.fit(emulator, scale))


def point_fit(learnt: Learnt, seed: int, trials: int = POINT_TRIALS) -> tuple[Array, float]:
    """Return the point of the unit cube whose emulated targets are closest to the observed, and its loss.

    The loss is the mean over kinds of target of the mean squared error in error scales (Optuna, CMA-ES).
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    kinds = pd.Series(learnt.kinds)

    def loss(trial: optuna.Trial) -> float:
        point = np.array([trial.suggest_float(name, 0.0, 1.0) for name in FREE])
        error = (learnt.emulator.mean(point[None, :])[0] - learnt.seen) / learnt.scale
        return float(pd.Series(error**2).groupby(kinds).mean().mean())

    study = optuna.create_study(sampler=optuna.samplers.CmaEsSampler(seed=seed))
    study.optimize(loss, n_trials=trials)
    return np.array([study.best_params[name] for name in FREE]), float(study.best_value)


def gather(
    reference: Reference, design: int, rounds: int, each: int, seed: int, workers: int, progress: Progress | None
) -> None:
    """Fill a reference table: design first, then rounds of proposals from what has been learnt.

    Parameters
    ----------
    reference : Reference
        Runs that it has already are not computed again.
    design, rounds, each : int
        Points that fill the priors; rounds; proposals in a round.
    seed, workers : int
    progress : callable, optional
    """
    reference.extend([values(point) for point in spread_out(design, seed)], workers, progress)
    for number in range(rounds):
        if len(reference.rows()[0]) >= design + (number + 1) * each:
            continue
        learnt = learn(reference)
        best, _ = point_fit(learnt, seed + number)
        found, _ = learnt.reject(seed + number)
        short = design + (number + 1) * each - len(reference.rows()[0])
        proposed = found.sample(short - 1, random_state=seed).to_numpy(float)
        reference.extend([values(point) for point in [best, *proposed]], workers, progress)


def draws(points: pd.DataFrame, n: int, seed: int) -> pd.DataFrame:
    """Return at most ``n`` of equally likely points as parameter values, four significant digits."""
    chosen = points.sample(min(n, len(points)), random_state=seed)
    rows = [values(point) for point in chosen.to_numpy(float)]
    return pd.DataFrame(rows).map(lambda value: float(f"{value:.4g}"))


def contraction(points: pd.DataFrame) -> pd.DataFrame:
    """Return how far the data narrow each parameter.

    Returns
    -------
    DataFrame
        Index ``parameter``; ``contraction`` (1 minus the posterior's variance over the prior's, on the unit cube),
        ``low``, ``median``, ``high`` (5, 50, 95 % of the posterior, in the parameter's unit).
    """
    rows = {}
    quantiles = points.quantile([0.05, 0.5, 0.95]).to_numpy(float)
    ends = [values(quantile) for quantile in quantiles]
    for name in FREE:
        low, median, high = (end[name] for end in ends)
        spread = 1.0 - 12.0 * float(points[name].var())
        rows[name] = {"contraction": spread, "low": low, "median": median, "high": high}
    return pd.DataFrame(rows).T.rename_axis("parameter")
