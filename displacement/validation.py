"""Validation of displacement cases against camp counts, null models and published results."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor.displacement.engine.case import Case
from corridor.displacement.engine.score import ard, null_models, scores
from corridor.displacement.flee import find_cases, read_case
from corridor.displacement.reference import read_reference
from corridor.displacement.run import CAPACITY_NOTE, Options, replicate, simulate
from corridor.displacement.values import NONE_LEFT_OUT, cases_fitted, fitted

QUANTILES = (0.05, 0.95)


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
