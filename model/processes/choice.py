"""Route choice: perceived utilities of legs and places, and the value of leaving (see kernels/choice.py).

Decision groups are community x wealth x attitude to risk. The perceived utility of a leg is the sum of terms for its
fee, time, distance, and perceived risks of interception, death and exploitation; that of living at a place has terms
for income, ties, unemployment, prospects of asylum, language and danger. ODD eq. 20 to 23.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from corridor.model.kernels.departures import DecisionInputs
from corridor.model.kernels.network import Network, tangles
from corridor.model.kernels.utility import Prospects, RoutePreferences, Trials
from corridor.model.kernels.values import Values, update_values
from corridor.model.processes.crossing import practice
from corridor.model.processes.means import Means
from corridor.model.reads import reads
from corridor.model.states import N_WEALTH

if TYPE_CHECKING:
    from corridor.model.simulation import Simulation

N_ATTITUDES = 3
"""Cautious, average, bold."""
_NEWS = 0.1
"""Change of a leg's utility, or of the share waved through, that makes everybody review their routes at once."""
_LEAST_EFFECT = 1e-6
"""Minimum origin effect, below which nobody leaves."""
_SHUT = -50.0
"""Minimum of the log openness of a leg, below which nothing changes."""
_FIRST_ROUNDS, _TOLERANCE = 100, 1e-5
"""Maximum iterations in the first step for the values of being sent home, and their tolerance, utils."""


