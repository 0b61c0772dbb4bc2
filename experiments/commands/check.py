"""``corridor check``."""

from __future__ import annotations

import argparse
from pathlib import Path

from corridor.experiments.runs.command import Command
from corridor.model.errors import InvalidInput


def _arguments(parser: argparse.ArgumentParser) -> None:
    help_text = "directory with corridor.yaml and its tables, or displacement cases in Flee's format"
    parser.add_argument("directory", metavar="DIR", help=help_text)


def _check(options: argparse.Namespace) -> None:
    from corridor.displacement.check import check_cases, holds_cases
    from corridor.scenarios.check import check

    directory = Path(options.directory)
    if holds_cases(directory):
        text, refused = check_cases(directory)
        print(text)
        if refused:
            raise InvalidInput(str(directory), "cases", f"{refused} that cannot be read", "cases in Flee's format")
        return
    findings = check(directory if directory.is_dir() else options.directory)
    verdict = f"{options.directory} is a valid scenario" + (", but look at this:" if findings else ".")
    print(verdict, *findings, sep="\n- ")


COMMAND = Command("check", "check a scenario directory and say what is wrong with it", _check, arguments=_arguments)
