"""Summaries of targets that are most informative about parameters (semi-automatic ABC, Fearnhead and Prangle 2012).

More than a hundred targets are too many for a distance: noise in the uninformative ones hides the others. A ridge
regression of parameters on emulated targets with observation errors gives one summary per parameter: its expectation
given the targets, if everything were linear.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from corridor.calibration.emulator import Emulator
from corridor.calibration.priors import spread_out

Array = NDArray[np.float64]
POINTS = 4096
PENALTY = 10.0


@dataclass(frozen=True)
class Projection:
    """From targets to summaries.

    Attributes
    ----------
    centre : ndarray of float, shape (k,)
    spread : ndarray of float, shape (k,)
    weights : ndarray of float, shape (k, d)
    """

    centre: Array
    spread: Array
    weights: Array

    @classmethod
    def fit(cls, emulator: Emulator, scale: Array, seed: int = 0) -> Projection:
        """Fit to emulated runs that fill the priors.

        Parameters
        ----------
        emulator : Emulator
        scale : ndarray of float, shape (k,)
            Error of observation of each target, standard deviation.
        seed : int
        """
        rng = np.random.default_rng(seed)
        points = np.clip(spread_out(POINTS, seed, emulator.points.shape[1]), 1e-4, 1 - 1e-4)
        luck = emulator.errors[rng.integers(len(emulator.errors), size=POINTS)]
        targets = emulator.mean(points) + luck + scale * rng.standard_normal((POINTS, len(scale)))
        centre, spread = targets.mean(axis=0), targets.std(axis=0)
        design = (targets - centre) / spread
        gram = design.T @ design + PENALTY * np.eye(design.shape[1])
        return cls(centre, spread, np.linalg.solve(gram, design.T @ ndtri(points)))

    def __call__(self, targets: Array) -> Array:
        """Return summaries, shape (d,), of log targets, shape (k,)."""
        return ((targets - self.centre) / self.spread) @ self.weights
