"""``corridor hindcast``."""

from __future__ import annotations

import argparse

from corridor.calibration.settings import HindcastSettings
from corridor.experiments.runs.command import Command
from corridor.experiments.runs.conf import configure
from corridor.experiments.runs.screen import ProgressBar, print_json
from corridor.experiments.runs.settings import Report

EXAMPLES = """\
Forecasts of monthly detections by route from rolling origins, twelve months ahead, on months that were not fitted,
beside persistence, seasonal naive, ETS and AR. A forecast averages simulations, corrected by their recent errors, with
such rules; weights and intervals are learnt from forecasts whose months lie before its origin.

examples:
  corridor hindcast                                          fitted on 2011-2018, scored on 2019-2021
  corridor hindcast known=neither every=6                    what it would have said without knowing what came
  corridor hindcast observations=DIR first_origin=2021-12-01 on months that came later
  corridor hindcast report=json                              one JSON object on standard output, nothing else"""


def _hindcast(options: argparse.Namespace) -> None:
    settings = configure(HindcastSettings, options.settings)
    from corridor.calibration.hindcast import hindcast, summary
    from corridor.calibration.plan import plan_of
    from corridor.calibration.text import hindcast_text

    plan = plan_of(settings)
    with ProgressBar("runs") as progress:
        result = hindcast(plan, settings, progress)
    figures = summary(result)
    if settings.report is Report.json:
        print_json(figures)
    else:
        print(hindcast_text(figures))


COMMAND = Command("hindcast", "score forecasts of months that were not fitted", _hindcast, HindcastSettings, EXAMPLES)
