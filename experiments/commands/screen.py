"""What commands print: progress on standard error, results on standard output."""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from experiments import ensemble

SECONDS_BETWEEN_LOOKS = 0.5
SECONDS_BETWEEN_LINES = 30


class Progress:
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
        """Show that ``done`` of ``whole`` are done."""
        from tqdm import tqdm

        if self._bar is None:
            self._bar = tqdm(total=whole, unit=f" {self._unit}", file=sys.stderr, mininterval=0.5)
        self._bar.update(done - self._bar.n)

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()


class StudyProgress:
    """One line on standard error that tells how far an ensemble is; a new line now and then where it is no screen."""

    def __init__(self) -> None:
        self._told = -math.inf

    def __call__(self, progress: ensemble.Progress) -> None:
        """Show how far it is."""
        from experiments.study_text import progress_text

        is_screen = sys.stderr.isatty()
        pause = SECONDS_BETWEEN_LINES if not is_screen else SECONDS_BETWEEN_LOOKS
        is_last = progress.finished + progress.failed == progress.whole
        if time.monotonic() - self._told >= pause or is_last:
            self._told = time.monotonic()
            print(f"\r{progress_text(progress):<79}" if is_screen else progress_text(progress),
                  end="" if is_screen else "\n", file=sys.stderr, flush=True)  # fmt: skip

    def __enter__(self) -> StudyProgress:
        return self

    def __exit__(self, *_: object) -> None:
        if sys.stderr.isatty():
            print(file=sys.stderr)


def print_json(value: Any) -> None:
    """Print one JSON value on one line; figures that are not defined must be None."""
    print(json.dumps(value, allow_nan=False))


def print_caution(text: str) -> None:
    """Print what a reader must know beside a result, if anything, on standard error."""
    if text:
        print(f"corridor: {text}.", file=sys.stderr)


def files_text(files: Mapping[str, str]) -> str:
    """Return the files that a command wrote, one a line, by kind."""
    width = max(map(len, files))
    return "\n".join(f"{kind.ljust(width)}  {file}" for kind, file in files.items())
