"""Writing a case as a directory that Flee and `read_case` read."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from corridor.displacement.engine.case import Case, Kind
from corridor.displacement.flee.daily import CONFLICTS, FLOODS, HUNGER, NO_DATE
from corridor.displacement.flee.network import CLOSURES, LOCATIONS, ROUTES
from corridor.displacement.flee.reader import PERIOD
from corridor.displacement.flee.series import CORRECTIONS, LAYOUT
from corridor.model.errors import InvalidInput
from corridor.scenarios.files import harmless

_TYPES = {Kind.CAMP: "camp", Kind.FORWARD: "forwarding_hub", Kind.MARKER: "marker", Kind.FLOOD: "flood_zone"}
ELSEWHERE = "elsewhere"
"""Series of displaced people counted at destinations that are not camps of the case."""


def write_case(case: Case, path: str | Path) -> Path:
    """Write a case: cleaned if it was read strictly, with daily counts and corrections applied.

    A name that a spreadsheet would execute as a formula is prefixed with an apostrophe in all files.

    Parameters
    ----------
    case : Case
    path : str or Path
        Directory, made if need be.

    Raises
    ------
    InvalidInput
        If the directory has files already, or cannot be written.
    """
    path = Path(path)
    if path.is_dir() and any(path.iterdir()):
        raise InvalidInput(str(path), "directory", "not empty", "a new or empty directory")
    try:
        for folder in ("input_csv", "source_data"):
            (path / folder).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidInput(str(path), "directory", error.strerror or "unwritable", "a directory to write to") from None
    _write(path / LOCATIONS, _locations(case))
    _write(path / ROUTES, _routes(case))
    _write(path / CLOSURES, [["#closure_type", "name1", "name2", "closure_start", "closure_end"], *case.closures])
    _write(path / CONFLICTS, _conflicts(case))
    if case.schedule.flood.any():
        _write(path / FLOODS, _floods(case))
    if case.schedule.hunger.any():
        _write(path / HUNGER, _hunger(case))
    _write(path / CORRECTIONS, [])
    _write(path / PERIOD, [["StartDate", case.start], ["Length", case.days]])
    _write_series(case, path)
    return path


def _write(file: Path, rows: Iterable[Sequence[object]]) -> None:
    with file.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream, lineterminator="\n").writerows([harmless(value) for value in row] for row in rows)


def _locations(case: Case) -> list[list[object]]:
    places = case.places
    header = ["#name", "region", "country", "latitude", "longitude", "location_type", "conflict_date", "population"]
    rows: list[list[object]] = [[*header, "initial_idps", "capacity_per_day"]]
    first = np.where(case.schedule.intensity.any(axis=0), (case.schedule.intensity > 0).argmax(axis=0), -1)
    for i, name in enumerate(places.names):
        kind = _TYPES.get(Kind(int(places.kind[i])), "town")
        date: object = ""
        if kind == "town" and (places.conflict_date[i] != NO_DATE or first[i] >= 0):
            kind = "conflict_zone"
            date = int(first[i]) if first[i] >= 0 else int(places.conflict_date[i])
        if places.is_idp[i]:
            kind = "idpcamp"
        size = int(places.capacity[i] if places.is_camp[i] else places.population[i])
        rows.append(
            [name, places.regions[i], places.countries[i], float(places.latitude[i]), float(places.longitude[i]),
             kind, date, size, int(places.initial_idps[i]), int(places.capacity_per_day[i])]
        )  # fmt: skip
    return rows


def _routes(case: Case) -> list[list[object]]:
    names, links = case.places.names, case.links
    rows: list[list[object]] = [["#name1", "name2", "distance", "forced_redirection", "max_move_speed"]]
    roads = [link for link in range(len(links)) if links.origin[link] < links.destination[link]]
    forced = {(int(links.origin[i]), int(links.destination[i])) for i in np.flatnonzero(case.forced_roads)}
    for link in roads:
        a, b = int(links.origin[link]), int(links.destination[link])
        if (b, a) in forced:
            # Written from its start: the flag 1, from the second end to the first, makes Flee double the road.
            a, b = b, a
        speed = float(links.max_speed[link]) if np.isfinite(links.max_speed[link]) else ""
        rows.append([names[a], names[b], float(links.km[link]), 2 if (a, b) in forced else 0, speed])
    return rows


def _conflicts(case: Case) -> list[list[object]]:
    columns = np.flatnonzero(case.schedule.intensity.any(axis=0) | (case.places.conflict_date != NO_DATE))
    rows: list[list[object]] = [["#Day", *(case.places.names[column] for column in columns)]]
    for day, row in enumerate(case.schedule.intensity[:, columns]):
        rows.append([day, *(int(value) if value == int(value) else float(value) for value in row)])
    return rows


def _floods(case: Case) -> list[list[object]]:
    columns = np.flatnonzero(case.schedule.flood.any(axis=0))
    rows: list[list[object]] = [["#Day", *(case.places.names[column] for column in columns)]]
    return rows + [[day, *row.tolist()] for day, row in enumerate(case.schedule.flood[:, columns])]


def _hunger(case: Case) -> list[list[object]]:
    first = {region: place for place, region in reversed(list(enumerate(case.places.regions)))}
    percent = 100.0 * case.schedule.hunger[:, list(first.values())].astype(float)
    rows: list[list[object]] = [["#Day", *first]]
    return rows + [[day, *row] for day, row in enumerate(percent.tolist())]


def _write_series(case: Case, path: Path) -> None:
    observed = case.observed
    series = {"total": observed.total}
    series |= {case.places.names[camp]: observed.counts[:, i] for i, camp in enumerate(observed.camps)}
    elsewhere = observed.destinations - observed.counts.sum(axis=1)
    if elsewhere.any():
        name = ELSEWHERE
        while name in case.places.names:
            name = f"{name}_"
        series[name] = elsewhere
    layout = []
    dates = [case.start + dt.timedelta(days=day) for day in range(case.days)]
    for number, (name, counts) in enumerate(series.items()):
        file = f"series_{number}.csv"
        layout.append([name, file])
        _write(path / "source_data" / file, zip(dates, counts.tolist(), strict=True))
    _write(path / LAYOUT, layout)
