"""A coarse point fit of a corridor's levels and strongest parameters to observed totals of the calibration years.

An evolution strategy (CMA-ES) searches a dozen behavioural parameters. For each trial, fixed-point steps from the best
point so far find the origin effects and constants of embarkations (`corridor.calibration.levels`), because observed
totals determine these directly. The chosen point is the optimum of a linear model of all trials
(`corridor.calibration.linear`). Levels are then refined for some more rounds with many agents, and the best round is
kept. The loss is that of the full fit (`corridor.calibration.targets`): the mean squared error in error scales,
averaged over kinds of target, with a weak penalty for deviating from the registry's defaults. In the search, levels
count as one more kind, in standard deviations of their priors: parameters that explain differences between origins are
preferred to constants that merely state them. The fit does not quantify uncertainty, and the values that it writes are
labelled accordingly. The report also gives the errors of simple rules on the same detections.

Usage: ``python -m corridor.calibration.coarse --observations DIR --storage fit.db [--workers 2] [--publish]``; an
interrupted fit resumes. With ``--trials 0`` the scenario keeps its parameters, and only levels are fitted.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import optuna
import pandas as pd

from corridor.calibration.coarse_tables import (
    PointFit,
    earlier_defaults,
    publish,
    published_values,
    report,
    score_of_run,
    years_not_fitted,
)
from corridor.calibration.levels import Levels
from corridor.calibration.linear import least_loss
from corridor.calibration.members import member, simulate
from corridor.calibration.priors import distance, score, share_of, values
from corridor.calibration.simulated import simulated
from corridor.calibration.targets import FIRST_YEAR, LAST_YEAR, claim_years, residuals, targets
from corridor.experiments.runs import stop
from corridor.experiments.runs.engine import executor, one_thread_each
from corridor.model.errors import InvalidInput
from corridor.scenarios import load

FREE = (
    "nest", "conflict_effect", "displaced_effect", "instability_effect", "income_utility", "ties_utility",
    "grant_utility", "host_utility", "fee_utility", "death_utility", "interception_utility", "distance_utility",
    "own_coast_utility", "held_utility", "return_utility", "reconsider_rate", "savings_years", "family_credit_years",
    "ties_credit",
)  # fmt: skip
"""Parameters that are searched: they determine departures, onward moves, deterrence and ability to pay."""
KINDS = (
    "attempts", "claims", "deaths", "detections", "embarked_share", "entries", "entry_years", "left_home",
    "stopped_share",
)  # fmt: skip
"""Kinds of target that describe journeys; those of exploitation are left to the full fit."""
AGENTS, SEED = 25_000, 1
FIRST_ROUNDS, ROUNDS = 14, 2
"""Number of runs with a step of the levels after each: for the first point, and for the others."""
LAST_ROUNDS, LAST_AGENTS, LAST_SEEDS = 12, 150_000, (1, 2, 3)
"""Number of steps of the levels after the search, each after a run of every seed with this many agents."""
DAMPING = 0.5
"""Damping of a step of the levels."""
PULL = 0.1
"""Weight of the mean squared distance from defaults, in standard deviations of the priors; assumed."""
ENOUGH = 3
"""Trials per parameter from which the linear model determines the point rather than the best single trial."""


@dataclass(frozen=True)
class Fit:
    """Data and settings against which a point is evaluated.

    Attributes
    ----------
    scenario : str
    wanted : DataFrame
        From `targets.targets`.
    agents : int
    seeds : tuple of int
        What runs have is the mean over these.
    """

    scenario: str
    wanted: pd.DataFrame
    agents: int
    seeds: tuple[int, ...] = (SEED,)

    def run(self, parameters: Mapping[str, float], levels: Mapping[str, float]) -> pd.Series:
        """Simulate; return the simulated value of each target, averaged over seeds."""
        return self._run({**earlier_defaults(self.scenario), **parameters, **levels})

    def published(self) -> pd.Series:
        """Simulate with the scenario's own values; return the simulated value of each target, averaged over seeds."""
        return self._run({})

    def _run(self, given: dict[str, float]) -> pd.Series:
        last = int(max(self.wanted.index.get_level_values("year")))
        runs = [simulate(member(self.scenario, seed, self.agents, dt.date(last, 12, 31), given)) for seed in self.seeds]
        return pd.concat([simulated(months, self.wanted) for months in runs], axis=1).mean(axis=1)

    @property
    def persons_per_agent(self) -> float:
        """Persons that one agent represents."""
        return float(load(self.scenario).communities.column("potential_migrants").sum()) / self.agents

    def errors(self, found: pd.Series, levels: Mapping[str, float]) -> pd.Series:
        """Return errors in error scales, including those of levels from no effect, indexed by kind of target."""
        kinds = [*self.wanted.index.get_level_values("quantity"), *["levels"] * len(levels)]
        strains = [distance(name, value) for name, value in levels.items()]
        return pd.Series([*residuals(found, self.wanted, self.persons_per_agent), *strains], index=kinds)

    def loss(self, found: pd.Series, levels: Mapping[str, float]) -> pd.Series:
        """Return the mean squared error in error scales by kind of target, and of levels."""
        return (self.errors(found, levels) ** 2).groupby(level=0).mean()

    def weighted(self, found: pd.Series, levels: Mapping[str, float]) -> np.ndarray:
        """Return errors weighted so that their sum of squares is the mean loss over kinds."""
        errors = self.errors(found, levels).fillna(0.0)
        numbers = errors.groupby(level=0).size()
        return np.asarray(errors / np.sqrt(numbers[errors.index].to_numpy(float) * len(numbers)))

    def rounds(self, parameters: Mapping[str, float], levels: Mapping[str, float], number: int) -> Iterator[Attempt]:
        """Run repeatedly, with a step of the levels after each run."""
        steps, following = Levels(load(self.scenario), self.wanted), dict(levels)
        for _ in range(number):
            used = following
            found = self.run(parameters, used)
            following = steps.step(used, found, self.persons_per_agent, DAMPING)
            yield Attempt(used, following, found, self.loss(found, used))

    def attempt(self, point: Mapping[str, float], levels: Mapping[str, float], rounds: int) -> Attempt:
        """Evaluate a point, with steps of the levels; return the last run."""
        return deque(self.rounds(values(list(point.values()), list(point)), levels, rounds), maxlen=1).pop()


