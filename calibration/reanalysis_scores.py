"""How close a reanalysis comes to the record, beside mechanisms alone, a constant and last year's figure.

The estimate is the median over draws, each a run with luck of its own (their mean would rise with their spread);
intervals are those of draws with the error of recording. Errors are root mean squares of logs, told as factors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from corridor.calibration.indicators import windows
from corridor.calibration.natural import experiments
from corridor.calibration.record import REST, Record
from corridor.calibration.targets import COUNTED_TWICE

Array = NDArray[np.float64]
METHODS = ("reanalysis", "mechanisms", "constant", "last_year")
RECORDINGS = 25
"""Errors of recording that are drawn for each run: draws are few."""
LEAST = 1.0
"""Persons that an estimate counts as where a run has none."""


@dataclass(frozen=True)
class Measure:
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


MEASURES: Mapping[str, Measure] = {
    "detections_route_month": Measure("detections_month", 200.0),
    "detections_route_year": Measure("detections_month", 200.0, by_year=True),
    "detections_route_nationality_year": Measure("detections_of", 500.0, by_year=True),
    "attempts_coast_year": Measure("attempts", 200.0),
    "stopped_share_coast_year": Measure("stopped_share", 0.0, share=True),
    "deaths_route_year": Measure("deaths", 30.0),
}
"""By name on the card. Counts below the least say little: the thresholds are those of `history`'s section on aims."""


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
        ``measure, unit, of, date, observed``, the estimates `METHODS`, ``low, high`` (central 90 %), ``error`` of each
        estimate as columns ``error_METHOD`` (log ratio; difference of shares).
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
        low, high = np.quantile(runs * np.exp(noise), [0.05, 0.95], axis=(0, 1))
        rules = _rules(table, measure)
        found = table[["unit", "of", "date", "observed"]].assign(
            measure=name, reanalysis=np.median(runs, axis=0), mechanisms=alone.mean(axis=0), **rules, low=low, high=high
        )
        found = found[found["observed"] >= measure.least]
        for method in METHODS:
            found[f"error_{method}"] = _error(found[method], found["observed"], measure)
        parts.append(found)
    return pd.concat(parts, ignore_index=True)


def _by_year(table: pd.DataFrame, *runs: Array) -> tuple[pd.DataFrame, list[Array]]:
    year = table["date"].dt.year.to_numpy()
    keys = table[["unit", "of"]].assign(year=year)
    groups = list(keys.groupby(["unit", "of", "year"], sort=False).indices.values())
    first = table.iloc[[rows[0] for rows in groups]]
    observed = [table["observed"].to_numpy(float)[rows].sum() for rows in groups]
    sums = [np.stack([values[:, rows].sum(axis=1) for rows in groups], axis=1) for values in runs]
    return first.assign(observed=observed), sums


def _rules(table: pd.DataFrame, measure: Measure) -> dict[str, Array]:
    """Return what one constant for each unit, and last year's figure, say of each case."""
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


def _error(estimate: pd.Series, observed: pd.Series, measure: Measure) -> pd.Series:
    if measure.share:
        return estimate - observed
    return np.log(np.maximum(estimate, LEAST) / observed).where(estimate.notna())


def summary(found: pd.DataFrame) -> pd.DataFrame:
    """Return root mean square errors by measure, as factors (shares: as differences), and coverage.

    Returns
    -------
    DataFrame
        Index ``measure``; ``cases``, `METHODS`, ``coverage_90``.
    """
    rows = {}
    for name, own in found.groupby("measure", sort=False):
        rms = {method: float(np.sqrt(np.nanmean(own[f"error_{method}"] ** 2))) for method in METHODS}
        share = MEASURES[str(name)].share
        inside = (own["low"] <= own["observed"]) & (own["observed"] <= own["high"])
        told = {method: value if share else float(np.exp(value)) for method, value in rms.items()}
        rows[name] = {"cases": len(own), **told, "coverage_90": float(inside.mean())}
    return pd.DataFrame(rows).T.rename_axis("measure")


def jumps(scenario: str, record: Record, draws: Array, mechanisms: Array) -> pd.DataFrame:
    """Return changes of detections at events: observed, by mechanisms alone, and what the latent series had to add.

    Parameters
    ----------
    scenario : str
    record : Record
    draws, mechanisms : ndarray of float, shape (n, k), (m, k)
        As for `cases`.

    Returns
    -------
    DataFrame
        ``event, title, month, route``; ``observed, mechanisms, reanalysis`` (log of after over before) and ``latent``
        (reanalysis less mechanisms) with ``latent_low, latent_high`` (central 90 % of draws).
    """
    own = record.table["quantity"].to_numpy() == "detections_month"
    table = record.table[own]
    rows = []
    for experiment in experiments():
        for cell in experiment.cells:
            if (
                experiment.scenario != scenario
                or cell.indicator != "detections"
                or not (table["unit"] == cell.at).any()
            ):
                continue
            here = (table["unit"] == cell.at).to_numpy()
            months = pd.DatetimeIndex(table["date"][here])
            before, after = windows(experiment.month, cell)
            if not (set(before) | set(after)) <= set(months):
                continue

            def change(values: Array, here: NDArray[np.bool_] = here, months: pd.DatetimeIndex = months,
                       before: pd.DatetimeIndex = before, after: pd.DatetimeIndex = after) -> Array:  # fmt: skip
                sums = [values[:, here][:, months.isin(window)].mean(axis=1) + LEAST for window in (after, before)]
                return np.log(sums[0] / sums[1])

            seen = change(table["observed"].to_numpy(float)[None, :])[0]
            alone = change(mechanisms[:, own].mean(axis=0, keepdims=True))[0]
            missed = change(draws[:, own]) - alone
            low, high = np.quantile(missed, [0.05, 0.95])
            whole = change(draws[:, own].mean(axis=0, keepdims=True))[0]
            rows.append(
                {
                    "event": experiment.event, "title": experiment.title, "month": experiment.month, "route": cell.at,
                    "observed": seen, "mechanisms": alone, "reanalysis": whole, "latent": whole - alone,
                    "latent_low": low, "latent_high": high,
                }
            )  # fmt: skip
    return pd.DataFrame(rows)
