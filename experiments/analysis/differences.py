"""Differences between policies: every metric of every policy against the baseline, on the same seeds."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from corridor.experiments.analysis.effects import ALL, effect_on, runs_of, with_arrivals


def paired_differences(values: xr.Dataset, baseline: str) -> pd.DataFrame:
    """Tabulate every metric of every policy with its effect against the baseline.

    Parameters
    ----------
    values : Dataset
        From `metrics.outcomes`, over ``policy`` and ``replicate``. Runs made before a metric was added lack it.
    baseline : str
        Policy to compare with.

    Returns
    -------
    DataFrame
        One row a policy and metric: ``policy, metric, label, unit``; ``baseline`` and ``value`` (means over the
        replicates that both have) and ``difference``; ``baseline_low, baseline_high`` (lowest and highest run);
        ``change, low, high, fell, rose, pairs, finding`` (from `effects.PolicyEffect`).
    """
    values = with_arrivals(values)
    metrics = [metric for metric in ALL if metric.name in values]
    rows = []
    for policy in values["policy"].to_numpy():
        for metric in metrics:
            ours, theirs = (runs_of(values, metric.name, name) for name in (str(policy), baseline))
            both = np.isfinite(ours) & np.isfinite(theirs)
            row = {
                "policy": str(policy),
                "metric": metric.name,
                "label": metric.label,
                "unit": metric.unit,
                "baseline": _over(np.mean, theirs[both]),
                "baseline_low": _over(np.min, theirs[both]),
                "baseline_high": _over(np.max, theirs[both]),
                "value": _over(np.mean, ours[both]),
                "difference": _over(np.mean, ours[both] - theirs[both]),
                **dataclasses.asdict(effect_on(values, str(policy), baseline, metric)),
            }
            rows.append(row)
    return pd.DataFrame(rows)


def _over(reduce: Callable[[NDArray[np.float64]], Any], values: NDArray[np.float64]) -> float:
    return float(reduce(values)) if len(values) else np.nan
