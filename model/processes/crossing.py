"""Travel and crossing: the outcome of each attempt on a leg.

Interception and distress are competing hazards per attempt. People in distress are rescued with the probability that
rescue covers the leg, and die otherwise. Distress depends on season and crowding. The consequences of an interception
follow the agency's practice. ODD eq. 35 to 39.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from corridor.model.events import Event
from corridor.model.kernels.passages import (
    COUNTED,
    DEAD,
    DETAINED,
    EXPLOITED,
    INTERCEPTED,
    PUT_BACK,
    RELEASED,
    RETURNED,
    LegRisks,
    Practice,
    Sellers,
    end_passages,
    treat_intercepted,
)
from corridor.model.kernels.transitions import merge
from corridor.model.lever_values import LeverValues
from corridor.model.population import People
from corridor.model.processes.seasons import season_of_legs
from corridor.model.reads import reads
from corridor.model.states import State

if TYPE_CHECKING:
    from corridor.model.simulation import Simulation

_SURE = 1 - 1e-9


def practice(levers: LeverValues) -> NDArray[np.float64]:
    """Return shares pushed back, detained and returned after interception, shape (3, n_agencies); others go free.

    A policy that raises one share reduces release first, and then the others in proportion. ODD eq. 38.
    """
    shares = np.array([levers["push_back"], levers["detain"], levers["returned"]])
    return np.asarray(shares / np.maximum(shares.sum(axis=0), 1.0))


class Crossing:
    """Outcomes of journeys that end in this step."""

    def __init__(self, sim: Simulation) -> None:
        self._sim = sim
        corridor, legs = sim.corridor, sim.corridor.legs
        self._distress = -np.log1p(-np.minimum(legs.column("distress_risk").astype(float), _SURE))
        self._season = season_of_legs(sim, "distress")
        self._is_crossing = legs.column("crossing").astype(bool)
        self._counts = corridor.leg_route >= 0
        self._expected = np.zeros(len(legs))
        self._exploitation = legs.column("exploitation_risk").astype(float)
        self._detection = legs.column("detection_rate").astype(float)
        self._recording = legs.column("death_recording_rate").astype(float)
        brought = np.where(corridor.leg_inland, corridor.leg_destination, corridor.leg_origin)
        self._ends = np.array([corridor.leg_origin, brought])
        self._enters = corridor.leg_enters

    def distress_hazard(self) -> NDArray[np.float64]:
        """Return the hazard of distress per attempt at current season, load, care and evasion, shape (n_legs,)."""
        sim, p = self._sim, self._sim.parameters
        crowding = np.exp(p.load_effect * (sim.market.seats.load - 1))
        remote = sim.patrols.pressure**p.evasion_exponent
        latent = np.exp(sim.drivers.latent_danger)
        return self._distress * self._season[sim.month] * crowding * remote * sim.market.conduct.care_of_leg * latent

    def risks(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the true probabilities of interception and death per attempt, shape (n_legs,) each."""
        patrols = self._sim.patrols
        distress = self.distress_hazard()
        total = patrols.interception + distress
        any_event = -np.expm1(-total)
        share = np.divide(any_event, total, out=np.zeros_like(total), where=total > 0)
        return patrols.interception * share, distress * (1 - patrols.coverage) * share

    def step(self) -> None:
        """End the journeys that are due."""
        sim, population = self._sim, self._sim.population
        arrived = population.with_event(Event.ARRIVED)
        legal = population.leg[arrived] < 0
        sim.pathways.arrive(arrived[legal])
        people = merge(arrived[~legal], sim.departure.arrived)
        self._expected[:] = 0.0
        if people.size:
            self._end(population.party(people))

    def expected_interceptions(self) -> NDArray[np.float64]:
        """Return the expected interceptions of this step, persons, shape (n_legs,).

        Patrols follow these rather than the outcomes drawn for agents.
        """
        return self._expected * self._sim.population.persons_per_agent

    def _end(self, people: People) -> None:
        sim, population = self._sim, self._sim.population
        leg = population.leg[people].astype(np.int64)
        outcome, chances = end_passages(
            people, population.travellers, sim.journeys.diary, self.leg_risks(), self.sellers(),
            sim.parameters.shared_fate, sim.journeys.new_page(), sim.clock,
        )  # fmt: skip
        intercepted, dead = outcome == INTERCEPTED, outcome == DEAD
        through, held = ~(intercepted | dead), outcome == EXPLOITED
        waved = np.where(population.organisation[people] < 0, 1 - self._watched[leg], 0.0)
        sim.beliefs.hear(population.community[people], leg, chances, waved)
        self._expected += np.bincount(leg, weights=chances[:, INTERCEPTED - 1], minlength=self._expected.size)
        sim.departure.release_escrow(people, through)
        sim.market.remember_outcomes(population.organisation[people], through, dead)
        self._record(people[intercepted], people[dead])
        if dead.any():
            sim.families.part_by_death(people, dead)
            population.move(people[dead], State.DEAD)
        self._arrive(people[through], leg[through], held[through])
        self._intercept(people[intercepted], leg[intercepted])

    def leg_risks(self) -> LegRisks:
        """Return current risks on every leg."""
        sim, patrols = self._sim, self._sim.patrols
        self._set_by_levers()
        return LegRisks(
            interception=patrols.interception,
            distress=self.distress_hazard(),
            coverage=patrols.coverage,
            held=np.minimum(self._held * sim.exploiters.grip_on_legs(), 1.0),
            watched=self._watched,
            bribed=self._bribed,
            bribery=sim.market.conduct.bribery_of_leg,
            care=sim.market.conduct.care_of_leg,
            detection=self._seen,
            registered=self._registered,
            recording=self._recorded,
            inland=sim.corridor.leg_inland & self._counts,
        )

    @reads("exploitation", "waved_through", "corruption", "recording", "push_back", "detain", "returned")
    def _set_by_levers(self) -> None:
        """Compute results that depend on levers alone, shape (n_legs,) each."""
        sim, levers = self._sim, self._sim.levers
        recording, waved = levers["recording"][0], levers["waved_through"]
        self._held = self._exploitation * levers["exploitation"][sim.corridor.leg_destination]
        self._practice = Practice(np.cumsum(practice(levers), axis=0), sim.corridor.leg_agency, self._ends)
        # On a leg with a market, those without a smuggler were waved through; elsewhere a share of all is.
        self._watched = 1 - np.where(sim.market.is_market, waved > 0, waved)
        self._bribed = sim.parameters.bribe_effectiveness * sim.market.conduct.corruption()
        self._seen = self._detection * recording * self._counts
        self._registered = min(recording, 1.0) * self._counts
        self._recorded = self._recording * recording

    def sellers(self) -> Sellers:
        """Return current risks to clients of every organisation."""
        market = self._sim.market
        return Sellers(market.conduct.bribery, market.conduct.distress_factor(), market.disposition)

    def _record(self, intercepted: People, dead: People) -> None:
        population, recorder, market = self._sim.population, self._sim.recorder, self._sim.market
        *persons, served, caught = self._sim.journeys.book.by_leg * population.persons_per_agent
        market.spread_word(served)
        market.lose_craft(caught)
        for name, by_leg in zip(COUNTED, persons, strict=True):
            recorder.add(name, by_leg)
        recorder.add("attempts", persons[0] * self._is_crossing)
        recorder.count("interceptions_by_group", population.sex[intercepted], population.age[intercepted])
        recorder.count("deaths_of", population.community[dead])
        recorder.count("deaths_by_group", population.sex[dead], population.age[dead])

    def _arrive(self, people: People, leg: NDArray[np.int64], held: NDArray[np.bool_]) -> None:
        sim, population = self._sim, self._sim.population
        population.place[people] = sim.corridor.leg_destination[leg]
        population.accrued[people] = sim.now
        sim.controls.hold(people[~held], leg[~held])
        population.move(people[~held], State.WAITING)
        self._enter(people[self._enters[leg]])
        sim.exploitation.capture(people[held], leg[held])

    def _enter(self, people: People) -> None:
        """Count the first arrival of each journey; a person counts again only after having been home."""
        sim, population = self._sim, self._sim.population
        entering = people[~population.entered[people]]
        if entering.size == 0:
            return
        population.entered[entering] = True
        sim.journeys.enter(entering)
        sim.recorder.count("irregular_arrivals", population.community[entering])
        sim.recorder.count("arrivals_by_group", population.sex[entering], population.age[entering])
        sim.recorder.add("arrivals_in_need", population.total(entering[population.protection_need[entering]]))
        debt = float(population.debt_usd[entering].sum()) * population.persons_per_agent
        sim.recorder.add("debt_at_arrival_usd", debt)
        sim.protection.screen(entering)

    def _intercept(self, people: People, leg: NDArray[np.int64]) -> None:
        """Apply the agency's practice: pushback, detention, return or release."""
        if people.size == 0:
            return
        sim, population = self._sim, self._sim.population
        treatment, luck = treat_intercepted(people, leg, population.records, self._practice, sim.clock)
        put_back, detained, released = treatment == PUT_BACK, people[treatment == DETAINED], treatment == RELEASED
        self._put_back(people[put_back], leg[put_back], luck[put_back])
        sim.settlement.detain(detained)
        sim.families.part_in_detention(detained)
        sim.settlement.send_home(people[treatment == RETURNED])
        inland = released & sim.corridor.leg_inland[leg]
        sim.controls.hold(people[inland], leg[inland])
        population.move(people[released], State.WAITING)
        self._enter(people[released & (sim.corridor.leg_inland & self._counts)[leg]])

    def _put_back(self, people: People, leg: NDArray[np.int64], luck: NDArray[np.float64]) -> None:
        if people.size == 0:
            return
        sim, population = self._sim, self._sim.population
        sim.recorder.count("push_backs", leg)
        sim.settlement.refoule(people)
        stays = (luck < sim.parameters.retry_share) | population.protection_need[people]
        population.move(people[stays], State.WAITING)
        sim.settlement.go_home(people[~stays])
