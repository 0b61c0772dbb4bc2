"""Beliefs: communities' perceptions of legs, shaped by news, public knowledge, advertising and campaigns.

News arrives after a delay and is weighed against prior beliefs. Forgetting reduces the weight of news, not its mean, so
that a closed border is not forgotten because nobody attempts it. Public facts become known slowly. Deaths are
under-reported, because the dead send no messages. Advertising lowers perceived risks; trusted information moves them
towards the truth. ODD eq. 16 to 19.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from corridor.model.kernels.beliefs import BeliefUpdate, Campaigns, LegBeliefs, send_news, update_beliefs

if TYPE_CHECKING:
    from corridor.model.simulation import Simulation

CHANNELS = ("returnees", "media", "online", "official")
RISKS = ("interception", "death", "exploitation")


class Beliefs:
    """Beliefs of communities about legs.

    Attributes
    ----------
    believed : ndarray of float, shape (3, n_communities, n_legs)
        Perceived probability of interception, death and exploitation, before outside influence.
    risk : ndarray of float, shape (3, n_communities, n_legs)
        The same after advertising, campaigns, and openly visible actions of authorities.
    fee_usd, wait_weeks : ndarray of float, shape (n_legs,)
        Expected fee, and expected weeks of waiting for a passage.
    reached : ndarray of float, shape (n_channels, n_communities)
        Share of people who remember the message of each channel in `CHANNELS`.
    persuaded : ndarray of float, shape (n_communities,)
        Share reached by campaigns, with channels weighted by trust relative to returnees.
    """

    def __init__(self, sim: Simulation) -> None:
        self._sim = sim
        corridor = sim.corridor
        shape = (len(corridor.communities), len(corridor.legs))
        self._heard = np.zeros(shape)
        self._reported, self._pending = np.zeros((4, *shape)), np.zeros((4, *shape))
        truth = self._reference()
        self._held_risk = truth[2]
        self.believed = np.broadcast_to(self._public(truth)[:, None, :], (3, *shape)).copy()
        self.risk = self.believed.copy()
        self._known = LegBeliefs(self.risk, self.believed, self._heard, self._pending)
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
        """Add journeys that ended in this step to the pending news.

        Parameters
        ----------
        community, leg : ndarray of int, shape (k,)
        chances : ndarray of float, shape (k, 3)
            Each agent's probabilities of interception, death and exploitation: the outcomes of the persons it
            represents.
        waved : ndarray of float, shape (k,)
            Share of controls that authorities waived. People who are waved through learn nothing about controls, so
            that their news of interception repeats earlier beliefs.
        """
        sim = self._sim
        weight = sim.population.persons_per_agent * sim.parameters.news_share
        send_news(self._reported, community, leg, chances, weight, weight * sim.parameters.death_news_share)
        if np.any(waved):
            told = weight * (1 - (1 - sim.parameters.death_news_share) * chances[:, 1])
            np.add.at(self._reported[1], (community, leg), told * waved * self._believed_control(community, leg))

    def _pass_on(self) -> None:
        """Add what was reported in this step to pending news; people of other origins hear part of it. ODD eq. 15a."""
        passed_on = self._sim.parameters.news_passed_on
        self._pending += (1 - passed_on) * self._reported
        self._pending += passed_on * self._reported.sum(axis=1, keepdims=True)
        self._reported[:] = 0.0

    def _believed_control(self, community: NDArray[np.integer], leg: NDArray[np.integer]) -> NDArray[np.float64]:
        """Return communities' perceived risk of interception if nobody is waved through, shape (k,)."""
        return np.asarray(self.believed[0][community, leg])

    def _public(self, truth: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return publicly known risks, shape (3, n_legs): true ones, except that deaths are over- or understated."""
        known = truth.copy()
        known[1] = np.minimum(known[1] * self._sim.parameters.prior_death_ratio, 1.0)
        return known

    def step(self) -> None:
        """Process arriving news, decay the weight of old news, and compute perceived risks and fees."""
        sim, p, levers = self._sim, self._sim.parameters, self._sim.levers
        arriving = -float(np.expm1(-sim.calendar.weeks / p.news_delay))
        self._pass_on()
        self._inform()
        # Openly visible actions of authorities are known at once.
        waved = levers["waved_through"]
        update = BeliefUpdate(
            kept=float(np.exp(-sim.calendar.in_months / p.memory)),
            arriving=arriving,
            prior_strength=p.prior_strength,
            public=-float(np.expm1(-sim.calendar.in_months / p.public_delay)),
            advertised=float(np.exp(-p.advertising_bias * (1 - levers["takedown"][0]))),
        )
        truth = self._truth()
        update_beliefs(self._known, self._public(truth), truth, self._campaigns, waved, update)
        self.wait_weeks += arriving * (sim.departure.wait_weeks() - self.wait_weeks)
        self._told_fee_usd += arriving * (sim.market.offers.asked_fee_usd - self._told_fee_usd)
        self.fee_usd = (1 - waved) * self._told_fee_usd + waved * sim.market.offers.own_cost()

    def _inform(self) -> None:
        """Update the share of people reached by campaigns, and forgetting."""
        p, calendar, levers = self._sim.parameters, self._sim.calendar, self._sim.levers
        reach = np.array([levers[f"campaign_{channel}"] for channel in CHANNELS])
        if not (reach.any() or self.reached.any()):
            return
        kept = 0.5 ** (calendar.in_months / p.campaign_halflife)
        self.reached = kept * self.reached - np.expm1(-reach * calendar.years) * (1 - kept * self.reached)
        self._tell()

    def _tell(self) -> None:
        """Compute campaigns' weight, reported relative to true risks, and the share of people persuaded, (n,) each.

        The share persuaded is the share reached, with each channel weighted by its trust relative to returnees.
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
