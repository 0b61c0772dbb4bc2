"""Beliefs: what each community thinks of every leg, and how news, public knowledge, adverts and campaigns change it.

News arrives after a delay and is weighed against what was believed; news that is forgotten loses its weight, not its
mean, so that a closed border is not forgotten because nobody tries it. What everybody can see becomes known slowly.
Deaths are under-reported: the dead send no messages. Advertising shifts perceived risks down, trusted information moves
them towards the truth. ODD eq. 16 to 19.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from corridor.model.kernels.beliefs import Campaigns, Known, Talk, send_news, update_beliefs

if TYPE_CHECKING:
    from corridor.model.simulation import Simulation

CHANNELS = ("returnees", "media", "online", "official")
RISKS = ("interception", "death", "exploitation")


class Beliefs:
    """Beliefs of communities about legs.

    Attributes
    ----------
    believed : ndarray of float, shape (3, n_communities, n_legs)
        Probability of interception, death and exploitation that people believe in by themselves.
    risk : ndarray of float, shape (3, n_communities, n_legs)
        The same as advertising, campaigns and what authorities do in the open make it.
    fee_usd, wait_weeks : ndarray of float, shape (n_legs,)
        Fee, and weeks of waiting for a passage, that people expect.
    reached : ndarray of float, shape (n_channels, n_communities)
        Share that remembers what it was told through each channel of `CHANNELS`.
    persuaded : ndarray of float, shape (n_communities,)
        Share reached by campaigns, each channel by its trust over that of returnees.
    """

    def __init__(self, sim: Simulation) -> None:
        self._sim = sim
        corridor = sim.corridor
        shape = (len(corridor.communities), len(corridor.legs))
        self._heard = np.zeros(shape)
        self._under_way = np.zeros((4, *shape))
        truth = self._reference()
        self._held_risk = truth[2]
        self.believed = np.broadcast_to(self._public(truth)[:, None, :], (3, *shape)).copy()
        self.risk = self.believed.copy()
        self._known = Known(self.risk, self.believed, self._heard, self._under_way)
        self._told_fee_usd = corridor.legs.column("fee_usd").astype(float).copy()
        self.fee_usd = self._told_fee_usd
        self.wait_weeks = np.zeros(shape[1])
        self.reached = np.zeros((len(CHANNELS), shape[0]))
        p = sim.parameters
        self._trust = np.array([p[f"trust_{channel}"] for channel in CHANNELS])
        self._emphasis = np.array([p[f"emphasis_{channel}"] for channel in CHANNELS])
        self._relative_trust = np.minimum(self._trust / max(p.trust_returnees, 1e-9), 1.0)
        self._tell()

    def _reference(self) -> NDArray[np.float64]:
        sim, legs = self._sim, self._sim.corridor.legs
        interception = legs.column("interception_risk").astype(float)
        # Rescue as the corridor's table has it: a policy from the first step on is news, too.
        death = legs.column("distress_risk") * (1 - sim.patrols.coverage_with(sim.levers.base["rescue_vessels"]))
        return np.array([interception, death, legs.column("exploitation_risk")], dtype=float)

    def hear(
        self,
        community: NDArray[np.integer],
        leg: NDArray[np.integer],
        chances: NDArray[np.float64],
        waved: NDArray[np.float64] | float = 0.0,
    ) -> None:
        """Send news of journeys that ended in this step on its way.

        Parameters
        ----------
        community, leg : ndarray of int, shape (k,)
        chances : ndarray of float, shape (k, 3)
            Probabilities of interception, death and exploitation that each of them had: the fates of the persons for
            whom they stand.
        waved : ndarray of float, shape (k,)
            Share of controls that the authorities spared each of them. Who is waved through learns nothing of how
            controls would have gone: their news of interception is what was believed before.
        """
        sim = self._sim
        weight = sim.population.persons_per_agent * sim.parameters.news_share
        send_news(self._under_way, community, leg, chances, weight, weight * sim.parameters.death_news_share)
        if np.any(waved):
            told = weight * (1 - (1 - sim.parameters.death_news_share) * chances[:, 1])
            np.add.at(self._under_way[1], (community, leg), told * waved * self._believed_control(community, leg))

    def _believed_control(self, community: NDArray[np.integer], leg: NDArray[np.integer]) -> NDArray[np.float64]:
        """Return the risk of interception that communities believe in where nobody is waved through, shape (k,)."""
        return np.asarray(self.believed[0][community, leg])

    def _public(self, truth: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return risks as they are publicly known, shape (3, n_legs): as they are, but deaths told too high or low."""
        known = truth.copy()
        known[1] = np.minimum(known[1] * self._sim.parameters.prior_death_ratio, 1.0)
        return known

    def step(self) -> None:
        """Let news arrive, let its weight fade, and compute perceived risks and fees."""
        sim, p, levers = self._sim, self._sim.parameters, self._sim.levers
        arriving = -float(np.expm1(-sim.calendar.weeks / p.news_delay))
        self._inform()
        # What authorities do in the open is known at once.
        waved = levers["waved_through"]
        talk = Talk(
            kept=float(np.exp(-sim.calendar.in_months / p.memory)),
            arriving=arriving,
            prior_strength=p.prior_strength,
            public=-float(np.expm1(-sim.calendar.in_months / p.public_delay)),
            advertised=float(np.exp(-p.advertising_bias * (1 - levers["takedown"][0]))),
        )
        truth = self._truth()
        update_beliefs(self._known, self._public(truth), truth, self._campaigns, waved, talk)
        self.wait_weeks += arriving * (sim.departure.wait_weeks() - self.wait_weeks)
        self._told_fee_usd += arriving * (sim.market.offers.asked_fee_usd - self._told_fee_usd)
        self.fee_usd = (1 - waved) * self._told_fee_usd + waved * sim.market.offers.own_cost()

    def _inform(self) -> None:
        """Let campaigns reach people, and forget."""
        p, calendar, levers = self._sim.parameters, self._sim.calendar, self._sim.levers
        reach = np.array([levers[f"campaign_{channel}"] for channel in CHANNELS])
        if not (reach.any() or self.reached.any()):
            return
        kept = 0.5 ** (calendar.in_months / p.campaign_halflife)
        self.reached = kept * self.reached - np.expm1(-reach * calendar.years) * (1 - kept * self.reached)
        self._tell()

    def _tell(self) -> None:
        """Work out what campaigns say: its weight, the risks told over the true ones, and who is persuaded, (n,) each.

        Persuaded is the share reached, each channel by its trust over that of returnees.
        """
        weight = self._trust[:, None] * self.reached
        mean = np.divide(
            self._emphasis @ weight, weight.sum(axis=0), out=np.ones(weight.shape[1]), where=weight.any(axis=0)
        )
        self._campaigns = Campaigns(1 - np.prod(1 - weight, axis=0), mean)
        self.persuaded: NDArray[np.float64] = 1 - np.prod(1 - self._relative_trust[:, None] * self.reached, axis=0)

    def _truth(self) -> NDArray[np.float64]:
        sim = self._sim
        intercepted, dead = sim.crossing.risks()
        held = self._held_risk * sim.levers["exploitation"][sim.corridor.leg_destination]
        return np.array([intercepted, dead, held])
