"""``corridor compare``."""

from __future__ import annotations

import argparse

from experiments.commands import Command
from experiments.commands.screen import Progress, files_text, print_caution, print_json
from experiments.conf import configure
from experiments.settings import CompareSettings, Report

EXAMPLES = """\
Replicate k of every policy runs on the same random numbers, so that differences show the policy and not luck.
A comparison that is stopped goes on where it stood when the same command is given again.

examples:
  corridor compare scenario=mediterranean policies=[baseline,safe_pathways,border_enforcement] replicates=5
  corridor compare scenario=tutorial policies=[baseline,./my_policy.yaml] replicates=20 compute.workers=2"""


def _compare(options: argparse.Namespace) -> None:
    settings = configure(CompareSettings, options.settings)
    from experiments.compare import compare, summary
    from experiments.outputs import write_files
    from experiments.report import comparison_text

    with Progress("runs") as progress:
        result = compare(settings, progress)
    print_caution(result.world.caution)
    files = write_files(result.ds, result.world, settings, result.path, "comparison")
    if settings.report is Report.json:
        print_json({**summary(result), "files": files})
    else:
        print(comparison_text(result), files_text(files), sep="\n\n")


COMMAND = Command("compare", "compare policies on paired replicates", _compare, CompareSettings, EXAMPLES)
