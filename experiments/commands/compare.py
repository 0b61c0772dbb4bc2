"""``corridor compare``."""

from __future__ import annotations

import argparse

from corridor.experiments.runs.command import Command
from corridor.experiments.runs.conf import configure
from corridor.experiments.runs.screen import ProgressBar, files_text, print_cautions, print_json
from corridor.experiments.runs.settings import CompareSettings, Report

EXAMPLES = """\
Replicate k of every policy runs on the same random numbers, so that differences show the policy and not luck.
A comparison that is stopped goes on where it stood when the same command is given again.

examples:
  corridor compare scenario=mediterranean policies=[baseline,safe_pathways,border_enforcement] replicates=5
  corridor compare scenario=tutorial policies=[baseline,./my_policy.yaml] replicates=20 compute.workers=2"""


def _compare(options: argparse.Namespace) -> None:
    settings = configure(CompareSettings, options.settings)
    from corridor.experiments.analysis.economics import cost_effectiveness, pareto
    from corridor.experiments.analysis.groups import winners_and_losers
    from corridor.experiments.analysis.metrics import outcomes
    from corridor.experiments.reporting.outputs import write_files
    from corridor.experiments.reporting.run_text import comparison_text
    from corridor.experiments.reporting.study_text import economics_text
    from corridor.experiments.runs.tables import plain_records
    from corridor.experiments.studies.compare import compare, summary

    with ProgressBar("runs") as progress:
        result = compare(settings, progress)
    print_cautions(result.world.cautions)
    files = write_files(result.ds, result.world, settings, result.path, "comparison")
    values, baseline = outcomes(result.ds), result.policies[0]
    cost, front = cost_effectiveness(values, baseline), pareto(values)
    groups = winners_and_losers(result.ds, baseline)
    if settings.report is Report.json:
        tables = {"cost_effectiveness": cost, "pareto": front, "groups": groups}
        records = {name: plain_records(table) for name, table in tables.items()}
        print_json({**summary(result), **records, "files": files})
        return
    parts = [comparison_text(result)]
    if len(result.policies) > 1:
        parts.append(economics_text(cost, front, groups))
    print(*parts, files_text(files), sep="\n\n")


COMMAND = Command("compare", "compare policies on paired replicates", _compare, CompareSettings, EXAMPLES)
