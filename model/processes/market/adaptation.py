"""Adaptation of smuggling organisations: capacity costs, and adjustment of capacity to demand, also between legs.

ODD eq. 54 and 54a.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from corridor.model.simulation import Simulation


class Adaptation:
    """Responses of organisations to each step."""

    def __init__(self, sim: Simulation) -> None:
        self._sim = sim
        self._speed = float(-np.expm1(-sim.parameters.leg_switching * sim.calendar.in_months))

    def step(self) -> None:
        """Pay running costs and adapt capacity."""
        sim, market = self._sim, self._sim.market
        market.cash.book("running costs", -market.fixed_cost_per_week() * sim.calendar.weeks)
        self.follow_demand()

    def follow_demand(self) -> None:
        """Let capacity follow demand and move towards the legs of an organisation that need it more; crews follow."""
        sim, p = self._sim, self._sim.parameters
        need = self._need()
        wished = np.log(np.maximum(p.slack * need, 1e-6))
        rate = np.minimum(np.maximum(wished, -p.capacity_decay), p.capacity_growth)
        sim.market.resize(np.exp(rate * sim.calendar.in_months), need, self._speed)

    def _need(self) -> NDArray[np.float64]:
        """Return demand relative to capacity with all departure points and craft available, shape (n_legs,).

        Hiring cannot make up for a denied coast or for craft that are unavailable. Where nothing can leave, all
        capacity is idle.
        """
        seats = self._sim.market.seats
        return np.where(seats.leg_supply > 0, seats.undenied_scarcity * seats.craft(), 0.0)

    def record(self) -> None:
        """Record the number of organisations, their concentration, and the capacity that crews cannot serve."""
        sim, market = self._sim, self._sim.market
        size = np.bincount(market.hub, weights=market.active_capacity(), minlength=len(sim.corridor.places))
        sim.recorder.put("organisations", float(market.active.sum()))
        sim.recorder.put("concentration", float(market.concentration() @ size / max(size.sum(), 1.0)))
        served = float(market.networks.able @ market.capacity)
        sim.recorder.put("capacity_unserved", 1 - served / max(float(market.capacity.sum()), served, 1e-9))
