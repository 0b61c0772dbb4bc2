"""Cost-effectiveness: a package's public cost for each death, victim or irregular arrival averted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import altair as alt
import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from corridor.experiments.analysis.economics import AVERTED, LABELS, cost_effectiveness
from corridor.experiments.reporting.effect_words import two_digits
from corridor.experiments.reporting.language import N_, _
from corridor.views.charts import readable, short
from corridor.views.page import COLOURS


class Averted(NamedTuple):
    """An effect with a price: one case averted, and its cost, in words."""

    fewer: str
    price: str


EFFECTS: Mapping[str, Averted] = {
    "deaths": Averted(
        N_("death fewer"),
        N_("about {price} USD of public money for one death fewer (90 % interval {low} to {high})"),
    ),
    "victims": Averted(
        N_("victim of trafficking fewer"),
        N_("about {price} USD of public money for one victim of trafficking fewer (90 % interval {low} to {high})"),
    ),
}


def value_words(ds: xr.Dataset, policy: str, effect: str) -> str:
    """Describe the effects of a package for its cost, in a sentence that claims no more than the runs can tell.

    Parameters
    ----------
    ds : Dataset
        Outcomes over ``policy`` and ``replicate``, the baseline first.
    policy : str
    effect : str
        One of `EFFECTS`.
    """
    table = cost_effectiveness(ds, str(ds["policy"].to_numpy()[0]))
    row = table[(table["policy"] == policy) & (table["per"] == AVERTED[effect])].iloc[0]
    what = _(LABELS[effect])
    if row["reading"] == "costs" and row["cost_low"] <= 0:
        return _("fewer {outcome}; the runs cannot tell whether it costs more or less").format(outcome=what)
    price, low, high = (two_digits(row[name]) for name in ("usd_per_averted", "low", "high"))
    readings = {
        "no interval": _("one pair of runs: nothing can be said yet"),
        "unclear": _("the runs cannot tell whether there are fewer {outcome}, so that a price would mean nothing"),
        "harms": _("there are more {outcome} than without it"),
        "saves": _("fewer {outcome}, and it costs the public less than doing without"),
        "costs": _(EFFECTS[effect].price),
    }
    return readings[row["reading"]].format(outcome=what, price=price, low=low, high=high)


def value_chart(ds: xr.Dataset, effect: str, titles: Mapping[str, str]) -> alt.LayerChart | alt.FacetChart:
    """Draw the cost-effectiveness plane: every pair of runs by its additional cost and averted cases."""
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
    axis = alt.Axis(labelExpr=short(), tickCount=5)
    named = {"cost": _("extra public cost, USD"), "avoided": _("{outcome} avoided").format(outcome=_(LABELS[effect]))}
    figures = [alt.Tooltip(f"{name}:Q", format="+,.3s", title=words) for name, words in named.items()]
    points = (
        alt.Chart(pd.DataFrame(rows))
        .mark_point(size=70, filled=True, opacity=0.8)
        .encode(
            x=alt.X("avoided:Q", title=_("{outcome} avoided").format(outcome=_(LABELS[effect])), axis=axis),
            y=alt.Y("cost:Q", title=_("extra public cost, USD"), axis=axis),
            color=alt.Color("package:N", scale=colours, legend=legend),
            shape=alt.Shape("package:N", scale=shapes, legend=legend),
            tooltip=[alt.Tooltip("package:N", title=" "), *figures],
        )
    )
    rules = alt.Chart(pd.DataFrame({"zero": [0]})).mark_rule(color="#8795a3")
    return readable(alt.layer(rules.encode(x="zero:Q"), rules.encode(y="zero:Q"), points).properties(height=320))


def _change(ds: xr.Dataset, policy: str, name: str) -> NDArray[np.float64]:
    first = str(ds["policy"].to_numpy()[0])
    values: NDArray[np.float64] = (ds[name].sel(policy=policy) - ds[name].sel(policy=first)).to_numpy()
    return values
