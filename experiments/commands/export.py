"""``corridor export``."""

from __future__ import annotations

import argparse

from corridor.experiments.runs.command import Command
from corridor.experiments.runs.conf import configure
from corridor.experiments.runs.settings import ExportSettings

EXAMPLES = """\
examples:
  corridor export study=results/study.zarr format=netcdf path=out     one NetCDF file a world, and runs.csv
  corridor export study=results/study.zarr format=parquet path=out    tidy tables, one for each set of dimensions"""


def _export(options: argparse.Namespace) -> None:
    from corridor.experiments.reporting.exports import export_study
    from corridor.model.errors import InvalidInput

    settings = configure(ExportSettings, options.settings)
    if settings.study is None or settings.path is None:
        missing = "study" if settings.study is None else "path"
        raise InvalidInput("command line", missing, "missing", f"a path, such as {missing}=results/out")
    print(*export_study(settings.study, settings.format.value, settings.path), sep="\n")


COMMAND = Command("export", "write a study for other tools", _export, ExportSettings, EXAMPLES)
