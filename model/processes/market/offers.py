"""Offers: costs of passages, fees, and buyers' choice among organisations.

The fee of an offer is the cost of a passage times one plus its markup. Costs rise when attempts fail more often (fees
include repeat attempts), when craft are scarce or seized, with care and with bribes. The markup varies with demand over
capacity and with concentration. ODD eq. 13 to 15, 32.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from corridor.model.kernels.accounts import margins, share_out, share_sales, sum_offers
from corridor.model.kernels.fees import BuyerPreferences, PassageCosts, attract, quote
from corridor.model.kernels.purchases import OffersByLeg

if TYPE_CHECKING:
    from corridor.model.processes.market.market import Market
    from corridor.model.simulation import Simulation


class Offers:
    """Terms of all offers.

    Attributes
    ----------
    markup : ndarray of float, shape (n_offers,), share of cost
    cost_usd, fee_usd : ndarray of float, shape (n_offers,), USD a client
    share : ndarray of float, shape (n_offers,)
        Share of a leg's buyers who choose the offer.
    advertising : ndarray of float, shape (n_organisations,)
        Share of fees spent on it.
    asked_fee_usd, leg_fee_usd : ndarray of float, shape (n_legs,)
        Mean fee on offer (or own travel cost); the same with those waved through.
    """

    def __init__(self, sim: Simulation, market: Market) -> None:
        self._sim, self._market = sim, market
        legs, p = sim.corridor.legs, sim.parameters
        self._base_risk = legs.column("interception_risk").astype(float)
        self._craft_usd = p.craft_loss * p.craft_cost * market.reference_usd * market.by_boat
        fare = p.fare_per_km * legs.column("distance_km").astype(float)
        self._own_usd = np.where(market.is_market, np.minimum(fare, market.reference_usd), market.reference_usd)
        self._adjusted = float(-np.expm1(-p.price_adjustment * sim.calendar.in_months))
        self._first = np.searchsorted(market.offer_leg, np.arange(len(legs) + 1))
        self._preferences = BuyerPreferences(p.reputation_weight, p.price_weight / 1000)
        self.markup = np.full(market.offer_leg.size, p.markup)
        self._concentration_at_start = market.concentration()
        self._lean_usd = self._cost_without_bribes_and_craft()
        self._quote()
        self._attract()

    def _cost_without_bribes_and_craft(self) -> NDArray[np.float64]:
        """Return the part of the reference fee that is neither markup nor bribe nor craft, USD, shape (n_legs,)."""
        p, market = self._sim.parameters, self._market
        bribes = p.bribe_price * market.conduct.corruption_at_start
        extra = bribes + p.craft_loss * p.craft_cost * market.by_boat * self._base_risk
        return market.reference_usd * np.maximum(1 / (1 + p.markup) - extra, 0.0)

    def set_fees(self) -> None:
        """Set markups, fees and shares of buyers for this step."""
        sim, p, market = self._sim, self._sim.parameters, self._market
        # The market is in balance when capacity over demand equals the slack that organisations aim at.
        power = (market.concentration() / self._concentration_at_start) ** p.concentration_exponent
        target = p.markup * power[sim.corridor.leg_origin] * (p.slack * market.seats.scarcity) ** p.scarcity_exponent
        target = np.minimum(target, p.markup * p.markup_ceiling)
        self.markup += self._adjusted * (target[market.offer_leg] - self.markup)
        self._quote()
        self._attract()

    def _quote(self) -> None:
        """Compute the fee of every offer and the mean fee of every leg, weighted by capacity."""
        sim, market, conduct = self._sim, self._market, self._market.conduct
        premium = self.risk_premium()
        costs = PassageCosts(self.passage_cost() * premium, conduct.bribe_usd() * premium, self.craft_cost())
        self._passage_usd, self._bribe_usd, self.cost_usd, self.fee_usd, mean = quote(
            market.supply, self.markup, costs, conduct.care_cost(), conduct.bribery
        )
        waved = sim.levers["waved_through"]
        self.asked_fee_usd = np.where(market.is_market, mean, market.reference_usd)
        self.leg_fee_usd = (1 - waved) * self.asked_fee_usd + waved * self.own_cost()

    def _attract(self) -> None:
        """Compute each offer's share of its leg's buyers, by capacity, fee, reputation and reach."""
        market, conduct = self._market, self._market.conduct
        self.advertising = conduct.advertising(*self.accounts()[:2])
        heard = conduct.reach(self.advertising) ** self._sim.parameters.reach_weight
        self.share = attract(
            market.supply, market.networks.able, market.reputation, heard, self.fee_usd, self._preferences,
            market.is_market.size,
        )  # fmt: skip

    # --- costs ----------------------------------------------------------------------------------------------------

    def own_cost(self) -> NDArray[np.float64]:
        """Return the cost of a leg without a smuggler, USD, shape (n_legs,)."""
        return self._own_usd

    def passage_cost(self) -> NDArray[np.float64]:
        """Return the cost per client before bribes, craft lost and the premium on risk, USD, shape (n_legs,)."""
        p, seats = self._sim.parameters, self._market.seats
        supply = np.maximum(seats.craft(), 0.05)
        return self._lean_usd * (p.input_share / (supply * seats.load) + (1 - p.input_share))

    def risk_premium(self) -> NDArray[np.float64]:
        """Return the factor by which costs rise with the risk of failure, relative to the start, shape (n_legs,)."""
        success = np.exp(-self._sim.patrols.interception)
        chance = np.maximum((1 - self._base_risk) / np.maximum(success, 1e-3), 1e-3)
        premium: NDArray[np.float64] = chance**self._sim.parameters.fee_success_exponent
        return premium

    def craft_cost(self) -> NDArray[np.float64]:
        """Return the expected cost of craft lost to interceptions at sea, USD per client, shape (n_legs,)."""
        risk = -np.expm1(-self._sim.patrols.interception)
        return self._craft_usd * risk

    # --- sales ----------------------------------------------------------------------------------------------------

    def on_sale(self) -> OffersByLeg:
        """Return the offers among which buyers choose."""
        return OffersByLeg(self._first, self._market.offer_organisation, self.fee_usd, self.share)

    def accounts(self) -> NDArray[np.float64]:
        """Return weekly sums over each organisation's offers, see `kernels.accounts`, shape (5, n_organisations)."""
        market = self._market
        return sum_offers(market.supply, market.seats.use(), self.fee_usd, self.cost_usd, market.reference_usd)

    def margin(self) -> NDArray[np.float64]:
        """Return the part of takings that is left when all costs are paid at present use, shape (n_organisations,).

        Between -1 and 1; -1 for those without takings.
        """
        p = self._sim.parameters
        return margins(self.accounts(), p.fixed_cost_share, p.advert_share)

    def share_sales(
        self, paid_usd: NDArray[np.float64], held_usd: NDArray[np.float64], sold: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return fees paid and held, and the costs of passages and bribes, USD of persons, (4, n_organisations).

        Parameters
        ----------
        paid_usd, held_usd, sold : ndarray of float, shape (n_legs,)
            See `Market.book`.
        """
        return share_sales(
            paid_usd, held_usd, sold, self.share, self._passage_usd, self._bribe_usd, self._market.supply
        )

    def share_out(self, of_leg: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return each organisation's share of an amount on every leg, shape (n_organisations,)."""
        return share_out(of_leg, self.share, self._market.supply)

    def found(self, mine: NDArray[np.bool_]) -> None:
        """Let these offers of a newcomer, shape (n_offers,), begin at the usual markup."""
        self.markup[mine] = self._sim.parameters.markup

    def hand_over(self, mine: NDArray[np.bool_], theirs: NDArray[np.bool_]) -> None:
        """Give the markups of an organisation's offers to those of another, shape (n_offers,) each."""
        self.markup[theirs] = self.markup[mine]
