"""Members of an ensemble: one simulation each, kept as monthly figures, computed once and found again.

Everything that is scored here compares months, so a run is reduced to months as soon as it ends. Files are named by
a fingerprint of all that a run depends on: a stopped ensemble goes on where it stood, and no result of other code or
other data is ever mistaken for this one.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from distributed import Client
from numpy.typing import NDArray

from corridor.experiments.runs import engine
from corridor.experiments.runs.store import fingerprint
from corridor.experiments.runs.world import model_hash
from corridor.experiments.runs.written import is_ours, record
from corridor.model.corridor import Corridor
from corridor.model.rows import Event
from corridor.model.simulation import Simulation
from corridor.model.tables import Table
from corridor.scenarios import load
from corridor.scenarios.posterior import settle

Progress = Callable[[int, int], None]
KEPT = (
    "detections", "expected_deaths_recorded", "attempts", "deaths", "interceptions", "passages", "fee_revenue_usd",
    "irregular_arrivals", "claims_of", "victims_started", "identified", "victims_by_group", "identified_by_group",
    "ransom_usd", "detention_days", "departures", "load", "detections_of", "stopped_ashore", "readmissions",
)  # fmt: skip
"""Variables that are kept, as sums over months."""
FORMAT = 5
"""Raise when what is kept changes."""


@dataclass(frozen=True)
class Member:
    """One run of an ensemble.

    Attributes
    ----------
    scenario : str
    seed : int
    agents : int
    end : date
        Last day of the run.
    parameters : mapping of str to float
        Values other than the corridor's own, origin effects among them (`corridor.scenarios.posterior.settle`).
    hidden : tuple of str
        Events taken out.
    prolonged : tuple of str
        Events that do not end.
    added : tuple of Event
        Events that the corridor does not have.
    known_until : date, optional
        Day after which nothing is known: later events are taken out, events in force stay, series stay at their last
        value.
    """

    scenario: str
    seed: int
    agents: int
    end: dt.date
    parameters: Mapping[str, float] = field(default_factory=dict)
    hidden: tuple[str, ...] = ()
    prolonged: tuple[str, ...] = ()
    added: tuple[Event, ...] = ()
    known_until: dt.date | None = None

    def settled(self) -> tuple[Corridor, dict[str, float]]:
        """Return the world in which the member lives, and its parameters."""
        corridor = _loaded(self.scenario)
        if self.known_until is not None:
            corridor = as_known(corridor, self.known_until)
        events = [
            event.model_copy(update={"until": None}) if event.event in self.prolonged else event
            for event in corridor.events
            if event.event not in self.hidden
        ]
        return settle(replace(corridor, events=(*events, *self.added)), self.parameters)

    @property
    def key(self) -> str:
        """Fingerprint of all that the result depends on."""
        values = sorted(self.parameters.items())
        known = (self.seed, self.agents, self.end, values, self.hidden, self.prolonged, self.added, self.known_until)
        return fingerprint(repr((FORMAT, _loaded(self.scenario).content_hash, model_hash(), known)))


def as_known(corridor: Corridor, day: dt.date) -> Corridor:
    """Return a corridor as it is known on a day: what is to come is not in it.

    Events after that day are left out and those in force have no end; series keep the values that hold for dates up to
    that day, or else their first, and stay at the last of them.
    """
    first: dict[tuple[str, str], dt.date] = {}
    for row in corridor.series:
        date = first.setdefault((row.entity, row.variable), row.date)
        first[row.entity, row.variable] = min(date, row.date)
    known = [row for row in corridor.series if row.date <= max(day, first[row.entity, row.variable])]
    series = Table(corridor.series.name, known)
    events = tuple(_as_known(event, day) for event in corridor.events if event.date <= day)
    return replace(corridor, series=series, events=events)


def _as_known(event: Event, day: dt.date) -> Event:
    return event.model_copy(update={"until": None}) if event.until is not None and event.until > day else event


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


def simulate(member: Member) -> xr.Dataset:
    """Compute one member, reduced by `monthly`."""
    corridor, parameters = member.settled()
    run = Simulation(corridor, seed=member.seed, agents=member.agents, end=member.end, parameters=parameters)
    return monthly(run.run())


def _compute(folder: Path, member: Member) -> None:
    """Compute one member and keep it; a file appears only when it is whole."""
    file = _file(folder, member)
    aside = file.with_suffix(f".{os.getpid()}.tmp")
    ds = simulate(member)
    ds = ds.assign_coords({name: c.astype("int8") for name, c in ds.coords.items() if c.dtype == bool})
    try:
        ds.to_netcdf(aside, encoding={name: {"zlib": True, "complevel": 2} for name in ds.data_vars})
        record(file, aside)
        aside.replace(file)
    finally:
        aside.unlink(missing_ok=True)


def _file(folder: Path, member: Member) -> Path:
    return folder / f"{member.key}.nc"


def ensemble(members: Sequence[Member], folder: Path, workers: int = 1, progress: Progress | None = None) -> xr.Dataset:
    """Return the monthly figures of many runs; what was computed before is read.

    Parameters
    ----------
    members : sequence of Member
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
    return xr.concat([read(file) for file in files], dim="member", join="override", combine_attrs="override")


def compute(
    members: Sequence[Member], folder: Path, workers: int | Client = 1, progress: Progress | None = None
) -> list[Path]:
    """Compute the runs that are not kept yet, whatever their scenarios and ends; return where each is kept.

    What was damaged since it was written is computed again.

    Parameters
    ----------
    members, folder, progress
        As for `ensemble`.
    workers : int or Client
        Processes that compute, or a client (`engine.workers`) that is kept for what comes after.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = {_file(folder, member): member for member in members}
    missing = [member for file, member in files.items() if not is_ours(file)]
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
    return [_file(folder, member) for member in members]


def read(file: Path) -> xr.Dataset:
    """Read the part of a run that `compute` stored."""
    with xr.open_dataset(file) as ds:
        return ds.load()


def of_route(values: xr.DataArray) -> xr.DataArray:
    """Sum a variable of legs by route; legs without a route are left out."""
    sums = values.groupby(values["leg_route"].rename("route")).sum("leg")
    return sums.sel(route=sums["route"] != "")
