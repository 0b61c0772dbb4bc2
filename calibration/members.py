"""Members of an ensemble: one simulation each, stored as monthly figures and reused.

All scores compare months, so that a run is reduced to months as soon as it ends. Files are named by a fingerprint of
everything on which a run depends: an interrupted ensemble resumes, and results of other code or data are never mixed
with its own.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pandas as pd
import xarray as xr
from distributed import Client
from numpy.typing import NDArray

from corridor.experiments.runs import engine, run
from corridor.experiments.runs.patch import NO_PATCH, Patch
from corridor.experiments.runs.run import Job, OnProgress
from corridor.experiments.runs.store import fingerprint, read_netcdf
from corridor.experiments.runs.world import World, model_hash
from corridor.experiments.runs.written import is_ours, record
from corridor.model.corridor import Corridor
from corridor.model.policies import Policy
from corridor.scenarios import load

KEPT = (
    "detections", "expected_deaths_recorded", "attempts", "deaths", "interceptions", "passages", "fee_revenue_usd",
    "irregular_arrivals", "claims_of", "victims_started", "identified", "victims_by_group", "identified_by_group",
    "ransom_usd", "detention_days", "departures", "load", "detections_of", "stopped_ashore", "readmissions",
)  # fmt: skip
"""Variables that are stored, as sums over months."""
FORMAT = 5
"""To be raised when the stored content changes."""


def member(
    scenario: str,
    seed: int,
    agents: int,
    end: dt.date,
    parameters: Mapping[str, float] = MappingProxyType({}),
    patch: Patch = NO_PATCH,
) -> Job:
    """Return the run of an ensemble.

    Parameters
    ----------
    scenario : str
    seed : int
    agents : int
    end : date
        Last day of the run.
    parameters : mapping of str to float
        Values other than the corridor's own, origin effects among them (`corridor.scenarios.posterior.settle`).
    patch : Patch
        What differs from the scenario's events.
    """
    corridor = _loaded(scenario)
    world = World(corridor, agents, corridor.start, end, corridor.step_days, dict(parameters))
    return Job(world, Policy(), seed, patch=patch)


def key(job: Job) -> str:
    """Return the fingerprint of everything on which the result of a member depends."""
    world, patch = job.world, job.patch
    events = patch.hidden, patch.prolonged, patch.added, patch.known_until
    known = (job.seed, world.agents, world.end, sorted(world.parameters.items()), *events)
    return fingerprint(repr((FORMAT, world.corridor.content_hash, model_hash(), known)))


@lru_cache(maxsize=4)
def _loaded(scenario: str) -> Corridor:
    return load(scenario)


def monthly(ds: xr.Dataset) -> xr.Dataset:
    """Reduce a run to sums over calendar months; a step that spans two months is shared by days.

    Parameters
    ----------
    ds : Dataset
        Result of one run.

    Returns
    -------
    Dataset
        The variables `KEPT` over ``month`` (whole months only) and their own dimensions, single precision.
    """
    days = ds["time"].to_numpy().astype("datetime64[D]")
    ends = np.append(days, days[-1] + int(ds.attrs["step_days"]))
    edges = pd.date_range(str(ends[0]), str(ends[-1]), freq="MS")
    variables = {}
    for name in KEPT:
        values = ds[name]
        summed = np.concatenate([np.zeros((1, *values.shape[1:])), np.cumsum(values.to_numpy(), axis=0)])
        flat = summed.reshape(len(ends), -1)
        sums = np.diff(np.array([np.interp(_days(edges), _days(ends), column) for column in flat.T]), axis=1).T
        shaped = sums.reshape(len(edges) - 1, *values.shape[1:]).astype(np.float32)
        variables[name] = (("month", *values.dims[1:]), shaped)
    coords = {name: coord for name, coord in ds.coords.items() if "time" not in coord.dims}
    attrs = {"persons_per_agent": float(ds.attrs["persons_per_agent"])}
    return xr.Dataset(variables, coords={**coords, "month": edges[:-1]}, attrs=attrs)


def _days(dates: pd.DatetimeIndex | NDArray[np.datetime64]) -> NDArray[np.float64]:
    return np.asarray(dates).astype("datetime64[D]").astype(float)


def simulate(job: Job) -> xr.Dataset:
    """Compute one member, reduced by `monthly`."""
    return monthly(run.simulate(job))


def _compute(folder: Path, job: Job) -> None:
    """Compute one member and store it; a file appears only when it is complete."""
    file = _file(folder, job)
    aside = file.with_suffix(f".{os.getpid()}.tmp")
    ds = simulate(job)
    ds = ds.assign_coords({name: c.astype("int8") for name, c in ds.coords.items() if c.dtype == bool})
    try:
        ds.to_netcdf(aside, encoding={name: {"zlib": True, "complevel": 2} for name in ds.data_vars})
        record(file, aside)
        aside.replace(file)
    finally:
        aside.unlink(missing_ok=True)


def _file(folder: Path, job: Job) -> Path:
    return folder / f"{key(job)}.nc"


def ensemble(members: Sequence[Job], folder: Path, workers: int = 1, progress: OnProgress | None = None) -> xr.Dataset:
    """Return the monthly figures of many runs; stored ones are read.

    Parameters
    ----------
    members : sequence of Job
        All with the same legs, places and end.
    folder : Path
        Where results are kept, one file a member.
    workers : int
        Processes that compute.
    progress : callable, optional
        Called with members done and members in all.

    Returns
    -------
    Dataset
        As `monthly`, with the dimension ``member``.
    """
    files = compute(members, folder, workers, progress)
    return xr.concat([read_netcdf(file) for file in files], dim="member", join="override", combine_attrs="override")


def compute(
    members: Sequence[Job], folder: Path, workers: int | Client = 1, progress: OnProgress | None = None
) -> list[Path]:
    """Compute runs that are not stored yet, of any scenarios and end dates; return the path of each.

    Damaged files are computed again.

    Parameters
    ----------
    members, folder, progress
        As for `ensemble`.
    workers : int or Client
        Processes that compute, or a client (`engine.workers`) that is kept for what comes after.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = {_file(folder, job): job for job in members}
    missing = [job for file, job in files.items() if not is_ours(file)]
    done = len(files) - len(missing)
    if progress is not None:
        progress(done, len(files))
    if missing:
        give = nullcontext(workers) if isinstance(workers, Client) else engine.workers(min(workers, len(missing)))
        with give as client:
            for item in engine.each(_compute, folder, missing, client):
                if item.failure is not None:
                    raise item.failure.cause
                done += 1
                if progress is not None:
                    progress(done, len(files))
    return [_file(folder, job) for job in members]


def of_route(values: xr.DataArray) -> xr.DataArray:
    """Sum a variable of legs by route; legs without a route are left out."""
    sums = values.groupby(values["leg_route"].rename("route")).sum("leg")
    return sums.sel(route=sums["route"] != "")
