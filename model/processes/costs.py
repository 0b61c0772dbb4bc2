"""Public costs: agencies, rescue, services, procedures and a policy's own measures. ODD eq. 57."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from corridor.model.simulation import Simulation


class Costs:
    """Accounts of public money, USD of persons."""

    def __init__(self, sim: Simulation) -> None:
        self._sim = sim
        corridor = sim.corridor
        self._per_unit = np.array([row.unit_cost_usd_per_year for row in corridor.agencies])
        self._per_vessel = np.array([row.cost_usd_per_vessel_day for row in corridor.rescue]) * 365.25
        self._per_place = np.array([row.cost_usd_per_place_year for row in corridor.services])
        self._policy = sum(
            (usd * sim.calendar.strength(start, end, ramp) for usd, start, end, ramp in sim.policy.costs),
            start=np.zeros(sim.calendar.steps),
        )
        self._cases_usd = 0.0

    def step(self) -> None:
        """Record the running costs of this step and the cost of its cases."""
        sim, p = self._sim, self._sim.parameters
        levers, recorder = sim.levers, sim.recorder
        staff = levers["patrol_units"] + levers["investigators"]
        running = staff @ self._per_unit + levers["rescue_vessels"] @ self._per_vessel
        running += levers["shelter_places"] @ self._per_place
        policy = (self._policy[sim.now] + sim.governance.cost_usd_per_year()) * sim.calendar.years
        detained = float(recorder.now("detention_days"))
        recorder.add("policy_cost_usd", policy)
        recorder.add("cost_usd", running * sim.calendar.years + policy + p.detention_cost * detained + self._cases_usd)
        self._cases_usd = 0.0

    def _book(self, agents: int, usd_each: float) -> None:
        self._cases_usd += agents * self._sim.population.persons_per_agent * usd_each

    def returned(self, agents: int) -> None:
        """Record returns by authority."""
        self._book(agents, self._sim.parameters.return_cost)

    def helped_home(self, agents: int) -> None:
        """Record returns with help."""
        self._book(agents, self._sim.parameters.assisted_return_cost)

    def claimed(self, agents: int) -> None:
        """Record asylum claims."""
        self._book(agents, self._sim.parameters.claim_cost)

    def admitted(self, agents: int) -> None:
        """Record places of legal pathways."""
        self._book(agents, self._sim.parameters.pathway_cost)
