"""``corridor calibrate`` from start to finish: runs, posterior, diagnostics, and the tables written."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from corridor.calibration import natural
from corridor.calibration.fit import (
    Learnt,
    contraction,
    draws,
    gather,
    learn,
    loss,
    summaries,
)
from corridor.calibration.priors import units, values
from corridor.calibration.recovery import recover
from corridor.calibration.reference import Reference
from corridor.calibration.settings import CalibrateSettings
from corridor.calibration.targets import FIRST_YEAR, LAST_YEAR, targets
from corridor.experiments.runs.run import OnProgress
from corridor.experiments.runs.world import model_hash
from corridor.experiments.runs.written import keep
from corridor.scenarios import load
from corridor.scenarios.posterior import PROVENANCE, TABLE, posterior
from corridor.scenarios.reader import scenario_directory

DRAWS_LEFT_OUT = 40
"""Number of equally weighted draws kept from each fit that leaves out an event."""
LATE = 5
"""Number of final fitted years in which forecasts are tested; one fit leaves them out."""
INFORMED = 0.3
"""Minimum contraction of a parameter that counts as informed by the data."""


def calibrate(settings: CalibrateSettings, progress: OnProgress | None = None) -> dict[str, Any]:
    """Fit a scenario and write tables under ``results/calibration``.

    Parameters
    ----------
    settings : CalibrateSettings
    progress : callable, optional
        Called with runs done and runs in all.

    Returns
    -------
    dict
        Plain data: ``parameters``, ``point``, ``point_loss``, ``mean_loss``, ``recovery``, ``sequential``, ``runs``,
        ``core_hours``, ``files``.
    """
    began = time.process_time()
    folder = Path(settings.results) / "calibration"
    observations = Path(settings.observations) if settings.observations else None
    wanted = targets(settings.scenario, observations)
    reference = Reference(folder, settings.scenario, wanted, settings.agents, LAST_YEAR)
    points, outputs = gather(
        reference, settings.members, settings.rounds, settings.seed, settings.compute.processes, progress
    )
    learnt = learn(reference)
    losses = loss(outputs, learnt.seen, wanted)
    point = values(points.to_numpy(float)[losses.argmin()], reference.names)
    figures: dict[str, Any] = {
        "parameters": _parameters(points),
        "point": {name: float(f"{value:.4g}") for name, value in point.items()},
        "point_loss": float(losses.min()),
        "mean_loss": float(losses.mean()),
        "emulator": _explained(learnt),
        "runs": len(reference.rows()[0]),
        "model_version": model_hash(),
    }
    if settings.generations:
        figures["sequential"] = _sequential(learnt, reference, settings)
    if settings.fits:
        figures["recovery"] = _recovery(reference, settings)
    tables = {
        TABLE: draws(points, settings.members, settings.seed),
        natural.LEFT_OUT: _left_out(learnt, points, settings),
    }
    figures["core_hours"] = round((time.process_time() - began + reference.seconds()) / 3600, 3)
    target = scenario_directory(settings.scenario) if settings.publish else folder
    figures["files"] = keep_tables(target, tables, _provenance(settings, figures), settings.publish)
    return figures


def keep_tables(
    target: Path, tables: Mapping[str, pd.DataFrame], provenance: Mapping[str, Any], publish: bool
) -> dict[str, str]:
    """Write the tables of a fit and their provenance; return the path of each.

    Parameters
    ----------
    target : Path
        Directory.
    tables : mapping of str to DataFrame
        By file name.
    provenance : mapping
        Plain data.
    publish : bool
        Whether a scenario is to read them: then older ones of somebody make way, and are kept beside.
    """
    told = yaml.safe_dump(dict(provenance), sort_keys=False, allow_unicode=True)
    writers: dict[str, Callable[[Path], object]] = {
        name: partial(table.to_csv, index=False, lineterminator="\n") for name, table in tables.items()
    }
    writers[PROVENANCE] = lambda file: file.write_text(told, encoding="utf-8")
    return {name: str(keep(target / name, write, publish)) for name, write in writers.items()}


def _parameters(points: pd.DataFrame) -> dict[str, dict[str, Any]]:
    table = contraction(points)
    return {
        str(name): {
            **{key: float(f"{row[key]:.4g}") for key in row.index},
            "informed": bool(row["contraction"] >= INFORMED),
        }
        for name, row in table.iterrows()
    }


def _sequential(learnt: Learnt, reference: Reference, settings: CalibrateSettings) -> dict[str, Any]:
    """Check the posterior with pyABC's sequential algorithm, which resumes from its database."""
    size = f"{len(reference.rows()[0])}-{settings.population}-{settings.generations}-{settings.seed}"
    _, weights, steps = learnt.sequential(
        settings.population, settings.generations, settings.seed, reference.file.with_suffix(f".{size}.db")
    )
    return {
        "particles": len(weights),
        "effective_sample": round(float(1.0 / (weights**2).sum()), 1),
        "generations": steps.loc[steps["t"] >= 0, ["t", "epsilon", "samples"]].to_dict("records"),
    }


