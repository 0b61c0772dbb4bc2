"""``corridor sensitivity``."""

from __future__ import annotations

import argparse
from pathlib import Path

from experiments.commands import Command
from experiments.commands.screen import StudyProgress, files_text, print_json
from experiments.settings import Report, SensitivityMethod, SensitivitySettings

EXAMPLES = """\
Morris screens many factors with (factors + 1) x samples runs; Sobol shares out the variance of each outcome with
(factors + 2) x samples runs. Every sample runs on the same seeds. It is resumable, like an ensemble.

examples:
  corridor sensitivity scenario=tutorial vary=[departure_rate,foresight,markup] samples=10
  corridor sensitivity scenario=mediterranean vary=[market,crossing] samples=20 replicates=3
  corridor sensitivity scenario=tutorial method=sobol vary=[departure_rate,foresight] samples=64"""


def _sensitivity(options: argparse.Namespace) -> None:
    from experiments.ensemble import run_ensemble
    from experiments.sensitivity import Method, analyse, draw_ranking, mean_outcomes, save
    from experiments.study_design import configured, sensitivity_design, study_path
    from experiments.study_text import finished_text, sensitivity_text
    from experiments.tables import plain_records

    settings = configured(SensitivitySettings, options.settings)
    design, factors = sensitivity_design(settings)
    path = study_path(settings, design)
    with StudyProgress() as progress:
        result = run_ensemble(
            design, path, number=settings.compute.workers, scheduler=settings.compute.scheduler, progress=progress
        )
    method: Method = "sobol" if settings.method is SensitivityMethod.sobol else "morris"
    table = analyse(method, factors, design.samples, mean_outcomes(result.store), settings.seed)
    folder = Path(settings.results)
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{Path(path).stem}-sensitivity"
    table.to_csv(folder / f"{name}.csv", index=False)
    figure = save(draw_ranking(table, method, settings.outcomes), folder / f"{name}.png")
    files = {"study": path, "table": str(folder / f"{name}.csv"), "figure": str(figure)}
    if settings.report is Report.json:
        print_json({"method": method, "indices": plain_records(table), "files": files})
    else:
        text = sensitivity_text(table, method, settings.outcomes)
        print(finished_text(result), text, files_text(files), sep="\n\n")


COMMAND = Command(
    "sensitivity", "find which uncertain factors move which outcomes", _sensitivity, SensitivitySettings, EXAMPLES
)