class Choice:
    """Values of places and odds of legs for every decision group.

    Attributes
    ----------
    means : Means
        Means of strata (community x wealth).
    values : Values
        Group number = stratum x 3 + attitude, stratum = community x 3 + wealth.
    network : Network
    """

    def __init__(self, sim: Simulation) -> None:
        self._sim = sim
        corridor, p = sim.corridor, sim.parameters
        self.means = Means(sim)
        self._preferences = RoutePreferences(
            p.foresight, p.choice_scale, p.nest, p.onward_margin, p.attitude_ratio ** np.array([1.0, 0.0, -1.0]),
            p.interception_foresight, np.array([p.interception_utility, p.death_utility, p.exploitation_utility]),
        )  # fmt: skip
        share = np.array([p.cautious_share, 0.0, p.bold_share])
        share[1] = max(0.0, 1 - share.sum())
        self._attitude_share = share / share.sum()
        entered = corridor.places.column("country")[corridor.leg_destination[corridor.leg_enters]]
        outside = ~np.isin(corridor.places.column("country"), entered) & ~corridor.is_destination
        self._next_door = outside & corridor.hosts
        self._going_on = self._going_on_effect()
        self._under_way = self._passage_utility()
        self._acquainted = self._acquaintance_utility()
        self._affinity = self._affinity_utility()
        n_communities, n_places = len(corridor.communities), len(corridor.places)
        countries = corridor.places.column("country")
        self._same_country = (countries[:, None] == countries[None, :]).astype(float)
        # A country counts once, however many of its places are told apart (McFadden 1978).
        told_apart = (corridor.described_by >= 0) @ self._same_country
        self._part_utility = -p.size_utility * np.log(np.maximum(told_apart, 1.0))
        war = {countries[home]: community for community, home in enumerate(corridor.home)}
        self._at_war = np.array([war.get(country, -1) for country in countries])
        self._is_home = np.zeros((n_communities, n_places), dtype=bool)
        self._is_home[np.arange(n_communities), corridor.home] = True
        self.network, self.values = self._prepare(n_communities, n_places)
        self._rounds = _FIRST_ROUNDS
        self._seen = np.zeros((2, len(corridor.legs)))
        self._counted: NDArray[np.floating] | None = None
        self._turns = max(1, round(p.review_weeks / sim.calendar.weeks))

    def _prepare(self, n_communities: int, n_places: int) -> tuple[Network, Values]:
        """Return the network, and unsolved values of all groups."""
        corridor = self._sim.corridor
        order = np.argsort(corridor.leg_origin, kind="stable").astype(np.int32)
        counts = np.bincount(corridor.leg_origin, minlength=n_places)
        admitted = corridor.pathways.positions("destination", corridor.places)
        ends = corridor.leg_origin, corridor.leg_destination
        reached, tangle = [], np.empty((n_communities, n_places), dtype=np.int32)
        for community, home in enumerate(corridor.home):
            places, tangle[community] = tangles(
                np.append(admitted, corridor.starts[community]), int(home), *ends, n_places
            )
            reached.append(places)
        countries = corridor.places.column("country")
        # Who may live where they are goes elsewhere in the country to go on; who may not, also to live there.
        lives = (corridor.described_by >= 0)[ends[0]]
        passes = (countries[ends[0]] == countries[ends[1]]) & lives & ~corridor.is_destination[ends[1]]
        network = Network(
            np.concatenate([[0], np.cumsum(counts)]).astype(np.int32), order, corridor.leg_destination, passes,
            corridor.hosts & corridor.is_destination, corridor.home,
            np.array([places.size for places in reached], dtype=np.int32), tangle,
        )  # fmt: skip
        n_each = N_WEALTH * N_ATTITUDES
        shape = n_communities * n_each, n_places
        ordered = np.zeros(shape, dtype=np.int32)
        for community, places in enumerate(reached):
            ordered[community * n_each : (community + 1) * n_each, : places.size] = places
        of_legs = shape[0], len(corridor.legs)
        values = Values(
            np.zeros(shape), np.zeros(of_legs), np.zeros(shape), np.zeros(shape), np.zeros(shape[0]), np.zeros(of_legs),
            ordered,
        )  # fmt: skip
        return network, values

    def _passage_utility(self) -> NDArray[np.float64]:
        """Return the constant utility of travelling, apart from danger, shape (n_legs,), utils."""
        legs, p = self._sim.corridor.legs, self._sim.parameters
        under_way: NDArray[np.float64] = (
            p.time_utility * legs.column("days") / 7
            + p.distance_utility * legs.column("distance_km") / 1000
            + p.papers_utility * (legs.column("market") & (legs.column("mode") == "air"))
        ).astype(float)
        return under_way

    def _acquaintance_utility(self) -> NDArray[np.float64]:
        """Return the utility of embarking from one's own country, shape (n_communities, n_legs), utils."""
        corridor, p = self._sim.corridor, self._sim.parameters
        countries = corridor.places.column("country")
        own = countries[corridor.home][:, None] == countries[corridor.leg_origin][None, :]
        return np.where(own & corridor.leg_enters, p.own_coast_utility, 0.0)

    def _affinity_utility(self) -> NDArray[np.float64]:
        """Return the utility of language and lack of status at a place, shape (n_communities, n_places), utils."""
        corridor, p = self._sim.corridor, self._sim.parameters
        shared = [[bool(set(c.languages) & set(p.languages)) for p in corridor.places] for c in corridor.communities]
        affinity: NDArray[np.float64] = p.language_utility * np.array(shared, dtype=float)
        return affinity + np.where(corridor.is_destination, 0.0, p.host_utility)

    def _going_on_effect(self) -> NDArray[np.float64]:
        """Return the excess of onward moves of an origin over what drivers explain, log odds, (n_communities,).

        It applies where people live outside the countries that they want to enter.
        """
        communities = self._sim.corridor.communities
        factors = (communities.column(f"{name}_factor").astype(float) for name in ("departure", "onward"))
        effect: NDArray[np.float64] = np.log(np.maximum(np.prod(list(factors), axis=0), _LEAST_EFFECT))
        return effect

    def step(self) -> None:
        """Update values to current beliefs, for some of the communities at a time."""
        seen = self.prospects(), self.trials(), self.means.purses()
        strata = self._due()
        for _ in range(self._rounds):
            before = self.values.value.copy() if self._rounds > 1 else self.values.value
            update_values(self.values, strata, *seen, self.network, self._preferences)
            if np.abs(self.values.value - before).max() < _TOLERANCE:
                break
        self._rounds = 1

    def prospects(self) -> Prospects:
        """Return the prospects of people in this step."""
        beliefs = self._sim.beliefs
        log_fee = np.log(np.maximum(beliefs.fee_usd, 1.0))
        common, once = self._common_utility()
        unattached = self._living_utility()
        return Prospects(
            common,
            self._under_way,
            once,
            log_fee,
            self._sim.market.offers.leg_fee_usd,
            beliefs.risk,
            unattached + self._attachment()[:, None] * self._next_door,
            unattached,
        )

    def _due(self) -> NDArray[np.int64]:
        """Return the strata that review their route choice in this step."""
        sim = self._sim
        n_communities = len(sim.corridor.communities)
        communities = np.arange(n_communities)
        now = np.array([np.maximum(self._open(), _SHUT), sim.levers["waved_through"]])
        if self._rounds == 1 and np.abs(now - self._seen).max() < _NEWS:
            communities = communities[(communities + sim.now) % self._turns == 0]
        else:
            self._seen = now
        return (communities[:, None] * N_WEALTH + np.arange(N_WEALTH)).ravel()

    def _common_utility(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the utility of an attempt common to all groups, shape (n_legs,), and utility that counts once, utils.

        The latter is by community, shape (n_communities, n_legs).
        """
        sim, p, drivers = self._sim, self._sim.parameters, self._sim.drivers
        common = p.stage_utility + p.waiting_utility * sim.beliefs.wait_weeks + sim.controls.ashore_utility()
        return common, self._once() + drivers.latent_utility + drivers.latent_preference + self._acquainted

    @reads("leg_open")
    def _open(self) -> NDArray[np.float64]:
        """Return the utility effect of partly closed legs, shape (n_legs,), utils; -inf where they are closed."""
        with np.errstate(divide="ignore"):
            return np.log(self._sim.levers["leg_open"])

    @reads("leg_open", "waved_through")
    def _once(self) -> NDArray[np.float64]:
        """Return the utility of legs that counts once whatever the number of attempts, shape (n_legs,), utils."""
        constant = self._sim.corridor.legs.column("utility_constant").astype(float)
        # Deterrents of clandestine travel do not apply to legs that are openly permitted.
        return self._open() + constant - self._sim.levers["waved_through"] * np.minimum(constant, 0.0)

    @reads("push_back", "detain", "returned", "detention_days")
    def _practice(self) -> Trials:
        """Return the possible failures of an attempt after interception."""
        sim, p, corridor = self._sim, self._sim.parameters, self._sim.corridor
        put_back, detained, returned = np.hstack([practice(sim.levers), np.zeros((3, 1))])[:, corridor.leg_agency]
        home = put_back * (1 - p.retry_share) + detained * p.detained_return_share + returned
        stay = 1 - put_back - returned - detained * p.detained_return_share
        days = np.append(sim.levers["detention_days"], 0.0)[corridor.leg_agency]
        waiting = p.detention_utility * detained * days / 7
        nobody = np.zeros(home.size)
        return Trials(nobody, nobody, np.where(corridor.leg_inland, stay, 0.0), home, waiting, *[nobody] * 3)

    def trials(self) -> Trials:
        """Return the possible failures of an attempt on each leg, and their share of the fee. ODD eq. 20a and 20d."""
        sim, p, ahead = self._sim, self._sim.parameters, self._sim.controls.ahead()
        on_arrival = p.escrow_share * sim.market.is_market
        stopped = ahead.stopped_ashore
        in_advance = (1 - stopped) * (1 - on_arrival) + stopped * p.ashore_loss
        return self._practice()._replace(
            stopped=stopped, sent_back=ahead.sent_back, held=p.held_utility * ahead.held_weeks,
            paid_each=in_advance, paid_once=on_arrival,
        )  # fmt: skip

    def _living_utility(self) -> NDArray[np.float64]:
        """Return the utility of living at every place, and of giving up where one cannot live.

        ODD eq. 21 without eq. 21c. Shape (n_communities, n_places), utils; -inf at one's own home, the scale's zero.
        """
        sim, p, corridor, drivers = self._sim, self._sim.parameters, self._sim.corridor, self._sim.drivers
        danger = corridor.places.column("exploitation_per_year") * sim.levers["exploitation"]
        of_country = (
            p.income_utility * np.log(np.maximum(drivers.place_income_usd, 1.0))
            + p.size_utility * drivers.place_size
            + p.unemployment_utility * drivers.unemployment_pct
        )
        of_place = (
            of_country[corridor.described_by]
            + self._part_utility
            + p.grant_utility * sim.levers["grant_rate"]
            - p.exploitation_utility * np.expm1(-danger)
            # What drives people from home drives them from where they live, too, in log odds of going.
            - p.conflict_effect / p.nest * np.append(drivers.conflict, 0.0)[self._at_war]
        )
        at_home = p.income_utility * np.log(np.maximum(drivers.income_usd, 1.0))
        if drivers.compatriots is not self._counted:
            self._counted = drivers.compatriots
            # Those who settled before help where people want to stay; a crowd that waits to go on is no company.
            there = drivers.compatriots @ self._same_country / 1000
            self._company = np.where(corridor.is_destination, p.ties_utility * np.log1p(there), 0.0)
        living: NDArray[np.float64] = of_place - at_home[:, None]
        living += self._affinity
        # In a reanalysis as many more go on as leave, and those who leave to live next door are none the more.
        living -= (drivers.latent_departures / p.nest)[:, None] * self._next_door
        living += self._company
        np.copyto(living, p.give_up_utility, where=~corridor.hosts)
        np.copyto(living, -np.inf, where=self._is_home)
        return living

    def _attachment(self) -> NDArray[np.float64]:
        """Return the utility of staying next door apart from what a place offers, shape (n_communities,), utils."""
        p, drivers = self._sim.parameters, self._sim.drivers
        attachment: NDArray[np.float64] = p.return_utility * drivers.hope_of_return - self._going_on / p.nest
        return attachment

    def value_of_leaving(self) -> NDArray[np.float64]:
        """Return the value of setting out, mean over attitudes, shape (n_communities, n_wealth), utils.

        Attachment to countries next door affects onward moves; it is no reason to leave home or to stay there.
        """
        of_groups = self.values.leaving.reshape(-1, N_WEALTH, N_ATTITUDES)
        mean: NDArray[np.float64] = of_groups @ self._attitude_share
        return mean

    def decision_inputs(self, willing: NDArray[np.float64]) -> DecisionInputs:
        """Return the inputs of decisions in this step.

        Parameters
        ----------
        willing : ndarray of float, shape (n_legs,)
            Probability of setting out at once in this season.
        """
        sim, p = self._sim, self._sim.parameters
        network = self.network
        return DecisionInputs(
            self.values.weight, self.values.going, self.values.expected, self.values.beyond_usd,
            network.first_leg, network.leg_by_origin, sim.market.offers.leg_fee_usd,
            willing, sim.corridor.hosts, sim.corridor.refuge, self.means.bounds_usd(),
            min(1.0, p.fade_rate / max(p.decision_rate, 1e-9)), p.nest * p.choice_scale,
            float(np.exp(-p.nest * p.roots_utility)),
        )  # fmt: skip
