"""Protection: identification, places that run out, assistance, permits and assisted return. ODD eq. 48 and 49."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from model.organisations import ProtectionService
from model.population import People
from model.states import Event, State, Status
from model.streams import Stream

if TYPE_CHECKING:
    from model.simulation import Simulation


class Protection:
    """Services for victims, by country.

    Attributes
    ----------
    assisted : ndarray of int, shape (n_countries,)
        Agents assisted now in each country that has places on the map.
    """

    def __init__(self, sim: Simulation) -> None:
        self._sim = sim
        corridor = sim.corridor
        countries = corridor.places.column("country")
        self.countries, self._country_of_place = np.unique(countries, return_inverse=True)
        self._country_of_service = np.array(
            [
                int(np.searchsorted(self.countries, s.country)) if s.country in self.countries else -1
                for s in corridor.services
            ],
            dtype=np.int64,
        )
        self.assisted = np.zeros(self.countries.size, dtype=np.int64)
        self._rounding = sim.streams.generator(Stream.EXIT, 0).random(self.countries.size)
        self.agents = [ProtectionService(sim, row, service.label) for row, service in enumerate(corridor.services)]

    def places(self) -> NDArray[np.float64]:
        """Return places in services, persons, shape (n_countries,)."""
        known = self._country_of_service >= 0
        return np.bincount(
            self._country_of_service[known],
            weights=self._sim.levers["shelter_places"][known],
            minlength=self.countries.size,
        ).astype(np.float64)

    def _whole_places(self) -> NDArray[np.int64]:
        """Places in whole agents: rounded up or down by one draw a run, so that they are right on average."""
        return np.floor(self.places() / self._sim.population.persons_per_agent + self._rounding).astype(np.int64)

    def rates(self, rates: NDArray[np.float32]) -> None:
        """Write hazards per year into (n_states, n_places, n_profiles, n_causes)."""
        rates[State.ASSISTED, :, :, 0] = 12 / self._sim.parameters.support_months

    def meet(self, people: People) -> None:
        """Take victims out of exploitation; identify some; assist as many as there are places, in random order."""
        if people.size == 0:
            return
        sim, population = self._sim, self._sim.population
        u = sim.streams.uniforms(Stream.EXIT, people, population.episodes[people])
        identified = u[:, 0] < sim.parameters.identification_share
        sim.exploitation.free(people[~identified])
        victims, luck = people[identified], u[identified, 1]
        place = population.place[victims]
        country = self._country_of_place[place]
        free = self._whole_places() - self.assisted
        order = np.lexsort((luck, country))
        counts = np.bincount(country, minlength=free.size)
        first = np.concatenate([[0], np.cumsum(counts)])[:-1]
        rank = np.empty(victims.size, dtype=np.int64)
        rank[order] = np.arange(victims.size) - first[country[order]]
        served = rank < free[country]
        sim.recorder.count("identified", place)
        sim.recorder.count("assisted_started", place[served])
        sim.recorder.count("unserved", place[~served])
        sim.exploitation.free(victims[~served])
        self._assist(victims[served], country[served])

    def _assist(self, people: People, country: NDArray[np.int64]) -> None:
        sim, population = self._sim, self._sim.population
        sim.exploitation.end(people)
        population.assisted_before[people] = True
        self.assisted += np.bincount(country, minlength=self.assisted.size)
        population.move(people, State.ASSISTED)
        u = sim.streams.uniforms(Stream.EXIT, people, population.episodes[people], 1)
        testify = u[:, 0] < sim.parameters.testimony_share
        sim.investigation.hear_testimony(country[testify])

    def step(self) -> None:
        """End assistance that is due: permit, assisted return, or neither."""
        sim, population, p = self._sim, self._sim.population, self._sim.parameters
        people = population.having(Event.ASSISTANCE_ENDED)
        country = self._country_of_place[population.place[people]]
        self.assisted -= np.bincount(country, minlength=self.assisted.size)
        u = sim.streams.uniforms(Stream.EXIT, people, population.episodes[people], 2)
        permit = u[:, 0] < p.permit_share
        goes = ~permit & ~population.protection_need[people] & (u[:, 1] < p.assisted_return_share)
        population.status[people[permit]] = Status.REGULAR
        population.accrued[people] = sim.now
        sim.exploitation.expose(people)
        sim.settlement.go_home(people[goes])
        sim.settlement.resume(people[~goes])
