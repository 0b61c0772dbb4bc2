"""Drivers: conflict, climate, economy and ties in this step, from the corridor's series and from shocks.

ODD eq. 6 to 7b.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from corridor.model.calendar import DAYS_PER_YEAR, Calendar
from corridor.model.corridor import Corridor
from corridor.model.states import State

if TYPE_CHECKING:
    from corridor.model.simulation import Simulation

_TREND_YEARS = np.arange(0.5, 3.5, 0.5)
"""Years in the past over which income counts as usual."""
_LEVER_YEARS = 3
"""Years over which people get used to changes of income that events bring."""
_COUNT_STEPS = 13
"""Steps between two counts of settled compatriots."""
_TYPICAL = 1e7
"""Population at which the size of a country neither attracts nor deters."""


class DriverSeries(NamedTuple):
    """Series of a corridor at the dates of a calendar: shape (n_communities, n_steps) or (n_places, n_steps).

    Attributes
    ----------
    income_usd, trend_usd : ndarray of float, USD per head and year
        Income of communities, and its mean over the past three years.
    instability, displaced, climate : ndarray of float
        Of communities.
    place_income_usd, unemployment_pct, place_size : ndarray of float
        As in `Drivers`.
    latent_departures : ndarray of float, log points
        Of communities.
    latent_utility : ndarray of float, shape (n_legs, n_steps), utils
    latent_preference : ndarray of float, shape (n_communities, n_routes + 1, n_steps), utils
    latent_danger : ndarray of float, shape (n_routes + 1, n_steps), log points
    pairs, stocks : tuple of ndarray of int, and ndarray of float, shape (n_pairs, n_steps)
        Communities and places with compatriots, and their number.
    """

    income_usd: NDArray[np.float64]
    trend_usd: NDArray[np.float64]
    instability: NDArray[np.float64]
    displaced: NDArray[np.float64]
    climate: NDArray[np.float64]
    place_income_usd: NDArray[np.float64]
    unemployment_pct: NDArray[np.float64]
    place_size: NDArray[np.float64]
    latent_departures: NDArray[np.float64]
    latent_utility: NDArray[np.float64]
    latent_preference: NDArray[np.float64]
    latent_danger: NDArray[np.float64]
    pairs: tuple[NDArray[np.int64], ...]
    stocks: NDArray[np.float64]


@lru_cache(maxsize=4)
def read_series(corridor: Corridor, start: dt.date, end: dt.date, step_days: int) -> DriverSeries:
    """Return the series of a corridor; runs in one process share them, so that they must not be changed."""
    dates = Calendar(start, end, step_days, corridor.warm_up_weeks).dates
    communities, places = corridor.communities.names, corridor.places.names

    def of(
        entities: list[str], variable: str, days: NDArray[np.datetime64] = dates, default: float = 0.0
    ) -> NDArray[np.float64]:
        return np.array([corridor.values(entity, variable, days, default) for entity in entities])

    earlier = [dates - np.timedelta64(round(years * DAYS_PER_YEAR), "D") for years in _TREND_YEARS]
    size = np.log(np.maximum(of(places, "population", default=_TYPICAL), 1.0) / _TYPICAL)
    trend: NDArray[np.float64] = np.mean([of(communities, "income_usd", days) for days in earlier], axis=0)
    return DriverSeries(
        of(communities, "income_usd"), trend, of(communities, "instability"), of(communities, "displaced_share"),
        of(communities, "climate_stress"), _described(corridor, of(places, "income_usd")),
        of(places, "unemployment_pct"), size,
        corridor.latent_departures(dates), corridor.latent_utility(dates), corridor.latent_preference(dates),
        corridor.latent_danger(dates),
        *_read_ties(corridor, dates),
    )  # fmt: skip


def _described(corridor: Corridor, of_place: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a driver for the residents of each place, shape (n_places, n_steps); 0 where nobody lives."""
    by = corridor.described_by
    return np.where(by[:, None] >= 0, of_place[by], 0.0)


