"""Places and roads of a case, and their changes: closures, forced roads and types."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from corridor.displacement.engine.case import Kind, Links, Places, Schedule
from corridor.displacement.engine.size import MOST_PLACES
from corridor.displacement.flee.daily import NO_DATE, read_conflicts, read_floods, read_hunger
from corridor.displacement.flee.dialect import MOST_PEOPLE, CaseFiles, FileRow, near
from corridor.model.errors import InvalidInput

LOCATIONS = "input_csv/locations.csv"
ROUTES = "input_csv/routes.csv"
CLOSURES = "input_csv/closures.csv"
CHANGES = "input_csv/location_changes.csv"
_KINDS = (
    ("camp", Kind.CAMP),
    ("conflict", Kind.TOWN),
    ("forward", Kind.FORWARD),
    ("marker", Kind.MARKER),
    ("flood_zone", Kind.FLOOD),
    ("default", Kind.TOWN),
    ("town", Kind.TOWN),
)
_CLOSURES = ("country", "location", "link", "camp", "idpcamp", "remove_forced_redirection")
_NO_COLUMN = 1_000_000
EARTH_RADIUS_KM = 6371.0
MOST_KM = 100_000


def read_places(source: CaseFiles) -> Places:
    """Return the places of ``locations.csv``.

    Raises
    ------
    InvalidInput
        For an unknown type, a repeated name, or a field that is not a number.
    """
    rows = source.rows(LOCATIONS)
    if not rows:
        raise InvalidInput(LOCATIONS, "rows", "none", "one row per place")
    if len(rows) > MOST_PLACES:
        raise InvalidInput(LOCATIONS, "rows", f"{len(rows):,}", f"up to {MOST_PLACES:,} places")
    idps, per_day = (_column(source, LOCATIONS, name) for name in ("initial_idps", "capacity_per_day"))
    rows = _once(source, rows)
    kinds, dates = [], []
    for row in rows:
        spelt = row.text(5).lower()
        kind = next((kind for word, kind in _KINDS if word in spelt), None)
        if kind is None:
            raise InvalidInput(row.where, "location_type", row.text(5), ", ".join(word for word, _ in _KINDS))
        kinds.append(kind)
        is_conflict = "conflict" in spelt and "camp" not in spelt
        dates.append(row.whole(6, "conflict_date") if is_conflict else NO_DATE)
        _say_sizes(source, row, kind, idps)
    return Places(
        [row.text(0) for row in rows],
        [row.text(1, "unknown") for row in rows],
        [row.text(2, "unknown") for row in rows],
        np.array([row.number(3, "latitude", 0.0, -90, 90) for row in rows]),
        np.array([row.number(4, "longitude", 0.0, -180, 180) for row in rows]),
        np.array(kinds, dtype=np.int64),
        np.array([0 if kind == Kind.CAMP else _population(row) for row, kind in zip(rows, kinds, strict=True)]),
        np.array([_population(row) if kind == Kind.CAMP else 0 for row, kind in zip(rows, kinds, strict=True)]),
        np.array(["idp" in row.text(5).lower() and kind == Kind.CAMP for row, kind in zip(rows, kinds, strict=True)]),
        np.array(dates, dtype=np.int64),
        np.array([row.whole(idps, "initial_idps", 0, 0, MOST_PEOPLE) if source.is_strict or kind == Kind.CAMP else 0
                  for row, kind in zip(rows, kinds, strict=True)]),
        np.array([row.whole(per_day, "capacity_per_day", 0, 0, MOST_PEOPLE) if kind == Kind.CAMP else 0
                  for row, kind in zip(rows, kinds, strict=True)]),
    )  # fmt: skip


def _column(source: CaseFiles, file: str, name: str) -> int:
    """Return the number of an optional column of a header; beyond all others if it is missing."""
    try:
        header = [each.lower() for each in source.header(file).fields]
    except InvalidInput:
        return _NO_COLUMN
    return header.index(name) if name in header else _NO_COLUMN


def _once(source: CaseFiles, rows: list[FileRow]) -> list[FileRow]:
    """Return the rows without repeated ones.

    Raises
    ------
    InvalidInput
        If a place has no name, or two rows about it differ.
    """
    known: dict[str, FileRow] = {}
    for row in rows:
        name = row.text(0)
        first = known.setdefault(name, row)
        if not name:
            raise InvalidInput(row.where, "name", name, "the name of a place")
        if first is row:
            continue
        if first.fields != row.fields:
            raise InvalidInput(row.where, "name", name, f"each place once (line {first.line} has other values for it)")
        source.found(row, "row given twice", "read once", f"{name}, as in line {first.line}")
    return list(known.values())


def _say_sizes(source: CaseFiles, row: FileRow, kind: Kind, idps: int) -> None:
    """Record sizes that are not used as stated."""
    name, size = row.text(0), row.number(7, "population", 0.0, -MOST_PEOPLE, MOST_PEOPLE)
    if size < 0:
        source.found(row, "negative population", "counted as 0", f"{name}: {size:g}")
    elif kind == Kind.CAMP and size == 0:
        source.found(row, "camp without a capacity", "unlimited", name)
    if kind != Kind.CAMP and row.text(idps) and not source.is_strict:
        source.found(row, "initial_idps of a place that is no camp", "ignored, as in Flee", name)


def _population(row: FileRow) -> int:
    return max(0, int(row.number(7, "population", 0.0, -MOST_PEOPLE, MOST_PEOPLE)))


def read_links(source: CaseFiles, places: Places) -> tuple[Links, NDArray[np.bool_]]:
    """Return the roads in ``routes.csv``, each as two links, and the links that are forced from the start.

    Raises
    ------
    InvalidInput
        If an end is not a place, or a distance or flag is not a number.
    """
    number = {name: index for index, name in enumerate(places.names)}
    pairs: list[tuple[int, int, float, bool, float]] = []
    speeds = _column(source, ROUTES, "max_move_speed")
    known: dict[tuple[int, int], float] = {}
    for row in source.rows(ROUTES):
        for column in (0, 1):
            if row.text(column) not in number:
                allowed = f"a place of {LOCATIONS}{near(row.text(column), number)}"
                raise InvalidInput(row.where, f"name{column + 1}", row.text(column), allowed)
        a, b = number[row.text(0)], number[row.text(1)]
        km, flag = row.number(2, "distance", low=0.0, high=MOST_KM), _flag(source, row)
        speed = row.number(speeds, "max_move_speed", math.inf, 1.0) if row.text(speeds) else math.inf
        _check_length(source, row, places, (a, b, km))
        twice = known.get((min(a, b), max(a, b))) == km
        known[min(a, b), max(a, b)] = km
        if twice:
            source.found(row, "road given twice", "read once" if source.is_strict else "doubled")
        if twice and source.is_strict:
            continue
        # To the letter, a road forced from its second end to its first is added a second time.
        copies = 2 if flag == 1 and not source.is_strict else 1
        if copies == 2:
            source.found(row, "forced_redirection 1", "road doubled")
        for copy in range(copies):
            pairs.append((a, b, km, flag == 2 and copy == 0, speed))
            pairs.append((b, a, km, flag == 1 and copy == 0, speed))
    pairs.sort(key=lambda pair: pair[0])
    columns = list(zip(*pairs, strict=True)) or [(), (), (), (), ()]
    origin, destination = (np.array(column, dtype=int) for column in columns[:2])
    links = Links(origin, destination, np.array(columns[2], dtype=float), np.array(columns[4], dtype=float))
    _warn_isolated(source, places, links)
    return links, np.array(columns[3], dtype=bool)


def _flag(source: CaseFiles, row: FileRow) -> int:
    """Return 0, 1 or 2: ordinary, forced to the first end, forced to the second end."""
    text = row.text(3)
    if source.is_strict and text in ("drive", "walk", "crossing"):
        source.found(row, "type of link in place of forced_redirection", "read as an ordinary road", text)
        return 0
    flag = row.whole(3, "forced_redirection", 0)
    if flag not in (0, 1, 2):
        raise InvalidInput(row.where, "forced_redirection", flag, "0, 1, 2 or blank")
    if flag:
        source.found(row, f"forced_redirection {flag}", "no effect unless scenario.forced_roads is on")
    return flag


def _check_length(source: CaseFiles, row: FileRow, places: Places, road: tuple[int, int, float]) -> None:
    a, b, km = road
    ends = np.array([a, b])
    if np.any((places.latitude[ends] == 0) & (places.longitude[ends] == 0)):
        return
    straight = great_circle_km(places.latitude[ends], places.longitude[ends])
    if km < 0.95 * straight:
        source.found(row, "road shorter than the great circle", "kept", f"{km:g} km beside {straight:.0f} km")


def great_circle_km(latitude: NDArray[np.float64], longitude: NDArray[np.float64]) -> float:
    """Return the great-circle distance between two points, arrays of shape (2,), degrees."""
    phi, theta = np.radians(latitude), np.radians(longitude)
    half = np.sin(np.diff(phi) / 2) ** 2 + np.prod(np.cos(phi)) * np.sin(np.diff(theta) / 2) ** 2
    return float(2 * EARTH_RADIUS_KM * math.asin(math.sqrt(min(1.0, float(half[0])))))


def _warn_isolated(source: CaseFiles, places: Places, links: Links) -> None:
    for index in np.setdiff1d(np.arange(len(places)), links.origin):
        row = FileRow(LOCATIONS, 0, [])
        source.found(row, "place without a road", "kept; nobody reaches or leaves it", places.names[index])


def read_schedule(
    source: CaseFiles, places: Places, links: Links, forced: NDArray[np.bool_], days: int
) -> tuple[Schedule, tuple[tuple[str, ...], ...]]:
    """Return closures, conflict, floods and hunger by day, and the original rows of the closures.

    Raises
    ------
    InvalidInput
        If a closure names an unknown type, place or camp, or conflicts.csv has fewer rows than there are days.
    """
    is_open = np.ones((days, len(links)), dtype=bool)
    without_borders = is_open.copy()
    is_forced = np.tile(forced, (days, 1))
    is_camp = np.tile(places.is_camp, (days, 1))
    rows = []
    for row in source.rows(CLOSURES):
        kind = row.text(0).lower()
        if kind not in _CLOSURES:
            raise InvalidInput(row.where, "closure_type", row.text(0), ", ".join(_CLOSURES))
        if not row.text(3) and not row.text(4):
            source.found(row, "closure without dates", "ignored")
            continue
        rows.append(tuple(row.fields))
        begin, end = row.whole(3, "closure_start"), row.whole(4, "closure_end", -1)
        if _is_without_effect(source, row, kind, begin, end) or _is_unknown(source, row, places, kind):
            continue
        if kind in ("camp", "idpcamp"):
            _close(is_camp, _place(row, places, camp=True), begin, end, source.is_strict)
        elif kind == "remove_forced_redirection":
            _set_flag(is_forced, _matching(source, row, places, links, kind), begin, end)
        else:
            which = _matching(source, row, places, links, kind)
            for table in (is_open,) if kind == "country" else (is_open, without_borders):
                _close(table, which, begin, end, source.is_strict)
    intensity, since = read_conflicts(source, places, days)
    _read_changes(source, places, is_camp, intensity, since)
    flood, hunger = read_floods(source, places, days), read_hunger(source, places, days)
    is_border_closed = ~is_open & without_borders
    return Schedule(is_open, is_border_closed, is_forced, is_camp, intensity, since, flood, hunger), tuple(rows)


def _read_changes(
    source: CaseFiles,
    places: Places,
    is_camp: NDArray[np.bool_],
    intensity: NDArray[np.float64],
    since: NDArray[np.int32],
) -> None:
    """Apply changes of places' types from a day on.

    Flee reads this file from its working directory, so that it has no effect in the compatible reading.

    Raises
    ------
    InvalidInput
        If a row names an unknown place or type, a camp that is not in ``locations.csv``, or no day.
    """
    if not source.exists(CHANGES):
        return
    if not source.is_strict:
        source.found(FileRow(CHANGES, 0, []), "changes of types", "not read: Flee looks for this file elsewhere")
        return
    for row in source.rows(CHANGES):
        spelt = row.text(1).lower()
        becomes = next((word for word in ("camp", "conflict", "town", "default") if word in spelt), None)
        if becomes is None:
            raise InvalidInput(row.where, "new_type", row.text(1), "camp, conflict_zone, town")
        place = _place(row, places, camp=becomes == "camp", column=0)[0]
        day = max(0, row.whole(2, "day"))
        is_camp[day:, place] = becomes == "camp"
        if becomes == "conflict":
            since[day:, place] = np.where(intensity[day:, place] > 0, since[day:, place], day)
            intensity[day:, place] = np.maximum(intensity[day:, place], 1.0)
        else:
            intensity[day:, place] = 0.0


def _close(table: NDArray[np.bool_], which: NDArray[np.intp], begin: int, end: int, is_strict: bool) -> None:
    """Close columns of a table of days.

    In the compatible reading, a closure acts only on its first day, and any reopening applies to all.
    """
    last = end if end > begin else len(table)
    if is_strict:
        table[max(begin, 0) : max(last, 0), which] = False
        return
    if 0 <= begin < len(table):
        table[begin:, which] = False
    if 0 <= end < len(table):
        table[end:, which] = True


def _set_flag(table: NDArray[np.bool_], which: NDArray[np.intp], begin: int, end: int) -> None:
    """Clear forced links from the start of a closure and set them from its end."""
    for day, value in sorted([(begin, False), (end, True)]):
        if 0 <= day < len(table):
            table[day:, which] = value


def _is_without_effect(source: CaseFiles, row: FileRow, kind: str, begin: int, end: int) -> bool:
    """Whether a closure has no effect because of its days."""
    if kind == "remove_forced_redirection":
        return False
    if begin == end:
        never = "of no length" if begin >= 0 else "without a start"
        source.found(row, f"closure {never}", "no effect", f"from day {begin} to day {end}")
        return True
    if begin < 0:
        action = "closed from day 0" if source.is_strict else "no effect, as in Flee"
        source.found(row, "closure from before the start", action, f"from day {begin} to day {end}")
    elif 0 < end < begin:
        # An end of 0 or -1 is how the format says that nothing reopens.
        source.found(row, "closure that ends before it begins", "never reopened", f"from day {begin} to day {end}")
    return False


def _is_unknown(source: CaseFiles, row: FileRow, places: Places, kind: str) -> bool:
    """Whether a closure names an unknown place, which has no effect in the compatible reading."""
    if source.is_strict or kind in ("country", "remove_forced_redirection") or row.text(1) in places.names:
        return False
    source.found(row, "closure of an unknown place", "no effect", f"{row.text(1)}{near(row.text(1), places.names)}")
    return True


def _place(row: FileRow, places: Places, camp: bool = False, column: int = 1) -> NDArray[np.intp]:
    name = row.text(column)
    if name not in places.names or (camp and not places.is_camp[places.names.index(name)]):
        allowed = f"a {'camp' if camp else 'place'} of {LOCATIONS}{near(name, places.names)}"
        raise InvalidInput(row.where, f"name{column or ''}", name, allowed)
    return np.array([places.names.index(name)])


def _matching(source: CaseFiles, row: FileRow, places: Places, links: Links, kind: str) -> NDArray[np.intp]:
    """Return the links affected by a closure."""
    nowhere = np.zeros(0, dtype=np.intp)
    one, other = row.text(1), row.text(2)
    if kind == "country":
        country = np.array(places.countries)
        starts, ends = country[links.origin], country[links.destination]
        found = np.flatnonzero(((starts == one) & (ends == other)) | ((starts == other) & (ends == one)))
        if not found.size:
            source.found(row, "closure between countries that no road joins", "no effect", f"{one} and {other}")
        return found
    if kind == "remove_forced_redirection":
        return _between(source, row, places, links, both=False)
    start = _place(row, places)[0]
    if kind == "link":
        if not source.is_strict:
            source.found(row, "closure of a link", "no effect, as in Flee")
            return nowhere
        return _between(source, row, places, links, both=True)
    if other in places.names and source.is_strict:
        source.found(row, "closure of a location that names two", "closes the road between them only")
        return _between(source, row, places, links, both=True)
    if other:
        source.found(row, "closure of a location with a name2", "closes all roads of name1", other)
    return np.flatnonzero((links.origin == start) | (links.destination == start))


def _between(source: CaseFiles, row: FileRow, places: Places, links: Links, both: bool) -> NDArray[np.intp]:
    """Return the links from the first place of a row to its second, or in both directions."""
    number = {name: index for index, name in enumerate(places.names)}
    a, b = number.get(row.text(1), -1), number.get(row.text(2), -1)
    there = (links.origin == a) & (links.destination == b)
    back = (links.origin == b) & (links.destination == a)
    found = np.flatnonzero(there | back if both else there)
    if not found.size:
        source.found(row, "closure between places that no road joins", "no effect", f"{row.text(1)} and {row.text(2)}")
    return found
