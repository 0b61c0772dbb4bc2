"""Accuracy of a reanalysis, compared with mechanisms alone, a constant and last year's figure.

The estimate is the median over draws, each a run with its own seed (their mean would rise with their spread). Intervals
are those of draws with recording errors, scaled around the estimate by the factor that would have covered nine tenths
of the cases in all other years (split conformal prediction: Lei et al. 2018). Errors are root mean square logs,
expressed as factors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from corridor.calibration.record import REST, Record
from corridor.calibration.targets import COUNTED_TWICE

Array = NDArray[np.float64]
METHODS = ("reanalysis", "mechanisms", "constant", "last_year")
RECORDINGS = 25
"""Number of recording errors drawn for each run, because there are few draws."""
LEAST = 1.0
"""Persons that an estimate of zero counts as."""
NARROW = 0.05
"""Minimum half width of an interval before scaling, log points or shares: draws agree where no run has any people."""


@dataclass(frozen=True)
class ScoredMeasure:
    """A quantity that is compared.

    Attributes
    ----------
    quantity : str
        Of the record.
    least : float
        Observed count from which cases are compared.
    share : bool
        Compared by difference, not by ratio.
    by_year : bool
        Whether parts of a year are summed.
    """

    quantity: str
    least: float
    share: bool = False
    by_year: bool = False


MEASURES: Mapping[str, ScoredMeasure] = {
    "detections_route_month": ScoredMeasure("detections_month", 200.0),
    "detections_route_year": ScoredMeasure("detections_month", 200.0, by_year=True),
    "detections_route_nationality_year": ScoredMeasure("detections_of", 500.0, by_year=True),
    "attempts_coast_year": ScoredMeasure("attempts", 200.0),
    "stopped_share_coast_year": ScoredMeasure("stopped_share", 0.0, share=True),
    "deaths_route_year": ScoredMeasure("deaths", 30.0),
}
"""By name on the scorecard. Counts below the minimum are uninformative; the thresholds are those of the aims in
`history`."""


def cases(record: Record, draws: Array, mechanisms: Array, seed: int = 0) -> pd.DataFrame:
    """Return every comparison.

    Parameters
    ----------
    record : Record
    draws : ndarray of float, shape (n, k)
        What runs of the reanalysis have for the record.
    mechanisms : ndarray of float, shape (m, k)
        The same of runs without latent series.
    seed : int
        Of the errors of recording.

    Returns
    -------
    DataFrame
        ``measure, unit, of, date, observed``, the estimates `METHODS`, ``low, high`` (central 90 %), ``widening`` of
        that interval, ``error`` of each estimate as columns ``error_METHOD`` (log ratio; difference of shares).
    """
    rng = np.random.default_rng(seed)
    parts = []
    for name, measure in MEASURES.items():
        own = np.flatnonzero(
            (record.table["quantity"] == measure.quantity)
            & (record.table["unit"] != COUNTED_TWICE)
            & (record.table["of"] != REST)
        )
        if not own.size:
            continue
        table, runs, alone = record.table.iloc[own], draws[:, own], mechanisms[:, own]
        if measure.by_year:
            table, (runs, alone) = _by_year(table, runs, alone)
        noise = rng.standard_normal((RECORDINGS, *runs.shape)) * table["scale"].to_numpy(float)
        low, high = np.nanquantile(runs * np.exp(noise), [0.05, 0.95], axis=(0, 1))
        rules = _rules(table, measure)
        found = table[["unit", "of", "date", "observed"]].assign(
            measure=name,
            reanalysis=np.nanmedian(runs, axis=0),
            mechanisms=alone.mean(axis=0),
            **rules,
            low=low,
            high=high,
        )
        found = calibrated(found[found["observed"] >= measure.least], measure)
        for method in METHODS:
            found[f"error_{method}"] = _error(found[method], found["observed"], measure)
        parts.append(found)
    return pd.concat(parts, ignore_index=True)


def calibrated(found: pd.DataFrame, measure: ScoredMeasure) -> pd.DataFrame:
    """Return cases with intervals scaled, in each year by the factor estimated on the other years (``widening``)."""

    def scale(values: pd.Series) -> Array:
        return values.to_numpy(float) if measure.share else np.log(np.maximum(values.to_numpy(float), LEAST))

    centre, seen = scale(found["reanalysis"]), scale(found["observed"])
    below, above = (np.maximum(side, NARROW) for side in (centre - scale(found["low"]), scale(found["high"]) - centre))
    needed = np.where(seen < centre, (centre - seen) / below, (seen - centre) / above)
    years = found["date"].dt.year.to_numpy()
    factor = np.ones(len(found))
    for year in np.unique(years):
        others = needed[(years != year) & np.isfinite(needed)]
        if others.size:
            factor[years == year] = np.quantile(others, min(0.9 * (1 + 1 / others.size), 1.0))
    low, high = centre - factor * below, centre + factor * above
    back = (low, high) if measure.share else (np.exp(low), np.exp(high))
    return found.assign(low=back[0], high=back[1], widening=factor)


def _by_year(table: pd.DataFrame, *runs: Array) -> tuple[pd.DataFrame, list[Array]]:
    year = table["date"].dt.year.to_numpy()
    keys = table[["unit", "of"]].assign(year=year)
    groups = list(keys.groupby(["unit", "of", "year"], sort=False).indices.values())
    first = table.iloc[[rows[0] for rows in groups]]
    observed = [table["observed"].to_numpy(float)[rows].sum() for rows in groups]
    sums = [np.stack([values[:, rows].sum(axis=1) for rows in groups], axis=1) for values in runs]
    return first.assign(observed=observed), sums


def _rules(table: pd.DataFrame, measure: ScoredMeasure) -> dict[str, Array]:
    """Return the estimates of each case by a constant for its unit and by last year's figure."""
    values = table["observed"].to_numpy(float)
    logs = values if measure.share else np.log(np.maximum(values, LEAST))
    mean = table.assign(log=logs).groupby(["unit", "of"])["log"].transform("mean").to_numpy(float)
    constant = mean if measure.share else np.exp(mean)
    keys = zip(table["unit"], table["of"], table["date"], strict=True)
    seen = dict(zip(keys, table["observed"], strict=True))
    before = [
        seen.get((unit, of, date - pd.DateOffset(years=1)), np.nan)
        for unit, of, date in zip(table["unit"], table["of"], table["date"], strict=True)
    ]
    return {"constant": constant, "last_year": np.array(before, dtype=float)}


def _error(estimate: pd.Series, observed: pd.Series, measure: ScoredMeasure) -> pd.Series:
    if measure.share:
        return estimate - observed
    return np.log(np.maximum(estimate, LEAST) / observed).where(estimate.notna())


def summary(found: pd.DataFrame) -> pd.DataFrame:
    """Return root mean square errors by measure, as factors (shares: as differences), and coverage.

    Returns
    -------
    DataFrame
        Index ``measure``; ``cases``, `METHODS`, ``coverage_90``, ``widening`` (median).
    """
    rows = {}
    for name, own in found.groupby("measure", sort=False):
        rms = {method: float(np.sqrt(np.nanmean(own[f"error_{method}"] ** 2))) for method in METHODS}
        share = MEASURES[str(name)].share
        inside = (own["low"] <= own["observed"]) & (own["observed"] <= own["high"])
        told = {method: value if share else float(np.exp(value)) for method, value in rms.items()}
        rows[name] = {"cases": len(own), **told, "coverage_90": float(inside.mean()),
                      "widening": float(own["widening"].median())}  # fmt: skip
    return pd.DataFrame(rows).T.rename_axis("measure")
