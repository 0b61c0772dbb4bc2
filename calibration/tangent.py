"""Response of detections to latent series: a simplified tangent-linear model of the simulation.

Detections of an origin on a route in a month respond to departures in earlier months, to the utility of the route and
of its embarkations, and to the origin's preferences: to the route's value relative to the mean of the routes taken, and
to that mean. The responses by lag are estimated on an ensemble of runs with latent series drawn from the prior, and are
the same in all years. Deaths respond to danger as well. All other records are sums or shares of these. The model only
guides the search for latent series; each round runs the simulation again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d
from scipy.optimize import nnls

from corridor.calibration.latent import DANGER, DEPARTURES, EMBARKATION, PREFERENCE, ROUTE, Latent
from corridor.calibration.record import REST, YEAR, Record
from corridor.calibration.targets import COUNTED_TWICE, PART
from corridor.model.corridor import Corridor
from corridor.model.rows import pair

Array = NDArray[np.float64]
LAGS = 9
"""Maximum lag of the effect of a latent value, months."""
LEAST = 150.0
"""Minimum persons a month, averaged over runs, for a series of an origin on a route to be used for lags."""
LEAST_TAKEN = 1.0
"""Persons a month added to each route before computing an origin's shares, so that unused routes have small shares."""
LEVEL = "level"
"""Response to the mean of an origin's preferences."""
RIDGE = 1e-6
"""Ridge relative to the mean square of the regressors: enough for a Cholesky factorisation."""


@dataclass(frozen=True)
class Kernels:
    """Response of log detections to a log point of departures, or to a util, by lag in months, shape (LAGS,) each.

    Attributes
    ----------
    departures, utility : ndarray of float
    contrast, level : ndarray of float
        Of what an origin prefers: a route's value over the mean of the routes that it takes, and that mean.
    """

    departures: Array
    utility: Array
    contrast: Array
    level: Array


@dataclass(frozen=True)
class Flows:
    """Flows by month, mean over runs.

    Attributes
    ----------
    detected : ndarray of float, shape (n_months, n_routes, n_communities)
    at_legs, tried : ndarray of float, shape (n_months, n_legs)
        Detections and attempts.
    """

    detected: Array
    at_legs: Array
    tried: Array

    @classmethod
    def of(cls, runs: Sequence[xr.Dataset]) -> Flows:
        """Return the mean of runs."""
        detected = [run["detections_of"].transpose("month", "route", "community").to_numpy() for run in runs]
        legs = ([run[name].transpose("month", "leg").to_numpy() for run in runs] for name in ("detections", "attempts"))
        return cls(*(np.mean(values, axis=0).astype(float) for values in (detected, *legs)))


