"""The CSV dialect of Flee's directories: rows with their lines, comments and blanks apart, and typed fields."""

from __future__ import annotations

import csv
import datetime as dt
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from model.displacement.case import Finding
from model.errors import InvalidInput
from scenarios.files import MAX_CSV_BYTES, decode, read_bytes


@dataclass(frozen=True)
class Row:
    """One row of a file.

    Attributes
    ----------
    file : str
    line : int
        Counted from 1.
    fields : list of str
        Blanks around values removed.
    """

    file: str
    line: int
    fields: list[str]

    @property
    def where(self) -> str:
        """File and line, for messages."""
        return f"{self.file}, line {self.line}"

    def text(self, column: int, default: str = "") -> str:
        """Return a field, or the default where it is blank or missing."""
        return (self.fields[column] if column < len(self.fields) else "") or default

    def number(self, column: int, name: str, default: float | None = None, low: float = -math.inf) -> float:
        """Return a field as a number.

        Raises
        ------
        InvalidInput
            If it is no finite number of at least ``low``, or blank without a default.
        """
        text = self.text(column)
        if not text and default is not None:
            return default
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value) or value < low:
            floor = "" if low == -math.inf else f" of at least {low:g}"
            raise InvalidInput(self.where, name, text, f"a number{floor}")
        return value

    def whole(self, column: int, name: str, default: int | None = None, low: float = -math.inf) -> int:
        """Return a field as a whole number.

        Raises
        ------
        InvalidInput
            As `number`, or if there is a fraction.
        """
        value = self.number(column, name, default, low)
        if value != int(value) or abs(value) > 2**53:
            raise InvalidInput(self.where, name, self.text(column), "a whole number")
        return int(value)

    def date(self, column: int, name: str) -> dt.date:
        """Return a field as a date; a time of day behind it does not count.

        Raises
        ------
        InvalidInput
            If it is no ISO date.
        """
        try:
            return dt.datetime.fromisoformat(self.text(column)).date()
        except ValueError:
            raise InvalidInput(self.where, name, self.text(column), "a date such as 2015-05-01") from None


@dataclass
class Source:
    """The files of one directory, and what was found in them.

    Parameters
    ----------
    path : Path
        The case's directory.
    is_strict : bool
        Whether the intent counts (True) or Flee's reading to the letter.
    """

    path: Path
    is_strict: bool
    findings: list[Finding] = field(default_factory=list)

    def found(self, row: Row, rule: str, action: str) -> None:
        """Write down a departure from the format's intent."""
        self.findings.append(Finding(row.file, row.line, rule, action))

    def rows(self, file: str) -> list[Row]:
        """Return the rows of a file that hold data."""
        return [row for row in self._lines(file) if not row.fields[0].startswith("#") and any(row.fields)]

    def header(self, file: str) -> Row:
        """Return the header: the first row that begins with ``#``.

        Raises
        ------
        InvalidInput
            If there is none.
        """
        for row in self._lines(file):
            if row.fields[0].startswith("#"):
                return Row(file, row.line, [row.fields[0].removeprefix("#").strip(' "'), *row.fields[1:]])
        raise InvalidInput(file, "header", "missing", "a first row that begins with #")

    def _lines(self, file: str) -> Iterator[Row]:
        content = read_bytes(self.path / file, MAX_CSV_BYTES)
        for line, text in enumerate(decode(file, content).split("\n"), 1):
            if not text.strip():
                continue
            yield Row(file, line, [value.strip() for value in next(csv.reader([text], skipinitialspace=True))])
