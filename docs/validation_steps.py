"""The runs behind docs/validation.md, in steps that are kept: a stopped page goes on where it stood.

What a step found lies in a folder named by the version of the model, beside single runs
(`corridor.calibration.members`, `corridor.calibration.reference`) that are kept as they end, so that an interruption
costs at most the run at hand. The processor time of every attempt is booked in ``costs.csv``.
"""

from __future__ import annotations

import csv
import dataclasses
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from corridor.calibration import hindcast as forecasts
from corridor.calibration import natural as events
from corridor.calibration.calibrate import calibrate, posterior_check
from corridor.calibration.coarse import LAST_AGENTS, LAST_SEEDS, Fit, scored_targets
from corridor.calibration.coarse_tables import claims_off, factors, score_of_run, years_not_fitted
from corridor.calibration.plan import ForecastPlan, plan_of
from corridor.calibration.settings import CalibrateSettings, HindcastSettings, Known, NaturalSettings
from corridor.experiments.runs.screen import ProgressBar
from corridor.experiments.runs.settings import Source
from corridor.experiments.runs.world import model_hash
from corridor.scenarios import load

FIT_MEMBERS, ROUNDS = 128, 4
MEMBERS, BLIND_MEMBERS, BLIND_EVERY = 20, 10, 6
EARLY_END, EARLY_EVERY = "2014-12-31", 3
"""First origin of the forecasts by which windows of years are compared, and months between origins."""
SEED = 1
SCENARIO = "mediterranean"
FORMAT = 2
"""Raise when what a step keeps changes."""
Figures = dict[str, Any]


@dataclass(frozen=True)
class Found:
    """Contents of the page.

    Attributes
    ----------
    version : str
        Of the model.
    fit : dict, optional
        From `calibrate`; none where point values were tested.
    check : DataFrame, optional
        From `posterior_check`.
    score : str
        What point values leave beside simple rules; empty where a posterior was tested.
    factors : dict of str to dict of str to float
        The same as numbers: ``detections`` from `coarse_tables.factors`, ``claims`` from `coarse_tables.claims_off`.
    plan : ForecastPlan
        Of the forecasts with drivers and events known.
    known, blind : DataFrame
        Scores of each forecast, with drivers and events known and with neither.
    windows : DataFrame
        Scores with drivers and events known, from origins since 2014.
    summaries : tuple of dict
        From `hindcast.summary`: known, known at the origins of the blind forecasts, blind.
    cells : DataFrame
        From `natural`.
    core_hours : dict of str to float
        Processor time by step.
    """

    version: str
    fit: Figures | None
    check: pd.DataFrame | None
    score: str
    factors: dict[str, dict[str, float]]
    plan: ForecastPlan
    known: pd.DataFrame
    blind: pd.DataFrame
    windows: pd.DataFrame
    summaries: tuple[Figures, Figures, Figures]
    cells: pd.DataFrame
    core_hours: dict[str, float]


