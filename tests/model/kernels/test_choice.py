"""The choice of way: kernels against their plain twins, and what the choice promises."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from corridor.model.kernels.choice import NONE, choose, going_now, luck_of, payable_odds
from corridor.model.kernels.network import Network, tangles
from corridor.model.kernels.utility import Prospects, Purses, RoutePreferences, Trials, count_tries, perceive
from corridor.model.kernels.values import Values, update_values
from tests.reference import choice as reference
from tests.worlds import ALPHA

N_WEALTH, N_ATTITUDES = 2, 2


class World(NamedTuple):
    """A random choice situation: one community a home, all places within reach of it."""

    network: Network
    origin: np.ndarray
    prospects: Prospects
    trials: Trials
    purses: Purses
    preferences: RoutePreferences


def network_of(
    origin: np.ndarray, destination: np.ndarray, home: np.ndarray, aims: np.ndarray, passes: np.ndarray
) -> Network:
    """Return legs as communities see them who start everywhere."""
    n_places = aims.shape[1]
    first = np.concatenate([[0], np.cumsum(np.bincount(origin, minlength=n_places))]).astype(np.int32)
    tangle = np.array([tangles(np.arange(n_places), int(h), origin, destination, n_places)[1] for h in home])
    return Network(
        first, np.argsort(origin, kind="stable").astype(np.int32), destination, passes, aims, home,
        np.full(home.size, n_places, dtype=np.int32), tangle,
    )  # fmt: skip


def start_order(network: Network) -> np.ndarray:
    """Return the order of places of each community before anything is solved."""
    return np.array(
        [np.argsort(np.where(t < 0, t.max() + 1, t), kind="stable") for t in network.tangle], dtype=np.int32
    )


def world(
    seed: int, n_places: int = 8, n_legs: int = 20, nest: float = 0.7, passing: bool = True, **preferences: float
) -> World:
    """Return a random network with round trips, two communities, two classes of wealth and two attitudes."""
    rng = np.random.default_rng(seed)
    origin = rng.integers(0, n_places, n_legs).astype(np.int32)
    destination = ((origin + rng.integers(1, n_places, n_legs)) % n_places).astype(np.int32)
    home = np.array([0, 1], dtype=np.int32)
    aims = np.zeros((2, n_places), dtype=bool)
    aims[:, -2:] = True
    aims[[0, 1], home] = False
    passes = passing & (rng.random(n_legs) < 0.3) & ~aims.any(axis=0)[destination]
    network = network_of(origin, destination, home, aims, passes)
    living = rng.normal(1.0, 2.0, (2, n_places))
    living[[0, 1], home] = -np.inf
    common, once = rng.normal(-1.0, 1.0, n_legs), rng.normal(0.0, 0.5, n_legs)
    once[rng.integers(n_legs)] = -np.inf
    log_fee = rng.uniform(0, 9, n_legs)
    unattached = np.where(aims, living, living - rng.normal(0.0, 1.0, (2, n_places)))
    prospects = Prospects(
        common, -rng.random(n_legs), once, log_fee, np.exp(log_fee), rng.random((3, 2, n_legs)) * 0.3, living,
        unattached,
    )  # fmt: skip
    trials = Trials(*(rng.random((4, n_legs)) * 0.5), *-rng.random((2, n_legs)), *rng.random((2, n_legs)))
    payable = np.sort(rng.random((4, 30)))[:, ::-1].copy()
    purses = Purses(-np.sort(rng.random((4, 30))), payable, 29 / 9.0, np.array([0.1, -0.2]))
    prospects = prospects._replace(once=once + rng.normal(0.0, 0.3, (2, 1)))
    given = {"foresight": 0.95, "scale": 0.8, "margin": 0.5} | preferences
    return World(
        network, origin, prospects, trials, purses,
        RoutePreferences(
            given["foresight"], given["scale"], nest, given["margin"], np.array([2.0, 0.5]), 0.9,
            -np.array([1.0, 5.0, 2.0]),
        ),
    )  # fmt: skip


def unsolved(order: np.ndarray, n_legs: int) -> Values:
    """Return values of groups, given the order of their places, before anything is solved."""
    at, of_legs = np.zeros(order.shape), np.zeros((order.shape[0], n_legs))
    return Values(at, of_legs, at.copy(), at.copy(), np.zeros(order.shape[0]), of_legs.copy(), order)


def solve(w: World) -> Values:
    """Return the values of all groups after one update from nothing."""
    values = unsolved(np.repeat(start_order(w.network), N_WEALTH * N_ATTITUDES, axis=0), w.prospects.common.size)
    update_values(values, np.arange(2 * N_WEALTH), w.prospects, w.trials, w.purses, w.network, w.preferences)
    return values


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(
    "preferences", [{}, {"foresight": 1.0, "nest": 1.0, "scale": 1.0}, {"foresight": 0.0, "scale": 0.3}]
)
def test_values_equal_those_of_the_plain_twin(seed: int, preferences: dict[str, float]) -> None:
    w = world(seed, **preferences)
    values = solve(w)
    ends = w.origin, w.network.leg_destination
    grid = np.arange(w.purses.utility.shape[1])
    for group in range(values.value.shape[0]):
        stratum, attitude = divmod(group, N_ATTITUDES)
        community, home = stratum // N_WEALTH, int(w.network.home[stratum // N_WEALTH])
        at = (w.prospects.log_fee - w.purses.log_ratio[community]) * w.purses.points_per_log
        risk, reckoning = w.prospects.risk[:, community], w.preferences.reckoning
        tries, arriving = reference.tried_until_through(risk[0], w.trials, reckoning)
        payable = np.interp(at, grid, w.purses.payable[stratum])
        paid = np.log(w.trials.paid_each * tries + w.trials.paid_once * arriving) * w.purses.points_per_log
        fees = np.interp(at + paid, grid, w.purses.utility[stratum])
        factor = w.preferences.attitude[attitude]
        one_try = reference.perceived(w.prospects, factor, w.preferences.risk, community, w.trials, reckoning)
        utility = w.prospects.once[community] + fees + one_try * tries
        aims = w.network.aims[community]
        twin, foreseen = (
            reference.solved(
                utility,
                arriving,
                0.0,
                payable,
                ends,
                living[community],
                aims,
                home,
                w.preferences[:4],
                w.network.passes,
            )
            for living in (w.prospects.living, w.prospects.unattached)
        )
        for mine, theirs in zip((values.value, values.weight, values.going, values.expected), twin, strict=True):
            np.testing.assert_allclose(mine[group], theirs, rtol=0, atol=1e-8)
        assert values.leaving[group] == pytest.approx(foreseen[0][home], abs=1e-8)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6))
def test_nobody_can_travel_in_circles(seed: int) -> None:
    w = world(seed, n_places=10, n_legs=40)
    values = solve(w)
    for weight in values.weight:
        used = weight > 0
        graph = csr_matrix((np.ones(used.sum()), (w.origin[used], w.network.leg_destination[used])), shape=(10, 10))
        n_components, _ = connected_components(graph, directed=True, connection="strong")
        assert n_components == 10


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6))
def test_where_a_way_to_a_destination_is_open_people_have_a_way_on(seed: int) -> None:
    w = world(seed, n_places=10, n_legs=40)
    values = solve(w)
    for group, weight in enumerate(values.weight):
        community = group // (N_WEALTH * N_ATTITUDES)
        home = w.network.home[community]
        can = np.flatnonzero(w.network.aims[community]).tolist()
        open_legs = [leg for leg in range(40) if w.prospects.once[community, leg] > -np.inf]
        while True:
            more = [
                w.origin[leg] for leg in open_legs
                if w.network.leg_destination[leg] in can and w.origin[leg] not in (*can, home)
            ]  # fmt: skip
            if not more:
                break
            can.extend(more)
        for place in set(can) - set(np.flatnonzero(w.network.aims[community])):
            assert weight[w.origin == place].max() > 0


@pytest.mark.parametrize("seed", range(3))
def test_with_full_foresight_and_one_nest_values_solve_the_linear_system(seed: int) -> None:
    """Fosgerau et al. 2013: z = exp(V / mu) solves z = M z + b on the legs that lead on."""
    w = world(seed, nest=1.25, passing=False, foresight=1.0, scale=0.8)
    free = w.purses._replace(payable=np.ones_like(w.purses.payable), utility=np.zeros_like(w.purses.utility))
    w = w._replace(purses=free, preferences=w.preferences._replace(reckoning=0.0))
    values, mu = solve(w), 0.8
    for group in range(values.value.shape[0]):
        stratum, attitude = divmod(group, N_ATTITUDES)
        community = stratum // N_WEALTH
        factor = w.preferences.attitude[attitude]
        utility = reference.perceived(w.prospects, factor, w.preferences.risk, community, w.trials, 0.0)
        utility = utility + w.prospects.once[community]
        ends, living, home = (
            (w.origin, w.network.leg_destination),
            w.prospects.living[community],
            w.network.home[community],
        )
        sure = np.ones_like(utility)
        ways = reference.best_ways(utility, sure, 0.0, ends, living, w.network.aims[community], home, 1.0)
        part = reference.leading_on(*ways, ends, home, w.preferences.margin)
        matrix = np.zeros((8, 8))
        np.add.at(matrix, ends, part * np.exp(utility / mu))
        z = np.linalg.solve(np.eye(8) - matrix, np.exp(living / mu))
        known = z > 0
        np.testing.assert_allclose(values.value[group][known], mu * np.log(z[known]), atol=1e-6)


def test_a_way_back_opens_when_the_way_on_closes() -> None:
    """Home, a hub, a coast and a destination behind each; the coast's own boat is what people go there for."""
    legs = {
        "home-hub": (0, 1),
        "hub-coast": (1, 2),
        "coast-abroad": (2, 3),
        "coast-hub": (2, 1),
        "hub-overland": (1, 4),
    }
    origin, destination = (np.array(side, dtype=np.int32) for side in zip(*legs.values(), strict=True))
    living = np.array([[-np.inf, -1.0, -1.0, 6.0, 4.0]])
    aims = np.array([[False, False, False, True, True]])
    network = network_of(origin, destination, np.zeros(1, dtype=np.int32), aims, np.zeros(origin.size, dtype=bool))
    nobody = Trials(*np.zeros((8, 5)))
    purses = Purses(np.zeros((1, 2)), np.ones((1, 2)), 1.0, np.zeros(1))
    preferences = RoutePreferences(1.0, 1.0, 0.7, 0.5, np.ones(1), 1.0, np.zeros(3))
    back = list(legs).index("coast-hub")

    def odds_of_turning_back(boats: float) -> float:
        common = np.full(5, -0.5)
        common[2] = boats
        values = unsolved(start_order(network), 5)
        nothing = np.zeros(5)
        prospects = Prospects(nothing, nothing, common[None], nothing, np.ones(5), np.zeros((3, 1, 5)), living, living)
        update_values(values, np.zeros(1, dtype=np.int64), prospects, nobody, purses, network, preferences)
        return float(values.weight[0, back])

    assert odds_of_turning_back(-0.5) == 0.0
    assert odds_of_turning_back(-np.inf) == 1.0


