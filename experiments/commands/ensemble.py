"""``corridor ensemble``."""

from __future__ import annotations

import argparse

from corridor.experiments.commands.screen import run_study
from corridor.experiments.runs.command import Command
from corridor.experiments.runs.screen import print_json
from corridor.experiments.runs.settings import EnsembleSettings, Report

EXAMPLES = """\
A design is policies x scenarios x futures x samples x replicates. What varies is sampled over the ranges of
`corridor list parameters` and `corridor list shocks`, or over factors.NAME=[low,high].
Kill it at any moment: the same command goes on from there. `corridor status STUDY` tells how far it is.

examples:
  corridor ensemble experiment=tutorial                      a file with all settings
  corridor ensemble scenarios=[tutorial] policies=[baseline,rescue] vary=[market] samples=50 study=market.zarr
  corridor ensemble scenarios=[tutorial] design=factorial factors.foresight=[0.8,0.9] factors.drought=[0,1,2]
  corridor ensemble experiment=./mine.yaml compute=dask compute.scheduler=tcp://10.0.0.1:8786"""


def _ensemble(options: argparse.Namespace) -> int:
    from corridor.experiments.reporting.study_text import finished_text
    from corridor.experiments.studies.experiment import configured, ensemble_design, study_path

    settings = configured(EnsembleSettings, options.settings)
    design = ensemble_design(settings)
    path = study_path(settings, design)
    result, cautions = run_study(design, path, settings.compute)
    if settings.report is Report.json:
        counts = {"computed": result.computed, "reused": result.reused, "failed": result.failed}
        print_json(
            {"study": path, "runs": design.size, **counts, "seconds": round(result.seconds, 2), "cautions": cautions}
        )
    else:
        print(finished_text(result), f"study  {path}", sep="\n")
    return int(result.failed > 0)


COMMAND = Command("ensemble", "run a design of many runs, resumable", _ensemble, EnsembleSettings, EXAMPLES)
