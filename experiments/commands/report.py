"""``corridor report``."""

from __future__ import annotations

import argparse
from pathlib import PurePosixPath

from corridor.experiments.runs.command import Command


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("study", metavar="STUDY", help="store of a study: a directory or URL")
    parser.add_argument(
        "path", nargs="?", metavar="FILE.html", help="file to write (default: the study's name, in this directory)"
    )


def _report(options: argparse.Namespace) -> None:
    from corridor.experiments.reporting.study_report import write_report

    print(write_report(options.study, options.path or f"{PurePosixPath(options.study.rstrip('/')).stem}.html"))


COMMAND = Command(
    "report",
    "write a study as one HTML file that can be mailed",
    _report,
    examples="example:\n  corridor report results/study.zarr report.html",
    arguments=_arguments,
)
