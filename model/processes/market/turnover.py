"""Turnover of smuggling organisations: exits, entries, splits and mergers.

ODD eq. 55 to 56b.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from corridor.model.calendar import WEEKS_PER_MONTH
from corridor.model.kernels.turnover import TurnoverRates, draw_rows, find_failing, turnover

if TYPE_CHECKING:
    from corridor.model.simulation import Simulation


class Turnover:
    """Exits, entries, splits and mergers of organisations after each step."""

    def __init__(self, sim: Simulation) -> None:
        self._sim = sim
        p, years = sim.parameters, sim.calendar.years
        self._base_hazard = -np.log1p(-np.minimum(sim.corridor.legs.column("interception_risk"), 1 - 1e-9))
        self._rates = TurnoverRates(p.markup, p.entry_rate * years, p.split_rate * years, p.merger_rate * years)

    def step(self) -> None:
        """Let organisations exit, enter, split and merge."""
        self._leave()
        # All three are based on the same state of the market, after exits.
        entries, splits, mergers = self.chances()
        self._enter(self._drawn(entries, 0))
        self._split(self._drawn(splits, 1))
        self._merge(self._drawn(mergers, 2))

    def _leave(self) -> None:
        """Close organisations that cannot pay, and those without organisers or the money to find new ones."""
        market, p = self._sim.market, self._sim.parameters
        failing = find_failing(
            market.active, market.capital_usd, market.networks.organisers_filled(), p.viable_core, p.entry_cost
        )
        if not failing.any():
            return
        # A hub's last organisation stays at minimum size: some local knowledge always remains.
        remaining = np.bincount(market.hub, weights=market.active & ~failing)[market.hub]
        leaving = failing & (remaining > 0)
        market.close(leaving)
        market.cash.book("written off", np.where(failing, -market.capital_usd, 0.0))

    def chances(self) -> tuple[NDArray[np.float64], ...]:
        """Return the probabilities of entry (by place), of a split (by organisation) and of a merger (by place)."""
        sim, market, p = self._sim, self._sim.market, self._sim.parameters
        return turnover(
            market.supply, market.offers.markup, sim.patrols.interception, self._base_hazard,
            p.sentence_years * sim.investigation.conviction_risk, market.networks.organisers_filled(), self._rates,
        )  # fmt: skip

    def _drawn(self, chances: NDArray[np.float64], kind: int) -> NDArray[np.int64]:
        """Return the rows drawn in this step, given their probabilities."""
        return draw_rows(chances, kind, self._sim.now + 1, *self._sim.streams.key)

    def _enter(self, hubs: NDArray[np.int64]) -> None:
        """Found an organisation at each of these places where a slot is free."""
        for hub in hubs:
            free = self._free_slot(int(hub))
            if free >= 0:
                self._found(free)

    def _free_slot(self, hub: int) -> int:
        free = np.flatnonzero((self._sim.market.hub == hub) & ~self._sim.market.active)
        return int(free[0]) if free.size else -1

    def _found(self, organisation: int) -> None:
        market, p = self._sim.market, self._sim.parameters
        market.found(organisation)
        capital = np.zeros(market.hub.size)
        running = p.exit_months * WEEKS_PER_MONTH * market.fixed_cost_per_week()[organisation]
        capital[organisation] = max(running - p.entry_cost, 0.0)
        market.cash.book("starting capital", capital)

    def _split(self, organisations: NDArray[np.int64]) -> None:
        """Split these organisations if their hub has a free slot."""
        market = self._sim.market
        for organisation in organisations:
            free = self._free_slot(int(market.hub[organisation]))
            if free >= 0:
                market.hand_over(int(organisation), free, 1 / 2)

    def _merge(self, hubs: NDArray[np.int64]) -> None:
        """Let the largest organisation of each of these hubs take over the smallest."""
        market = self._sim.market
        for hub in hubs:
            here = np.flatnonzero((market.hub == hub) & market.active)
            if here.size > 1:
                order = here[np.argsort(market.active_capacity()[here], kind="stable")]
                market.hand_over(int(order[0]), int(order[-1]), 1.0)
