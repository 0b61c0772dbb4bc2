"""``corridor validate``."""

from __future__ import annotations

import argparse

from experiments.commands import Command
from experiments.commands.displaced import case_path
from experiments.commands.screen import print_json
from experiments.conf import configure
from experiments.displacement_settings import ValidateSettings
from experiments.settings import Report

EXAMPLES = """\
examples:
  corridor validate scenario=flee scenario.path=../shared/data/flee
  corridor validate scenario=flee scenario.path=DIR scenario.rule=flee scenario.mode=compatible
  corridor validate scenario=flee scenario.path=DIR report=json      one JSON object on standard output, nothing else"""


def _validate(options: argparse.Namespace) -> None:
    settings = configure(ValidateSettings, options.settings)
    from experiments.displacement import validate
    from experiments.displacement_text import validation_text

    result = validate(case_path(settings.scenario.path), settings.options(), settings.replicates)
    if settings.report is Report.json:
        print_json(result)
    else:
        print(validation_text(result))


COMMAND = Command(
    "validate", "score displacement cases against camp counts and null models", _validate, ValidateSettings, EXAMPLES
)
