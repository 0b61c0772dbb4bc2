"""Where results are kept: one Zarr store a study, one group a run, ``<study>.zarr/<policy>/<seed>``.

A study holds all runs of one configuration (scenario, agents, dates, parameters, model code); policies and seeds may be
added at any time. A run is written beside the store and moved into it when it is whole, so that readers never meet half
a run, and a study that was stopped goes on where it stood.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import xarray as xr
import zarr

from experiments.disk import KEPT, writing
from model.errors import InvalidInput

# Version 3 of the Zarr format has no agreed form for arrays of names yet; version 2 is read by every tool.
ZARR_FORMAT: Literal[2] = 2
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_DIRECTORY = "a directory"


def result_hash(ds: xr.Dataset) -> str:
    """Return the SHA-256 of a run's results: name, dimensions, type, shape and bytes of every data variable.

    Attributes (which hold timings and versions) do not enter, so that the hash is the same for any number of threads
    and for a run alone or inside a study.
    """
    digest = hashlib.sha256()
    for name in sorted(str(key) for key in ds.data_vars):
        variable = ds.variables[name]
        values = variable.to_numpy()
        values = np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("<"))
        digest.update(f"{name}|{variable.dims}|{values.dtype.str}|{values.shape}|".encode())
        digest.update(values.data)
    return digest.hexdigest()


def fingerprint(value: object) -> str:
    """Return the first 12 hexadecimal digits of the SHA-256 of a value's JSON text."""
    text = json.dumps(value, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


class Study:
    """The runs of one configuration on disk.

    Parameters
    ----------
    folder : path
        Directory of all studies, e.g. ``results``.
    configuration : mapping
        Everything, other than policy and seed, that decides the results; JSON-ready. It is kept in the store's
        attributes, and its fingerprint is part of the store's name.
    details : mapping
        Further attributes to keep, such as versions; they do not decide which store is used.
    """

    def __init__(self, folder: Path, configuration: Mapping[str, Any], details: Mapping[str, Any]) -> None:
        self.path = folder / f"{configuration['scenario']}-{fingerprint(configuration)}.zarr"
        self._attributes = {"configuration": dict(configuration), **details}

    def has(self, policy: str, seed: int, policy_hash: str) -> bool:
        """Tell whether a run is there, whole, and of this very policy."""
        folder = self.path / policy / str(seed)
        if not folder.exists():
            return False
        return bool(zarr.open_group(folder, mode="r").attrs.get("policy_hash") == policy_hash)

    @contextmanager
    def workshop(self) -> Iterator[Path]:
        """Give a directory on the same disk in which runs are written before they are moved into the store."""
        with writing(self.path.parent, what=_DIRECTORY, kept=KEPT):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            folder = tempfile.TemporaryDirectory(
                dir=self.path.parent, prefix=".unfinished-", ignore_cleanup_errors=True
            )
        with folder as name:
            yield Path(name)

    def add(self, ds: xr.Dataset, workshop: Path) -> Path:
        """Write one run; it appears in the store at once or not at all.

        Parameters
        ----------
        ds : Dataset
            With attributes ``policy`` and ``seed``; an older run of the same policy and seed is replaced.
        workshop : path
            Directory from `workshop`.

        Raises
        ------
        InvalidInput
            If the policy's name is no name for a directory, or the disk is full or cannot be written.
        """
        policy, seed = str(ds.attrs["policy"]), str(ds.attrs["seed"])
        if not NAME.fullmatch(policy):
            raise InvalidInput("policy", "name", policy, "letters, digits, dots, dashes and underscores")
        written, target = workshop / f"{policy}-{seed}", self.path / policy / seed
        with writing(self.path.parent, what=_DIRECTORY, kept=KEPT):
            ds.to_zarr(written, mode="w", consolidated=False, zarr_format=ZARR_FORMAT)
            if not (self.path / ".zgroup").exists():
                zarr.open_group(self.path, mode="a", zarr_format=ZARR_FORMAT, attributes=self._attributes)
            zarr.open_group(self.path / policy, mode="a", zarr_format=ZARR_FORMAT)
            if target.exists():
                os.replace(target, workshop / f"{policy}-{seed}-replaced")
            os.replace(written, target)
        return target


def read_run(path: Path, policy: str, seed: int) -> xr.Dataset:
    """Return one run of a study, loaded into memory."""
    folder = path / policy / str(seed)
    if not folder.exists():
        raise InvalidInput(str(path), "run", f"{policy}/{seed}", f"one of {_listed(finished_runs(path))}")
    with xr.open_zarr(folder, consolidated=False, chunks=None) as ds:
        loaded: xr.Dataset = ds.load()
    return loaded


def finished_runs(path: Path) -> list[tuple[str, int]]:
    """Return policy and seed of every run of a study, in order of policy name and seed."""
    if not (path / ".zgroup").exists():
        raise InvalidInput("study", "path", str(path), "a study's directory, results/<name>.zarr")
    runs = [(run.parent.name, int(run.name)) for run in path.glob("*/*") if run.name.isdigit()]
    return sorted(runs)


def open_study(
    path: Path | str, policies: Sequence[str] | None = None, seeds: Iterable[int] | None = None
) -> xr.Dataset:
    """Return the runs of a study as one dataset.

    Parameters
    ----------
    path : path
        ``results/<name>.zarr``; it may still be growing.
    policies, seeds : sequence, optional
        Which runs, in this order; default all.

    Returns
    -------
    Dataset
        Dimensions ``policy`` and ``replicate`` (whose labels are the seeds) before those of a run. Runs that are not
        there are NaN. Attributes are those that all runs share, with the study's configuration.

    Raises
    ------
    InvalidInput
        If the path is not a study or no run is finished.
    """
    path = Path(path)
    runs = finished_runs(path)
    names = list(policies) if policies is not None else sorted({policy for policy, _ in runs})
    numbers = list(seeds) if seeds is not None else sorted({seed for _, seed in runs})
    rows = []
    for name in names:
        present = [seed for seed in numbers if (name, seed) in runs]
        if present:
            members = [read_run(path, name, seed) for seed in present]
            joined = xr.concat(
                members, "replicate", combine_attrs="drop_conflicts", join="exact", coords="minimal", compat="override"
            )
            rows.append(joined.assign_coords(replicate=present, policy=name))
    if not rows:
        raise InvalidInput(str(path), "runs", "none finished", f"one of {_listed(runs)}")
    study = xr.concat(rows, "policy", combine_attrs="drop_conflicts", join="outer", coords="minimal", compat="override")
    study["replicate"].attrs = {"long_name": "replicate", "description": "seed of the random numbers"}
    study.attrs["configuration"] = json.dumps(zarr.open_group(path, mode="r").attrs["configuration"])
    return study.transpose("policy", "replicate", ...)


def export_netcdf(ds: xr.Dataset, path: Path) -> Path:
    """Write a run or study as NetCDF 4."""
    _make_folder(path.parent)
    flat = ds.copy()
    for coordinate in flat.coords.values():
        if coordinate.dtype == bool:
            flat = flat.assign_coords({coordinate.name: coordinate.astype("int8")})
    flat.to_netcdf(path)
    return path


def export_csv(ds: xr.Dataset, folder: Path) -> Path:
    """Write one CSV file for each set of dimensions, e.g. ``time-leg.csv``, one row for each combination of labels."""
    _empty_folder(folder)
    for name, table in tidy_tables(ds):
        table.to_csv(folder / f"{name}.csv", index=False)
    return folder


def export_parquet(ds: xr.Dataset, folder: Path) -> Path:
    """Write one Parquet file for each set of dimensions, as `export_csv` does."""
    _empty_folder(folder)
    for name, table in tidy_tables(ds):
        table.to_parquet(folder / f"{name}.parquet", index=False)
    return folder


def tidy_tables(ds: xr.Dataset) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield a name and a table for each set of dimensions: a row a combination of labels, a column a variable."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for name, variable in ds.data_vars.items():
        groups.setdefault(tuple(str(dim) for dim in variable.dims), []).append(str(name))
    for dims, names in groups.items():
        table = ds[names].reset_coords(drop=True)
        if dims:
            yield "-".join(dims), table.to_dataframe(dim_order=list(dims)).reset_index()
        else:
            yield "scalars", table.to_array("variable").to_series().rename("value").reset_index()


def _empty_folder(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
    _make_folder(folder)


def _make_folder(folder: Path) -> None:
    with writing(folder, what=_DIRECTORY):
        folder.mkdir(parents=True, exist_ok=True)


def _listed(runs: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{policy}/{seed}" for policy, seed in runs) or "no run yet"
