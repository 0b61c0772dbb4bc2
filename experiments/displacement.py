"""Displacement cases: one run, a forecast with intervals, and validation against camp counts and null models."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from calibration.displacement_reference import read_reference
from calibration.displacement_values import NONE_LEFT_OUT, cases_fitted, error_beyond_runs, fitted, plausible
from model.displacement.case import Case
from model.displacement.dataset import to_dataset
from model.displacement.engine import Displacement
from model.displacement.parameters import PRESETS, Behaviour, FleeRule
from model.displacement.score import ard, null_models, scores
from model.errors import InvalidInput
from scenarios.flee import find_cases, read_case

QUANTILES = (0.05, 0.95)
CAPACITY_NOTE = (
    "camp capacities are often maxima observed later and so leak the answer; "
    "columns without capacity show what is left without them"
)


@dataclass(frozen=True)
class Options:
    """How a case is run.

    Attributes
    ----------
    rule : {"corridor", "flee"}
    preset : str
        Of Flee's rule.
    strict : bool
        Read the files by their intent (True) or to the letter.
    use_capacity : bool
    forced_roads : {"off", "choice", "immediate"}
    persons_per_agent, seed, threads : int
    parameters : mapping of str to float
        Values of Corridor's rule other than the fitted ones.
    """

    rule: str = "corridor"
    preset: str = "modern125"
    strict: bool = True
    use_capacity: bool = True
    forced_roads: str = "off"
    persons_per_agent: int = 1
    seed: int = 0
    threads: int = 1
    parameters: Mapping[str, float] = dataclasses.field(default_factory=dict)

    def behaviour(self, point: Mapping[str, float] | None = None) -> Behaviour | FleeRule:
        """Return the rule, with fitted values where they are given.

        Raises
        ------
        InvalidInput
            If the rule, its preset or a parameter is unknown.
        """
        if self.rule == "flee":
            if self.preset not in PRESETS:
                raise InvalidInput("run", "scenario.preset", self.preset, ", ".join(PRESETS))
            return PRESETS[self.preset]
        if self.rule != "corridor":
            raise InvalidInput("run", "scenario.rule", self.rule, "corridor, flee")
        return Behaviour({**(fitted() if point is None else point), **self.parameters})


def simulate(case: Case, options: Options, point: Mapping[str, float] | None = None) -> xr.Dataset:
    """Run a case once and return its results.

    Parameters
    ----------
    case : Case
    options : Options
    point : mapping of str to float, optional
        Values of Corridor's rule; default: those fitted to all cases.
    """
    behaviour = options.behaviour(point)
    run = Displacement(
        case, behaviour, seed=options.seed, persons_per_agent=options.persons_per_agent, threads=options.threads,
        use_capacity=options.use_capacity, forced_roads=options.forced_roads,
    )  # fmt: skip
    return to_dataset(run.run(), behaviour)


def summary(case: Case, ds: xr.Dataset) -> dict[str, Any]:
    """Return the figures of one run, ready for JSON: attributes, scores, null models, and camps on the last day."""
    simulated, observed = ds["simulated"].to_numpy().astype(float), ds["observed"].to_numpy().astype(float)
    last = zip(ds["camp"].to_numpy(), simulated[-1], observed[-1], strict=True)
    return {
        **ds.attrs,
        **scores(simulated, observed),
        "null": {name: ard(null, observed) for name, null in null_models(case, observed).items()},
        "camps": {str(camp): [int(ours), int(seen)] for camp, ours, seen in last},
        "outside": int(ds["displaced"][-1] - simulated[-1].sum()),
        "note": CAPACITY_NOTE,
    }


def replicate(case: Case, options: Options, replicates: int, points: Sequence[Mapping[str, float]]) -> xr.DataArray:
    """Return simulated camp counts of several runs, each with its own seed and the next of the plausible points."""
    out = []
    for number in range(replicates):
        one = dataclasses.replace(options, seed=options.seed + number)
        point = points[number % len(points)] if points and options.rule == "corridor" else None
        out.append(simulate(case, one, point)["simulated"])
    return xr.concat(out, "replicate")


def forecast(case: Case, options: Options, day: int, replicates: int) -> xr.Dataset:
    """Forecast camp counts from a day on, given what was observed until then and the national total after it.

    Parameters
    ----------
    case : Case
    options : Options
    day : int
        T: observations of days 0 to T are known. How the displaced spread over the camps is forecast; how many they are
        is given, as in Flee.
    replicates : int
        Runs, with the seeds and the plausible parameter values of fits that never saw this case.

    Returns
    -------
    Dataset
        ``low``, ``median``, ``high`` of a 90 % interval and ``observed`` by day and camp. The interval is that of the
        runs, widened by the error of the model on other conflicts (ODD eq. 69). Its attributes hold ``coverage`` of all
        days and camps after T, ``coverage_of_runs`` by the interval before it was widened, ``ard`` of the median and
        ``ard_persistence`` of the shares of T.

    Raises
    ------
    InvalidInput
        If the day is not within the case.
    """
    if not 0 <= day < case.days - 1:
        raise InvalidInput("run", "scenario.known_days", day, f"0 to {case.days - 2}, the days of the case less one")
    rest = case.from_day(day)
    spread = replicate(rest, options, replicates, plausible(case.name))
    low, median, high = (spread.quantile(q, "replicate").drop_vars("quantile") for q in (0.05, 0.5, 0.95))
    displaced = rest.people_at_start.sum() + np.cumsum(rest.arrivals)
    width = error_unit(median.to_numpy(), displaced)
    observed = rest.observed.counts.astype(float)
    share = observed[0] / observed[0].sum() if observed[0].sum() > 0 else np.full(observed.shape[1], 0.0)
    kept = np.outer(displaced, share)
    beyond = np.maximum(low - observed, observed - high).to_numpy()[1:] / width[1:]
    # What is known has no error.
    width[0] = 0.0
    wider = error_beyond_runs(case.name) * width
    low, high = (low - wider).clip(min=0.0), np.minimum(high + wider, displaced[:, None])
    ds = xr.Dataset({"low": low, "median": median, "high": high, "observed": (("day", "camp"), observed)})
    ds["beyond_runs"] = (("later_day", "camp"), beyond)
    ds = ds.assign_coords(day=ds["day"] + day)
    ds.attrs.update(
        known_days=day, replicates=replicates, coverage=float((beyond <= error_beyond_runs(case.name)).mean()),
        coverage_of_runs=float((beyond <= 0).mean()), ard=ard(median.to_numpy()[1:], observed[1:]),
        ard_persistence=ard(kept[1:], observed[1:]),
        given="the national total after the day is known; its distribution is forecast",
    )  # fmt: skip
    return ds


def error_unit(median: NDArray[np.float64], displaced: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the unit in which forecast errors are counted, shape (days, n_camps), persons: n + N / 100."""
    return median + displaced[:, None] / 100


