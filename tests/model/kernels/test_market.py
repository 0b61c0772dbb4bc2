"""Compiled loops of market, patrols, investigation and levers against their plain twins, and what they promise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from corridor.model.kernels.accounts import (
    average,
    learn_reputations,
    margins,
    measure_concentration,
    share_out,
    share_sales,
    sum_offers,
)
from corridor.model.kernels.arrests import (
    Agencies,
    ArrestParameters,
    Arrests,
    make_arrests,
    plan_arrests,
    remember_convictions,
)
from corridor.model.kernels.capacity import adapt, grow, switch_legs
from corridor.model.kernels.care import Care, wish_care
from corridor.model.kernels.crews import count_posts, fill_core, heal, resize, serve_with, share_filled, take_members
from corridor.model.kernels.fees import BuyerPreferences, PassageCosts, attract, quote
from corridor.model.kernels.levers import OPERATIONS, Changes, apply_changes
from corridor.model.kernels.patrols import patrol
from corridor.model.kernels.supply import Supply
from corridor.model.kernels.turnover import TurnoverRates, draw_rows, find_failing, turnover
from corridor.model.streams import Stream, Streams
from tests.reference.accounts import (
    average_numpy,
    margins_numpy,
    measure_concentration_numpy,
    share_out_numpy,
    sum_offers_numpy,
)
from tests.reference.arrests import make_arrests_numpy, plan_arrests_numpy, remember_convictions_numpy
from tests.reference.capacity import grow_numpy, switch_legs_numpy
from tests.reference.care import wish_care_numpy
from tests.reference.crews import (
    count_posts_numpy,
    fill_core_numpy,
    heal_numpy,
    resize_numpy,
    serve_with_numpy,
    share_filled_numpy,
    take_members_numpy,
)
from tests.reference.fees import attract_numpy, quote_numpy
from tests.reference.levers import apply_changes_numpy
from tests.reference.patrols import patrol_numpy
from tests.reference.turnover import draw_rows_numpy, find_failing_numpy, turnover_numpy


def test_crews_equal_those_of_the_twin() -> None:
    rng = np.random.default_rng(0)
    n, offers = 6, 15
    capacity = rng.exponential(10.0, offers) * (rng.random(offers) > 0.3)
    organisation, service = rng.integers(0, n, offers), rng.integers(0, 3, offers)
    crew = rng.random((3, 6)) * (rng.random((3, 6)) > 0.4)
    crew[:, 0] = 1.0
    posts = count_posts(capacity, organisation, service, crew, n)
    np.testing.assert_allclose(posts, count_posts_numpy(capacity, organisation, service, crew, n))
    filled = np.where(rng.random((n, 6)) < 0.5, 1.0, rng.random((n, 6)))
    filled[0] = 0.0
    arguments = (filled, capacity, organisation, service, crew > 0, 2.5, 1e-6)
    np.testing.assert_allclose(serve_with(*arguments), serve_with_numpy(*arguments))


def test_members_are_taken_and_come_back_as_in_the_twin() -> None:
    rng = np.random.default_rng(0)
    shape = (6, 6)
    posts, members = rng.exponential(5.0, shape) * (rng.random(shape) > 0.3), rng.exponential(4.0, shape)
    members[0] = 0.0
    np.testing.assert_array_equal(share_filled(members, posts, 1e-6), share_filled_numpy(members, posts, 1e-6))
    offers = Market(0)
    core = (np.array([0, 3]), offers.supply.capacity, offers.supply.organisation, offers.markup, 1e-6)
    np.testing.assert_allclose(fill_core(members, *core), fill_core_numpy(members, *core))
    taken = np.array([3, 0, 1, 50, 2, 1])
    convicted = np.minimum(taken, [1, 0, 1, 20, 0, 0])
    mine, theirs = ([members.copy(), members / 3] for _ in range(2))
    roles = np.array([0, 3, 5])
    take_members(*mine, roles, taken, convicted)
    take_members_numpy(*theirs, roles, taken, convicted)
    np.testing.assert_allclose(mine, theirs, atol=1e-12)
    heal(*mine, posts, 0.2, np.linspace(0.1, 0.5, 6))
    heal_numpy(*theirs, posts, 0.2, np.linspace(0.1, 0.5, 6))
    np.testing.assert_allclose(mine, theirs, atol=1e-12)


def courts(seed: int, number: int) -> tuple:
    """Arguments of `make_arrests`: three agencies of which the last has neither legs nor partners."""
    rng = np.random.default_rng(seed)
    offers, n = 12, 5
    together = np.array([[0.0, 0.5, 0.0], [0.5, 0.0, 0.0], [0.0, 0.0, 0.0]])
    arrests = Arrests(np.full((2, 3), number), np.array([0.2, 0.9, 0.5]), np.array([0.1, 0.3, 1.0]))
    agency, organisation, capacity = (
        rng.integers(-1, 2, offers),
        rng.integers(0, n, offers),
        rng.exponential(10, offers),
    )
    supply = Supply(organisation, np.zeros(offers, dtype=int), capacity, np.zeros(n, dtype=np.int32))
    return arrests, together, agency, supply, 7, np.uint32(seed), np.uint32(1)


@given(st.integers(0, 1000))
@settings(max_examples=30, deadline=None)
def test_arrests_fall_as_in_the_twin(seed: int) -> None:
    for mine, theirs in zip(make_arrests(*courts(seed, 3)), make_arrests_numpy(*courts(seed, 3)), strict=True):
        np.testing.assert_allclose(mine, theirs)


def test_arrests_fall_by_capacity_within_reach_and_end_in_conviction_at_their_share() -> None:
    """Chi-square over organisations and a binomial test for each agency; error rate 0.1 % in all (Bonferroni)."""
    arrests, together, owner, supply, *when = courts(3, 20_000)
    for agency in (0, 1):
        alone = arrests._replace(number=arrests.number * (np.arange(3) == agency))
        taken, convicted, _ = make_arrests(alone, together, owner, supply, *when)
        reach = np.where(owner == agency, 1.0, np.where(owner >= 0, together[agency, owner], 0.0))
        expected = np.bincount(supply.organisation, weights=supply.capacity * reach, minlength=supply.hub.size)
        there = expected > 0
        for group in taken:
            assert stats.chisquare(group[there], 20_000 * expected[there] / expected.sum()).pvalue > 0.001 / 6
            assert group[~there].sum() == 0
        assert stats.binomtest(int(convicted.sum()), 40_000, arrests.conviction[agency]).pvalue > 0.001 / 6
    alone = arrests._replace(number=arrests.number * (np.arange(3) == 2))
    nobody, _, kept = make_arrests(alone, together, owner, supply, *when)
    assert nobody.sum() == 0 and np.all(kept == 1), "where nothing is within reach nobody is arrested"


class Market:
    """Fifteen offers of six organisations (the last without any) on five legs, four of them served."""

    n, legs = 6, 5

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        capacity = rng.exponential(10.0, 15) * (rng.random(15) > 0.3)
        organisation, leg = rng.integers(0, self.n - 1, 15), rng.integers(0, self.legs - 1, 15)
        self.supply = Supply(organisation, leg, capacity, np.array([0, 0, 0, 2, 2, 1], dtype=np.int32))
        self.fee, self.cost = rng.exponential(500.0, (2, 15))
        self.of_leg, self.of_organisation = rng.random((3, self.legs)), rng.random((3, self.n))
        self.markup = rng.random(15)


@given(st.integers(0, 1000))
@settings(max_examples=30, deadline=None)
def test_accounts_equal_those_of_the_twin(seed: int) -> None:
    o = Market(seed)
    arguments = (o.supply, 2 * o.of_leg[0], o.fee, o.cost, 500 * o.of_leg[1])
    sums = sum_offers(*arguments)
    np.testing.assert_allclose(sums, sum_offers_numpy(*arguments))
    np.testing.assert_allclose(margins(sums, 0.1, 0.05), margins_numpy(sums, 0.1, 0.05), rtol=1e-9, atol=1e-12)
    organisation, leg, capacity, _ = o.supply
    by_leg = (leg, organisation, capacity, o.of_organisation, 1.0, o.legs)
    np.testing.assert_allclose(average(*by_leg), average_numpy(*by_leg))
    by_organisation = (organisation, leg, capacity, o.of_leg, 0.0, o.n)
    np.testing.assert_allclose(average(*by_organisation), average_numpy(*by_organisation))
    np.testing.assert_allclose(measure_concentration(o.supply, 4), measure_concentration_numpy(o.supply, 4))


@given(st.integers(0, 1000))
@settings(max_examples=30, deadline=None)
def test_fees_and_shares_equal_those_of_the_twin(seed: int) -> None:
    o = Market(seed)
    costs = PassageCosts(400 * o.of_leg[0], 90 * o.of_leg[1], 50 * o.of_leg[2])
    quoted = (o.supply, o.markup, costs, 1 + o.of_organisation[0], o.of_organisation[1])
    for mine, theirs in zip(quote(*quoted), quote_numpy(*quoted), strict=True):
        np.testing.assert_allclose(mine, theirs)
    wanted = (o.supply, o.markup, *o.of_organisation[:2], o.fee, BuyerPreferences(1.5, -0.002), o.legs)
    share = attract(*wanted)
    np.testing.assert_allclose(share, attract_numpy(*wanted))
    np.testing.assert_allclose(np.bincount(o.supply.leg, weights=share)[np.unique(o.supply.leg)], 1.0)


@given(st.integers(0, 1000))
@settings(max_examples=30, deadline=None)
def test_capacity_grows_and_moves_as_in_the_twin(seed: int) -> None:
    mine, theirs, o = Market(seed).supply, Market(seed).supply, Market(seed)
    growth = (o.of_organisation[0] > 0.3, 0.5 + o.of_leg[0], 0.5)
    grow(mine, *growth)
    grow_numpy(theirs, *growth)
    np.testing.assert_allclose(mine.capacity, theirs.capacity)
    whole = mine.capacity.sum()
    moves = (np.floor(3 * o.of_leg[1]), 0.2, 0.5)
    switch_legs(mine, *moves)
    switch_legs_numpy(theirs, *moves)
    np.testing.assert_allclose(mine.capacity, theirs.capacity)
    assert mine.capacity.sum() == pytest.approx(whole) and mine.capacity.min() >= 0
    before, after = adapt(o.supply, *growth[:2], *moves)
    np.testing.assert_array_equal(o.supply.capacity, mine.capacity, "both in one call")
    for sums, capacity in ((before, Market(seed).supply.capacity), (after, mine.capacity)):
        np.testing.assert_allclose(sums, np.bincount(mine.organisation, weights=capacity, minlength=o.n))


@given(st.integers(0, 1000))
@settings(max_examples=30, deadline=None)
def test_entries_splits_and_mergers_are_as_likely_as_in_the_twin(seed: int) -> None:
    o = Market(seed)
    filled, (now, before, _) = o.of_organisation[0], o.of_leg
    arguments = (
        o.supply,
        o.markup,
        3 * now,
        before,
        np.array([0.1, 0.0, 2.0, 0.0]),
        filled,
        TurnoverRates(0.3, 0.2, 1.5, 0.7),
    )
    for mine, theirs in zip(turnover(*arguments), turnover_numpy(*arguments), strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-12)


def test_care_is_that_of_the_twin() -> None:
    rng = np.random.default_rng(0)
    arguments = (2 * rng.random(20) - 1, rng.random(20), rng.random(20), Care(0.2, 0.9, 0.1, 0.5, 1.5, 0.4))
    np.testing.assert_allclose(wish_care(*arguments), wish_care_numpy(*arguments))


def test_sales_are_shared_out_as_by_the_twin() -> None:
    rng, o = np.random.default_rng(0), Market(0)
    paid, held, sold = rng.random((3, o.legs))
    share, passage, bribe = rng.random((3, 15))
    sums = share_sales(paid, held, sold, share, passage, bribe, o.supply)
    amounts = (paid, share), (held, share), (sold, share * passage), (sold, share * bribe)
    twin = [share_out_numpy(of_leg, part, o.supply) for of_leg, part in amounts]
    np.testing.assert_allclose(sums, twin)
    np.testing.assert_allclose(share_out(paid, share, o.supply), twin[0])


def test_reputations_move_towards_what_clients_met() -> None:
    reputation = np.array([0.5, 0.5, 0.5])
    learn_reputations(
        reputation, np.array([0, 0, 1]), np.array([True, False, False]), np.array([False, False, True]), 4.0, 0.5
    )
    np.testing.assert_allclose(reputation, [0.5, 0.25, 0.5])


def test_crews_are_resized_and_rows_drawn_as_in_the_twins() -> None:
    rng = np.random.default_rng(3)
    mine, before, after = rng.random((8, 6)), rng.integers(0, 2, 8) * rng.random(8), rng.random(8)
    theirs = mine.copy()
    resize(mine, before, after)
    resize_numpy(theirs, before, after)
    np.testing.assert_allclose(mine, theirs)
    chances, key = np.where(rng.random(500) < 0.5, 0.0, rng.random(500)), Streams(4).key
    drawn = draw_rows(chances, 1, 7, *key)
    np.testing.assert_array_equal(drawn, draw_rows_numpy(chances, 1, 7, *key))
    luck = Streams(4).uniforms(Stream.ORGANISATION, np.arange(500), 7, 1)[:, 0]
    np.testing.assert_array_equal(drawn, np.flatnonzero(luck < chances))


def test_a_lever_moves_as_in_the_twin() -> None:
    rng, targets = np.random.default_rng(2), np.array([0, 2, 1, 3, 2, 4], dtype=np.int32)
    kinds, settings = [OPERATIONS.index(name) for name in ("add", "multiply", "set")], np.array([3, 0, 2])
    changes = Changes(settings, np.array([0, 2, 4, 6]), targets, np.array(kinds), rng.random(3))
    mine, strength = rng.random(5), rng.random((4, 2))
    strength[2, 0] = 0.0
    for step in range(2):
        theirs = mine.copy()
        apply_changes(mine, changes, strength, step)
        apply_changes_numpy(theirs, changes, strength, step)
        np.testing.assert_allclose(mine, theirs)


def test_patrols_failures_and_convictions_equal_those_of_the_twins() -> None:
    rng, n = np.random.default_rng(6), 40
    owner, lately = rng.integers(0, 5, n), rng.random(n) * rng.integers(0, 2, n)
    lately[owner == 3] = 0.0
    arguments = owner, lately, 0.1 + rng.random(5), *rng.random((3, n)), 0.2 + rng.random(n), 0.4
    np.testing.assert_allclose(patrol(*arguments), patrol_numpy(*arguments))
    case = rng.random(n) < 0.7, rng.normal(size=n), rng.random(n), 0.5, 0.3
    np.testing.assert_array_equal(find_failing(*case), find_failing_numpy(*case))
    mine, hub = rng.random(6), rng.integers(0, 5, n)
    theirs, convicted = mine.copy(), rng.integers(0, 3, n)
    remember_convictions(mine, hub, lately, convicted, 0.02, 0.1)
    remember_convictions_numpy(theirs, hub, lately, convicted, 0.02, 0.1)
    np.testing.assert_allclose(mine, theirs)


def test_arrests_are_planned_as_in_the_twin() -> None:
    rng, n = np.random.default_rng(10), 30
    means = ArrestParameters(50.0, 2.0, 0.2, 3.0, 2.0, 0.4, 0.5, 1.5)
    evidence, skill, investigators = 100 * rng.random(n), 1 + rng.random(n), 300 * rng.random(n)
    agencies = Agencies(evidence, skill, investigators, *rng.random((4, n)), 1 + rng.random(n))
    mine = plan_arrests(agencies, means, 0.02, 5, *Streams(3).key)
    luck = Streams(3).uniforms(Stream.AGENCY, np.arange(n), 5)
    for one, two in zip(mine, plan_arrests_numpy(agencies, means, 0.02, luck), strict=True):
        np.testing.assert_allclose(one, two)
    assert mine.number.any() and not mine.number.all()
