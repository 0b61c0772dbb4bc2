"""Migrant stocks at the start of a run: place, duration of stay, status and means. ODD section 5."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from corridor.model.population import People
from corridor.model.purposes import Purpose
from corridor.model.states import State, Status

if TYPE_CHECKING:
    from corridor.model.simulation import Simulation


def settle_abroad(sim: Simulation) -> None:
    """Settle each community's initial migrant stock abroad, as individuals without families.

    Called after traits and wealth are drawn and before families are formed at home.
    """
    corridor, population = sim.corridor, sim.population
    if len(corridor.stocks) == 0:
        return
    row = _row_of_everybody(sim)
    people = np.flatnonzero(row >= 0)
    row = row[people]
    table, u = corridor.stocks, sim.streams.draw(Purpose.LIFE_ABROAD, people)
    population.state[people] = State.SETTLED
    population.place[people] = table.positions("place", corridor.places)[row]
    regular = u[:, 0] < table.column("regular_share")[row]
    population.status[people] = np.where(regular, Status.REGULAR, Status.IRREGULAR)
    population.protection_need[people] = u[:, 1] < table.column("refugee_share")[row]
    years = -np.log(u[:, 2]) * table.column("years")[row]
    population.savings_usd[people] = _saved_abroad(sim, people, years)
    # They may come home, and leave again; but they are not among those who wait at home for their time.
    population.threshold[people] = np.inf


def _row_of_everybody(sim: Simulation) -> NDArray[np.int64]:
    """Return each person's row in the table of stocks, -1 for people at home, shape (n,)."""
    corridor, population = sim.corridor, sim.population
    row = np.full(population.n, -1)
    community_of_row = corridor.stocks.positions("community", corridor.communities)
    persons = sim.parameters.stocks_share * corridor.stocks.column("persons").astype(float)
    pools = corridor.communities.column("potential_migrants").astype(float)
    for community in np.unique(community_of_row):
        rows = np.flatnonzero(community_of_row == community)
        members = np.flatnonzero(population.community == community)
        at_home = max(pools[community] - persons[rows].sum(), 0.0)
        start = sim.streams.draw(Purpose.NUMBERS_ABROAD, np.array([community]))[0, 0]
        numbers = apportion(np.array([at_home, *persons[rows]]), members.size, float(start))
        luck = sim.streams.draw(Purpose.WHO_LIVES_ABROAD, members)[:, 0]
        row[members[np.argsort(luck, kind="stable")]] = np.repeat([-1, *rows], numbers)
    return row


def _saved_abroad(sim: Simulation, people: People, years: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return people's savings since their arrival, USD, shape (k,). ODD eq. 28b.

    Savings deviate from the local median as far as the person's savings would at home.
    """
    population, p, drivers = sim.population, sim.parameters, sim.drivers
    at_home = p.savings_years * drivers.income_at_start()[population.community[people]]
    rank = population.savings_usd[people] / np.maximum(at_home, 1e-9)
    wage = drivers.place_income_at_start()[population.place[people]]
    wage = wage * np.where(population.status[people] == Status.REGULAR, 1.0, p.irregular_income)
    saved: NDArray[np.float64] = rank * wage * np.minimum(p.saving_rate * years, p.savings_years)
    return saved


def apportion(weights: NDArray[np.float64], agents: int, luck: float) -> NDArray[np.int64]:
    """Return whole agents in proportion to weights, each rounded up or down so that its mean over runs is exact.

    Systematic sampling (Madow 1949): small communities and stocks have an agent in a proportionate share of runs,
    whereas largest remainders would omit them from all runs.

    Parameters
    ----------
    weights : ndarray of float, shape (n_weights,)
    agents : int
    luck : float, 0 to 1
        Where counting begins: one draw a run.

    Returns
    -------
    ndarray of int, shape (n_weights,)
        Adds up to ``agents``.
    """
    total = weights.sum()
    if total <= 0 or agents == 0:
        return np.zeros(weights.size, dtype=np.int64)
    upto = np.floor(np.cumsum(weights) / total * agents + luck)
    upto[-1] = agents
    return np.diff(upto, prepend=0).astype(np.int64)
