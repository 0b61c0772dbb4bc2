"""An emulator: predicts the targets of the simulation from parameter values, learnt from a table of runs.

It is a kernel ridge regression with a quadratic kernel on the normal scores of the priors: constants, slopes, curvature
and all pairwise interactions are shrunk together. The residuals on held-out runs (higher-order curvature, chance of a
seed) are resampled and added back.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from corridor.calibration.priors import EDGE

Array = NDArray[np.float64]
PENALTIES = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
"""Ridge penalties among which cross-validation chooses."""
FOLDS = 8


def _kernel(left: Array, right: Array) -> Array:
    """Return inner products of all terms of normal scores up to the second degree, on a scale of two."""
    first, second = (ndtri(np.clip(points, EDGE, 1 - EDGE)) / 2.0 for points in (left, right))
    return np.asarray((1.0 + first @ second.T / 2.0) ** 2)


@dataclass(frozen=True)
class Emulator:
    """A fitted emulator.

    Attributes
    ----------
    points : ndarray of float, shape (n, d)
        Runs it has learnt from, in the unit cube.
    weights : ndarray of float, shape (n, k)
    centre : ndarray of float, shape (k,)
    errors : ndarray of float, shape (n, k)
        Of each run, predicted without it (cross-validation).
    explained : ndarray of float, shape (k,)
        Share of the variance of each output that is predicted for runs not seen.
    """

    points: Array
    weights: Array
    centre: Array
    errors: Array
    explained: Array

    @classmethod
    def fit(cls, points: Array, outputs: Array, seed: int = 0) -> Emulator:
        """Fit the emulator to runs.

        Parameters
        ----------
        points : ndarray of float, shape (n, d), in the unit cube
        outputs : ndarray of float, shape (n, k)
        seed : int
            Of the folds of the cross-validation.
        """
        fold = np.random.default_rng(seed).permutation(len(points)) % FOLDS
        spread = np.maximum(outputs.std(axis=0), 1e-9)
        errors = {penalty: _out_of_fold(points, outputs, fold, penalty) for penalty in PENALTIES}
        best = min(PENALTIES, key=lambda penalty: float(np.mean((errors[penalty] / spread) ** 2)))
        weights, centre = _solve(points, outputs, best)
        explained = 1.0 - (errors[best] ** 2).mean(axis=0) / spread**2
        return cls(points, weights, centre, errors[best], explained)

    def mean(self, points: Array) -> Array:
        """Return expected outputs, shape (m, k), at points of shape (m, d)."""
        return self.centre + _kernel(points, self.points) @ self.weights

    def runs(self, points: Array, rng: np.random.Generator) -> Array:
        """Return outputs of a run at each point of shape (m, d), including chance, shape (m, k)."""
        return self.mean(points) + self.errors[rng.integers(len(self.errors), size=len(points))]

    def draw(self, point: Array, rng: np.random.Generator) -> Array:
        """Return outputs of one run at a point of shape (d,), including chance, shape (k,)."""
        return self.mean(point[None, :])[0] + self.errors[rng.integers(len(self.errors))]


def _solve(points: Array, outputs: Array, penalty: float) -> tuple[Array, Array]:
    centre = outputs.mean(axis=0)
    gram = _kernel(points, points) + penalty * np.eye(len(points))
    return np.linalg.solve(gram, outputs - centre), centre


def _out_of_fold(points: Array, outputs: Array, fold: NDArray[np.int64], penalty: float) -> Array:
    errors = np.empty_like(outputs)
    for number in range(FOLDS):
        held = fold == number
        weights, centre = _solve(points[~held], outputs[~held], penalty)
        errors[held] = outputs[held] - centre - _kernel(points[held], points[~held]) @ weights
    return errors