class Steps:
    """Steps of one version of the model, each computed once.

    Parameters
    ----------
    observations : str
        Directory of the observation tables.
    results : str
        Directory of runs and of what steps found.
    workers, pairs : int
        Processes that compute; pairs of runs of each natural experiment.
    source : Source
        What is tested: a posterior, which is fitted first, or the scenario's point values.
    """

    def __init__(self, observations: str, results: str, workers: int, pairs: int, source: Source) -> None:
        self._given = {"results": results, "seed": SEED}
        self._observations, self._workers, self._pairs, self._source = observations, workers, pairs, source
        version = f"{load(SCENARIO).content_hash[:8]}-{model_hash()}-{FORMAT}"
        self.folder = Path(results) / f"validation-{source.value}-{version}"
        self.folder.mkdir(parents=True, exist_ok=True)

    def find(self) -> Found:
        """Compute or read all steps, in the order in which they rest on each other."""
        fit, check, score, numbers = self._fit()
        shared = {"parameters": self._source}
        known = self._settings(HindcastSettings, known=Known.drivers, members=MEMBERS, **shared)
        blind = self._settings(
            HindcastSettings, known=Known.neither, members=BLIND_MEMBERS, every=BLIND_EVERY, **shared
        )
        tables, summaries = zip(
            *(self._hindcast(name, each) for name, each in (("known", known), ("blind", blind))), strict=True
        )
        early = self._settings(
            HindcastSettings, known=Known.drivers, members=MEMBERS, train_end=EARLY_END, every=EARLY_EVERY, **shared
        )
        windows, _ = self._hindcast("windows", early)
        tested = self._settings(NaturalSettings, members=self._pairs, **shared)
        rows = self._figures(f"natural-{self._pairs}", lambda progress: {"rows": _natural(tested, progress)})["rows"]
        at_same = forecasts.scored(tables[0][tables[0]["origin"].isin(tables[1]["origin"])])
        return Found(
            model_hash(), fit, check, score, numbers, plan_of(known), *tables, windows,
            (summaries[0], at_same, summaries[1]), pd.DataFrame(rows), self._core_hours(),
        )  # fmt: skip

    def _fit(self) -> tuple[Figures | None, pd.DataFrame | None, str, dict[str, dict[str, float]]]:
        """Return the fit and its check, or the residuals of point values."""
        if self._source is Source.point:
            score = self._figures("score", lambda _: self._score())
            return None, None, str(score["text"]), dict(score["factors"])
        fit_settings = self._settings(
            CalibrateSettings, observations=self._observations, members=FIT_MEMBERS, rounds=ROUNDS,
            publish=True,
        )  # fmt: skip
        fit = self._figures("fit", lambda progress: calibrate(fit_settings, progress))
        return fit, self._table("check", lambda _: posterior_check(fit_settings), index=3), "", {}

    def _score(self) -> Figures:
        wanted = scored_targets(SCENARIO, Path(self._observations))
        found = Fit(SCENARIO, wanted, LAST_AGENTS, LAST_SEEDS).published()
        numbers = {"detections": factors(found, wanted), "claims": claims_off(found, wanted)}
        return {"text": score_of_run(found, wanted, years_not_fitted(SCENARIO)), "factors": numbers}

    def _settings(self, kind: Callable[..., Any], **values: Any) -> Any:
        made = kind(**self._given, **values)
        made.compute = dataclasses.replace(made.compute, workers=self._workers)
        return made

    def _hindcast(self, name: str, settings: HindcastSettings) -> tuple[pd.DataFrame, Figures]:
        """Return the table of scores and the summary of forecasts, which come from one computation."""
        summary = self.folder / f"{name}.json"

        def score(progress: ProgressBar) -> pd.DataFrame:
            result = forecasts.hindcast(plan_of(settings), settings, progress)
            _write(summary, json.dumps(forecasts.summary(result), indent=1))
            return result.table

        table = self._table(name, score)
        return table, json.loads(summary.read_text())

    def _figures(self, name: str, compute: Callable[[ProgressBar], Figures]) -> Figures:
        file = self.folder / f"{name}.json"
        if not file.exists():
            with self._booked(name) as progress:
                _write(file, json.dumps(compute(progress), indent=1, default=float))
        return dict(json.loads(file.read_text()))

    def _table(self, name: str, compute: Callable[[ProgressBar], pd.DataFrame], index: int = 0) -> pd.DataFrame:
        file = self.folder / f"{name}.csv"
        if not file.exists():
            with self._booked(name) as progress:
                _write(file, compute(progress).to_csv(index=index > 0))
        table = pd.read_csv(file, index_col=list(range(index)) or None)
        dates = [column for column in ("origin", "month") if column in table]
        return table.assign(**{column: pd.to_datetime(table[column]) for column in dates})

    @contextmanager
    def _booked(self, step: str) -> Iterator[ProgressBar]:
        """Book the processor time of a step, also where it fails or is interrupted."""
        began = _processor_hours()
        try:
            with ProgressBar(f"{step}: runs") as progress:
                yield progress
        finally:
            with (self.folder / "costs.csv").open("a", newline="") as file:
                csv.writer(file).writerow([step, f"{_processor_hours() - began:.4f}"])

    def _core_hours(self) -> dict[str, float]:
        costs = pd.read_csv(self.folder / "costs.csv", names=["step", "hours"])
        return {str(step): float(hours) for step, hours in costs.groupby("step", sort=False)["hours"].sum().items()}


def _natural(settings: NaturalSettings, progress: ProgressBar) -> list[Figures]:
    return events.records(events.natural(*events.setup_of(settings), settings, progress))


def _processor_hours() -> float:
    """Return the processor time of this process and of those that it has waited for, hours."""
    return sum(os.times()[:4]) / 3600


def _write(file: Path, text: str) -> None:
    """Write a file that appears only when it is whole."""
    partial = file.with_suffix(".tmp")
    partial.write_text(text, encoding="utf-8")
    partial.replace(file)
