"""Protection: identification, the queue for a place, assistance, permits and assisted return. ODD eq. 48 to 49a."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from corridor.model.countries import countries_of
from corridor.model.events import Event
from corridor.model.hazards import Hazards
from corridor.model.organisations import ProtectionService
from corridor.model.population import People
from corridor.model.purposes import Purpose
from corridor.model.states import N_STATES, Channel, Exit, Form, State, Status

if TYPE_CHECKING:
    from corridor.model.simulation import Simulation

_IS_REACHABLE = np.isin(np.arange(N_STATES), (State.WAITING, State.SETTLED, State.RETURNED))
"""States in which an identified victim can take up a free place."""


_BY_SMUGGLERS = Channel.DEBT, Channel.SOLD
"""Channels of exploitation in which victims have evidence about smugglers."""


class Protection:
    """Services for victims, by country.

    Attributes
    ----------
    assisted : ndarray of int, shape (n_countries,)
        Agents currently assisted, in each country with places on the map.
    skill : ndarray of float, shape (n_places,)
        Skill of the front line in identifying victims, relative to the start of the run.
    recognition : ndarray of float, shape (n_places,)
        Share of authorities' contacts with exploited people in which they screen for victims at all.
    is_reception : ndarray of bool, shape (n_places,)
        Places in countries that grant asylum.
    queue : ndarray of int, shape (k,)
        Identified victims who wait for a place, in order of service.
    """

    def __init__(self, sim: Simulation) -> None:
        self._sim = sim
        sim.hazards.declare(self._rates, Event.ASSISTANCE_ENDED, levers=())
        corridor = sim.corridor
        countries = countries_of(corridor)
        self.countries, self._country_of_place = countries.names, countries.of_place
        self._country_of_service = countries.numbers(corridor.services.column("country"))
        self._receives = np.isin(np.arange(self.countries.size), self._country_of_place[corridor.grants_asylum])
        p, recognition = sim.parameters, self._of_place("recognition", 1.0)
        self.recognition = 1 - p.recognition_effect * (1 - recognition)
        self._told = np.minimum(p.interview_share * self._of_place("asylum_referral", 0.0), 1.0)
        self.is_reception = self._receives[self._country_of_place]
        self._ratio = np.array([p[f"{form.name.lower()}_recognised"] for form in Form])
        self.assisted = np.zeros(self.countries.size, dtype=np.int64)
        self.skill = np.ones(len(corridor.places))
        self.queue: People = np.empty(0, dtype=np.int64)
        self._queued_at = self._since = self._until = np.empty(0, dtype=np.int64)
        self._rounding = sim.streams.draw(Purpose.SHELTER, np.arange(self.countries.size))[:, 0]
        self.agents = [ProtectionService(sim, row, service.label) for row, service in enumerate(corridor.services)]

    def _of_place(self, column: str, otherwise: float) -> NDArray[np.float64]:
        """Return a column of justice.csv by place, shape (n_places,)."""
        table, values = self._sim.corridor.justice, np.full(self.countries.size, otherwise)
        country = countries_of(self._sim.corridor).numbers(table.column("country"))
        values[country[country >= 0]] = table.column(column).astype(float)[country >= 0]
        return values[self._country_of_place]

    # --- capacity and quality -------------------------------------------------------------------------------------

    def places(self) -> NDArray[np.float64]:
        """Return places in services, persons, shape (n_countries,)."""
        return self._total(self._sim.levers["shelter_places"])

    def _total(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        known = self._country_of_service >= 0
        totals = np.bincount(self._country_of_service[known], weights=values[known], minlength=self.countries.size)
        return totals.astype(np.float64)

    def _mean(self, lever: str, otherwise: float) -> NDArray[np.float64]:
        """Return the mean of a lever over the places of each country, shape (n_countries,)."""
        levers, places = self._sim.levers, self.places()
        total = self._total(levers["shelter_places"] * levers[lever])
        return np.divide(total, places, out=np.full_like(total, otherwise), where=places > 0)

    def _whole_places(self) -> NDArray[np.int64]:
        """Places in whole agents, rounded up or down by one draw per run, so that they are exact on average."""
        return np.floor(self.places() / self._sim.population.persons_per_agent + self._rounding).astype(np.int64)

    def _rates(self, hazards: Hazards) -> None:
        """Set the rate at which assistance ends."""
        hazards.set(Event.ASSISTANCE_ENDED, 12 / self._sim.parameters.support_months)

    def _learn(self) -> None:
        """Adjust the front line's skill towards the level given by its training, at the rate of staff turnover."""
        sim = self._sim
        trained = sim.levers["identification"]
        stays = np.exp(-sim.calendar.in_months / sim.parameters.turnover_months)
        self.skill = trained + (self.skill - trained) * stays

    # --- identification -------------------------------------------------------------------------------------------

    def meet(self, people: People, way: NDArray[np.integer]) -> None:
        """Release victims from exploitation, and identify some of them, who may wait for assistance.

        Without a firewall, authorities detain some of the victims whom they take for irregular migrants only.

        Parameters
        ----------
        people : ndarray of int, shape (k,)
        way : ndarray of int, shape (k,)
            `Exit` through authorities or the community.
        """
        if people.size == 0:
            return
        sim, population, p = self._sim, self._sim.population, self._sim.parameters
        u = sim.streams.draw(Purpose.IDENTIFICATION, people, population.episodes[people])
        place = population.place[people]
        identified = u[:, 0] < self._recognised(p.identification_share, population.form[people], self.skill[place])
        exposed = population.status[people] == Status.IRREGULAR
        exposed &= place != sim.corridor.home[population.community[people]]
        punished = (way == Exit.AUTHORITIES) & ~identified & exposed
        punished &= u[:, 2] < p.handover_share * (1 - sim.levers["firewall"][place])
        sim.exploitation.free(people[~punished], way[~punished])
        sim.exploitation.end(people[punished], way[punished])
        sim.recorder.add("victims_punished", population.total(people[punished]))
        sim.settlement.detain(people[punished])
        sim.cases.see(people[identified & (way == Exit.AUTHORITIES)])
        self._identify(people[identified], u[identified, 1], u[identified, 3])

    def _recognised(
        self, share: float | NDArray[np.float64], form: NDArray[np.integer], skill: float | NDArray[np.float64] = 1.0
    ) -> NDArray[np.float64]:
        """Return the probability that victims of a form are recognised, where a share of the usual form is."""
        weight = share * self._ratio[form] * skill
        return np.asarray(weight / (weight + 1 - share))

    def screen(self, people: People) -> None:
        """Screen arrivals who were victims in transit or are expected by a network; few with signs are identified.

        Signs are what those who meet boats note; a victim is registered where a service or an authority takes the case.
        """
        sim, population = self._sim, self._sim.population
        people = people[population.state[people] == State.WAITING]
        unseen = (population.episodes[people] > 0) & ~population.identified[people]
        unseen |= sim.recruiters.is_promised[people]
        victims = people[unseen & ~population.assisted_before[people]]
        if victims.size == 0:
            return
        u = sim.streams.draw(Purpose.SCREENING, victims, population.episodes[victims])
        share = sim.parameters.screening_share * sim.levers["screening"][population.place[victims]]
        seen = u[:, 0] < share
        sim.recorder.count("screened", population.place[victims[seen]])
        referred = seen & (u[:, 2] < self._recognised(sim.parameters.referral_share, population.form[victims]))
        self._identify(victims[referred], u[referred, 1], u[referred, 3])

    def _interview(self, people: People) -> None:
        """Identify some of the former victims among asylum seekers."""
        sim, population = self._sim, self._sim.population
        people = people[self._told[population.place[people]] > 0]
        people = people[(population.episodes[people] > 0) & ~population.identified[people]]
        if people.size == 0:
            return
        u = sim.streams.draw(Purpose.INTERVIEW, people, population.episodes[people])
        found = u[:, 0] < self._recognised(self._told[population.place[people]], population.form[people])
        self._identify(people[found], u[found, 1], u[found, 3])

    def _identify(self, people: People, luck: NDArray[np.float64], patience: NDArray[np.float64]) -> None:
        """Append identified victims to the queue, in random order within a step."""
        if people.size == 0:
            return
        sim, population = self._sim, self._sim.population
        population.identified[people] = True
        sim.recorder.count("identified", population.place[people])
        sim.recorder.count("identified_by_group", population.sex[people], population.age[people])
        self._count_identified(people)
        months = -np.log(patience) * sim.parameters.service_patience_months
        until = sim.now + np.rint(months / sim.calendar.in_months).astype(np.int64)
        order = np.argsort(luck)
        self.queue = np.concatenate([self.queue, people[order]])
        self._queued_at = np.concatenate([self._queued_at, population.place[people[order]]])
        self._since = np.concatenate([self._since, np.full(people.size, sim.now)])
        self._until = np.concatenate([self._until, until[order]])

    def _count_identified(self, people: People) -> None:
        """Count identified victims by country and form, sex and age; by origin where asylum is granted."""
        sim, population = self._sim, self._sim.population
        place = population.place[people]
        country, form = self._country_of_place[place], population.form[people]
        sim.recorder.count("identified_in", country, form)
        sim.recorder.count("identified_of_group", country, population.sex[people], population.age[people])
        sim.recorder.count("identified_of", population.community[people[self._receives[country]]])

    # --- assistance -----------------------------------------------------------------------------------------------

    def step(self) -> None:
        """End assistance that is due, fill free places from the queue, and remove victims whose patience has ended."""
        self._learn()
        self._interview(self._sim.population.with_event(Event.ASYLUM_DECIDED))
        self._end_assistance(self._sim.population.with_event(Event.ASSISTANCE_ENDED))
        self._serve()
        self._record()

    def _serve(self) -> None:
        """Allocate places in the order of the queue; people who cannot be reached or stop waiting leave it unserved."""
        if self.queue.size == 0:
            return
        sim, population = self._sim, self._sim.population
        country = self._country_of_place[self._queued_at]
        here = self._country_of_place[population.place[self.queue]] == country
        here &= _IS_REACHABLE[population.state[self.queue]]
        served = np.zeros(self.queue.size, dtype=np.bool_)
        reachable = np.flatnonzero(here)
        served[reachable] = self._rank(country[reachable]) < (self._whole_places() - self.assisted)[country[reachable]]
        unserved = ~served & (~here | (self._until <= sim.now))
        sim.recorder.count("assisted_started", self._queued_at[served])
        sim.recorder.count("unserved", self._queued_at[unserved])
        waited = float((sim.now - self._since[served]).sum()) * sim.calendar.step_days
        sim.recorder.add("assistance_wait_days", waited * population.persons_per_agent)
        people = self.queue[served]
        sim.recorder.count("assisted_by_group", population.sex[people], population.age[people])
        self._assist(people)
        sim.cases.hear(self.queue[unserved], country[unserved], sim.parameters.unserved_testimony)
        stays = ~served & ~unserved
        self.queue, self._queued_at = self.queue[stays], self._queued_at[stays]
        self._since, self._until = self._since[stays], self._until[stays]

    @staticmethod
    def _rank(country: NDArray[np.int64]) -> NDArray[np.int64]:
        """Count the people ahead of each person in their country's queue, shape (k,)."""
        order = np.argsort(country, kind="stable")
        counts = np.bincount(country)
        first = np.cumsum(counts) - counts
        rank = np.empty(country.size, dtype=np.int64)
        rank[order] = np.arange(country.size) - first[country[order]]
        return rank

    def _assist(self, people: People) -> None:
        if people.size == 0:
            return
        sim, population = self._sim, self._sim.population
        country = self._country_of_place[population.place[people]]
        population.assisted_before[people] = True
        population.accrued[people] = sim.now
        self.assisted += np.bincount(country, minlength=self.assisted.size)
        population.move(people, State.ASSISTED)
        u = sim.streams.draw(Purpose.TESTIMONY, people, population.episodes[people])
        testify = u[:, 0] < sim.parameters.testimony_share
        of_smugglers = np.isin(population.channel[people], _BY_SMUGGLERS)
        sim.investigation.hear_testimony(country[testify & of_smugglers])
        sim.cases.hear(people, country, sim.cases.testimony_share()[country])

    def _end_assistance(self, people: People) -> None:
        """Return people home with reintegration support, or let them await a decision on a residence permit."""
        if people.size == 0:
            return
        sim, population, p = self._sim, self._sim.population, self._sim.parameters
        country = self._country_of_place[population.place[people]]
        self.assisted -= np.bincount(country, minlength=self.assisted.size)
        months = (sim.now - population.accrued[people]) * sim.calendar.in_months
        population.supported_months[people] += months * self._mean("service_quality", 1.0)[country]
        population.accrued[people] = sim.now
        u = sim.streams.draw(Purpose.AFTER_ASSISTANCE, people, population.episodes[people])
        # People in need of protection do not return home voluntarily.
        goes = ~population.protection_need[people] & (u[:, 0] < p.assisted_return_share)
        population.reintegrated[people] = goes & (u[:, 1] < p.reintegration_success)
        abroad = sim.corridor.hosts[population.community[people], population.place[people]]
        lodges = ~goes & abroad & (population.status[people] != Status.REGULAR)
        population.status[people[lodges]] = Status.SEEKER
        population.permit_pending[people[lodges]] = True
        population.permit_odds[people[lodges]] = self._permit_odds()[country[lodges]]
        sim.exploitation.expose(people)
        sim.settlement.go_home(people[goes])
        sim.settlement.resume(people[~goes])

    def legal_aid(self) -> NDArray[np.float64]:
        """Return the share of assisted victims with legal aid by country, shape (n_countries,)."""
        return self._mean("legal_aid", 0.0)

    def _permit_odds(self) -> NDArray[np.float64]:
        """Return the odds of a residence permit at current legal aid, shape (n_countries,)."""
        p = self._sim.parameters
        aid = 1 + (p.legal_aid_effect - 1) * self.legal_aid()
        return p.permit_share / max(1 - p.permit_share, 1e-9) * aid

    def _record(self) -> None:
        sim = self._sim
        waiting = np.bincount(self._queued_at, minlength=len(sim.corridor.places))
        sim.recorder.put("waiting_for_assistance", waiting * sim.population.persons_per_agent)
