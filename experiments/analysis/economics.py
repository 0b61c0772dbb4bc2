"""Cost-effectiveness: the cost of a death or a victim averted, and the Pareto front of packages."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray
from scipy.special import stdtrit

from corridor.experiments.analysis.effects import effect_on
from corridor.experiments.analysis.intervals import CONFIDENCE, paired_interval
from corridor.experiments.analysis.metrics import METRICS

AVERTED = {"deaths": "death averted", "victims": "victim averted"}
PARETO = ("deaths", "victims", "cost_usd")
LABELS = {metric.name: metric.label for metric in METRICS}
METRIC = {metric.name: metric for metric in METRICS}


def cost_effectiveness(values: xr.Dataset, baseline: str) -> pd.DataFrame:
    """Tabulate the cost of each policy per death and per victim averted, against a baseline.

    Parameters
    ----------
    values : Dataset
        From `metrics.outcomes` or `EnsembleStore.outcomes`, over ``policy`` and ``replicate`` (pairs).
    baseline : str

    Returns
    -------
    DataFrame
        One row a policy and outcome: ``policy``, ``per`` (what is averted), ``averted`` with ``averted_low`` and
        ``averted_high`` (persons), ``cost_usd`` with ``cost_low`` and ``cost_high`` (additional public cost, USD),
        ``usd_per_averted`` with ``low`` and ``high``, ``pairs``, and ``reading``:

        ``costs``
            averts, and its cost per person averted has the interval given;
        ``saves``
            averts and costs less: better on both counts, and a ratio would mislead;
        ``harms``
            fewer are averted than none, whatever it costs;
        ``unclear``
            the interval of what is averted includes zero, so that any cost per person averted, up to infinity, fits
            the runs, or the runs do not show it to be lower by `effects.effect` (too few runs or events, hardly any
            change): no ratio is given;
        ``no interval``
            of fewer than three pairs.

    Notes
    -----
    The ratio is that of means, and its interval is Fieller's (1954), which is bounded just when the interval of the
    denominator leaves out zero. All intervals are 90 %.
    """
    rows = []
    unit = values.attrs.get("persons_per_agent")
    for policy in values["policy"].to_numpy():
        if policy == baseline:
            continue
        change = values.sel(policy=policy) - values.sel(policy=baseline)
        for name, label in AVERTED.items():
            averted, cost = -change[name].to_numpy(), change["cost_usd"].to_numpy()
            both = np.isfinite(averted) & np.isfinite(cost)
            found = _ratio(cost[both], averted[both], unit)
            told = effect_on(values, str(policy), baseline, METRIC[name]).finding
            if found["reading"] in ("costs", "saves") and told != "lower":
                found |= {"reading": "unclear", "usd_per_averted": np.nan, "low": np.nan, "high": np.nan}
            rows.append({"policy": str(policy), "per": label, **found})
    return pd.DataFrame(rows)


def _ratio(cost: NDArray[np.float64], averted: NDArray[np.float64], unit: float | None = None) -> dict[str, object]:
    mean_averted, averted_low, averted_high = paired_interval(averted, unit)
    mean_cost, cost_low, cost_high = paired_interval(cost)
    reading = _reading(averted_low, averted_high, cost_high)
    ratio, low, high = fieller(cost, averted) if reading == "costs" else (np.nan, np.nan, np.nan)
    return {
        "averted": mean_averted,
        "averted_low": averted_low,
        "averted_high": averted_high,
        "cost_usd": mean_cost,
        "cost_low": cost_low,
        "cost_high": cost_high,
        "usd_per_averted": ratio,
        "low": low,
        "high": high,
        "pairs": len(cost),
        "reading": reading,
    }


def _reading(averted_low: float, averted_high: float, cost_high: float) -> str:
    if np.isnan(averted_low):
        return "no interval"
    if averted_high < 0:
        return "harms"
    if averted_low <= 0:
        return "unclear"
    return "saves" if cost_high < 0 else "costs"


def fieller(numerator: NDArray[np.float64], denominator: NDArray[np.float64]) -> tuple[float, float, float]:
    """Return the ratio of means of paired values, shape (n_pairs,), and its 90 % interval after Fieller (1954).

    Notes
    -----
    The interval is the set of ratios r for which mean(numerator − r · denominator) does not differ from zero in a t
    test. It is infinite, and (−inf, inf) is returned, if the denominator's own interval includes zero.
    """
    n = len(numerator)
    a, b = float(numerator.mean()), float(denominator.mean())
    (saa, sab), (_, sbb) = np.cov(numerator, denominator) / n
    t2 = float(stdtrit(n - 1, 0.5 + CONFIDENCE / 2)) ** 2
    square = b * b - t2 * sbb
    if square <= 0:
        return a / b if b else np.nan, -np.inf, np.inf
    middle = a * b - t2 * sab
    half = np.sqrt(max(middle * middle - square * (a * a - t2 * saa), 0.0))
    return a / b, float((middle - half) / square), float((middle + half) / square)


def pareto(values: xr.Dataset, by: Sequence[str] = PARETO) -> pd.DataFrame:
    """Find the policies that no other dominates by being as good on every outcome and better on one.

    Parameters
    ----------
    values : Dataset
        Over ``policy`` and ``replicate``.
    by : sequence of str
        Outcomes, all of which are better when lower.

    Returns
    -------
    DataFrame
        One row a policy: its mean of each outcome, ``on_front`` (by means), ``share_on_front`` (share of pairs in which
        it is; it tells how sure the front is), ``beaten_by`` (names of policies that are better by means).
    """
    complete = values[list(by)].to_array("outcome").transpose("replicate", "policy", "outcome").to_numpy()
    complete = complete[np.isfinite(complete).all(axis=(1, 2))]
    policies = [str(policy) for policy in values["policy"].to_numpy()]
    means = complete.mean(axis=0)
    beats = _beats(means)
    share: NDArray[np.float64] = np.mean([~_beats(pair).any(axis=0) for pair in complete], axis=0)
    table = pd.DataFrame(means, columns=list(by))
    table.insert(0, "policy", policies)
    on_front: NDArray[np.bool_] = ~np.asarray(beats.any(axis=0))
    table["on_front"] = on_front.tolist()
    table["share_on_front"] = share
    table["beaten_by"] = [
        ", ".join(p for p, better in zip(policies, column, strict=True) if better) for column in beats.T
    ]
    return table


def _beats(points: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return whether row i is at least as good as row j everywhere and better somewhere, shape (n, n)."""
    ours, theirs = points[:, None, :], points[None, :, :]
    return np.asarray((ours <= theirs).all(axis=2) & (ours < theirs).any(axis=2))
