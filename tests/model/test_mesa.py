"""What Mesa users expect: batch runs, data collection, actors, and set-at-a-time verbs on migrants."""

from __future__ import annotations

import datetime as dt
import gc
import hashlib
import os
import subprocess
import sys
import weakref
from typing import Any

import mesa
import numba
import numpy as np
import pytest

from corridor.model.arguments import fresh_seed as FRESH_SEED
from corridor.model.errors import InvalidInput
from corridor.model.organisations import (
    Employer,
    EnforcementAgency,
    Exploiter,
    ProtectionService,
    RescueOperator,
    SmugglingOrganisation,
)
from corridor.model.population import Population
from corridor.model.simulation import Simulation
from corridor.model.states import Age, Sex, State
from tests import ROOT
from tests.worlds import CALM, community, digest, parameters, policy, run, sea_world, setting, total


@pytest.fixture
def sim() -> Simulation:
    """Half a year of the world with a sea."""
    sim = Simulation(sea_world(vessels=2), parameters=parameters(**CALM))
    for _ in range(26):
        sim.step()
    return sim


# --- Mesa's conventions -----------------------------------------------------------------------------------------------


def test_batch_run_runs_every_combination_to_its_end() -> None:
    more_patrols = policy(setting("patrol_units", "multiply", 5.0))
    rows = mesa.batch_run(
        Simulation,
        {"corridor": [sea_world(days=70)], "policy": [None, more_patrols], "seed": [1, 2], "agents": 300},
        iterations=1,
        max_steps=1000,
        number_processes=1,
        data_collection_period=1,
        display_progress=False,
    )
    assert {row["seed"] for row in rows} == {1, 2} and len({row["RunId"] for row in rows}) == 4
    for number in range(4):
        mine = [row for row in rows if row["RunId"] == number]
        assert [row["Step"] for row in mine] == list(range(10))
    assert {"attempts", "irregular_arrivals", "deaths", "victims_started", "cost_usd"} <= set(rows[0])


def test_data_collector_has_one_row_a_step_and_agrees_with_the_dataset(sim: Simulation) -> None:
    frame, ds = sim.datacollector.get_model_vars_dataframe(), sim.dataset()
    assert len(frame) == sim.now == sim.steps == ds.sizes["time"] == 26
    assert frame["attempts"].sum() > 0
    assert (frame.pop("seed") == int(ds.attrs["seed"])).all()
    for name in frame:
        np.testing.assert_allclose(frame[name], ds[name].sum([d for d in ds[name].dims if d != "time"]))


def test_a_run_steps_through_its_dates_and_stops() -> None:
    seen: list[tuple[int, int]] = []
    sim = Simulation(sea_world(days=25), agents=50)
    ds = sim.run(progress=lambda done, steps: seen.append((done, steps)))
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)] and not sim.running and sim.steps_total == 4
    assert [str(day)[:10] for day in ds["time"].values] == ["2010-01-01", "2010-01-08", "2010-01-15", "2010-01-22"]
    later = Simulation(sea_world(days=25), agents=50, start=dt.date(2010, 1, 10), step_days=1)
    assert later.steps_total == 16 and later.run().attrs["step_days"] == 1


def test_actors_of_every_kind_are_mesa_agents_that_report_their_state(sim: Simulation) -> None:
    kinds = sim.agents_by_type
    assert set(kinds) == {
        SmugglingOrganisation, Exploiter, EnforcementAgency, RescueOperator, ProtectionService, Employer,
    }  # fmt: skip
    assert len({actor.unique_id for actor in sim.agents}) == len(sim.agents)
    assert sum(kinds[SmugglingOrganisation].get("is_active")) == sim.market.active.sum() >= 1
    assert sum(kinds[SmugglingOrganisation].get("capacity")) == pytest.approx(sim.market.capacity.sum())
    for smugglers in kinds[SmugglingOrganisation]:
        assert 0 <= smugglers.reputation <= 1 and 0 <= smugglers.care <= 1 and smugglers.markup >= 0
        assert np.isfinite(smugglers.capital_usd)
    assert sum(kinds[Exploiter].get("victims")) == sim.population.total(np.flatnonzero(sim.population.state == 5)) > 0
    assert kinds[EnforcementAgency].get("patrol_units") == [10.0] and kinds[EnforcementAgency].get("evidence")[0] > 0
    assert kinds[RescueOperator].get("vessels") == [2.0] and kinds[ProtectionService].get("places") == [40.0]
    assert kinds[Employer].get("jobs") == pytest.approx([500.0])
    assert all(np.isfinite(actor.row) and actor.label for actor in sim.agents)


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("seed", -1),
        ("seed", 2**64),
        ("seed", True),
        ("seed", 1.5),
        ("agents", 0),
        ("agents", -5),
        ("agents", 2.5),
        ("step_days", 0),
        ("step_days", 8),
        ("threads", 0),
        ("end", dt.date(2009, 1, 1)),
    ],
)
def test_arguments_out_of_range_are_refused(argument: str, value: object) -> None:
    with pytest.raises(InvalidInput) as caught:
        Simulation(sea_world(), **{argument: value})  # type: ignore[arg-type]
    assert caught.value.field == argument and "\n" not in str(caught.value)