def hub_world() -> tuple[Network, Trials, Purses, RoutePreferences]:
    """Home, two hubs of one country of transit with legs both ways, a destination behind the second."""
    origin, destination = np.array([0, 1, 2, 2], dtype=np.int32), np.array([1, 2, 1, 3], dtype=np.int32)
    passes = np.array([False, True, True, False])
    aims = np.array([[False, False, False, True]])
    network = network_of(origin, destination, np.zeros(1, dtype=np.int32), aims, passes)
    purses = Purses(np.zeros((1, 2)), np.ones((1, 2)), 1.0, np.zeros(1))
    return (
        network,
        Trials(*np.zeros((8, 4))),
        purses,
        RoutePreferences(1.0, 1.0, 0.7, 0.5, np.ones(1), 1.0, np.zeros(3)),
    )


def solved_hubs(hubs: float, way_on: float) -> Values:
    """Return values where living at both hubs is worth the same; the bus costs 10 dollars, the boat 100."""
    network, nobody, purses, preferences = hub_world()
    values = unsolved(start_order(network), 4)
    common = np.array([-0.5, -0.5, -0.5, way_on])
    living = np.array([[-np.inf, hubs, hubs, 4.0]])
    fees = np.array([10.0, 10.0, 10.0, 100.0])
    nothing = np.zeros(4)
    prospects = Prospects(nothing, nothing, common[None], nothing, fees, np.zeros((3, 1, 4)), living, living)
    update_values(values, np.zeros(1, dtype=np.int64), prospects, nobody, purses, network, preferences)
    return values


