"""From the settings of ``corridor reanalyse`` to tables: draws, accuracy, changes at events, and provenance."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from corridor.calibration.latent import PRIORS, Latent
from corridor.calibration.reanalysis import Estimation, Reanalysis, ReanalysisPlan
from corridor.calibration.reanalysis_events import events
from corridor.calibration.reanalysis_scores import cases, summary
from corridor.calibration.record import ERROR, TABLE, Record
from corridor.calibration.settings import ReanalyseSettings
from corridor.calibration.uncounted import uncounted
from corridor.experiments.runs import engine
from corridor.experiments.runs.conf import as_date
from corridor.experiments.runs.run import OnProgress
from corridor.experiments.runs.store import read_netcdf
from corridor.experiments.runs.world import model_hash
from corridor.experiments.runs.written import keep
from corridor.model.errors import InvalidInput
from corridor.scenarios import load
from corridor.scenarios.reader import scenario_directory
from corridor.scenarios.reanalysis import DRAW, KEYS, PROVENANCE
from corridor.scenarios.reanalysis import TABLE as DRAWS

FADE_MONTHS = (3, 6, 12, 24, 48)
"""Months after the last value of a latent series for which its decay to zero is tabulated."""
SHORTEST_YEARS = 2


def plan_of(settings: ReanalyseSettings) -> tuple[ReanalysisPlan, Record]:
    """Return the plan that settings describe, and the record that is assimilated.

    Raises
    ------
    InvalidInput
        If there are no observations, a table of them is invalid, or too few years remain.
    """
    if settings.observations is None:
        raise InvalidInput("command line", "observations", "missing", "a directory of observation tables")
    corridor = load(settings.scenario)
    last = as_date(settings.until, "until") or corridor.end - dt.timedelta(days=1)
    until = (pd.Timestamp(last) + pd.offsets.MonthEnd(0)).date()
    first = corridor.start.replace(year=corridor.start.year + SHORTEST_YEARS)
    if not first <= until <= corridor.end:
        raise InvalidInput("command line", "until", str(until), f"a date from {first} to {corridor.end}")
    record = Record.read(settings.scenario, Path(settings.observations), until)
    plan = ReanalysisPlan(
        settings.scenario, until, settings.agents, settings.rounds, settings.seeds, settings.draws, settings.seed
    )
    return plan, record


def reanalyse(settings: ReanalyseSettings, progress: OnProgress | None = None) -> dict[str, Any]:
    """Estimate the latent series and write the tables; return the main figures as plain data.

    Parameters
    ----------
    settings : ReanalyseSettings
    progress : callable, optional
        Called with runs done and runs in all. Runs are kept as they end: the same call goes on there.
    """
    plan, record = plan_of(settings)
    folder = Path(settings.results)
    with engine.workers(settings.compute.processes) as client:
        found = Estimation(plan, record, folder / "members", client, progress).find()
    compared = cases(record, found.outputs, found.alone, plan.seed)
    runs, alone = ([read_netcdf(file) for file in files] for files in (found.files, found.files_alone))
    changes = events(settings.scenario, Path(str(settings.observations)), runs, alone)
    figures = {
        "measures": {str(name): _rounded(row.to_dict()) for name, row in summary(compared).iterrows()},
        "misfit_by_round": [round(value, 4) for value in found.found.misfits],
        "runs": plan.runs,
        "latent": rough(found),
    }
    told = provenance(settings, plan, found) | figures
    counted = uncounted(runs, load(settings.scenario))
    tables = {DRAWS: table_of(found), "cases.csv": compared, "events.csv": changes, "uncounted.csv": counted}
    target = folder / f"reanalysis-{plan.until:%Y-%m}"
    figures["files"] = write(target, tables, told)
    if settings.publish:
        figures["files"] |= write(scenario_directory(settings.scenario), {DRAWS: tables[DRAWS]}, told, publish=True)
    return figures


def write(target: Path, tables: Mapping[str, pd.DataFrame], told: Mapping[str, Any], publish: bool = False) -> Any:
    """Write tables and their provenance; return the path of each."""
    text = yaml.safe_dump(dict(told), sort_keys=False, allow_unicode=True)
    writers: dict[str, Callable[[Path], object]] = {
        name: partial(table.to_csv, index=False, lineterminator="\n") for name, table in tables.items()
    }
    writers[PROVENANCE] = lambda file: file.write_text(text, encoding="utf-8")
    return {name: str(keep(target / name, writer, publish)) for name, writer in writers.items()}


def table_of(found: Reanalysis) -> pd.DataFrame:
    """Return the draws in a scenario's format, with their decay to zero after the data."""
    whole = pd.concat([_part(found.latent, found.points), _faded(found.latent, found.points)])
    return whole.sort_values(KEYS, kind="stable", ignore_index=True)