def test_a_policy_whose_target_the_corridor_does_not_have_is_refused() -> None:
    with pytest.raises(InvalidInput, match="patrol_units"):
        Simulation(sea_world(), policy(setting("patrol_units", "set", 1.0, "nobody")))


# --- same seed, same run ----------------------------------------------------------------------------------------------


def test_same_seed_same_run_and_other_seed_other_run() -> None:
    world = sea_world(vessels=2)
    first = run(world, seed=2**63 + 5, parameters=parameters(**CALM))
    assert digest(first) == digest(run(world, seed=2**63 + 5, parameters=parameters(**CALM)))
    assert digest(first) != digest(run(world, seed=5, parameters=parameters(**CALM)))
    assert first.attrs["seed"] == str(2**63 + 5)


@pytest.mark.skipif(numba.config.NUMBA_NUM_THREADS < 2, reason="one processor")
def test_threads_do_not_change_a_bit() -> None:
    world = sea_world(vessels=2, agents=5000)
    one, two = (run(world, threads=threads, parameters=parameters(**CALM)) for threads in (1, 2))
    assert digest(one) == digest(two)


def test_another_process_computes_the_same_run() -> None:
    code = (
        "from tests.worlds import *; import os;"
        "print(digest(run(sea_world(vessels=2), seed=7, parameters=parameters(**CALM))), end='')"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "99"}
    theirs = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True, timeout=300
    )
    assert theirs.stdout == digest(run(sea_world(vessels=2), seed=7, parameters=parameters(**CALM)))


def test_a_dataset_in_mid_run_holds_the_steps_so_far(sim: Simulation) -> None:
    early = sim.dataset()
    hash_before = hashlib.sha256(early["stock"].values.tobytes()).hexdigest()
    whole = sim.run()
    assert early.sizes["time"] == 26 and whole.sizes["time"] == sim.steps_total
    assert hashlib.sha256(whole["stock"].values[:26].tobytes()).hexdigest() == hash_before
    assert whole.attrs["steps"] == 52 and whole.attrs["migrant_steps"] == 52 * 1000


# --- seeds, as Mesa has them ------------------------------------------------------------------------------------------


def replicates(**given: Any) -> dict[int, list[tuple[float, ...]]]:
    """Collect three replicates with Mesa's batch runner, step by step, by the seed of each."""
    fixed = {"corridor": [sea_world(vessels=2, days=70)], "agents": 300, "parameters": [parameters(**CALM)]}
    rows = mesa.batch_run(Simulation, fixed | given, iterations=3, data_collection_period=1, display_progress=False)
    runs: dict[int, list[tuple[float, ...]]] = {}
    for row in rows:
        runs.setdefault(row["seed"], []).append((row["Step"], row["attempts"], row["smuggling_revenue_usd"]))
    return runs


def test_replicates_of_a_batch_run_are_three_identical_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("corridor.model.arguments.fresh_seed", FRESH_SEED)
    runs = replicates()
    assert len(runs) == 3 and len(set(map(tuple, runs.values()))) > 1
    for seed, steps in runs.items():
        assert replicates(seed=seed) == {seed: steps * 3}


def test_replicates_from_one_generator_differ_and_can_be_repeated() -> None:
    first, second = (replicates(rng=np.random.default_rng(5)) for _ in range(2))
    assert first == second and len(first) == 3
    one, two = (Simulation(sea_world(), rng=rng) for rng in (7, np.random.SeedSequence(7)))
    assert one.streams.seed == two.streams.seed == Simulation(sea_world(), seed=one.streams.seed).streams.seed


def test_a_fresh_seed_is_another_one_each_time() -> None:
    """Two of a hundred are equal by chance once in 10^15 times."""
    assert len({FRESH_SEED() for _ in range(100)}) == 100


@pytest.mark.parametrize("given", [{"seed": 1, "rng": 1}, {"rng": -1}, {"rng": "luck"}])
def test_seeds_that_mean_nothing_are_refused(given: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match="rng"):
        Simulation(sea_world(), **given)


# --- memory -----------------------------------------------------------------------------------------------------------


def test_many_runs_in_a_loop_keep_every_simulation_in_memory() -> None:
    alive = []
    for seed in range(5):
        sim = Simulation(sea_world(vessels=2, days=14), seed=seed, agents=100)
        sim.run()
        alive.append(weakref.ref(sim))
    del sim
    gc.collect()
    assert [ref() for ref in alive] == [None] * 5


