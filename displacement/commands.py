"""The shell on displacement cases: ``corridor validate``, and ``run`` and ``export`` with ``scenario=flee``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from corridor.displacement import TUTORIAL
from corridor.displacement.settings import DisplacementExportSettings, DisplacementRunSettings, ValidateSettings
from corridor.experiments.runs.command import Command, CommandForm
from corridor.experiments.runs.conf import configure
from corridor.experiments.runs.screen import files_text, print_json
from corridor.experiments.runs.settings import Report
from corridor.model.errors import InvalidInput

EXAMPLES = """\
examples:
  corridor validate scenario=flee scenario.path=../shared/data/flee
  corridor validate scenario=flee scenario.path=DIR scenario.rule=flee scenario.mode=compatible
  corridor validate scenario=flee scenario.path=DIR report=json      one JSON object on standard output, nothing else"""
_CASE = "scenario=flee scenario.path=DIR"


def _validate(options: argparse.Namespace) -> None:
    settings = configure(ValidateSettings, options.settings)
    from corridor.displacement.text import validation_text
    from corridor.displacement.validation import validate

    result = validate(_directory(settings.scenario.path), settings.options(), settings.replicates)
    if settings.report is Report.json:
        print_json(result)
    else:
        print(validation_text(result))


def _run(overrides: Sequence[str]) -> None:
    """Run or forecast a displacement case and report the results."""
    from corridor.displacement.flee import read_case
    from corridor.displacement.forecast import forecast
    from corridor.displacement.run import simulate, summary
    from corridor.displacement.text import findings_text, forecast_text, run_text
    from corridor.experiments.runs.store import make_folder, write_netcdf
    from corridor.experiments.runs.written import keep

    settings = configure(DisplacementRunSettings, overrides)
    options = settings.options()
    case = read_case(_directory(settings.scenario.path), strict=options.strict)
    base = f"{case.name}-{options.rule}-{options.seed}"
    if settings.known_days is None:
        ds = simulate(case, options)
        figures, text = summary(case, ds), run_text
    else:
        ds = forecast(case, options, settings.known_days, settings.replicates, settings.total.value)
        base = f"{base}-from-{settings.known_days}"
        figures, text = dict(ds.attrs), forecast_text
    folder = Path(settings.results)
    make_folder(folder)
    files = {"netcdf": str(keep(folder / f"{base}.nc", partial(write_netcdf, ds)))}
    if settings.figure:
        from corridor.displacement.figure import draw_case, draw_forecast

        draw = draw_case if settings.known_days is None else draw_forecast
        files["figure"] = str(keep(folder / f"{base}.png", lambda file: draw(ds, file)))
    if settings.report is Report.json:
        print_json({**figures, "files": files})
    else:
        print(text(figures), findings_text(case.findings), files_text(files), sep="\n\n")


def _export(overrides: Sequence[str]) -> None:
    """Write a displacement case in Flee's format."""
    from corridor.displacement.flee import read_case, write_case

    settings = configure(DisplacementExportSettings, overrides)
    if settings.path is None:
        raise InvalidInput("command line", "path", "missing", "a directory to write to, such as path=out")
    print(write_case(read_case(_directory(settings.scenario.path)), settings.path))


def _directory(path: str | None) -> Path:
    """Return the directory in settings, or that of the bundled case."""
    return TUTORIAL if path is None else Path(path)


VALIDATE = Command(
    "validate", "score displacement cases against camp counts and null models", _validate, ValidateSettings, EXAMPLES
)
FORMS = {
    "run": (
        CommandForm(
            ("scenario=flee",), _run, f"corridor run {_CASE}               a displacement case in Flee's format"
        ),
    ),
    "export": (
        CommandForm(
            ("scenario=flee", "format=flee"),
            _export,
            f"corridor export {_CASE} format=flee path=out    a displacement case, cleaned",
        ),
    ),
}
"""Forms of other commands, by the command's name."""