def test_who_could_pay_the_bus_to_the_coast_and_not_the_boat_went_there_and_was_stuck() -> None:
    """Exact: who only passes through the second hub must be able to pay the bus and the boat."""
    values, (network, *_rest) = solved_hubs(3.0, -0.5), hub_world()
    assert values.beyond_usd[0][[0, 1, 3]].tolist() == [0.0, 100.0, 0.0]
    onward = network.leg_by_origin[network.first_leg[1] : network.first_leg[2]]
    fees = np.array([10.0, 10.0, 10.0, 100.0])
    odds = [payable_odds(onward, values.weight[0], fees, values.beyond_usd[0], means) for means in (109.0, 110.0)]
    assert odds == [0.0, 1.0]


def going_in(hubs: float, way_on: float) -> np.ndarray:
    """Return who goes on from each place, where living at both hubs is worth the same, shape (4,)."""
    return solved_hubs(hubs, way_on).going[0].copy()


def test_people_shuttled_between_the_hubs_of_a_country_to_live_in_one_and_the_other() -> None:
    """Exact: a hub that is worth much to live in draws nobody from another hub of its country."""
    assert going_in(9.0, -np.inf)[[1, 2]].max() == 0.0
    # Who goes from the first hub to the second goes on: odds of a nest with cost 0.5 and 0.5 to a place worth 4.
    assert going_in(3.0, -0.5)[1] == pytest.approx(0.5)
    assert going_in(9.0, -0.5)[1] == pytest.approx(1 / (1 + np.exp(0.7 * 6)))


