"""Travel and crossing: how each journey along a leg ends.

Interception and distress compete as hazards per attempt; those in distress are rescued with the probability that rescue
covers the leg, and die otherwise. Distress rises with season and crowding. What follows an interception is the practice
of the agency. ODD eq. 35 to 39.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from model.calendar import LeverValues
from model.population import People
from model.processes.market import season_of_legs
from model.states import Channel, Event, State
from model.streams import Stream

if TYPE_CHECKING:
    from model.simulation import Simulation

THROUGH, INTERCEPTED, DEAD, EXPLOITED = 0, 1, 2, 3
"""How a journey ends, as beliefs hear of it."""
_SURE = 1 - 1e-9


def practice(levers: LeverValues) -> NDArray[np.float64]:
    """Return shares put back, detained and returned after an interception, shape (3, n_agencies); the rest go free.

    A policy that raises one practice takes from release first, then from the others in proportion. ODD eq. 38.
    """
    shares = np.array([levers["push_back"], levers["detain"], levers["returned"]])
    return np.asarray(shares / np.maximum(shares.sum(axis=0), 1.0))


class Crossing:
    """Outcomes of journeys that end in this step."""

    def __init__(self, sim: Simulation) -> None:
        self._sim = sim
        legs = sim.corridor.legs
        self._distress = -np.log1p(-np.minimum(legs.column("distress_risk").astype(float), _SURE))
        self._season = season_of_legs(sim, "distress")
        self._is_crossing = legs.column("crossing").astype(bool)
        self._counts = legs.column("route") != ""
        self._exploitation = legs.column("exploitation_risk").astype(float)
        self._detection = legs.column("detection_rate").astype(float)
        self._recording = legs.column("death_recording_rate").astype(float)

    def distress_hazard(self) -> NDArray[np.float64]:
        """Return the hazard of distress per attempt at present season, load, care and evasion, shape (n_legs,)."""
        sim, p = self._sim, self._sim.parameters
        crowding = np.exp(p.load_effect * (sim.market.load - 1))
        remote = sim.patrols.pressure**p.evasion_exponent
        return self._distress * self._season[sim.month] * crowding * remote * sim.market.conduct.care_of_leg

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
        arrived = population.having(Event.ARRIVED)
        legal = population.leg[arrived] < 0
        sim.pathways.arrive(arrived[legal])
        people = arrived[~legal]
        if people.size:
            self._end(population.party(people))
        sim.patrols.learn(sim.recorder.now("interceptions"))

    def _end(self, people: People) -> None:
        sim, population = self._sim, self._sim.population
        leg = population.leg[people].astype(np.int64)
        # Families are in the same boat: they share the luck of their head.
        u = sim.streams.uniforms(Stream.CROSSING, population.head[people], leg, population.journeys[people])
        u[:, 2] = sim.families.luck(people, leg, u[:, 2])
        more_stopped, more_danger = sim.market.conduct.client_factors(population.organisation[people], leg)
        watched = self._watched(people, leg)
        interception = sim.patrols.interception[leg] * watched * more_stopped
        distress = self.distress_hazard()[leg] * more_danger
        # Each risk has a clock of its own, so that a person's luck at sea is the same whatever patrols do before it.
        luck = -np.log(u[:, :2])
        sooner = luck[:, 0] * distress <= luck[:, 1] * interception
        intercepted = sooner & (luck[:, 0] < interception)
        in_distress = ~sooner & (luck[:, 1] < distress)
        rescued = in_distress & (u[:, 2] < sim.patrols.coverage[leg])
        dead = in_distress & ~rescued
        through = ~intercepted & ~dead
        held = through & (u[:, 3] < self._held_risk(people, leg))
        outcome = np.select([intercepted, dead, held], [INTERCEPTED, DEAD, EXPLOITED], THROUGH)
        sim.beliefs.hear(population.community[people], leg, outcome, 1 - watched)
        self._settle_accounts(people, through, dead)
        sim.market.lose_craft(population.organisation[people[intercepted]], leg[intercepted])
        self._record(people, leg, intercepted, rescued, dead, through)
        sim.families.part_by_death(people, dead)
        population.move(people[dead], State.DEAD)
        self._arrive(people[through], leg[through], held[through])
        self._intercept(people[intercepted], leg[intercepted])

    def _watched(self, people: People, leg: NDArray[np.int64]) -> NDArray[np.float64]:
        """Share of interception that a person faces: none for those waved through, all for those who bought."""
        sim = self._sim
        waved = sim.levers["waved_through"][leg]
        waved = np.where(sim.market.is_market[leg], waved > 0, waved)
        return np.where(sim.population.organisation[people] >= 0, 1.0, 1 - waved)

    def _held_risk(self, people: People, leg: NDArray[np.int64]) -> NDArray[np.float64]:
        """Probability of being held for ransom or labour on the way; the organisation's disposition matters."""
        sim, population = self._sim, self._sim.population
        organisation = population.organisation[people]
        bought = organisation >= 0
        disposition = np.ones(people.size)
        disposition[bought] = sim.market.disposition[organisation[bought]]
        place = sim.corridor.leg_destination[leg]
        own = disposition * population.susceptibility[people]
        return self._exploitation[leg] * own * sim.levers["exploitation"][place]

    def _settle_accounts(self, people: People, through: NDArray[np.bool_], dead: NDArray[np.bool_]) -> None:
        sim, organisation = self._sim, self._sim.population.organisation[people]
        bought = organisation >= 0
        sim.departure.release_escrow(people[bought], through[bought])
        sim.market.remember_outcomes(organisation[bought], through[bought], dead[bought])
        sim.market.spread_word(sim.population.leg[people[bought & through]])

    def _record(self, people, leg, intercepted, rescued, dead, through) -> None:  # type: ignore[no-untyped-def]
        sim, recorder = self._sim, self._sim.recorder
        population = sim.population
        recorder.count("passages", leg)
        recorder.count("attempts", leg[self._is_crossing[leg]])
        recorder.count("arrivals", leg[through])
        recorder.count("interceptions", leg[intercepted])
        stopped = people[intercepted]
        recorder.count("interceptions_by_group", population.sex[stopped], population.age[stopped])
        recorder.count("rescues", leg[rescued])
        recorder.count("deaths", leg[dead])
        recorder.count("deaths_of", population.community[people[dead]])
        recorder.count("deaths_by_group", population.sex[people[dead]], population.age[people[dead]])
        u = sim.streams.uniforms(Stream.PRACTICE, people, leg, population.journeys[people])
        recording = sim.levers["recording"][0]
        seen = (through & (u[:, 2] < self._detection[leg] * recording)) | (intercepted & sim.corridor.leg_inland[leg])
        recorder.count("detections", leg[seen & self._counts[leg]])
        recorder.count("deaths_recorded", leg[dead & (u[:, 3] < self._recording[leg] * recording)])

    def _arrive(self, people: People, leg: NDArray[np.int64], held: NDArray[np.bool_]) -> None:
        sim, population = self._sim, self._sim.population
        place = sim.corridor.leg_destination[leg]
        population.place[people] = place
        population.accrued[people] = sim.now
        population.move(people[~held], State.WAITING)
        self._enter(people[self._counts[leg] | sim.corridor.is_destination[place]])
        sim.exploitation.begin(people[held], Channel.CAPTIVITY)

    def _enter(self, people: People) -> None:
        """Count the first arrival of each journey; a person counts again only after having been home."""
        sim, population = self._sim, self._sim.population
        entering = people[~population.entered[people]]
        if entering.size == 0:
            return
        population.entered[entering] = True
        sim.recorder.count("irregular_arrivals", population.community[entering])
        sim.recorder.count("arrivals_by_group", population.sex[entering], population.age[entering])
        sim.recorder.add("arrivals_in_need", population.total(entering[population.protection_need[entering]]))
        debt = float(population.debt_usd[entering].sum()) * population.persons_per_agent
        sim.recorder.add("debt_at_arrival_usd", debt)
        sim.protection.screen(entering)

    def _intercept(self, people: People, leg: NDArray[np.int64]) -> None:
        """Apply the practice of the agency: push-back, detention, return or release."""
        if people.size == 0:
            return
        sim, population = self._sim, self._sim.population
        agency = sim.corridor.leg_agency[leg]
        u = sim.streams.uniforms(Stream.PRACTICE, population.head[people], leg, population.journeys[people])
        bound = np.cumsum(practice(sim.levers), axis=0)[:, agency]
        inland = sim.corridor.leg_inland[leg]
        place = np.where(inland, sim.corridor.leg_destination[leg], sim.corridor.leg_origin[leg])
        population.accrued[people] = sim.now
        put_back = u[:, 0] < bound[0]
        detained = ~put_back & (u[:, 0] < bound[1])
        returned = ~put_back & ~detained & (u[:, 0] < bound[2])
        released = ~put_back & ~detained & ~returned
        population.place[people] = np.where(put_back, sim.corridor.leg_origin[leg], place)
        self._put_back(people[put_back], leg[put_back], u[put_back, 1])
        sim.settlement.detain(people[detained])
        sim.families.part_in_detention(people[detained])
        sim.settlement.send_home(people[returned])
        population.move(people[released], State.WAITING)
        self._enter(people[released & inland & self._counts[leg]])

    def _put_back(self, people: People, leg: NDArray[np.int64], luck: NDArray[np.float64]) -> None:
        if people.size == 0:
            return
        sim, population = self._sim, self._sim.population
        sim.recorder.count("push_backs", leg)
        sim.settlement.refoule(people)
        stays = (luck < sim.parameters.retry_share) | population.protection_need[people]
        population.move(people[stays], State.WAITING)
        sim.settlement.go_home(people[~stays])
