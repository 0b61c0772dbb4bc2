"""A coarse point fit of a corridor's scale and strongest drivers to observed totals of the calibration years.

It searches the registry's ranges of a dozen parameters for the smallest mean absolute log error over yearly detections
and deaths by route and, at half weight, over entries by origin in the whole period. It says nothing about uncertainty:
it only brings the corridor to the right order of magnitude, and the values it writes are labelled accordingly.

Usage: ``python -m calibration.coarse --scenario mediterranean --observations DIR --trials 300``
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

import numpy as np
import optuna
import pandas as pd
import xarray as xr

from model.parameters import REGISTRY
from model.simulation import Simulation
from scenarios import load, observed

FREE = (
    "departure_rate", "aspiration_slope", "conflict_effect", "displaced_effect", "instability_effect", "stage_utility",
    "distance_utility", "income_utility", "ties_utility", "grant_utility", "host_utility", "fee_utility",
    "death_utility", "interception_utility", "prior_death_ratio", "reconsider_rate", "capacity_growth", "size_utility",
    "papers_utility",
)  # fmt: skip
FIRST_YEAR, LAST_YEAR = 2011, 2018
AGENTS, SEED = 40_000, 1
FLOOR = {"detections": 200.0, "deaths": 50.0, "entries": 500.0}
"""Added to both sides before the logarithm: what one agent or a poor record weighs is not held against the model."""
ENTRIES_WEIGHT = 0.5
NOT_ENTRIES = "Western Balkan"
"""Route on which people are counted a second time."""


def log_error(simulated: pd.Series, seen: pd.Series, floor: float) -> float:
    """Return the mean absolute log error over the entries of ``seen``."""
    simulated = simulated.reindex(seen.index).fillna(0.0)
    return float(np.abs(np.log((simulated + floor) / (seen + floor))).mean())


def yearly(dataset: xr.Dataset, name: str) -> pd.Series:
    """Return a variable by leg as sums by (route, year), persons."""
    by_route = dataset[name].groupby(dataset["leg_route"].rename("route")).sum()
    table = by_route.groupby("time.year").sum().to_series()
    return table.swaplevel()


class Targets:
    """Observed totals of the calibration years.

    Parameters
    ----------
    scenario : str
    observations : pathlib.Path
        Directory that holds ``frontex_monthly_by_route_nationality.csv``.
    """

    def __init__(self, scenario: str, observations: Path) -> None:
        tables = observed(scenario)
        self.detections = self._by_year(tables["detections"], "detections")
        self.deaths = self._by_year(tables["deaths"], "deaths")
        table = pd.read_csv(observations / "frontex_monthly_by_route_nationality.csv", parse_dates=["date"])
        table = table[table["date"].dt.year.between(FIRST_YEAR, LAST_YEAR) & table["route"].ne(NOT_ENTRIES)]
        table = table[table["route"].isin(self.detections.index.get_level_values("route"))]
        origins = load(scenario).communities.names
        self.entries = table.groupby("nationality")["detections"].sum().reindex(origins).dropna()

    @staticmethod
    def _by_year(table: pd.DataFrame, column: str) -> pd.Series:
        table = table.assign(year=table["month"].dt.year)
        table = table[table["year"].between(FIRST_YEAR, LAST_YEAR)]
        return table.groupby(["route", "year"])[column].sum()

    def loss(self, dataset: xr.Dataset) -> float:
        """Return the error of one run."""
        entries = dataset["irregular_arrivals"].sum("time").to_series()
        return (
            log_error(yearly(dataset, "detections"), self.detections, FLOOR["detections"])
            + log_error(yearly(dataset, "deaths_recorded"), self.deaths, FLOOR["deaths"])
            + ENTRIES_WEIGHT * log_error(entries, self.entries, FLOOR["entries"])
        )


def suggest(trial: optuna.Trial, name: str) -> float:
    """Draw a value from a parameter's plausible range, on a log scale where it is positive and wide."""
    row = REGISTRY[name]
    wide = row.low > 0 and row.high / row.low > 5
    return trial.suggest_float(name, row.low, row.high, log=wide)


def fit(scenario: str, observations: Path, trials: int, storage: str | None) -> optuna.Study:
    """Search for the point with the smallest error; with ``storage`` a stopped search goes on where it was."""
    corridor, targets = load(scenario), Targets(scenario, observations)
    end = corridor.start.replace(year=LAST_YEAR, month=12, day=31)

    def objective(trial: optuna.Trial) -> float:
        values = {name: suggest(trial, name) for name in FREE}
        run = Simulation(corridor, seed=SEED, agents=AGENTS, end=end, parameters=values)
        return targets.loss(run.run())

    sampler = optuna.samplers.CmaEsSampler(seed=SEED, n_startup_trials=40)
    study = optuna.create_study(sampler=sampler, storage=storage, study_name=scenario, load_if_exists=True)
    if not study.trials:
        study.enqueue_trial({name: REGISTRY[name].default for name in FREE})
    study.optimize(objective, n_trials=max(0, trials - len(study.trials)))
    return study


def table(study: optuna.Study) -> pd.DataFrame:
    """Return the best point as the rows of a scenario's ``parameters.csv``."""
    note = (
        f"coarse point fit to yearly detections and deaths by route and entries by origin {FIRST_YEAR}-{LAST_YEAR}, "
        f"{len(study.trials)} trials, loss {study.best_value:.2f} (calibration/coarse.py); no uncertainty"
    )
    rows = [(name, float(f"{value:.3g}"), "calibrated", note) for name, value in study.best_params.items()]
    return pd.DataFrame(rows, columns=["parameter", "value", "obtained", "source"])


def main() -> None:
    """Run the fit from the shell and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenario", default="mediterranean")
    parser.add_argument("--observations", type=Path, required=True, help="directory of the observation tables")
    parser.add_argument("--trials", type=int, default=300)
    parser.add_argument("--storage", help="e.g. sqlite:///fit.db, to stop and go on")
    arguments = parser.parse_args()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = fit(arguments.scenario, arguments.observations, arguments.trials, arguments.storage)
    default = study.trials[0].value
    print(f"# loss {study.best_value:.3f}; at the registry's defaults {math.nan if default is None else default:.3f}")
    print(table(study).to_csv(index=False), end="")


if __name__ == "__main__":
    main()
