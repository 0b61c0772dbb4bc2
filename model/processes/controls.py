"""Controls ashore and on arrival: attempts prevented, people held on arrival, and people sent back.

Control ashore depends on staff per km of coast or border. It stops a share of attempts before they start, which costs
people time, some money and sometimes their freedom. On arrival over a border, people may be held for a time before they
can move on, and a share of them is sent back to the start of the leg. People learn about these controls like
about fees, with the delay of news. ODD eq. 9b, 20c, 38a and 38b.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from corridor.model.events import Event
from corridor.model.hazards import Hazards
from corridor.model.population import People
from corridor.model.processes.crossing import practice
from corridor.model.purposes import Purpose
from corridor.model.reads import reads
from corridor.model.states import State, Status

if TYPE_CHECKING:
    from corridor.model.simulation import Simulation

_SHORTEST_DAYS = 1.0
"""Minimum time of being held, where anybody is held."""


class Ahead(NamedTuple):
    """Controls that people expect before an attempt on a leg, shape (n_legs,) each."""

    stopped_ashore: NDArray[np.float64]
    """Probability that an attempt is stopped before it starts; people who are stopped stay at the start of the leg."""
    weeks_detained: NDArray[np.float64]
    """Mean detention after being stopped ashore, weeks."""
    held_weeks: NDArray[np.float64]
    """Mean time for which people are held on arrival, weeks."""
    sent_back: NDArray[np.float64]
    """Probability of being sent back after being held on arrival."""
    back_to: NDArray[np.integer]
    """Place to which people are sent back: the start of the leg."""


class Controls:
    """Shares stopped ashore, lengths of stay and returns from where people arrive.

    Attributes
    ----------
    ashore : ndarray of float, shape (n_legs,), share of tries stopped before they start
    """

    def __init__(self, sim: Simulation) -> None:
        self._sim = sim
        corridor = sim.corridor
        self._crossing = corridor.legs.column("crossing").astype(bool)
        # An agency cannot lay hands on people whom it keeps on the other side of its border.
        side = np.array([agency.side == "partner" for agency in corridor.agencies] + [False])
        self._seizes = side[corridor.leg_agency]
        sim.hazards.declare(self._rates, Event.LET_ON, Event.SENT_BACK, levers=("held_days", "readmitted"))
        self._set_by_levers()
        self._believed = [values.copy() for values in self._facts]

    def step(self) -> None:
        """Update controls, and process the news of them."""
        sim = self._sim
        self._set_by_levers()
        arriving = -float(np.expm1(-sim.calendar.weeks / sim.parameters.news_delay))
        for believed, fact in zip(self._believed, self._facts, strict=True):
            believed += arriving * (fact - believed)

    @reads("control_ashore", "held_days", "readmitted", "push_back", "detain", "returned", "detention_days")
    def _set_by_levers(self) -> None:
        """Compute results that depend only on levers. ODD eq. 9b."""
        sim, levers, corridor = self._sim, self._sim.levers, self._sim.corridor
        self.ashore = -np.expm1(-sim.parameters.ashore_per_officer * levers["control_ashore"])
        shares = np.hstack([practice(levers)[1:], np.zeros((2, 1))])
        self._detained, self._returned = shares[:, corridor.leg_agency] * self._seizes
        weeks = self._detained * np.append(levers["detention_days"], 0.0)[corridor.leg_agency] / 7
        end = corridor.leg_destination
        held = self._held_days()[end] / 7 * self._crossing
        self._facts = self.ashore, weeks, held, levers["readmitted"][end] * self._crossing

    def _held_days(self) -> NDArray[np.float64]:
        """Return the mean time that people are held at each place after crossing a border, days, shape (n_places,)."""
        levers = self._sim.levers
        days = np.maximum(levers["held_days"], _SHORTEST_DAYS)
        return np.where((levers["held_days"] > 0) | (levers["readmitted"] > 0), days, 0.0)

    # --- what people reckon with ----------------------------------------------------------------------------------

    def ahead(self) -> Ahead:
        """Return perceived controls ashore and on arrival. ODD eq. 20c."""
        sim = self._sim
        ashore, weeks, held, sent_back = self._believed
        return Ahead(ashore, weeks, held, sent_back, sim.corridor.leg_origin)

    def ashore_utility(self) -> NDArray[np.float64]:
        """Return the utility of expected detention after controls ashore, utils, shape (n_legs,)."""
        p, ahead = self._sim.parameters, self.ahead()
        return np.asarray(ahead.stopped_ashore * p.detention_utility * ahead.weeks_detained)

    # --- ashore ---------------------------------------------------------------------------------------------------

    def stop_ashore(self, people: People, leg: NDArray[np.integer]) -> NDArray[np.bool_]:
        """Return who, of people about to set out, is stopped before the start, and apply the consequences.

        Parameters
        ----------
        people : ndarray of int, shape (k,)
            Heads of families.
        leg : ndarray of int, shape (k,)
        """
        sim, population = self._sim, self._sim.population
        share = self.ashore[leg]
        if not share.any():
            return np.zeros(people.size, dtype=np.bool_)
        u = sim.streams.draw(Purpose.STOPPED_ASHORE, people, population.journeys[people], leg)
        stopped = u[:, 0] < share
        self._stop(people[stopped], leg[stopped], u[stopped, 1])
        return stopped

    def _stop(self, people: People, leg: NDArray[np.integer], luck: NDArray[np.float64]) -> None:
        """Turn people back ashore: most try again later; some are detained or returned first."""
        if people.size == 0:
            return
        sim, population, n_legs = self._sim, self._sim.population, self.ashore.size
        seats = population.size[people]
        persons = np.bincount(leg, weights=seats, minlength=n_legs) * population.persons_per_agent
        sim.recorder.add("stopped_ashore", persons)
        sim.departure.pay_own_way(people, sim.parameters.ashore_loss * sim.market.offers.leg_fee_usd[leg] * seats)
        # Another attempt has draws of its own.
        population.journeys[people] += 1
        population.bring_along(people)
        away = population.state[people] == State.WAITING
        detain, returned = self._detained[leg], self._returned[leg]
        detained = people[away & (luck < detain)]
        sim.settlement.detain(population.party(detained))
        sim.families.part_in_detention(detained)
        sim.settlement.send_home(people[away & (luck >= detain) & (luck < detain + returned)])

    # --- on arrival -----------------------------------------------------------------------------------------------

    def hold(self, people: People, leg: NDArray[np.integer]) -> None:
        """Hold people who have just crossed a border, with their families, where this is practice. ODD eq. 38a.

        Parameters
        ----------
        people, leg : ndarray of int, shape (k,)
        """
        place = self._sim.corridor.leg_destination[leg]
        held = self._crossing[leg] & (self._held_days() > 0)[place]
        if held.any():
            self._sim.population.status[people[held]] = Status.QUEUED
            self._sim.recorder.count("held_on_arrival", place[held])

    def _rates(self, hazards: Hazards) -> None:
        """Set the rates at which people who are held may move on, or are sent back."""
        ends = 365.25 / np.maximum(self._held_days(), _SHORTEST_DAYS)
        sent_back = self._sim.levers["readmitted"]
        hazards.set(Event.LET_ON, ends * (1 - sent_back), status=Status.QUEUED)
        hazards.set(Event.SENT_BACK, ends * sent_back, status=Status.QUEUED)

    def release(self) -> None:
        """Let people move on, or send them back to the start of the leg. ODD eq. 38b."""
        sim, population = self._sim, self._sim.population
        free = population.with_event(Event.LET_ON)
        population.status[free] = Status.IRREGULAR
        population.accrued[free] = sim.now
        population.classify(free)
        self._send_back(population.party(population.with_event(Event.SENT_BACK)))

    def _send_back(self, people: People) -> None:
        if people.size == 0:
            return
        sim, population = self._sim, self._sim.population
        sim.recorder.count("readmissions", population.place[people])
        sim.settlement.refoule(people)
        sim.costs.returned(people.size)
        population.place[people] = sim.corridor.leg_origin[population.leg[people]]
        population.status[people] = Status.IRREGULAR
        population.accrued[people] = sim.now
        at_home = population.place[people] == sim.corridor.home[population.community[people]]
        sim.settlement.go_home(people[at_home])
        population.move(people[~at_home], State.WAITING)