@dataclass(frozen=True)
class Attempt:
    """A point that was tried.

    Attributes
    ----------
    levels, following : dict of str to float
        Of the last run, and after one more step.
    found : Series
        What the last run has for each target.
    losses : Series
        By kind of target, and of levels.
    """

    levels: dict[str, float]
    following: dict[str, float]
    found: pd.Series
    losses: pd.Series


def search(fit: Fit, trials: int, workers: int, storage: str | None) -> optuna.Study:
    """Search for the point with the smallest loss; with ``storage`` an interrupted search resumes."""
    middle = dict.fromkeys(FREE, 0.5)
    sampler = optuna.samplers.CmaEsSampler(seed=SEED)
    study = optuna.create_study(sampler=sampler, storage=storage, study_name=fit.scenario, load_if_exists=True)
    done = sum(trial.state == optuna.trial.TrialState.COMPLETE for trial in study.trials)
    if done >= trials:
        return study
    one_thread_each()
    with executor(workers) as pool:
        if not done:
            levels = Levels(load(fit.scenario), fit.wanted).start(load(fit.scenario))
            study.enqueue_trial(middle)
            trial, point = _ask(study)
            _tell(study, trial, point, pool.submit(fit.attempt, point, levels, FIRST_ROUNDS).result())
            done = 1
        running: dict[Future[Attempt], tuple[optuna.Trial, dict[str, float]]] = {}
        while done < trials:
            while len(running) < min(workers, trials - done):
                trial, point = _ask(study)
                levels = study.best_trial.user_attrs["following"]
                running[pool.submit(fit.attempt, point, levels, ROUNDS)] = trial, point
            for job in wait(running, return_when=FIRST_COMPLETED).done:
                _tell(study, *running.pop(job), job.result())
                done += 1
    return study


def _ask(study: optuna.Study) -> tuple[optuna.Trial, dict[str, float]]:
    trial = study.ask()
    return trial, {name: trial.suggest_float(name, 0.0, 1.0) for name in FREE}


def _tell(study: optuna.Study, trial: optuna.Trial, point: Mapping[str, float], attempt: Attempt) -> None:
    for name in ("levels", "following"):
        trial.set_user_attr(name, getattr(attempt, name))
    trial.set_user_attr("found", list(attempt.found.astype(float)))
    trial.set_user_attr("losses", attempt.losses.to_dict())
    pull = PULL * float(np.mean([score(share) ** 2 for share in point.values()]))
    total = float(attempt.losses.mean()) + pull
    study.tell(trial, total)
    best = " *" if study.best_trial.number == trial.number else ""
    print(f"trial {trial.number}: loss {total:.3f}{best}", flush=True)


def where_all_point(fit: Fit, study: optuna.Study) -> dict[str, float]:
    """Return the optimum of a linear model of all trials, as shares of the priors; with few trials, the best one."""
    done = [trial for trial in study.trials if trial.state == optuna.trial.TrialState.COMPLETE]
    names = list(study.best_trial.params)
    if len(done) < ENOUGH * len(names):
        return dict(study.best_trial.params)
    points = np.array([[score(trial.params[name]) for name in names] for trial in done])
    errors = [
        fit.weighted(pd.Series(trial.user_attrs["found"], index=fit.wanted.index), trial.user_attrs["levels"])
        for trial in done
    ]
    found = least_loss(points, np.array(errors), PULL)
    return {name: share_of(value) for name, value in zip(names, found, strict=True)}


