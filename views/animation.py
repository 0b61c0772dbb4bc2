"""The animated map of Explore: flows and deaths week by week, of one world or of two side by side."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st
import xarray as xr

from corridor.model.corridor import Corridor
from corridor.views.maps import MODES

WEEKS_SMOOTHED = 4
HTML = """<div class="weeks"><div class="maps"></div>
<div class="controls"><button type="button"></button>
<input type="range" min="0" value="0" aria-label="Week"><output></output></div></div>"""
CSS = """
.weeks {font-family: var(--st-font); color: #1b2530;}
.maps {display: flex; flex-wrap: wrap; gap: 1rem;}
figure {flex: 1 1 300px; margin: 0; min-width: 0;}
figcaption {font-weight: 600;} svg {width: 100%; height: auto; background: #f4f8fb; border-radius: 8px;}
text {font-size: 13px; font-weight: 600; fill: #1b2530; paint-order: stroke; stroke: #ffffff; stroke-width: 3px;}
.place {fill: #1b2530;} .loss {fill: none; stroke: #8a3200; stroke-width: 2.5px;}
p {margin: .3rem 0; font-size: .9rem; color: #46535f;}
.controls {display: flex; gap: .8rem; align-items: center; margin-top: .5rem;}
button {min-width: 6.5rem; padding: .45rem .9rem; border: 0; border-radius: 8px; background: #0b5c8a; color: #ffffff;
  font: inherit; cursor: pointer;}
button:focus-visible, input:focus-visible {outline: 3px solid #E69F00; outline-offset: 2px;}
input {flex: 1; min-width: 4rem; accent-color: #0b5c8a;} output {min-width: 9.5rem; font-variant-numeric: tabular-nums;}
"""
SCRIPT = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")

_mount = st.components.v2.component("corridor_weeks", html=HTML, css=CSS, js=SCRIPT)


def weekly(ds: xr.Dataset, corridor: Corridor, titles: Mapping[str, str]) -> dict[str, Any]:
    """Plain data of the animation.

    Parameters
    ----------
    ds : Dataset
        From `corridor.views.tasks.Task.dataset`, with ``flow`` and ``deaths_under_way``.
    corridor : Corridor
    titles : mapping of str to str
        Policies to draw, and their words.
    """
    smooth = {"time": WEEKS_SMOOTHED}
    flow = ds["flow"].mean("replicate").rolling(smooth, min_periods=1).mean().transpose("policy", "time", "leg")
    deaths = ds["deaths_under_way"].mean("replicate").transpose("policy", "time", "leg")
    shown = list(titles)
    return {
        "weeks": [f"{day:%d %b %Y}" for day in pd.DatetimeIndex(ds["time"].to_numpy())],
        "places": [{"x": place.longitude, "y": place.latitude, "label": place.label} for place in corridor.places],
        "legs": [
            {"from": int(start), "to": int(end), "colour": MODES[leg.mode]}
            for leg, start, end in zip(corridor.legs, corridor.leg_origin, corridor.leg_destination, strict=True)
        ],
        "worlds": [
            {
                "title": title,
                "flow": flow.sel(policy=name).to_numpy().round(2).tolist(),
                "deaths": deaths.sel(policy=name).to_numpy().round(2).tolist(),
            }
            for name, title in titles.items()
        ],
        "widest": max(float(flow.sel(policy=shown).max()), 1.0),
        "mostDeaths": max(float(deaths.sel(policy=shown).sum("time").max()), 1.0),
    }


def animate(ds: xr.Dataset, corridor: Corridor, titles: Mapping[str, str]) -> None:
    """Show the animation; parameters as in `weekly`."""
    _mount(data=weekly(ds, corridor, titles), key="weeks")
    st.caption(
        "Lines and dots: travels that ended in the week, mean over four weeks and three runs. Rings: deaths on each "
        "way so far. Grey is land, blue sea, ochre desert, purple air."
    )
