"""Maps of flows, drawn from tables alone: no request leaves the browser."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import altair as alt
import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from corridor.experiments.analysis.intervals import paired_interval
from corridor.experiments.reporting.boundaries import boundaries
from corridor.experiments.reporting.effect_words import three_digits
from corridor.experiments.reporting.language import N_, _
from corridor.model.calendar import DAYS_PER_YEAR
from corridor.model.corridor import Corridor
from corridor.views.charts import readable, short

PROJECTION: Literal["mercator"] = "mercator"
LAND, SEA, BORDER, INK = "#e9e6df", "#e8f1f7", "#ffffff", "#1b2530"
MODES = {"land": "#4d4d4d", "sea": "#0072B2", "desert": "#B07800", "air": "#A6437A"}
CHANGES = {"more": "#B35806", "fewer": "#2166AC", "unclear": "#8a8f94"}
MODES_NAMED = {"land": N_("land"), "sea": N_("sea"), "desert": N_("desert"), "air": N_("air")}
CHANGES_NAMED = {"more": N_("more"), "fewer": N_("fewer"), "unclear": N_("unclear")}
CHANGE_DASHES = {"more": [1, 0], "fewer": [9, 6], "unclear": [2, 4]}
LARGE_MAP = 500  # pixels
NAMED_PLACES = {True: 20, False: 10}  # on large and on small maps
ROOM_FOR_NAME = {True: (0.10, 0.035), False: (0.22, 0.07)}  # width and height, as shares of the map
FAINTEST_SHARE = 0.002  # of the widest line; fainter ones could not be seen
FRAME_SHARE = 0.15
SEA_MARGIN = 2.0  # degrees
LINE_WIDTHS = (1, 10)  # shares of the widest line that the legend shows, as divisors
LEGS_TOLD = 2
ROLES = {"home": "circle", "hub": "square", "destination": "triangle-up"}


def legs_table(corridor: Corridor, ds: xr.Dataset, policy: str, baseline: str) -> pd.DataFrame:
    """Return the flow on each leg and its difference to the baseline.

    Parameters
    ----------
    corridor : Corridor
    ds : Dataset
        From `corridor.views.tasks.Task.dataset`.
    policy, baseline : str

    Returns
    -------
    DataFrame
        One row a leg: ends in words and degrees, ``mode``; ``flow`` (persons a year), ``difference``, ``low`` and
        ``high`` (90 % interval), ``change`` (more, fewer, unclear).
    """
    ours, theirs = (
        ds["passages"].sel(policy=name).transpose("leg", "replicate").to_numpy() for name in (policy, baseline)
    )
    years = (dt.date.fromisoformat(ds.attrs["end"]) - dt.date.fromisoformat(ds.attrs["start"])).days / DAYS_PER_YEAR
    rows = []
    for leg, mine, other in zip(corridor.legs, ours, theirs, strict=True):
        start, end = corridor.places[leg.origin], corridor.places[leg.destination]
        mean, low, high = paired_interval(mine - other, ds.attrs["persons_per_agent"] / years)
        change = "more" if low > 0 else "fewer" if high < 0 else "unclear"
        row = {"from": start.label, "to": end.label, "mode": leg.mode, "flow": float(np.mean(mine))}
        ends = {"x": start.longitude, "y": start.latitude, "x2": end.longitude, "y2": end.latitude}
        rows.append({**row, **ends, "difference": mean, "low": low, "high": high, "change": change})
    return pd.DataFrame(rows)


def flow_map(corridor: Corridor, legs: pd.DataFrame, height: int = 540, widest: float | None = None) -> alt.LayerChart:
    """Draw the flow on each leg: width by persons a year, colour by mode.

    Parameters
    ----------
    corridor : Corridor
    legs : DataFrame
        From `legs_table`.
    height : int, pixels
    widest : float, optional
        Flow that the widest line stands for, so that maps can be compared; by default the largest.
    """
    shown = legs[legs["flow"] > FAINTEST_SHARE * legs["flow"].max()]
    colour = alt.Color("mode:N", scale=_scale(MODES), legend=_legend(_("travel by"), MODES_NAMED))
    lines = _lines(shown, "flow", widest or legs["flow"].max()).encode(
        color=colour,
        tooltip=[*_ends(), alt.Tooltip("flow:Q", format=",.3~s", title=_("persons a year"))],
    )
    return _layers(corridor, lines, legs, height)


def difference_map(
    corridor: Corridor, legs: pd.DataFrame, height: int = 540, widest: float | None = None
) -> alt.LayerChart:
    """Draw where the flow moved: width by the difference in persons a year; solid is more, dashed fewer.

    Parameters as in `flow_map`.
    """
    sizes = legs["difference"].abs()
    shown = legs.assign(size=sizes)[sizes > FAINTEST_SHARE * sizes.max()]
    told = _legend(_("than at baseline"), CHANGES_NAMED)
    words = alt.Color("change:N", scale=_scale(CHANGES), legend=told)
    dashes = alt.StrokeDash("change:N", scale=_scale(CHANGE_DASHES), legend=told)
    named = {"difference": _("difference"), "low": _("interval from"), "high": _("interval to")}
    figures = [alt.Tooltip(f"{name}:Q", format="+,.3~s", title=words) for name, words in named.items()]
    lines = _lines(shown, "size", widest or sizes.max()).encode(
        color=words, strokeDash=dashes, tooltip=[*_ends(), *figures]
    )
    return _layers(corridor, lines, legs, height)


def _ends() -> list[alt.Tooltip]:
    words = {"from": _("from"), "to": _("to"), "by": _("travel by")}
    return [alt.Tooltip(f"{name}:N", title=title) for name, title in words.items()]


def flow_words(legs: pd.DataFrame) -> str:
    """Return the finding of a map of flows in a sentence."""
    words = _("{start} to {end}, {flow} persons a year")
    told = _("; ").join(
        words.format(start=start, end=end, flow=three_digits(flow))
        for start, end, flow in _first(legs, "flow", LEGS_TOLD)
    )
    return _("Map of flows. The busiest legs: {legs}.").format(legs=told) if told else _("Map without any travel.")


def difference_words(legs: pd.DataFrame) -> str:
    """Return the finding of a map of differences in a sentence: legs with clearly more and clearly fewer people."""
    told = []
    for change, words in (
        ("fewer", _("{number} fewer a year from {start} to {end}")),
        ("more", _("{number} more a year from {start} to {end}")),
    ):
        sure = legs[legs["change"] == change].assign(size=legs["difference"].abs())
        told += [
            words.format(number=three_digits(size), start=start, end=end)
            for start, end, size in _first(sure, "size", LEGS_TOLD)
        ]
    if not told:
        return _("Map: no leg with a clear difference.")
    return _("Map of differences to the baseline. {legs}.").format(legs=_("; ").join(told))


def _first(legs: pd.DataFrame, column: str, count: int) -> list[tuple[str, str, float]]:
    """Return the ends and the figure of the legs with the largest figures above zero."""
    largest = legs[legs[column] > 0].nlargest(count, column)
    return list(zip(largest["from"], largest["to"], largest[column], strict=True))


def _scale(look: dict[str, str] | dict[str, list[int]]) -> alt.Scale:
    return alt.Scale(domain=list(look), range=list(look.values()))


def _legend(title: str, words: Mapping[str, str]) -> alt.Legend:
    named = json.dumps({key: _(word) for key, word in words.items()})
    return alt.Legend(
        title=title, orient="bottom", symbolStrokeWidth=3, symbolType="stroke", labelExpr=f"{named}[datum.value]"
    )


def _lines(legs: pd.DataFrame, size: str, largest: float) -> alt.Chart:
    top = max(float(largest), 1.0)
    width = alt.Scale(type="sqrt", domain=[0, top], range=[0, 9])
    shown = [float(f"{top / divisor:.1g}") for divisor in reversed(LINE_WIDTHS)]
    legend = alt.Legend(
        title=_("persons a year"), orient="bottom", values=shown, symbolType="stroke", labelExpr=short()
    )
    named = legs.assign(by=[_(MODES_NAMED[mode]) for mode in legs["mode"]])
    return (
        alt.Chart(named)
        .mark_rule(opacity=0.75, strokeCap="butt", clip=True)
        .encode(
            longitude="x:Q",
            latitude="y:Q",
            longitude2="x2:Q",
            latitude2="y2:Q",
            strokeWidth=alt.StrokeWidth(f"{size}:Q", scale=width, legend=legend),
        )
    )


def _layers(corridor: Corridor, lines: alt.Chart, legs: pd.DataFrame, height: int) -> alt.LayerChart:
    """Put land below and places above the lines; every layer has the same projection, so that they fit."""
    seas = _frame(corridor, legs)
    place = _projection(seas)
    roles = _places(corridor, legs, height >= LARGE_MAP, seas)
    base = alt.Chart(roles).encode(longitude="x:Q", latitude="y:Q").project(**place)
    shape = alt.Shape("role:N", scale=alt.Scale(domain=list(ROLES), range=list(ROLES.values())), legend=None)
    marks = base.mark_point(filled=True, size=22, color=INK, clip=True).encode(
        shape=shape, tooltip=[alt.Tooltip("place:N", title=_("Where"))]
    )
    text = base.encode(text="name:N")
    look: dict[str, Any] = {"align": "left", "dx": 5, "dy": -5, "fontSize": 11, "fontWeight": "bold", "clip": True}
    halo = text.mark_text(stroke="white", strokeWidth=3, aria=False, **look)
    names = text.mark_text(color=INK, **look)
    layers = [_land(corridor).project(**place), lines.project(**place), marks, halo, names]
    return readable(alt.layer(*layers).properties(height=height)).configure_view(fill=SEA, stroke=None)


class Frame(NamedTuple):
    """The part of a map that is drawn: longitudes at its sides and the latitude in its middle, degrees."""

    left: float
    right: float
    middle: float


def _frame(corridor: Corridor, legs: pd.DataFrame) -> Frame | None:
    """Return the seas that people cross, which fill the width of a map; None to draw all places of a corridor."""
    sea = legs[legs["mode"] == "sea"]
    if sea.empty or not boundaries(corridor):
        return None
    longitudes, latitudes = (pd.concat([sea[name], sea[f"{name}2"]]) for name in ("x", "y"))
    return Frame(longitudes.min() - SEA_MARGIN, longitudes.max() + SEA_MARGIN, float(latitudes.median()))


def _projection(frame: Frame | None) -> dict[str, Any]:
    """Return the projection of degrees to pixels: the frame as wide as the chart, or everything fitted in."""
    if frame is None:
        return {"type": PROJECTION}
    radians = np.deg2rad(frame.right - frame.left)
    return {
        "type": PROJECTION,
        "center": [(frame.left + frame.right) / 2, frame.middle],
        "scale": alt.ExprRef(f"width / {radians:.4f}"),
        "translate": alt.ExprRef("[width / 2, height / 2]"),
    }


def _places(corridor: Corridor, legs: pd.DataFrame, is_large: bool, frame: Frame | None) -> pd.DataFrame:
    """Return all places, with a ``name`` to write next to the busiest in sight, unless there is a name already."""
    through = legs.groupby("from")["flow"].sum().add(legs.groupby("to")["flow"].sum(), fill_value=0.0)
    columns = {"label": "place", "role": "role", "longitude": "x", "latitude": "y"}
    table = pd.DataFrame({new: corridor.places.column(old) for old, new in columns.items()}).assign(name="")
    seen = table if frame is None else table[table["x"].between(frame.left, frame.right)]
    extent = np.array([seen["x"].max() - seen["x"].min(), seen["y"].max() - seen["y"].min()])
    room = extent * ROOM_FOR_NAME[is_large]
    named: list[NDArray[np.float64]] = []
    for row in seen["place"].map(through).sort_values(ascending=False).index:
        at = table.loc[row, ["x", "y"]].to_numpy(float)
        if len(named) < NAMED_PLACES[is_large] and not any((np.abs(at - other) < room).all() for other in named):
            named.append(at)
            table.loc[row, "name"] = table.loc[row, "place"]
    return table


def _land(corridor: Corridor) -> alt.Chart:
    """Return the layer of countries, or of an unseen frame that leaves room for names where they are invented."""
    rings = [[ring.tolist()] for ring in boundaries(corridor)]
    kind, points = ("MultiPolygon", rings) if rings else ("MultiPoint", _corners(corridor))
    shape = {"type": "Feature", "geometry": {"type": kind, "coordinates": points}}
    land = alt.Chart(alt.InlineData(values=[shape])).mark_geoshape(
        aria=False, fill=LAND, stroke=BORDER, strokeWidth=0.7
    )
    return (land if rings else land.encode(opacity=alt.value(0))).project(type=PROJECTION)


def _corners(corridor: Corridor) -> list[list[float]]:
    """Return two corners of a frame around all places, degrees."""
    places = np.column_stack([corridor.places.column("longitude"), corridor.places.column("latitude")])
    low, high = places.min(axis=0), places.max(axis=0)
    margin = FRAME_SHARE * (high - low)
    return [(low - margin).tolist(), (high + margin).tolist()]