@pytest.mark.parametrize("seed", range(30))
def test_values_jumped_when_a_belief_moved_a_little(seed: int) -> None:
    """Where legs cost something, values are steep at most: a leg fades out before it is lost."""
    w = world(seed, n_places=10, n_legs=40, margin=0.0)
    costly = w.prospects._replace(common=-0.5 - np.abs(w.prospects.common), once=np.zeros((2, 40)))
    step, last = 0.02, None
    for move in np.arange(0.0, 2.0, step):
        living = costly.living.copy()
        living[:, -1] += move
        value = solve(w._replace(prospects=costly._replace(living=living, unattached=living))).value
        if last is not None:
            assert np.abs(value - last).max() < 15 * step
        last = value.copy()


ODDS, FEES = np.array([0.2, 0.4, 1.0]), np.array([1.0, 2.0, 10.0])


def drawn(luck: np.ndarray, means: float = 100.0) -> np.ndarray:
    """Let people at a place with three legs at 1, 2 and 10 dollars choose."""
    ways = np.array([2, 0, 1], dtype=np.int32), ODDS, FEES, np.zeros(3), means
    return np.array([choose(way, payable_odds(*ways), *ways) for way in luck])


@pytest.mark.statistical
def test_legs_are_chosen_in_proportion_to_their_odds() -> None:
    """Chi-square over legs; error rate ALPHA."""
    luck = np.array([luck_of(person, 0, 0, np.uint32(8), np.uint32(9))[0] for person in range(50_000)])
    chosen = drawn(luck)
    counts = np.array([np.count_nonzero(chosen == leg) for leg in range(3)])
    assert counts.sum() == chosen.size
    assert stats.chisquare(counts, chosen.size * ODDS / ODDS.sum()).pvalue > ALPHA


