"""Conduct of organisations: care for clients, bribes, and advertising.

Care (craft, guides, waiting for good weather) costs money and lowers the danger to clients. Organisations take less
care when margins are thin or rescue is close, and more when they are paid on arrival. Where officials are corrupt, they
bribe part of enforcement. Buyers hear of an offer by word of mouth and online. ODD eq. 9a, 13, 13a, 32a, 35.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from corridor.model.kernels.care import Care, wish_care
from corridor.model.reads import reads
from corridor.model.states import Role

if TYPE_CHECKING:
    from corridor.model.processes.market.market import Market
    from corridor.model.simulation import Simulation


class Conduct:
    """Choices of all organisations.

    Attributes
    ----------
    care, bribery : ndarray of float, shape (n_organisations,), 0 to 1
        Bribery: share of the officials needed whom the organisation has bribed.
    word : ndarray of float, shape (n_organisations,), persons
        Recent clients whose passage succeeded, who tell others.
    deferred : ndarray of float, shape (n_organisations,)
        Share of recent sales paid on arrival.
    bribery_of_leg : ndarray of float, shape (n_legs,)
        Mean over offers.
    care_of_leg : ndarray of float, shape (n_legs,)
        Danger to clients relative to that at reference care, mean over offers.
    """

    def __init__(self, sim: Simulation, market: Market) -> None:
        self._sim, self._market = sim, market
        p, n = sim.parameters, market.hub.size
        self.care = np.full(n, p.care_reference)
        self._care = Care(*(p[name] for name in Care._fields))
        self.bribery: NDArray[np.float64] = np.ones(n)
        weekly = np.bincount(market.offer_organisation, weights=market.capacity, minlength=n)
        self.word = weekly * sim.calendar.weeks / sim.calendar.in_months * p.reputation_memory
        self.deferred = np.full(n, p.escrow_share)
        # From the corridor alone, so that vessels of a policy count as additional from the first step on.
        self._coverage_at_start = sim.patrols.coverage_with(sim.levers.base["rescue_vessels"])
        owner = sim.corridor.leg_agency
        self._guarded = owner >= 0
        self._owner = np.maximum(owner, 0)
        self._sea = sim.corridor.legs.column("mode") == "sea"
        self.corruption_at_start = self._by_leg(sim.levers.base["corruption"])
        self.bribery_of_leg, self.care_of_leg = np.ones((2, owner.size))
        months = sim.calendar.in_months
        self._fresh = float(-np.expm1(-months / p.reputation_memory))
        self._kept = float(np.exp(-months / p.reputation_memory))
        self._adjusted = float(-np.expm1(-p.care_adjustment * months))

    def _by_leg(self, of_agency: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the value of each leg's agency, 0 where there is none, shape (n_legs,)."""
        if of_agency.size == 0:
            return np.zeros(self._owner.size)
        return np.where(self._guarded, of_agency[self._owner], 0.0)

    def corruption(self) -> NDArray[np.float64]:
        """Return corruption of the agency of each leg, shape (n_legs,)."""
        return self._by_leg(self._sim.levers["corruption"])

    def distress_factor(self) -> NDArray[np.float64]:
        """Return the danger to clients relative to that at reference care, shape (n_organisations,)."""
        p = self._sim.parameters
        return np.exp(-p.care_effect * (self.care - p.care_reference))

    @reads("corruption")
    def bribe_usd(self) -> NDArray[np.float64]:
        """Bribes per client if all officials are bought, USD before the premium on risk, shape (n_legs,)."""
        return self._sim.parameters.bribe_price * self.corruption() * self._market.reference_usd

    def care_cost(self) -> NDArray[np.float64]:
        """Return the cost of passages relative to that at reference care, shape (n_organisations,)."""
        p = self._sim.parameters
        return 1 + p.care_cost * (self.care - p.care_reference)

    def advertising(self, capacity: NDArray[np.float64], idle: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the share of fees spent on advertising, which rises with idle capacity, shape (n_organisations,).

        Parameters
        ----------
        capacity, idle : ndarray of float, shape (n_organisations,), persons a week
        """
        part = np.divide(idle, capacity, out=np.zeros_like(idle), where=capacity > 0)
        return self._sim.parameters.advert_share * (1 + part)

    def reach(self, advertising: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the share of buyers who hear of each organisation, online or by word of mouth, (n_organisations,).

        Parameters
        ----------
        advertising : ndarray of float, shape (n_organisations,)
            Share of fees spent on it.
        """
        p = self._sim.parameters
        online = -np.expm1(-advertising / p.advert_scale) * (1 - self._sim.levers["takedown"][0])
        mouth = self.word / (self.word + p.word_half)
        return 1 - (1 - online) * (1 - mouth)

    def remember_sales(self, sold_usd: NDArray[np.float64], held_usd: NDArray[np.float64]) -> None:
        """Update the share of sales paid on arrival from the sales of this step, shape (n_organisations,) each."""
        part = np.divide(held_usd, sold_usd, out=self.deferred.copy(), where=sold_usd > 0)
        self.deferred += self._fresh * (part - self.deferred)

    def found(self, organisation: int) -> None:
        """Start an organisation at reference care and without word of mouth."""
        self.care[organisation] = self._sim.parameters.care_reference
        self.word[organisation] = 0.0

    def spread_word(self, served: NDArray[np.float64]) -> None:
        """Let clients who arrived tell others; persons, shape (n_organisations,)."""
        self.word += served

    def hand_over(self, source: int, target: int, share: float, is_new: bool) -> None:
        """Transfer a share of an organisation's clients to another; a new one adopts its care."""
        if is_new:
            self.care[target] = self.care[source]
            self.word[target] = 0.0
        self.word[target] += share * self.word[source]
        self.word[source] *= 1 - share

    def step(self) -> None:
        """Update care and bribery, and let the memory of earlier clients fade."""
        sim, market = self._sim, self._market
        margin = market.offers.margin()
        self.care += self._adjusted * (self.wished_care(margin) - self.care)
        self.word *= self._kept
        self.bribery = market.networks.filled[:, Role.OFFICIAL].copy()
        self.bribery_of_leg, self.care_of_leg, care = market.mean_by_leg(
            np.array([self.bribery, self.distress_factor(), self.care])
        )
        sim.recorder.put("care", care * market.is_market)
        capacity = market.active_capacity()
        sim.recorder.put("margin", float(margin @ capacity / max(capacity.sum(), 1.0)))

    def wished_care(self, margin: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the care that each organisation aims at, given its margin, shape (n_organisations,)."""
        sim, market = self._sim, self._market
        rescue = np.where(self._sea, sim.patrols.coverage - self._coverage_at_start, 0.0)
        return wish_care(margin, self.deferred, market.mean_by_organisation(rescue[None, :])[0], self._care)
