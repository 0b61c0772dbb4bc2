"""``corridor robust``."""

from __future__ import annotations

import argparse

from experiments.commands import Command
from experiments.commands.screen import StudyProgress, print_json
from experiments.settings import Report, RobustSettings

EXAMPLES = """\
Every policy runs in every future: a sample of the factors, and one of `futures`. Regret is how far
a package falls behind the best one of the same future; it holds where no threshold is passed.

examples:
  corridor robust scenario=tutorial policies=[baseline,rescue] vary=[departure_rate,drought] samples=60
  corridor robust scenario=mediterranean policies=[baseline,rescue,safe_pathways] vary=[market,drought] \\
      samples=100 thresholds.deaths=-0.1 thresholds.cost_usd=0.2"""


def _robust(options: argparse.Namespace) -> None:
    from experiments.ensemble import run_ensemble
    from experiments.robust import assess
    from experiments.study_design import configured, robust_design, study_path
    from experiments.study_text import finished_text, robust_text
    from experiments.tables import plain_records

    settings = configured(RobustSettings, options.settings)
    design = robust_design(settings)
    path = study_path(settings, design)
    with StudyProgress() as progress:
        result = run_ensemble(
            design, path, number=settings.compute.workers, scheduler=settings.compute.scheduler, progress=progress
        )
    found = assess(result.store, settings.thresholds or None, settings.outcomes)
    if settings.report is Report.json:
        discovery = [
            {"policy": item.policy, "failing": item.failing, "words": item.words(), "box": plain_records(item.table())}
            for item in found.discoveries
        ]
        tables = {"regret": plain_records(found.regret), "satisficing": plain_records(found.satisficing)}
        print_json({"study": path, **tables, "thresholds": found.thresholds, "discovery": discovery})
    else:
        print(finished_text(result), robust_text(found), f"study  {path}", sep="\n\n")


COMMAND = Command(
    "robust", "find the package that holds up, and the futures in which it fails", _robust, RobustSettings, EXAMPLES
)
