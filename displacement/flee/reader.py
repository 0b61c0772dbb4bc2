"""Reading a whole case."""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import replace
from pathlib import Path

from corridor.displacement.engine.case import Case, Observed, Places
from corridor.displacement.engine.size import MOST_BYTES, bytes_needed
from corridor.displacement.flee.daily import CONFLICTS
from corridor.displacement.flee.dialect import CaseFiles, FileRow
from corridor.displacement.flee.network import LOCATIONS, read_links, read_places, read_schedule
from corridor.displacement.flee.own_rule import read_own_rule
from corridor.displacement.flee.series import LAYOUT, read_observed
from corridor.model.errors import InvalidInput

PERIOD = "input_csv/sim_period.csv"
MAX_DAYS = 20_000
YEARS = (1900, 2200)
_OLD_PERIOD = "input_csv/conflict_period.csv"
_NOT_SUPPORTED = {
    "major_routes.csv": "people are not kept to given routes here",
    "agents.csv": "people are drawn from counts here, not listed",
}
_DEMOGRAPHICS = "the rules here do not tell people apart by age, gender or group"
"""Effects of files that are not supported."""


def read_case(path: str | Path, *, strict: bool = True, most_bytes: int = MOST_BYTES) -> Case:
    """Return the displacement case in a directory of Flee's format.

    Parameters
    ----------
    path : str or Path
    strict : bool, default True
        Apply what the files intend; False reads them as Flee does, to the letter.
    most_bytes : int
        Memory that the case may take; one that would need more is refused before its tables are made.

    Raises
    ------
    InvalidInput
        One sentence that names the file, its line, the field, the value and what is allowed.
    """
    path = Path(path)
    if not os.path.isdir(path):  # of a path too long, too
        given = "no directory" if os.path.exists(path) else "missing"
        raise InvalidInput(str(path), "directory", given, "a directory with input_csv and source_data")
    if not is_case(path) and (inside := [case.name for case in sorted(path.iterdir()) if is_case(case)]):
        raise InvalidInput(str(path), "directory", f"{len(inside)} cases: {', '.join(inside)}", "one case")
    source = CaseFiles(path, strict, most_bytes)
    try:
        start, days = _period(source)
        places = read_places(source)
        links, forced = read_links(source, places)
        camps, series = int(places.is_camp.sum()), len(source.rows(LAYOUT))
        source.afford(
            "case", f"{days:,} days, {len(places):,} places, {len(links):,} links and {series:,} series",
            bytes_needed(days, len(places), len(links), camps, series),
        )  # fmt: skip
        schedule, closures = read_schedule(source, places, links, forced, days)
        observed = read_observed(source, places, start, days)
        own_rule = read_own_rule(source)
    except InvalidInput as error:
        raise error.within(str(path)) from None
    _check_capacity(source, places, observed)
    _say_what_is_not_supported(source)
    case = Case(
        path.resolve().name, start, places, links, schedule, observed, forced, closures, not strict, own_rule,
    )  # fmt: skip
    _check_origins(source, case)
    return replace(case, findings=tuple(source.findings))


def is_case(path: Path) -> bool:
    """Whether a directory looks like a case."""
    return (path / PERIOD).is_file() or (path / _OLD_PERIOD).is_file()


def find_cases(path: str | Path) -> list[Path]:
    """Return the directory itself if it is a case, otherwise the cases in it or in its directories, by name.

    Raises
    ------
    InvalidInput
        If there is none.
    """
    path = Path(path)
    found = [path] if is_case(path) else sorted(filter(is_case, [*path.glob("*"), *path.glob("*/*")]))
    if not found:
        raise InvalidInput(str(path), "directory", "no case", "a case, or a directory of cases, in Flee's format")
    return found


def _period(source: CaseFiles) -> tuple[dt.date, int]:
    file = PERIOD if source.exists(PERIOD) or not source.exists(_OLD_PERIOD) else _OLD_PERIOD
    if file == _OLD_PERIOD:
        source.found(FileRow(file, 0, []), "old name of sim_period.csv", "read")
    rows = {row.text(0).lower(): row for row in source.rows(file)}
    for key in ("startdate", "length"):
        if key not in rows:
            raise InvalidInput(file, key, "missing", "rows StartDate and Length")
    start = rows["startdate"].date(1, "StartDate")
    days = rows["length"].whole(1, "Length", low=1)
    if days > MAX_DAYS:
        raise InvalidInput(rows["length"].where, "Length", days, f"at most {MAX_DAYS} days")
    if not YEARS[0] <= start.year <= YEARS[1] or start > dt.date(YEARS[1], 12, 31) - dt.timedelta(days=days - 1):
        period = f"{start}, and {days} days from then on"
        raise InvalidInput(rows["startdate"].where, "StartDate", period, f"days of the years {YEARS[0]} to {YEARS[1]}")
    return start, days


def _check_capacity(source: CaseFiles, places: Places, observed: Observed) -> None:
    for camp, highest in zip(observed.camps, observed.counts.max(axis=0), strict=True):
        capacity = places.capacity[camp]
        if 0 < capacity < highest:
            about = f"{places.names[camp]}: {capacity}, {highest} people observed"
            source.found(FileRow(LOCATIONS, 0, []), "capacity below the people observed", "capacity kept", about)


def _say_what_is_not_supported(source: CaseFiles) -> None:
    folder = source.path / "input_csv"
    files = dict(_NOT_SUPPORTED) | {file.name: _DEMOGRAPHICS for file in sorted(folder.glob("demographics_*.csv"))}
    for name, why in files.items():
        if source.exists(f"input_csv/{name}"):
            source.found(FileRow(f"input_csv/{name}", 0, []), "file that is not supported", f"not read: {why}")


def _check_origins(source: CaseFiles, case: Case) -> None:
    """Record days with newly displaced people although no place is in conflict."""
    drives = (case.schedule.intensity > 0).any(axis=1) | case.schedule.flood.any(axis=1)
    without = (case.arrivals > 0) & ~drives
    if without.any():
        about = f"{without.sum():,} days, {case.arrivals[without].sum():,} people"
        action = "Corridor's rule draws their origins by population; by Flee's they wait"
        source.found(
            FileRow(CONFLICTS, 0, []), "people newly displaced while no place is in conflict or flooded", action, about
        )
