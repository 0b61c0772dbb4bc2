"""The command ``corridor``.

Everything that a subcommand needs is imported when it is called, so that help and lists answer at once.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import json
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from experiments.conf import CompareSettings, Report, RunSettings, Settings, configure, describe
from model.errors import InvalidInput

LISTS = ("scenarios", "policies", "interventions", "shocks", "futures", "parameters", "mechanisms")

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

RUN_EXAMPLES = """\
examples:
  corridor run scenario=mediterranean seed=1
  corridor run scenario=mediterranean policy=safe_pathways agents=20000 start=2011-01-01 end=2015-12-31
  corridor run scenario=./my_corridor policy=./my_policy.yaml parameters.foresight=0.9
  corridor run scenario=tutorial trace=5                     follow five migrants through the run
  corridor run scenario=tutorial without=[crowding]          the same without a mechanism
  corridor run scenario=mediterranean future=deterioration end=2035-12-31
  corridor run scenario=tutorial report=json                 one JSON object on standard output, nothing else"""

COMPARE_EXAMPLES = """\
Replicate k of every policy runs on the same random numbers, so that differences show the policy and not luck.
A comparison that is stopped goes on where it stood when the same command is given again.

examples:
  corridor compare scenario=mediterranean policies=[baseline,safe_pathways,border_enforcement] replicates=5
  corridor compare scenario=tutorial policies=[baseline,./my_policy.yaml] replicates=20 compute.workers=2"""


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
        print(f"corridor: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("corridor: stopped; finished runs are kept, and a comparison goes on from there.", file=sys.stderr)
        return 130
    return 0


def _parser() -> Parser:
    formatter = argparse.RawDescriptionHelpFormatter
    parser = Parser("corridor", description=ABOUT, epilog=EXAMPLES, formatter_class=formatter)
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and leave")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)

    def command(name: str, help_text: str, action: Callable[[argparse.Namespace], None], epilog: str = "") -> Parser:
        added: Parser = commands.add_parser(
            name,
            help=help_text,
            description=f"{help_text[0].upper()}{help_text[1:]}.",
            epilog=epilog,
            formatter_class=formatter,
        )
        added.set_defaults(action=action)
        return added

    for name, kind, help_text, action, examples in (
        ("run", RunSettings, "simulate one policy once: outcomes, figure, store", _run, RUN_EXAMPLES),
        ("compare", CompareSettings, "compare policies on paired replicates", _compare, COMPARE_EXAMPLES),
    ):
        epilog = f"{_settings_help(kind)}\n\n{examples}"
        command(name, help_text, action, epilog).add_argument(
            "settings", nargs="*", metavar="NAME=VALUE", help="see below"
        )
    listing = command("list", "list what can be chosen", _list, "example:\n  corridor list parameters report=json")
    listing.add_argument("kind", choices=LISTS, metavar="|".join(LISTS), help="what to list")
    listing.add_argument(
        "report", nargs="?", default="report=text", metavar="report=json", help="one JSON array instead"
    )
    check = command("check", "check a scenario directory and say what is wrong with it", _check)
    check.add_argument("directory", metavar="DIR", help="directory with corridor.yaml and its tables")
    command("app", "open the browser app", _app).add_argument("--port", type=int, default=8501, help="default: 8501")
    return parser


class _Version(argparse.Action):
    """Look the version up only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        from importlib.metadata import version

        print(f"corridor {version('corridor-simulation')}")
        parser.exit()


def _settings_help(kind: type[Settings]) -> str:
    rows = list(describe(kind))
    width = max(len(name) for name, _ in rows)
    return "settings and their defaults:\n" + "\n".join(f"  {name.ljust(width)}  {meaning}" for name, meaning in rows)


def _run(options: argparse.Namespace) -> None:
    settings = configure(RunSettings, options.settings)
    from experiments.outputs import write_files, write_life_events
    from experiments.report import run_text
    from experiments.run import run, summary

    with _Bar("steps") as bar:
        result = run(settings, bar)
    _caution(result.world.caution)
    figures = summary(result.ds)
    study = result.ds.expand_dims(policy=[figures["policy"]], replicate=[figures["seed"]])
    label = f"{figures['policy']}-{figures['seed']}"
    files = write_files(study, result.world, settings, result.path, label)
    files |= write_life_events(result.life_events, result.path, label)
    if settings.report is Report.json:
        print(json.dumps({**figures, "files": files}, allow_nan=False))
    else:
        print(run_text(figures), _files_text(files), sep="\n\n")


def _compare(options: argparse.Namespace) -> None:
    settings = configure(CompareSettings, options.settings)
    from experiments.compare import compare, summary
    from experiments.outputs import write_files
    from experiments.report import comparison_text

    with _Bar("runs") as bar:
        result = compare(settings, bar)
    _caution(result.world.caution)
    files = write_files(result.ds, result.world, settings, result.path, "comparison")
    if settings.report is Report.json:
        print(json.dumps({**summary(result), "files": files}, allow_nan=False))
    else:
        print(comparison_text(result), _files_text(files), sep="\n\n")


def _caution(text: str) -> None:
    if text:
        print(f"corridor: {text}.", file=sys.stderr)


def _list(options: argparse.Namespace) -> None:
    name, _, form = options.report.partition("=")
    if name != "report" or form not in ("text", "json"):
        raise InvalidInput("command line", "setting", options.report, "report=text, report=json")
    from experiments.listing import entries, text

    found = entries(options.kind)
    print(json.dumps(found, allow_nan=False) if form == "json" else text(options.kind, found))


def _check(options: argparse.Namespace) -> None:
    from scenarios.check import check

    directory = Path(options.directory)
    findings = check(directory if directory.is_dir() else options.directory)
    print(
        f"{options.directory} is a valid scenario" + (", but look at this:" if findings else "."), *findings, sep="\n- "
    )


def _app(options: argparse.Namespace) -> None:
    if importlib.util.find_spec("streamlit") is None:
        raise InvalidInput(
            "app", "streamlit", "not installed", "an installation with pip install 'corridor-simulation[app]'"
        )
    page = Path(__file__).resolve().parent.parent / "app.py"
    settings = ["--server.port", str(options.port), "--browser.gatherUsageStats", "false"]
    with contextlib.suppress(KeyboardInterrupt):  # the usual way to close the app
        subprocess.run([sys.executable, "-m", "streamlit", "run", str(page), *settings], check=False)


def _files_text(files: dict[str, str]) -> str:
    width = max(len(kind) for kind in files)
    return "\n".join(f"{kind.ljust(width)}  {file}" for kind, file in files.items())


class _Bar:
    """A progress bar on standard error."""

    def __init__(self, unit: str) -> None:
        self._unit = unit
        self._bar: Any = None

    def __call__(self, done: int, whole: int) -> None:
        from tqdm import tqdm

        if self._bar is None:
            self._bar = tqdm(total=whole, unit=f" {self._unit}", file=sys.stderr, mininterval=0.5)
        self._bar.update(done - self._bar.n)

    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()


if __name__ == "__main__":
    sys.exit(main())
