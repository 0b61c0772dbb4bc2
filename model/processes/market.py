"""The smuggling market: offers, fees, crowding, and the sale of passages.

An offer is an organisation on a leg. Its fee is the cost of a passage times one plus its markup; cost rises when
attempts fail more often (fees include repeat tries), when craft are scarce or seized, with care and with bribes; the
markup moves with demand over capacity and with concentration. Craft are crowded, up to a limit, when demand exceeds
design capacity; what exceeds even that waits. ODD eq. 11 to 15, 31, 32.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from corridor.model.calendar import WEEKS_PER_MONTH
from corridor.model.kernels.accounts import (
    average,
    concentrate,
    learn_reputations,
    margins,
    share_out,
    share_sales,
    sum_offers,
)
from corridor.model.kernels.departures import Offers, ration
from corridor.model.kernels.fees import attract, quote
from corridor.model.ledger import Cashbook
from corridor.model.organisations import SmugglingOrganisation
from corridor.model.population import People
from corridor.model.processes.conduct import Conduct
from corridor.model.processes.networks import Networks
from corridor.model.purposes import Purpose

if TYPE_CHECKING:
    from corridor.model.simulation import Simulation

_NOBODY, _NO_SUPPLY = 1e-9, 100.0
"""Supply, persons a step, that counts as none, and the scarcity of a leg without supply."""
_AGENTS_SEEN = 25
"""Agents that the window over which demand is seen holds at the least, when capacity is used."""
_SEATS_KEPT = 5
"""Agents whose unused seats are kept for those who come later."""
_SPARE_SLOTS = 2
"""Organisations that a hub may gain for each one it starts with; keeps arrays at a fixed size."""


class Market:
    """Smuggling organisations and their offers, as columns.

    Attributes
    ----------
    offer_organisation, offer_leg : ndarray of int, shape (n_offers,)
        Offers are sorted by leg.
    capacity : ndarray of float, shape (n_offers,), persons per week at design load
    markup : ndarray of float, shape (n_offers,), share of cost
    hub : ndarray of int, shape (n_organisations,), place
    active : ndarray of bool, shape (n_organisations,)
    cash : Cashbook
        Capital of the organisations, and what it was received and spent for.
    able : ndarray of float, shape (n_offers,)
        Share of the capacity of an offer that its crew can serve in this step.
    networks : Networks
        Members of the organisations.
    conduct : Conduct
        Care, bribes and advertising of the organisations.
    share : ndarray of float, shape (n_offers,)
        Share of a leg's buyers that an offer gets.
    reputation, disposition : ndarray of float, shape (n_organisations,)
        Reputation: share of clients through. Disposition: multiplier on the exploitation of clients.
    craft_missing : ndarray of float, shape (n_legs,)
        Share of craft seized and not yet replaced.
    demand, first_demand : ndarray of float, shape (n_legs,), persons a step
        Who lately asked for a passage; the same without those whom only a denied coast had turned away before.
    leg_supply, undenied_supply : ndarray of float, shape (n_legs,), persons a step
        What can be carried from open departure points, and from all of them, at design load.
    asked_fee_usd, leg_fee_usd, load, most_load : ndarray of float, shape (n_legs,)
        Mean fee on offer (or own travel cost); the same with those waved through; passengers over design load; the load
        up to which those who wait are taken.
    scarcity, undenied_scarcity : ndarray of float, shape (n_legs,)
        Demand over what can be carried; first demand over what could be from all departure points.
    """

    networks: Networks
    conduct: Conduct

    def __init__(self, sim: Simulation) -> None:
        self._sim = sim
        legs = sim.corridor.legs
        self.is_market = legs.column("market").astype(bool)
        self.reference_usd = legs.column("fee_usd").astype(float)
        self._base_risk = legs.column("interception_risk").astype(float)
        self._sea = (legs.column("mode") == "sea") & self.is_market
        self._by_craft = np.isin(legs.column("mode"), ("sea", "desert"))
        self._season = season_of_legs(sim, "departures")
        p, step = sim.parameters, sim.calendar.in_months
        self._craft_usd = p.craft_loss * p.craft_cost * self.reference_usd * self._sea
        fare = p.fare_per_km * legs.column("distance_km").astype(float)
        self._own_usd = np.where(self.is_market, np.minimum(fare, self.reference_usd), self.reference_usd)
        self._adjusted = float(-np.expm1(-p.price_adjustment * step))
        self._fresh = float(-np.expm1(-step / p.reputation_memory))
        self._form_organisations()
        n_legs = len(legs)
        self.scarcity = np.ones(n_legs)
        self.load = np.ones(n_legs)
        self.most_load = np.full(n_legs, sim.parameters.max_load)
        # Seats in whole agents, right on average: every leg begins with a fraction of a seat.
        self._allowance = sim.streams.draw(Purpose.SEATS, np.arange(n_legs))[:, 0]
        self.demand = self._balanced_demand()
        self.first_demand = self.demand.copy()
        self._denied = np.zeros(sim.population.n, dtype=np.bool_)
        self.markup = np.full(self.offer_leg.size, sim.parameters.markup)
        self.leg_fee_usd = self.reference_usd.copy()
        self.leg_supply = self.undenied_supply = np.ones(n_legs)
        self.undenied_scarcity = np.ones(n_legs)
        self.craft_missing = np.zeros(n_legs)
        self.networks = Networks(sim, self)
        self.conduct = Conduct(sim, self)
        self._concentration_at_start = self.concentration()
        self._lean_usd = self._cost_without_bribes_and_craft()
        self._quote()
        self._attract()

    def _cost_without_bribes_and_craft(self) -> NDArray[np.float64]:
        """Return the part of the reference fee that is neither markup nor bribe nor craft, USD, shape (n_legs,)."""
        p = self._sim.parameters
        bribes = p.bribe_price * self.conduct.corruption_at_start
        extra = bribes + p.craft_loss * p.craft_cost * self._sea * self._base_risk
        return self.reference_usd * np.maximum(1 / (1 + p.markup) - extra, 0.0)

    def _balanced_demand(self) -> NDArray[np.float64]:
        """Return the demand for which capacity at the start is just what organisations aim at, persons a step."""
        weekly = np.bincount(self.offer_leg, weights=self.capacity, minlength=self.is_market.size).astype(float)
        return weekly * self._sim.calendar.weeks / self._sim.parameters.slack

    def _form_organisations(self) -> None:
        """Found the organisations of each hub: those at work at the start, and free slots for later entrants."""
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
        self._first_offer = np.searchsorted(self.offer_leg, np.arange(self.is_market.size + 1))
        p = sim.parameters
        self.capacity = np.where(self.active[self.offer_organisation], p.capacity_start, 0.0)
        self.reputation = np.full(n, 0.5)
        self.disposition = 0.5 + sim.streams.draw(Purpose.DISPOSITION, np.arange(n))[:, 0]
        self.cash = Cashbook(n)
        self.cash.book("starting capital", p.exit_months * WEEKS_PER_MONTH * self.fixed_cost_per_week())
        self.agents = [
            SmugglingOrganisation(sim, row, f"{corridor.places.names[hub]} {row}", int(hub))
            for row, hub in enumerate(self.hub)
        ]

    def fixed_cost_per_week(self) -> NDArray[np.float64]:
        """Return what keeping its capacity costs each organisation, USD per week, shape (n_organisations,)."""
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
        means: NDArray[np.float64] = average(
            self.offer_organisation, self.offer_leg, self.capacity, of_leg, 0.0, self.hub.size
        )
        return means

    def mean_by_leg(self, of_organisation: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return means over each leg's offers, by capacity (1 without offers).

        Parameters
        ----------
        of_organisation : ndarray of float, shape (k, n_organisations)

        Returns
        -------
        ndarray of float, shape (k, n_legs)
        """
        means: NDArray[np.float64] = average(
            self.offer_leg, self.offer_organisation, self.capacity, of_organisation, 1.0, self.is_market.size
        )
        return means

    def concentration(self) -> NDArray[np.float64]:
        """Return the Herfindahl index of capacity at each place, shape (n_places,); 1 where nothing is on offer."""
        index: NDArray[np.float64] = concentrate(
            self.offer_organisation, self.capacity, self.hub, len(self._sim.corridor.places)
        )
        return index

    def craft(self) -> NDArray[np.float64]:
        """Return the supply of craft on legs that need boats or desert vehicles, 1 on others, shape (n_legs,)."""
        return np.where(self._by_craft, self._sim.levers["craft_supply"], 1.0)

    def supply(self) -> NDArray[np.float64]:
        """Return what the offers of each leg could carry in this step from all departure points at design load.

        Persons, shape (n_legs,).
        """
        sim = self._sim
        possible = self._season[sim.month] * self.craft()
        served = np.bincount(self.offer_leg, weights=self.capacity * self.networks.able, minlength=possible.size)
        return served * possible * (1 - self.craft_missing) * sim.calendar.weeks

    def step(self) -> None:
        """Set fees and loads for this step from last demand and present capacity."""
        sim, p = self._sim, self._sim.parameters
        self.craft_missing *= np.exp(-p.craft_replacement * sim.calendar.in_months * self.craft())
        denied = sim.levers["coast_control"]
        self.undenied_supply = self.supply()
        self.leg_supply = self.undenied_supply * (1 - denied)
        self.scarcity = np.minimum(self.demand / np.maximum(self.leg_supply, _NOBODY), _NO_SUPPLY)
        # Denying departure points leaves people ashore; it does not put more of them on each boat.
        asked = self.first_demand / np.maximum(self.undenied_supply, _NOBODY)
        self.undenied_scarcity = np.minimum(asked, _NO_SUPPLY)
        self.load = np.clip(self.undenied_scarcity, 1.0, p.max_load)
        self.most_load = np.where(denied > 0, np.minimum(self.undenied_scarcity, p.max_load), p.max_load)
        # Balance is where organisations aim at: capacity over demand equal to their slack.
        power = (self.concentration() / self._concentration_at_start) ** p.concentration_exponent
        target = p.markup * power[sim.corridor.leg_origin] * (p.slack * self.scarcity) ** p.scarcity_exponent
        target = np.minimum(target, p.markup * p.markup_ceiling)
        self.markup += self._adjusted * (target[self.offer_leg] - self.markup)
        self._quote()
        self._attract()

    def _quote(self) -> None:
        """Compute the fee of every offer and the mean fee of every leg, weighted by capacity."""
        sim, conduct = self._sim, self.conduct
        premium = self.risk_premium()
        self._passage_usd, self._bribe_usd, self.cost_usd, self.offer_fee_usd, mean = quote(
            self.offer_leg, self.offer_organisation, self.capacity, self.markup, self.passage_cost() * premium,
            conduct.care_cost(), conduct.bribe_usd() * premium, conduct.bribery, self.craft_cost(),
        )  # fmt: skip
        waved = sim.levers["waved_through"]
        self.asked_fee_usd = np.where(self.is_market, mean, self.reference_usd)
        self.leg_fee_usd = (1 - waved) * self.asked_fee_usd + waved * self.own_cost()

    def own_cost(self) -> NDArray[np.float64]:
        """Return what a leg costs those who need no smuggler, USD, shape (n_legs,)."""
        return self._own_usd

    def passage_cost(self) -> NDArray[np.float64]:
        """Return the cost per client before bribes, craft lost and the premium on risk, USD, shape (n_legs,)."""
        p = self._sim.parameters
        supply = np.maximum(self.craft(), 0.05)
        return self._lean_usd * (p.input_share / (supply * self.load) + (1 - p.input_share))

    def risk_premium(self) -> NDArray[np.float64]:
        """Return by how much cost rises with the risk of failure, ratio to the start, shape (n_legs,)."""
        success = np.exp(-self._sim.patrols.interception)
        chance = np.maximum((1 - self._base_risk) / np.maximum(success, 1e-3), 1e-3)
        premium: NDArray[np.float64] = chance**self._sim.parameters.fee_success_exponent
        return premium

    def craft_cost(self) -> NDArray[np.float64]:
        """Return the expected cost of craft lost to interceptions at sea, USD per client, shape (n_legs,)."""
        risk = -np.expm1(-self._sim.patrols.interception)
        return self._craft_usd * risk

    def use(self) -> NDArray[np.float64]:
        """Return passengers over design capacity at all departure points, shape (n_legs,); 0 if nothing can leave."""
        open_points = 1 - self._sim.levers["coast_control"]
        return np.where(self.leg_supply > 0, open_points * np.minimum(self.scarcity, self.most_load), 0.0)

    def margin(self) -> NDArray[np.float64]:
        """Return the part of takings that is left when all costs are paid at present use, shape (n_organisations,).

        Between -1 and 1; -1 for those without takings.
        """
        p = self._sim.parameters
        margin: NDArray[np.float64] = margins(self.accounts(), p.fixed_cost_share, p.advert_share)
        return margin

    def accounts(self) -> NDArray[np.float64]:
        """Return weekly sums over each organisation's offers, see `kernels.accounts`, shape (5, n_organisations)."""
        sums: NDArray[np.float64] = sum_offers(
            self.offer_organisation, self.offer_leg, self.capacity, self.use(), self.offer_fee_usd, self.cost_usd,
            self.reference_usd, self.hub.size,
        )  # fmt: skip
        return sums

    def admit(self, people: People, leg: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Ration: return who of those who want a passage gets one in this step, shape (k,).

        Capacity is met exactly, in whole agents, and falls to people in random order; fractions, and unused seats of up
        to five agents, are carried over.
        """
        sim = self._sim
        n = self.demand.size
        seats, weight = sim.population.size[people], sim.population.persons_per_agent
        wanted = np.bincount(leg, weights=seats, minlength=n)
        denied = sim.levers["coast_control"] > 0
        first = np.bincount(leg, weights=np.where(self._denied[people] & denied[leg], 0, seats), minlength=n)
        self._remember_demand(wanted * weight, first * weight)
        room = self._room(first * weight) / weight
        # An agent needs many seats at once: a few that nobody took wait for the next, or few agents would travel less.
        self._allowance = np.minimum(self._allowance, np.where(self.leg_supply > 0, _SEATS_KEPT, 0)) + room
        places = np.floor(self._allowance).astype(np.int64)
        admitted = np.empty(people.size, dtype=np.bool_)
        # A family goes as a whole; seats that it takes too many are missing in the next step.
        self._allowance -= ration(people, leg, seats, wanted, places, sim.now, admitted, *sim.streams.key)
        # Who is turned away for want of a departure point alone asks again, but no boat more is needed for them.
        fits = first * weight <= sim.parameters.max_load * self.undenied_supply
        self._denied[people] = ~admitted & (denied & fits)[leg]
        return admitted

    def _room(self, first: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return how many can leave in this step, persons, shape (n_legs,). ODD eq. 31.

        All that fits; where part of a coast is denied, the other part of those who would have left from all of it.
        """
        denied, most = self._sim.levers["coast_control"], self._sim.parameters.max_load * self.undenied_supply
        return np.where(denied > 0, (1 - denied) * np.minimum(first, most), most)

    def _remember_demand(self, wanted: NDArray[np.floating], first: NDArray[np.floating]) -> None:
        # People who are turned away come back with their next decision, so that demand is smoothed over about a month;
        # over longer where an agent stands for so many that a month sees few of them, or crowding would be their noise.
        sim = self._sim
        monthly = np.maximum(self.undenied_supply / sim.calendar.in_months, 1.0)
        months = 1 + _AGENTS_SEEN * sim.population.persons_per_agent / monthly
        fresh = -np.expm1(-sim.calendar.in_months / months)
        self.demand += fresh * (wanted - self.demand)
        self.first_demand += fresh * (first - self.first_demand)
        self._sim.recorder.add("demand", wanted)

    def offers(self) -> Offers:
        """Return what buyers choose among."""
        return Offers(self._first_offer, self.offer_organisation, self.offer_fee_usd, self.share)

    def _attract(self) -> None:
        """Compute the share of a leg's buyers that each offer gets, by capacity, fee, reputation and reach."""
        p = self._sim.parameters
        self._advertising = self.conduct.advertising(*self.accounts()[:2])
        self.share = attract(
            self.offer_leg, self.offer_organisation, self.capacity * self.networks.able, self.reputation,
            self.conduct.reach(self._advertising) ** p.reach_weight, self.offer_fee_usd, p.reputation_weight,
            p.price_weight / 1000, self.demand.size,
        )  # fmt: skip

    def book(self, paid_usd: NDArray[np.float64], held_usd: NDArray[np.float64], sold: NDArray[np.float64]) -> None:
        """Give organisations what clients paid and charge them for passages, bribes and adverts.

        An agent stands for many persons, who spread over the offers of a leg: money follows `share`, not the one offer
        that the agent took.

        Parameters
        ----------
        paid_usd, held_usd : ndarray of float, shape (n_legs,)
            Fees paid now and those held until arrival, USD of persons.
        sold : ndarray of float, shape (n_legs,), persons
        """
        paid, held, passages, bribes = share_sales(
            paid_usd, held_usd, sold, self.share, self.offer_leg, self.offer_organisation, self._passage_usd,
            self._bribe_usd, self.hub.size,
        )  # fmt: skip
        self.cash.book("fees", paid)
        self.cash.book("passages", -passages)
        self.cash.book("bribes", -bribes)
        self._sim.recorder.add("bribes_usd", float(bribes.sum()))
        self.cash.book("advertising", -self._advertising * (paid + held))
        self.conduct.remember_sales(paid + held, held)

    def receive_fees(self, paid_usd: NDArray[np.float64]) -> None:
        """Give organisations fees for passages on legs, USD of persons, shape (n_legs,)."""
        self.cash.book("fees", self._share_out(paid_usd))

    def _share_out(self, of_leg: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what each organisation gets of an amount on every leg, shape (n_organisations,)."""
        shares: NDArray[np.float64] = share_out(
            of_leg, self.share, self.offer_leg, self.offer_organisation, self.hub.size
        )
        return shares

    def lose_craft(self, caught: NDArray[np.float64]) -> None:
        """Seize the craft of clients intercepted at sea; they are missing until replaced. Persons, shape (n_legs,)."""
        p = self._sim.parameters
        lost = p.craft_loss * caught * self._sea
        if not lost.any():
            return
        self.cash.book("craft lost", -self._share_out(p.craft_cost * self.reference_usd * lost))
        fleet = np.bincount(self.offer_leg, weights=self.capacity, minlength=lost.size) * p.craft_weeks
        part = np.divide(lost / self.load, fleet, out=np.zeros(lost.size), where=fleet > 0)
        self.craft_missing += (1 - self.craft_missing) * -np.expm1(-part)

    def remember_outcomes(
        self, organisation: NDArray[np.integer], through: NDArray[np.bool_], dead: NDArray[np.bool_]
    ) -> None:
        """Update reputations with how journeys ended; a death counts as several failures, shape (k,) each."""
        p = self._sim.parameters
        learn_reputations(self.reputation, organisation, through, dead, p.death_notoriety, self._fresh)

    def spread_word(self, served: NDArray[np.float64]) -> None:
        """Let clients who got through tell others of the organisations on their legs; persons, shape (n_legs,)."""
        self.conduct.spread_word(self._share_out(served))

    # --- who is in the market -------------------------------------------------------------------------------------

    def found(self, organisation: int) -> None:
        """Let an organisation begin, as newcomers are: of the least capacity, at the usual markup, little known."""
        p, mine = self._sim.parameters, self.offer_organisation == organisation
        self.active[organisation] = True
        self.reputation[organisation] = 0.5
        self.capacity[mine], self.markup[mine] = p.capacity_start, p.markup
        self.networks.found(organisation)
        self.conduct.found(organisation)

    def close(self, closing: NDArray[np.bool_]) -> None:
        """Close organisations, shape (n_organisations,)."""
        self.active &= ~closing
        self.capacity[closing[self.offer_organisation]] = 0.0
        self.networks.close(closing)

    def hand_over(self, source: int, target: int, share: float) -> None:
        """Give a share of an organisation's capacity, members, clients and money to another of the same hub.

        One that gives all of it is closed; one that had nothing begins, and goes about its business like the giver.
        """
        mine, theirs = self.offer_organisation == source, self.offer_organisation == target
        before, moved = self.capacity[theirs], share * self.capacity[mine]
        is_new = bool(before.sum() == 0.0)
        if is_new:
            self.reputation[target] = self.reputation[source]
            self.markup[theirs] = self.markup[mine]
        self.capacity[theirs] = before + moved
        self.capacity[mine] -= moved
        self.active[target], self.active[source] = True, share < 1
        self.networks.hand_over(source, target, share, is_new)
        self.conduct.hand_over(source, target, share, is_new)
        self.cash.transfer(source, target, share * float(self.capital_usd[source]))


def _ranks(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return 0, 1, 2 … anew for each of these counts, shape (sum of counts,)."""
    return np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)


def season_of_legs(sim: Simulation, column: str) -> NDArray[np.float64]:
    """Return a seasonal multiplier by calendar month and leg, shape (12, n_legs); 1 for legs without a season."""
    table = np.ones((12, len(sim.corridor.legs)))
    profile = {(row.season, row.month): getattr(row, column) for row in sim.corridor.seasons}
    for number, leg in enumerate(sim.corridor.legs):
        if leg.season:
            table[:, number] = [profile[leg.season, month] for month in range(1, 13)]
    return table
