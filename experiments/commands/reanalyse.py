"""``corridor reanalyse``."""

from __future__ import annotations

import argparse

from corridor.calibration.settings import ReanalyseSettings
from corridor.experiments.runs.command import Command
from corridor.experiments.runs.conf import configure
from corridor.experiments.runs.screen import ProgressBar, print_json
from corridor.experiments.runs.settings import Report

EXAMPLES = """\
What moved in the world and is in no driver is estimated from the record: departures of each origin by quarter, the
utility of each route by month. Runs are kept as they end: the same command goes on from there.

examples:
  corridor reanalyse observations=../shared/data/observations
  corridor reanalyse observations=DIR publish=true           also write reanalysis.csv into the scenario
  corridor reanalyse observations=DIR until=2018-12-31       as known then
  corridor run history=reanalysis                            a run with a draw of what was published"""


def _reanalyse(options: argparse.Namespace) -> None:
    settings = configure(ReanalyseSettings, options.settings)
    from corridor.calibration.reanalyse import reanalyse
    from corridor.calibration.text import reanalyse_text

    with ProgressBar("runs") as progress:
        figures = reanalyse(settings, progress)
    if settings.report is Report.json:
        print_json(figures)
    else:
        print(reanalyse_text(figures))


COMMAND = Command(
    "reanalyse", "the past as the record has it: latent series, with intervals", _reanalyse, ReanalyseSettings, EXAMPLES
)
