"""Reading a whole case."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from model.displacement.case import Case, Observed, Places
from model.errors import InvalidInput
from scenarios.flee.dialect import Row, Source
from scenarios.flee.network import LOCATIONS, read_links, read_places, read_schedule
from scenarios.flee.series import read_observed

PERIOD = "input_csv/sim_period.csv"
MAX_DAYS = 20_000
_IGNORED = ("flood_level.csv", "location_changes.csv", "major_routes.csv", "agents.csv", "region_attributes_IPC.csv")


def read_case(path: str | Path, *, strict: bool = True) -> Case:
    """Return the displacement case in a directory of Flee's format.

    Parameters
    ----------
    path : str or Path
    strict : bool, default True
        Apply what the files intend; False reads them as Flee does, to the letter.

    Raises
    ------
    InvalidInput
        One sentence that names the file, its line, the field, the value and what is allowed.
    """
    path = Path(path)
    if not path.is_dir():
        given = "no directory" if path.exists() else "missing"
        raise InvalidInput(str(path), "directory", given, "a directory with input_csv and source_data")
    if not is_case(path) and (inside := [case.name for case in sorted(path.iterdir()) if is_case(case)]):
        raise InvalidInput(str(path), "directory", f"{len(inside)} cases: {', '.join(inside)}", "one case")
    source = Source(path, strict)
    try:
        start, days = _period(source)
        places = read_places(source)
        links, forced = read_links(source, places)
        schedule, closures = read_schedule(source, places, links, forced, days)
        observed = read_observed(source, places, start, days)
    except InvalidInput as error:
        raise error.within(str(path)) from None
    _check_capacity(source, places, observed)
    for name in _IGNORED + tuple(file.name for file in sorted((path / "input_csv").glob("demographics_*.csv"))):
        if (path / "input_csv" / name).exists():
            source.found(Row(f"input_csv/{name}", 0, []), "optional file", "not used: the rules here do not need it")
    return Case(
        path.resolve().name, start, places, links, schedule, observed, forced, closures, not strict,
        tuple(source.findings),
    )  # fmt: skip


def is_case(path: Path) -> bool:
    """Whether a directory looks like a case."""
    return (path / PERIOD).is_file()


def find_cases(path: str | Path) -> list[Path]:
    """Return the directory itself if it is a case, otherwise the cases in it, by name.

    Raises
    ------
    InvalidInput
        If there is none.
    """
    path = Path(path)
    found = [path] if is_case(path) else sorted(p for p in path.iterdir() if is_case(p)) if path.is_dir() else []
    if not found:
        raise InvalidInput(str(path), "directory", "no case", "a case, or a directory of cases, in Flee's format")
    return found


def _period(source: Source) -> tuple[dt.date, int]:
    rows = {row.text(0).lower(): row for row in source.rows(PERIOD)}
    for key in ("startdate", "length"):
        if key not in rows:
            raise InvalidInput(PERIOD, key, "missing", "rows StartDate and Length")
    start = rows["startdate"].date(1, "StartDate")
    days = rows["length"].whole(1, "Length", low=1)
    if days > MAX_DAYS:
        raise InvalidInput(rows["length"].where, "Length", days, f"at most {MAX_DAYS} days")
    return start, days


def _check_capacity(source: Source, places: Places, observed: Observed) -> None:
    for camp, highest in zip(observed.camps, observed.counts.max(axis=0), strict=True):
        capacity = places.capacity[camp]
        if 0 < capacity < highest:
            rule = f"{places.names[camp]} has capacity {capacity}, but {highest} people are observed"
            source.found(Row(LOCATIONS, 0, []), rule, "capacity kept")
