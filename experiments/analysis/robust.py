"""Robustness of packages across futures: regret, satisficing, and the futures in which a package fails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from corridor.experiments.analysis.discovery import Discovery, discover
from corridor.experiments.analysis.metrics import METRICS
from corridor.model.errors import InvalidInput

FUTURE = ["scenario", "future", "sample"]
"""Columns that define a future, within which policies are compared."""
DEFAULT_THRESHOLDS = {"deaths": 0.0, "victims": 0.0}
Z = 1.6449
"""Normal quantile of a 90 % interval."""


def futures(table: pd.DataFrame, outcomes: Sequence[str]) -> pd.DataFrame:
    """Return mean outcomes of each policy in each future, over the seeds common to all policies.

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
    """Tabulate the regret of each policy: its distance from the best one of each future.

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
        values = pd.DataFrame(means[outcome])
        losses = values.sub(values.min(axis="columns"), axis=0)
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
    """Return whether each policy meets every threshold in each future.

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
        values = pd.DataFrame(means[outcome])
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


def conditions(table: pd.DataFrame, factors: Sequence[str], index: pd.Index[Any]) -> pd.DataFrame:
    """Describe each future by its factors' values, and by scenario and future if there are several.

    Parameters
    ----------
    table : DataFrame
        From `EnsembleStore.table`.
    factors : sequence of str
        Columns that hold the factors.
    index : Index
        Futures, from `futures`.
    """
    plan = table.drop_duplicates(FUTURE).set_index(FUTURE).loc[index]
    named = [name for name in ("scenario", "future") if table[name].nunique() > 1]
    varied = [name for name in factors if plan[name].nunique() > 1]
    return pd.concat([plan[varied], index.to_frame()[named]], axis=1)


@dataclass(frozen=True)
class Robustness:
    """Result of `assess`: the thresholds, tables of `regret` and `satisficing`, and a discovery per package."""

    thresholds: dict[str, float]
    regret: pd.DataFrame
    satisficing: pd.DataFrame
    discoveries: list[Discovery]


def assess(
    table: pd.DataFrame,
    factors: Sequence[str],
    thresholds: Mapping[str, float] | None = None,
    outcomes: Sequence[str] = ("deaths", "victims", "cost_usd"),
) -> Robustness:
    """Assess how robust the policies of a study are against the first of them, the baseline.

    Parameters
    ----------
    table : DataFrame
        From `EnsembleStore.table`, of two policies or more.
    factors : sequence of str
        Columns that hold the factors: at least one, unless there are several futures.
    thresholds : mapping of str to float, optional
        As for `holds`; default: no more deaths and no more victims than the baseline.
    outcomes : sequence of str
        Whose regret is told.

    Raises
    ------
    InvalidInput
        If no future has all policies finished, or an outcome is unknown.
    """
    limits = dict(thresholds or DEFAULT_THRESHOLDS)
    policies = list(pd.unique(table["policy"]))
    means = futures(table, list(dict.fromkeys([*outcomes, *limits])))
    if means.empty or len(policies) < 2:
        raise InvalidInput("robust", "futures", "none in which all of two policies are finished", "at least one")
    held, x = holds(means, limits), conditions(table, factors, means.index)
    found = [discover(policy, x, fails(held, policy)) for policy in policies[1:]]
    return Robustness(limits, regret(means[list(outcomes)]), satisficing(held), found)


def fails(held: pd.DataFrame, policy: str) -> NDArray[np.bool_]:
    """Return whether a policy fails in each future, shape (n_futures,)."""
    if policy not in held:
        raise InvalidInput("robust", "policy", policy, ", ".join(map(str, held)))
    return ~held[policy].to_numpy(bool)
