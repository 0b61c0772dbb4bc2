"""Files that a command writes next to the store: the figure and requested exports."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pandas as pd
import xarray as xr

from corridor.experiments.reporting.boundaries import boundaries
from corridor.experiments.reporting.figure import draw
from corridor.experiments.runs.settings import Export, Settings
from corridor.experiments.runs.store import export_csv, export_netcdf
from corridor.experiments.runs.tables import write_csv
from corridor.experiments.runs.world import World
from corridor.experiments.runs.written import keep, keep_text
from corridor.model.trace import LifeEvent, story
from corridor.scenarios import observed


def write_files(study: xr.Dataset, world: World, settings: Settings, store: Path, label: str) -> dict[str, str]:
    """Write figure and exports.

    Parameters
    ----------
    study : Dataset
        Over ``policy`` and ``replicate``.
    world : World
    settings : Settings
    store : path
        Store of the study; files go beside it.
    label : str
        What is added to the store's name to name the files.

    Returns
    -------
    dict of str to str
        Kind of file to its path, the store first.
    """
    base = _beside(store, label)
    files = {"store": store}
    if settings.export is Export.netcdf:
        files["netcdf"] = keep(base.with_name(f"{base.name}.nc"), lambda file: export_netcdf(study, file))
    if settings.export is Export.csv:
        files["csv"] = export_csv(study, base.with_name(f"{base.name}-csv"))
    if settings.figure:
        picture, beside = base.with_name(f"{base.name}.png"), observed(settings.scenario)
        outlines = boundaries(world.corridor)
        files["figure"] = keep(picture, lambda file: draw(study, world.corridor, beside, file, outlines))
    return {kind: str(file) for kind, file in files.items()}


def write_life_events(events: Sequence[LifeEvent], store: Path, label: str) -> dict[str, str]:
    """Write the life events of followed people as a table and as a story, next to the store.

    Parameters
    ----------
    events : sequence of LifeEvent
        Nothing is written if there are none.
    store : path
    label : str

    Returns
    -------
    dict of str to str
        Kind of file to its path.
    """
    if not events:
        return {}
    base = _beside(store, label)
    table = base.with_name(f"{base.name}-life-events.csv")
    files = {
        "life_events": keep(table, partial(write_csv, pd.DataFrame(events))),
        "story": keep_text(base.with_name(f"{base.name}-story.md"), story(events)),
    }
    return {kind: str(file) for kind, file in files.items()}


def _beside(store: Path, label: str) -> Path:
    return store.with_name(f"{store.stem}-{label}")
