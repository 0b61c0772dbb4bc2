"""Differences between policies: every metric of every policy beside the baseline, on equal seeds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from corridor.experiments.analysis.intervals import paired_interval, verdict
from corridor.experiments.analysis.metrics import METRICS


def paired_differences(values: xr.Dataset, baseline: str) -> pd.DataFrame:
    """Tabulate every metric of every policy with its paired difference to the baseline.

    Parameters
    ----------
    values : Dataset
        From `metrics.outcomes`, over ``policy`` and ``replicate``.
    baseline : str
        Policy to compare with.

    Returns
    -------
    DataFrame
        One row a policy and metric: ``baseline`` and ``value`` (means over the replicates that both have),
        ``difference``, ``low`` and ``high`` (interval), ``replicates``, ``verdict``.

    Notes
    -----
    The interval is that of `intervals.paired_interval`, over the differences of equal seeds.
    """
    rows = []
    for policy in values["policy"].to_numpy():
        for metric in METRICS:
            ours = values[metric.name].sel(policy=policy).to_numpy()
            theirs = values[metric.name].sel(policy=baseline).to_numpy()
            both = np.isfinite(ours) & np.isfinite(theirs)
            unit = values.attrs.get("persons_per_agent") if metric.unit == "persons" else None
            difference, low, high = paired_interval(ours[both] - theirs[both], unit)
            row = {
                "policy": str(policy),
                "metric": metric.name,
                "label": metric.label,
                "unit": metric.unit,
                "baseline": _mean(theirs[both]),
                "value": _mean(ours[both]),
                "difference": difference,
                "low": low,
                "high": high,
                "replicates": int(both.sum()),
                "verdict": verdict(metric.direction, difference, low, high),
            }
            rows.append(row)
    return pd.DataFrame(rows)


def _mean(values: np.ndarray) -> float:
    return float(np.mean(values)) if len(values) else np.nan
