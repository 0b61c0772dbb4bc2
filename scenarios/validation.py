"""What a corridor has earned the right to be used for: claims, how each was tested, and the verdict."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from corridor.model.rows import Row
from corridor.model.tables import parse_row
from corridor.scenarios.files import MAX_CSV_BYTES, read_bytes, read_records
from corridor.scenarios.reader import columns, scenario_directory

TABLE = "validation.csv"
UNTESTED = "Nothing has been tested: read every figure of this corridor as an illustration."


class Claim(Row):
    """One thing that a corridor might be used for."""

    claim: str = Field(min_length=1, description="key")
    use: str = Field(min_length=1, description="what it might be used for, in words")
    measure: str = Field(description="what was measured")
    value: float | None = Field(default=None, description="measured; blank: cannot be measured with the data at hand")
    needed: str = Field(description="what was asked of it before the test")
    verdict: Literal["earned", "in part", "not earned", "not tested"] = Field(description="what the test says")

    @property
    def words(self) -> str:
        """The verdict as a line of text."""
        figure = "no data" if self.value is None else f"{self.value:g}"
        return f"{self.verdict}: {self.use} ({self.measure}: {figure}; needed: {self.needed})"


def validation(name_or_path: str | Path) -> list[Claim]:
    """Return the claims that were tested on a corridor; empty where nothing was.

    Parameters
    ----------
    name_or_path : str or Path
        As for `corridor.scenarios.load`.

    Raises
    ------
    InvalidInput
        If the table does not fit.
    """
    file = scenario_directory(name_or_path) / TABLE
    if not file.exists():
        return []
    records, lines = read_records(str(file), read_bytes(file, MAX_CSV_BYTES), *columns(Claim))
    return [parse_row(Claim, f"{file}, line {line}", record) for record, line in zip(records, lines, strict=True)]


def short_form(name_or_path: str | Path) -> str:
    """Return the verdicts as a few lines of plain text (Markdown list), to stand beside results."""
    claims = validation(name_or_path)
    if not claims:
        return UNTESTED
    return "\n".join(f"- {claim.words}" for claim in claims)
