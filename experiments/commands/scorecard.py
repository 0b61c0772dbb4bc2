"""``corridor scorecard``."""

from __future__ import annotations

import argparse
from contextlib import ExitStack

from corridor.calibration.settings import ScorecardSettings
from corridor.experiments.runs.command import Command
from corridor.experiments.runs.conf import configure
from corridor.experiments.runs.screen import ProgressBar, print_json
from corridor.experiments.runs.settings import Report

EXAMPLES = """\
Accuracy of the model: every figure with its target, misses first.

examples:
  corridor scorecard                                         the latest measurements
  corridor scorecard report=json                             one JSON object on standard output, nothing else
  corridor scorecard recompute=true observations=DIR         measured anew from what the scenario ships
  corridor scorecard recompute=true parts=[forecast]         a part of it: journeys, mechanisms, reanalysis, natural"""


def _scorecard(options: argparse.Namespace) -> None:
    settings = configure(ScorecardSettings, options.settings)
    from corridor.calibration.scorecard import card, published, rows
    from corridor.calibration.text import scorecard_text

    if settings.recompute:
        from corridor.calibration.remeasure import remeasure

        with ExitStack() as screens:
            anew = remeasure(settings, lambda name: screens.enter_context(ProgressBar(f"{name}: runs")))
        found = {score.figure: score for score in anew}
    else:
        found = published(settings.scenario)
    if settings.report is Report.json:
        print_json(card(found))
    else:
        print(scorecard_text(rows(found)))


COMMAND = Command(
    "scorecard", "how close the model comes to what happened, beside what it must reach", _scorecard,
    ScorecardSettings, EXAMPLES,
)  # fmt: skip
