"""``corridor run``."""

from __future__ import annotations

import argparse

from experiments.commands import Command, displaced
from experiments.commands.screen import Progress, files_text, print_caution, print_json
from experiments.conf import configure
from experiments.settings import Report, RunSettings

EXAMPLES = """\
examples:
  corridor run scenario=mediterranean seed=1
  corridor run scenario=mediterranean policy=safe_pathways agents=20000 start=2011-01-01 end=2015-12-31
  corridor run scenario=./my_corridor policy=./my_policy.yaml parameters.foresight=0.9
  corridor run scenario=tutorial trace=5                     follow five migrants through the run
  corridor run scenario=tutorial without=[crowding]          the same without a mechanism
  corridor run scenario=mediterranean future=deterioration end=2035-12-31
  corridor run scenario=flee scenario.path=DIR               a displacement case in Flee's format: corridor validate -h
  corridor run scenario=tutorial report=json                 one JSON object on standard output, nothing else"""


def _run(options: argparse.Namespace) -> None:
    if displaced.is_displacement(options.settings):
        displaced.run(options.settings)
        return
    settings = configure(RunSettings, options.settings)
    from experiments.outputs import write_files, write_life_events
    from experiments.report import run_text
    from experiments.run import run, summary

    with Progress("steps") as progress:
        result = run(settings, progress)
    print_caution(result.world.caution)
    figures = summary(result.ds)
    study = result.ds.expand_dims(policy=[figures["policy"]], replicate=[figures["seed"]])
    label = f"{figures['policy']}-{figures['seed']}"
    files = write_files(study, result.world, settings, result.path, label)
    files |= write_life_events(result.life_events, result.path, label)
    if settings.report is Report.json:
        print_json({**figures, "files": files})
    else:
        print(run_text(figures), files_text(files), sep="\n\n")


COMMAND = Command("run", "simulate one policy once: outcomes, figure, store", _run, RunSettings, EXAMPLES)
