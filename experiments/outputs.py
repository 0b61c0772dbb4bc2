"""Files that a command leaves beside the store: the figure, and the exports asked for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import xarray as xr

from experiments.boundaries import boundaries
from experiments.figure import draw
from experiments.run import World
from experiments.settings import Export, Settings
from experiments.store import export_csv, export_netcdf
from model.trace import LifeEvent, story
from scenarios import observed


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
        files["netcdf"] = export_netcdf(study, base.with_name(f"{base.name}.nc"))
    if settings.export is Export.csv:
        files["csv"] = export_csv(study, base.with_name(f"{base.name}-csv"))
    if settings.figure:
        picture, beside = base.with_name(f"{base.name}.png"), observed(settings.scenario)
        files["figure"] = draw(study, world.corridor, beside, picture, boundaries(world.corridor))
    return {kind: str(file) for kind, file in files.items()}


def write_life_events(events: Sequence[LifeEvent], store: Path, label: str) -> dict[str, str]:
    """Write the life events of the people followed as a table and as a story, beside the store.

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
    files = {
        "life_events": base.with_name(f"{base.name}-life-events.csv"),
        "story": base.with_name(f"{base.name}-story.md"),
    }
    pd.DataFrame(events).to_csv(files["life_events"], index=False)
    files["story"].write_text(story(events), encoding="utf-8")
    return {kind: str(file) for kind, file in files.items()}


def _beside(store: Path, label: str) -> Path:
    return store.with_name(f"{store.stem}-{label}")
