"""The change made by each package over time, in pairs of runs: its uncertainty is drawn, not the spread of levels."""

from __future__ import annotations

from collections.abc import Mapping

import altair as alt
import pandas as pd
import xarray as xr

from corridor.experiments.reporting.language import _
from corridor.views.charts import readable, short
from corridor.views.digest import SERIES
from corridor.views.page import COLOURS

HEIGHT = 240


def changes_table(ds: xr.Dataset, series: str, titles: Mapping[str, str]) -> pd.DataFrame:
    """Return the paired difference of a series to the baseline: median, and the middle half of the runs.

    Returns
    -------
    DataFrame
        Columns ``quarter, package, median, low, high``.
    """
    baseline, *packages = titles
    runs = ds["quarterly"].sel(series=series, drop=True)
    changes = runs.sel(policy=packages) - runs.sel(policy=baseline).drop_vars("policy")
    middle = changes.quantile([0.25, 0.5, 0.75], "replicate")
    parts = {name: middle.sel(quantile=at, drop=True) for name, at in (("low", 0.25), ("median", 0.5), ("high", 0.75))}
    table = xr.Dataset(parts).to_dataframe().reset_index()
    return table.assign(package=table["policy"].map(dict(titles))).drop(columns="policy")


def changes_charts(
    ds: xr.Dataset, series: str, titles: Mapping[str, str]
) -> dict[str, alt.LayerChart | alt.FacetChart]:
    """Draw the differences, a chart for each package, all on one scale.

    Parameters
    ----------
    ds : Dataset
        From `corridor.views.tasks.Task.dataset`.
    series : str
        One of `corridor.views.digest.SERIES`.
    titles : mapping of str to str
        Policy to the name that people read, the baseline first.
    """
    table = changes_table(ds, series, titles)
    ends = alt.Scale(domain=[min(0.0, table["low"].min()), max(0.0, table["high"].max())])
    packages = list(titles.values())[1:]
    return {
        package: _chart(table[table["package"] == package], SERIES[series].unit, ends, colour)
        for package, colour in zip(packages, COLOURS[1:], strict=False)
    }


def _chart(part: pd.DataFrame, unit: str, ends: alt.Scale, colour: str) -> alt.LayerChart | alt.FacetChart:
    base = alt.Chart(part).encode(x=alt.X("quarter:T", title=None))
    axis = alt.Axis(labelExpr=short(), tickCount=5)
    named = {"median": _("median"), "low": _("interval from"), "high": _("interval to")}
    figures = [alt.Tooltip(f"{name}:Q", format="+,.3s", title=words) for name, words in named.items()]
    band = base.mark_area(opacity=0.25, color=colour).encode(
        y=alt.Y("low:Q", title=_("{unit} a quarter").format(unit=_(unit)), axis=axis, scale=ends), y2=alt.Y2("high:Q")
    )
    line = base.mark_line(strokeWidth=2.5, color=colour).encode(
        y="median:Q", tooltip=[alt.Tooltip("quarter:T", format="%b %Y", title=_("quarter from")), *figures]
    )
    zero = alt.Chart(pd.DataFrame({"zero": [0]})).mark_rule(color="#46535f").encode(y="zero:Q")
    return readable(alt.layer(band, zero, line).properties(height=HEIGHT))
