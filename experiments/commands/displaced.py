"""What the commands do with ``scenario=flee``: displacement cases."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from experiments.commands.screen import files_text, print_json
from experiments.conf import configure

TUTORIAL = "displacement_tutorial"


def is_displacement(overrides: Sequence[str]) -> bool:
    """Whether settings name a displacement case."""
    return any(override.replace(" ", "") == "scenario=flee" for override in overrides)


def run(overrides: Sequence[str]) -> None:
    """Run or forecast a displacement case and say what came out."""
    from experiments.displacement import forecast, simulate, summary
    from experiments.displacement_figure import draw_case, draw_forecast
    from experiments.displacement_settings import DisplacementRunSettings
    from experiments.displacement_text import findings_text, forecast_text, run_text
    from experiments.settings import Report
    from scenarios.flee import read_case

    settings = configure(DisplacementRunSettings, overrides)
    options = settings.options()
    case = read_case(case_path(settings.scenario.path), strict=options.strict)
    folder = Path(settings.results)
    folder.mkdir(parents=True, exist_ok=True)
    stem = folder / f"{case.name}-{options.rule}-{options.seed}"
    if settings.known_days is None:
        ds = simulate(case, options)
        files = {"netcdf": f"{stem}.nc"} | (
            {"figure": str(draw_case(ds, Path(f"{stem}.png")))} if settings.figure else {}
        )
        figures, text = summary(case, ds), run_text
    else:
        ds = forecast(case, options, settings.known_days, settings.replicates)
        stem = Path(f"{stem}-from-{settings.known_days}")
        files = {"netcdf": f"{stem}.nc"} | (
            {"figure": str(draw_forecast(ds, Path(f"{stem}.png")))} if settings.figure else {}
        )
        figures, text = dict(ds.attrs), forecast_text
    ds.to_netcdf(files["netcdf"])
    if settings.report is Report.json:
        print_json({**figures, "files": files})
    else:
        print(text(figures), findings_text(case.findings), files_text(files), sep="\n\n")


def export(overrides: Sequence[str]) -> None:
    """Write a displacement case in Flee's format."""
    from experiments.displacement_settings import DisplacementExportSettings
    from model.errors import InvalidInput
    from scenarios.flee import read_case, write_case

    settings = configure(DisplacementExportSettings, overrides)
    if settings.path is None:
        raise InvalidInput("command line", "path", "missing", "a directory to write to, such as path=out")
    print(write_case(read_case(case_path(settings.scenario.path)), settings.path))


def case_path(path: str | None) -> Path:
    """Return the directory that settings give, or that of the bundled tutorial."""
    import scenarios

    return Path(path) if path is not None else Path(scenarios.__file__).parent / TUTORIAL
