"""Observed detections and deaths of a corridor by month and route, for comparison with simulations."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pandas as pd
from pydantic import Field

from corridor.model.errors import InvalidInput
from corridor.model.rows import Day, Row
from corridor.model.tables import parse_row
from corridor.scenarios.files import MAX_CSV_BYTES, read_bytes, read_records
from corridor.scenarios.reader import columns, scenario_directory

Count = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Detections(Row):
    """Detections of irregular border crossing on one route in one month."""

    month: Day = Field(description="first day of the month")
    route: str = Field(min_length=1, description="one of the routes in corridor.yaml")
    detections: Count = Field(description="events, not persons")


class Deaths(Row):
    """Deaths recorded on one route in one month."""

    month: Day = Field(description="first day of the month")
    route: str = Field(min_length=1, description="one of the routes in corridor.yaml")
    deaths: Count = Field(description="persons recorded dead or missing, a minimum")


OBSERVED: dict[str, type[Row]] = {"detections": Detections, "deaths": Deaths}


def observed(name_or_path: str | Path) -> dict[str, pd.DataFrame]:
    """Return the observed tables of a corridor.

    Parameters
    ----------
    name_or_path : str or Path
        As for `corridor.scenarios.load`.

    Returns
    -------
    dict of str to DataFrame
        ``detections`` and ``deaths``, each with the columns of its file: ``month`` (datetime64, first day), ``route``
        and the count, in order of month and route. A table without a file is left out.

    Raises
    ------
    InvalidInput
        If a table does not fit.
    """
    directory = scenario_directory(name_or_path) / "observed"
    files = {kind: directory / f"{kind}.csv" for kind in OBSERVED}
    return {kind: _read(kind, file) for kind, file in files.items() if file.exists()}


def _read(kind: str, file: Path) -> pd.DataFrame:
    """Read and check one table."""
    row_class = OBSERVED[kind]
    records, lines = read_records(str(file), read_bytes(file, MAX_CSV_BYTES), *columns(row_class))
    seen: set[tuple[str, str]] = set()
    rows = []
    for record, line in zip(records, lines, strict=True):
        where = f"{file}, line {line}"
        row = parse_row(row_class, where, record).model_dump()
        if row["month"].day != 1:
            raise InvalidInput(where, "month", row["month"], "the first day of a month, such as 2015-10-01")
        if (record["month"], record["route"]) in seen:
            raise InvalidInput(where, "month + route", f"{record['month']}, {record['route']}", "each combination once")
        seen.add((record["month"], record["route"]))
        rows.append(row)
    if not rows:
        raise InvalidInput(str(file), "rows", 0, "at least one row below the header")
    frame = pd.DataFrame(rows)
    return frame.assign(month=pd.to_datetime(frame["month"])).sort_values(["month", "route"], ignore_index=True)
