"""What a corridor is validated for: claims, their tests, and verdicts."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, TypeVar

from pydantic import Field

from corridor.model.rows import Row
from corridor.model.tables import parse_row
from corridor.scenarios.files import MAX_CSV_BYTES, read_bytes, read_records
from corridor.scenarios.reader import columns, scenario_directory

TABLE = "validation.csv"
EVENTS = "natural.csv"
UNTESTED = "Nothing has been tested: read every figure of this corridor as an illustration."


class Claim(Row):
    """A possible use of a corridor."""

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
    """Return the claims tested on a corridor; empty if there are none.

    Parameters
    ----------
    name_or_path : str or Path
        As for `corridor.scenarios.load`.

    Raises
    ------
    InvalidInput
        If the table does not fit.
    """
    return _rows(Claim, scenario_directory(name_or_path) / TABLE)


def short_form(name_or_path: str | Path) -> str:
    """Return the verdicts as a few lines of plain text (Markdown list), to accompany results."""
    claims = validation(name_or_path)
    if not claims:
        return UNTESTED
    return "\n".join(f"- {claim.words}" for claim in claims)


class Answer(Row):
    """The model's result for a real event: simulated effect and change, and those observed."""

    event: str = Field(min_length=1, description="key")
    number: int = Field(description="number in the project's list of natural experiments; 0: not on it")
    title: str = Field(min_length=1, description="what was done, and when")
    scenario: str = Field(min_length=1, description="corridor in which it was simulated; the tutorial is stylised")
    indicator: str = Field(min_length=1, description="what was looked at")
    at: str = Field(default="", description="where; blank: everywhere")
    expected: int = Field(ge=-1, le=1, description="sign of the effect that the sources give; 0: little change")
    effect: float | None = Field(default=None, description="simulated, with the event against without, as a share")
    sign_share: float = Field(description="share of runs with the expected sign")
    observed: float | None = Field(default=None, description="recorded change, after against before; blank: none")
    low: float | None = Field(default=None, description="5 % of the simulated change and what the model leaves out")
    high: float | None = Field(default=None, description="95 % of it")


def answers(name_or_path: str | Path) -> list[Answer]:
    """Return the model's results for real events in a corridor; empty if nothing was tested.

    Parameters
    ----------
    name_or_path : str or Path
        As for `corridor.scenarios.load`.

    Raises
    ------
    InvalidInput
        If the table does not fit.
    """
    return _rows(Answer, scenario_directory(name_or_path) / EVENTS)


RowT = TypeVar("RowT", bound=Row)


def _rows(kind: type[RowT], file: Path) -> list[RowT]:
    if not file.exists():
        return []
    records, lines = read_records(str(file), read_bytes(file, MAX_CSV_BYTES), *columns(kind))
    return [parse_row(kind, f"{file}, line {line}", record) for record, line in zip(records, lines, strict=True)]
