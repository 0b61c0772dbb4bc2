"""``corridor robust``."""

from __future__ import annotations

import argparse

from corridor.experiments.commands.screen import run_study
from corridor.experiments.runs.command import Command
from corridor.experiments.runs.screen import print_json
from corridor.experiments.runs.settings import Report, RobustSettings

EXAMPLES = """\
Every policy runs in every future: a sample of the factors, and one of `futures`. Regret is how far
a package falls behind the best one of the same future; it holds where no threshold is passed.

examples:
  corridor robust scenario=tutorial policies=[baseline,rescue] vary=[departure_rate,drought] samples=60
  corridor robust scenario=mediterranean policies=[baseline,rescue,safe_pathways] vary=[market,drought] \\
      samples=100 thresholds.deaths=-0.1 thresholds.cost_usd=0.2"""


def _robust(options: argparse.Namespace) -> int:
    from corridor.experiments.analysis.robust import assess
    from corridor.experiments.reporting.study_text import finished_text, robust_text
    from corridor.experiments.runs.tables import plain_records
    from corridor.experiments.studies.experiment import configured, robust_design, study_path

    settings = configured(RobustSettings, options.settings)
    design = robust_design(settings)
    path = study_path(settings, design)
    result, cautions = run_study(design, path, settings.compute)
    store = result.store
    found = assess(store.table(), store.factors, settings.thresholds or None, settings.outcomes)
    if settings.report is Report.json:
        discovery = [
            {"policy": item.policy, "failing": item.failing, "words": item.words(), "box": plain_records(item.table())}
            for item in found.discoveries
        ]
        tables = {"regret": plain_records(found.regret), "satisficing": plain_records(found.satisficing)}
        print_json(
            {"study": path, **tables, "thresholds": found.thresholds, "discovery": discovery, "cautions": cautions}
        )
    else:
        print(finished_text(result), robust_text(found), f"study  {path}", sep="\n\n")
    return int(result.failed > 0)


COMMAND = Command(
    "robust", "find the package that holds up, and the futures in which it fails", _robust, RobustSettings, EXAMPLES
)
