"""The command ``corridor``: its subcommands are those of `experiments.commands` and of `displacement.commands`."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from corridor.displacement import commands as displacement
from corridor.experiments.commands import (
    app,
    calibrate,
    check,
    compare,
    ensemble,
    export,
    forecast,
    hindcast,
    natural,
    reanalyse,
    report,
    robust,
    run,
    scorecard,
    sensitivity,
    status,
)
from corridor.experiments.commands import list as listing
from corridor.experiments.runs.command import Command
from corridor.experiments.runs.conf import describe
from corridor.experiments.runs.disk import of_the_disk, refused
from corridor.experiments.runs.stop import Stop
from corridor.model.errors import InvalidInput

_STUDIES = (run, compare, ensemble, sensitivity, robust)
_EVIDENCE = (calibrate, reanalyse, forecast, hindcast, natural, scorecard)
COMMANDS = (
    *(module.COMMAND for module in (*_STUDIES, *_EVIDENCE)),
    displacement.VALIDATE,
    *(module.COMMAND for module in (status, report, export, listing, check, app)),
)
"""The subcommands, in the order of the help."""
FORMS = displacement.FORMS
"""Other forms of subcommands, by name."""

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

_LESS = "a run that fits into memory: fewer agents, fewer or longer steps, fewer runs at a time (compute.workers)"


class Parser(argparse.ArgumentParser):
    """A parser that reports errors in one sentence."""

    def error(self, message: str) -> NoReturn:
        """Print the error and leave with exit code 2."""
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code.

    0 means success, 1 failed runs of a study, 2 bad input, 130 interruption.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # names and dashes that a terminal has no letters for
    stop = Stop()
    if arguments is None:
        stop.listen()
    options = _parser().parse_args(arguments)
    return stop.ran(lambda: _done(options))


def _done(options: argparse.Namespace) -> int:
    """Run a subcommand; errors are reported in one sentence."""
    try:
        return _act(options) or 0
    except InvalidInput as error:
        return _refuse(error)
    except BrokenPipeError:
        # The reader of our output has seen enough (`corridor list parameters | head`): nothing more can be written.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        if not of_the_disk(error):
            raise
        return _refuse(refused(error, error.filename or "results", field="path", use="read and written"))
    except MemoryError as error:
        return _refuse(InvalidInput("memory", "", str(error) or "not enough", _LESS))
    return 0


def _act(options: argparse.Namespace) -> int | None:
    """Call the command, or the form that its settings select."""
    for form in FORMS.get(options.command, ()):
        if form.is_asked(options.settings):
            form.action(options.settings)
            return None
    code: int | None = options.action(options)
    return code


def _refuse(error: InvalidInput) -> int:
    print(f"corridor: {' '.join(str(error).split())}", file=sys.stderr)
    return 2


def _parser() -> Parser:
    formatter = argparse.RawDescriptionHelpFormatter
    parser = Parser("corridor", description=ABOUT, epilog=EXAMPLES, formatter_class=formatter)
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and leave")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for command in COMMANDS:
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
    """Look up the version only on request."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        from importlib.metadata import version

        print(f"corridor {version('corridor-simulation')}")
        parser.exit()


def _epilog(command: Command) -> str:
    """Format the end of a command's help: settings with defaults, and examples."""
    if command.settings is None:
        return command.examples
    examples = "\n  ".join([command.examples, *(form.example for form in FORMS.get(command.name, ()))])
    rows = list(describe(command.settings))
    width = max(len(name) for name, _ in rows)
    settings = "\n".join(f"  {name.ljust(width)}  {meaning}" for name, meaning in rows)
    return f"settings and their defaults:\n{settings}\n\n{examples}"


if __name__ == "__main__":
    sys.exit(main())
