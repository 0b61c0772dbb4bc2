"""Errors of a disk, reported in one sentence."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from corridor.model.errors import InvalidInput

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_CLOSED = (errno.EACCES, errno.EPERM, errno.EROFS, errno.EIO)
_NO_PLACE = (errno.ENAMETOOLONG, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.EEXIST, errno.ENXIO)
KEPT = "; finished runs are kept, and the same command goes on from there"


@contextmanager
def writing(
    value: object, where: str = "command line", field: str = "results", what: str = "a place", kept: str = ""
) -> Iterator[None]:
    """Report write errors in one sentence.

    Parameters
    ----------
    value : object
        What was to be written: a path or a URL.
    where, field : str
        Who asked for it.
    what : str
        What it should be, with its article.
    kept : str
        What is not lost: `KEPT`, or nothing.

    Raises
    ------
    InvalidInput
        If the disk is full, or the place cannot be written.
    """
    try:
        yield
    except OSError as error:
        raise refused(error, value, where, field, what, kept) from None


def refused(
    error: OSError, value: object, where: str = "command line", field: str = "results", what: str = "a place",
    kept: str = "", use: str = "written",
) -> InvalidInput:  # fmt: skip
    """Return the sentence for a disk error; arguments are those of `writing` and the operation."""
    if error.errno in _FULL:
        return InvalidInput(where, field, f"{value} (disk full)", f"{what} with free space{kept}")
    return InvalidInput(where, field, str(value), f"{what} that can be {use} ({reason(error)}){kept}")


def of_the_disk(error: OSError) -> bool:
    """Return whether an error comes from a disk or path rather than from a programming mistake."""
    return error.errno in _FULL + _CLOSED + _NO_PLACE


def reason(error: BaseException) -> str:
    """Return the reason for a failure in a few words."""
    return (error.strerror if isinstance(error, OSError) else None) or type(error).__name__
