"""The CSV dialect of Flee's directories: rows with line numbers, without comments and blanks, and typed fields."""

from __future__ import annotations

import csv
import datetime as dt
import difflib
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from corridor.displacement.engine.case import Finding
from corridor.displacement.engine.size import MOST_BYTES
from corridor.model.calendar import A_DATE, as_day
from corridor.model.errors import InvalidInput
from corridor.scenarios.files import MAX_CSV_BYTES, decode, read_bytes

MOST_PEOPLE = 1e12
"""Far above the world population, and small enough for sums in 64 bits."""
MOST_FINDINGS = 1000
_HEADERS = {"name", "name1", "day", "days", "date", "closuretype"}
"""First words of headers, as `plain` writes them."""
# What Python keeps of a row and of each of its values.
_ROW_BYTES, _VALUE_BYTES = 350, 65


@dataclass(frozen=True)
class FileRow:
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

    def number(
        self, column: int, name: str, default: float | None = None, low: float = -math.inf, high: float = math.inf
    ) -> float:
        """Return a field as a number.

        Raises
        ------
        InvalidInput
            If it is not a finite number from ``low`` to ``high``, or blank without a default.
        """
        text = self.text(column)
        if not text and default is not None:
            return default
        try:
            value = math.nan if "_" in text else float(text)  # Python takes 1_000 for a thousand
        except ValueError:
            value = math.nan
        if not (math.isfinite(value) and low <= value <= high):
            floor = "" if low == -math.inf else f" of at least {low:g}"
            ceiling = "" if high == math.inf else f"{' and' if floor else ' of'} at most {high:,.0f}"
            raise InvalidInput(self.where, name, text, f"a number{floor}{ceiling}")
        return value

    def whole(
        self, column: int, name: str, default: int | None = None, low: float = -math.inf, high: float = math.inf
    ) -> int:
        """Return a field as a whole number.

        Raises
        ------
        InvalidInput
            As in `number`, or if it has a fraction.
        """
        value = self.number(column, name, default, low, high)
        if value != int(value) or abs(value) > 2**53:
            raise InvalidInput(self.where, name, self.text(column), "a whole number")
        return int(value)

    def date(self, column: int, name: str) -> dt.date:
        """Return a field as a date; a following time of day is ignored.

        Raises
        ------
        InvalidInput
            If it is not an ISO date, or outside the range of the model.
        """
        try:
            return as_day(dt.datetime.fromisoformat(self.text(column)).date())
        except ValueError:
            raise InvalidInput(self.where, name, self.text(column), A_DATE) from None


def near(name: str, known: Iterable[str]) -> str:
    """Return a hint at the name that was probably meant, for the end of a message; empty without one."""
    names = {plain(one): one for one in known}
    close = difflib.get_close_matches(plain(name), names, n=1, cutoff=0.75)
    return f"; near: {names[close[0]]}" if close else ""


def plain(name: str) -> str:
    """Return a name in normalised spelling, without differences in case, blanks, underscores and hyphens."""
    return re.sub(r"[\s_-]+", "", name).lower()


@dataclass
class CaseFiles:
    """The files of one directory, and findings about them.

    Parameters
    ----------
    path : Path
        The case's directory.
    is_strict : bool
        Whether the intent counts (True) or Flee's reading to the letter.
    most_bytes : int
        Memory that reading a file, or the whole case, may take.
    """

    path: Path
    is_strict: bool
    most_bytes: int = MOST_BYTES
    findings: list[Finding] = field(default_factory=list)

    def found(self, row: FileRow, rule: str, action: str, about: str = "") -> None:
        """Record a deviation from the intent of the format, up to a maximum number."""
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(Finding(row.file, row.line, rule, action, about))
        elif len(self.findings) == MOST_FINDINGS:
            self.findings.append(
                Finding(row.file, 0, f"more than {MOST_FINDINGS:,} findings", "the others are not listed")
            )

    def afford(self, where: str, what: str, need: int) -> None:
        """Refuse input that would need more memory than allowed.

        Raises
        ------
        InvalidInput
            If it would.
        """
        if need > self.most_bytes:
            allowed = f"what needs up to {self.most_bytes // 1_000_000:,} MB"
            raise InvalidInput(where, "size", f"{what}, about {need // 1_000_000:,} MB of memory", allowed)

    def rows(self, file: str) -> list[FileRow]:
        """Return the data rows of a file."""
        rows = [row for row in self._lines(file) if not row.fields[0].startswith("#") and any(row.fields)]
        return rows[1:] if rows and plain(rows[0].text(0)) in _HEADERS else rows

    def header(self, file: str) -> FileRow:
        """Return the header: the first row that begins with ``#``, or a first row that begins with a header's word.

        Raises
        ------
        InvalidInput
            If there is none.
        """
        first = None
        for row in self._lines(file):
            if row.fields[0].startswith("#"):
                return FileRow(file, row.line, [row.fields[0].removeprefix("#").strip(' "'), *row.fields[1:]])
            first = first or row
        if first is None or plain(first.text(0)) not in _HEADERS:
            raise InvalidInput(file, "header", "missing", "a first row that begins with #")
        self.found(first, "header without #", "read as the header")
        return first

    def exists(self, file: str) -> bool:
        """Whether the directory has a file."""
        return (self.path / file).is_file()

    def _lines(self, file: str) -> Iterator[FileRow]:
        whole = decode(file, read_bytes(self.path / file, MAX_CSV_BYTES))
        lines = whole.count("\n") + 1
        values = lines + whole.count(",")
        self.afford(file, f"{lines:,} lines with {values:,} values", _ROW_BYTES * lines + _VALUE_BYTES * values)
        for line, text in enumerate(whole.split("\n"), 1):
            if not text.strip():
                continue
            try:
                values_of_line = next(csv.reader([text], skipinitialspace=True))
            except csv.Error as error:
                raise InvalidInput(f"{file}, line {line}", "line", text, f"values and commas ({error})") from None
            yield FileRow(file, line, [value.strip() for value in values_of_line])
