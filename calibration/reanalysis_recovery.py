"""Recovery of known latent series by the reanalysis, from a record simulated with them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from corridor.calibration.reanalyse import plan_of
from corridor.calibration.reanalysis import Estimation
from corridor.calibration.record import Record
from corridor.calibration.settings import ReanalyseSettings
from corridor.calibration.tangent import Kernels
from corridor.experiments.runs import engine
from corridor.experiments.runs.run import OnProgress

DRAWS = 200
"""Number of series drawn for the intervals; they need no runs."""
_TRUTH = 177
"""Offset added to the seed for the truth; `reanalysis.INFLATION` was found on that of 77."""


def recover(settings: ReanalyseSettings, kernels: Kernels, progress: OnProgress | None = None) -> pd.DataFrame:
    """Estimate known latent series, drawn from the prior.

    Parameters
    ----------
    settings : ReanalyseSettings
        Of the reanalysis; half as many agents are taken.
    kernels : Kernels
        Which that has learnt.
    progress : callable, optional
        Called with runs done and runs in all.

    Returns
    -------
    DataFrame
        The table of `Latent` with ``truth, low, high`` (central 90 %) and ``inside``.
    """
    plan, record = plan_of(settings)
    plan = replace(plan, draws=0, agents=plan.agents // 2)
    folder = Path(settings.results) / "members"
    with engine.workers(settings.compute.processes) as client:
        teacher = Estimation(plan, record, folder, client, progress)
        truth = teacher.latent.sample(1, np.random.default_rng(settings.seed + _TRUTH))[0]
        made = synthetic(record, teacher.outputs([truth] * plan.seeds, 20_000).mean(axis=0), settings.seed + _TRUTH + 1)
        learner = Estimation(plan, made, folder, client, progress)
        found = learner.draw(learner.search(kernels), DRAWS)
    low, high = np.quantile(found, [0.05, 0.95], axis=0)
    inside = (low <= truth) & (truth <= high)
    return teacher.latent.table.assign(truth=truth, low=low, high=high, inside=inside)


def synthetic(record: Record, values: np.ndarray[tuple[int, ...], np.dtype[np.float64]], seed: int) -> Record:
    """Return a record of values perturbed by its own recording errors."""
    noise = np.random.default_rng(seed).standard_normal(values.size) * record.table["scale"].to_numpy(float)
    seen = np.maximum(np.exp(record.logs(values) + noise) - record.floors(0.0), 0.0)
    late = seen[len(seen) - len(record.wanted) :]
    return Record(record.table.assign(observed=seen), record.wanted.assign(observed=late))
