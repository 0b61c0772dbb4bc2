"""The store of a study's results: a Zarr store with one group for each run, ``<study>.zarr/<policy>/<seed>``.

A study contains all runs of one configuration (scenario, agents, dates, parameters, model code); policies and seeds can
be added at any time. A run is written next to the store and moved into it when complete, so that readers never see an
incomplete run and an interrupted study can be resumed.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
import threading
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from corridor.experiments.runs.disk import KEPT, writing
from corridor.experiments.runs.keys import (
    ATTRIBUTES,
    CONSOLIDATED,
    GROUP,
    SEAL,
    ZARR_FORMAT,
    Damaged,
    Keys,
    consolidated,
    fetched,
    is_intact,
    packed,
    put,
    sealed,
    strangers,
    unpacked,
    write_whole,
)
from corridor.experiments.runs.tables import write_csv
from corridor.experiments.runs.workshop import workshop
from corridor.experiments.runs.written import keep, own_folder
from corridor.model.errors import InvalidInput

RECOMPUTE = "the command that made it, given again, computes it anew"
_EMPTY_GROUP = b'{"zarr_format": 2}'
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_DIRECTORY = "a directory"
_LITTLE = 1 << 20
"""Free bytes below which a disk counts as full."""
_NETCDF = threading.Lock()
"""Held by the thread that reads or writes: the library of NetCDF files ends a process in which two do so at once."""


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
        """Return whether a run exists, complete, intact and with this policy."""
        keys = _run_keys(self.path / policy / str(seed))
        return is_intact(keys) and bool(json.loads(keys[ATTRIBUTES]).get("policy_hash") == policy_hash)

    @contextmanager
    def workshop(self) -> Iterator[Path]:
        """Yield a directory on the same disk in which runs are written before they are moved into the store."""
        with ExitStack() as stack:
            with writing(self.path.parent, what=_DIRECTORY, kept=KEPT):
                self.path.parent.mkdir(parents=True, exist_ok=True)
                folder = stack.enter_context(workshop(self.path.parent))
            yield folder

    def add(self, ds: xr.Dataset, workshop: Path) -> Path:
        """Write one run; it appears in the store complete or not at all.

        Parameters
        ----------
        ds : Dataset
            With attributes ``policy`` and ``seed``; an older run of the same policy and seed is replaced.
        workshop : path
            Directory from `workshop`.

        Raises
        ------
        InvalidInput
            If the policy's name is no name for a directory, the place is somebody else's, or the disk is full or cannot
            be written.
        """
        policy, seed = str(ds.attrs["policy"]), str(ds.attrs["seed"])
        if not NAME.fullmatch(policy):
            raise InvalidInput("policy", "name", policy, "letters, digits, dots, dashes and underscores")
        written, target = workshop / f"{policy}-{seed}-{uuid.uuid4().hex}", self.path / policy / seed
        keys = sealed(packed(lambda store: ds.to_zarr(store, consolidated=False, zarr_format=ZARR_FORMAT)))
        with writing(self.path.parent, what=_DIRECTORY, kept=KEPT):
            for key, content in consolidated(keys).items():
                (written / key).parent.mkdir(parents=True, exist_ok=True)
                (written / key).write_bytes(content)
            self._claim()
            put(str(self.path / policy), {GROUP: _EMPTY_GROUP})
            _exchange(written, target)
            (self.path / CONSOLIDATED).unlink(missing_ok=True)
        return target

    def _claim(self) -> None:
        """Create the store, or its description if lost; refuse a folder that is not Corridor's."""
        attributes = json.dumps(self._attributes, indent=2).encode()
        root = sealed({GROUP: _EMPTY_GROUP, ATTRIBUTES: attributes})
        here = fetched(str(self.path), root)
        if is_intact(here):
            if json.loads(here[ATTRIBUTES])["configuration"] != json.loads(attributes)["configuration"]:
                raise InvalidInput("study", "path", str(self.path), "another directory: it contains another study")
        elif foreign := strangers(self.path):
            raise InvalidInput("study", "path", str(self.path), f"another directory: it contains {foreign[0]}")
        else:
            put(str(self.path), root)

    def consolidate(self) -> None:
        """Consolidate the metadata of all runs, where readers of Zarr look first."""
        keys = fetched(str(self.path), [GROUP, ATTRIBUTES])
        for file in sorted(self.path.glob(f"*/{GROUP}")):
            keys |= {f"{file.parent.name}/{GROUP}": file.read_bytes()}
        for policy, seed in finished_runs(self.path):
            prefix, run = f"{policy}/{seed}", _run_keys(self.path / policy / str(seed))
            keys |= {f"{prefix}/{key}": content for key, content in run.items() if key != CONSOLIDATED}
        with writing(self.path, what=_DIRECTORY, kept=KEPT):
            write_whole(self.path / CONSOLIDATED, consolidated(keys)[CONSOLIDATED])


def _exchange(written: Path, target: Path) -> None:
    """Move a run to its place; an earlier one by Corridor goes to the workshop and is deleted with it."""
    while True:
        if foreign := strangers(target):
            raise InvalidInput(
                "study", "run", str(target), f"a directory with results only; {foreign[0]} in it is not Corridor's"
            )
        with suppress(FileNotFoundError):
            os.replace(target, written.with_name(f"replaced-{uuid.uuid4().hex}"))
        try:
            os.replace(written, target)
            return
        except OSError as error:
            # Another command has put the same run there meanwhile.
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise


