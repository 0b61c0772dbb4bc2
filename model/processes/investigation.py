"""Investigation: evidence leads to arrests, arrests to convictions and seizures; organisations recover.

Evidence is a stock: interceptions, testimony and financial investigations add to it, partners share theirs, and it
decays with time. Investigators turn it into arrests with diminishing returns and a skill that is trained and lost;
corruption causes leaks. Effort falls on visible members, the periphery, unless it is directed at the core, where
arrests are fewer. ODD eq. 50 to 53c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from corridor.model.kernels.arrests import Agencies, ArrestParameters, make_arrests, plan_arrests, remember_convictions
from corridor.model.organisations import EnforcementAgency
from corridor.model.processes.market.networks import CORE, PERIPHERY
from corridor.model.reads import reads

if TYPE_CHECKING:
    from corridor.model.simulation import Simulation

_MILLION = 1e6


class Investigation:
    """Cases of the enforcement agencies.

    Attributes
    ----------
    evidence : ndarray of float, shape (n_agencies,), cases
    skill : ndarray of float, shape (n_agencies,)
        Yield of an investigator relative to the start of the run.
    conviction_risk : ndarray of float, shape (n_places,), per year
        Remembered convictions per organiser based at a place.
    """

    def __init__(self, sim: Simulation) -> None:
        self._sim = sim
        corridor = sim.corridor
        n = len(corridor.agencies)
        self.evidence = np.zeros(n)
        self.skill = np.ones(n)
        self.conviction_risk = np.zeros(len(corridor.places))
        self._testimony = np.zeros(n)
        self._terms = ArrestParameters(*(sim.parameters[name] for name in ArrestParameters._fields))
        forgetting = -sim.calendar.in_months / sim.parameters.evidence_memory
        self._kept, self._fresh = float(np.exp(forgetting)), float(-np.expm1(forgetting))
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
        self._guarded = np.flatnonzero(corridor.leg_agency >= 0)
        self._owner = corridor.leg_agency[self._guarded]

    @reads("cooperation")
    def together(self) -> NDArray[np.float64]:
        """Return each agency's current cooperation with every other, shape (n_agencies, n_agencies), 0 to 1."""
        together = np.clip(self._cooperation + self._sim.levers["cooperation"][0], 0, 1)
        np.fill_diagonal(together, 0.0)
        return together

    @reads("cooperation")
    def _joint(self) -> NDArray[np.float64]:
        """Return the factor by which cooperation multiplies each agency's evidence, shape (n_agencies,)."""
        joint = self.together().sum(axis=1) / max(self.evidence.size - 1, 1)
        return np.asarray(1 + (self._sim.parameters.joint_effect - 1) * joint)

    def hear_testimony(self, country: NDArray[np.int64]) -> None:
        """Give the testimony of victims to the agencies of the country, one entry per witness (agents)."""
        names = self._sim.protection.countries
        for number, witnesses in enumerate(np.bincount(country, minlength=names.size)):
            agencies = self._agencies_of_country.get(str(names[number]))
            if witnesses and agencies is not None and agencies.size:
                self._testimony[agencies] += witnesses * self._sim.population.persons_per_agent / agencies.size

    def step(self) -> None:
        """Update skill and evidence, and make arrests and convictions."""
        if self.evidence.size:
            together = self.together()
            self._learn(together)
            testimony_part = self._gather(together)
            self._arrest(testimony_part, together)
            self._testimony[:] = 0.0

    def _learn(self, together: NDArray[np.float64]) -> None:
        """Update skill by training, turnover, and adoption of partners' practice."""
        sim, p = self._sim, self._sim.parameters
        training = sim.levers["investigator_training"]
        if not (training.any() or (self.skill != 1).any()):
            return  # Where all are as at the start and nobody is trained, there is nothing to lose or to take over.
        trained = training * (p.skill_ceiling - self.skill)
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
        self.evidence = self._kept * self.evidence + fresh
        return np.divide(testimony, fresh, out=np.zeros_like(fresh), where=fresh > 0)

    def _on_its_legs(self, variable: str) -> NDArray[np.float64]:
        recorded = self._sim.recorder.now(variable)[self._guarded]
        return np.bincount(self._owner, weights=recorded, minlength=self.evidence.size).astype(np.float64)

    def _arrest(self, testimony_part: NDArray[np.float64], together: NDArray[np.float64]) -> None:
        sim, market = self._sim, self._sim.market
        levers, when = sim.levers, (sim.now, *sim.streams.key)
        agencies = Agencies(
            self.evidence, self.skill, levers["investigators"], levers["corruption"], levers["organiser_focus"],
            levers["money_tracing"], testimony_part, self._joint(),
        )  # fmt: skip
        arrests = plan_arrests(agencies, self._terms, sim.calendar.years, *when)
        taken, convicted, kept = make_arrests(arrests, together, self._agency_of_offer, market.supply, *when)
        sim.recorder.add("organiser_arrests", float(taken[0].sum()))
        sim.recorder.add("arrests", float(taken.sum()))
        sim.recorder.add("convictions", float(convicted.sum()))
        self._deter(convicted[0])
        for roles, arrested, guilty in zip((CORE, PERIPHERY), taken, convicted, strict=True):
            market.networks.arrest(roles, arrested, guilty)
        seizures = np.maximum(market.capital_usd, 0.0) * (1 - kept)
        market.cash.book("seizures", -seizures)
        sim.recorder.add("seizures_usd", float(seizures.sum()))

    def _deter(self, convicted: NDArray[np.int64]) -> None:
        """Update the remembered convictions per organiser and year at every hub, from those of this step."""
        sim, networks = self._sim, self._sim.market.networks
        remember_convictions(
            self.conviction_risk, sim.market.hub, networks.organiser_posts(), convicted, sim.calendar.years, self._fresh
        )
