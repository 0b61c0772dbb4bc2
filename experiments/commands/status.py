"""``corridor status``."""

from __future__ import annotations

import argparse
import math

from corridor.experiments.runs.command import Command
from corridor.experiments.runs.screen import print_json
from corridor.model.errors import InvalidInput

SETTINGS = ("report=text", "report=json", "thorough=true", "thorough=false")


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("study", metavar="STUDY", help="store of an ensemble: a directory or URL")
    parser.add_argument(
        "settings",
        nargs="*",
        metavar="NAME=VALUE",
        help="report=json: one JSON object instead; thorough=true: read every run, to find damaged ones",
    )


def _status(options: argparse.Namespace) -> None:
    for setting in options.settings:
        if setting not in SETTINGS:
            raise InvalidInput("command line", "setting", setting, ", ".join(SETTINGS))
    from corridor.experiments.reporting.study_text import status_text
    from corridor.experiments.runs.tables import plain_records
    from corridor.experiments.studies.ensemble import status

    found = status(options.study, "thorough=true" in options.settings)
    if "report=json" not in options.settings:
        print(status_text(options.study, found))
        return
    left = found.seconds_left
    print_json(
        {
            "title": found.title,
            "question": found.question,
            **found.totals,
            "damaged": found.damaged,
            "seconds_left": left if math.isfinite(left) else None,
            "failures": plain_records(found.failures.reset_index()),
            "counts": plain_records(found.counts),
        }
    )


COMMAND = Command(
    "status",
    "tell how far a study is, and what failed",
    _status,
    examples="example:\n  corridor status results/study.zarr",
    arguments=_arguments,
)
