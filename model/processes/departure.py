"""Departure and onward travel: decide, pay, set out.

A person looks for a way with a hazard; chooses among the legs that they can pay for with savings, what relatives lend
and, for some, what smugglers lend; on a leg that smugglers serve buys an offer, if capacity allows. ODD eq. 28 to 34.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from model.kernels.choice import NONE, STAY
from model.kernels.purse import Purse, earn, find_means
from model.population import People
from model.processes.market import season_of_legs
from model.states import Event, Payment, State, Status
from model.streams import Stream

if TYPE_CHECKING:
    from model.simulation import Simulation


class Departure:
    """What those who decide in this step do."""

    def __init__(self, sim: Simulation) -> None:
        self._sim = sim
        season = season_of_legs(sim, "departures")
        # Willingness to go in a month relative to the best month of the leg.
        self._willing = season / np.maximum(season.max(axis=0), 1e-12)
        self._written = -1
        self._purse = Purse(*(sim.parameters[name] for name in Purse._fields))
        self._days = sim.corridor.legs.column("days").astype(float)

    def step(self) -> None:
        """Take everyone who decides through choice, purchase and departure."""
        sim, population = self._sim, self._sim.population
        at_home = population.having(Event.DECIDE_AT_HOME)
        people = np.sort(np.concatenate([at_home, population.having(Event.DECIDE_ON_THE_WAY)]))
        self.earn(people)
        hosted = sim.corridor.hosts[population.community[people], population.place[people]]
        # Those in need of protection do not give up and go home; everyone may settle where they are hosted.
        may_end = hosted | ~population.protection_need[people]
        chosen = sim.choice.draw(people, self.means(people)[1] / population.size[people], may_end)
        self._end_journeys(people[chosen == STAY])
        population.stuck[people] = (chosen == NONE) & (population.state[people] == State.PREPARING)
        population.bring_along(people)
        going = chosen >= 0
        people, leg = people[going], chosen[going]
        free = self._willing[sim.month, leg]
        ready = sim.streams.uniforms(Stream.TRAVEL_TIME, people, sim.now)[:, 1] < free
        people, leg = people[ready], leg[ready]
        buys = sim.market.is_market[leg] & ~self._waved_through(people, leg)
        goes = ~buys
        goes[buys] = sim.market.admit(people[buys], leg[buys])
        self._set_out(people[goes], leg[goes], buys[goes])

    def _waved_through(self, people: People, leg: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Whether the authorities let each person pass, so that they need no smuggler."""
        u = self._sim.streams.uniforms(Stream.PURCHASE, people, self._sim.population.journeys[people], leg)
        return u[:, 2] < self._sim.levers["waved_through"][leg]

    def earn(self, people: People) -> None:
        """Add what people have set aside since their account was last brought up to date."""
        sim, population = self._sim, self._sim.population
        earned = earn(
            people, population.savings_usd, population.accrued, sim.drivers.income_usd, population.community,
            population.state, population.schooling, population.size, sim.now, sim.calendar.years, self._purse,
        )  # fmt: skip
        sim.ledger.receive("savings from earnings", earned)

    def means(self, people: People) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return what families can pay, USD, shape (k,) each.

        First from savings and what relatives still lend, then also with smugglers' credit.
        """
        population = self._sim.population
        own, whole = find_means(
            people, population.savings_usd, population.debt_usd, population.bond_usd, self._sim.drivers.income_usd,
            population.community, population.ties, population.creditworthy, population.size, self._purse,
        )  # fmt: skip
        return own, whole

    def _end_journeys(self, people: People) -> None:
        sim = self._sim
        here = sim.corridor.hosts[sim.population.community[people], sim.population.place[people]]
        sim.settlement.arrive(people[here])
        sim.settlement.go_home(people[~here])

    def _set_out(self, people: People, leg: NDArray[np.int32], buys: NDArray[np.bool_]) -> None:
        sim, population = self._sim, self._sim.population
        leaving = people[population.state[people] == State.PREPARING]
        self.record(leaving)
        population.protection_need[leaving] = self._needs_protection(leaving)
        population.leg[people] = leg
        # A status holds in the country that gave it.
        population.status[people] = Status.IRREGULAR
        alone = people[~buys]
        self.pay_own_way(alone, sim.market.own_cost()[leg[~buys]] * population.size[alone])
        self._buy(people[buys], leg[buys])
        population.journeys[people] += 1
        u = sim.streams.uniforms(Stream.TRAVEL_TIME, people, sim.now)[:, 0]
        steps = np.floor(self._days[leg] / sim.calendar.step_days + u).astype(np.int32)
        population.due[people] = sim.now + np.maximum(steps, 1)
        population.stuck[people] = False
        sim.exploitation.expose(people)
        population.move(people, State.MOVING)

    def record(self, leaving: People) -> None:
        """Count people who leave home, with their families."""
        if leaving.size == 0:
            return
        sim, population = self._sim, self._sim.population
        everyone = population.party(leaving)
        sim.recorder.count("departures", population.community[everyone])
        sim.recorder.count("departures_by_group", population.sex[everyone], population.age[everyone])
        sim.recorder.add("departures_schooled", population.total(everyone[population.schooling[everyone]]))
        sim.recorder.add("lone_children", population.total(leaving[population.alone[leaving]]))

    def _needs_protection(self, people: People) -> NDArray[np.bool_]:
        """People flee persecution or conflict with the probability that the conflict index gives."""
        sim = self._sim
        conflict = np.clip(sim.drivers.conflict + sim.drivers.displaced, 0, 1)
        u = sim.streams.uniforms(Stream.SETTLEMENT, people)[:, 3]
        return u < conflict[sim.population.community[people]]

    def pay_own_way(self, people: People, cost_usd: NDArray[np.float64]) -> None:
        """Pay a cost from savings and, where they fall short, with borrowed money."""
        if people.size == 0:
            return
        population = self._sim.population
        from_savings = np.minimum(population.savings_usd[people], cost_usd)
        population.savings_usd[people] -= from_savings
        population.debt_usd[people] += cost_usd - from_savings
        population.payment[people] = Payment.OWN_COST
        population.organisation[people] = -1
        self._sim.ledger.spend("travel", cost_usd)

    def _buy(self, people: People, leg: NDArray[np.int32]) -> None:
        sim, population, p = self._sim, self._sim.population, self._sim.parameters
        offer = sim.market.assign(people, leg)
        # Nobody can be charged more than they can find.
        own, means = self.means(people)
        fee = np.minimum(sim.market.offer_fee_usd[offer] * population.size[people], means)
        u = sim.streams.uniforms(Stream.PURCHASE, people, population.journeys[people], leg)[:, 1]
        payment = np.where(own < fee, Payment.CREDIT, np.where(u < p.escrow_share, Payment.ESCROW, Payment.ADVANCE))
        from_savings = np.minimum(population.savings_usd[people], fee)
        population.savings_usd[people] -= from_savings
        population.debt_usd[people] += fee - from_savings
        # Smugglers charge interest on what they lend themselves: what relatives could not.
        lent = np.maximum(fee - own, 0.0)
        interest = p.credit_interest * lent
        population.debt_usd[people] += interest
        population.bond_usd[people] += lent + interest
        on_credit = lent > 0
        population.creditor[people[on_credit]] = sim.market.offer_organisation[offer[on_credit]]
        held = np.where(payment == Payment.ESCROW, fee, 0.0)
        population.escrow_usd[people] = held
        population.payment[people] = payment
        population.organisation[people] = sim.market.offer_organisation[offer]
        sim.ledger.spend("fees", fee - held)
        sim.ledger.spend("interest", interest)
        sim.market.book(leg, fee - held, held, population.size[people])
        self._record_revenue(leg, fee - held)

    def _record_revenue(self, leg: NDArray[np.integer], paid_usd: NDArray[np.float64]) -> None:
        sim = self._sim
        by_leg = np.bincount(leg, weights=paid_usd, minlength=len(sim.corridor.legs)) * sim.population.persons_per_agent
        sim.recorder.add("fee_revenue_usd", by_leg)
        sim.recorder.add("smuggling_revenue_usd", by_leg.sum())

    def release_escrow(self, people: People, through: NDArray[np.bool_]) -> None:
        """Pay the organisation what is held for it when a journey succeeded; give it back when it failed.

        Parameters
        ----------
        people : ndarray of int, shape (k,)
        through : ndarray of bool, shape (k,)
        """
        sim, population = self._sim, self._sim.population
        holds = population.escrow_usd[people] > 0
        people, through = people[holds], through[holds]
        held = population.escrow_usd[people].copy()
        paid = np.where(through, held, 0.0)
        population.escrow_usd[people] = 0.0
        # What comes back goes to those who lent it first.
        repaid = np.minimum(held - paid, population.debt_usd[people])
        population.debt_usd[people] -= repaid
        population.bond_usd[people] = np.minimum(population.bond_usd[people], population.debt_usd[people])
        population.savings_usd[people] += held - paid - repaid
        sim.ledger.spend("fees", paid)
        sim.market.receive_fees(population.leg[people], paid)
        self._record_revenue(population.leg[people], paid)

    def rates(self, rates: NDArray[np.float32]) -> None:
        """Write hazards of those who prepare and wait, per year, into (n_states, n_places, n_profiles, n_causes)."""
        sim, p = self._sim, self._sim.parameters
        version = sim.levers.version("mobility")
        if version == self._written:
            return
        self._written = version
        mobility = np.maximum(sim.levers["mobility"], 0.0)[:, None]
        rates[State.PREPARING, :, :, 0] = p.decision_rate * mobility
        rates[State.PREPARING, :, :, 2] = p.fade_rate
        rates[State.PREPARING, :, Status.QUEUED, :] = 0.0
        rates[State.PREPARING, :, Status.QUEUED, 3] = 1 / p.legal_patience
        rates[State.WAITING, :, :, 0] = p.decision_rate * mobility
        rates[State.WAITING, ~sim.corridor.is_destination, :, 2] = p.give_up_rate
