"""Files that a command leaves beside the store: the figure, and the exports asked for."""

from __future__ import annotations

from pathlib import Path

import xarray as xr

from experiments.boundaries import boundaries
from experiments.conf import Export, Settings
from experiments.figure import draw
from experiments.run import World
from experiments.store import export_csv, export_netcdf
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
    base = store.with_name(f"{store.stem}-{label}")
    files = {"store": store}
    if settings.export is Export.netcdf:
        files["netcdf"] = export_netcdf(study, base.with_name(f"{base.name}.nc"))
    if settings.export is Export.csv:
        files["csv"] = export_csv(study, base.with_name(f"{base.name}-csv"))
    if settings.figure:
        picture, beside = base.with_name(f"{base.name}.png"), observed(settings.scenario)
        files["figure"] = draw(study, world.corridor, beside, picture, boundaries(world.corridor))
    return {kind: str(file) for kind, file in files.items()}