class Tangent:
    """Derivatives of a record with respect to latent series.

    Parameters
    ----------
    corridor : Corridor
    latent : Latent
    record : Record
    """

    def __init__(self, corridor: Corridor, latent: Latent, record: Record) -> None:
        self._corridor, self._record, self._size = corridor, record, len(latent)
        months = record.table.loc[record.table["quantity"] == "detections_month", "date"]
        self._months = pd.date_range(corridor.start, months.max(), freq="MS")
        table = latent.table
        self._groups = list(dict.fromkeys(table.loc[table["kind"] == EMBARKATION, "entity"]))
        # Positions of the values of each entity, shape (n_entities, n_values): entities of a kind have the same dates.
        self._columns: dict[str, NDArray[np.int64]] = {}
        self._knots: dict[str, Array] = {}
        for kind, own in table.groupby("kind", sort=False):
            number = own["entity"].nunique()
            self._columns[str(kind)] = own.index.to_numpy().reshape(number, -1)
            self._knots[str(kind)] = _days(own["date"].iloc[: len(own) // number])
        member = np.array([[group == name for name in self._groups] for group in corridor.leg_embarkation], dtype=float)
        self._member = member
        # Routes for which there are preferences.
        self._free = np.flatnonzero([route != COUNTED_TWICE for route in corridor.routes])
        # Where the series of each origin, and of each origin on each of these routes, stand; -1 for those without one.
        free = [corridor.routes[route] for route in self._free]
        names = corridor.communities.names
        self._of_origin = _positions(table, DEPARTURES, names)
        pairs = [pair(name, route) for name in names for route in free]
        self._of_pair = _positions(table, PREFERENCE, pairs).reshape(len(names), len(free))
        self._at = {
            key: np.isin(corridor.legs.names, at.split(";"))
            for key, at in zip(record.wanted.index, record.wanted["at"], strict=True)
        }

    def _between(self, kind: str) -> Array:
        """Return the matrix that interpolates values of a series to mid-months, shape (n_months, n_values)."""
        days, knots = _days(self._months + pd.Timedelta(days=15)), self._knots[kind]
        return np.array([np.interp(days, knots, unit) for unit in np.eye(knots.size)]).T

    def _embarked(self, flows: Flows) -> Array:
        """Return the share of each embarkation in detections of a route, shape (n_months, n_routes, n_groups)."""
        on_route = np.eye(len(self._corridor.routes) + 1)[self._corridor.leg_route][:, :-1]
        counts = np.einsum("ml,lr,lg->mrg", flows.at_legs, on_route, self._member, optimize=True)
        return np.asarray(counts / np.maximum(counts.sum(axis=-1, keepdims=True), 1e-9))

    def _taken(self, flows: Flows) -> Array:
        """Return the share of each free route in detections of an origin, shape (n_months, n_free, n_origins)."""
        yearly = uniform_filter1d(flows.detected[:, self._free], YEAR, axis=0, mode="nearest") + LEAST_TAKEN
        return np.asarray(yearly / yearly.sum(axis=1, keepdims=True))

    def fit(self, points: Array, runs: Sequence[xr.Dataset]) -> Kernels:
        """Estimate the kernels on runs at points, by non-negative least squares on all origins and routes together.

        Parameters
        ----------
        points : ndarray of float, shape (n, d)
        runs : sequence of Dataset
            One at each point.
        """
        persons = float(runs[0].attrs["persons_per_agent"])
        detected = np.array([run["detections_of"].transpose("month", "route", "community").to_numpy() for run in runs])
        mean = detected.mean(axis=0)
        in_months = {
            kind: np.einsum("mk,nek->nem", self._between(kind), points[:, columns])
            for kind, columns in self._columns.items()
        }
        flows = Flows.of(runs)
        embarked, taken = self._embarked(flows), self._taken(flows)
        left, preferred = (
            _where(in_months[kind], at) for kind, at in ((DEPARTURES, self._of_origin), (PREFERENCE, self._of_pair))
        )
        level = np.einsum("nofm,mfo->nom", preferred, taken)
        contrast = np.zeros((len(points), *detected.shape[:0:-1]))
        contrast[:, :, self._free] = preferred - level[:, :, None]
        utility = in_months[ROUTE] + np.einsum("mrg,ngm->nrm", embarked, in_months[EMBARKATION], optimize=True)
        size = LAGS * len(Kernels.__dataclass_fields__)
        gram, right = np.zeros((size, size)), np.zeros(size)
        for route, origin in np.argwhere((mean > LEAST).any(axis=0)):
            months = np.flatnonzero(mean[:, route, origin] > LEAST)
            months = months[months >= LAGS]
            series = (left[:, origin], utility[:, route], contrast[:, origin, route], level[:, origin])
            lagged = np.array([one[:, months - lag] for one in series for lag in range(LAGS)])
            answer = np.log(detected[:, months, route, origin] + persons)
            # Part of the answer is hidden by the floor, and few agents tell little.
            weight = mean[months, route, origin] / (mean[months, route, origin] + persons)
            design = ((lagged - lagged.mean(axis=1, keepdims=True)) * weight**2).reshape(size, -1)
            gram += design @ design.T
            right += design @ ((answer - answer.mean(axis=0)) * weight).ravel()
        root = np.linalg.cholesky(gram + RIDGE * np.trace(gram) * np.eye(len(gram)))
        found, _ = nnls(root.T, np.linalg.solve(root, right))
        return Kernels(*found.reshape(-1, LAGS))

    def matrix(self, kernels: Kernels, flows: Flows, logs: Array, seen: Array, floor: Array) -> Array:
        """Return the derivatives of the record's logs with respect to latent values around runs, shape (k, d).

        Parameters
        ----------
        kernels : Kernels
        flows : Flows
            Of these runs.
        logs, seen : ndarray of float, shape (k,)
            What runs have, and what was observed, both with floors.
        floor : ndarray of float, shape (k,)
        """
        answers = {
            DEPARTURES: _lagged(kernels.departures, self._between(DEPARTURES)),
            ROUTE: _lagged(kernels.utility, self._between(ROUTE)),
            EMBARKATION: _lagged(kernels.utility, self._between(EMBARKATION)),
            PREFERENCE: _lagged(kernels.contrast, self._between(PREFERENCE)),
            DANGER: self._between(DANGER),
            LEVEL: _lagged(kernels.level, self._between(PREFERENCE)),
        }
        # A floor hides part of what moves; half way between what runs have and what they should.
        middle = np.exp((logs + seen) / 2)
        shown = np.maximum(middle - floor, 0.0) / middle
        shares = self._embarked(flows), self._taken(flows)
        rows = np.zeros((len(self._record.table), self._size))
        for number, row in enumerate(self._record.table.to_dict("records")):
            for kind, (entities, weights, when) in self._weights(row, flows, *shares).items():
                columns = self._columns[PREFERENCE if kind == LEVEL else kind][entities]
                rows[number, columns] += shown[number] * (weights.T @ answers[kind][when])
        return rows

    def _weights(
        self, row: dict[Any, Any], flows: Flows, embarked: Array, taken: Array
    ) -> dict[str, tuple[Any, Array, slice]]:
        """Return by kind the entities that affect an observation, weights, shape (n_months, n_entities), and months."""
        quantity, route = row["quantity"], self._corridor.routes.index(row["unit"].split(PART)[0])
        if quantity == "stopped_share":
            return {}
        first = int(self._months.searchsorted(row["date"]))
        when = slice(first, first + row["months"])
        here: Any = self._at.get((quantity, row["unit"], row["date"].year))
        legs = flows.tried if quantity == "attempts" else flows.at_legs
        if quantity == "embarked_share":
            own, whole = (_unit(legs[when] * at) for at in (here, self._corridor.leg_route == route))
            return {EMBARKATION: (slice(None), (own - whole) @ self._member, when)}
        every = list(range(len(self._corridor.communities)))
        origins = self._origins(row["unit"], row["of"]) if quantity == "detections_of" else every
        counted = _unit(flows.detected[when, route][:, origins])
        by_month = counted.sum(axis=1, keepdims=True)
        told = here is not None and here.any()
        groups = _unit(legs[when] * here) @ self._member if told else by_month * embarked[when, route]
        mean = counted[:, :, None] * taken[when].transpose(0, 2, 1)[:, origins]
        # On a route where people are counted again, what they preferred counts by how many came.
        own = counted[:, :, None] * (self._free == route) - mean * (route in self._free)
        leaving, pairs = self._of_origin[origins], self._of_pair[origins]
        # Who dies is who is in distress, in the same month.
        danger = {DANGER: ([route], by_month, when)} if quantity == "deaths" else {}
        return danger | {
            DEPARTURES: (leaving[leaving >= 0], counted[:, leaving >= 0], when), ROUTE: ([route], by_month, when),
            EMBARKATION: (slice(None), groups, when),
            PREFERENCE: (pairs[pairs >= 0], own[:, pairs >= 0], when),
            LEVEL: (pairs[pairs >= 0], mean[:, pairs >= 0], when),
        }  # fmt: skip

    def _origins(self, route: str, of: str) -> list[int]:
        names = self._corridor.communities.names
        told = self._record.told[route]
        return [names.index(of)] if of != REST else [n for n, name in enumerate(names) if name not in told]


def _positions(table: pd.DataFrame, kind: str, entities: Sequence[str]) -> NDArray[np.int64]:
    """Return the position of each entity's series among those of its kind; -1 if there is none."""
    return pd.Index(table.loc[table["kind"] == kind, "entity"].unique()).get_indexer(pd.Index(entities))


def _where(values: Array, at: NDArray[np.int64]) -> Array:
    """Return values of series by entity, shape (n, n_entities, n_months); 0 for those without a series."""
    found: Array = np.where((at >= 0)[None, ..., None], values[:, at], 0.0)
    return found


def _days(dates: Any) -> Array:
    return np.asarray(pd.DatetimeIndex(dates).to_numpy().astype("datetime64[D]").astype(float))


def _lagged(kernel: Array, values: Array) -> Array:
    """Return the response to values, shape (n_months, n), by month, summed over all lags."""
    n = len(values)
    return np.asarray(sum(weight * np.eye(n, k=-lag) for lag, weight in enumerate(kernel)) @ values)


def _unit(values: Array) -> Array:
    """Return values divided by their sum; equal shares if all are zero."""
    values = values + 1e-9
    return np.asarray(values / values.sum())
