"""Choice of way: perceived utilities of legs and destinations, and the value of being anywhere (kernels/choice.py).

Decision groups are community x attitude to risk. The perceived utility of a leg adds up fee, time, distance and the
believed risks of interception, death and exploitation; that of a destination adds up income, ties, unemployment,
prospects of asylum and language. ODD eq. 20 to 23.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from model.kernels.choice import Setback, reachable, update_values
from model.kernels.departures import Ways
from model.processes.crossing import practice

if TYPE_CHECKING:
    from model.simulation import Simulation

N_ATTITUDES = 3
"""Cautious, middle, bold."""
_FIRST_SWEEPS, _SWEEPS, _TOLERANCE = 2000, 1, 1e-5
"""The first step solves to the tolerance, utils; later ones start from the last values, which beliefs move little."""
_FIRST_ROUNDS = 500
"""In the first step, solutions with ever better values of what follows an interception."""


class Choice:
    """Values of places and weights of legs for every decision group.

    Attributes
    ----------
    value : ndarray of float, shape (n_groups, n_places), utils
        Group number = community x 3 + attitude; 0 where the community cannot come to.
    """

    def __init__(self, sim: Simulation) -> None:
        self._sim = sim
        corridor = sim.corridor
        order = np.argsort(corridor.leg_origin, kind="stable").astype(np.int32)
        counts = np.bincount(corridor.leg_origin, minlength=len(corridor.places))
        self.first_leg = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
        self.leg_by_origin = order
        n_communities = len(corridor.communities)
        self._attitude = sim.parameters.attitude_ratio ** np.array([1.0, 0.0, -1.0])
        share = np.array([sim.parameters.cautious_share, 0.0, sim.parameters.bold_share])
        share[1] = max(0.0, 1 - share.sum())
        self._attitude_share = share / share.sum()
        language = np.array(
            [[bool(set(c.languages) & set(p.languages)) for p in corridor.places] for c in corridor.communities],
            dtype=float,
        )
        at_host = np.where(corridor.is_destination, 0.0, sim.parameters.host_utility)
        self._affinity = sim.parameters.language_utility * language + at_host
        self._is_home = np.zeros((n_communities, len(corridor.places)), dtype=bool)
        self._is_home[np.arange(n_communities), corridor.home] = True
        self._gives_up = ~corridor.hosts
        legs, p = corridor.legs, sim.parameters
        self._fixed = (
            p.stage_utility
            + p.time_utility * legs.column("days") / 7
            + p.distance_utility * legs.column("distance_km") / 1000
            + p.papers_utility * (legs.column("market") & (legs.column("mode") == "air"))
            + legs.column("utility_constant")
        ).astype(float)
        self._risk_utility = np.array([p.interception_utility, p.death_utility, p.exploitation_utility])
        self.value = np.zeros((n_communities * N_ATTITUDES, len(corridor.places)))
        self._weight = np.zeros((self.value.shape[0], len(legs)))
        self._end_weight = np.zeros_like(self.value)
        admitted = corridor.pathways.positions("destination", corridor.places)
        reached = reachable(corridor.home, corridor.leg_origin, corridor.leg_destination, admitted)
        counts = np.repeat([places.size for places in reached], N_ATTITUDES)
        self._first_place = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
        self._reached = np.concatenate([places for places in reached for _ in range(N_ATTITUDES)])
        self._sweeps, self._rounds = _FIRST_SWEEPS, _FIRST_ROUNDS
        self._open_known = self._practice_known = -1
        self._counted: NDArray[np.floating] | None = None

    def step(self) -> None:
        """Bring the values up to date with what people believe now."""
        common, set_back, end_utility = self._common_utility(), self._set_back(), self._end_utility()
        for _ in range(self._rounds - 1):
            before = self.value.copy()
            self._update(common, set_back, end_utility)
            if np.abs(self.value - before).max() < _TOLERANCE:
                break
        else:
            self._update(common, set_back, end_utility)
        self._sweeps, self._rounds = _SWEEPS, 1

    def _update(self, common: NDArray[np.float64], set_back: Setback, end_utility: NDArray[np.float64]) -> None:
        sim, p, corridor = self._sim, self._sim.parameters, self._sim.corridor
        update_values(
            self.value, self._weight, self._end_weight, common, self._attitude, self._risk_utility, sim.beliefs.risk,
            corridor.home, set_back, end_utility, self.first_leg, self.leg_by_origin, corridor.leg_destination,
            self._first_place, self._reached, p.foresight, p.choice_scale, self._sweeps, _TOLERANCE,
        )  # fmt: skip

    def _common_utility(self) -> NDArray[np.float64]:
        """Return the part of the perceived utility of legs that all groups share, shape (n_legs,), utils."""
        sim, p = self._sim, self._sim.parameters
        version = sim.levers.version("leg_open")
        if version != self._open_known:
            self._open_known = version
            with np.errstate(divide="ignore"):
                self._open = np.log(sim.levers["leg_open"])
        common: NDArray[np.float64] = self._fixed + p.fee_utility * sim.beliefs.fee_usd / 1000 + self._open
        common += p.waiting_utility * sim.beliefs.wait_weeks
        return common

    def _set_back(self) -> Setback:
        """Return what follows an interception on the legs that an agency guards. ODD eq. 20a."""
        sim, p, corridor = self._sim, self._sim.parameters, self._sim.corridor
        version = sim.levers.version("push_back", "detain", "returned", "detention_days")
        if version != self._practice_known:
            self._practice_known = version
            leg = np.flatnonzero(corridor.leg_agency >= 0)
            agency, origin, end = (
                of[leg] for of in (corridor.leg_agency, corridor.leg_origin, corridor.leg_destination)
            )
            self._after = Setback(
                leg,
                np.where(corridor.leg_inland[leg], end, origin),
                origin,
                end,
                practice(sim.levers)[:, agency],
                p.waiting_utility * sim.levers["detention_days"][agency] / 7,
                p.retry_share,
                p.detained_return_share,
                p.foresight * p.interception_foresight,
            )
        return self._after

    def _end_utility(self) -> NDArray[np.float64]:
        """Return the utility of ending the journey at every place, shape (n_communities, n_places), utils."""
        sim, p, drivers = self._sim, self._sim.parameters, self._sim.drivers
        of_place = (
            p.income_utility * np.log(np.maximum(drivers.place_income_usd, 1.0))
            + p.size_utility * drivers.place_size
            + p.unemployment_utility * drivers.unemployment_pct
            + p.grant_utility * sim.levers["grant_rate"]
        )
        at_home = p.income_utility * np.log(np.maximum(drivers.income_usd, 1.0))
        if drivers.compatriots is not self._counted:
            self._counted = drivers.compatriots
            self._company = p.ties_utility * np.log1p(drivers.compatriots / 1000)
        end: NDArray[np.float64] = of_place - at_home[:, None]
        end += self._affinity
        end += self._company
        np.copyto(end, p.give_up_utility, where=self._gives_up)
        np.copyto(end, -np.inf, where=self._is_home)
        return end

    def value_of_leaving(self) -> NDArray[np.float64]:
        """Return the value of setting out, mean over attitudes, shape (n_communities,), utils."""
        sim = self._sim
        home = self.value.reshape(-1, N_ATTITUDES, self.value.shape[1])
        at_home = home[np.arange(home.shape[0]), :, sim.corridor.home]
        mean: NDArray[np.float64] = at_home @ self._attitude_share
        return mean

    def ways(self, willing: NDArray[np.float64]) -> Ways:
        """Return what those who decide see in this step.

        Parameters
        ----------
        willing : ndarray of float, shape (n_legs,)
            Probability of setting out at once in this season.
        """
        return Ways(
            self._weight, self._end_weight, self.first_leg, self.leg_by_origin, self._sim.market.leg_fee_usd, willing,
            self._sim.corridor.hosts,
        )  # fmt: skip
