"""Investigation: evidence becomes arrests, arrests damage organisations, organisations heal.

Evidence is a stock: interceptions and testimony add to it, time wears it off. Investigators turn it into arrests with
diminishing returns; cooperation between agencies multiplies their yield; corruption leaks. ODD eq. 50 to 53.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from model.organisations import EnforcementAgency
from model.streams import Stream

if TYPE_CHECKING:
    from model.simulation import Simulation


class Investigation:
    """Cases of the enforcement agencies.

    Attributes
    ----------
    evidence : ndarray of float, shape (n_agencies,), cases
    """

    def __init__(self, sim: Simulation) -> None:
        self._sim = sim
        corridor = sim.corridor
        n = len(corridor.agencies)
        self.evidence = np.zeros(n)
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
        self._jurisdiction = self._legs_to_offers()

    def _legs_to_offers(self) -> NDArray[np.bool_]:
        """Return which offers each agency can act against, shape (n_agencies, n_offers): those on its legs."""
        agency = self._sim.corridor.leg_agency[self._sim.market.offer_leg]
        return agency[None, :] == np.arange(self.evidence.size)[:, None]

    def hear_testimony(self, country: NDArray[np.int64]) -> None:
        """Give the testimony of victims to the agencies of the country, one entry per witness (agents)."""
        names = self._sim.protection.countries
        for number, witnesses in enumerate(np.bincount(country, minlength=names.size)):
            agencies = self._agencies_of_country.get(str(names[number]))
            if witnesses and agencies is not None and agencies.size:
                self._testimony[agencies] += witnesses * self._sim.population.persons_per_agent / agencies.size

    def step(self) -> None:
        """Add evidence, make arrests, and let organisations heal."""
        sim, p = self._sim, self._sim.parameters
        sim.market.damage *= np.exp(-p.network_recovery * sim.calendar.in_months)
        if self.evidence.size == 0:
            return
        owner = sim.corridor.leg_agency
        caught = np.bincount(
            owner[owner >= 0], weights=sim.recorder.now("interceptions")[owner >= 0], minlength=self.evidence.size
        )
        testimony = p.testimony_weight * self._testimony
        fresh = p.detection_weight * caught + testimony
        self.evidence = np.exp(-sim.calendar.in_months / p.evidence_memory) * self.evidence + fresh
        self._arrest(np.divide(testimony, fresh, out=np.zeros_like(fresh), where=fresh > 0))
        self._testimony[:] = 0.0

    def _arrest(self, testimony_part: NDArray[np.float64]) -> None:
        sim, p, levers = self._sim, self._sim.parameters, self._sim.levers
        n = self.evidence.size
        together = np.clip(self._cooperation + levers["cooperation"][0], 0, 1)
        np.fill_diagonal(together, 0.0)
        joint = 1 + (p.joint_effect - 1) * (together.sum(axis=1) / max(n - 1, 1))
        honest = 1 - levers["corruption"]
        quality = self.evidence / (self.evidence + p.evidence_half)
        expected = levers["investigators"] * p.arrests_per_investigator * quality * joint * honest * sim.calendar.years
        luck = sim.streams.generator(Stream.AGENCY, sim.now).random((n, 2))
        arrests = np.floor(expected + luck[:, 0])
        support = 1 + (p.testimony_conviction - 1) * testimony_part
        odds = p.conviction_share / (1 - p.conviction_share) * support
        convictions = np.floor(arrests * odds / (1 + odds) + luck[:, 1])
        sim.recorder.add("arrests", arrests.sum())
        sim.recorder.add("convictions", np.minimum(convictions, arrests).sum())
        self._damage(arrests)

    def _damage(self, arrests: NDArray[np.float64]) -> None:
        """Spread arrests over the organisations on an agency's legs by capacity."""
        market, p = self._sim.market, self._sim.parameters
        capacity = self._jurisdiction * market.capacity
        total = capacity.sum(axis=1)
        by_offer = np.divide(arrests, total, out=np.zeros_like(total), where=total > 0) @ capacity
        hits = np.bincount(market.offer_organisation, weights=by_offer, minlength=market.hub.size)
        organisers = p.organiser_arrest_share * hits
        loss = p.organiser_damage * organisers + p.periphery_damage * (hits - organisers)
        market.damage = np.minimum(market.damage + loss, 1.0)
        market.capital_usd -= np.maximum(market.capital_usd, 0) * np.minimum(p.seizure_share * organisers, 1.0)