def _read_ties(
    corridor: Corridor, dates: NDArray[np.datetime64]
) -> tuple[tuple[NDArray[np.int64], ...], NDArray[np.float64]]:
    """Return the pairs of community and place with compatriots, and their number, shape (n_pairs, n_steps)."""
    points: dict[tuple[int, int], list[tuple[float, float]]] = {}
    for tie in corridor.ties:
        pair = corridor.communities.index[tie.community], corridor.places.index[tie.destination]
        day = float(np.datetime64(tie.date, "D").astype(int))
        points.setdefault(pair, []).append((day, tie.stock))
    days = dates.astype("datetime64[D]").astype(float)
    stocks = [np.interp(days, *np.array(sorted(known)).T) for known in points.values()]
    pairs = np.array(list(points), dtype=np.int64).reshape(-1, 2)
    return tuple(pairs.T), np.array(stocks).reshape(-1, days.size)


def _income_sources(corridor: Corridor) -> NDArray[np.int64]:
    """Return the series from which incomes at each place are taken, shape (n_places,).

    A place uses its own series if there is one; otherwise that of a place in the same country, or of a community from
    that country. Places are numbered first, then communities; the number after the last means that none is known.
    """
    n_places, n_communities = len(corridor.places), len(corridor.communities)
    own = np.array([corridor.has_series(place.place, "income_usd") for place in corridor.places])
    source = np.full(n_places, n_places + n_communities)
    country = corridor.places.column("country")
    of_country = {country[home]: n_places + c for c, home in enumerate(corridor.home)}
    of_country |= {country[p]: int(p) for p in np.flatnonzero(own)[::-1]}
    for place in range(n_places):
        source[place] = place if own[place] else of_country.get(country[place], source[place])
    return source


