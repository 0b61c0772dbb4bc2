"""``corridor calibrate``."""

from __future__ import annotations

import argparse

from corridor.calibration.settings import CalibrateSettings
from corridor.experiments.runs.command import Command
from corridor.experiments.runs.conf import configure
from corridor.experiments.runs.screen import ProgressBar, print_json
from corridor.experiments.runs.settings import Report

EXAMPLES = """\
A design of runs, moved to the data in rounds by an ensemble smoother, and recovery of known parameters. Runs are kept
as they end: the same command goes on from there.

examples:
  corridor calibrate observations=../shared/data/observations
  corridor calibrate observations=DIR publish=true           also write posterior.csv into the scenario
  corridor calibrate members=32 rounds=2 fits=0              a quick look"""


def _calibrate(options: argparse.Namespace) -> None:
    settings = configure(CalibrateSettings, options.settings)
    from corridor.calibration.calibrate import calibrate
    from corridor.calibration.text import calibrate_text

    with ProgressBar("runs") as progress:
        figures = calibrate(settings, progress)
    if settings.report is Report.json:
        print_json(figures)
    else:
        print(calibrate_text(figures))


COMMAND = Command(
    "calibrate", "fit parameters to observations: posterior and recovery", _calibrate, CalibrateSettings, EXAMPLES
)