def finish(fit: Fit, study: optuna.Study, point: Mapping[str, float], rounds: int) -> PointFit:
    """Fit levels to observed totals for a point, or for the scenario's own values; return the best round."""
    searched: dict[str, float] = {}
    kept = published_values(fit.scenario)
    levels = Levels(load(fit.scenario), fit.wanted).start(load(fit.scenario))
    how = f"{rounds} rounds of the levels with {fit.agents:,} agents and {len(fit.seeds)} seeds"
    if point:
        searched = values(list(point.values()), list(point))
        levels, how = study.best_trial.user_attrs["levels"], f"{len(study.trials)} points, {how}"
    found = None
    for number, attempt in enumerate(fit.rounds(searched or kept, levels, rounds), start=1):
        # What levels cost told the point; now they go where the record is.
        losses = attempt.losses.drop("levels")
        print(f"round {number}: loss {losses.mean():.3f}", flush=True)
        now = PointFit(searched, attempt.levels, attempt.found, losses, how)
        found = now if found is None or now.loss < found.loss else found
    assert found is not None
    return found


def years_fitted(without: Sequence[int]) -> list[int]:
    """Return the calibration years except those left out."""
    return [year for year in range(FIRST_YEAR, LAST_YEAR + 1) if year not in without]


def fitted_targets(scenario: str, observations: Path, years: Iterable[int]) -> pd.DataFrame:
    """Return the targets of some years that the coarse fit uses."""
    wanted = targets(scenario, observations, years)
    return wanted[wanted.index.get_level_values("quantity").isin(KINDS)]


def scored_targets(scenario: str, observations: Path) -> pd.DataFrame:
    """Return the targets on which point values are scored: those of all years, and unfitted claims by year."""
    by_year = claim_years(observations, load(scenario).communities.names, years_fitted([]))
    return pd.concat([fitted_targets(scenario, observations, years_fitted([])), by_year])


def main(arguments: Iterable[str] | None = None) -> None:
    """Run the fit from the shell, print what it found and, if asked, write it into the scenario."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenario", default="mediterranean")
    parser.add_argument("--observations", type=Path, required=True, help="directory of the observation tables")
    parser.add_argument("--trials", type=int, default=150, help=f"points tried, {ROUNDS} runs each")
    parser.add_argument(
        "--agents", type=int, help=f"default {AGENTS:,}; {LAST_AGENTS:,} in the last rounds and to score"
    )
    parser.add_argument("--rounds", type=int, default=LAST_ROUNDS, help="of the levels, when the search is over")
    parser.add_argument("--workers", type=int, default=2, help="processes that compute")
    parser.add_argument("--storage", type=Path, help="file of the search, to stop and go on")
    parser.add_argument(
        "--without",
        type=int,
        nargs="*",
        default=[],
        metavar="YEAR",
        help="left out of the fit; with --score: told apart (default: all that were left out)",
    )
    parser.add_argument("--publish", action="store_true", help="write the values into the scenario's tables")
    parser.add_argument("--score", action="store_true", help="no search: runs with the values that the scenario has")
    given = parser.parse_args(None if arguments is None else list(arguments))
    if given.rounds < 1:
        raise InvalidInput("command line", "--rounds", given.rounds, "1 or more")
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    if given.score:
        unseen = years_not_fitted(given.scenario)
        if given.without and set(given.without) - set(unseen):
            raise InvalidInput(
                "command line", "--without", given.without, f"years that were not fitted: {list(unseen) or 'none'}"
            )
        wanted = scored_targets(given.scenario, given.observations)
        found = Fit(given.scenario, wanted, given.agents or LAST_AGENTS, LAST_SEEDS).published()
        print(score_of_run(found, wanted, given.without or unseen))
        return
    years = years_fitted(given.without)
    wanted = fitted_targets(given.scenario, given.observations, years)
    many = Fit(given.scenario, wanted, given.agents or LAST_AGENTS, LAST_SEEDS)
    storage = f"sqlite:///{given.storage}" if given.storage else None
    few = Fit(given.scenario, wanted, given.agents or AGENTS)
    study = search(few, given.trials, given.workers, storage)
    point = finish(many, study, where_all_point(few, study) if study.trials else {}, given.rounds)
    print(report(point, wanted))
    if given.publish:
        publish(point, given.scenario, years)


if __name__ == "__main__":
    sys.exit(stop.run(main))
