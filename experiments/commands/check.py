"""``corridor check``."""

from __future__ import annotations

import argparse
from pathlib import Path

from corridor.experiments.runs.command import Command


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("directory", metavar="DIR", help="directory with corridor.yaml and its tables")


def _check(options: argparse.Namespace) -> None:
    from corridor.scenarios.check import check

    directory = Path(options.directory)
    findings = check(directory if directory.is_dir() else options.directory)
    verdict = f"{options.directory} is a valid scenario" + (", but look at this:" if findings else ".")
    print(verdict, *findings, sep="\n- ")


COMMAND = Command("check", "check a scenario directory and say what is wrong with it", _check, arguments=_arguments)
