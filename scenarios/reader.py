"""From a directory of YAML and CSV files to a validated `Corridor`."""

from __future__ import annotations

import hashlib
import os
import re
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import Field

from corridor.model.calendar import LONGEST_STEP
from corridor.model.corridor import Corridor
from corridor.model.errors import InvalidInput
from corridor.model.rows import (
    Agency,
    Community,
    Cooperation,
    Day,
    DriverValue,
    HistoricalEvent,
    JusticeSystem,
    Key,
    Leg,
    ParameterValue,
    Pathway,
    Place,
    RecruitingNetwork,
    RescueFleet,
    Row,
    Season,
    Service,
    Stock,
    Tie,
)
from corridor.model.tables import Table, parse_entry, parse_row
from corridor.scenarios.files import (
    MAX_CSV_BYTES,
    MAX_YAML_BYTES,
    read_bytes,
    read_list,
    read_mapping,
    read_records,
)

ROOT = Path(__file__).resolve().parent
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")

HEADER_FILE, EVENTS_FILE = "corridor.yaml", "events.yaml"


class Header(Row):
    """Contents of ``corridor.yaml``."""

    name: Key | None = Field(default=None, description="key; by default the name of the directory")
    title: str = Field(min_length=1, max_length=200, description="name shown to people")
    description: str = Field(default="", description="what the corridor covers and what its figures are")
    start: Day = Field(description="first day of the first step")
    end: Day = Field(description="last day that a step must cover")
    step_days: int = Field(default=7, ge=1, le=LONGEST_STEP, description="length of a step")
    warm_up_weeks: int = Field(
        default=0, ge=0, le=520, description="weeks that are simulated before the first day and not recorded"
    )
    agents: int = Field(
        default=50_000, ge=1, le=20_000_000, description="migrants simulated, unless a run says otherwise"
    )
    routes: tuple[str, ...] = Field(default=(), description="routes under which observations are counted")


class TableFile(NamedTuple):
    """One CSV file of a scenario directory."""

    file: str
    kind: type[Row]
    identity: tuple[str, ...]
    required: bool
    meaning: str


TABLES: dict[str, TableFile] = {
    "places": TableFile("places.csv", Place, ("place",), True, "where people live, wait or settle"),
    "legs": TableFile("legs.csv", Leg, ("leg",), True, "directed stretches of journey between places"),
    "communities": TableFile("communities.csv", Community, ("community",), True, "people of one origin"),
    "series": TableFile("series.csv", DriverValue, ("entity", "variable", "date"), True, "drivers over time"),
    "ties": TableFile("ties.csv", Tie, ("community", "destination", "date"), False, "compatriots at destinations"),
    "stocks": TableFile("stocks.csv", Stock, ("community", "place"), False, "people who live abroad at the start"),
    "agencies": TableFile("agencies.csv", Agency, ("agency",), False, "enforcement agencies"),
    "seasons": TableFile("seasons.csv", Season, ("season", "month"), False, "seasonal profiles of legs"),
    "rescue": TableFile("rescue.csv", RescueFleet, ("operator",), False, "rescue operators"),
    "services": TableFile("services.csv", Service, ("service",), False, "protection services"),
    "pathways": TableFile("pathways.csv", Pathway, ("pathway",), False, "legal ways to move"),
    "justice": TableFile(
        "justice.csv", JusticeSystem, ("country",), False, "police, prosecutors and courts against exploiters"
    ),
    "recruiters": TableFile(
        "recruiters.csv", RecruitingNetwork, ("community",), False, "networks that recruit people before they leave"
    ),
    "cooperation": TableFile("cooperation.csv", Cooperation, ("agency", "partner"), False, "between agencies"),
    "parameters": TableFile("parameters.csv", ParameterValue, ("parameter",), False, "the corridor's own parameters"),
}


def columns(kind: type[Row]) -> tuple[list[str], list[str]]:
    """Return the column names of a row class as in files: all of them, and those without a default."""
    fields = kind.model_fields.items()
    return (
        [info.alias or name for name, info in fields],
        [info.alias or name for name, info in fields if info.is_required()],
    )


def read_directory(directory: Path) -> Corridor:
    """Read and validate a scenario directory.

    Parameters
    ----------
    directory : Path

    Raises
    ------
    InvalidInput
        One sentence that names the file, its line, the field, the value and what is allowed.
    """
    contents = _read_contents(directory)
    try:
        header = parse_entry(Header, HEADER_FILE, read_mapping(HEADER_FILE, contents[HEADER_FILE]))
        tables: dict[str, Any] = {key: _table(spec, contents.get(spec.file)) for key, spec in TABLES.items()}
        events = _events(contents.get(EVENTS_FILE, b""))
        fields = header.model_dump() | {"name": header.name or directory.resolve().name}
        return Corridor(**fields, **tables, events=events, content_hash=_hash(contents))
    except InvalidInput as error:
        raise InvalidInput(str(directory / error.where), error.field, error.value, error.allowed) from None


