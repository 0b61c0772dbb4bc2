"""Pictures of a displacement case: camps on the map and through time."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from corridor.experiments.reporting.boundaries import all_rings
from corridor.views.charts import SHORT, readable
from corridor.views.maps import BORDER, INK, LAND, PROJECTION, SEA

Degrees = NDArray[np.float64]
OBSERVED, SIMULATED = "#333333", "#0072B2"
FRAME_SHARE = 0.12
ASPECT = 1.6  # width over height of the frame, at least
LARGEST_MARK = 2500  # square pixels


def camp_chart(ds: xr.Dataset, camp: str) -> alt.LayerChart | alt.FacetChart:
    """Draw one camp: observed as a line, simulated as a line (mean of the runs) in its band (lowest to highest run).

    Parameters
    ----------
    ds : Dataset
        Runs of `corridor.views.displaced.run_case` over ``replicate``.
    camp : str
    """
    runs = ds["simulated"].sel(camp=camp)
    table = pd.DataFrame(
        {
            "day": pd.DatetimeIndex(ds["day"].to_numpy()),
            "observed": ds["observed"].sel(camp=camp).isel(replicate=0).to_numpy(),
            "simulated": runs.mean("replicate").to_numpy(),
            "low": runs.min("replicate").to_numpy(),
            "high": runs.max("replicate").to_numpy(),
        }
    )
    lines = table.melt("day", ["observed", "simulated"], "which", "people")
    names = ["observed", "simulated"]
    legend = alt.Legend(title=None, orient="bottom", symbolType="stroke")
    axis = alt.Axis(labelExpr=SHORT, tickCount=4)
    band = alt.Chart(table).mark_area(opacity=0.2, color=SIMULATED).encode(x="day:T", y="low:Q", y2="high:Q")
    line = (
        alt.Chart(lines)
        .mark_line(strokeWidth=2)
        .encode(
            x=alt.X("day:T", title=None),
            y=alt.Y("people:Q", title="people", axis=axis),
            color=alt.Color("which:N", scale=alt.Scale(domain=names, range=[OBSERVED, SIMULATED]), legend=legend),
            strokeDash=alt.StrokeDash("which:N", scale=alt.Scale(domain=names, range=[[1, 0], [5, 3]]), legend=legend),
            tooltip=["which:N", alt.Tooltip("day:T", format="%d %b %Y"), alt.Tooltip("people:Q", format=",.3s")],
        )
    )
    return readable(alt.layer(band, line).properties(height=210, title=alt.Title(camp, anchor="start", color=INK)))


def camp_map(ds: xr.Dataset, day: int) -> alt.LayerChart | alt.FacetChart:
    """Draw roads and camps on a day: rings as large as people observed, discs as large as people simulated."""
    latitude, longitude = (ds[name].to_numpy() for name in ("latitude", "longitude"))
    at = ds["camp_place"].to_numpy().astype(int)
    camps = pd.DataFrame(
        {
            "camp": ds["camp"].to_numpy().astype(str),
            "x": longitude[at],
            "y": latitude[at],
            "observed": ds["observed"].isel(day=day, replicate=0).to_numpy(),
            "simulated": ds["simulated"].isel(day=day).mean("replicate").to_numpy(),
        }
    )
    start, end = (ds[name].to_numpy().astype(int) for name in ("start", "end"))
    used = ds["used"].mean("replicate").to_numpy()
    roads = pd.DataFrame({"x": longitude[start], "y": latitude[start], "x2": longitude[end], "y2": latitude[end]})
    roads["used"] = used
    roads["wide"] = 0.6 + 5 * np.sqrt(used / max(used.max(), 1.0))
    largest = float(max(camps["observed"].max(), camps["simulated"].max(), 1.0))
    size = alt.Scale(domain=[0, largest], range=[0, LARGEST_MARK])
    lines = (
        alt.Chart(roads)
        .mark_rule(color="#7a6a4f", opacity=0.55)
        .encode(
            longitude="x:Q", latitude="y:Q", longitude2="x2:Q", latitude2="y2:Q",
            strokeWidth=alt.StrokeWidth("wide:Q", scale=None, legend=None),
        )
        .project(type=PROJECTION)
    )  # fmt: skip
    base = alt.Chart(camps).encode(longitude="x:Q", latitude="y:Q").project(type=PROJECTION)
    tips = ["camp:N", *(alt.Tooltip(f"{name}:Q", format=",.3s") for name in ("observed", "simulated"))]
    discs = base.mark_circle(color=SIMULATED, opacity=0.55).encode(
        size=alt.Size("simulated:Q", scale=size, legend=None), tooltip=tips
    )
    rings = base.mark_point(color=OBSERVED, strokeWidth=2.5, opacity=1).encode(
        size=alt.Size("observed:Q", scale=size, legend=None), tooltip=tips
    )
    text = base.encode(text="camp:N")
    halo = text.mark_text(align="left", dx=8, dy=-8, fontSize=11, fontWeight="bold", stroke="white", strokeWidth=3)
    names = text.mark_text(align="left", dx=8, dy=-8, fontSize=11, fontWeight="bold", color=INK)
    whole = alt.layer(_land(longitude, latitude), lines, discs, rings, halo, names).properties(height=480)
    return readable(whole).configure_view(fill=SEA, stroke=None)


def _land(longitude: Degrees, latitude: Degrees) -> alt.Chart:
    """Return the countries around the case, cut to a frame around its places."""
    low = np.array([longitude.min(), latitude.min()])
    high = np.array([longitude.max(), latitude.max()])
    margin = np.maximum(FRAME_SHARE * (high - low), 0.3)
    width, height = high - low + 2 * margin
    margin[0] += max(0.0, ASPECT * height - width) / 2
    low, high = low - margin, high + margin
    rings = [[np.clip(ring, low, high).tolist()] for ring in all_rings() if _meets(ring, low, high)]
    kind, points = ("MultiPolygon", rings) if rings else ("MultiPoint", [low.tolist(), high.tolist()])
    feature = {"type": "Feature", "geometry": {"type": kind, "coordinates": points}}
    return (
        alt.Chart(alt.InlineData(values=[feature]))
        .mark_geoshape(fill=LAND, stroke=BORDER, strokeWidth=0.7)
        .project(type=PROJECTION)
    )


def _meets(ring: Degrees, low: Degrees, high: Degrees) -> bool:
    return bool((ring.max(axis=0) > low).all() and (ring.min(axis=0) < high).all())
