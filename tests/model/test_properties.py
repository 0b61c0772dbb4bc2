"""What must hold in every corridor, whatever its figures: conservation, bounds, and one state for everybody."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from corridor.model.corridor import Corridor
from corridor.model.parameters import Parameters
from corridor.model.simulation import Simulation
from corridor.model.states import Channel, State, Status
from tests.worlds import corridors, digest, parameter_values, policy, setting

EXPLORE = settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
"""The same random corridors every time; raise ``max_examples`` and drop ``derandomize`` to search for more, and the
phases to see the smallest corridor that fails, which may take minutes."""


def check_persons(sim: Simulation) -> None:
    """Everybody is in exactly one state, and the counts kept by transitions are those of the columns."""
    population = sim.population
    kept = population.counts.copy()
    population.recount()
    np.testing.assert_array_equal(kept, population.counts)
    assert kept.sum() == population.n and kept.min() >= 0
    assert set(np.unique(population.state)) <= set(State)


def check_money(sim: Simulation) -> None:
    population = sim.population
    assert sim.ledger.relative_error() < 1e-9
    assert population.savings_usd.min() >= -1e-6 and population.debt_usd.min() >= -1e-6
    assert population.escrow_usd.min() >= 0
    assert population.bond_usd.min() >= 0 and np.all(population.bond_usd <= population.debt_usd + 1e-6)
    assert not population.escrow_usd[population.state != State.MOVING].any(), "escrow outlived its journey"


def check_bounds(sim: Simulation) -> None:
    market, p = sim.market, sim.parameters
    conduct = market.conduct
    reach = conduct.reach(conduct.advertising(*market.offers.accounts()[:2]))
    organisations = (market.reputation, conduct.care, conduct.bribery, reach, market.networks.filled)
    for shares in (
        sim.beliefs.risk,
        sim.beliefs.reached,
        sim.patrols.coverage,
        market.seats.craft_missing,
        *organisations,
    ):
        assert np.all((shares >= 0) & (shares <= 1))
    assert np.all(sim.patrols.interception >= 0) and np.all(np.isfinite(sim.patrols.interception))
    assert np.all(market.offers.leg_fee_usd >= 0) and np.all(np.isfinite(market.offers.leg_fee_usd))
    assert np.all(market.capacity >= 0) and np.all(np.isfinite(market.capacity))
    assert np.all((market.seats.load >= 1) & (market.seats.load <= max(p.max_load, p.max_load_desert)))
    assert np.all(np.isfinite(sim.choice.values.value)) and np.all(np.isfinite(sim.aspiration.integrated))
    for risk in sim.crossing.risks():
        assert np.all((risk >= 0) & (risk <= 1))


def check_counters(sim: Simulation) -> None:
    """The stocks that processes keep agree with the columns."""
    population, exploitation = sim.population, sim.exploitation
    exploited = population.state == State.EXPLOITED
    assert np.all(population.exploiter[exploited] >= 0) and np.all(population.exploiter[~exploited] == -1)
    for kept, keys in (
        (exploitation.stock.sum(axis=1), population.place[exploited]),
        (exploitation.stock.sum(axis=0), population.sector[exploited]),
        (exploitation.stock_by_profile.sum(axis=(1, 2)), population.form[exploited]),
        (exploitation.stock_by_profile.sum(axis=(0, 2)), population.sex[exploited]),
        (exploitation.held, population.exploiter[exploited]),
    ):
        np.testing.assert_array_equal(kept, np.bincount(keys, minlength=kept.size))
    bonded = exploited & (population.channel == Channel.DEBT)
    np.testing.assert_array_equal(exploitation.bonded, np.flatnonzero(bonded))
    assert np.unique(sim.protection.queue).size == sim.protection.queue.size
    assert np.all(population.identified[sim.protection.queue])
    assisted = sim.protection._country_of_place[population.place[population.state == State.ASSISTED]]
    np.testing.assert_array_equal(
        sim.protection.assisted, np.bincount(assisted, minlength=sim.protection.assisted.size)
    )
    queued = np.flatnonzero((population.state == State.PREPARING) & (population.status == Status.QUEUED))
    heads = queued[population.head[queued] == queued]
    np.testing.assert_array_equal(np.sort(sim.pathways._waiting), heads)
    queued = heads.repeat(population.size[heads])
    pathway = population.pathway[queued]
    np.testing.assert_array_equal(sim.pathways.queued, np.bincount(pathway, minlength=sim.pathways.queued.size))
    assert not population.immobile[population.state != State.PREPARING].any()


def check_places(sim: Simulation) -> None:
    """People at home are at their home, and people settle only where their community may."""
    population, corridor = sim.population, sim.corridor
    home = corridor.home[population.community]
    at_home = np.isin(population.state, [State.HOME, State.PREPARING, State.RETURNED])
    np.testing.assert_array_equal(population.place[at_home], home[at_home])
    settled = population.state == State.SETTLED
    regular = settled & (population.status == Status.REGULAR)
    assert np.all(corridor.hosts[population.community, population.place][settled & ~regular])
    assert not np.any(population.status[np.isin(population.state, [State.HOME, State.RETURNED])])


@EXPLORE
@given(world=corridors(), values=parameter_values(), seed=st.integers(0, 2**64 - 1))
def test_persons_money_bounds_and_counters_hold_at_every_step(world: Corridor, values: Parameters, seed: int) -> None:
    sim = Simulation(world, seed=seed, parameters=values)
    dead = np.zeros(sim.population.n, dtype=bool)
    while sim.running:
        sim.step()
        for check in (check_persons, check_money, check_bounds, check_counters, check_places):
            check(sim)
        assert np.all(sim.population.state[dead] == State.DEAD), "someone rose from the dead"
        dead = sim.population.state == State.DEAD
    check_dataset(sim)


def check_dataset(sim: Simulation) -> None:
    """Recorded flows agree with each other and with the people they are made of."""
    ds, population = sim.dataset(), sim.population
    weight = population.persons_per_agent
    for name, values in ds.data_vars.items():
        # Organisations may lose money; nothing else is below zero.
        lowest = {"margin": -1.0 - 1e-9, "exploiter_profit_usd": -np.inf}.get(name, 0.0)
        assert np.all(np.isfinite(values)) and float(values.min()) >= lowest, name
        assert values.attrs["units"] and values.attrs["long_name"]
    np.testing.assert_allclose(ds["stock"].sum(["state", "sex", "age"]), population.total())
    ended = ds["arrivals"] + ds["interceptions"] + ds["deaths"]
    np.testing.assert_allclose(ds["passages"], ended, err_msg="a journey ends in exactly one way")
    dead = np.count_nonzero(population.state == State.DEAD) * weight
    np.testing.assert_allclose([ds["deaths_of"].sum(), ds["deaths_by_group"].sum()], dead)
    episodes = population.episodes.sum() * weight
    persons = np.count_nonzero(population.episodes) * weight
    for name in ("started", "by_form", "by_sector", "by_channel", "by_profile"):
        np.testing.assert_allclose(ds[f"victims_{name}"].sum(), episodes, err_msg=f"{name}: every episode counts")
    for name in ("of", "by_group"):
        np.testing.assert_allclose(ds[f"victims_{name}"].sum(), persons, err_msg=f"{name}: people count once")
    left = (ds["assisted_started"] + ds["unserved"]).sum("time") + ds["waiting_for_assistance"].isel(time=-1)
    np.testing.assert_allclose(ds["identified"].sum("time"), left)
    np.testing.assert_allclose(ds["identified_by_group"].sum(), ds["identified"].sum())
    held = np.count_nonzero(population.state == State.EXPLOITED) * weight
    np.testing.assert_allclose(ds["episodes_ended"].sum(), ds["victims_started"].sum() - held, atol=1e-6 * weight)
    np.testing.assert_allclose(ds["person_days_by_profile"].sum(), ds["person_days_exploited"].sum())
    np.testing.assert_allclose(ds["fee_revenue_usd"].sum(), ds["smuggling_revenue_usd"].sum())
    np.testing.assert_allclose(ds["fee_revenue_usd"].sum(), sim.ledger.spent["fees"] * weight)
    assert abs(ds.attrs["persons_error"]) == 0


@settings(EXPLORE, max_examples=5)
@given(world=corridors(days=70), values=parameter_values())
def test_threads_do_not_matter_in_any_corridor(world: Corridor, values: Parameters) -> None:
    try:
        two = Simulation(world, parameters=values, threads=2)
    except ValueError:
        pytest.skip("one processor")
    assert digest(two.run()) == digest(Simulation(world, parameters=values).run())


@settings(EXPLORE, max_examples=10)
@given(world=corridors(days=70), values=parameter_values())
def test_a_policy_that_changes_nothing_changes_no_bit(world: Corridor, values: Parameters) -> None:
    neutral = [
        setting("exploitation", "multiply", 1.0),
        setting("campaign_returnees", "add", 0.0),
        setting("patrol_units", "multiply", 1.0),
        setting("recording", "multiply", 1.0),
    ]
    changed = Simulation(world, policy(*neutral), parameters=values)
    assert digest(changed.run()) == digest(Simulation(world, parameters=values).run())
