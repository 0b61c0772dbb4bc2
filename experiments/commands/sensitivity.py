"""``corridor sensitivity``."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

from corridor.experiments.commands.screen import run_study
from corridor.experiments.runs.command import Command
from corridor.experiments.runs.screen import files_text, print_json
from corridor.experiments.runs.settings import Report, SensitivityMethod, SensitivitySettings

EXAMPLES = """\
Morris screens many factors with (factors + 1) x samples runs; Sobol shares out the variance of each outcome with
(factors + 2) x samples runs. Every sample runs on the same seeds. It is resumable, like an ensemble.

examples:
  corridor sensitivity scenario=tutorial vary=[departure_rate,foresight,markup] samples=10
  corridor sensitivity scenario=mediterranean vary=[market,crossing] samples=20 replicates=3
  corridor sensitivity scenario=tutorial method=sobol vary=[departure_rate,foresight] samples=64"""


def _sensitivity(options: argparse.Namespace) -> int:
    from corridor.experiments.analysis.sensitivity import Method, analyse, mean_outcomes
    from corridor.experiments.reporting.ranking import draw_ranking, save
    from corridor.experiments.reporting.study_text import finished_text, sensitivity_text
    from corridor.experiments.runs.tables import plain_records, write_csv
    from corridor.experiments.runs.written import keep
    from corridor.experiments.studies.experiment import configured, sensitivity_design, study_path

    settings = configured(SensitivitySettings, options.settings)
    design, factors = sensitivity_design(settings)
    path = study_path(settings, design)
    result, cautions = run_study(design, path, settings.compute)
    method: Method = "sobol" if settings.method is SensitivityMethod.sobol else "morris"
    table = analyse(method, factors, design.samples, mean_outcomes(result.store.table()), settings.seed)
    base = Path(settings.results) / f"{Path(path).stem}-sensitivity"
    kept = keep(base.with_name(f"{base.name}.csv"), partial(write_csv, table))
    figure = draw_ranking(table, method, settings.outcomes)
    drawn = keep(base.with_name(f"{base.name}.png"), lambda file: save(figure, file))
    files = {"study": path, "table": str(kept), "figure": str(drawn)}
    if settings.report is Report.json:
        print_json({"method": method, "indices": plain_records(table), "files": files, "cautions": cautions})
    else:
        text = sensitivity_text(table, method, settings.outcomes)
        print(finished_text(result), text, files_text(files), sep="\n\n")
    return int(result.failed > 0)


COMMAND = Command(
    "sensitivity", "find which uncertain factors move which outcomes", _sensitivity, SensitivitySettings, EXAMPLES
)
