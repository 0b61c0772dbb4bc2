"""Patrols and rescue: the allocation of patrols, and rescue coverage at sea.

Interception is a hazard per attempt: lambda = -ln(1 - p0) x effort / effort at the start, with effort = patrols on the
leg x (1 - share that organisations bribe where officials are corrupt). Agencies allocate part of their patrols by
recent interceptions; an agency with limited weekly capacity is swamped by more attempts. Rescue coverage of a leg is
1 - exp(-k x vessels). ODD eq. 8 to 10.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from corridor.model.kernels.patrols import patrol
from corridor.model.reads import reads

if TYPE_CHECKING:
    from corridor.model.simulation import Simulation

_SURE = 1 - 1e-9
_LEAST = 1e-9
_PRESENT_MONTHS = 1.0
"""Averaging time of an agency's load, because weekly numbers are noisy."""


class Patrols:
    """Hazards that enforcement and rescue set on every leg.

    Attributes
    ----------
    interception : ndarray of float, shape (n_legs,), hazard per attempt
    pressure : ndarray of float, shape (n_legs,), patrols over those at the start, where they have grown; else 1
    coverage : ndarray of float, shape (n_legs,), share of those in distress who are reached in time
    bribery : ndarray of float, shape (n_legs,), share of corrupt officials who are bought; see `Conduct`
    """

    def __init__(self, sim: Simulation) -> None:
        self._sim = sim
        corridor = sim.corridor
        self._agency = corridor.leg_agency
        self._patrolled = np.flatnonzero(self._agency >= 0)
        self._owner = self._agency[self._patrolled]
        n_agencies = len(corridor.agencies)
        self._base_share = 1 / np.maximum(np.bincount(self._owner, minlength=n_agencies), 1)
        self._base_hazard = -np.log1p(-np.minimum(corridor.legs.column("interception_risk"), _SURE))
        self._watches = np.zeros((len(corridor.rescue), len(corridor.legs)))
        for row, operator in enumerate(corridor.rescue):
            self._watches[row, [corridor.legs.index[leg] for leg in operator.legs]] = 1.0
        self._lately = np.zeros(self._patrolled.size)
        most = np.array([agency.most_per_week for agency in corridor.agencies])
        self._most = np.where(most > 0, most, np.inf)
        self._load = np.zeros(n_agencies)
        self._relief = np.ones(n_agencies)
        self.interception = np.where(self._agency >= 0, self._base_hazard, 0.0)
        self.coverage = np.zeros(len(corridor.legs))
        self.pressure = np.ones(len(corridor.legs))
        self._spread(np.ones(len(corridor.legs)))

    def step(self) -> None:
        """Spread patrols over legs and compute interception hazard and rescue coverage."""
        self._spread(self._sim.market.conduct.bribery_of_leg)

    def _spread(self, bribery: NDArray[np.float64]) -> None:
        """Spread patrols, of which officials who are bought let some pass; their share of those needed, (n_legs,)."""
        self._set_by_levers()
        self._relief = 1 / (1 + self._sim.parameters.swamping * self._load / np.maximum(self._can, _LEAST))
        self.interception[self._patrolled] = self._relief[self._owner] * patrol(
            self._owner, self._lately, self._base_share, self._full, self._bribable, bribery[self._patrolled],
            self._base_honest, self._sim.parameters.patrol_learning,
        )  # fmt: skip

    @reads("patrol_units", "corruption", "rescue_vessels")
    def _set_by_levers(self) -> None:
        """Compute results that depend only on levers."""
        levers, p = self._sim.levers, self._sim.parameters
        units, base_units = levers["patrol_units"], levers.base["patrol_units"]
        # An agency that starts without patrols reaches its reference strength with one.
        of_agency = units / np.where(base_units > 0, base_units, 1.0)
        strength = of_agency[self._owner]
        self._can = self._most * np.where(np.isfinite(self._most), of_agency, 1.0)
        self.pressure[self._patrolled] = np.maximum(strength, 1.0)
        self._full = self._base_hazard[self._patrolled] * strength
        self._bribable = p.bribe_effectiveness * levers["corruption"][self._owner]
        bought = p.bribe_effectiveness * levers.base["corruption"][self._owner]
        self._base_honest = np.maximum(1 - bought, 1e-9)
        self.coverage = self.coverage_with(levers["rescue_vessels"])

    def coverage_with(self, vessels: np.ndarray) -> np.ndarray:
        """Return the share of people in distress whom a number of vessels reaches in time.

        Parameters
        ----------
        vessels : ndarray of float, shape (n_operators,)

        Returns
        -------
        ndarray of float, shape (n_legs,)
        """
        return -np.expm1(-self._sim.parameters.rescue_per_vessel * (vessels @ self._watches))

    def learn(self, interceptions: np.ndarray) -> None:
        """Update the memory of interceptions from those of this step, persons, shape (n_legs,)."""
        calendar, own = self._sim.calendar, interceptions[self._patrolled]
        keep = np.exp(-calendar.in_months / self._sim.parameters.patrol_memory)
        self._lately = keep * self._lately + own
        # What it would have intercepted a week, had it not been swamped.
        load = np.bincount(self._owner, weights=own, minlength=self._load.size) / self._relief / calendar.weeks
        self._load += -np.expm1(-calendar.in_months / _PRESENT_MONTHS) * (load - self._load)
