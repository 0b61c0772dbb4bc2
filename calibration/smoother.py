"""Ensemble smoother with multiple data assimilation (ES-MDA, Emerick and Reynolds 2013).

An ensemble of parameter values is moved towards the data in a few rounds, by the ensemble covariances of parameters and
simulated targets, with observation errors inflated so that all rounds together use the data once. It needs so few runs
that the simulation itself can be used without an emulator. The method is exact for linear models with normal errors and
an approximation otherwise; the recovery of known parameters (`corridor.calibration.recovery`) shows its accuracy.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from corridor.calibration.priors import EDGE

Array = NDArray[np.float64]
Model = Callable[[Array], Array]
"""From points of the unit cube, shape (n, d), to log targets of one run at each, shape (n, k)."""
CHANCE = 4.0
"""F statistic up to which a correlation is attributed to chance: about its 5 % point.

Chosen by recovery of known truths on synthetic data, before the real data were fitted: with 1 the 90 % intervals
covered too few of them; docs/validation.md reports the coverage with 4.
"""


def smooth(model: Model, points: Array, seen: Array, scale: Array, rounds: int, seed: int) -> tuple[Array, Array]:
    """Return draws of the posterior, with a run at each.

    Parameters
    ----------
    model : callable
    points : ndarray of float, shape (n, d)
        Draws of the prior in the unit cube.
    seen : ndarray of float, shape (k,)
        Observed log targets.
    scale : ndarray of float, shape (k,)
        Error of observation, standard deviation of the log.
    rounds : int
    seed : int

    Returns
    -------
    points : ndarray of float, shape (n, d)
    outputs : ndarray of float, shape (n, k)
    """
    rng = np.random.default_rng(seed)
    outputs = model(points)
    for _ in range(rounds):
        points = assimilate(points, outputs, seen, scale * np.sqrt(rounds), rng)
        outputs = model(points)
    return points, outputs


def assimilate(points: Array, outputs: Array, seen: Array, scale: Array, rng: np.random.Generator) -> Array:
    """Return the ensemble after one round: shifted by its regression on the difference between data and runs.

    Parameters
    ----------
    points : ndarray of float, shape (n, d), in the unit cube
    outputs : ndarray of float, shape (n, k)
    seen, scale : ndarray of float, shape (k,)
        Data, and their error in this round.
    rng : Generator
        Of the errors with which each member sees the data.
    """
    scores = ndtri(np.clip(points, EDGE, 1 - EDGE))
    n = len(points)
    moved, simulated = scores - scores.mean(axis=0), (outputs - outputs.mean(axis=0)) / scale
    left, spread, axes = np.linalg.svd(simulated, full_matrices=False)
    across = _without_chance(moved, left) * (moved.T @ left) * spread / (n - 1)
    gain = across / (spread**2 / (n - 1) + 1.0)
    difference = (seen - outputs) / scale + rng.standard_normal(outputs.shape)
    return np.asarray(ndtr(scores + difference @ axes.T @ gain.T))


def _without_chance(left: Array, right: Array) -> Array:
    """Return the share of each covariance, shape (d, k), that is not attributed to chance in a small ensemble.

    This is the positive part of 1 - CHANCE/F, with F the statistic of the correlation: 0 where it may be chance, near 1
    where it is clear. Without it, chance correlations with a hundred targets would narrow the ensemble uninformatively.
    Columns of ``right`` are principal components of the runs, which are uncorrelated. Targets are correlated: a reduced
    covariance with one of them would no longer be balanced by that with the next.
    """
    n = len(left)
    squares = np.outer((left**2).sum(axis=0), (right**2).sum(axis=0))
    explained = np.clip((left.T @ right) ** 2 / np.maximum(squares, 1e-300), 1e-12, 1 - 1e-12)
    return np.asarray(np.maximum(1.0 - CHANCE * (1.0 - explained) / (explained * (n - 2)), 0.0))