def _read_contents(directory: Path) -> dict[str, bytes]:
    """Return the bytes of every file that belongs to the world, by name."""
    limits = {HEADER_FILE: MAX_YAML_BYTES, EVENTS_FILE: MAX_YAML_BYTES}
    required = {HEADER_FILE}
    for spec in TABLES.values():
        limits[spec.file] = MAX_CSV_BYTES
        if spec.required:
            required.add(spec.file)
    return {
        name: read_bytes(directory / name, limit)
        for name, limit in sorted(limits.items())
        if name in required or (directory / name).exists()
    }


def _table(spec: TableFile, content: bytes | None) -> Table[Any]:
    """Build one table; an optional file that is absent gives an empty one."""
    key = spec.identity[0] if len(spec.identity) == 1 else None
    if content is None:
        return Table(spec.file, (), key)
    records, lines = read_records(spec.file, content, *columns(spec.kind))
    if not records and spec.required:
        raise InvalidInput(spec.file, "rows", 0, "at least one row below the header")
    rows = [parse_row(spec.kind, f"{spec.file}, line {line}", r) for line, r in zip(lines, records, strict=True)]
    table = Table(spec.file, rows, key, lines)
    _check_identity(table, spec.identity)
    return table


def _check_identity(table: Table[Any], identity: tuple[str, ...]) -> None:
    """Check that no two rows describe the same thing."""
    first: dict[tuple[Any, ...], int] = {}
    for position, row in enumerate(table):
        value = tuple(getattr(row, field) for field in identity)
        earlier = first.setdefault(value, position)
        if earlier != position:
            words = ", ".join(str(part) for part in value)
            allowed = f"a combination that no other row has ({table.where(earlier)} has it)"
            raise InvalidInput(table.where(position), " + ".join(identity), words, allowed)


@lru_cache(maxsize=8)
def _events(content: bytes) -> tuple[HistoricalEvent, ...]:
    """Build the dated events; the same bytes are parsed only once, because parsing dominates the time of loading."""
    entries, lines = read_list(EVENTS_FILE, content)
    return tuple(
        parse_entry(HistoricalEvent, f"{EVENTS_FILE}, line {line}", entry)
        for line, entry in zip(lines, entries, strict=True)
    )


def _hash(contents: dict[str, bytes]) -> str:
    """Return the SHA-256 of names and bytes of all files read, as hexadecimal digits."""
    digest = hashlib.sha256()
    for name, content in sorted(contents.items()):
        digest.update(f"{name} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def is_path(name_or_path: str | Path) -> bool:
    """Whether the argument is meant as a path: a `Path`, or text with a separator."""
    return isinstance(name_or_path, Path) or "/" in name_or_path or "\\" in name_or_path


def bundled_scenarios() -> list[str]:
    """Return the names of the corridors that come with the project."""
    return sorted(file.parent.name for file in ROOT.glob(f"*/{HEADER_FILE}"))


def scenario_directory(name_or_path: str | Path) -> Path:
    """Return the directory of a bundled corridor, or the path itself.

    Raises
    ------
    InvalidInput
        If a name is not one of the bundled corridors, or a path is not a directory.
    """
    if is_path(name_or_path):
        if not os.path.isdir(name_or_path):
            value = "not a directory" if os.path.exists(name_or_path) else "missing"
            raise InvalidInput(str(name_or_path), "directory", value, "a directory with a scenario")
        return Path(name_or_path)
    known = bundled_scenarios()
    if name_or_path not in known:
        allowed = f"{', '.join(known)}, or a path to a directory such as ./{name_or_path or 'DIR'}"
        raise InvalidInput("scenario", "name", str(name_or_path), allowed)
    return ROOT / str(name_or_path)


def load(name_or_path: str | Path) -> Corridor:
    """Return a validated corridor.

    Parameters
    ----------
    name_or_path : str or Path
        A bundled name such as ``"mediterranean"``, or a path to a directory (text counts as a path if it has a
        separator, as in ``"./mine"``).

    Raises
    ------
    InvalidInput
        One sentence that names the file, its line, the field, the value and what is allowed.

    Examples
    --------
    >>> load("tutorial").step_days
    7
    """
    return read_directory(scenario_directory(name_or_path))
