"""Tables of a value by day and place: conflict, floods and hunger."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corridor.displacement.engine.case import Places
from corridor.displacement.flee.dialect import CaseFiles, FileRow, near, plain
from corridor.model.errors import InvalidInput

CONFLICTS = "input_csv/conflicts.csv"
FLOODS = "input_csv/flood_level.csv"
HUNGER = "input_csv/region_attributes_IPC.csv"
NO_DATE = np.iinfo(np.int64).max
"""Of places that never become conflict zones by their row."""
MOST_INTENSITY = 1000
"""Flee's own are shares of one."""
MOST_LEVEL = 100
"""Flee's own are up to 4."""


def read_floods(source: CaseFiles, places: Places, days: int) -> NDArray[np.int8]:
    """Return the level of floods by day and place, 0 where there is none, read as conflict is.

    Raises
    ------
    InvalidInput
        If a value is not a level, or the rows end before the last day.
    """
    if not source.exists(FLOODS):
        return np.broadcast_to(np.zeros(1, dtype=np.int8), (days, len(places)))
    header = source.header(FLOODS)
    source.found(
        header, "levels of floods", "a flood displaces people as conflict of the same intensity does (assumed)"
    )
    level = np.zeros((days, len(places)), dtype=np.int8)
    _read_table(source, header, places, level, MOST_LEVEL)
    return level


def read_hunger(source: CaseFiles, places: Places, days: int) -> NDArray[np.float32]:
    """Return the share of people without enough food by day and place, from percentages by region.

    Shares are interpolated linearly between the days in the file, and constant before the first and after the last.

    Raises
    ------
    InvalidInput
        If days do not increase, or a value is not a percentage.
    """
    if not source.exists(HUNGER):
        return np.broadcast_to(np.zeros(1, dtype=np.float32), (days, len(places)))
    header, rows = source.header(HUNGER), source.rows(HUNGER)
    used = "used by Flee's rule where the case's own settings ask for it, not by Corridor's"
    source.found(header, "people short of food", used)
    given = np.array([row.whole(0, "Day") for row in rows])
    if not rows or (np.diff(given) <= 0).any():
        raise InvalidInput(HUNGER, "Day", given.tolist(), "one row or more, each of a later day than the one above")
    share = np.zeros((days, len(places)), dtype=np.float32)
    regions = np.array(places.regions)
    for column, name in enumerate(header.fields[1:], 1):
        if not name:
            continue
        percent = [row.number(column, name, 0.0, 0.0, 100.0) for row in rows]
        share[:, regions == name] = np.interp(np.arange(days), given, percent)[:, None] / 100
        if name not in places.regions:
            source.found(header, "column that is not a region", "ignored", f"{name}{near(name, places.regions)}")
    for name in sorted(set(places.regions) - set(header.fields[1:])):
        source.found(header, "region without a column", "nobody is short of food", name)
    return share


def _read_table(
    source: CaseFiles, header: FileRow, places: Places, table: NDArray[np.float64] | NDArray[np.int8], most: float
) -> NDArray[np.bool_]:
    """Fill a table of days and places from a file with one column per place; return the places with a column."""
    rows = source.rows(header.file)
    row_of_day = _row_of_day(source, header, rows, len(table))
    number = {name: index for index, name in enumerate(places.names)}
    has_column = np.zeros(len(places), dtype=bool)
    for column, name in enumerate(header.fields[1:], 1):
        place = _place_of_column(source, header, name, number)
        if place is None:
            continue
        has_column[place] = True
        values = np.array([row.number(column, name, 0.0, 0.0, most) for row in rows])
        table[:, place] = np.where(row_of_day < 0, 0.0, values[row_of_day])
    return has_column


