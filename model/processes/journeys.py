"""Records of journeys: time since leaving home, places passed, people waiting. ODD, submodel Recording.

Diaries are read by the recorder only and influence nobody's behaviour.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from corridor.model.kernels.diary import (
    BEFORE,
    DURATIONS,
    QUARTERS,
    WEEK_BOUNDS,
    JourneyCounts,
    begin_journeys,
    count_entries,
    end_journeys,
    new_diary,
    take_census,
)
from corridor.model.kernels.passages import N_COUNTS
from corridor.model.population import People

if TYPE_CHECKING:
    from corridor.model.simulation import Simulation


class Journeys:
    """Diaries of all people, and the counts taken from them in a step.

    Attributes
    ----------
    diary : structured ndarray, shape (n,)
        See `corridor.model.kernels.diary`.
    book : JourneyCounts
        Counts of journeys that end in this step, agents, and the indices by which they are counted.
    """

    def __init__(self, sim: Simulation) -> None:
        self._sim = sim
        corridor = sim.corridor
        self.diary = new_diary(sim.population.n)
        months = sim.calendar.dates.astype("datetime64[M]").astype(np.int64)
        n = len(corridor.communities)
        self._by_leg = np.zeros((N_COUNTS, len(corridor.legs)))
        self.book = JourneyCounts(
            route=corridor.leg_route,
            destination=corridor.leg_destination,
            enters=corridor.leg_enters,
            quarter=months // 3,
            detections=np.zeros((max(len(corridor.routes), 1), n)),
            first_detections=np.zeros((n, len(QUARTERS))),
            by_leg=self._by_leg,
        )
        self._bounds = np.array(WEEK_BOUNDS) / sim.calendar.weeks
        self._census = np.zeros((3, len(corridor.places)))

    def new_page(self) -> JourneyCounts:
        """Return the book with its counts by leg set to zero."""
        self._by_leg[:] = 0.0
        return self.book

    def begin(self, people: People) -> None:
        """Open the diaries of people who leave home, and of their families."""
        begin_journeys(people, self.diary, self._sim.population.place, self._sim.now)

    def go_on(self, people: People) -> None:
        """Open a new diary page for people who set out from a place abroad where they had settled."""
        sim, population = self._sim, self._sim.population
        people = population.party(people[~self.diary["under_way"][people]])
        if people.size:
            begin_journeys(people, self.diary, population.place, BEFORE)
            sim.recorder.count("onward_departures", population.community[people])

    def end(self, people: People) -> None:
        """Close the diaries of people who settle or return home, and of their families."""
        end_journeys(self._sim.population.party(people), self.diary)

    def stop(self, people: People) -> None:
        """Record that people and their families were prevented from crossing a border of entry."""
        self.diary["stopped"][self._sim.population.party(people)] = True

    def enter(self, people: People) -> None:
        """Count people who enter for the first time since they left home."""
        sim, population = self._sim, self._sim.population
        entries = np.zeros((len(sim.corridor.communities), len(DURATIONS)))
        at_first = np.zeros(len(entries))
        count_entries(people, population.records, self.diary, sim.now, self._bounds, entries, at_first)
        sim.recorder.add("entries_by_duration", entries * population.persons_per_agent)
        sim.recorder.add("entries_at_first_attempt", at_first * population.persons_per_agent)

    def step(self) -> None:
        """Record the detections of this step by origin, and the numbers waiting and living at each place."""
        sim, population = self._sim, self._sim.population
        weight = population.persons_per_agent
        for name, count in (
            ("detections_of", self.book.detections), ("first_detections", self.book.first_detections)
        ):  # fmt: skip
            sim.recorder.add(name, count * weight)
            count[:] = 0.0
        waiting, waited, living = self._census
        take_census(
            population.state_words, population.state, population.cell, self.diary, sim.now, waiting, waited, living
        )
        sim.recorder.put("waiting_here", waiting * weight)
        sim.recorder.put("waited_days_here", waited * (weight * sim.calendar.step_days))
        sim.recorder.put("living_here", living * weight)