class Drivers:
    """Exogenous state of communities and places.

    Attributes
    ----------
    income_usd : ndarray of float, shape (n_communities,), USD per head and year at home
        Including the effects of events, climate stress, training and income support.
    income_fall : ndarray of float, shape (n_communities,), log points below the mean of the past three years
        Excludes income support, whose effect on aspirations has its own parameter.
    place_income_usd : ndarray of float, shape (n_places,), USD per head and year; 0 where nobody lives
        Of the place or, in transit, of its country.
    wage_usd : ndarray of float, shape (2, n_communities, n_places), USD per head and year
        Earnings of people who are waiting, without and with a legal status. ODD eq. 28a.
    unemployment_pct : ndarray of float, shape (n_places,)
    place_size : ndarray of float, shape (n_places,), log of population over ten million; 0 where unknown
    conflict, instability, displaced, climate : ndarray of float, shape (n_communities,)
    hope_of_return : ndarray of float, shape (n_communities,), 0 to 1
        How strongly people from a country at war expect to return soon.
    latent_departures : ndarray of float, shape (n_communities,), log points
        Changes in departures that no driver explains; 0 without a reanalysis. ODD eq. 7c.
    latent_utility : ndarray of float, shape (n_legs,), utils
        The same for the utility of legs.
    latent_preference : ndarray of float, shape (n_communities, n_legs), utils
        The same for single communities, in addition to `latent_utility`.
    latent_danger : ndarray of float, shape (n_legs,), log points
        Changes in the risk of distress that no driver explains.
    compatriots : ndarray of float, shape (n_communities, n_places), persons
    """

    def __init__(self, sim: Simulation) -> None:
        self._sim = sim
        calendar = sim.calendar
        self._series = read_series(sim.corridor, calendar.start, calendar.end, calendar.step_days)
        self._past = round(_LEVER_YEARS / calendar.years)
        self._income_levers = np.ones((self._past + calendar.steps, len(sim.corridor.communities)))
        self._paid_by = _income_sources(sim.corridor)
        countries = sim.corridor.places.column("country")
        self._compatriot = countries[None, :] == countries[sim.corridor.home][:, None]
        self._settled_at_start: NDArray[np.int64] | None = None
        self._war_years = np.zeros(len(sim.corridor.communities))

    def income_at_start(self) -> NDArray[np.float64]:
        """Return income at home when the run begins, USD per head and year, shape (n_communities,)."""
        return self._series.income_usd[:, 0].copy()

    def place_income_at_start(self) -> NDArray[np.float64]:
        """Return income at places when the run begins, USD per head and year, shape (n_places,); 0 where unknown."""
        return self._series.place_income_usd[:, 0].copy()

    def step(self) -> None:
        """Update all drivers to the current step."""
        sim, now, series = self._sim, self._sim.now, self._series
        levers = sim.levers
        self.climate = series.climate[:, now] + levers["climate"]
        change = levers["income"] * sim.education.income_factor * self._harvest()
        earned = series.income_usd[:, now] * change
        self.income_usd = earned * (1 + levers["livelihood"])
        self._income_levers[now + self._past] = change
        usual = series.trend_usd[:, now] * self._income_levers[now : now + self._past].mean(axis=0)
        self.income_fall = -np.log(np.maximum(earned, 1.0) / np.maximum(usual, 1.0))
        self.place_income_usd = series.place_income_usd[:, now] * levers["destination_income"]
        self.wage_usd = self._wages(series.income_usd[:, now] * levers["income"])
        self.unemployment_pct = series.unemployment_pct[:, now]
        self.place_size = series.place_size[:, now]
        self.instability = series.instability[:, now]
        self.displaced = series.displaced[:, now]
        self.conflict = levers["conflict"]
        self.hope_of_return = self._hope()
        self.latent_departures = series.latent_departures[:, now]
        self.latent_utility = series.latent_utility[:, now]
        self.latent_preference = series.latent_preference[:, sim.corridor.leg_route, now]
        self.latent_danger = series.latent_danger[sim.corridor.leg_route, now]
        if now % _COUNT_STEPS == 0:
            self._count_compatriots()

    def _harvest(self) -> NDArray[np.float64]:
        """Return the share of income at home that remains under climate stress, shape (n_communities,). ODD eq. 7a.

        Observed incomes already reflect the stress in the series, so that only the change due to events and policies
        counts. Stress cannot fall below zero.
        """
        observed = self._series.climate[:, self._sim.now]
        added = np.maximum(self.climate, 0.0) - np.maximum(observed, 0.0)
        left: NDArray[np.float64] = np.exp(-self._sim.parameters.climate_income * added)
        return left

    def _wages(self, country_usd: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return `wage_usd`: the income of the host country or, for people within their own country, income at home.

        Parameters
        ----------
        country_usd : ndarray of float, shape (n_communities,)
            Income in the countries of origin of the communities.
        """
        levers, at_home = self._sim.levers, self.income_usd[:, None]
        known = np.concatenate([self._series.place_income_usd[:, self._sim.now], country_usd, [np.nan]])
        there = (known[self._paid_by] * levers["destination_income"])[None, :]
        # In countries of unknown income, people earn what they would at home.
        there = np.where(np.isnan(there), at_home, there)
        share = self._sim.parameters.waiting_income
        return np.stack([np.where(self._compatriot, at_home, factor * there) for factor in (share, 1.0)])

    def means_ratio(self) -> NDArray[np.float64]:
        """Return the means of families at home relative to the start, shape (n_communities,). ODD eq. 7b.

        Savings and loans from relatives are measured in years of income, so that they rise and fall with it.
        """
        return self.income_usd / np.maximum(self.income_at_start(), 1e-9)

    def _hope(self) -> NDArray[np.float64]:
        """Return the hope that a war at home ends soon, which fades over its years. ODD eq. 6b."""
        war = np.maximum(self.conflict, 0.0)
        hope = np.where(war > 0.0, np.exp(-self._war_years / self._sim.parameters.return_years), 0.0)
        self._war_years += war * self._sim.calendar.years
        return hope

    def _count_compatriots(self) -> None:
        """Add people who have settled during the simulation to the compatriots in the series, so that networks grow."""
        sim, population = self._sim, self._sim.population
        shape = len(sim.corridor.communities), len(sim.corridor.places)
        settled = np.flatnonzero(population.state == State.SETTLED)
        pair = population.community[settled].astype(np.int64) * shape[1] + population.place[settled]
        counts = np.bincount(pair, minlength=shape[0] * shape[1]).reshape(shape)
        if self._settled_at_start is None:
            self._settled_at_start = counts
        # The series already include those who were there at the start.
        known = np.zeros(shape)
        known[self._series.pairs] = self._series.stocks[:, sim.now]
        come = known + (counts - self._settled_at_start) * population.persons_per_agent
        self.compatriots = np.maximum(come, counts * population.persons_per_agent)
