"""Smuggling organisations: their hubs, the legs that they serve, their capacity and their money."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from corridor.model.calendar import WEEKS_PER_MONTH
from corridor.model.kernels.accounts import average, learn_reputations, measure_concentration
from corridor.model.kernels.capacity import adapt
from corridor.model.kernels.supply import Supply
from corridor.model.ledger import Cashbook
from corridor.model.organisations import SmugglingOrganisation
from corridor.model.processes.market.conduct import Conduct
from corridor.model.processes.market.networks import Networks
from corridor.model.processes.market.offers import Offers
from corridor.model.processes.market.seats import Seats
from corridor.model.purposes import Purpose

if TYPE_CHECKING:
    from corridor.model.simulation import Simulation

_SPARE_SLOTS = 2
"""Free slots for new organisations per initial organisation of a hub; they keep arrays at a fixed size."""
_SMALLEST = 0.5
"""Minimum capacity of an offer of an active organisation, persons a week."""


class Market:
    """Smuggling organisations and the legs that they serve, as columns.

    Attributes
    ----------
    is_market, by_boat : ndarray of bool, shape (n_legs,)
        Legs on which passages are sold, and those among them that cross the sea.
    reference_usd : ndarray of float, shape (n_legs,)
        Initial fee; on legs without a market, the cost of travel.
    supply : Supply
        Offers sorted by leg: the four columns that follow, as an argument of compiled loops.
    offer_organisation, offer_leg : ndarray of int, shape (n_offers,)
    capacity : ndarray of float, shape (n_offers,), persons per week at design load
    hub : ndarray of int, shape (n_organisations,), place
    active : ndarray of bool, shape (n_organisations,)
    cash : Cashbook
        Capital of the organisations, and the accounts on which it was received and spent.
    reputation, disposition : ndarray of float, shape (n_organisations,)
        Reputation: share of clients who arrive. Disposition: multiplier on the exploitation of clients.
    networks : Networks
        Members of the organisations.
    conduct : Conduct
        Care, bribes and advertising of the organisations.
    seats : Seats
        Demand for passages, and the capacity to meet it.
    offers : Offers
        Fees, and the share of buyers who choose each offer.
    """

    networks: Networks
    conduct: Conduct
    seats: Seats
    offers: Offers

    def __init__(self, sim: Simulation) -> None:
        self._sim = sim
        legs = sim.corridor.legs
        self.is_market = legs.column("market").astype(bool)
        self.by_boat = (legs.column("mode") == "sea") & self.is_market
        self.reference_usd = legs.column("fee_usd").astype(float)
        self._fresh = float(-np.expm1(-sim.calendar.in_months / sim.parameters.reputation_memory))
        self._form_organisations()
        self.networks = Networks(sim, self)
        self.conduct = Conduct(sim, self)
        self.seats = Seats(sim, self)
        self.offers = Offers(sim, self)

    def _form_organisations(self) -> None:
        """Create the organisations of each hub: those active at the start, and free slots for later entrants."""
        sim, corridor = self._sim, self._sim.corridor
        market_legs = np.flatnonzero(self.is_market)
        hubs = np.unique(corridor.leg_origin[market_legs])
        start = np.maximum(corridor.places.column("organisations")[hubs].astype(np.int64), 1)
        slots = start * (1 + _SPARE_SLOTS)
        self.hub = np.repeat(hubs, slots)
        self.active = _ranks(slots) < np.repeat(start, slots)
        n = self.hub.size
        hub_of_leg = np.searchsorted(hubs, corridor.leg_origin[market_legs])
        offers, first = slots[hub_of_leg], (np.cumsum(slots) - slots)[hub_of_leg]
        self.offer_leg = np.repeat(market_legs, offers)
        self.offer_organisation = np.repeat(first, offers) + _ranks(offers)
        p = sim.parameters
        self.capacity = np.where(self.active[self.offer_organisation], p.capacity_start, 0.0)
        self.supply = Supply(self.offer_organisation, self.offer_leg, self.capacity, self.hub)
        self.reputation = np.full(n, 0.5)
        self.disposition = 0.5 + sim.streams.draw(Purpose.DISPOSITION, np.arange(n))[:, 0]
        self.cash = Cashbook(n)
        self.cash.book("starting capital", p.exit_months * WEEKS_PER_MONTH * self.fixed_cost_per_week())
        self.agents = [
            SmugglingOrganisation(sim, row, f"{corridor.places.names[hub]} {row}", int(hub))
            for row, hub in enumerate(self.hub)
        ]

    def step(self) -> None:
        """Set loads and fees for this step from recent demand and present capacity."""
        self.seats.set_loads()
        self.offers.set_fees()

    # --- sums and means over offers -------------------------------------------------------------------------------

    def fixed_cost_per_week(self) -> NDArray[np.float64]:
        """Return the running cost of each organisation's capacity, USD per week, shape (n_organisations,)."""
        share = self._sim.parameters.fixed_cost_share
        cost = share * self.capacity * self.reference_usd[self.offer_leg]
        return np.bincount(self.offer_organisation, weights=cost, minlength=self.hub.size).astype(np.float64)

    @property
    def capital_usd(self) -> NDArray[np.float64]:
        """Money of each organisation, USD, shape (n_organisations,)."""
        return self.cash.capital_usd

    def active_capacity(self) -> NDArray[np.float64]:
        """Return the capacity of each organisation over its offers, persons a week, shape (n_organisations,)."""
        return np.bincount(self.offer_organisation, weights=self.capacity, minlength=self.hub.size).astype(np.float64)

    def mean_by_organisation(self, of_leg: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return means over each organisation's offers, by capacity (0 if none).

        Parameters
        ----------
        of_leg : ndarray of float, shape (k, n_legs)

        Returns
        -------
        ndarray of float, shape (k, n_organisations)
        """
        return average(self.offer_organisation, self.offer_leg, self.capacity, of_leg, 0.0, self.hub.size)

    def mean_by_leg(self, of_organisation: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return means over each leg's offers, by capacity (1 without offers).

        Parameters
        ----------
        of_organisation : ndarray of float, shape (k, n_organisations)

        Returns
        -------
        ndarray of float, shape (k, n_legs)
        """
        return average(
            self.offer_leg, self.offer_organisation, self.capacity, of_organisation, 1.0, self.is_market.size
        )

    def concentration(self) -> NDArray[np.float64]:
        """Return the Herfindahl index of capacity at each place, shape (n_places,); 1 where nothing is on offer."""
        return measure_concentration(self.supply, len(self._sim.corridor.places))

    # --- sales and their consequences -----------------------------------------------------------------------------

    def book(self, paid_usd: NDArray[np.float64], held_usd: NDArray[np.float64], sold: NDArray[np.float64]) -> None:
        """Credit organisations with clients' payments, and charge them for passages, bribes and advertising.

        An agent represents many persons, who spread over the offers of a leg. Money is therefore allocated by each
        offer's share of buyers rather than to the one offer that the agent chose.

        Parameters
        ----------
        paid_usd, held_usd : ndarray of float, shape (n_legs,)
            Fees paid now and those held until arrival, USD of persons.
        sold : ndarray of float, shape (n_legs,), persons
        """
        paid, held, passages, bribes = self.offers.share_sales(paid_usd, held_usd, sold)
        self.cash.book("fees", paid)
        self.cash.book("passages", -passages)
        self.cash.book("bribes", -bribes)
        self._sim.recorder.add("bribes_usd", float(bribes.sum()))
        self.cash.book("advertising", -self.offers.advertising * (paid + held))
        self.conduct.remember_sales(paid + held, held)

    def receive_fees(self, paid_usd: NDArray[np.float64]) -> None:
        """Credit organisations with fees for passages on legs, USD of persons, shape (n_legs,)."""
        self.cash.book("fees", self.offers.share_out(paid_usd))

    def lose_craft(self, caught: NDArray[np.float64]) -> None:
        """Remove craft seized with clients intercepted at sea until they are replaced; persons, shape (n_legs,)."""
        p = self._sim.parameters
        lost = p.craft_loss * caught * self.by_boat
        if not lost.any():
            return
        self.cash.book("craft lost", -self.offers.share_out(p.craft_cost * self.reference_usd * lost))
        self.seats.lose_craft(lost)

    def remember_outcomes(
        self, organisation: NDArray[np.integer], through: NDArray[np.bool_], dead: NDArray[np.bool_]
    ) -> None:
        """Update reputations from the outcomes of journeys; a death counts as several failures, shape (k,) each."""
        p = self._sim.parameters
        learn_reputations(self.reputation, organisation, through, dead, p.death_notoriety, self._fresh)

    def spread_word(self, served: NDArray[np.float64]) -> None:
        """Let clients who arrived recommend the organisations on their legs; persons, shape (n_legs,)."""
        self.conduct.spread_word(self.offers.share_out(served))

    # --- organisations in the market ------------------------------------------------------------------------------

    def found(self, organisation: int) -> None:
        """Start an organisation as a newcomer: with initial capacity, the usual markup and little reputation."""
        p, mine = self._sim.parameters, self.offer_organisation == organisation
        self.active[organisation] = True
        self.reputation[organisation] = 0.5
        self.capacity[mine] = p.capacity_start
        self.offers.found(mine)
        self.networks.found(organisation)
        self.conduct.found(organisation)

    def resize(self, factor: NDArray[np.float64], need: NDArray[np.float64], speed: float) -> None:
        """Let capacity grow by the factor of its leg and move to legs with more need; crews follow.

        Parameters
        ----------
        factor, need : ndarray of float, shape (n_legs,)
        speed : float
            Share of the gap between present and needed capacity that is closed.
        """
        before, after = adapt(self.supply, self.active, factor, need, speed, _SMALLEST)
        self.networks.resize(before, after)

    def close(self, closing: NDArray[np.bool_]) -> None:
        """Close organisations, shape (n_organisations,)."""
        self.active &= ~closing
        self.capacity[closing[self.offer_organisation]] = 0.0
        self.networks.close(closing)

    def hand_over(self, source: int, target: int, share: float) -> None:
        """Transfer a share of an organisation's capacity, members, clients and money to another at the same hub.

        An organisation that transfers everything is closed; one that had nothing starts, with the giver's conduct.
        """
        mine, theirs = self.offer_organisation == source, self.offer_organisation == target
        before, moved = self.capacity[theirs], share * self.capacity[mine]
        is_new = bool(before.sum() == 0.0)
        if is_new:
            self.reputation[target] = self.reputation[source]
            self.offers.hand_over(mine, theirs)
        self.capacity[theirs] = before + moved
        self.capacity[mine] -= moved
        self.active[target], self.active[source] = True, share < 1
        self.networks.hand_over(source, target, share, is_new)
        self.conduct.hand_over(source, target, share, is_new)
        self.cash.transfer(source, target, share * float(self.capital_usd[source]))


def _ranks(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return 0, 1, 2 … for each of these counts in turn, shape (sum of counts,)."""
    return np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
