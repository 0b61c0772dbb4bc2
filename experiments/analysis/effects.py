"""Effects of a policy: per cent change from paired runs, and the finding in words.

Levels of runs differ far more than effects, so that a mean of absolute differences is dominated by the largest run.
This does not apply to the ratio of two runs with the same seed and parameters: each pair counts once.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from corridor.experiments.analysis.intervals import FEWEST_OF_MEDIAN, median_interval
from corridor.experiments.analysis.metrics import METRICS, Metric, total

Finding = Literal["lower", "higher", "hardly any change", "unclear", "too few events", "too few runs"]

SMALLEST = 0.01
"""Change below which the finding is *hardly any change*: a hundredth, or a percentage point of a share."""
FEWEST_EVENTS = 30
"""Minimum simulated events per run: with fewer, chance moves the ratio of two runs by a third."""
EVENTS: Mapping[str, str] = {
    "deaths": "deaths",
    "deaths_per_1000_attempts": "deaths",
    "victims": "victims",
    "episodes": "episodes",
    "person_days_exploited": "victims",
    "arrivals": "arrivals",
    "share_irregular": "arrivals",
    "irregular_arrivals": "irregular_arrivals",
    "legal_arrivals": "legal_arrivals",
    "attempts": "attempts",
}
"""By outcome, the count of persons on which it is based, if there is one."""
MEANING: Mapping[Finding, str] = {
    "lower": "the 90 % interval of the change lies below zero, and the change is 1 % or more",
    "higher": "the 90 % interval of the change lies above zero, and the change is 1 % or more",
    "hardly any change": "the change is less than 1 %, and the interval rules out a larger one, or zero",
    "unclear": "the 90 % interval of the change holds zero, and changes that would matter",
    "too few events": f"fewer than {FEWEST_EVENTS} simulated events a run: nothing can be said",
    "too few runs": f"fewer than {FEWEST_OF_MEDIAN} pairs of runs: no interval yet",
}

ARRIVALS = tuple(
    Metric(f"{way}_arrivals", f"{way} arrivals", "persons", "no judgement", meaning, total(f"{way}_arrivals"))
    for way, meaning in (
        ("irregular", "people who arrive by irregular ways"),
        ("legal", "people who arrive on a legal pathway"),
    )
)
ALL: tuple[Metric, ...] = (*METRICS, *ARRIVALS)


@dataclass(frozen=True)
class PolicyEffect:
    """The effect of a policy on one outcome.

    Attributes
    ----------
    change, low, high : float
        Median over pairs of runs, and its 90 % interval: share of the baseline, or the difference where the outcome is
        itself a share. NaN where there is none.
    fell, rose, pairs : int
        Pairs in which the outcome was lower and higher than at baseline, and all pairs.
    finding : str
        One of `MEANING`.
    """

    change: float
    low: float
    high: float
    fell: int
    rose: int
    pairs: int
    finding: Finding

    @property
    def agreeing(self) -> int:
        """Number of pairs with the sign of the median."""
        return self.fell if self.change < 0 else self.rose


def effect(ours: NDArray[np.float64], theirs: NDArray[np.float64], unit: str, events: float = math.inf) -> PolicyEffect:
    """Return the effect estimated from pairs of runs.

    Parameters
    ----------
    ours, theirs : ndarray of float, shape (n_pairs,)
        Under the policy and at baseline.
    unit : str
        ``share`` for an outcome that is a share: then differences are taken and not ratios.
    events : float
        Simulated events a run that the outcome rests on.
    """
    both = np.isfinite(ours) & np.isfinite(theirs)
    if unit != "share":
        both &= ((ours > 0) & (theirs > 0)) | (ours == theirs)
    ours, theirs = ours[both], theirs[both]
    if unit == "share":
        changes = ours - theirs
    else:
        changes = np.log(np.divide(ours, theirs, out=np.ones_like(ours), where=theirs > 0))
    middle, low, high = median_interval(changes)
    if unit != "share":
        middle, low, high = math.expm1(middle), math.expm1(low), math.expm1(high)
    fell, rose = int((changes < 0).sum()), int((changes > 0).sum())
    return PolicyEffect(middle, low, high, fell, rose, len(changes), _finding(middle, low, high, events))


def _finding(change: float, low: float, high: float, events: float) -> Finding:
    if math.isnan(low):
        return "too few runs"
    if events < FEWEST_EVENTS:
        return "too few events"
    clear = low > 0 or high < 0
    if abs(change) < SMALLEST and (clear or max(-low, high) < SMALLEST):
        return "hardly any change"
    if not clear:
        return "unclear"
    return "lower" if high < 0 else "higher"


def effect_on(values: xr.Dataset, policy: str, baseline: str, metric: Metric) -> PolicyEffect:
    """Return the effect of a policy on a metric.

    Parameters
    ----------
    values : Dataset
        From `metrics.outcomes` or `with_arrivals`, over ``policy`` and ``replicate``.
    policy, baseline : str
    metric : Metric
    """
    ours, theirs = (runs_of(values, metric.name, name) for name in (policy, baseline))
    return effect(ours, theirs, metric.unit, _events(values, metric.name, (policy, baseline)))


def runs_of(values: xr.Dataset, name: str, policy: str) -> NDArray[np.float64]:
    """Return an outcome of a policy, shape (n_replicates,); quicker than a selection by label."""
    part = values[name]
    row = list(values["policy"].to_numpy()).index(policy)
    found: NDArray[np.float64] = part.to_numpy().take(row, axis=part.get_axis_num("policy")).astype(float)
    return found


def _events(values: xr.Dataset, name: str, policies: tuple[str, str]) -> float:
    """Return the number of simulated events per run behind an outcome, the larger of the two policies."""
    counted, persons = EVENTS.get(name), values.attrs.get("persons_per_agent")
    if counted is None or not persons or counted not in values:
        return math.inf
    return max(float(np.nanmean(runs_of(values, counted, policy))) for policy in policies) / float(persons)


def with_arrivals(values: xr.Dataset) -> xr.Dataset:
    """Return outcomes with irregular and legal arrivals in separate columns (persons)."""
    irregular = (values["arrivals"] * values["share_irregular"]).fillna(0.0)
    return values.assign(irregular_arrivals=irregular, legal_arrivals=values["arrivals"] - irregular)
