"""The command ``corridor``: its subcommands are the modules of `experiments.commands`."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from experiments.commands import (
    Command,
    app,
    calibrate,
    check,
    compare,
    ensemble,
    export,
    hindcast,
    natural,
    report,
    robust,
    run,
    sensitivity,
    status,
    validate,
)
from experiments.commands import list as listing
from experiments.conf import describe
from experiments.disk import of_the_disk, refused
from model.errors import InvalidInput

COMMANDS = (
    run, compare, ensemble, sensitivity, robust, calibrate, hindcast, natural, validate,
    status, report, export, listing, check, app,
)  # fmt: skip
"""Modules of the subcommands, in the order of the help."""

ABOUT = """\
Corridor simulates migration, migrant smuggling and human trafficking along migration corridors,
and tells what a policy changes: deaths, victims, smuggling income, arrivals, cost."""

EXAMPLES = """\
examples:
  corridor run scenario=tutorial                             one run of the toy world, in seconds
  corridor compare scenario=tutorial policies=[baseline,safe_pathways] replicates=5
  corridor list policies                                     what can be compared
  corridor app                                               the same in the browser

`corridor COMMAND --help` explains a command and its settings."""


class Parser(argparse.ArgumentParser):
    """A parser whose complaints are one sentence."""

    def error(self, message: str) -> NoReturn:
        """Print the complaint and leave with exit code 2."""
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code.

    0 is success, 2 bad input, 130 interrupted.
    """
    if arguments is None:
        # A cluster that ends a job early gets the same treatment as Ctrl-C: what is finished is kept.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    options = _parser().parse_args(arguments)
    try:
        options.action(options)
    except InvalidInput as error:
        return _refuse(error)
    except BrokenPipeError:
        # The reader of our output has seen enough (`corridor list parameters | head`): nothing more can be written.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        if not of_the_disk(error):
            raise
        return _refuse(refused(error, error.filename or "results", field="path", what="a readable place"))
    except KeyboardInterrupt:
        print("corridor: stopped; finished runs are kept, and the same command goes on from there.", file=sys.stderr)
        return 130
    return 0


def _refuse(error: InvalidInput) -> int:
    print(f"corridor: {' '.join(str(error).split())}", file=sys.stderr)
    return 2


def _parser() -> Parser:
    formatter = argparse.RawDescriptionHelpFormatter
    parser = Parser("corridor", description=ABOUT, epilog=EXAMPLES, formatter_class=formatter)
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and leave")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for command in (module.COMMAND for module in COMMANDS):
        added = commands.add_parser(
            command.name,
            help=command.help,
            description=f"{command.help[0].upper()}{command.help[1:]}.",
            epilog=_epilog(command),
            formatter_class=formatter,
        )
        command.arguments(added)
        if command.settings is not None:
            added.add_argument("settings", nargs="*", metavar="NAME=VALUE", help="see below")
        added.set_defaults(action=command.action)
    return parser


class _Version(argparse.Action):
    """Look the version up only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        from importlib.metadata import version

        print(f"corridor {version('corridor-simulation')}")
        parser.exit()


def _epilog(command: Command) -> str:
    """Return what stands below the arguments in a command's help: settings with their defaults, examples."""
    if command.settings is None:
        return command.examples
    rows = list(describe(command.settings))
    width = max(len(name) for name, _ in rows)
    settings = "\n".join(f"  {name.ljust(width)}  {meaning}" for name, meaning in rows)
    return f"settings and their defaults:\n{settings}\n\n{command.examples}"


if __name__ == "__main__":
    sys.exit(main())
