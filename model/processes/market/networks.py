"""Smuggling organisations as networks of roles: required members, vacancies and recruitment.

A service requires a crew with several roles; an organisation's usable capacity falls when one of them is short (a soft
minimum over roles). Arrests remove members; the acquitted return, and others are replaced, the periphery soon and the
core more slowly. ODD eq. 11a, 11b, 53a.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from corridor.model.kernels.crews import count_posts, fill_core, heal, resize, survey_crews, take_members
from corridor.model.states import Role, SmugglingService

if TYPE_CHECKING:
    from corridor.model.processes.market.market import Market
    from corridor.model.simulation import Simulation

CORE = np.array([Role.RECRUITER, Role.FINANCIER, Role.FORGER, Role.OFFICIAL])
PERIPHERY = np.array([Role.TRANSPORTER, Role.GUIDE])
ORGANISERS = np.array([Role.RECRUITER, Role.FINANCIER, Role.FORGER])
"""Roles without which an organisation cannot survive."""
_SERVICE_OF = {
    "sea": SmugglingService.TRANSPORT,
    "desert": SmugglingService.TRANSPORT,
    "land": SmugglingService.GUIDING,
    "air": SmugglingService.DOCUMENTS,
}
_NOBODY = 1e-6


class Networks:
    """Members of all organisations.

    Attributes
    ----------
    members, custody : ndarray of float, shape (n_organisations, n_roles), persons
        At work, and arrested but not convicted.
    filled : ndarray of float, shape (n_organisations, n_roles)
        Share of posts that are filled; 1 where there are none.
    able : ndarray of float, shape (n_offers,)
        Share of each offer's capacity that its crew can serve.
    """

    filled: NDArray[np.float64]
    able: NDArray[np.float64]

    def __init__(self, sim: Simulation, market: Market) -> None:
        self._sim, self._market = sim, market
        p = sim.parameters
        mode = sim.corridor.legs.column("mode")
        self._service = np.array([_SERVICE_OF[str(mode[leg])] for leg in market.offer_leg], dtype=np.int64)
        share = np.array(
            [[p[f"crew_{service}_{role}"] for role in _names(Role)] for service in _names(SmugglingService)]
        )
        self._crew = share / share.sum(axis=1, keepdims=True)
        self._needed = self._crew > 0
        self._crew_per_capacity = p.crew * self._crew
        self._organisers_per_capacity = self._crew_per_capacity[:, ORGANISERS].sum(axis=1)[self._service]
        months = sim.calendar.in_months
        rate = np.full(len(Role), p.network_recovery)
        rate[CORE] *= p.organiser_recovery
        self._recruited = -np.expm1(-rate * months)
        self._released = float(-np.expm1(-months / p.custody_months))
        self.members = self.posts()
        self.custody = np.zeros_like(self.members)
        self.filled, self.able, _ = self._survey_crews()

    def posts(self) -> NDArray[np.float64]:
        """Return the crew that each organisation needs for its capacity, persons, shape (n_organisations, n_roles)."""
        market = self._market
        return count_posts(
            market.capacity, market.offer_organisation, self._service, self._crew_per_capacity, market.hub.size
        )

    def step(self) -> None:
        """Update filled posts and the capacity that crews can serve."""
        self.filled, self.able, vacant = self._survey_crews()
        self._sim.recorder.put("posts_vacant", vacant)

    def organiser_posts(self) -> NDArray[np.float64]:
        """Return the organisers that each organisation needs for its capacity, persons, shape (n_organisations,)."""
        market = self._market
        posts = market.capacity * self._organisers_per_capacity
        return np.bincount(market.offer_organisation, weights=posts, minlength=market.hub.size).astype(np.float64)

    def organisers_filled(self) -> NDArray[np.float64]:
        """Return the share of posts of organisers that are filled, shape (n_organisations,)."""
        market = self._market
        return fill_core(
            self.members, ORGANISERS, market.capacity, market.offer_organisation, self._organisers_per_capacity, _NOBODY
        )

    def _survey_crews(self) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
        """Return `filled`, `able`, and the share of all posts that are vacant."""
        market = self._market
        posts, filled, vacant, able = survey_crews(
            self.members, market.capacity, market.offer_organisation, self._service, self._crew_per_capacity,
            self._needed, self._sim.parameters.role_complementarity, _NOBODY,
        )  # fmt: skip
        return filled, able, float(vacant.sum() / max(float(posts.sum()), _NOBODY))

    def arrest(self, roles: NDArray[np.int64], taken: NDArray[np.int64], convicted: NDArray[np.int64]) -> None:
        """Remove arrested members: convicted ones permanently, the others until their release.

        Parameters
        ----------
        roles : ndarray of int
            Roles of the core or of the periphery; arrests are shared among them in proportion to members.
        taken, convicted : ndarray of int, shape (n_organisations,), persons
        """
        take_members(self.members, self.custody, roles, taken, convicted)

    def heal(self) -> None:
        """Release those who were not convicted and recruit for vacant posts (or let surplus members go)."""
        heal(self.members, self.custody, self.posts(), self._released, self._recruited)

    def resize(self, before: NDArray[np.float64], after: NDArray[np.float64]) -> None:
        """Recruit or dismiss members as capacity changes, persons a week, shape (n_organisations,) each."""
        resize(self.members, before, after)

    def close(self, closing: NDArray[np.bool_] | int) -> None:
        """Remove all members of organisations, including those in custody."""
        self.members[closing] = self.custody[closing] = 0.0

    def hand_over(self, source: int, target: int, share: float, is_new: bool) -> None:
        """Transfer a share of an organisation's members, including those in custody, to another."""
        if is_new:
            self.close(target)
        for people in (self.members, self.custody):
            people[target] += share * people[source]
            people[source] *= 1 - share

    def found(self, organisation: int) -> None:
        """Give a new organisation the crew that its capacity needs."""
        self.members[organisation] = self.posts()[organisation]
        self.custody[organisation] = 0.0


def _names(kind: type[Role] | type[SmugglingService]) -> list[str]:
    return [member.name.lower() for member in kind]
