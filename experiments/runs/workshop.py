"""A temporary directory next to the results, removed however its process ends."""

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
"""Marker file of such a directory; locked while its process lives."""


@contextmanager
def workshop(parent: Path) -> Iterator[Path]:
    """Yield a directory, after removing those of killed processes.

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
    """Remove directories of killed processes; an empty or locked marker belongs to a live one."""
    for folder in parent.glob(f"{PREFIX}*"):
        with suppress(OSError), (folder / _MARK).open("rb+") as mark:
            fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if mark.read() and strangers(folder) == [_MARK]:
                shutil.rmtree(folder, ignore_errors=True)
