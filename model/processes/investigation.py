"""Investigation: evidence becomes arrests, arrests become convictions and seizures, organisations heal.

Evidence is a stock: interceptions, testimony and money trails add to it, partners share theirs, time wears it off.
Investigators turn it into arrests with diminishing returns and with the skill that they have learnt and not yet lost;
corruption leaks. Effort falls on whoever is seen, the periphery, unless it is aimed at the core, where arrests are
fewer. ODD eq. 50 to 53.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from model.organisations import EnforcementAgency
from model.processes.networks import CORE, ORGANISERS, PERIPHERY
from model.streams import Stream

if TYPE_CHECKING:
    from model.simulation import Simulation

_MILLION = 1e6


class Investigation:
    """Cases of the enforcement agencies.

    Attributes
    ----------
    evidence : ndarray of float, shape (n_agencies,), cases
    skill : ndarray of float, shape (n_agencies,)
        Yield of an investigator over that at the start.
    conviction_risk : ndarray of float, shape (n_places,), per year
        Convictions per organiser based at a place, as remembered.
    """

    def __init__(self, sim: Simulation) -> None:
        self._sim = sim
        corridor = sim.corridor
        n = len(corridor.agencies)
        self.evidence = np.zeros(n)
        self.skill = np.ones(n)
        self.conviction_risk = np.zeros(len(corridor.places))
        self._testimony = np.zeros(n)
        self._agencies_of_country = {
            country: np.flatnonzero(corridor.agencies.column("country") == country)
            for country in (set(corridor.agencies.column("country")) if n else set())
        }
        self._cooperation = np.zeros((n, n))
        for row in corridor.cooperation:
            a, b = corridor.agencies.index[row.agency], corridor.agencies.index[row.partner]
            self._cooperation[a, b] = self._cooperation[b, a] = row.level
        self.agents = [EnforcementAgency(sim, row, agency.label) for row, agency in enumerate(corridor.agencies)]
        self._agency_of_offer = corridor.leg_agency[sim.market.offer_leg]

    def together(self) -> NDArray[np.float64]:
        """Return the cooperation of each agency with every other now, shape (n_agencies, n_agencies), 0 to 1."""
        level = np.clip(self._cooperation + self._sim.levers["cooperation"][0], 0, 1)
        np.fill_diagonal(level, 0.0)
        return level

    def hear_testimony(self, country: NDArray[np.int64]) -> None:
        """Give the testimony of victims to the agencies of the country, one entry per witness (agents)."""
        names = self._sim.protection.countries
        for number, witnesses in enumerate(np.bincount(country, minlength=names.size)):
            agencies = self._agencies_of_country.get(str(names[number]))
            if witnesses and agencies is not None and agencies.size:
                self._testimony[agencies] += witnesses * self._sim.population.persons_per_agent / agencies.size

    def step(self) -> None:
        """Learn, add evidence, make arrests, convict, and let organisations heal."""
        sim = self._sim
        if self.evidence.size:
            together = self.together()
            self._learn(together)
            testimony_part = self._gather(together)
            self._arrest(testimony_part, together)
            self._testimony[:] = 0.0
        sim.market.networks.heal()

    def _learn(self, together: NDArray[np.float64]) -> None:
        """Train, lose the trained to turnover, and take over what partners do better."""
        sim, p = self._sim, self._sim.parameters
        trained = sim.levers["investigator_training"] * (p.skill_ceiling - self.skill)
        lost = p.staff_turnover * (self.skill - 1)
        better = np.maximum(self.skill[None, :] - self.skill[:, None], 0.0)
        spread = p.practice_spread * (together * better).max(axis=1)
        self.skill += np.clip(
            (trained - lost + spread) * sim.calendar.years, 1 - self.skill, p.skill_ceiling - self.skill
        )

    def _gather(self, together: NDArray[np.float64]) -> NDArray[np.float64]:
        """Add new evidence to the stock; return the part of it that is testimony, shape (n_agencies,)."""
        sim, p = self._sim, self._sim.parameters
        testimony = p.testimony_weight * self._testimony
        revenue = self._on_its_legs("fee_revenue_usd") / _MILLION
        trails = p.money_weight * sim.levers["money_tracing"] * revenue
        own = p.detection_weight * self._on_its_legs("interceptions") + testimony + trails
        fresh = own + p.intelligence_sharing * (together @ own)
        self.evidence = np.exp(-sim.calendar.in_months / p.evidence_memory) * self.evidence + fresh
        return np.divide(testimony, fresh, out=np.zeros_like(fresh), where=fresh > 0)

    def _on_its_legs(self, variable: str) -> NDArray[np.float64]:
        owner = self._sim.corridor.leg_agency
        guarded = owner >= 0
        recorded = self._sim.recorder.now(variable)[guarded]
        return np.bincount(owner[guarded], weights=recorded, minlength=self.evidence.size).astype(np.float64)

    def _arrest(self, testimony_part: NDArray[np.float64], together: NDArray[np.float64]) -> None:
        sim, p, levers = self._sim, self._sim.parameters, self._sim.levers
        honest = 1 - levers["corruption"]
        quality = self.evidence / (self.evidence + p.evidence_half)
        expected = levers["investigators"] * p.arrests_per_investigator * quality * self.skill * honest
        total = self._capacity()
        expected = expected * sim.calendar.years * (total + together @ total > 0)
        core, periphery = self._aim(expected)
        luck = sim.streams.generator(Stream.AGENCY, sim.now)
        rounding = luck.random((2, expected.size))
        arrests = np.floor(np.array([core, periphery]) + rounding).astype(np.int64)
        share = self._conviction_share(testimony_part, together)
        # One row a strike: a group (core, periphery) hit by an agency.
        group, agency = np.nonzero(arrests)
        within_reach = [self.reach(int(number), together) for number in agency]
        taken, convicted = self._strike(luck, arrests[group, agency], within_reach, share[agency])
        core = group == 0
        sim.recorder.add("organiser_arrests", float(taken[core].sum()))
        sim.recorder.add("arrests", float(taken.sum()))
        sim.recorder.add("convictions", float(convicted.sum()))
        self._deter(convicted[core].sum(axis=0))
        for roles, mine in ((CORE, core), (PERIPHERY, ~core)):
            if mine.any():
                sim.market.networks.arrest(roles, taken[mine].sum(axis=0), convicted[mine].sum(axis=0))
        self._seize(agency[core], convicted[core])

    def _capacity(self) -> NDArray[np.float64]:
        """Return the capacity of organisations on the legs of each agency, persons a week, shape (n_agencies,)."""
        guarded = self._agency_of_offer >= 0
        capacity = self._sim.market.capacity[guarded]
        owner = self._agency_of_offer[guarded]
        return np.bincount(owner, weights=capacity, minlength=self.evidence.size).astype(np.float64)

    def reach(self, agency: int, together: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the capacity of each organisation within reach of an agency, shape (n_organisations,).

        Joint teams reach the organisations on the legs of all their partners, as far as they cooperate.
        """
        market = self._sim.market
        access = np.append(together[agency], 0.0)  # the last for legs without an agency
        access[agency] = 1.0
        weight = access[self._agency_of_offer] * market.capacity
        return np.bincount(market.offer_organisation, weights=weight, minlength=market.hub.size).astype(np.float64)

    def _aim(self, expected: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Split expected arrests into core, where each takes longer, and periphery, shape (n_agencies,) each."""
        p, focus = self._sim.parameters, self._sim.levers["organiser_focus"]
        core = expected * (p.organiser_arrest_share * (1 - focus) + focus / p.organiser_effort)
        return core, expected * (1 - p.organiser_arrest_share) * (1 - focus)

    def _conviction_share(
        self, testimony_part: NDArray[np.float64], together: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return the share of arrests that end in conviction; testimony and joint teams raise the odds."""
        p = self._sim.parameters
        joint = 1 + (p.joint_effect - 1) * together.sum(axis=1) / max(self.evidence.size - 1, 1)
        support = 1 + (p.testimony_conviction - 1) * testimony_part
        odds = p.conviction_share / (1 - p.conviction_share) * support * joint
        return odds / (1 + odds)

    def _strike(
        self,
        luck: np.random.Generator,
        arrests: NDArray[np.int64],
        within_reach: list[NDArray[np.float64]],
        share: NDArray[np.float64],
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Let arrests fall on organisations by capacity within reach, and draw who is convicted.

        Parameters
        ----------
        luck : numpy.random.Generator
        arrests : ndarray of int, shape (n_strikes,), persons
        within_reach : list of ndarray of float, shape (n_organisations,)
            Capacity, persons a week, for each strike.
        share : ndarray of float, shape (n_strikes,)
            Of arrests that end in conviction.

        Returns
        -------
        taken, convicted : ndarray of int, shape (n_strikes, n_organisations)
            Persons.
        """
        taken = np.zeros((arrests.size, self._sim.market.hub.size), dtype=np.int64)
        for row, capacity in enumerate(within_reach):
            reached = np.flatnonzero(capacity)
            weight = capacity[reached]
            taken[row, reached] = luck.multinomial(arrests[row], weight / weight.sum())
        convicted = np.zeros_like(taken)
        strike, hit = np.nonzero(taken)
        convicted[strike, hit] = luck.binomial(taken[strike, hit], share[strike])
        return taken, convicted

    def _deter(self, convicted: NDArray[np.int64]) -> None:
        """Remember convictions per organiser and year at every hub, given those of this step by organisation."""
        sim, market = self._sim, self._sim.market
        n = self.conviction_risk.size
        there = np.bincount(market.hub, weights=market.networks.posts()[:, ORGANISERS].sum(axis=1), minlength=n)
        lost = np.bincount(market.hub, weights=convicted, minlength=n)
        risk = np.divide(lost, there * sim.calendar.years, out=np.zeros(n), where=there > 0)
        fresh = -np.expm1(-sim.calendar.in_months / sim.parameters.evidence_memory)
        self.conviction_risk += fresh * (risk - self.conviction_risk)

    def _seize(self, agency: NDArray[np.int64], convicted: NDArray[np.int64]) -> None:
        """Seize a part of capital with every conviction in the core, shape (n_strikes,) and (n_strikes, n_orgs)."""
        sim, market, p = self._sim, self._sim.market, self._sim.parameters
        if not convicted.any():
            return
        share = p.seizure_share * (1 + (p.tracing_seizure - 1) * sim.levers["money_tracing"][agency])
        kept = np.prod((1 - np.minimum(share, 1.0))[:, None] ** convicted, axis=0)
        seized = np.maximum(market.capital_usd, 0.0) * (1 - kept)
        market.cash.book("seizures", -seized)
        sim.recorder.add("seizures_usd", float(seized.sum()))
