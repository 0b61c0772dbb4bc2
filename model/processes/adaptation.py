"""Adaptation of smuggling organisations: capacity follows demand, the insolvent leave, profit attracts entrants.

ODD eq. 54 to 56.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from model.calendar import WEEKS_PER_MONTH
from model.streams import Stream

if TYPE_CHECKING:
    from model.simulation import Simulation

_SMALLEST = 0.5
"""Persons a week below which an offer of an active organisation does not fall."""


class Adaptation:
    """What organisations change after each step."""

    def __init__(self, sim: Simulation) -> None:
        self._sim = sim

    def step(self) -> None:
        """Pay running costs, adapt capacity, leave and enter."""
        sim, market = self._sim, self._sim.market
        market.capital_usd -= market.fixed_cost_per_week() * sim.calendar.weeks
        self._adapt_capacity()
        self._leave()
        self._enter()
        sim.recorder.put("organisations", float(market.active.sum()))

    def _adapt_capacity(self) -> None:
        sim, market, p = self._sim, self._sim.market, self._sim.parameters
        # Where nothing can leave, all capacity is idle.
        scarcity = np.where(market.leg_supply > 0, market.scarcity, 0.0)
        wished = np.log(np.maximum(p.slack * scarcity, 1e-6))[market.offer_leg]
        rate = np.clip(wished, -p.capacity_decay, p.capacity_growth)
        grown = market.capacity * np.exp(rate * sim.calendar.in_months)
        market.capacity = np.where(market.active[market.offer_organisation], np.maximum(grown, _SMALLEST), 0.0)

    def _leave(self) -> None:
        market = self._sim.market
        insolvent = market.active & (market.capital_usd < 0)
        # The last organisation of a hub stays, at its smallest: somebody always knows the way.
        remaining = np.bincount(market.hub, weights=market.active & ~insolvent)[market.hub]
        leaving = insolvent & (remaining > 0)
        market.active &= ~leaving
        market.capital_usd[insolvent] = 0.0

    def _enter(self) -> None:
        sim, market, p = self._sim, self._sim.market, self._sim.parameters
        n_places = len(sim.corridor.places)
        offers_at = market.hub[market.offer_organisation]
        weight = market.capacity + 1e-12
        profit = np.bincount(offers_at, weights=weight * market.markup, minlength=n_places).astype(float)
        mean = np.divide(
            profit, np.bincount(offers_at, weights=weight, minlength=n_places), where=profit > 0, out=profit
        )
        excess = np.maximum(mean / p.markup - 1, 0.0)
        chance = -np.expm1(-p.entry_rate * excess * sim.calendar.years)
        luck = sim.streams.generator(Stream.ORGANISATION, sim.now + 1).random(n_places)
        for hub in np.flatnonzero(luck < chance):
            free = np.flatnonzero((market.hub == hub) & ~market.active)
            if free.size:
                self._found(free[0])

    def _found(self, organisation: int) -> None:
        market, p = self._sim.market, self._sim.parameters
        market.active[organisation] = True
        market.damage[organisation] = 0.0
        market.reputation[organisation] = 0.5
        mine = market.offer_organisation == organisation
        market.capacity[mine] = p.capacity_start
        market.markup[mine] = p.markup
        market.capital_usd[organisation] = p.exit_months * WEEKS_PER_MONTH * market.fixed_cost_per_week()[organisation]
