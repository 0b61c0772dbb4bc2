"""Drivers: conflict, climate, economy and ties at this step, from the corridor's series and what shocks change.

ODD eq. 6 to 7.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from model.states import State

if TYPE_CHECKING:
    from model.simulation import Simulation

_TREND_YEARS = np.arange(0.5, 3.5, 0.5)
"""The past over which income counts as what people are used to."""
_LEVER_YEARS = 3
"""The past over which people get used to what events have made of their income."""
_COUNT_STEPS = 13
"""Settlers are counted every so many steps."""
_TYPICAL = 1e7
"""Population at which the size of a country neither attracts nor deters."""


class Drivers:
    """Exogenous state of communities and places.

    Attributes
    ----------
    income_usd : ndarray of float, shape (n_communities,), USD per head and year at home
    income_fall : ndarray of float, shape (n_communities,), log points below the mean of the past three years
    place_income_usd : ndarray of float, shape (n_places,), USD per head and year; 0 where nobody settles
    unemployment_pct : ndarray of float, shape (n_places,)
    place_size : ndarray of float, shape (n_places,), log of population over ten million; 0 where unknown
    conflict, instability, displaced, climate : ndarray of float, shape (n_communities,)
    compatriots : ndarray of float, shape (n_communities, n_places), persons
    """

    def __init__(self, sim: Simulation) -> None:
        corridor, dates = sim.corridor, sim.calendar.dates
        communities, places = corridor.communities.names, corridor.places.names
        self._sim = sim

        def of(entities: list[str], variable: str) -> NDArray[np.float64]:
            return np.array([corridor.values(entity, variable, dates) for entity in entities])

        self._income = of(communities, "income_usd")
        self._trend = np.mean([self._shifted(communities, years) for years in _TREND_YEARS], axis=0)
        self._instability = of(communities, "instability")
        self._displaced = of(communities, "displaced_share")
        self._climate = of(communities, "climate_stress")
        self._place_income = of(places, "income_usd")
        self._unemployment = of(places, "unemployment_pct")
        population = np.array([corridor.values(place, "population", dates, _TYPICAL) for place in places])
        self._size = np.log(np.maximum(population, 1.0) / _TYPICAL)
        self._ties = self._read_ties()
        self._past = round(_LEVER_YEARS / sim.calendar.years)
        self._income_levers = np.ones((self._past + sim.calendar.steps, len(communities)))

    def _shifted(self, communities: list[str], years: float) -> NDArray[np.float64]:
        earlier = self._sim.calendar.dates - np.timedelta64(round(years * 365.25), "D")
        return np.array([self._sim.corridor.values(name, "income_usd", earlier) for name in communities])

    def _read_ties(self) -> tuple[tuple[NDArray[np.int64], ...], NDArray[np.float64]]:
        """Return the pairs of community and place with compatriots, and their number, shape (n_pairs, n_steps)."""
        corridor = self._sim.corridor
        points: dict[tuple[int, int], list[tuple[float, float]]] = {}
        for tie in corridor.ties:
            pair = corridor.communities.index[tie.community], corridor.places.index[tie.destination]
            day = float(np.datetime64(tie.date, "D").astype(int))
            points.setdefault(pair, []).append((day, tie.stock))
        days = self._sim.calendar.dates.astype("datetime64[D]").astype(float)
        stocks = [np.interp(days, *np.array(sorted(known)).T) for known in points.values()]
        pairs = np.array(list(points), dtype=np.int64).reshape(-1, 2)
        return tuple(pairs.T), np.array(stocks).reshape(-1, days.size)

    def income_at_start(self) -> NDArray[np.float64]:
        """Return income at home when the run begins, USD per head and year, shape (n_communities,)."""
        return self._income[:, 0]

    def step(self) -> None:
        """Bring all drivers to the current step."""
        sim, now = self._sim, self._sim.now
        levers = sim.levers
        change = levers["income"] * sim.education.income_factor
        self.income_usd = self._income[:, now] * change
        self._income_levers[now + self._past] = change
        usual = self._trend[:, now] * self._income_levers[now : now + self._past].mean(axis=0)
        usual = np.maximum(usual, 1.0)
        self.income_fall = -np.log(np.maximum(self.income_usd, 1.0) / usual)
        self.place_income_usd = self._place_income[:, now] * levers["destination_income"]
        self.unemployment_pct = self._unemployment[:, now]
        self.place_size = self._size[:, now]
        self.instability = self._instability[:, now]
        self.displaced = self._displaced[:, now]
        self.climate = self._climate[:, now] + levers["climate"]
        self.conflict = levers["conflict"]
        if now % _COUNT_STEPS == 0:
            self._count_compatriots()

    def _count_compatriots(self) -> None:
        """Add those who have settled in the simulation to the compatriots of the series: networks grow by use."""
        sim, population = self._sim, self._sim.population
        shape = len(sim.corridor.communities), len(sim.corridor.places)
        settled = np.flatnonzero(population.state == State.SETTLED)
        pair = population.community[settled].astype(np.int64) * shape[1] + population.place[settled]
        counts = np.bincount(pair, minlength=shape[0] * shape[1]).reshape(shape)
        self.compatriots = counts * population.persons_per_agent
        pairs, stocks = self._ties
        self.compatriots[pairs] += stocks[:, sim.now]