def read_conflicts(source: CaseFiles, places: Places, days: int) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Return intensity and first day of the present conflict, by day and place.

    Raises
    ------
    InvalidInput
        If a value is not an intensity, or the rows end before the last day.
    """
    header = source.header(CONFLICTS)
    given = np.zeros((days, len(places)))
    has_column = _read_table(source, header, places, given, MOST_INTENSITY)
    _begin_by_date(source, header, places, given, has_column)
    active = given > 1e-6
    _compare_dates(source, header, places, active, has_column)
    given[~active] = 0.0
    since, intensity = np.zeros((days, len(places)), dtype=np.int32), given
    for day in range(1, days):
        rising = active[day] & ~active[day - 1]
        since[day] = np.where(rising, day, since[day - 1])
        if not source.is_strict:
            # To the letter, only the first intensity of a conflict counts.
            lasting = active[day] & active[day - 1]
            intensity[day] = np.where(lasting, intensity[day - 1], intensity[day])
    return intensity, since


def _row_of_day(source: CaseFiles, header: FileRow, rows: list[FileRow], days: int) -> NDArray[np.int64]:
    """Return the number of the row that applies on each day, -1 before the first, shape (days,).

    In the compatible reading a row is a day; in the strict reading, a Day column with gaps gives the first day of a
    row.

    Raises
    ------
    InvalidInput
        If the rows end before the last day.
    """
    try:
        begins = np.array([row.whole(0, "Day") for row in rows])
    except InvalidInput:
        begins = np.arange(len(rows))
    gaps = np.diff(begins)
    has_gaps = gaps.size > 0 and bool((gaps >= 1).all() and (gaps > 1).any())
    if has_gaps:
        action = "a row holds until the next" if source.is_strict else "a row is a day, as in Flee"
        source.found(header, "Day column with gaps", action, f"days {begins[0]}, {begins[1]}, ... {begins[-1]}")
    if not (has_gaps and source.is_strict):
        if len(rows) < days:
            raise InvalidInput(header.file, "rows", len(rows), f"{days} or more, one a day")
        return np.arange(days)
    lasts = int(begins[-1] + np.median(gaps))
    if lasts < days:
        raise InvalidInput(rows[-1].where, "Day", int(begins[-1]), f"rows that reach day {days - 1}")
    return np.searchsorted(begins, np.arange(days), side="right") - 1


def _place_of_column(source: CaseFiles, header: FileRow, name: str, number: dict[str, int]) -> int | None:
    """Return the place of a column of ``conflicts.csv``; None if there is none."""
    if not name or name in number:
        return number.get(name)
    spelt = {plain(known): index for known, index in number.items()}
    if source.is_strict and plain(name) in spelt:
        place = spelt[plain(name)]
        known = next(each for each, index in number.items() if index == place)
        source.found(header, "column whose name is spelled in another way", "read as that place", f"{name}, {known}")
        return place
    source.found(header, "column that is not a place", "ignored", f"{name}{near(name, number)}")
    return None


def _begin_by_date(
    source: CaseFiles, header: FileRow, places: Places, given: NDArray[np.float64], has_column: NDArray[np.bool_]
) -> None:
    """Begin conflict in zones without a column on their date; in the compatible reading, only in those of day 0."""
    dated = ~has_column & (places.conflict_date < len(given))
    for place in np.flatnonzero(dated):
        date = max(0, int(places.conflict_date[place]))
        is_read = source.is_strict or date == 0
        if is_read:
            given[date:, place] = 1.0
        about = f"{places.names[place]}, {places.population[place]:,} residents, day {date}"
        action = "in conflict from its date on" if is_read else "never in conflict, as in Flee"
        source.found(header, "conflict zone of locations.csv without a column", action, about)


def _compare_dates(
    source: CaseFiles, header: FileRow, places: Places, active: NDArray[np.bool_], has_column: NDArray[np.bool_]
) -> None:
    first = np.where(active.any(axis=0), active.argmax(axis=0), NO_DATE)
    differs = has_column & (places.conflict_date != NO_DATE) & (np.maximum(places.conflict_date, 0) != first)
    differs &= (places.conflict_date < len(active)) | (first != NO_DATE)
    for place in np.flatnonzero(differs):
        said = places.conflict_date[place]
        shown = "never" if first[place] == NO_DATE else f"day {first[place]}"
        about = f"{places.names[place]}: {shown} here, day {said} there"
        source.found(header, "conflict that begins on another day than in locations.csv", "conflicts.csv counts", about)