def _part(latent: Latent, points: np.ndarray[Any, Any]) -> pd.DataFrame:
    keys = latent.table[KEYS].assign(date=latent.table["date"].dt.strftime("%Y-%m-%d"))
    draws = {f"{DRAW}{number + 1}": np.round(point, 2) for number, point in enumerate(points)}
    return pd.concat([keys, pd.DataFrame(draws, index=keys.index)], axis=1)


def _faded(latent: Latent, points: np.ndarray[Any, Any]) -> pd.DataFrame:
    last = latent.table.groupby(["series", "entity"], sort=False)["date"].idxmax().to_numpy()
    parts = []
    for months in FADE_MONTHS:
        left = np.array([PRIORS[kind].correlation(np.array(months / 12)) for kind in latent.table["kind"].iloc[last]])
        later = latent.table.iloc[last]
        later = later.assign(date=later["date"] + pd.DateOffset(months=months))
        parts.append(_part(Latent(later), points[:, last] * left))
    return pd.concat(parts)


def rough(found: Reanalysis) -> dict[str, Any]:
    """Return the magnitude of the latent series, and the most extreme ones."""
    table = found.latent.table.assign(value=found.found.best)
    spread = {str(kind): round(float(own["value"].std()), 2) for kind, own in table.groupby("kind")}
    limit = table["kind"].map(lambda kind: 3 * PRIORS[kind].spread)
    far = table[table["value"].abs() > limit]
    extremes = (
        far.groupby(["series", "entity"])["value"].agg(["count", "min", "max"]).sort_values("count", ascending=False)
    )
    rows = extremes.reset_index().round(2).to_dict("records")
    return {"spread": spread, "beyond_three_spreads": [{str(k): v for k, v in row.items()} for row in rows]}


def provenance(settings: ReanalyseSettings, plan: ReanalysisPlan, found: Reanalysis) -> dict[str, Any]:
    """Return the provenance of the draws, as plain data."""
    table = Path(settings.observations or "") / TABLE
    return {
        "what": f"{plan.draws} equally likely latent series of departures and utility, up to {plan.until}",
        "how": "most probable series by rounds of runs and a tangent-linear model, draws by randomised errors of the "
        "record and prior (calibration/reanalysis.py)",
        "command": f"corridor reanalyse scenario={settings.scenario} observations=DIR until={plan.until} "
        f"agents={plan.agents} rounds={plan.rounds} seeds={plan.seeds} draws={plan.draws} seed={plan.seed} "
        "publish=true",
        "model_hash": model_hash(),
        "scenario_hash": load(settings.scenario).content_hash[:12],
        "observations": {TABLE: hashlib.sha256(table.read_bytes()).hexdigest()[:12]},
        "priors": {kind: {"spread": p.spread, "memory_years": p.memory_years} for kind, p in PRIORS.items()},
        "errors_of_recording": dict(ERROR),
        "kernels": {
            name: [round(float(value), 3) for value in values] for name, values in vars(found.found.kernels).items()
        },
    }


def _rounded(row: Mapping[Any, Any]) -> dict[str, float]:
    return {str(name): round(float(value), 3) for name, value in row.items()}
