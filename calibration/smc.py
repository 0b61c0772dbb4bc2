"""Approximate Bayesian computation by sequential Monte Carlo (pyABC), resumable.

Parameters are proposed as normal scores of the unit cube of their priors, so that proposals never fall outside.
Distances are adapted to the spread of simulated summaries in every generation (Prangle 2017).
"""

from __future__ import annotations

import logging
import tempfile
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr

from corridor.model.errors import InvalidInput

Array = NDArray[np.float64]
Model = Callable[[Array], Array]
"""From a point of the unit cube to summaries."""


def _quietly() -> Any:
    """Import pyABC without its log messages."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pyabc
    logging.getLogger("ABC").setLevel(logging.ERROR)
    return pyabc


def _normal_scores(pyabc: Any, names: Sequence[str]) -> Any:
    """Return independent standard normal priors; one joint density is twice as fast as pyABC's product of many."""

    class NormalScores(pyabc.Distribution):
        def rvs(self, *_: Any, **__: Any) -> Any:
            draws = np.random.standard_normal(len(self)).tolist()
            return pyabc.Parameter(dict(zip(self.keys(), draws, strict=True)))

        def pdf(self, x: Any) -> float:
            scores = np.array([x[name] for name in self])
            return float(np.exp(-0.5 * scores @ scores) * (2.0 * np.pi) ** (-len(scores) / 2))

    return NormalScores(**{name: pyabc.RV("norm", 0, 1) for name in names})


def infer(
    model: Model,
    seen: Array,
    names: Sequence[str],
    *,
    database: Path | None = None,
    population: int = 200,
    generations: int = 6,
    simulations: float = np.inf,
    workers: int = 1,
    seed: int = 0,
) -> tuple[pd.DataFrame, Array, pd.DataFrame]:
    """Return a weighted sample of the posterior.

    Parameters
    ----------
    model : callable
        From a point of the unit cube, shape (d,), to summaries, shape (k,), with all randomness that data have.
    seen : ndarray of float, shape (k,)
    names : sequence of str, length d
    database : Path, optional
        pyABC's History; a run that was stopped goes on from its last whole generation.
    population, generations : int
    simulations : float
        Most evaluations of the model in all.
    workers : int
        Local processes; with one, the same seed gives the same result.
    seed : int

    Returns
    -------
    points : DataFrame, shape (population, d), in the unit cube
    weights : ndarray of float, shape (population,), sum 1
    generations : DataFrame
        One row a generation: ``t, epsilon, samples`` (simulations), and more; row -1 is pyABC's calibration.

    Raises
    ------
    InvalidInput
        If the weights of all particles underflow, as they do in some dozens of dimensions.
    """
    pyabc = _quietly()
    np.random.seed(seed)  # pyABC draws from NumPy's global state
    labels = [f"s{i}" for i in range(len(seen))]
    prior = _normal_scores(pyabc, names)
    sampler = (
        pyabc.sampler.SingleCoreSampler()
        if workers == 1
        else pyabc.sampler.MulticoreEvalParallelSampler(n_procs=workers)
    )

    def simulate(parameters: Any) -> dict[str, float]:
        summary = model(ndtr(np.array([parameters[name] for name in names])))
        return dict(zip(labels, summary.tolist(), strict=True))

    abc = pyabc.ABCSMC(
        simulate,
        prior,
        pyabc.AdaptivePNormDistance(p=2),
        population_size=population,
        eps=pyabc.QuantileEpsilon(alpha=0.5),
        sampler=sampler,
    )
    with tempfile.TemporaryDirectory() as scratch:
        file = database or Path(scratch) / "history.db"
        storage, known = f"sqlite:///{file}", dict(zip(labels, seen.tolist(), strict=True))
        done = 0
        if file.exists():
            abc.load(storage)
            done = abc.history.max_t + 1
        else:
            abc.new(storage, known)
            abc.history.stores_sum_stats = database is not None  # needed only to go on, and slow to write
        if done < generations:
            try:
                abc.run(max_nr_populations=generations - done, max_total_nr_simulations=simulations)
            except AssertionError:
                allowed = f"0: in {len(names)} dimensions the weights of pyABC's particles are no numbers"
                raise InvalidInput("calibrate", "generations", generations, allowed) from None
        points, weights = abc.history.get_distribution()
        steps = abc.history.get_all_populations()
    unit = pd.DataFrame(ndtr(points[list(names)].to_numpy(float)), columns=list(names))
    return unit, np.asarray(weights, dtype=float), steps