def validate(path: str | Path, options: Options, replicates: int = 1) -> dict[str, Any]:
    """Score every case of a directory with values that were fitted without it, beside null models and Flee.

    Simulated counts come from the strict reading, and are compared with the counts that Flee itself is scored on (the
    compatible reading); ``ard_strict_counts`` is against those of the strict reading.

    Parameters
    ----------
    path : str or Path
        A case, or a directory of cases; Flee's own results are read from ``reference.csv`` where there is one.
    options : Options
    replicates : int

    Returns
    -------
    dict
        ``mean_ratio_to_flee`` (None without references), ``mean_ard``, ``best_null`` (name and mean ARD) and ``cases``.
    """
    cases = [_validate_case(directory, options, replicates) for directory in find_cases(path)]
    reference = read_reference(Path(path)) | read_reference(Path(path).parent)
    for one in cases:
        one["flee_reference"] = reference.get(one["case"])
    ratios = [one["ard"] / one["flee_reference"] for one in cases if one["flee_reference"]]
    nulls = {name: float(np.mean([one["null"][name] for one in cases])) for name in cases[0]["null"]}
    best = min(nulls, key=lambda name: nulls[name])
    return {
        "mean_ratio_to_flee": float(np.mean(ratios)) if ratios else None,
        "mean_ard": float(np.mean([one["ard"] for one in cases])),
        "best_null": {"name": best, "mean_ard": nulls[best]},
        "note": CAPACITY_NOTE,
        "cases": cases,
    }


def _validate_case(directory: Path, options: Options, replicates: int) -> dict[str, Any]:
    began = time.perf_counter()
    case = read_case(directory, strict=options.strict)
    counts = read_case(directory, strict=False).observed.counts.astype(float)
    left_out = fitted(case.name)
    runs = replicate(case, options, replicates, [left_out]).to_numpy()
    each = np.array([ard(run, counts) for run in runs])
    mean = runs.mean(axis=0)
    out: dict[str, Any] = {
        "case": case.name,
        "ard": float(each.mean()),
        "ard_interval": [float(value) for value in np.quantile(each, QUANTILES)],
        **{name: value for name, value in scores(mean, counts).items() if name != "ard"},
        "ard_strict_counts": ard(mean, case.observed.counts.astype(float)),
        "left_out_of_fit": options.rule == "corridor" and case.name in cases_fitted(),
    }
    if options.rule == "corridor":
        out["ard_in_sample"] = _ard_with(case, counts, options, fitted(NONE_LEFT_OUT))
        blind = dataclasses.replace(options, use_capacity=False)
        out["ard_without_capacity"] = _ard_with(case, counts, blind, left_out)
    out["null"] = {name: ard(null, counts) for name, null in null_models(case, counts).items()}
    out["camps"] = _by_camp(case, mean, counts)
    out["people"], out["person_days"] = case.people, case.person_days
    out["findings"] = len(case.findings)
    out["seconds"] = time.perf_counter() - began
    return out


def _ard_with(case: Case, counts: NDArray[np.float64], options: Options, point: Mapping[str, float]) -> float:
    return ard(simulate(case, options, point)["simulated"].to_numpy(), counts)


def _by_camp(case: Case, simulated: NDArray[np.float64], counts: NDArray[np.float64]) -> dict[str, float]:
    """Return each camp's mean absolute error over its mean count (to at least one person)."""
    error, size = np.abs(simulated - counts).mean(axis=0), np.maximum(1.0, counts.mean(axis=0))
    return {
        case.places.names[camp]: float(value) for camp, value in zip(case.observed.camps, error / size, strict=True)
    }
