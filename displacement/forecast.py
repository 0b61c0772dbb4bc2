"""Forecasts of camp counts with intervals."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from corridor.displacement import total
from corridor.displacement.engine.case import Case
from corridor.displacement.engine.score import ard
from corridor.displacement.run import Options, replicate
from corridor.displacement.values import Widening, plausible, widening
from corridor.model.errors import InvalidInput

GIVEN = {
    "observed": "the national total after the day is given; its distribution is forecast",
    "conflict": "the national total after the day is predicted from conflict, whose days after it are given",
}


def forecast(
    case: Case, options: Options, day: int, replicates: int, total_from: str = "observed", width: Widening | None = None
) -> xr.Dataset:
    """Forecast camp counts from a day on, given the observations up to that day.

    Parameters
    ----------
    case : Case
    options : Options
    day : int
        T: observations of days 0 to T are known.
    replicates : int
        Runs, with the seeds and the plausible parameter values of fits that never saw this conflict.
    total_from : {"observed", "conflict"}
        Whether the national total after T is given, as in Flee, or predicted.
    width : Widening, optional
        By how much intervals are widened; default: what was measured on other conflicts.

    Returns
    -------
    Dataset
        ``low``, ``median``, ``high`` of a 90 % interval and ``observed`` by day and camp. The interval is that of the
        runs, widened by the error of the model on other conflicts (ODD eq. 69). ``total``, its interval and
        ``total_observed`` by day. Its attributes hold ``coverage`` of all days and camps after T, ``coverage_of_runs``
        by the interval before it was widened, ``ard`` of the median and ``ard_persistence`` of the shares of T; of a
        total that is predicted, ``total_error`` and those of naive rules, and ``total_coverage``.

    Raises
    ------
    InvalidInput
        If the day is not within the case, or the source of the total is unknown.
    """
    if not 0 <= day < case.days - 1:
        raise InvalidInput("run", "scenario.known_days", day, f"0 to {case.days - 2}, the days of the case less one")
    if total_from not in GIVEN:
        raise InvalidInput("run", "total", total_from, ", ".join(GIVEN))
    rest = case.from_day(day) if total_from == "observed" else total.predicted(case, day)
    width = widening(case.name, total_from) if width is None else width
    capacities = options.use_capacity and case.knows_capacities
    spread = replicate(rest, options, replicates, plausible(case.name, capacities=capacities))
    low, median, high = (spread.quantile(q, "replicate").drop_vars("quantile") for q in (0.05, 0.5, 0.95))
    displaced, truth = total.displaced(rest), total.displaced(case.from_day(day))
    unit = error_unit(median.to_numpy(), displaced)
    observed = rest.observed.counts.astype(float)
    share = observed[0] / observed[0].sum() if observed[0].sum() > 0 else np.full(observed.shape[1], 0.0)
    beyond = np.maximum(low - observed, observed - high).to_numpy()[1:] / unit[1:]
    # What is known has no error.
    unit[0] = 0.0
    most = displaced * np.exp(width.total * (np.arange(displaced.size) > 0))
    low, high = (low - width.camps * unit).clip(min=0.0), np.minimum(high + width.camps * unit, most[:, None])
    ds = xr.Dataset({"low": low, "median": median, "high": high, "observed": (("day", "camp"), observed)})
    ds["beyond_runs"] = (("later_day", "camp"), beyond)
    ds["total"], ds["total_observed"] = ("day", displaced), ("day", truth)
    ds["total_low"], ds["total_high"] = ("day", displaced**2 / np.maximum(most, 1.0)), ("day", most)
    ds = ds.assign_coords(day=ds["day"] + day)
    kept = np.outer(displaced, share)
    ds.attrs.update(
        known_days=day, replicates=replicates, coverage=float((beyond <= width.camps).mean()),
        coverage_of_runs=float((beyond <= 0).mean()), ard=ard(median.to_numpy()[1:], observed[1:]),
        ard_persistence=ard(kept[1:], observed[1:]), given=GIVEN[total_from], total_from=total_from,
    )  # fmt: skip
    if total_from == "conflict":
        ds.attrs["total_error"] = total.error(displaced, truth)
        ds.attrs |= {f"total_error_{name}": total.error(each, truth) for name, each in total.naive(case, day).items()}
        ds.attrs["total_coverage"] = float((total_distance(displaced, truth) <= width.total).mean())
    return ds


def error_unit(median: NDArray[np.float64], displaced: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the unit of forecast errors, shape (days, n_camps), persons: n + N / 100."""
    return median + displaced[:, None] / 100


def total_distance(predicted: NDArray[np.float64], observed: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the log errors of totals after the first day, shape (days - 1,)."""
    return np.abs(np.log(np.maximum(predicted, 1.0)) - np.log(np.maximum(observed, 1.0)))[1:]
