"""Tables as text and CSV, with rounded figures."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from corridor.scenarios.files import harmless


def csv_text(table: pd.DataFrame) -> str:
    """Return a table as CSV for people: without its index, and without cells that a spreadsheet would execute.

    All downloads and exports use this function; text that begins like a formula is prefixed with an apostrophe.
    """
    safe = table.copy()
    for place, kind in enumerate(table.dtypes):
        if not (pd.api.types.is_numeric_dtype(kind) or pd.api.types.is_datetime64_any_dtype(kind)):
            safe.isetitem(place, table.iloc[:, place].astype(object).map(harmless).to_numpy())
    safe.columns = pd.Index([harmless(name) for name in table.columns])
    return str(safe.to_csv(index=False))


def write_csv(table: pd.DataFrame, file: Path) -> None:
    """Write a table in the form of `csv_text`."""
    file.write_text(csv_text(table), encoding="utf-8", newline="")


def plain_records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table as mappings of plain values, ready for JSON; None for numbers that are not finite."""
    records: list[dict[str, Any]] = json.loads(table.to_json(orient="records", double_precision=15))
    return records


def rounded(value: float, signed: bool = False) -> str:
    """Return a number with three significant digits, in words above a million.

    Examples
    --------
    >>> rounded(1234.6), rounded(0.01234), rounded(45_678_901), rounded(-12.34, signed=True), rounded(float("nan"))
    ('1,230', '0.0123', '45.7 million', '-12.3', '–')
    """
    if not math.isfinite(value):
        return "–"
    sign = "+" if signed and value > 0 else ""
    if value == 0:
        return "0"
    digits = 2 - math.floor(math.log10(abs(value)))
    value = round(value, digits)
    for size, word in ((1e12, " trillion"), (1e9, " billion"), (1e6, " million")):
        if abs(value) >= size:
            return f"{sign}{value / size:.3g}{word}"
    if abs(value) < 1e-4:
        return f"{sign}{value:.2e}"
    return f"{sign}{value:,.{max(0, min(digits, 6))}f}"


def counted(value: float) -> str:
    """Return a count of persons in full, rounded to whole persons; a dash if unknown."""
    return f"{value:,.0f}" if math.isfinite(value) else "–"


def layout(header: Sequence[str], rows: Sequence[Sequence[str]], words: Collection[int] = (0,)) -> str:
    """Return an aligned table.

    Parameters
    ----------
    header : sequence of str
    rows : sequence of sequence of str
        Cells as text.
    words : collection of int
        Positions of the columns that hold words (aligned left); the others hold figures (aligned right).
    """
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]

    def line(cells: Sequence[str]) -> str:
        aligned = (c.ljust(w) if i in words else c.rjust(w) for i, (c, w) in enumerate(zip(cells, widths, strict=True)))
        return "  ".join(aligned).rstrip()

    return "\n".join([line(header), "  ".join("-" * width for width in widths), *(line(row) for row in rows)])
