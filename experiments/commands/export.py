"""``corridor export``."""

from __future__ import annotations

import argparse

from experiments.commands import Command, displaced
from experiments.conf import configure
from experiments.settings import ExportSettings

EXAMPLES = """\
examples:
  corridor export study=results/study.zarr format=netcdf path=out     one NetCDF file a world, and runs.csv
  corridor export study=results/study.zarr format=parquet path=out    tidy tables, one for each set of dimensions
  corridor export scenario=flee scenario.path=DIR format=flee path=out    a displacement case, cleaned, for Flee"""


def _export(options: argparse.Namespace) -> None:
    if displaced.is_displacement(options.settings) or "format=flee" in options.settings:
        displaced.export(options.settings)
        return
    from experiments.exports import export_study
    from model.errors import InvalidInput

    settings = configure(ExportSettings, options.settings)
    if settings.study is None or settings.path is None:
        missing = "study" if settings.study is None else "path"
        raise InvalidInput("command line", missing, "missing", f"a path, such as {missing}=results/out")
    print(*export_study(settings.study, settings.format.value, settings.path), sep="\n")


COMMAND = Command("export", "write a study for other tools", _export, ExportSettings, EXAMPLES)
