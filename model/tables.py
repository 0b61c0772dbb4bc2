"""Tables of typed rows, and their construction from text, with one clear error for the first invalid row."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Generic, Literal, TypeVar, get_args, get_origin

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ValidationError

from corridor.model.errors import InvalidInput
from corridor.model.rows import COUNTRY, Row

RowT = TypeVar("RowT", bound=Row)
ModelT = TypeVar("ModelT", bound=BaseModel)


class Table(Generic[RowT]):
    """Rows of one type, accessible by row, key and column.

    Parameters
    ----------
    rows : iterable of RowT
    key : str, optional
        Field that identifies a row; its values must be unique.
    name : str
        Name of the table in messages, e.g. ``"places.csv"``.
    lines : sequence of int, optional
        Line of each row in its file, for messages.
    """

    def __init__(
        self, name: str, rows: Iterable[RowT], key: str | None = None, lines: Sequence[int] | None = None
    ) -> None:
        self.name, self.rows, self.key, self.lines = name, tuple(rows), key, lines
        self.index: dict[str, int] = {}
        self._columns: dict[str, NDArray[Any]] = {}
        if key is not None:
            for position, row in enumerate(self.rows):
                value = getattr(row, key)
                if value in self.index:
                    raise InvalidInput(self.where(position), key, value, "a name that no other row has")
                self.index[value] = position

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[RowT]:
        return iter(self.rows)

    def __getitem__(self, key: str) -> RowT:
        return self.rows[self.index[key]]

    def where(self, position: int) -> str:
        """Return the location of a row, e.g. ``"legs.csv, line 4"``."""
        return f"{self.name}, {f'line {self.lines[position]}' if self.lines else f'row {position + 1}'}"

    @property
    def names(self) -> list[str]:
        """Keys in row order."""
        return list(self.index)

    def column(self, name: str) -> NDArray[Any]:
        """Return one field of every row as a read-only array, shape (n_rows,)."""
        if name not in self._columns:
            values = np.array([getattr(row, name) for row in self.rows])
            values.flags.writeable = False
            self._columns[name] = values
        return self._columns[name]

    def options(self, name: str) -> set[str]:
        """Return the values allowed in a text column: those listed by its type, or else those present."""
        field_info = type(self.rows[0]).model_fields.get(name) if self.rows else None
        if field_info is None:
            return set()
        if get_origin(field_info.annotation) is Literal:
            return set(get_args(field_info.annotation))
        return {str(value) for value in self.column(name)} if field_info.annotation is str else set()

    def positions(self, name: str, other: Table[Any]) -> NDArray[np.int32]:
        """Return, for each row, the row number in ``other`` to which its field ``name`` refers; -1 where blank.

        Raises
        ------
        InvalidInput
            If a reference is not a key of ``other``.
        """
        found = np.full(len(self), -1, dtype=np.int32)
        for position, row in enumerate(self.rows):
            value = getattr(row, name)
            if value == "":
                continue
            if value not in other.index:
                label = type(row).model_fields[name].alias or name
                raise InvalidInput(self.where(position), label, value, f"a name in {other.name}")
            found[position] = other.index[value]
        return found


def parse_row(kind: type[ModelT], where: str, record: Mapping[str, Any]) -> ModelT:
    """Build one typed row from a mapping, with one clear error if it is invalid.

    Parameters
    ----------
    kind : type of ModelT
        Any pydantic model.
    where : str
        Location of the record for the message, e.g. ``"legs.csv, line 4"``.
    record : mapping
        Field name to value; strings are converted, blank strings take the default.

    Raises
    ------
    InvalidInput
        Names where, field, value and what is allowed.
    """
    try:
        return kind.model_validate(_given(record))
    except ValidationError as error:
        raise _refusal(error, kind, where) from None


def parse_entry(kind: type[ModelT], where: str, record: Mapping[str, Any]) -> ModelT:
    """Build one typed row from values that are typed already, such as those of YAML, without conversion.

    This is the strict form of `parse_row`, with the same parameters: numbers are not accepted as text, nor *true* as a
    number.

    Raises
    ------
    InvalidInput
        Names where, field, value and what is allowed.
    """
    try:
        # Strict validation of JSON accepts lists for tuples; dates are text there.
        return kind.model_validate_json(json.dumps(_given(record), default=_as_json), strict=True)
    except ValidationError as error:
        raise _refusal(error, kind, where) from None


def _as_json(value: Any) -> Any:
    """Convert a NumPy number to a Python number, and a date to text."""
    return value.item() if isinstance(value, np.generic) else str(value)


def _given(record: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in record.items() if not (isinstance(v, str) and v.strip() == "")}


def _refusal(error: ValidationError, kind: type[BaseModel], where: str) -> InvalidInput:
    """Return the first of pydantic's errors as a sentence."""
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"])
    value = "missing" if first["type"] == "missing" else first.get("input")
    return InvalidInput(where, name, value, _allowed(first, kind))


def parse_rows(kind: type[RowT], table: str, records: Iterable[Mapping[str, Any]]) -> list[RowT]:
    """Build typed rows from mappings, with one clear error for the first invalid one.

    Parameters
    ----------
    kind : type of RowT
    table : str
        Name used in messages, e.g. ``"legs.csv"``.
    records : iterable of mapping
        See `parse_row`.

    Raises
    ------
    InvalidInput
        Names table, row (1 = first record), field, value and what is allowed.
    """
    return [parse_row(kind, f"{table}, row {number}", record) for number, record in enumerate(records, 1)]


def _allowed(problem: Mapping[str, Any], kind: type[BaseModel]) -> str:
    """Describe in words the values that would have avoided a pydantic error."""
    if problem["type"] == "missing":
        return "a value (the field is required)"
    if problem["type"] == "extra_forbidden":
        names = [info.alias or name for name, info in kind.model_fields.items()]
        return f"fields {', '.join(names)}" if len(problem["loc"]) == 1 else "only the documented fields"
    if problem["type"] == "string_pattern_mismatch":
        is_country = problem["ctx"]["pattern"] == COUNTRY
        return "three capital letters" if is_country else "letters, digits, _ . and -, first a letter or digit"
    if problem["type"] == "tuple_type":
        return "a list"
    message = str(problem["msg"])
    for prefix in ("Input should be ", "Value error, ", "Input should ", "String should "):
        message = message.removeprefix(prefix)
    return message[:1].lower() + message[1:]
