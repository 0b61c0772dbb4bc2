"""Studies of the shell: progress and cautions on standard error."""

from __future__ import annotations

import math
import sys
import time
from typing import TYPE_CHECKING

from corridor.experiments.runs.screen import print_cautions

if TYPE_CHECKING:
    from corridor.experiments.runs.settings import StudyCompute
    from corridor.experiments.studies import ensemble
    from corridor.experiments.studies.design import Design

SECONDS_BETWEEN_LOOKS = 0.5
SECONDS_BETWEEN_LINES = 30


class StudyProgress:
    """One line on standard error with the progress of an ensemble; occasional new lines if it is not a screen."""

    def __init__(self) -> None:
        self._told = -math.inf

    def __call__(self, progress: ensemble.Progress) -> None:
        """Show the progress."""
        from corridor.experiments.reporting.study_text import progress_text

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


def run_study(design: Design, path: str, compute: StudyCompute) -> tuple[ensemble.Finished, list[str]]:
    """Compute a study and report its progress; return the result, and cautions, which are printed first."""
    from corridor.experiments.studies.design import Plan
    from corridor.experiments.studies.ensemble import run_ensemble

    cautions = Plan(design).cautions
    print_cautions(cautions)
    with StudyProgress() as progress:
        result = run_ensemble(design, path, number=compute.workers, scheduler=compute.scheduler, progress=progress)
    return result, cautions