def test_actors_and_agents_of_ones_own_are_numbered_from_one() -> None:
    sim = Simulation(sea_world(vessels=2), agents=100)
    own = mesa.Agent(sim)
    assert sorted(agent.unique_id for agent in sim.agents) == list(range(1, len(sim.agents) + 1))
    assert own.unique_id == len(sim.agents)


# --- migrants as an AgentSet ------------------------------------------------------------------------------------------


def test_get_set_and_agg_read_and_write_columns(sim: Simulation) -> None:
    people = sim.population
    assert len(people) == 1000 and people.get("savings_usd").shape == (1000,)
    assert people.agg("savings_usd", np.mean) == people.savings_usd.mean()
    assert people.set("savings_usd", 5.0) is people and np.all(people.savings_usd == 5.0)
    for method in (people.get, lambda name: people.set(name, 1)):
        with pytest.raises(AttributeError, match="no column named riches"):
            method("riches")
    with pytest.raises(AttributeError, match="move"):
        people.set("state", State.DEAD)


def test_select_takes_a_mask_or_a_function_and_can_be_chained(sim: Simulation) -> None:
    people = sim.population
    women = people.select(people.sex == Sex.FEMALE)
    assert len(women) == (people.sex == Sex.FEMALE).sum() > 0
    assert len(people.select(lambda p: p.age == Age.CHILD)) == (people.age == Age.CHILD).sum()
    girls = women.select(women.get("age") == Age.CHILD)
    assert set(girls.get("sex")) == {Sex.FEMALE} and set(girls.get("age")) == {Age.CHILD}
    girls.set("debt_usd", 77.0)
    np.testing.assert_array_equal(people.debt_usd == 77.0, (people.sex == Sex.FEMALE) & (people.age == Age.CHILD))
    assert len(people.select()) == people.n


def test_groupby_parts_everyone_and_shuffle_keeps_everyone(sim: Simulation) -> None:
    people = sim.population
    groups = people.groupby("state")
    assert sum(len(group) for group in groups.values()) == people.n
    assert all(set(group.get("state")) == {state} for state, group in groups.items())
    shuffled = people.shuffle(np.random.default_rng(0))
    assert shuffled.people.tolist() != list(range(people.n)) and sorted(shuffled.people) == list(range(people.n))
    half = people.select(people.sex == Sex.MALE).shuffle(np.random.default_rng(0))
    assert set(half.get("sex")) == {Sex.MALE}


def test_migrants_read_and_write_like_objects(sim: Simulation) -> None:
    people = sim.population
    migrants = list(people)
    assert [m.unique_id for m in migrants[:3]] == [0, 1, 2] and len(migrants) == people.n
    someone = people[5]
    someone.savings_usd = 123.0
    assert people.savings_usd[5] == 123.0 == someone.savings_usd
    assert [m.unique_id for m in people.select(people.savings_usd == 123.0)] == [5]
    with pytest.raises(AttributeError):
        someone.riches = 1
    with pytest.raises(AttributeError):
        someone.state = State.DEAD


def test_counts_follow_when_sex_or_age_is_set_and_when_people_move() -> None:
    people = Population(10, 2.0)
    people.recount()
    people.set("sex", Sex.MALE)
    people[0].age = Age.ADULT
    people.move(np.array([0, 3]), State.SETTLED)
    kept = people.counts.copy()
    people.recount()
    np.testing.assert_array_equal(kept, people.counts)
    assert people.counts[State.SETTLED].sum() == 2 and people.total() == 20.0 and people.total(np.array([1])) == 2.0


def test_pools_are_shared_out_among_agents_to_the_agent() -> None:
    communities = [
        community("a", potential_migrants=10), community("b", potential_migrants=20),
        community("c", potential_migrants=0),
        community("d", potential_migrants=70.4),
    ]  # fmt: skip
    for agents in (1, 7, 100):
        sim = Simulation(sea_world(communities=communities), agents=agents)
        got = np.bincount(sim.population.community, minlength=4)
        assert got.sum() == agents and got[2] == 0
        assert np.all(np.abs(got - agents * np.array([10, 20, 0, 70.4]) / 100.4) < 1)
        assert sim.population.total() == pytest.approx(100.4)


def test_groups_have_the_shares_that_their_community_gives() -> None:
    """Binomial, five standard errors."""
    shares = {"female_share": 0.25, "child_share": 0.1, "young_share": 0.6, "schooling_share": 0.8}
    people = Simulation(sea_world(communities=[community(**shares)], agents=20000)).population
    drawn = {
        "female_share": people.sex == Sex.FEMALE,
        "child_share": people.age == Age.CHILD,
        "young_share": people.age == Age.YOUNG,
        "schooling_share": people.schooling,
    }
    for name, share in shares.items():
        assert drawn[name].mean() == pytest.approx(share, abs=5 * np.sqrt(share * (1 - share) / 20000))
    assert total(Simulation(sea_world(), agents=10).dataset(), "stock") == 0, "nothing recorded before the first step"
