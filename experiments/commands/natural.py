"""``corridor natural``."""

from __future__ import annotations

import argparse

from corridor.calibration.settings import NaturalSettings
from corridor.experiments.runs.command import Command
from corridor.experiments.runs.conf import configure
from corridor.experiments.runs.screen import ProgressBar, print_json
from corridor.experiments.runs.settings import Report

EXAMPLES = """\
Every event is simulated with and without, on the same seeds, with parameters of a fit that has not seen it; the answer
is compared with what was observed, hit or miss.

examples:
  corridor natural
  corridor natural events=[eu_turkey,covid_2020] members=10
  corridor natural report=json                               one JSON object on standard output, nothing else"""


def _natural(options: argparse.Namespace) -> None:
    settings = configure(NaturalSettings, options.settings)
    from corridor.calibration.natural import natural, records, setup_of, summary
    from corridor.calibration.text import natural_text

    setup, wanted = setup_of(settings)
    with ProgressBar("runs") as progress:
        table = natural(setup, wanted, settings, progress)
    if settings.report is Report.json:
        print_json({**summary(table), "rows": records(table)})
    else:
        print(natural_text(table, summary(table)))


COMMAND = Command(
    "natural",
    "test mechanisms on events that happened: sign and size of the answer",
    _natural,
    NaturalSettings,
    EXAMPLES,
)
