"""A temporary directory beside the results, removed with its process however that ends."""

from __future__ import annotations

import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from corridor.experiments.runs.keys import strangers

PREFIX = ".unfinished-"
_MARK = ".corridor"
"""File that tells such a directory from a stranger's; locked while its maker lives."""


@contextmanager
def workshop(parent: Path) -> Iterator[Path]:
    """Give a directory; those of makers that were killed are removed on the way.

    Parameters
    ----------
    parent : path
        Existing directory, on the disk of the results.
    """
    _sweep(parent)
    with (
        tempfile.TemporaryDirectory(dir=parent, prefix=PREFIX, ignore_cleanup_errors=True) as name,
        (Path(name) / _MARK).open("wb", buffering=0) as mark,
    ):
        fcntl.flock(mark, fcntl.LOCK_EX)
        mark.write(b"Runs that a command of Corridor is writing.\n")
        yield Path(name)


def _sweep(parent: Path) -> None:
    """Remove what killed makers have left; a mark that is empty or locked is a living one's."""
    for folder in parent.glob(f"{PREFIX}*"):
        with suppress(OSError), (folder / _MARK).open("rb+") as mark:
            fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if mark.read() and strangers(folder) == [_MARK]:
                shutil.rmtree(folder, ignore_errors=True)