def forget(run: Path) -> None:
    """Remove a run from its store, unless the directory contains files that Corridor did not write."""
    if (run / GROUP).exists() and not strangers(run):
        (run.parent.parent / CONSOLIDATED).unlink(missing_ok=True)
        shutil.rmtree(run, ignore_errors=True)


def _run_keys(folder: Path) -> Keys:
    """Return the files of a run; none if there is no run, or another command is replacing it."""
    try:
        files = (file for file in sorted(folder.rglob("*")) if file.is_file())
        return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}
    except FileNotFoundError:
        return {}


def read_run(path: Path, policy: str, seed: int) -> xr.Dataset:
    """Return one run of a study, loaded into memory after its checksums are verified.

    Raises
    ------
    InvalidInput
        If there is no such run, or it is damaged.
    """
    folder = path / policy / str(seed)
    if not folder.exists():
        raise InvalidInput(str(path), "run", f"{policy}/{seed}", f"one of {_listed(finished_runs(path))}")
    keys = _run_keys(folder)
    if not is_intact(keys):
        raise Damaged(str(path), f"run {policy}/{seed}", "damaged", f"a whole run; {RECOMPUTE}")
    ds = unpacked(keys)
    del ds.attrs[SEAL]
    return ds


def finished_runs(path: Path) -> list[tuple[str, int]]:
    """Return policy and seed of every run of a study, in order of policy name and seed."""
    if not os.path.exists(path / GROUP):  # of a path too long, too
        raise InvalidInput("study", "path", str(path), "a study's directory, results/<name>.zarr")
    runs = [(run.parent.name, int(run.name)) for run in path.glob("*/*") if run.name.isdigit()]
    return sorted(runs)


def description(path: Path) -> dict[str, Any]:
    """Return a study's attributes: its configuration and software versions.

    Raises
    ------
    InvalidInput
        If they are damaged.
    """
    keys = fetched(str(path), [GROUP, ATTRIBUTES])
    if not is_intact(keys):
        raise Damaged("study", "description", str(path), f"that of a study, undamaged; {RECOMPUTE}")
    attributes: dict[str, Any] = json.loads(keys[ATTRIBUTES])
    return attributes


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
    study.attrs["configuration"] = json.dumps(description(path)["configuration"])
    return study.transpose("policy", "replicate", ...)


def export_netcdf(ds: xr.Dataset, path: Path) -> Path:
    """Write a run or study as NetCDF 4."""
    make_folder(path.parent)
    flat = ds.copy()
    for coordinate in flat.coords.values():
        if coordinate.dtype == bool:
            flat = flat.assign_coords({coordinate.name: coordinate.astype("int8")})
    return write_netcdf(flat, path)


def read_netcdf(path: Path) -> xr.Dataset:
    """Read a whole NetCDF file into memory."""
    with _NETCDF, xr.open_dataset(path) as ds:
        return ds.load()


def write_netcdf(ds: xr.Dataset, path: Path) -> Path:
    """Write a NetCDF file; a disk error is reported in one sentence and leaves no incomplete file."""
    with _NETCDF, writing(path, what="a file"):
        try:
            ds.to_netcdf(path)
        except RuntimeError as error:  # the NetCDF library, which does not say what it met
            is_full = shutil.disk_usage(path.parent).free < _LITTLE
            path.unlink(missing_ok=True)
            raise OSError(errno.ENOSPC if is_full else errno.EIO, str(error)) from None
    return path


def export_csv(ds: xr.Dataset, folder: Path) -> Path:
    """Write one CSV file for each set of dimensions, e.g. ``time-leg.csv``, one row per combination of labels."""
    folder = own_folder(folder)
    for name, table in tidy_tables(ds):
        keep(folder / f"{name}.csv", partial(write_csv, table))
    return folder


def export_parquet(ds: xr.Dataset, folder: Path) -> Path:
    """Write one Parquet file for each set of dimensions, as `export_csv` does."""
    folder = own_folder(folder)
    for name, table in tidy_tables(ds):
        keep(folder / f"{name}.parquet", partial(table.to_parquet, index=False))
    return folder


def tidy_tables(ds: xr.Dataset) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield a name and a table for each set of dimensions: a row per combination of labels, a column per variable."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for name, variable in ds.data_vars.items():
        groups.setdefault(tuple(str(dim) for dim in variable.dims), []).append(str(name))
    for dims, names in groups.items():
        table = ds[names].reset_coords(drop=True)
        if dims:
            yield "-".join(dims), table.to_dataframe(dim_order=list(dims)).reset_index()
        else:
            yield "scalars", table.to_array("variable").to_series().rename("value").reset_index()


def make_folder(folder: Path) -> None:
    """Make a directory if it does not exist; a disk error is reported in one sentence."""
    with writing(folder, what=_DIRECTORY):
        folder.mkdir(parents=True, exist_ok=True)


def _listed(runs: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{policy}/{seed}" for policy, seed in runs) or "no run yet"
