"""Families: who travels together, what they share, and what parts them. Error rates stand where there is chance."""

from __future__ import annotations

import numpy as np
import pytest

from corridor.model.simulation import Simulation
from corridor.model.states import Age, Channel, State
from corridor.scenarios import load
from tests.worlds import ALPHA, CALM, parameters, sea_world, total

FREE = {"market": False, "fee_usd": 0, "interception_risk": 0.0, "exploitation_risk": 0.0}
"""A crossing that everyone can make at once, and that is dangerous only to life."""
MANY = {
    **CALM,
    "lone_child_share": 0.0,
    "accompanied_adult_share": 0.0,
    "followers_per_family": 2.0,
    "death_utility": 0.0,
}
"""All children travel with an adult, and nobody else does; danger deters nobody."""


def together(sim: Simulation) -> np.ndarray:
    """Return the followers, once they have been found where their heads are."""
    people = sim.population
    followers = np.flatnonzero(people.head != np.arange(people.n))
    heads = people.head[followers]
    for name in ("state", "place", "leg", "status", "community"):
        column = getattr(people, name)
        np.testing.assert_array_equal(column[followers], column[heads], err_msg=name)
    np.testing.assert_array_equal(people.size, np.maximum(np.bincount(people.head, minlength=people.n), 1))
    return followers


def test_families_are_formed_of_children_and_adults_of_one_community() -> None:
    sim = Simulation(load("tutorial"), agents=20_000)
    people = sim.population
    followers = together(sim)
    assert np.isin(people.age[followers], (Age.CHILD, Age.ADULT)).all()
    assert (people.age[people.head[followers]] == Age.ADULT).all()
    assert (people.savings_usd[followers] == 0).all()
    children = people.age == Age.CHILD
    share, n = sim.parameters.lone_child_share, int(children.sum())
    # Normal bound on a binomial share at ALPHA (3.9 standard errors).
    assert people.alone[children].mean() == pytest.approx(share, abs=3.9 * np.sqrt(share * (1 - share) / n))
    assert ALPHA == 1e-4
    assert not people.alone[~children].any()


def test_lone_children_are_among_movers_as_often_as_observed() -> None:
    ds = Simulation(load("tutorial"), agents=20_000).run()
    # Evidence: 0.09 to 0.14 of irregular movers, for communities with a fifth of children; the tutorial has as many.
    assert 0.06 < total(ds, "lone_children") / total(ds, "departures") < 0.17


@pytest.mark.parametrize("scenario", ["tutorial", "sea"])
def test_families_stay_together_and_nobody_is_lost(scenario: str) -> None:
    world = load("tutorial") if scenario == "tutorial" else sea_world()
    sim = Simulation(world, seed=2, agents=4000, parameters=parameters(**MANY) if scenario == "sea" else None)
    while sim.running:
        sim.step()
        together(sim)
        counts = sim.population.counts.copy()
        sim.population.recount()
        np.testing.assert_array_equal(counts, sim.population.counts)
    assert sim.dataset().attrs["persons_error"] == 0
    assert sim.ledger.relative_error() < 1e-9


def test_a_family_in_one_boat_has_one_fate() -> None:
    sim = Simulation(sea_world(sea=FREE), seed=1, agents=4000, parameters=parameters(**MANY, shared_fate=1.0))
    before = together(sim)
    heads = sim.population.head[before].copy()
    while sim.running:
        sim.step()
    people = sim.population
    drowned = people.state[heads] == State.DEAD
    died_in_exploitation = people.episodes[heads] > 0
    fate = people.state[before][drowned & ~died_in_exploitation]
    assert fate.size > 20 and (fate == State.DEAD).all()


def test_orphaned_children_go_on_alone() -> None:
    world = sea_world(vessels=5.0, sea={**FREE, "distress_risk": 0.7})
    sim = Simulation(world, seed=1, agents=4000, parameters=parameters(**MANY, shared_fate=0.0))
    before = together(sim)
    heads = sim.population.head[before].copy()
    ds = sim.run()
    people = sim.population
    orphans = before[(people.state[heads] == State.DEAD) & (people.state[before] != State.DEAD)]
    assert orphans.size > 20
    assert people.alone[orphans].all() and (people.head[orphans] == orphans).all()
    assert set(people.state[orphans]) <= {State.SETTLED, State.EXPLOITED, State.ASSISTED, State.RETURNED, State.WAITING}
    assert total(ds, "separations") >= orphans.size * people.persons_per_agent


def test_luck_of_their_own_leaves_the_danger_of_a_crossing_as_it_is() -> None:
    """Deaths per attempt do not depend on how far fates are shared: 4.5 standard errors of a clustered share."""
    world = sea_world(sea=FREE, vessels=5.0)
    rates = []
    for shared in (0.0, 1.0):
        ds = Simulation(world, seed=5, agents=20_000, parameters=parameters(**MANY, shared_fate=shared)).run()
        rates.append(total(ds, "deaths") / total(ds, "attempts"))
    n = 20_000
    # With families of up to five members the variance of a share is at most five times that of single travellers.
    assert abs(rates[0] - rates[1]) < 4.5 * np.sqrt(2 * 5 * 0.25 * 0.75 / n)


def test_exploitation_parts_families_and_the_purse_is_divided() -> None:
    sim = Simulation(sea_world(), seed=1, agents=2000, parameters=parameters(**MANY))
    people = sim.population
    head = np.flatnonzero(people.size > 2)[:1]
    followers = people.followers(head)
    wealth, savings = sim.ledger.wealth(), people.savings_usd[head[0]]
    people.move(head, State.WAITING)
    sim.exploitation.begin(head, Channel.CAPTIVITY)
    assert (people.state[followers] == State.WAITING).all() and people.state[head[0]] == State.EXPLOITED
    assert people.alone[followers].all() and people.size[head[0]] == 1
    np.testing.assert_allclose(people.savings_usd[np.append(followers, head)], savings / (followers.size + 1))
    assert sim.ledger.wealth() == pytest.approx(wealth)
    assert total(sim.dataset(), "separations") == 0  # no step has been finished
    assert sim.recorder.now("separations").sum() == followers.size * people.persons_per_agent


def test_detention_parts_all_families_or_none() -> None:
    for share, parted in ((0.0, False), (1.0, True)):
        sim = Simulation(sea_world(), seed=1, agents=2000, parameters=parameters(**MANY, detention_separation=share))
        heads = np.flatnonzero(sim.population.size > 1)
        sim.population.move(heads, State.DETAINED)
        sim.families.part_in_detention(heads)
        assert (sim.population.size[heads] == 1).all() == parted


def test_a_family_pays_for_all_its_members() -> None:
    world = sea_world(sea={"interception_risk": 0.0, "distress_risk": 0.0, "exploitation_risk": 0.0})
    sim = Simulation(world, seed=1, agents=4000, parameters=parameters(**MANY, escrow_share=0.0))
    ds = sim.run()
    paid, passages = total(ds, "fee_revenue_usd"), float(ds["passages"].sel(leg="coast-abroad").sum())
    under_way = float((sim.population.state == State.MOVING).sum()) * sim.population.persons_per_agent
    fees = ds["fee_usd"].sel(leg="coast-abroad")
    assert float(fees.min()) * passages <= paid <= float(fees.max()) * (passages + under_way) * 1.2


def test_without_families_everyone_travels_alone() -> None:
    sim = Simulation(load("tutorial"), agents=2000, without=["families"])
    assert (sim.population.size == 1).all() and together(sim).size == 0
    assert float(sim.run()["separations"].sum()) == 0
