"""Which package holds up whatever the future brings: regret, satisficing, and the futures in which a package fails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.ensemble_store import EnsembleStore
from experiments.metrics import METRICS
from model.errors import InvalidInput

FUTURE = ["scenario", "future", "sample"]
"""What makes a future: policies are compared within it."""
Z = 1.6449
"""Of a 90 % interval."""


def futures(table: pd.DataFrame, outcomes: Sequence[str]) -> pd.DataFrame:
    """Return mean outcomes of each policy in each future, over the seeds that all policies have.

    Parameters
    ----------
    table : DataFrame
        From `EnsembleStore.table`.
    outcomes : sequence of str

    Returns
    -------
    DataFrame
        Index ``scenario, future, sample``; columns (outcome, policy). A future that a policy lacks is left out.
    """
    known = [metric.name for metric in METRICS]
    for name in outcomes:
        if name not in known:
            raise InvalidInput("robust", "outcome", name, ", ".join(known))
    wide = table.pivot(index=[*FUTURE, "seed"], columns="policy", values=list(outcomes)).dropna()
    order = pd.unique(table["policy"])
    return wide.groupby(FUTURE).mean().reindex(columns=order, level="policy")


def regret(means: pd.DataFrame) -> pd.DataFrame:
    """Return how far each policy falls behind the best one of each future.

    Parameters
    ----------
    means : DataFrame
        From `futures`; all outcomes are better when lower.

    Returns
    -------
    DataFrame
        One row an outcome and policy: ``mean``, ``p90`` and ``largest`` regret over futures (in the outcome's unit),
        ``best_share`` (futures in which no policy does better), ``futures``. The policy with the smallest ``largest``
        is the minimax regret choice of Savage (1951).
    """
    rows = []
    for outcome in means.columns.unique(0):
        values = means[outcome]
        losses = values.sub(values.min(axis=1), axis=0)
        for policy in values:
            loss = losses[policy]
            row = {
                "outcome": outcome,
                "policy": policy,
                "mean": float(loss.mean()),
                "p90": float(loss.quantile(0.9)),
                "largest": float(loss.max()),
                "best_share": float((loss == 0).mean()),
                "futures": len(loss),
            }
            rows.append(row)
    return pd.DataFrame(rows)


def holds(means: pd.DataFrame, thresholds: Mapping[str, float]) -> pd.DataFrame:
    """Return in which futures each policy meets every threshold.

    Parameters
    ----------
    means : DataFrame
        From `futures`; the first policy is the baseline.
    thresholds : mapping of str to float
        Outcome to the largest change against the baseline of the same future that is accepted, as a share: -0.1 means
        a tenth lower at least, 0.2 a fifth higher at most.

    Returns
    -------
    DataFrame of bool
        One row a future, one column a policy.
    """
    met = []
    for outcome, share in thresholds.items():
        values = means[outcome]
        met.append(values.le(values.iloc[:, 0] * (1 + share), axis=0))
    return pd.DataFrame(np.logical_and.reduce(met), index=means.index, columns=met[0].columns)


def satisficing(held: pd.DataFrame) -> pd.DataFrame:
    """Return the share of futures in which each policy meets every threshold.

    Parameters
    ----------
    held : DataFrame
        From `holds`.

    Returns
    -------
    DataFrame
        One row a policy: ``policy``, ``held`` (futures), ``futures``, ``share`` with ``low`` and ``high``: Wilson's
        (1927) 90 % interval, for futures drawn at random from the ranges. The ranges are not probabilities: nor is the
        share the chance that the package will do.
    """
    rows = []
    for policy in held:
        k, n = int(held[policy].sum()), len(held)
        low, high = wilson(k, n)
        rows.append({"policy": policy, "held": k, "futures": n, "share": k / n, "low": low, "high": high})
    return pd.DataFrame(rows)


def wilson(k: int, n: int) -> tuple[float, float]:
    """Return Wilson's 90 % interval of a share, k of n."""
    share, z2 = k / n, Z * Z
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z * np.sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))


def conditions(store: EnsembleStore, index: pd.MultiIndex) -> pd.DataFrame:
    """Return what each future is: its factors' values, and scenario and future where there are several.

    Parameters
    ----------
    store : EnsembleStore
    index : MultiIndex
        Futures, from `futures`.
    """
    plan = store.runs.drop_duplicates(FUTURE).set_index(FUTURE).loc[index]
    named = [name for name in ("scenario", "future") if store.runs[name].nunique() > 1]
    varied = [name for name in store.factors if plan[name].nunique() > 1]
    return pd.concat([plan[varied], index.to_frame()[named]], axis=1)


def fails(held: pd.DataFrame, policy: str) -> NDArray[np.bool_]:
    """Return in which futures a policy fails, shape (n_futures,)."""
    if policy not in held:
        raise InvalidInput("robust", "policy", policy, ", ".join(map(str, held)))
    return ~held[policy].to_numpy(bool)
