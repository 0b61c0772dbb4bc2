"""The figures of the scorecard, measured again from the point values and reanalysis draws of a scenario."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from corridor.calibration import journeys, natural
from corridor.calibration.coarse import LAST_AGENTS, LAST_SEEDS, Fit, scored_targets
from corridor.calibration.coarse_tables import claims_off, factors
from corridor.calibration.hindcast import hindcast, summary
from corridor.calibration.members import compute, member
from corridor.calibration.plan import plan_of
from corridor.calibration.reanalysis_scores import cases
from corridor.calibration.reanalysis_scores import summary as measures
from corridor.calibration.record import Record
from corridor.calibration.scorecard import (
    forecast_scores,
    journey_scores,
    mechanism_scores,
    natural_scores,
    reanalysis_scores,
)
from corridor.calibration.settings import HindcastSettings, NaturalSettings, ScorecardSettings
from corridor.experiments.runs.run import OnProgress
from corridor.experiments.runs.settings import Source
from corridor.experiments.runs.store import read_netcdf
from corridor.model import Simulation
from corridor.model.errors import InvalidInput
from corridor.scenarios import load
from corridor.scenarios.reader import scenario_directory
from corridor.scenarios.reanalysis import PROVENANCE, reanalysis
from corridor.scenarios.scores import Score

PAIRS, ALONE, TRAVELLERS, SEEDS = 8, 4, 30_000, 3
"""Pairs of runs per event; runs without latent series; agents and seeds of the runs for measures of journeys."""


def _forecast(settings: ScorecardSettings, progress: OnProgress) -> Iterator[Score]:
    given = HindcastSettings(**_shared(settings), parameters=Source.point)
    return forecast_scores(summary(hindcast(plan_of(given), given, progress)))


def _natural(settings: ScorecardSettings, progress: OnProgress) -> Iterator[Score]:
    given = NaturalSettings(**_shared(settings), parameters=Source.point, members=PAIRS)
    return natural_scores(natural.natural(*natural.setup_of(given), given, progress))


def _mechanisms(settings: ScorecardSettings, progress: OnProgress) -> Iterator[Score]:
    progress(0, len(LAST_SEEDS))
    wanted = scored_targets(settings.scenario, _observations(settings))
    found = Fit(settings.scenario, wanted, LAST_AGENTS, LAST_SEEDS).published()
    progress(len(LAST_SEEDS), len(LAST_SEEDS))
    return mechanism_scores(factors(found, wanted), claims_off(found, wanted))


def _reanalysis(settings: ScorecardSettings, progress: OnProgress) -> Iterator[Score]:
    told = yaml.safe_load((scenario_directory(settings.scenario) / PROVENANCE).read_text(encoding="utf-8"))
    given = dict(part.split("=", 1) for part in str(told["command"]).split() if "=" in part)
    until, agents = dt.date.fromisoformat(given["until"]), int(given["agents"])
    record = Record.read(settings.scenario, _observations(settings), until)
    draws = reanalysis(settings.scenario)
    members = [
        member(settings.scenario, seed, agents, until, values) for seed, values in enumerate(draws, settings.seed)
    ]
    alone = [member(settings.scenario, settings.seed + number, agents, until) for number in range(ALONE)]
    files = compute([*members, *alone], Path(settings.results) / "members", settings.compute.processes, progress)
    outputs = np.array([record.simulated(read_netcdf(file)) for file in files])
    found: pd.DataFrame = cases(record, outputs[: len(draws)], outputs[len(draws) :], settings.seed)
    return reanalysis_scores(measures(found))


def _journeys(settings: ScorecardSettings, progress: OnProgress) -> Iterator[Score]:
    back, at_once = [], []
    for number in range(SEEDS):
        progress(number, SEEDS)
        corridor = load(settings.scenario)
        ds = Simulation(corridor, seed=number + 1, agents=TRAVELLERS, end=dt.date(2019, 12, 31)).run()
        back.append(journeys.passages_back(ds))
        at_once.append(journeys.detected_at_once(ds.sel(community=["SYR"], time="2015")))
    progress(SEEDS, SEEDS)
    return journey_scores(np.array(back), np.array(at_once))


PARTS: Mapping[str, Callable[[ScorecardSettings, OnProgress], Iterator[Score]]] = {
    "journeys": _journeys,
    "mechanisms": _mechanisms,
    "reanalysis": _reanalysis,
    "natural": _natural,
    "forecast": _forecast,
}


def remeasure(settings: ScorecardSettings, progress: Callable[[str], OnProgress]) -> list[Score]:
    """Measure figures again.

    Parameters
    ----------
    settings : ScorecardSettings
        Its ``parts`` name what is measured; all where it names none.
    progress : callable
        Returns, for the name of a part, what is called with runs done and runs in all.

    Raises
    ------
    InvalidInput
        If a part is not known, or observations are missing.
    """
    for name in settings.parts:
        if name not in PARTS:
            raise InvalidInput("scorecard", "parts", name, ", ".join(PARTS))
    wanted = settings.parts or list(PARTS)
    if {"mechanisms", "reanalysis"} & set(wanted):
        _observations(settings)
    return [score for name in wanted for score in PARTS[name](settings, progress(name))]


def _observations(settings: ScorecardSettings) -> Path:
    if settings.observations is None:
        raise InvalidInput("scorecard", "observations", "missing", "a directory of observation tables")
    return Path(settings.observations)


def _shared(settings: ScorecardSettings) -> dict[str, Any]:
    names = ("scenario", "seed", "agents", "compute", "results")
    return {name: getattr(settings, name) for name in names}
