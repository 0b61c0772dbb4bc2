"""The one error that a user can cause, and the sentence it becomes."""

from __future__ import annotations

import datetime as dt


class InvalidInput(ValueError):
    """Input that the simulation cannot accept.

    Parameters
    ----------
    where : str
        File, table or argument, as the user knows it, e.g. ``"legs.csv, row 4"``.
    field : str
        Column, key or parameter name; may be empty when the whole file is meant.
    value : object
        What was given.
    allowed : str
        What would have been accepted, as a phrase that follows "allowed:".
    """

    def __init__(self, where: str, field: str, value: object, allowed: str) -> None:
        self.where, self.field, self.value, self.allowed = where, field, value, allowed
        subject = f"{where}: {field}" if field else where
        super().__init__(f"{subject} is {_shown(value)}; allowed: {allowed}")

    def __reduce__(self) -> tuple[type, tuple[str, str, object, str]]:
        # Errors cross process borders when runs are computed by workers.
        return type(self), (self.where, self.field, self.value, self.allowed)

    def within(self, where: str) -> InvalidInput:
        """Return the same error, told from the wider place ``where`` (a file, say)."""
        return InvalidInput(f"{where}, {self.where}", self.field, self.value, self.allowed)


def _shown(value: object) -> str:
    """Write a value on one line, cut where it is too long to read."""
    text = str(value) if isinstance(value, dt.date) else repr(value)
    return text if len(text) <= 160 else f"{text[:157]}..."
