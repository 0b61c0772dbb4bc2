"""Output of commands: progress on standard error, results on standard output."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any


class ProgressBar:
    """A progress bar on standard error.

    Parameters
    ----------
    unit : str
        What is counted, in the plural.
    """

    def __init__(self, unit: str) -> None:
        self._unit = unit
        self._bar: Any = None

    def __call__(self, done: int, whole: int) -> None:
        """Show the progress: ``done`` of ``whole``."""
        from tqdm import tqdm

        if self._bar is None:
            self._bar = tqdm(total=whole, unit=f" {self._unit}", file=sys.stderr, mininterval=0.5)
        self._bar.update(done - self._bar.n)

    def __enter__(self) -> ProgressBar:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()


def print_json(value: Any) -> None:
    """Print one JSON value on one line; undefined figures must be None."""
    print(json.dumps(value, allow_nan=False))


def print_cautions(cautions: Sequence[str]) -> None:
    """Print the cautions of a result, if any, on standard error."""
    if cautions:
        print(f"corridor: {'; '.join(cautions)}.", file=sys.stderr)


def files_text(files: Mapping[str, str]) -> str:
    """Return the files that a command wrote, one per line, by kind."""
    width = max(map(len, files))
    return "\n".join(f"{kind.ljust(width)}  {file}" for kind, file in files.items())
