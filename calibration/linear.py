"""A linear model of residuals over the points of a search, and the point with its smallest loss.

A single run is noisy, and the best of many noisy runs is best partly by chance. A linear regression over all trials
averages out this noise; the point that minimises the predicted squares (one Gauss-Newton step) uses all of them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
PENALTIES = (0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
"""Ridge penalties among which leave-one-out prediction chooses."""


def least_loss(points: Array, residuals: Array, pull: float) -> Array:
    """Return the point that minimises the squares of a linear model of the residuals plus a penalty towards zero.

    Parameters
    ----------
    points : ndarray of float, shape (n, d)
        In standard deviations of priors, zero at their medians.
    residuals : ndarray of float, shape (n, k)
        Weighted, so that their sum of squares is the loss.
    pull : float
        Weight of the mean square of a point's coordinates.

    Returns
    -------
    ndarray of float, shape (d,)
        Within what was tried: no coordinate beyond the outermost of the points.
    """
    design = np.column_stack([np.ones(len(points)), points])
    penalty = min(PENALTIES, key=lambda each: _left_out(design, residuals, each))
    constant, *slopes = np.linalg.solve(_normal(design, penalty), design.T @ residuals)
    effects = np.array(slopes)
    normal = effects @ effects.T + pull / len(effects) * np.eye(len(effects))
    found = np.linalg.solve(normal, -effects @ constant)
    return np.asarray(np.clip(found, points.min(axis=0), points.max(axis=0)))


def _normal(design: Array, penalty: float) -> Array:
    """Return the normal matrix of a ridge regression with an unpenalised constant."""
    return np.asarray(design.T @ design + penalty * np.diag([0.0] + [1.0] * (design.shape[1] - 1)))


def _left_out(design: Array, residuals: Array, penalty: float) -> float:
    """Return the leave-one-out sum of squared prediction errors, in closed form."""
    hat = design @ np.linalg.solve(_normal(design, penalty), design.T)
    errors = (residuals - hat @ residuals) / (1 - np.diag(hat))[:, None]
    return float((errors**2).sum())
