"""Groups that gain or lose: the paired difference of a count by sex and age, by origin, or by route."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import altair as alt
import pandas as pd
import xarray as xr

from corridor.experiments.analysis.groups import TOO_FEW, differences
from corridor.experiments.analysis.metrics import Direction
from corridor.experiments.reporting.language import N_, _, country_words
from corridor.model.corridor import Corridor
from corridor.views.charts import readable, short
from corridor.views.page import COLOURS

PEOPLE = {
    ("female", "child"): N_("girls"),
    ("male", "child"): N_("boys"),
    ("female", "young"): N_("young women"),
    ("male", "young"): N_("young men"),
    ("female", "adult"): N_("women of 30 or over"),
    ("male", "adult"): N_("men of 30 or over"),
}
MOST_GROUPS = 12
WISHED: Mapping[str, Direction] = {
    "deaths": "lower is better",
    "victims": "lower is better",
    "detained": "lower is better",
    "push_backs": "lower is better",
    "legal_arrivals": "higher is better",
}


class Division(NamedTuple):
    """A way to tell people apart: its words, the variable of the digest, and the variable's dimension of counts."""

    label: str
    variable: str
    counts: str


DIVISIONS: Mapping[str, Division] = {
    "people": Division(N_("sex and age"), "groups", "group_count"),
    "origins": Division(N_("origin"), "origins", "origin_count"),
    "routes": Division(N_("route"), "routes", "route_count"),
}


def groups_table(ds: xr.Dataset, division: str, count: str, corridor: Corridor) -> pd.DataFrame:
    """Return the paired difference to the first policy for each group.

    Parameters
    ----------
    ds : Dataset
        From `corridor.views.tasks.Task.dataset`; the baseline first.
    division : str
        One of `DIVISIONS`.
    count : str
        Label of the division's dimension of counts.
    corridor : Corridor

    Returns
    -------
    DataFrame
        Columns ``policy, group, baseline`` (persons over the whole period, mean of the runs), ``difference, low, high``
        (persons; 90 % interval), ``share`` (difference over baseline), ``verdict`` (better, worse, higher, lower,
        unclear, same, too few events); the largest groups first.
    """
    kind = DIVISIONS[division]
    values = ds[kind.variable].sel({kind.counts: count})
    if division == "people":
        values = values.stack(group=("sex", "age"))
        names = [_(PEOPLE[sex, age]) for sex, age in values["group"].to_numpy()]
        values = values.drop_vars(["group", "sex", "age"]).assign_coords(group=names)
    elif division == "origins":
        values = values.rename(community="group")
        names = [country_words(str(key), corridor.communities[str(key)].label) for key in values["group"].to_numpy()]
        values = values.assign_coords(group=names)
    else:
        values = values.rename(route="group")
        values = values.assign_coords(group=[_(str(route)) for route in values["group"].to_numpy()])
    table = differences(
        values, "group", str(ds["policy"][0].item()), WISHED.get(count, "no judgement"), ds.attrs["persons_per_agent"]
    )
    table["share"] = (table["difference"] / table["baseline"]).where(table["baseline"] != 0)
    table = table.sort_values("baseline", ascending=False, kind="stable")
    largest = table["group"].drop_duplicates()[:MOST_GROUPS]
    return table[table["group"].isin(largest) & (table["baseline"] + table["difference"].abs() > 0)]


def groups_chart(table: pd.DataFrame, titles: Mapping[str, str]) -> alt.LayerChart | alt.FacetChart:
    """Draw the differences with their intervals, a row a group, a shape and colour a package.

    Parameters
    ----------
    table : DataFrame
        From `groups_table`.
    titles : mapping of str to str
        Policy to the name that people read, the baseline first.
    """
    packages = list(titles.values())[1:]
    known = table.assign(package=table["policy"].map(dict(titles)))
    colour = alt.Color(
        "package:N",
        scale=alt.Scale(domain=packages, range=list(COLOURS[1 : len(packages) + 1])),
        legend=alt.Legend(title=None, orient="bottom", columns=2, labelLimit=260),
    )
    shape = alt.Shape("package:N", scale=alt.Scale(domain=packages, range=["circle", "square", "diamond", "cross"]))
    order = list(table["group"].drop_duplicates())
    rows = alt.Y("group:N", sort=order, title=None, axis=alt.Axis(labelLimit=150, grid=True))
    base = alt.Chart(known).encode(y=rows, yOffset=alt.YOffset("package:N", sort=packages), color=colour)
    named = {"difference": _("difference"), "low": _("interval from"), "high": _("interval to")}
    figures = [alt.Tooltip(f"{name}:Q", format="+,.3s", title=words) for name, words in named.items()]
    who = [alt.Tooltip(f"{name}:N", title=" ") for name in ("group", "package")]
    axis = alt.X("low:Q", title=_("difference to the baseline, persons"), axis=alt.Axis(labelExpr=short(), tickCount=5))
    whiskers = base.mark_rule(strokeWidth=2).encode(x=axis, x2="high:Q")
    points = base.mark_point(filled=True, size=60, opacity=1).encode(
        x="difference:Q", shape=shape, tooltip=[*who, *figures]
    )
    zero = alt.Chart(pd.DataFrame({"x": [0]})).mark_rule(color="#8795a3").encode(x="x:Q")
    height = max(160, 22 * len(order) * max(1, len(packages)))
    return readable(alt.layer(zero, whiskers, points).properties(height=height))


def groups_sentences(table: pd.DataFrame, titles: Mapping[str, str]) -> list[str]:
    """Return one sentence a package: whose situation is clearly better and whose worse, and of whom too few are met."""
    pairs = (
        ("better", _("better for {groups}")),
        ("worse", _("worse for {groups}")),
        ("higher", _("higher for {groups}")),
        ("lower", _("lower for {groups}")),
    )
    sentences = []
    for policy, title in list(titles.items())[1:]:
        part = table[table["policy"] == policy]
        found = [(words, list(part.loc[part["verdict"] == verdict, "group"])) for verdict, words in pairs]
        told = _("; ").join(words.format(groups=_(", ").join(names)) for words, names in found if names)
        few = bool(len(part)) and bool((part["verdict"] == TOO_FEW).all())
        nothing = _("no group for which the runs can tell")
        if few:
            nothing = _("too few simulated events to tell groups apart")
        if len(part):
            finding = told or nothing
            sentences.append(_("**{package}**: {finding}.").format(package=title, finding=finding))
    return sentences
