"""The error raised for invalid user input, with its one-sentence message."""

from __future__ import annotations

import datetime as dt


class InvalidInput(ValueError):
    """Input that the simulation cannot accept.

    Parameters
    ----------
    where : str
        File, table or argument, in the user's terms, e.g. ``"legs.csv, row 4"``.
    field : str
        Column, key or parameter name; may be empty if the error concerns the whole file.
    value : object
        The invalid value.
    allowed : str
        The values that are accepted, as a phrase that follows "allowed:".
    """

    def __init__(self, where: str, field: str, value: object, allowed: str) -> None:
        self.where, self.field, self.value, self.allowed = where, field, value, allowed
        subject = f"{where}: {field}" if field else where
        super().__init__(f"{subject} is {_shown(value)}; allowed: {allowed}")

    def __reduce__(self) -> tuple[type, tuple[str, str, object, str]]:
        # Errors are pickled when worker processes compute runs.
        return type(self), (self.where, self.field, self.value, self.allowed)

    def within(self, where: str) -> InvalidInput:
        """Return the same error with its location prefixed by ``where`` (such as a file)."""
        return InvalidInput(f"{where}, {self.where}", self.field, self.value, self.allowed)


def _shown(value: object) -> str:
    """Format a value on one line, truncated to a readable length."""
    text = str(value) if isinstance(value, dt.date) else repr(value)
    return text if len(text) <= 160 else f"{text[:157]}..."
