"""Ensemble smoother with multiple data assimilation (ES-MDA, Emerick and Reynolds 2013).

An ensemble of parameter values is moved towards the data in a few rounds, each time by the covariances between
parameters and simulated targets that the ensemble itself shows, with the errors of observation inflated so that all
rounds together use the data once. It needs so few runs that the simulation itself is asked and no emulator stands
between it and the posterior. Exact where model and errors are linear and normal, an approximation elsewhere: recovery
of known parameters (`corridor.calibration.recovery`) tells how good.
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
"""F statistic up to which a correlation is put down to chance: about its 5 % point.

Chosen by recovery of known truths on synthetic data, before the real data were fitted: with 1 the 90 % intervals
covered too few of them; what 4 covers is on docs/validation.md.
"""


def smooth(model: Model, points: Array, seen: Array, scale: Array, rounds: int, seed: int) -> tuple[Array, Array]:
    """Return draws of the posterior, and a run at each.

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
    """Return the ensemble after one round: moved by its regression on the difference between data and runs.

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
    """Return the share of each covariance, shape (d, k), that is not put down to the smallness of the ensemble.

    The positive part of 1 - CHANCE/F, with F the statistic of the correlation: 0 where it might be chance, near 1 where
    it is plain. Without it, chance correlations with a hundred targets narrow the ensemble with nothing learnt. Columns
    of ``right`` are principal components of the runs, which do not correlate with each other: targets do, and what is
    taken from the covariance with one of them would no longer be balanced by that with the next.
    """
    n = len(left)
    squares = np.outer((left**2).sum(axis=0), (right**2).sum(axis=0))
    explained = np.clip((left.T @ right) ** 2 / np.maximum(squares, 1e-300), 1e-12, 1 - 1e-12)
    return np.asarray(np.maximum(1.0 - CHANCE * (1.0 - explained) / (explained * (n - 2)), 0.0))
