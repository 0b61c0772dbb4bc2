"""Seats: demand for passages, capacity, crowding of craft, and rationing.

Craft are crowded, up to a limit, when demand exceeds design capacity; demand beyond that limit waits.
ODD eq. 11, 11c, 12, 31.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from corridor.model.kernels.departures import ration
from corridor.model.population import People
from corridor.model.processes.seasons import season_of_legs
from corridor.model.purposes import Purpose

if TYPE_CHECKING:
    from corridor.model.processes.market.market import Market
    from corridor.model.simulation import Simulation

_NOBODY, _NO_SUPPLY = 1e-9, 100.0
"""Supply below which a leg counts as unserved, persons a step, and the scarcity of such a leg."""
_AGENTS_SEEN = 12
"""Minimum number of agents in the window over which demand is measured."""
_AGENTS_GUESSED = 2
"""Number of agents for which the initial guess of demand counts."""
_SEATS_KEPT = 5
"""Number of agents whose unused seats are carried over."""


class Seats:
    """Demand for passages on every leg, and the capacity to meet it.

    Attributes
    ----------
    demand, first_demand : ndarray of float, shape (n_legs,), persons a step
        Recent demand for passages; the same without people turned away before only because a coast was denied.
    leg_supply, undenied_supply : ndarray of float, shape (n_legs,), persons a step
        Capacity at open departure points, and at all of them, at design load.
    load, most_load : ndarray of float, shape (n_legs,)
        Passengers relative to design load; maximum load.
    scarcity, undenied_scarcity : ndarray of float, shape (n_legs,)
        Demand over `leg_supply`; first demand over `undenied_supply`.
    craft_missing : ndarray of float, shape (n_legs,)
        Share of craft seized and not yet replaced.
    """

    def __init__(self, sim: Simulation, market: Market) -> None:
        self._sim, self._market = sim, market
        n_legs = market.is_market.size
        modes, p = sim.corridor.legs.column("mode"), sim.parameters
        self._by_craft = np.isin(modes, ("sea", "desert"))
        self._fullest = np.where(modes == "desert", p.max_load_desert, p.max_load)
        self._season = season_of_legs(sim, "departures")
        self.scarcity, self.undenied_scarcity = np.ones(n_legs), np.ones(n_legs)
        self.load = np.ones(n_legs)
        self.most_load = self._fullest.copy()
        # Seats come in whole agents: a random initial fraction of a seat makes them correct on average.
        self._allowance = sim.streams.draw(Purpose.SEATS, np.arange(n_legs))[:, 0]
        self.demand = self._balanced_demand()
        self.first_demand = self.demand.copy()
        self._months_seen = self._months_of(_AGENTS_GUESSED, self.demand)
        self._denied = np.zeros(sim.population.n, dtype=np.bool_)
        self.leg_supply = self.undenied_supply = np.ones(n_legs)
        self.craft_missing = np.zeros(n_legs)

    def _balanced_demand(self) -> NDArray[np.float64]:
        """Return the demand at which initial capacity is what organisations aim at, persons a step."""
        market = self._market
        weekly = np.bincount(market.offer_leg, weights=market.capacity, minlength=market.is_market.size).astype(float)
        return weekly * self._sim.calendar.weeks / self._sim.parameters.slack

    def craft(self) -> NDArray[np.float64]:
        """Return the supply of craft on legs that need boats or desert vehicles, 1 on others, shape (n_legs,)."""
        return np.where(self._by_craft, self._sim.levers["craft_supply"], 1.0)

    def _supply(self) -> NDArray[np.float64]:
        """Return the capacity of each leg in this step from all departure points, at design load.

        Persons, shape (n_legs,).
        """
        sim, market = self._sim, self._market
        possible = self._season[sim.month] * self.craft()
        served = np.bincount(market.offer_leg, weights=market.capacity * market.networks.able, minlength=possible.size)
        return served * possible * (1 - self.craft_missing) * sim.calendar.weeks

    def set_loads(self) -> None:
        """Set supply, scarcity and loads for this step from recent demand and present capacity."""
        sim, p = self._sim, self._sim.parameters
        self.craft_missing *= np.exp(-p.craft_replacement * sim.calendar.in_months * self.craft())
        denied = sim.levers["coast_control"]
        self.undenied_supply = self._supply()
        self.leg_supply = self.undenied_supply * (1 - denied)
        self.scarcity = np.minimum(self.demand / np.maximum(self.leg_supply, _NOBODY), _NO_SUPPLY)
        # Denying departure points leaves people ashore; it does not put more of them on each boat.
        asked = self.first_demand / np.maximum(self.undenied_supply, _NOBODY)
        self.undenied_scarcity = np.minimum(asked, _NO_SUPPLY)
        self.load = np.clip(self.undenied_scarcity, 1.0, self._fullest)
        self.most_load = np.where(denied > 0, np.minimum(self.undenied_scarcity, self._fullest), self._fullest)

    def use(self) -> NDArray[np.float64]:
        """Return passengers relative to the design capacity of all departure points, shape (n_legs,); 0 if closed."""
        open_points = 1 - self._sim.levers["coast_control"]
        return np.where(self.leg_supply > 0, open_points * np.minimum(self.scarcity, self.most_load), 0.0)

    def admit(self, people: People, leg: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Ration passages: return whether each person who wants one gets it in this step, shape (k,).

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
        allowed = self._capacity_left(first * weight) / weight
        # An agent needs many seats at once: if unused seats lapsed, runs with few agents would have fewer passages.
        self._allowance = np.minimum(self._allowance, np.where(self.leg_supply > 0, _SEATS_KEPT, 0)) + allowed
        places = np.floor(self._allowance).astype(np.int64)
        # A family goes as a whole; seats that it takes too many are missing in the next step.
        admitted, taken = ration(people, leg, seats, wanted, places, sim.clock)
        self._allowance -= taken
        # People turned away only for lack of a departure point ask again, but need no additional boats.
        fits = first * weight <= self._fullest * self.undenied_supply
        self._denied[people] = ~admitted & (denied & fits)[leg]
        return admitted

    def _capacity_left(self, first: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the number of persons who can leave in this step, shape (n_legs,). ODD eq. 31.

        This is the maximum load; where part of a coast is denied, only the share of the open part leaves.
        """
        denied, most = self._sim.levers["coast_control"], self._fullest * self.undenied_supply
        return np.where(denied > 0, (1 - denied) * np.minimum(first, most), most)

    def _remember_demand(self, wanted: NDArray[np.floating], first: NDArray[np.floating]) -> None:
        # People who are turned away come back with their next decision, so that demand is smoothed over about a month;
        # over longer where an agent stands for so many that a month sees few of them, or crowding would be their noise.
        # Observed demand soon outweighs the initial guess: the window grows with the months that have passed.
        sim = self._sim
        longest = self._months_of(_AGENTS_SEEN, np.maximum(self.undenied_supply, self.demand))
        self._months_seen = np.minimum(self._months_seen + sim.calendar.in_months, longest)
        fresh = -np.expm1(-sim.calendar.in_months / self._months_seen)
        self.demand += fresh * (wanted - self.demand)
        self.first_demand += fresh * (first - self.first_demand)
        sim.recorder.add("demand", wanted)

    def _months_of(self, agents: float, persons: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return a month plus the time in which this many agents ask, from persons a step, shape (n_legs,), months."""
        monthly = np.maximum(persons / self._sim.calendar.in_months, 1.0)
        return 1 + agents * self._sim.population.persons_per_agent / monthly

    def lose_craft(self, lost: NDArray[np.float64]) -> None:
        """Remove craft for this many passengers until they are replaced; persons, shape (n_legs,)."""
        market, p = self._market, self._sim.parameters
        fleet = np.bincount(market.offer_leg, weights=market.capacity, minlength=lost.size) * p.craft_weeks
        part = np.divide(lost / self.load, fleet, out=np.zeros(lost.size), where=fleet > 0)
        self.craft_missing += (1 - self.craft_missing) * -np.expm1(-part)
