"""Observed series: dated counts, corrections after re-registration, and daily values."""

from __future__ import annotations

import bisect
import datetime as dt
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corridor.displacement.engine.case import Observed, Places
from corridor.displacement.flee.dialect import MOST_PEOPLE, CaseFiles, FileRow, near
from corridor.model.errors import InvalidInput

LAYOUT = "source_data/data_layout.csv"
CORRECTIONS = "input_csv/registration_corrections.csv"
_POINT_BYTES = 64  # dates and values, and what joins several files


@dataclass
class CampCounts:
    """Counts by date of one destination.

    Attributes
    ----------
    row : FileRow
        Row of the layout that names it.
    days : ndarray of int, shape (n,)
        Since the start of the simulation; may be negative.
    values : ndarray of float, shape (n,)
    """

    row: FileRow
    days: NDArray[np.int64]
    values: NDArray[np.float64]

    def on(self, days: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the whole number of people on each day.

        Values are constant before the first and after the last row. In between they are interpolated linearly from the
        row above the first later row, in the order of the file, and truncated.
        """
        out = np.full(days.size, self.values[-1])
        out[days < self.days[0]] = self.values[0]
        after = np.searchsorted(np.maximum.accumulate(self.days), days, side="right")
        inside = (days >= self.days[0]) & (after < self.days.size)
        upper = np.maximum(after[inside], 1)
        run, rise = (part[upper] - part[upper - 1] for part in (self.days, self.values))
        slope = np.divide(rise, run, out=np.zeros(upper.size), where=run != 0)
        out[inside] = self.values[upper - 1] + slope * (days[inside] - self.days[upper - 1])
        return np.trunc(out).astype(np.int64)


def read_observed(source: CaseFiles, places: Places, start: dt.date, days: int) -> Observed:
    """Return all series of a case by day.

    Raises
    ------
    InvalidInput
        If the first series is not the total, a camp has no series, a file cannot be read, or the date of a correction
        is not in its series.
    """
    layout = source.rows(LAYOUT)
    if not layout or layout[0].text(0) != "total":
        value = layout[0].text(0) if layout else "missing"
        raise InvalidInput(LAYOUT, "first series", value, "total, the national total")
    series: dict[str, CampCounts] = {}
    points = 0
    for row in layout:
        if row.text(0) in series:
            if row.fields == series[row.text(0)].row.fields:
                about = f"{row.text(0)}, as in line {series[row.text(0)].row.line}"
                source.found(row, "row given twice", "read once", about)
                continue
            said = f"each series once (line {series[row.text(0)].row.line} has other files for it)"
            raise InvalidInput(row.where, "name", row.text(0), said)
        series[row.text(0)] = one = _read(source, row, start)
        points += one.days.size
        source.afford(row.where, f"{points:,} counts so far", _POINT_BYTES * points)
    _correct(source, series, start, days)
    for name, one in series.items():
        _check_people(name, one.values)
    calendar = np.arange(days)
    by_name = {name: one.on(calendar) for name, one in series.items()}
    camps = np.flatnonzero(places.is_camp)
    for camp in camps:
        if places.names[camp] not in by_name:
            known = ", ".join(by_name) + near(places.names[camp], by_name)
            raise InvalidInput(LAYOUT, "series of the camp", places.names[camp], known)
    _warn(source, series, places, days)
    total, *others = by_name.values()
    destinations = np.sum(others, axis=0) if others else np.zeros(days, dtype=np.int64)
    _check_people("all destinations", destinations)
    return Observed(
        camps,
        np.stack([by_name[places.names[camp]] for camp in camps], axis=1) if camps.size else np.zeros((days, 0), int),
        total,
        destinations,
    )


def _check_people(name: str, counts: NDArray[np.int64] | NDArray[np.float64]) -> None:
    if not counts.max() <= MOST_PEOPLE:
        raise InvalidInput(LAYOUT, f"people in {name}", f"{counts.max():,.0f}", f"up to {MOST_PEOPLE:,.0f}")


def _read(source: CaseFiles, row: FileRow, start: dt.date) -> CampCounts:
    """Read the file or files of one series."""
    files = [name for name in row.fields[1:] if name]
    if not files:
        raise InvalidInput(row.where, "file", "missing", "the name of a file in source_data")
    days, values = _read_file(source, files[0], start)
    for name in files[1:]:
        add = _add if source.is_strict else _add_row_by_row
        days, values = add((days, values), _read_file(source, name, start))
    return CampCounts(row, days, values)


_Points = tuple[NDArray[np.int64], NDArray[np.float64]]


def _read_file(source: CaseFiles, name: str, start: dt.date) -> _Points:
    if "/" in name or "\\" in name:
        raise InvalidInput(LAYOUT, "file", name, "the name of a file in source_data, without a directory")
    rows: list[FileRow] = []
    days: list[int] = []
    values: list[float] = []
    for row in source.rows(f"source_data/{name}"):
        if not row.text(1) or (not days and row.text(0).lower() in ("date", "datetime")):
            continue
        rows.append(row)
        days.append((row.date(0, "date") - start).days)
        values.append(float(row.whole(1, "count", low=0, high=MOST_PEOPLE)))
    if not days:
        raise InvalidInput(f"source_data/{name}", "rows", "none", "rows of date and count")
    kept = list(longest_rise(days)) if source.is_strict else list(range(len(days)))
    for number in sorted(set(range(len(days))) - set(kept)):
        source.found(rows[number], "date out of order", "dropped", rows[number].text(0))
    for above, number in itertools.pairwise(kept):
        if days[number] == days[above]:
            source.found(rows[number], "date of the row above", "the later row counts", rows[number].text(0))
        elif days[number] < days[above]:
            source.found(rows[number], "date out of order", "kept in file order", rows[number].text(0))
    if source.is_strict:
        kept = [number for number, after in itertools.pairwise([*kept, -1]) if after < 0 or days[after] != days[number]]
    return np.array(days)[kept], np.array(values)[kept]


def longest_rise(days: Sequence[int]) -> list[int]:
    """Return the positions of a longest non-decreasing subsequence: the fewest values are lost (Schensted 1961)."""
    ends: list[int] = []
    before = [-1] * len(days)
    for position, day in enumerate(days):
        at = bisect.bisect_right(ends, day, key=lambda end: days[end])
        before[position] = ends[at - 1] if at else -1
        ends[at : at + 1] = [position]
    out, position = [], ends[-1] if ends else -1
    while position >= 0:
        out.append(position)
        position = before[position]
    return out[::-1]


def _add(one: _Points, other: _Points) -> _Points:
    """Return the sum of two series on the union of their dates."""
    days = np.union1d(one[0], other[0])
    return days, np.interp(days, *one) + np.interp(days, *other)


def _add_row_by_row(one: _Points, other: _Points) -> _Points:
    """Return the sum as Flee builds it: see section 7 of the format.

    Rows of the second file are added to the *next* value of the first; rows of the first after the last of the second
    are lost.
    """
    days: list[int] = []
    values: list[float] = []
    position, last = 0, 0.0
    for day, value in zip(*other, strict=True):
        while day > one[0][position]:
            days.append(one[0][position])
            values.append(one[1][position] + last)
            if position == one[0].size - 1:
                break
            position += 1
        if day <= one[0][position]:
            days.append(day)
            values.append(one[1][position] + value)
            last = value
            if day == one[0][position] and position < one[0].size - 1:
                position += 1
    return np.array(days), np.array(values)


def _correct(source: CaseFiles, series: dict[str, CampCounts], start: dt.date, days: int) -> None:
    """Rescale observations before each re-registration."""
    if not source.exists(CORRECTIONS):
        source.found(FileRow(CORRECTIONS, 0, []), "optional file missing", "no counts are corrected")
        return
    for row in source.rows(CORRECTIONS):
        name = row.text(0)
        if name not in series:
            raise InvalidInput(row.where, "series", name, ", ".join(series) + near(name, series))
        day = (row.date(1, "date") - start).days
        if day < 0:
            source.found(row, "correction before the start", "ignored")
            continue
        if day >= days:
            source.found(row, "correction after the end", "applied")
        one = series[name]
        matches = np.flatnonzero(one.days == day)
        if not matches.size or matches[0] == 0:
            known = [str(start + dt.timedelta(days=int(d))) for d in one.days[1:]]
            raise InvalidInput(row.where, "date", row.text(1), f"a later date of the series {name}: {', '.join(known)}")
        if matches.size > 1:
            source.found(row, "several rows on the date of the correction", "applied once for each")
        for match in matches:
            before = one.values[match - 1]
            factor = one.values[match] / before if before else 1.0
            if factor > 1.5 or factor < 0.5:
                source.found(row, "correction by a large factor", "applied", f"{name}: {factor:.3g}")
            one.values[:match] *= factor


def _warn(source: CaseFiles, series: dict[str, CampCounts], places: Places, days: int) -> None:
    for name, one in series.items():
        if one.days[-1] < days - 1:
            missing = days - 1 - int(one.days[-1])
            source.found(one.row, "data that end early", "last value kept", f"{name}: {missing} days")
        if name != "total" and name not in places.names:
            about = f"{name}{near(name, places.names)}"
            source.found(one.row, "series that is not a place", "counts among the displaced only", about)
