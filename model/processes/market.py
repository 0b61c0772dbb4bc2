"""The smuggling market: offers, fees, crowding, and the sale of passages.

An offer is an organisation on a leg. Its fee is the leg's cost times one plus its markup; cost rises when attempts fail
more often (fees include repeat tries) and when craft are scarce; the markup moves with demand over capacity. Craft are
crowded, up to a limit, when demand exceeds design capacity; what exceeds even that waits. ODD eq. 11 to 15, 31, 32.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from model.calendar import WEEKS_PER_MONTH
from model.organisations import SmugglingOrganisation
from model.population import People
from model.streams import Stream

if TYPE_CHECKING:
    from model.simulation import Simulation

_NOBODY, _NO_SUPPLY = 1e-9, 100.0
"""Supply, persons a step, that counts as none, and the scarcity of a leg without supply."""
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
    capital_usd, damage, reputation, disposition : ndarray of float, shape (n_organisations,)
        Damage: share of capacity lost to arrests. Reputation: share of clients through. Disposition: multiplier on the
        exploitation of clients.
    asked_fee_usd, leg_fee_usd, scarcity, load : ndarray of float, shape (n_legs,)
        Mean fee on offer (or own travel cost); the same with those waved through; demand over capacity; passengers
        over design load.
    """

    def __init__(self, sim: Simulation) -> None:
        self._sim = sim
        legs = sim.corridor.legs
        self.is_market = legs.column("market").astype(bool)
        self._reference = legs.column("fee_usd").astype(float)
        self._base_risk = legs.column("interception_risk").astype(float)
        self._season = season_of_legs(sim, "departures")
        self._form_organisations()
        n_legs = len(legs)
        self.scarcity = np.ones(n_legs)
        self.load = np.ones(n_legs)
        self._allowance = np.zeros(n_legs)
        self.demand = self._balanced_demand()
        self.markup = np.full(self.offer_leg.size, sim.parameters.markup)
        self.leg_fee_usd = self._reference.copy()
        self._quote()

    def _balanced_demand(self) -> NDArray[np.float64]:
        """Return the demand for which capacity at the start is just what organisations aim at, persons a step."""
        weekly = np.bincount(self.offer_leg, weights=self.capacity, minlength=self.is_market.size).astype(float)
        return weekly * self._sim.calendar.weeks / self._sim.parameters.slack

    def _form_organisations(self) -> None:
        """Found the organisations of each hub: those at work at the start, and free slots for later entrants."""
        sim, corridor = self._sim, self._sim.corridor
        market_legs = np.flatnonzero(self.is_market)
        hubs = np.unique(corridor.leg_origin[market_legs])
        start = np.maximum(corridor.places.column("organisations")[hubs], 1)
        slots = start * (1 + _SPARE_SLOTS)
        self.hub = np.repeat(hubs, slots)
        rank = np.concatenate([np.arange(k) for k in slots]) if hubs.size else np.empty(0, dtype=int)
        self.active = rank < np.repeat(start, slots)
        n = self.hub.size
        pairs = [(leg, org) for leg in market_legs for org in np.flatnonzero(self.hub == corridor.leg_origin[leg])]
        table = np.array(pairs, dtype=np.int64).reshape(-1, 2)
        self.offer_leg, self.offer_organisation = table[:, 0], table[:, 1]
        p = sim.parameters
        self.capacity = np.where(self.active[self.offer_organisation], p.capacity_start, 0.0)
        self.damage = np.zeros(n)
        self.reputation = np.full(n, 0.5)
        self.disposition = 0.5 + sim.streams.uniforms(Stream.ORGANISATION, np.arange(n))[:, 0]
        self.capital_usd = np.zeros(n)
        self.capital_usd += p.exit_months * WEEKS_PER_MONTH * self.fixed_cost_per_week()
        self.agents = [
            SmugglingOrganisation(sim, row, f"{corridor.places.names[hub]} {row}", int(hub))
            for row, hub in enumerate(self.hub)
        ]

    def fixed_cost_per_week(self) -> NDArray[np.float64]:
        """Return what keeping its capacity costs each organisation, USD per week, shape (n_organisations,)."""
        share = self._sim.parameters.fixed_cost_share
        cost = share * self.capacity * self._reference[self.offer_leg]
        return np.bincount(self.offer_organisation, weights=cost, minlength=self.hub.size).astype(np.float64)

    def effective_capacity(self) -> NDArray[np.float64]:
        """Return what each offer can carry in this step at design load, persons, shape (n_offers,)."""
        sim, leg = self._sim, self.offer_leg
        levers = sim.levers
        possible = self._season[sim.month] * levers["craft_supply"] * (1 - levers["coast_control"])
        whole = 1 - self.damage[self.offer_organisation]
        return self.capacity * whole * possible[leg] * sim.calendar.weeks

    def step(self) -> None:
        """Set fees and loads for this step from last demand and present capacity."""
        sim, p = self._sim, self._sim.parameters
        self.supply = self.effective_capacity()
        # Without offers NumPy would count in whole numbers.
        supply = np.bincount(self.offer_leg, weights=self.supply, minlength=self.demand.size).astype(float)
        self.leg_supply = supply
        self.scarcity = np.minimum(self.demand / np.maximum(supply, _NOBODY), _NO_SUPPLY)
        self.load = np.clip(self.scarcity, 1.0, p.max_load)
        # Balance is where organisations aim at: capacity over demand equal to their slack.
        target = p.markup * (p.slack * self.scarcity) ** p.scarcity_exponent
        target = np.minimum(target, p.markup * p.markup_ceiling)
        speed = -np.expm1(-p.price_adjustment * sim.calendar.in_months)
        self.markup += speed * (target[self.offer_leg] - self.markup)
        self._quote()

    def _quote(self) -> None:
        """Compute the fee of every offer and the mean fee of every leg, weighted by capacity."""
        sim = self._sim
        self.offer_fee_usd = self.leg_cost()[self.offer_leg] * (1 + self.markup)
        weight = self.capacity + 1e-12
        n = self.leg_fee_usd.size
        total = np.bincount(self.offer_leg, weights=weight * self.offer_fee_usd, minlength=n).astype(float)
        mean = np.divide(
            total, np.bincount(self.offer_leg, weights=weight, minlength=n), where=self.is_market, out=total
        )
        waved = sim.levers["waved_through"]
        self.asked_fee_usd = np.where(self.is_market, mean, self._reference)
        self.leg_fee_usd = (1 - waved) * self.asked_fee_usd + waved * self.own_cost()

    def own_cost(self) -> NDArray[np.float64]:
        """Return what a leg costs those who need no smuggler, USD, shape (n_legs,)."""
        inputs = np.where(self.is_market, 1 - self._sim.parameters.input_share, 1.0)
        return inputs * self._reference

    def leg_cost(self) -> NDArray[np.float64]:
        """Return an organisation's cost per passenger on each leg, USD, shape (n_legs,)."""
        sim, p = self._sim, self._sim.parameters
        base = self._reference / (1 + p.markup)
        supply = np.maximum(sim.levers["craft_supply"], 0.05)
        inputs = p.input_share / (supply * self.load) + (1 - p.input_share)
        success = np.exp(-sim.patrols.interception)
        chance = np.maximum((1 - self._base_risk) / np.maximum(success, 1e-3), 1e-3)
        return base * inputs * chance**p.fee_success_exponent

    def admit(self, people: People, leg: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Ration: return who of those who want a passage gets one in this step, shape (k,).

        Capacity is met exactly, in whole agents (fractions are carried over), and falls to people in random order.
        """
        sim = self._sim
        n = self.demand.size
        seats = sim.population.size[people]
        wanted = np.bincount(leg, weights=seats, minlength=n)
        self._remember_demand(wanted * sim.population.persons_per_agent)
        limit = self.leg_supply * sim.parameters.max_load / sim.population.persons_per_agent
        self._allowance = np.minimum(self._allowance, 1.0) + limit
        places = np.floor(self._allowance).astype(np.int64)
        priority = sim.streams.uniforms(Stream.PRIORITY, people, sim.now)[:, 0]
        order = np.lexsort((priority, leg))
        first = np.cumsum(wanted) - wanted
        before = np.empty(people.size)
        before[order] = np.cumsum(seats[order]) - seats[order] - first[leg[order]]
        # A family goes as a whole; seats that it takes too many are missing in the next step.
        admitted = before < places[leg]
        self._allowance -= np.bincount(leg[admitted], weights=seats[admitted], minlength=n)
        return admitted

    def _remember_demand(self, wanted: NDArray[np.floating]) -> None:
        # People who are turned away come back with their next decision, so that demand is smoothed over about a month.
        fresh = -np.expm1(-self._sim.calendar.in_months)
        self.demand += fresh * (wanted - self.demand)
        self._sim.recorder.add("demand", wanted)

    def assign(self, people: People, leg: NDArray[np.int32]) -> NDArray[np.int64]:
        """Return the offer that each buyer takes, by capacity, fee and reputation, shape (k,)."""
        sim, p = self._sim, self._sim.parameters
        appeal = p.reputation_weight * self.reputation[self.offer_organisation]
        appeal = appeal + p.price_weight * self.offer_fee_usd / 1000
        weight = self.supply * np.exp(np.clip(appeal, -50, 50)) + 1e-300
        bounds = np.searchsorted(self.offer_leg, np.arange(self.demand.size + 1))
        # Uniform within each leg: cumulative weights are taken leg by leg so that small legs keep their precision.
        total = np.bincount(self.offer_leg, weights=weight, minlength=self.demand.size)
        share = np.cumsum(weight / total[self.offer_leg])
        before = np.concatenate([[0.0], share])[bounds[leg]]
        u = sim.streams.uniforms(Stream.PURCHASE, people, sim.population.journeys[people], leg)[:, 0]
        offer = np.searchsorted(share, before + u, side="right")
        return np.clip(offer, bounds[leg], bounds[leg + 1] - 1)

    def book(
        self, offer: NDArray[np.int64], paid_usd: NDArray[np.float64], passengers: NDArray[np.integer] | int = 1
    ) -> None:
        """Give organisations what their clients paid and charge them what the passages cost (per agent, in USD)."""
        organisation, leg = self.offer_organisation[offer], self.offer_leg[offer]
        profit = paid_usd - self.leg_cost()[leg] * passengers
        weight = self._sim.population.persons_per_agent
        self.capital_usd += weight * np.bincount(organisation, weights=profit, minlength=self.hub.size)

    def remember_success(self, organisation: NDArray[np.integer], through: NDArray[np.bool_]) -> None:
        """Update reputations with how journeys ended, shape (k,) each."""
        n = self.hub.size
        clients = np.bincount(organisation, minlength=n)
        success = np.bincount(organisation, weights=through, minlength=n)
        fresh = np.where(
            clients > 0, -np.expm1(-self._sim.calendar.in_months / self._sim.parameters.reputation_memory), 0
        )
        self.reputation += fresh * (success / np.maximum(clients, 1) - self.reputation)


def season_of_legs(sim: Simulation, column: str) -> NDArray[np.float64]:
    """Return a seasonal multiplier by calendar month and leg, shape (12, n_legs); 1 for legs without a season."""
    table = np.ones((12, len(sim.corridor.legs)))
    profile = {(row.season, row.month): getattr(row, column) for row in sim.corridor.seasons}
    for number, leg in enumerate(sim.corridor.legs):
        if leg.season:
            table[:, number] = [profile[leg.season, month] for month in range(1, 13)]
    return table
