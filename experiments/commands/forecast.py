"""``corridor forecast``."""

from __future__ import annotations

import argparse

from corridor.calibration.settings import ForecastSettings
from corridor.experiments.runs.command import Command
from corridor.experiments.runs.conf import configure
from corridor.experiments.runs.screen import ProgressBar, print_json
from corridor.experiments.runs.settings import Report

EXAMPLES = """\
Detections by route in the twelve months after the last one observed, with intervals, as a table and as fan charts. A
forecast averages simulations, corrected by their recent errors, with simple rules; `corridor hindcast` scores it.

examples:
  corridor forecast                                          nothing after the last month is known
  corridor forecast known=drivers                            drivers and events as the scenario has them
  corridor forecast observations=DIR                         with newer months
  corridor forecast report=json                              one JSON object on standard output, nothing else"""


def _forecast(options: argparse.Namespace) -> None:
    settings = configure(ForecastSettings, options.settings)
    from corridor.calibration.months_ahead import forecast
    from corridor.calibration.text import forecast_text

    with ProgressBar("runs") as progress:
        figures = forecast(settings, progress)
    if settings.report is Report.json:
        print_json(figures)
    else:
        print(forecast_text(figures))


COMMAND = Command("forecast", "detections by route in the next twelve months", _forecast, ForecastSettings, EXAMPLES)
