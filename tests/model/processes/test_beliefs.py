"""Beliefs keep their mean: limiting cases of news, forgetting and public knowledge."""

from __future__ import annotations

import numpy as np
import pytest

from corridor.model.simulation import Simulation
from tests.worlds import LIVELY, certain, community, parameters, sea_world

STILL = LIVELY | {"advertising_bias": 0.0, "prior_death_ratio": 1.0, "news_delay": 1e-3}
NEVER_PUBLIC = {"public_delay": 1e9}


def believer(**values: float) -> tuple[Simulation, int]:
    """Return a world in which nobody moves by themselves, and the number of its crossing."""
    sim = Simulation(sea_world(days=1500), parameters=parameters(**STILL | values))
    return sim, sim.corridor.legs.index["coast-abroad"]


def tell(sim: Simulation, leg: int, outcome: int, journeys: int) -> None:
    """Let journeys end so, and the news arrive."""
    none = np.zeros(journeys, dtype=np.int64)
    sim.beliefs.hear(none, np.full(journeys, leg), certain(outcome, journeys))
    sim.beliefs.step()


def test_without_news_and_public_knowledge_beliefs_stay() -> None:
    sim, leg = believer(**NEVER_PUBLIC)
    before = sim.beliefs.risk[:, 0, leg].copy()
    for _ in range(200):
        sim.beliefs.step()
    np.testing.assert_allclose(sim.beliefs.risk[:, 0, leg], before, rtol=1e-6)


def test_a_border_that_closed_is_not_forgotten_because_nobody_tries_it() -> None:
    """Two years without a journey; the tables said 0.3. It used to be forgotten in months."""
    sim, leg = believer(**NEVER_PUBLIC, memory=2.0)
    tell(sim, leg, 1, 20_000)
    closed = sim.beliefs.risk[0, 0, leg]
    assert closed > 0.9
    for _ in range(104):
        sim.beliefs.step()
    assert sim.beliefs.risk[0, 0, leg] == pytest.approx(closed, abs=1e-6)


def test_evidence_that_is_forgotten_weighs_less_against_what_is_new() -> None:
    """Old news keeps its mean and loses its weight: the same contrary news moves beliefs further two years later."""
    moved = []
    for weeks in (1, 104):
        sim, leg = believer(**NEVER_PUBLIC, memory=2.0)
        tell(sim, leg, 1, 20_000)
        for _ in range(weeks):
            sim.beliefs.step()
        before = sim.beliefs.risk[0, 0, leg]
        tell(sim, leg, 0, 1000)
        moved.append(before - sim.beliefs.risk[0, 0, leg])
    assert 0 < moved[0] < 0.2 * moved[1]


def test_a_flood_of_news_is_believed() -> None:
    sim, leg = believer(death_news_share=1.0, prior_strength=1.0, **NEVER_PUBLIC)
    for outcome, journeys in ((0, 60_000), (1, 30_000), (2, 10_000)):
        sim.beliefs.hear(np.zeros(journeys, dtype=np.int64), np.full(journeys, leg), certain(outcome, journeys))
    sim.beliefs.step()
    np.testing.assert_allclose(sim.beliefs.risk[:, 0, leg], [0.3, 0.1, 0.0], atol=1e-3)


@pytest.mark.parametrize("passed_on", [0.0, 0.25, 1.0])
def test_news_is_passed_on_to_people_of_other_origins(passed_on: float) -> None:
    """Exact: with as strong a prior as news of one's own, belief moves by half of the way; by a share, for others."""
    world = sea_world(communities=[community("tellers"), community("others")], days=1500)
    values = STILL | NEVER_PUBLIC | {"prior_strength": 1000.0, "news_share": 1.0, "news_passed_on": passed_on}
    sim = Simulation(world, agents=200, parameters=parameters(**values))
    leg = sim.corridor.legs.index["coast-abroad"]
    journeys = round(1000 / sim.population.persons_per_agent)
    before = sim.beliefs.risk[0, :, leg].copy()
    tell(sim, leg, 1, journeys)
    told = journeys * sim.population.persons_per_agent * np.array([1.0, passed_on])
    np.testing.assert_allclose(sim.beliefs.risk[0, :, leg], (1000 * before + told) / (1000 + told), rtol=1e-6)


def test_the_dead_send_no_messages() -> None:
    believed = []
    for share in (1.0, 0.1):
        sim, leg = believer(death_news_share=share, **NEVER_PUBLIC)
        for outcome in (0, 2):
            tell(sim, leg, outcome, 5000)
        believed.append(sim.beliefs.risk[1, 0, leg])
    assert believed[1] < 0.5 * believed[0]


def test_what_is_public_becomes_known_with_its_time_constant() -> None:
    """Nobody travels; controls are twice what the tables say: after one delay 1 - 1/e of the way is known."""
    sim, leg = believer(public_delay=12.0)
    truth = sim.beliefs._truth()
    truth[0, leg] = 0.9
    sim.beliefs._truth = lambda: truth  # type: ignore[method-assign]
    before = sim.beliefs.risk[0, 0, leg]
    for _ in range(round(12 / sim.calendar.in_months)):
        sim.beliefs.step()
    known = (sim.beliefs.risk[0, 0, leg] - before) / (0.9 - before)
    assert known == pytest.approx(1 - np.exp(-1), abs=0.01)


def test_a_world_as_the_tables_have_it_gives_public_knowledge_nothing_to_tell() -> None:
    """People at large hold deaths to be ``prior_death_ratio`` times as likely as they are, at first and later."""
    sim, leg = believer(prior_death_ratio=3.0, public_delay=1.0)
    reference = sim.beliefs._reference()
    sim.beliefs._truth = lambda: reference  # type: ignore[method-assign]
    before = sim.beliefs.risk[:, 0, leg].copy()
    for _ in range(50):
        sim.beliefs.step()
    np.testing.assert_allclose(sim.beliefs.risk[:, 0, leg], before)