def _explained(learnt: Learnt) -> dict[str, float]:
    """Return the median share of variance that the emulator predicts for held-out runs, by kind of target."""
    return {
        str(kind): round(float(np.median(part)), 3)
        for kind, part in pd.Series(learnt.emulator.explained).groupby(learnt.kinds)
    }


def _recovery(reference: Reference, settings: CalibrateSettings) -> dict[str, Any]:
    """Recover known parameters, and store the table with the runs."""
    table = recover(reference, settings.members, settings.rounds, settings.fits, settings.seed)
    keep(reference.file.with_suffix(".recovery.csv"), partial(table.to_csv, index=False))
    return {
        "coverage_90": round(float(table["inside"].mean()), 4),
        "fits": int(table["fit"].nunique()),
        "intervals": len(table),
        "stand_in": "data: the simulation at known points of the design; inference: the ensemble smoother on an "
        "emulator that has not seen them",
        "by_parameter": {str(k): round(float(v), 3) for k, v in table.groupby("parameter")["inside"].mean().items()},
    }


def _left_out(learnt: Learnt, points: pd.DataFrame, settings: CalibrateSettings) -> pd.DataFrame:
    """Return draws of fits that leave out one fitted event each, and of the full fit (blank)."""
    parts = [draws(points, DRAWS_LEFT_OUT, settings.seed).assign(event="")]
    for experiment in natural.experiments():
        if experiment.scenario != settings.scenario or not experiment.left_out:
            continue
        routes, years = (experiment.left_out.get(name, ()) for name in ("routes", "years"))
        part = learnt.without([str(route) for route in routes], [int(year) for year in years])
        found = part.smooth(settings.members, settings.rounds, settings.seed)
        parts.append(draws(found, DRAWS_LEFT_OUT, settings.seed).assign(event=experiment.event))
    early = learnt.without(
        set(learnt.wanted.index.get_level_values("unit")), range(LAST_YEAR - LATE + 1, LAST_YEAR + 1)
    )
    found = early.smooth(settings.members, settings.rounds, settings.seed)
    parts.append(draws(found, DRAWS_LEFT_OUT, settings.seed).assign(event=natural.LATE_YEARS))
    table = pd.concat(parts, ignore_index=True)
    return table[["event", *learnt.names]]


def _provenance(settings: CalibrateSettings, figures: dict[str, Any]) -> dict[str, Any]:
    informed = [name for name, row in figures["parameters"].items() if row["informed"]]
    return {
        "what": f"{settings.members} equally likely draws of the posterior of {len(figures['parameters'])} values: "
        "parameters, origin effects (departure_factor of a community), constants of embarkations (utility_constant)",
        "how": f"ensemble smoother, {settings.rounds} rounds of {settings.members} runs; priors normal, of "
        "the logarithm where ranges are wide, the registry's defaults and ranges as medians and central 90 %",
        "command": f"corridor calibrate scenario={settings.scenario} observations=DIR members={settings.members} "
        f"rounds={settings.rounds} fits={settings.fits} population={settings.population} "
        f"generations={settings.generations} seed={settings.seed} agents={settings.agents} publish=true",
        "data": f"{FIRST_YEAR} to {LAST_YEAR}: detections, deaths by route; claims, entries by origin and year; "
        "crossings.csv by embarkation and year; evidence.csv",
        "runs": figures["runs"],
        "core_hours": figures["core_hours"],
        "model_version": figures["model_version"],
        "scenario_hash": load(settings.scenario).content_hash[:12],
        "informed_by_the_data": informed,
        "not_informed": [name for name in figures["parameters"] if name not in informed],
    }


def posterior_check(settings: CalibrateSettings) -> pd.DataFrame:
    """Return targets and the predictions of the published posterior, on the log scale of `targets.log_values`.

    Returns
    -------
    DataFrame
        Index as `targets.targets`; ``observed``; ``low, median, high`` (5, 50, 95 % of emulated runs of posterior
        draws, with the error of observation); ``prior_low, prior_high`` (5 and 95 % of the runs of the design).
    """
    wanted = targets(settings.scenario, Path(settings.observations) if settings.observations else None)
    reference = Reference(Path(settings.results) / "calibration", settings.scenario, wanted, settings.agents, LAST_YEAR)
    learnt = learn(reference)
    model = learnt.model(settings.seed)
    emulated = np.array([model(units(drawn, reference.names)) for drawn in posterior(settings.scenario)])
    low, median, high = np.quantile(emulated, [0.05, 0.5, 0.95], axis=0)
    _, logs = summaries(reference)
    prior_low, prior_high = np.quantile(logs[: settings.members], [0.05, 0.95], axis=0)
    ranges = {"low": low, "median": median, "high": high, "prior_low": prior_low, "prior_high": prior_high}
    return pd.DataFrame({"observed": learnt.seen, **ranges}, index=wanted.index)
