"""``corridor status``."""

from __future__ import annotations

import argparse
import math

from experiments.commands import Command
from experiments.commands.screen import print_json
from model.errors import InvalidInput


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("study", metavar="STUDY", help="store of an ensemble: a directory or URL")
    parser.add_argument(
        "report", nargs="?", default="report=text", metavar="report=json", help="one JSON object instead"
    )


def _status(options: argparse.Namespace) -> None:
    if options.report not in ("report=text", "report=json"):
        raise InvalidInput("command line", "setting", options.report, "report=text, report=json")
    from experiments.ensemble import status
    from experiments.study_text import status_text
    from experiments.tables import plain_records

    found = status(options.study)
    if options.report == "report=text":
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
