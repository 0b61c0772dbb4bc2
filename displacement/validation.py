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
from corridor.displacement.reference import HEAD, RELEASE, read_references
from corridor.displacement.run import CAPACITY_NOTE, Options, replicate, simulate
from corridor.displacement.values import conflict_of, fitted, is_fitted
from corridor.model.errors import InvalidInput

QUANTILES = (0.05, 0.95)
_AS_GOOD = 0.05
"""Difference of ARD within which a case counts as predicted as well as by a null model."""


def validate(path: str | Path, options: Options, replicates: int = 1) -> dict[str, Any]:
    """Score every case of a directory with values fitted without its conflict, and null models and Flee.

    Simulated counts come from the strict reading and are compared with the counts against which Flee is scored (the
    compatible reading); ``ard_strict_counts`` is against those of the strict reading.

    Parameters
    ----------
    path : str or Path
        A case, or a directory of cases, or of such directories; Flee's own results are read from ``reference.csv``
        beside the cases.
    options : Options
    replicates : int

    Returns
    -------
    dict
        ``mean_ratio_to_flee`` and ``mean_ratio_to_flee_3_1`` (None without references), ``mean_ard`` and ``mean_null``
        (ARD of each null model), in which conflicts count alike; ``worse_than_best_null`` (cases by more than 0.05);
        ``cases``, and ``unreadable``: cases with the reason why they cannot be read.

    Raises
    ------
    InvalidInput
        If no case can be read.
    """
    directories = find_cases(path)
    reference, cases, unreadable = read_references(directories), [], []
    for directory in directories:
        try:
            one = _validate_case(directory, options, replicates)
        except InvalidInput as error:
            if len(directories) == 1:
                raise
            unreadable.append({"case": directory.name, "why": str(error)})
            continue
        cases.append(one | {code: reference.get(one["case"], {}).get(code) for code in (HEAD, RELEASE)})
    if not cases:
        raise InvalidInput(str(path), "cases", f"{len(unreadable)} that cannot be read", unreadable[0]["why"])
    return {
        "mean_ratio_to_flee": _mean_ratio(cases, HEAD),
        "mean_ratio_to_flee_3_1": _mean_ratio(cases, RELEASE),
        "mean_ard": _mean_over_conflicts(cases, [one["ard"] for one in cases]),
        "mean_null": {
            name: _mean_over_conflicts(cases, [one["null"][name] for one in cases]) for name in cases[0]["null"]
        },
        "worse_than_best_null": [
            one["case"] for one in cases if one["ard"] > min(one["null"].values()) + _AS_GOOD
        ],
        "note": CAPACITY_NOTE,
        "cases": cases,
        "unreadable": unreadable,
    }  # fmt: skip


def _mean_over_conflicts(cases: list[dict[str, Any]], values: list[float]) -> float:
    """Return the mean over conflicts, with equal weights whatever their number of cases."""
    by_conflict: dict[str, list[float]] = {}
    for one, value in zip(cases, values, strict=True):
        by_conflict.setdefault(conflict_of(one["case"]), []).append(value)
    return float(np.mean([np.mean(each) for each in by_conflict.values()]))


def _mean_ratio(cases: list[dict[str, Any]], code: str) -> float | None:
    known = [one for one in cases if one[code]]
    return _mean_over_conflicts(known, [one["ard"] / one[code] for one in known]) if known else None


def _validate_case(directory: Path, options: Options, replicates: int) -> dict[str, Any]:
    began = time.perf_counter()
    case = read_case(directory, strict=options.strict)
    counts = read_case(directory, strict=False).observed.counts.astype(float)
    runs = replicate(case, options, replicates, []).to_numpy()
    each = np.array([ard(run, counts) for run in runs])
    mean = runs.mean(axis=0)
    out: dict[str, Any] = {
        "case": case.name,
        "conflict": conflict_of(case.name),
        "ard": float(each.mean()),
        "ard_interval": [float(value) for value in np.quantile(each, QUANTILES)],
        **{name: value for name, value in scores(mean, counts).items() if name != "ard"},
        "ard_strict_counts": ard(mean, case.observed.counts.astype(float)),
    }
    if options.rule == "corridor":
        out["left_out_of_fit"] = True  # by name of the conflict: see `corridor.displacement.values`
        capacities = options.use_capacity and case.knows_capacities
        in_sample = fitted(capacities=capacities) if is_fitted(case.name) else None
        out["ard_in_sample"] = None if in_sample is None else _ard_with(case, counts, options, in_sample)
        out["ard_without_capacity"] = _ard_with(case, counts, dataclasses.replace(options, use_capacity=False), None)
    out["null"] = {name: ard(null, counts) for name, null in null_models(case, counts).items()}
    out["camps"] = _by_camp(case, mean, counts)
    out["people"], out["person_days"] = case.people, case.person_days
    out["findings"] = len(case.findings)
    out["seconds"] = time.perf_counter() - began
    return out


def _ard_with(case: Case, counts: NDArray[np.float64], options: Options, point: Mapping[str, float] | None) -> float:
    return ard(simulate(case, options, point)["simulated"].to_numpy(), counts)


def _by_camp(case: Case, simulated: NDArray[np.float64], counts: NDArray[np.float64]) -> dict[str, float]:
    """Return each camp's mean absolute error over its mean count (to at least one person)."""
    error, size = np.abs(simulated - counts).mean(axis=0), np.maximum(1.0, counts.mean(axis=0))
    return {
        case.places.names[camp]: float(value) for camp, value in zip(case.observed.camps, error / size, strict=True)
    }
