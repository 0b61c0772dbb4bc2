"""``corridor list``."""

from __future__ import annotations

import argparse

from corridor.experiments.runs.command import Command
from corridor.experiments.runs.screen import print_json
from corridor.model.errors import InvalidInput

LISTS = ("scenarios", "policies", "interventions", "shocks", "futures", "readings", "parameters", "mechanisms")


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("kind", choices=LISTS, metavar="|".join(LISTS), help="what to list")
    parser.add_argument(
        "report", nargs="?", default="report=text", metavar="report=json", help="one JSON array instead"
    )


def _list(options: argparse.Namespace) -> None:
    name, _, form = options.report.partition("=")
    if name != "report" or form not in ("text", "json"):
        raise InvalidInput("command line", "setting", options.report, "report=text, report=json")
    from corridor.experiments.reporting.listing import entries, text

    found = entries(options.kind)
    if form == "json":
        print_json(found)
    else:
        print(text(options.kind, found))


COMMAND = Command(
    "list",
    "list what can be chosen",
    _list,
    examples="example:\n  corridor list parameters report=json",
    arguments=_arguments,
)
