"""Evidence behind a figure: the baseline compared with records, and the outcomes that nobody has recorded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import altair as alt
import pandas as pd
import xarray as xr

from corridor.experiments.reporting.language import N_, _
from corridor.scenarios.validation import validation
from corridor.views.charts import readable, short

# Outcome of `corridor.experiments.analysis.metrics` -> the observations that it can be held against.
COMPARED: Mapping[str, str] = {"deaths": "deaths", "attempts": "detections"}
KINDS = {"detections": N_("detected crossings"), "deaths": N_("recorded deaths")}


class Evidence(NamedTuple):
    """Evidence for an outcome: a word for the table, and the sentence behind it."""

    word: str
    sentence: str


UNREAD = Evidence(
    "differences never held against data",
    "Differences between packages have not been held against the outcome of any real policy in this corridor.",
)


def observed_table(ds: xr.Dataset, baseline: str) -> pd.DataFrame:
    """Return observed and simulated counts of the baseline, mean over its runs.

    Returns
    -------
    DataFrame
        Columns ``kind, route, year, observed, simulated``; empty if the corridor has no observations of whole years.
    """
    if "simulated" not in ds:
        return pd.DataFrame(columns=["kind", "route", "year", "observed", "simulated"])
    runs = ds[["observed", "simulated"]].sel(policy=baseline).mean("replicate").drop_vars("policy")
    table = runs.to_dataframe().dropna().reset_index()
    return table.rename(columns={"observed_route": "route", "observed_year": "year"})


def evidence_on_differences(corridor: str) -> Evidence:
    """Describe the evidence for differences between packages: the effects of real events, if any."""
    tested = {claim.claim: claim for claim in validation(corridor)}
    parts = [tested[name] for name in ("direction", "size") if name in tested and tested[name].value is not None]
    if not parts:
        return UNREAD
    told = " ".join(
        f"{claim.verdict.capitalize()}: {claim.use} ({claim.measure}: {100 * (claim.value or 0):.0f} %; "
        f"asked: {claim.needed})."
        for claim in parts
    )
    return Evidence(f"{parts[0].verdict}: direction of effects", f"Held against the effects of real events. {told}")


def observed_chart(part: pd.DataFrame) -> alt.Chart:
    """Draw observed and simulated counts of one route; on the scale, equal steps are equal factors.

    Parameters
    ----------
    part : DataFrame
        From `observed_table`, one kind and route.
    """
    tall = part.melt(["route", "year"], ["observed", "simulated"], "which", "count")
    tall["count"] += 1  # so that zeros can be drawn
    words = {"observed": _("observed"), "simulated": _("simulated")}
    tall["which"] = tall["which"].map(words)
    names = list(words.values())
    legend = alt.Legend(title=None, orient="bottom", symbolType="stroke")
    chart = (
        alt.Chart(tall)
        .mark_line(point=True)
        .encode(
            x=alt.X("year:O", title=None, axis=alt.Axis(labelAngle=0, labelOverlap=True)),
            y=alt.Y("count:Q", scale=alt.Scale(type="log"), title=None, axis=alt.Axis(labelExpr=short(), tickCount=4)),
            color=alt.Color("which:N", scale=alt.Scale(domain=names, range=["#333333", "#0072B2"]), legend=legend),
            strokeDash=alt.StrokeDash("which:N", scale=alt.Scale(domain=names, range=[[1, 0], [5, 3]]), legend=legend),
            tooltip=[alt.Tooltip(f"{name}:N", title=" ") for name in ("year", "which")]
            + [alt.Tooltip("count:Q", format=",.3s", title=" ")],
        )
        .properties(height=170)
    )
    return readable(chart)
