"""Forecasts of camp counts with intervals."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from corridor.displacement.engine.case import Case
from corridor.displacement.engine.score import ard
from corridor.displacement.run import Options, replicate
from corridor.displacement.values import error_beyond_runs, plausible
from corridor.model.errors import InvalidInput


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
