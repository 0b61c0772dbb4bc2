"""``corridor run``."""

from __future__ import annotations

import argparse
from typing import Any

from corridor.experiments.runs.command import Command
from corridor.experiments.runs.conf import configure
from corridor.experiments.runs.screen import ProgressBar, files_text, print_cautions, print_json
from corridor.experiments.runs.settings import Report, RunSettings

EXAMPLES = """\
examples:
  corridor run scenario=mediterranean seed=1
  corridor run scenario=mediterranean policy=safe_pathways agents=20000 start=2011-01-01 end=2015-12-31
  corridor run scenario=./my_corridor policy=./my_policy.yaml parameters.foresight=0.9
  corridor run scenario=tutorial trace=5                     follow five migrants through the run
  corridor run scenario=tutorial without=[crowding]          the same without a mechanism
  corridor run scenario=tutorial shock=drought               with a shock of its usual size
  corridor run scenario=tutorial shock.drought=2 shock_start=2002-01-01
  corridor run scenario=mediterranean future=deterioration end=2035-12-31
  corridor run scenario=tutorial report=json                 one JSON object on standard output, nothing else"""


def _run(options: argparse.Namespace) -> None:
    settings = configure(RunSettings, options.settings)
    from corridor.experiments.analysis.summary import summary
    from corridor.experiments.reporting.outputs import write_files, write_life_events
    from corridor.experiments.reporting.run_text import run_text
    from corridor.experiments.runs.run import run

    with ProgressBar("steps") as progress:
        result = run(settings, progress)
    print_cautions(result.world.cautions)
    figures = summary(result.ds)
    study = result.ds.expand_dims(policy=[figures["policy"]], replicate=[figures["seed"]])
    label = f"{figures['policy']}-{figures['seed']}"
    files = write_files(study, result.world, settings, result.path, label)
    files |= write_life_events(result.life_events, result.path, label)
    if settings.report is Report.json:
        print_json({**figures, **_asked(settings), "cautions": result.world.cautions, "files": files})
    else:
        print(run_text(figures), files_text(files), sep="\n\n")


def _asked(settings: RunSettings) -> dict[str, Any]:
    """Describe the settings of a run as plain data, to go with its summary."""
    return {
        "parameters_from": settings.parameters_from.value,
        "readings": settings.readings,
        "without": settings.without,
        "future": settings.future,
        "shocks": {**dict.fromkeys(settings.shock_from, "usual"), **settings.shock},
        "shock_start": settings.shock_start,
        "shock_end": settings.shock_end,
        "trace": settings.trace,
    }


COMMAND = Command("run", "simulate one policy once: outcomes, figure, store", _run, RunSettings, EXAMPLES)
