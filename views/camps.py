"""Pictures of a displacement case, and their findings in words: camps on the map and through time."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from corridor.experiments.reporting.boundaries import all_rings
from corridor.experiments.runs.tables import rounded
from corridor.views.charts import readable, short
from corridor.views.maps import BORDER, INK, LAND, PROJECTION, SEA

Degrees = NDArray[np.float64]
OBSERVED, SIMULATED = "#333333", "#0072B2"
FRAME_SHARE = 0.12
ASPECT = 1.6  # width over height of the frame, at least
LARGEST_MARK = 8000  # square pixels
# Halves of a disc as wide as a circle of the same size: two numbers side by side, told apart at any size.
HALVES = {"observed": "M0,-0.5A0.5,0.5 0 0,0 0,0.5Z", "simulated": "M0,-0.5A0.5,0.5 0 0,1 0,0.5Z"}
LOOKS = {"observed": OBSERVED, "simulated": SIMULATED}
CONFLICT = "#8a3200"
MOST_NAMED = 12  # places with conflict, on the map
MOST_TOLD = 3  # camps, in words


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
    axis = alt.Axis(labelExpr=short(), tickCount=4)
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


def camp_map(ds: xr.Dataset, day: int, has_borders: bool = True) -> alt.LayerChart | alt.FacetChart:
    """Draw roads and camps on a day: half a disc as large as people observed, the other as people simulated.

    Parameters
    ----------
    ds : Dataset
        Runs of `corridor.views.displaced.run_case` over ``replicate``.
    day : int
        From the start.
    has_borders : bool
        Whether countries are drawn; not where they are invented.
    """
    latitude, longitude = (ds[name].to_numpy() for name in ("latitude", "longitude"))
    at = ds["camp_place"].to_numpy().astype(int)
    camps = _counts(ds, day).assign(x=longitude[at], y=latitude[at])
    start, end = (ds[name].to_numpy().astype(int) for name in ("start", "end"))
    used = ds["used"].mean("replicate").to_numpy()
    roads = pd.DataFrame({"x": longitude[start], "y": latitude[start], "x2": longitude[end], "y2": latitude[end]})
    roads["wide"] = 0.6 + 5 * np.sqrt(used / max(used.max(), 1.0))
    lines = (
        alt.Chart(roads)
        .mark_rule(color="#7a6a4f", opacity=0.55)
        .encode(
            longitude="x:Q", latitude="y:Q", longitude2="x2:Q", latitude2="y2:Q",
            strokeWidth=alt.StrokeWidth("wide:Q", scale=None, legend=None),
        )
        .project(type=PROJECTION)
    )  # fmt: skip
    both = camps.melt(["camp", "x", "y"], list(HALVES), "which", "people")
    largest = max(float(both["people"].max()), 1.0)
    legend = alt.Legend(title=None, orient="bottom", symbolSize=300)
    shape, colour = (alt.Scale(domain=list(look), range=list(look.values())) for look in (HALVES, LOOKS))
    halves = (
        alt.Chart(both)
        .mark_point(filled=True, opacity=0.85)
        .encode(
            longitude="x:Q",
            latitude="y:Q",
            shape=alt.Shape("which:N", scale=shape, legend=legend),
            color=alt.Color("which:N", scale=colour, legend=legend),
            size=alt.Size("people:Q", scale=alt.Scale(domain=[0, largest], range=[0, LARGEST_MARK]), legend=None),
            tooltip=["camp:N", "which:N", alt.Tooltip("people:Q", format=",.0f")],
        )
        .project(type=PROJECTION)
    )
    is_origin = ds["kind"].to_numpy() == "conflict"
    origins = pd.DataFrame(
        {"place": ds["place"].to_numpy()[is_origin], "x": longitude[is_origin], "y": latitude[is_origin]}
    )
    flight = alt.Chart(origins).encode(longitude="x:Q", latitude="y:Q", tooltip="place:N").project(type=PROJECTION)
    squares = flight.mark_point(shape="square", filled=True, size=70, color=CONFLICT, opacity=1)
    labels = [*_names(camps, "camp", INK, -14), *_names(origins.head(MOST_NAMED), "place", CONFLICT, -8)]
    whole = alt.layer(_land(longitude, latitude, has_borders), lines, halves, squares, *labels).properties(height=480)
    return readable(whole).configure_view(fill=SEA, stroke=None)


def _names(places: pd.DataFrame, field: str, colour: str, rise: int) -> list[alt.Chart]:
    """Return names next to places, with a white outline."""
    text = alt.Chart(places).encode(longitude="x:Q", latitude="y:Q", text=f"{field}:N").project(type=PROJECTION)
    halo = text.mark_text(align="left", dx=8, dy=rise, fontSize=11, fontWeight="bold", stroke="white", strokeWidth=3)
    return [halo, text.mark_text(align="left", dx=8, dy=rise, fontSize=11, fontWeight="bold", color=colour)]


def _counts(ds: xr.Dataset, day: int) -> pd.DataFrame:
    """Return people in each camp on a day, observed and simulated (mean of the runs)."""
    return pd.DataFrame(
        {
            "camp": ds["camp"].to_numpy().astype(str),
            "observed": ds["observed"].isel(day=day, replicate=0).to_numpy(),
            "simulated": ds["simulated"].isel(day=day).mean("replicate").to_numpy(),
        }
    )


def map_words(ds: xr.Dataset, day: int) -> str:
    """Return the finding of the map in a sentence: the largest camps, observed and simulated."""
    largest = _counts(ds, day).nlargest(MOST_TOLD, "observed")
    rows = zip(largest["camp"], largest["observed"], largest["simulated"], strict=True)
    told = "; ".join(f"{camp} {_beside(observed, simulated)}" for camp, observed, simulated in rows)
    return f"Map of camps on {pd.Timestamp(ds['day'].to_numpy()[day]):%d %b %Y}, the largest: {told}."


def camp_words(ds: xr.Dataset, camp: str) -> str:
    """Return the finding of a camp's chart in a sentence: observed and simulated at the end."""
    last = ds.sel(camp=camp).isel(day=-1)
    told = _beside(float(last["observed"].isel(replicate=0)), float(last["simulated"].mean("replicate")))
    return f"People in {camp} through time; at the end {told}."


def _beside(observed: float, simulated: float) -> str:
    return f"{rounded(observed)} observed, {rounded(simulated)} simulated"


def _land(longitude: Degrees, latitude: Degrees, has_borders: bool) -> alt.Chart:
    """Return the countries around the case, cut to a frame around its places; the frame alone where there are none."""
    low = np.array([longitude.min(), latitude.min()])
    high = np.array([longitude.max(), latitude.max()])
    margin = np.maximum(FRAME_SHARE * (high - low), 0.3)
    width, height = high - low + 2 * margin
    margin[0] += max(0.0, ASPECT * height - width) / 2
    low, high = low - margin, high + margin
    rings = [[np.clip(ring, low, high).tolist()] for ring in all_rings() if has_borders and _meets(ring, low, high)]
    kind, points = ("MultiPolygon", rings) if rings else ("MultiPoint", [low.tolist(), high.tolist()])
    feature = {"type": "Feature", "geometry": {"type": kind, "coordinates": points}}
    land = alt.Chart(alt.InlineData(values=[feature])).mark_geoshape(
        aria=False, fill=LAND, stroke=BORDER, strokeWidth=0.7
    )
    return (land if rings else land.encode(opacity=alt.value(0))).project(type=PROJECTION)


def _meets(ring: Degrees, low: Degrees, high: Degrees) -> bool:
    return bool((ring.max(axis=0) > low).all() and (ring.min(axis=0) < high).all())
