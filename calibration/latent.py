"""Latent series: changes in the world that no driver explains, as a state to be estimated.

The log departures of each origin have one value per quarter, the utility of each route one per month, that of each
embarkation one per quarter, an origin's preference for a route one per half-year, and the danger of each route one per
year. An origin has series only where the record identifies it: elsewhere the data do not constrain them, and mere
uncertainty would raise the average, because people are counted on the exponential scale. The prior of each series is a
first-order autoregression around zero, which returns to the prediction of the mechanisms.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from corridor.model.corridor import Corridor
from corridor.model.rows import pair
from corridor.scenarios.posterior import LATENT

Array = NDArray[np.float64]
Pair = tuple[str, str]
"""An origin and a route."""
DEPARTURES, UTILITY, ROUTE, EMBARKATION = "departures", "utility", "route", "embarkation"
PREFERENCE, DANGER = "preference", "danger"
DIGITS = 3
"""Decimals of values passed to runs: the last bits of linear algebra differ between machines."""


@dataclass(frozen=True)
class Prior:
    """An autoregression of first order in continuous time (Ornstein and Uhlenbeck).

    Attributes
    ----------
    spread : float, log points or utils
        Standard deviation at any time.
    memory_years : float
        Time after which the correlation with a value has fallen to 1/e.
    """

    spread: float
    memory_years: float

    def correlation(self, years: Array) -> Array:
        """Return the correlation of values at a distance in time."""
        return np.asarray(np.exp(-np.abs(years) / self.memory_years))


PRIORS: Mapping[str, Prior] = {
    DEPARTURES: Prior(1.1, 0.75), ROUTE: Prior(1.5, 0.2), EMBARKATION: Prior(1.2, 1.0), PREFERENCE: Prior(2.0, 3.0),
    DANGER: Prior(1.0, 3.0),
}  # fmt: skip
"""Priors by kind of series. The residuals of mechanisms alone on 42 series of detections by route, origin and quarter,
2011 to 2021, have a standard deviation of 0.96, and their quarterly changes one of 0.74, both including sampling noise
of the simulation; on routes by month the figures are 1.0 to 1.3 and 0.6 to 0.9. Rounded; assumed for embarkations. A
log point of departures moves detections by about one over two years (`kernels` of reanalysis.yaml), one of routes by
half. Preferences and danger: assumed to change slowly, so that fast changes are left to the other series."""


@dataclass(frozen=True)
class Latent:
    """The values of all latent series, in one vector.

    Attributes
    ----------
    table : DataFrame
        One row a value: ``series`` (departures, utility, preference, danger), ``entity``, ``date``, ``kind``
        (key of `PRIORS`), ``time`` (years, as a decimal number).
    """

    table: pd.DataFrame

    @classmethod
    def of(cls, corridor: Corridor, end: dt.date, told: Collection[Pair]) -> Latent:
        """Return the latent series of a corridor from its start to a day.

        Parameters
        ----------
        corridor : Corridor
        end : date
        told : collection of (str, str)
            Origins and routes that the record tells apart.
        """
        known = {origin for origin, _ in told}
        rows = [(DEPARTURES, name, DEPARTURES, 3) for name in corridor.communities.names if name in known]
        rows += [(UTILITY, route, ROUTE, 1) for route in corridor.routes]
        rows += [(UTILITY, group, EMBARKATION, 3) for group in sorted(set(corridor.leg_embarkation) - {""})]
        rows += [(PREFERENCE, pair(*own), PREFERENCE, 6) for own in sorted(told)]
        rows += [(DANGER, route, DANGER, 12) for route in corridor.routes]
        parts = []
        for series, entity, kind, months in rows:
            starts = pd.date_range(corridor.start, end, freq=f"{months}MS")
            middle = starts + pd.to_timedelta(15 * months, unit="D")
            parts.append(pd.DataFrame({"series": series, "entity": entity, "date": middle, "kind": kind}))
        table = pd.concat(parts, ignore_index=True)
        return cls(table.assign(time=decimal_years(table["date"])))

    def __len__(self) -> int:
        return len(self.table)

    def sample(self, n: int, rng: np.random.Generator) -> Array:
        """Draw from the prior, shape (n, d)."""
        draws = np.empty((n, len(self)))
        for rows, covariance in self._blocks():
            draws[:, rows] = rng.standard_normal((n, rows.size)) @ np.linalg.cholesky(covariance).T
        return draws

    def spread(self, rows: Array) -> Array:
        """Return ``rows`` times the covariance of the prior, shape (k, d)."""
        found = np.empty_like(rows)
        for columns, covariance in self._blocks():
            found[:, columns] = rows[:, columns] @ covariance
        return found

    def _blocks(self) -> Iterator[tuple[NDArray[np.int64], Array]]:
        """Yield the positions of each series and the covariance of its values; series are independent."""
        time = self.table["time"].to_numpy(float)
        for (kind, _), own in self.table.groupby(["kind", "entity"], sort=False):
            prior, rows = PRIORS[str(kind)], own.index.to_numpy()
            yield rows, prior.spread**2 * prior.correlation(time[rows][:, None] - time[rows][None, :])

    def values(self, point: Array) -> dict[str, float]:
        """Return a vector of values by the names of `corridor.scenarios.posterior.settle`."""
        return {name: round(float(value), DIGITS) for name, value in zip(self.names, point, strict=True)}

    @property
    def names(self) -> list[str]:
        """Names of the values, as `corridor.scenarios.posterior.settle` has them."""
        columns = (self.table[column] for column in ("series", "entity", "date"))
        return [f"{LATENT}{series}.{entity}.{date:%Y-%m-%d}" for series, entity, date in zip(*columns, strict=True)]


def decimal_years(dates: Iterable[pd.Timestamp]) -> Array:
    """Return dates as decimal years."""
    index = pd.DatetimeIndex(list(dates))
    return np.asarray(index.year + (index.day_of_year - 1) / 365.25, dtype=float)
