"""Off switches, adaptive measures and life events.

Every test fixes its seeds and compares paired runs or exact counts, so that none has an error rate.
"""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from corridor.model import Simulation
from corridor.model.errors import InvalidInput
from corridor.model.mechanisms import MECHANISMS
from corridor.model.policies import AdaptiveRule, Measure, Policy
from corridor.model.trace import story
from corridor.scenarios import load, load_policy
from corridor.scenarios.catalogue import make_policy

AGENTS = 10_000
BUSY = {"departure_rate": 0.05}
"""Many leave home, so that even what is rare happens."""


def run(**keywords: object) -> xr.Dataset:
    """Run the tutorial on few agents."""
    return Simulation(load("tutorial"), seed=3, agents=AGENTS, parameters=BUSY, **keywords).run()  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def everything() -> xr.Dataset:
    """Return a run with every mechanism on."""
    return run()


@pytest.mark.parametrize(
    ("mechanism", "variable", "limit"),
    [
        ("legal_pathways", "legal_arrivals", 0.0),
        ("enforcement", "interceptions", 0.0),
        ("rescue", "rescues", 0.0),
        ("exploitation", "victims_started", 0.0),
        ("assistance", "assisted_started", 0.0),
        ("investigation", "arrests", 0.0),
    ],
)
def test_what_is_switched_off_does_not_happen(
    everything: xr.Dataset, mechanism: str, variable: str, limit: float
) -> None:
    off = run(without=[mechanism])
    assert float(off[variable].sum()) == limit
    if mechanism != "assistance":  # too few places in the toy world to be sure of one in a short run
        assert float(everything[variable].sum()) > limit


def test_without_crowding_loads_stay_at_design(everything: xr.Dataset) -> None:
    assert float(everything["load"].max()) > 1
    assert float(run(without=["crowding"])["load"].max()) == 1


@pytest.mark.parametrize("mechanism", sorted(MECHANISMS))
def test_every_switch_can_be_turned_and_people_are_conserved(mechanism: str) -> None:
    off = run(without=[mechanism], end=load("tutorial").start.replace(month=9))
    assert off.attrs["persons_error"] == 0


def test_an_unknown_switch_is_refused() -> None:
    with pytest.raises(InvalidInput, match="crowdin"):
        run(without=["crowdin"])


def adaptive(**rule: object) -> Policy:
    """Return a policy with one adaptive measure: patrols that follow detections."""
    full = AdaptiveRule.model_validate(
        {"measure": Measure(what="border_patrols", amount=1.0), "indicator": "detections", "review_weeks": 4} | rule
    )
    return make_policy("one", "One", "One rule.", [], [full])


def test_a_rule_that_never_fires_changes_nothing_to_the_bit(everything: xr.Dataset) -> None:
    idle = run(policy=adaptive(above=1e10))
    xr.testing.assert_identical(idle.drop_attrs(), everything.drop_attrs())


def test_a_rule_acts_from_its_first_review_on_what_was_recorded() -> None:
    sim = Simulation(load("tutorial"), adaptive(above=0.0, lag_weeks=2, step=0.25), seed=3, agents=AGENTS)
    levels = []
    base = sim.levers.base["patrol_units"].sum()
    for _ in range(60):
        sim.step()
        levels.append(sim.governance.level[0])
    assert levels[0] == 0
    assert max(levels) == 1
    assert np.all(np.abs(np.diff(levels)) <= 0.25 + 1e-12)
    assert sim.levers["patrol_units"].sum() > base


def test_a_measure_of_size_zero_in_a_rule_is_dropped() -> None:
    assert adaptive(above=1.0, measure=Measure(what="border_patrols", amount=0.0)).adaptive == ()


def test_the_adaptive_policy_costs_more_than_nothing_when_it_acts() -> None:
    policy = load_policy("adaptive")
    assert [a.rule.indicator for a in policy.adaptive] == ["deaths_recorded", "identified", "detections"]


def test_following_people_changes_no_result(everything: xr.Dataset) -> None:
    sim = Simulation(load("tutorial"), seed=3, agents=AGENTS, parameters=BUSY, trace=5)
    xr.testing.assert_identical(sim.run().drop_attrs(), everything.drop_attrs())
    assert sim.trace is not None
    events = sim.trace.events()
    followed = {event.person for event in events}
    assert 1 <= len(followed) <= 5
    text = story(events)
    assert text.count("## Person") == len(followed)
    assert all(event.date in text for event in events)


def test_life_events_of_a_person_are_in_order_and_end_in_their_state() -> None:
    sim = Simulation(load("tutorial"), seed=3, agents=AGENTS, trace=20)
    sim.run()
    assert sim.trace is not None
    for person in {event.person for event in sim.trace.events()}:
        mine = [event for event in sim.trace.events() if event.person == person]
        assert [event.date for event in mine] == sorted(event.date for event in mine)
        assert mine[-1].place == sim.corridor.places.rows[sim.population[person].place].label
