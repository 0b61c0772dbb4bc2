"""Cost-effectiveness: what a package costs the public for each death, victim or irregular arrival fewer."""

from __future__ import annotations

import math
from collections.abc import Mapping

import altair as alt
import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray
from scipy.special import stdtrit

from experiments.compare import CONFIDENCE, paired_interval
from experiments.metrics import METRICS
from experiments.tables import rounded
from views.charts import SHORT, readable
from views.page import COLOURS

EFFECTS: Mapping[str, str] = {"deaths": "death", "victims": "victim of trafficking"}
LABELS = {metric.name: metric.label for metric in METRICS}


def ratio_interval(costs: NDArray[np.float64], effects: NDArray[np.float64]) -> tuple[float, float] | None:
    """Return the interval of the ratio of two means of paired values; None if it is not a bounded interval.

    Parameters
    ----------
    costs, effects : ndarray of float, shape (n_replicates,)

    Notes
    -----
    Fieller's theorem: all r for which the t test at 90 % does not reject mean(costs - r * effects) = 0. It is bounded
    only if the mean effect itself is told from zero.
    """
    n = len(costs)
    if n < 2:
        return None
    t = float(stdtrit(n - 1, 0.5 + CONFIDENCE / 2))
    covariance = np.cov(costs, effects) / n
    c, e = float(costs.mean()), float(effects.mean())
    a = e**2 - t**2 * covariance[1, 1]
    b = c * e - t**2 * covariance[0, 1]
    d = c**2 - t**2 * covariance[0, 0]
    if a <= 0:
        return None
    half = math.sqrt(max(b**2 - a * d, 0.0))
    return (b - half) / a, (b + half) / a


def value_words(ds: xr.Dataset, policy: str, effect: str) -> str:
    """Return what a package buys, in a sentence that claims no more than the runs can tell.

    Parameters
    ----------
    ds : Dataset
        Outcomes over ``policy`` and ``replicate``, the baseline first.
    policy : str
    effect : str
        One of `EFFECTS`.
    """
    costs, effects = (_change(ds, policy, name) for name in ("cost_usd", effect))
    saved = -effects
    mean, low, high = paired_interval(saved)
    cost, cost_low, cost_high = paired_interval(costs)
    if not math.isfinite(low):
        return "one pair of runs: nothing can be said yet"
    if low <= 0 <= high:
        return f"the runs cannot tell whether there are fewer {LABELS[effect]}, so that a price would mean nothing"
    if high < 0:
        return f"there are more {LABELS[effect]} than without it"
    if cost_high < 0:
        return f"fewer {LABELS[effect]}, and it costs the public less than doing without"
    if cost_low <= 0:
        return f"fewer {LABELS[effect]}; the runs cannot tell whether it costs more or less"
    interval = ratio_interval(costs, saved)
    if interval is None:
        return f"fewer {LABELS[effect]}, but the price is too uncertain to name"
    one = EFFECTS[effect]
    return (
        f"about {rounded(cost / mean)} USD of public money for one {one} fewer "
        f"(90 % interval {rounded(interval[0])} to {rounded(interval[1])})"
    )


def value_chart(ds: xr.Dataset, effect: str, titles: Mapping[str, str]) -> alt.LayerChart | alt.FacetChart:
    """Draw the cost-effectiveness plane: every pair of runs by what it costs more and what it avoids."""
    packages = [(str(policy), titles[str(policy)]) for policy in ds["policy"].to_numpy()[1:]]
    rows = [
        {"package": title, "cost": cost, "avoided": -change}
        for policy, title in packages
        for cost, change in zip(_change(ds, policy, "cost_usd"), _change(ds, policy, effect), strict=True)
    ]
    names = [title for _, title in packages]
    colours = alt.Scale(domain=names, range=list(COLOURS[1 : len(names) + 1]))
    shapes = alt.Scale(domain=names, range=["circle", "square", "diamond", "cross"][: len(names)])
    legend = alt.Legend(title=None, orient="bottom", columns=2, labelLimit=260)
    axis = alt.Axis(labelExpr=SHORT, tickCount=5)
    figures = [alt.Tooltip(f"{name}:Q", format="+,.3s") for name in ("cost", "avoided")]
    points = (
        alt.Chart(pd.DataFrame(rows))
        .mark_point(size=70, filled=True, opacity=0.8)
        .encode(
            x=alt.X("avoided:Q", title=f"{LABELS[effect]} avoided", axis=axis),
            y=alt.Y("cost:Q", title="extra public cost, USD", axis=axis),
            color=alt.Color("package:N", scale=colours, legend=legend),
            shape=alt.Shape("package:N", scale=shapes, legend=legend),
            tooltip=["package:N", *figures],
        )
    )
    rules = alt.Chart(pd.DataFrame({"zero": [0]})).mark_rule(color="#8795a3")
    return readable(alt.layer(rules.encode(x="zero:Q"), rules.encode(y="zero:Q"), points).properties(height=320))


def _change(ds: xr.Dataset, policy: str, name: str) -> NDArray[np.float64]:
    first = str(ds["policy"].to_numpy()[0])
    values: NDArray[np.float64] = (ds[name].sel(policy=policy) - ds[name].sel(policy=first)).to_numpy()
    return values
