"""The plain-Mesa twin of the migrant loop: every migrant a `mesa.Agent` object, every rule plain Python.

What people do (`benchmarks.migrant`) is written a second time; what organised actors do is not. The twin owns a
`Simulation` whose people stay at home: it reads fees, hazards, values of ways and places left from its processes, and
tells them at the end of each step what the objects did, so that market, patrols, beliefs and agencies react to them.
The generator is Python's own. `benchmarks.mesa_twin` compares means and speeds.
"""

from __future__ import annotations

import math
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from itertools import accumulate
from typing import Any

import mesa
import numpy as np
import xarray as xr

from benchmarks.migrant import Migrant
from corridor.model import Simulation
from corridor.model.corridor import Corridor
from corridor.model.processes.seasons import season_of_legs
from corridor.model.states import N_WEALTH, Form, Sector

_ACCOUNT_STEPS = 13
"""A quarter of weekly steps: settled people repay debt and are counted as compatriots."""


class Twin(mesa.Model):
    """A population of objects beside the actors of a simulation.

    Parameters
    ----------
    corridor : Corridor
    seed : int
    agents : int, optional
    parameters : mapping of str to float, optional
    without : iterable of str, optional
        Mechanisms to take out; those of `benchmarks.mesa_twin.LEFT_OUT` the objects never have.
    """

    def __init__(
        self,
        corridor: Corridor,
        *,
        seed: int = 0,
        agents: int | None = None,
        parameters: Mapping[str, float] | None = None,
        without: Iterable[str] = (),
    ) -> None:
        super().__init__(seed=seed)
        self.world = Simulation(corridor, seed=seed, agents=agents, parameters=parameters, without=without)
        self.corridor, self.parameters = corridor, self.world.parameters
        self.weight = self.world.population.persons_per_agent
        self.now, self.years, self.seconds = 0, self.world.calendar.years, 0.0
        self.exploited = [[0] * len(Sector) for _ in corridor.places]
        self.allowance = [0.0] * len(corridor.legs)
        self.pathway_allowance = [0.0] * len(corridor.pathways)
        self.queues: list[list[Migrant]] = [[] for _ in corridor.pathways]
        self.assisted: Counter[str] = Counter()
        self._rounding: defaultdict[str, float] = defaultdict(self.random.random)
        self._read_map()
        self.integrated = [[0.0] * N_WEALTH for _ in corridor.communities]
        self.income_usd = self.world.drivers.income_at_start().tolist()
        for community in self.world.population.community.tolist():
            Migrant(self, community)
        self.migrants = list(self.agents)

    def _read_map(self) -> None:
        """Read what does not change during a run."""
        corridor, calendar, legs = self.corridor, self.world.calendar, self.corridor.legs
        self.home = corridor.home.tolist()
        self.country = corridor.places.column("country").tolist()
        self.hosts, self.refuge = corridor.hosts.tolist(), corridor.refuge.tolist()
        self.is_destination, self.grants_asylum = corridor.is_destination.tolist(), corridor.grants_asylum.tolist()
        self.leg_origin, self.leg_destination = corridor.leg_origin.tolist(), corridor.leg_destination.tolist()
        self.leg_agency = corridor.leg_agency.tolist()
        self.is_market, self.is_crossing = legs.column("market").tolist(), legs.column("crossing").tolist()
        self.counts = (legs.column("route") != "").tolist()
        self.leads_abroad = [
            self.country[start] != self.country[end]
            for start, end in zip(self.leg_origin, self.leg_destination, strict=True)
        ]
        p = self.parameters
        self.renewed = p.renewal_rate / max(p.reconsider_rate, 1e-9)
        self.gives_up, self.rooted = (
            min(1.0, p.fade_rate / max(p.decision_rate, 1e-9)),
            math.exp(-p.nest * p.roots_utility),
        )
        self.travel_steps = (legs.column("days") / calendar.step_days).tolist()
        sides = [agency.side for agency in corridor.agencies]
        self.inland = [agency >= 0 and sides[agency] == "destination" for agency in self.leg_agency]
        self.legs_from: list[list[int]] = [[] for _ in corridor.places]
        for leg, origin in enumerate(self.leg_origin):
            self.legs_from[origin].append(leg)
        season = season_of_legs(self.world, "departures")
        self._willing = (season / np.maximum(season.max(axis=0), 1e-12)).tolist()
        eligible = self.world.pathways._eligible.share
        self.eligible = np.cumsum(eligible / np.maximum(eligible.sum(axis=1, keepdims=True), 1), axis=1).tolist()
        self.pathway_destination = corridor.pathways.positions("destination", corridor.places).tolist()
        self.pathway_cost = [row.cost_usd for row in corridor.pathways]
        self.delay_steps = [max(1, round(row.delay_weeks / calendar.weeks)) for row in corridor.pathways]

    # --- a step ---------------------------------------------------------------------------------------------------

    def step(self) -> None:
        """Let actors act, then people in random order, then tell the actors what people did."""
        began = time.perf_counter()
        self._advance_actors()
        self._read_actors()
        self._open_books()
        self.agents.shuffle_do("step")
        self._sell()
        self._admit()
        self._tell_actors()
        self.now += 1
        self.running = self.now < self.world.calendar.steps
        self.seconds += time.perf_counter() - began

    def _advance_actors(self) -> None:
        world = self.world
        world.now = world.recorder.step = self.now
        world.month = int(world.calendar.months[self.now])
        world.levers.advance(self.now)
        if self.now % _ACCOUNT_STEPS == 0:
            self._show_people()
        for process in (world.drivers, world.patrols, world.market, world.controls, world.beliefs, world.choice):
            process.step()
        world.hazards.update()

    def _show_people(self) -> None:
        """Copy states and places to the columns of the world, where compatriots are counted."""
        population = self.world.population
        population.state[:] = [migrant.state for migrant in self.migrants]
        population.place[:] = [migrant.place for migrant in self.migrants]

    def _read_actors(self) -> None:
        """Read as plain lists what actors and drivers set for this step."""
        world, levers, p = self.world, self.world.levers, self.parameters
        market, patrols, drivers, choice = world.market, world.patrols, world.drivers, world.choice
        self.integrated = (np.array(self.integrated) + world.aspiration._hazard() * self.years).tolist()
        self.rates = world.hazards.rates.tolist()
        self.fee_usd, self.offer_fee_usd = market.offers.leg_fee_usd.tolist(), market.offers.fee_usd.tolist()
        self.own_cost_usd, self.offer_organisation = (
            market.offers.own_cost().tolist(),
            market.offer_organisation.tolist(),
        )
        self.disposition, self.waved_through = market.disposition.tolist(), levers["waved_through"].tolist()
        self.bribed = (p.bribe_effectiveness * market.conduct.corruption()).tolist()
        self.bribery, self.mean_bribery = market.conduct.bribery.tolist(), market.conduct.bribery_of_leg.tolist()
        self.danger_of, self.mean_danger = (
            market.conduct.distress_factor().tolist(),
            market.conduct.care_of_leg.tolist(),
        )
        self.leg_weight, self.going = choice.values.weight.tolist(), choice.values.going.tolist()
        self.beyond_usd = choice.values.beyond_usd.tolist()
        self.wealth_bounds_usd, self.means_ratio = choice.means.bounds_usd().tolist(), drivers.means_ratio().tolist()
        self.willing = self._willing[world.month]
        self.interception, self.coverage = patrols.interception.tolist(), patrols.coverage.tolist()
        self.distress, self._held = world.crossing.distress_hazard().tolist(), levers["exploitation"].tolist()
        practice = np.array([levers["push_back"], levers["detain"], levers["returned"]])
        self.practice = np.cumsum(practice / np.maximum(practice.sum(axis=0), 1.0), axis=0).T.tolist()
        self.income_usd, self.place_income_usd = drivers.income_usd.tolist(), drivers.place_income_usd.tolist()
        self.wage_usd = drivers.wage_usd.tolist()
        self.danger = np.clip(drivers.conflict + drivers.displaced, 0, 1).tolist()
        self.grant_rate = levers["grant_rate"].tolist()
        odds = world.protection._permit_odds()
        self.permit_share = dict(zip(world.protection.countries.tolist(), (odds / (1 + odds)).tolist(), strict=True))
        self._profile, self._openings = world.exploitation.demand.profile, world.exploitation.demand.openings
        quotas = (levers["pathway_places"] / self.weight).tolist()
        waits = [len(queue) / quota if quota else math.inf for queue, quota in zip(self.queues, quotas, strict=True)]
        self.applying = [p.legal_diversion / (1 + wait / p.legal_patience) for wait in waits]

    def _open_books(self) -> None:
        """Start the counts of this step and see what can be sold and given."""
        self.tally: defaultdict[str, list[int]] = defaultdict(list)
        self.news: list[tuple[int, int, float, float, float, float]] = []
        self.sales: list[tuple[int, float, float]] = []
        self.releases: list[tuple[int, float]] = []
        self.clients: list[tuple[int, bool, bool]] = []
        self.through: list[int] = []
        self.seized: list[tuple[int, int]] = []
        self.testimonies: list[str] = []
        self.buyers: list[list[Migrant]] = [[] for _ in self.allowance]
        self.returns, self.debt_at_arrival_usd = 0, 0.0
        self.accounts_due = self.now % _ACCOUNT_STEPS == _ACCOUNT_STEPS - 1
        self._weigh_offers()
        places = zip(self.world.protection.countries.tolist(), self.world.protection.places().tolist(), strict=True)
        self.free_places = {c: int(n / self.weight + self._rounding[c]) - self.assisted[c] for c, n in places}

    def _weigh_offers(self) -> None:
        """Weigh the offers of each leg by the share of buyers that they get."""
        market = self.world.market
        weights = market.offers.share.tolist()
        self._offers: defaultdict[int, list[int]] = defaultdict(list)
        for offer, leg in enumerate(market.offer_leg.tolist()):
            self._offers[leg].append(offer)
        self._appeal = {leg: list(accumulate(weights[o] for o in offers)) for leg, offers in self._offers.items()}

    def _sell(self) -> None:
        """Ration passages among those who asked, who came in random order.

        Where part of a coast is denied, room is the other part of what would have left from all of it: those whom only
        that had turned away before ask again, but make no room.
        """
        market, denied = self.world.market, self.world.levers["coast_control"].tolist()
        most = (market.seats.undenied_supply * self.parameters.max_load / self.weight).tolist()
        wanted = [len(buyers) for buyers in self.buyers]
        first = [
            sum(not (part and buyer.denied) for buyer in buyers)
            for part, buyers in zip(denied, self.buyers, strict=True)
        ]
        market.seats._remember_demand(np.array(wanted) * self.weight, np.array(first) * self.weight)
        for leg, buyers in enumerate(self.buyers):
            room = (1 - denied[leg]) * min(first[leg], most[leg]) if denied[leg] else most[leg]
            self.allowance[leg] = min(self.allowance[leg], 1.0) + room
            sold = min(int(self.allowance[leg]), len(buyers))
            self.allowance[leg] -= sold
            for place, buyer in enumerate(buyers):
                buyer.denied = place >= sold and denied[leg] > 0 and first[leg] <= most[leg]
                if place < sold:
                    buyer.set_out(leg, buys=True)

    def _admit(self) -> None:
        """Admit from the queues of the legal pathways up to their quotas."""
        quotas = (self.world.levers["pathway_places"] / self.weight).tolist()
        for number, (queue, quota) in enumerate(zip(self.queues, quotas, strict=True)):
            allowance = self.pathway_allowance[number] + quota * self.years
            places = min(int(allowance), len(queue))
            self.pathway_allowance[number] = min(allowance - places, max(1.0, quota))
            queue.sort(key=lambda migrant: migrant.rank)
            for migrant in queue[:places]:
                migrant.be_admitted()
            del queue[:places]

    def _tell_actors(self) -> None:
        """Hand on to market, patrols, beliefs and agencies what people did, and let these adapt."""
        world, market, recorder = self.world, self.world.market, self.world.recorder
        for name, keys in self.tally.items():
            recorder.count(name, np.array(keys))
        leg, paid_usd, held_usd = _columns(self.sales, int, float, float)
        market.book(*(self._on_legs(leg, amount) for amount in (paid_usd, held_usd, None)))
        market.receive_fees(self._on_legs(*_columns(self.releases, int, float)))
        market.remember_outcomes(*_columns(self.clients, int, bool, bool))
        market.spread_word(self._on_legs(np.array(self.through, dtype=int)))
        market.lose_craft(self._on_legs(np.array([leg for seller, leg in self.seized if seller >= 0], dtype=int)))
        revenue = sum(paid for _, paid, _ in self.sales) + sum(paid for _, paid in self.releases)
        recorder.add("smuggling_revenue_usd", revenue * self.weight)
        recorder.add("debt_at_arrival_usd", self.debt_at_arrival_usd * self.weight)
        recorder.add("returns", self.returns * self.weight)
        community, leg, *chances, spared = _columns(self.news, int, int, float, float, float, float)
        world.beliefs.hear(community, leg, np.column_stack(chances), spared)
        world.patrols.learn(self._on_legs(leg, chances[0]))
        world.exploitation.stock[:] = self.exploited
        recorder.add("person_days_exploited", sum(map(sum, self.exploited)) * self.weight * world.calendar.step_days)
        world.investigation.hear_testimony(np.searchsorted(world.protection.countries, np.array(self.testimonies, str)))
        world.investigation.step()
        market.networks.heal()
        world.adaptation.step()
        world.turnover.step()
        market.networks.step()
        market.conduct.step()
        world.adaptation.record()

    def _on_legs(self, leg: np.ndarray, amount: np.ndarray | None = None) -> np.ndarray:
        """Return people on each leg, or the sum of an amount over them, in persons."""
        return np.bincount(leg, weights=amount, minlength=len(self.corridor.legs)).astype(float) * self.weight

    def run(self) -> xr.Dataset:
        """Run to the end; return what was recorded, in the form of a simulation's results."""
        while self.running:
            self.step()
        self._show_people()
        self.world.population.recount()
        self.world.recorder.put("stock", self.world.population.counts * self.weight)
        self.world.now = self.now
        return self.world.dataset()

    # --- what migrants ask ----------------------------------------------------------------------------------------

    def count(self, name: str, key: int) -> None:
        """Count something that happened to a person."""
        self.tally[name].append(key)

    def draw_offer(self, leg: int) -> int:
        """Return one of the offers on a leg."""
        return self.random.choices(self._offers[leg], cum_weights=self._appeal[leg])[0]

    def draw_episode(self, group: int, place: int) -> tuple[Sector, Form]:
        """Return sector and form of an episode, by the vacant jobs of the place."""
        profile = self._profile[group]
        weight = profile * self._openings[place][:, None]
        weights = (weight if weight.any() else profile).ravel().tolist()
        sector, form = divmod(self.random.choices(range(len(weights)), weights)[0], len(Form))
        return Sector(sector), Form(form)

    def client_factors(self, leg: int, organisation: int) -> tuple[float, float]:
        """Return hazards of interception and distress of a traveller over the mean of the leg."""
        if organisation < 0:
            return 1.0, 1.0
        unbribed = 1 - self.bribed[leg] * self.bribery[organisation]
        mean = 1 - self.bribed[leg] * self.mean_bribery[leg]
        return (unbribed / mean if mean > 0 else 1.0), self.danger_of[organisation] / self.mean_danger[leg]

    def held_risk(self, leg: int, organisation: int) -> float:
        """Return the probability of being held at the end of a leg."""
        disposition = self.disposition[organisation] if organisation >= 0 else 1.0
        return self.corridor.legs.rows[leg].exploitation_risk * disposition * self._held[self.leg_destination[leg]]


def _columns(rows: list[tuple[Any, ...]], *kinds: type) -> list[np.ndarray]:
    """Turn rows into one array per column."""
    return [np.array([row[column] for row in rows], dtype=kind) for column, kind in enumerate(kinds)]
