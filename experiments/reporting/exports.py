"""Studies in formats that other tools read: NetCDF, tidy CSV, Parquet."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pandas as pd
import xarray as xr

from corridor.experiments.runs.disk import writing
from corridor.experiments.runs.store import export_csv, export_netcdf, export_parquet
from corridor.experiments.runs.tables import write_csv
from corridor.experiments.runs.written import keep
from corridor.experiments.studies.store import EnsembleStore
from corridor.experiments.studies.view import StudyView, view
from corridor.model.errors import InvalidInput

WRITERS: dict[str, tuple[str, Callable[[xr.Dataset, Path], Path]]] = {
    "netcdf": (".nc", export_netcdf),
    "csv": ("", export_csv),
    "parquet": ("", export_parquet),
}
"""By format, the ending of its files (none: a directory) and its writer."""


def export_study(study: str | Path, form: str, path: str | Path) -> list[Path]:
    """Write a study for other tools.

    Parameters
    ----------
    study : str or path
    form : {"netcdf", "csv", "parquet"}
    path : str or path
        Directory, made if it is not there. It gets, for each world, a NetCDF file (or a directory of tables, one for
        each set of dimensions), and for an ensemble the table ``runs``: one row a run, with its place in the design,
        the values of factors, its state and outcomes. What is there and is no export stays; the new file goes beside.

    Returns
    -------
    list of path
        What was written.

    Raises
    ------
    InvalidInput
        If there is no study, the format is unknown, or the directory cannot be written.
    """
    if form not in WRITERS:
        raise InvalidInput("export", "format", form, ", ".join(WRITERS))
    ending, write = WRITERS[form]
    folder = Path(path)
    with writing(path, "export", "path", "a directory"):
        folder.mkdir(parents=True, exist_ok=True)
        first = view(study)
        worlds = first.store.worlds if first.store else [(first.scenario, first.future)]
        written = []
        for scenario, future in worlds:
            world = view(study, scenario, future) if len(worlds) > 1 else first
            name = scenario if future == "none" else f"{scenario}-{future}"
            place, ds = folder / f"{name}{ending}", described(world)
            written.append(keep(place, partial(write, ds)) if ending else write(ds, place))
        if first.store is not None:
            written.append(_write_runs(first.store, form, folder))
    return written


def described(world: StudyView) -> xr.Dataset:
    """Join records and all outcomes in one self-describing dataset."""
    renamed = world.outcomes.rename({name: f"outcome_{name}" for name in world.outcomes.data_vars})
    ds = world.ds.merge(renamed, combine_attrs="override", compat="override", join="left")
    ds["policy"].attrs["long_name"] = "policy, the baseline first"
    ds["replicate"].attrs["long_name"] = "pair: same sample of uncertain factors and same seed under every policy"
    return ds.assign_attrs(
        Conventions="CF-1.11",
        title=world.title,
        summary=world.question,
        source=f"Corridor {world.versions['corridor']}, an agent-based simulation; not a forecast",
        future=world.future,
        configuration=json.dumps(world.configuration),
        versions=json.dumps(world.versions),
        runs_finished=world.finished,
        runs_in_all=world.whole,
    )


def _write_runs(store: EnsembleStore, form: str, folder: Path) -> Path:
    table: pd.DataFrame = store.table().assign(result_hash=store.result_hashes()).reset_index()
    if form == "parquet":
        return keep(folder / "runs.parquet", partial(table.to_parquet, index=False))
    return keep(folder / "runs.csv", partial(write_csv, table))