def test_only_what_can_be_paid_is_chosen() -> None:
    luck = np.random.default_rng(0).random(500)
    assert set(drawn(luck, means=5.0)) == {0, 1}
    assert set(drawn(luck, means=0.5)) == {NONE}


@pytest.mark.parametrize("going", [0.02, 0.5, 0.98])
@pytest.mark.parametrize("share", [1.0, 0.3, 1e-6, 0.0])
def test_who_can_pay_for_part_of_the_ways_weighs_those_against_staying(going: float, share: float) -> None:
    """Exact: staying beside legs with the odds that are left, in a nest of 0.7 at a scale of 0.8. ODD eq. 22 and 23."""
    live, nest, scale = 1.0, 0.7, 0.8
    go = live + np.log(going / (1 - going)) / nest
    with np.errstate(divide="ignore"):
        mine = go + scale * np.log(share)
    alone = np.exp(nest * mine) / (np.exp(nest * mine) + np.exp(nest * live))
    assert going_now(going, share * 1.6, 1.6, nest * scale) == pytest.approx(alone, rel=1e-9)
    # Where nobody may stay, and at home, who could go with the others' means but not with their own waits.
    assert going_now(1.0, share * 1.6, 1.6, nest * scale) == pytest.approx(share ** (nest * scale))
    assert going_now(going, 3.2, 1.6, nest * scale) == going, "more than the group counts on changes nothing"


def test_places_further_on_come_first_and_round_trips_are_one_tangle() -> None:
    """Home 3, then 0, a round trip of 1 and 2, and 4 behind it; to 5 nothing leads; a leg home counts for nobody."""
    origin, destination = np.array([3, 0, 1, 2, 2, 5, 1]), np.array([0, 1, 2, 1, 4, 0, 3])
    places, tangle = tangles(np.array([3]), 3, origin, destination, 6)
    assert places.tolist()[0] == 4 and set(places.tolist()[1:3]) == {1, 2} and places.tolist()[3:] == [0, 3]
    assert tangle[1] == tangle[2] and tangle[3] == -1
    assert len({*tangle.tolist()}) == 5


def until_through(trials: Trials, risk: float, under_way: float, death: float, reckoning: float = 1.0) -> float:
    """Return the utility of a leg over all tries, with danger and time that count on each try that starts."""
    nothing = np.zeros(1)
    risks = np.array([[[risk]], [[death]], [[0.0]]])
    prospects = Prospects(nothing, np.array([under_way]), nothing[None], nothing, nothing, risks, *[nothing[None]] * 2)
    preferences = RoutePreferences(1.0, 1.0, 0.7, 0.5, np.ones(1), reckoning, np.array([0.0, -10.0, 0.0]))
    tries, arriving, utility = np.zeros(1), np.zeros(1), np.zeros(1)
    count_tries(tries, arriving, risks[0, 0], trials, reckoning)
    perceive(utility, prospects, trials, preferences, 0, 0)
    return float(tries[0] * utility[0])


@pytest.mark.parametrize("risk", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("stopped", [0.0, 0.5, 0.9])
def test_people_are_held_once_however_many_tries_it_takes_to_arrive(risk: float, stopped: float) -> None:
    trials = Trials(*np.zeros((8, 1)))._replace(stopped=np.array([stopped]), held=np.array([-1.5]))
    assert until_through(trials, risk, 0.0, 0.0) == pytest.approx(-1.5)
    assert until_through(trials, risk, 0.0, 0.0, reckoning=0.0) == pytest.approx(-1.5)


@pytest.mark.parametrize("stopped", [0.0, 0.5, 0.9])
def test_who_is_stopped_ashore_has_been_in_no_danger(stopped: float) -> None:
    trials = Trials(*np.zeros((8, 1)))._replace(stopped=np.array([stopped]))
    assert until_through(trials, 0.0, -0.2, 0.01) == pytest.approx(-0.2 - 10 * 0.01)
    # Put back at sea, they have been: two tries on average, and twice the danger.
    assert until_through(trials, 0.5, -0.2, 0.01) == pytest.approx(2 * (-0.2 - 10 * 0.01))
