"""Smuggling organisations and those who pursue them: limiting cases, money, and paired experiments.

Paired experiments run the same seeds with and without a change. One-sided paired t-tests after 4, 6, 10 and 20 pairs
must find the stated direction at an error rate of `ALPHA`, unless another is given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import pytest
import xarray as xr

from corridor.model import Simulation
from corridor.model.corridor import Corridor
from corridor.model.kernels.passages import risks_of
from corridor.model.organisations import EnforcementAgency, SmugglingOrganisation
from corridor.model.policies import Setting
from corridor.model.processes.market.networks import CORE, ORGANISERS, PERIPHERY, Networks
from corridor.model.rows import Cooperation
from corridor.model.states import Role
from tests.sequential import is_above_zero
from tests.worlds import (
    CALM,
    agency,
    community,
    corridor,
    leg,
    parameters,
    place,
    policy,
    run,
    sea_world,
    setting,
    total,
)

ALPHA = 2**-10
LOOKS = (4, 6, 10, 20)
"""Pairs of runs after which differences are looked at."""
MANY = 4000
"""Agents of paired experiments: four times as many take a sixth longer, and four to six pairs tell what took ten."""
BUSY = CALM | {
    "capacity_start": 10.0, "savings_years": 50.0, "departure_rate": 2.0, "patrol_learning": 0.0,
    "give_up_utility": -20.0,
}  # fmt: skip
"""Many leave, can pay, do not give up, and meet organisations whose capacity binds at first."""


def world(**more: object) -> Corridor:
    """Return a crossing by sea that corrupt agencies with investigators watch."""
    guard = {"push_back": 1.0, "release": 0.0, "corruption": 0.3, "investigators": 10, "patrol_units": 10}
    given: dict[str, object] = {"agencies": [agency(**guard)], "agents": 1000, "days": 546}
    return sea_world(**given | more)  # type: ignore[arg-type]


@lru_cache(maxsize=64)
def finished(changes: tuple[Setting, ...], values: frozenset[tuple[str, float]], people: int, seed: int) -> xr.Dataset:
    """Return a run; comparisons of one arm with several others, or of several outcomes, share it."""
    home = [community(potential_migrants=people)]
    busy = world(communities=home, agents=MANY)
    return run(busy, *changes, seed=seed, parameters=parameters(**dict(values)))


def gain(
    measure: Callable[[xr.Dataset], float],
    *changes: Setting,
    values: Mapping[str, float] | None = None,
    base: Mapping[str, float] | None = None,
    people: int = 1000,
) -> Callable[[int], float]:
    """Return the function from a seed to what a change of levers or parameters adds to a measure of a run."""
    one = BUSY | dict(base or {})
    arms = ((), frozenset(one.items())), (changes, frozenset((one | dict(values or {})).items()))

    def difference(seed: int) -> float:
        before, after = (measure(finished(*arm, people, seed)) for arm in arms)
        return after - before

    return difference


def loss(*args: Any, **more: Any) -> Callable[[int], float]:
    """Return the function from a seed to what a change takes from a measure, with the arguments of `gain`."""
    difference = gain(*args, **more)
    return lambda seed: -difference(seed)


def of(name: str, per: str | None = None) -> Callable[[xr.Dataset], float]:
    """Return the measure that sums a variable, divided by the sum of another if one is named."""
    return lambda ds: total(ds, name) / (1.0 if per is None else total(ds, per))


def is_positive(difference: Callable[[int], float], error_rate: float = ALPHA) -> bool:
    """Whether differences are above zero on average."""
    return is_above_zero(difference, error_rate, LOOKS)[0]


def fee(ds: xr.Dataset) -> float:
    """Return the mean fee at sea after the first quarter."""
    return float(ds["fee_usd"].sel(leg="coast-abroad").isel(time=slice(13, None)).mean())


def log_fee(ds: xr.Dataset) -> float:
    return float(np.log(fee(ds)))


def care(ds: xr.Dataset) -> float:
    """Return the mean care after the first half year."""
    return float(ds["care"].isel(time=slice(26, None)).mean())


def concentration_at_the_end(ds: xr.Dataset) -> float:
    return float(ds["concentration"].isel(time=-1))


# --- roles ------------------------------------------------------------------------------------------------------------


def able(networks: Networks) -> np.ndarray:
    """Return the share of each offer's capacity that its crew of now can serve."""
    networks.step()
    return networks.able


def test_a_full_crew_serves_all_capacity_and_a_missing_role_none() -> None:
    sim = Simulation(world())
    networks = sim.market.networks
    np.testing.assert_allclose(able(networks), 1.0)
    np.testing.assert_allclose(networks.members.sum(axis=1), sim.parameters.crew * sim.market.active_capacity())
    networks.members[0, Role.TRANSPORTER] = 0.0
    networks.members[1, Role.FORGER] = 0.0  # nobody needs a forger at sea
    effective = able(networks)
    assert effective[0] < 0.01 and effective[1] == 1.0


def test_one_short_role_counts_for_more_than_the_mean_of_all() -> None:
    sim = Simulation(world())
    networks = sim.market.networks
    networks.members[0, Role.FINANCIER] *= 0.5
    needed = 5
    assert 0.5 < able(networks)[0] < 1 - 0.5 / needed


def test_members_come_back_at_the_rates_of_the_registry() -> None:
    sim = Simulation(world(), parameters=parameters(network_recovery=0.35, organiser_recovery=0.5))
    networks, months = sim.market.networks, 12
    full = networks.members.copy()
    networks.members[0] = 0.0
    steps = round(months / sim.calendar.in_months)
    for _ in range(steps):
        networks.heal()
    passed = steps * sim.calendar.in_months
    for roles, rate in ((PERIPHERY, 0.35), (CORE, 0.175)):
        np.testing.assert_allclose(networks.members[0, roles], full[0, roles] * (1 - np.exp(-rate * passed)))


def test_the_acquitted_come_back_and_the_convicted_do_not() -> None:
    sim = Simulation(world(), parameters=parameters(network_recovery=0.0, capacity_start=100.0))
    networks = sim.market.networks
    n = sim.market.hub.size
    before = networks.members.sum()
    taken, convicted = np.zeros(n, dtype=int), np.zeros(n, dtype=int)
    taken[0], convicted[0] = 4, 1
    networks.arrest(PERIPHERY, taken, convicted)
    assert networks.members.sum() == pytest.approx(before - 4) and networks.custody.sum() == pytest.approx(3)
    for _ in range(2000):
        networks.heal()
    assert networks.members.sum() == pytest.approx(before - 1) and networks.custody.sum() == pytest.approx(0, abs=1e-9)


def test_arresting_only_drivers_leaves_capacity_within_five_per_cent_after_three_months() -> None:
    """Exact: a quarter of the drivers and guides convicted at once, with replacement as in the registry."""
    sim = Simulation(world(), parameters=parameters(capacity_start=100.0))
    networks = sim.market.networks
    drivers = np.round(networks.members[:, PERIPHERY].sum(axis=1) / 4).astype(int)
    networks.arrest(PERIPHERY, drivers, drivers)
    assert able(networks)[0] < 0.9
    for _ in range(round(3 / sim.calendar.in_months)):
        networks.heal()
    assert able(networks)[0] > 0.95


@pytest.mark.parametrize(("group", "longest"), [(CORE, True), (PERIPHERY, False)])
def test_capacity_heals_and_longer_after_a_blow_to_the_core(group: np.ndarray, longest: bool) -> None:
    """The same number of members are lost; the core is fewer, so that it hurts more and for longer."""
    paths = []
    for roles in (CORE, PERIPHERY):
        sim = Simulation(world(), parameters=parameters(capacity_start=100.0))
        hit = np.zeros(sim.market.hub.size, dtype=int)
        hit[0] = 4
        sim.market.networks.arrest(roles, hit, hit)
        path = []
        for _ in range(52):
            path.append(able(sim.market.networks)[0])
            sim.market.networks.heal()
        paths.append(np.array(path))
    core, periphery = paths
    assert core[0] < periphery[0] < 1 and np.all(core < periphery)
    assert np.all(np.diff(core) > 0) and np.all(np.diff(periphery) > 0)
    half_way = [int(np.argmax(1 - path < (1 - path[0]) / 2)) for path in paths]
    assert half_way[0] > half_way[1] > 0
    assert (paths[0] if longest else paths[1])[-1] > (0.9 if longest else 0.99) and group.size > 1


@pytest.mark.statistical
def test_effort_aimed_at_the_core_arrests_fewer_and_more_organisers() -> None:
    """Error rate 1 % each. Whether it costs networks more for the same effort is left open."""
    values = {"arrests_per_investigator": 8.0, "evidence_half": 5.0, "capacity_start": 200.0}
    aimed = setting("organiser_focus", "set", 1.0)
    assert is_positive(loss(of("arrests"), aimed, base=values, people=50_000), 0.01)
    assert is_positive(gain(of("organiser_arrests"), aimed, base=values, people=50_000), 0.01)


# --- splits and mergers -----------------------------------------------------------------------------------------------


def state(sim: Simulation) -> tuple[float, float, float]:
    """Return capacity, members and money of all organisations."""
    market = sim.market
    people = market.networks.members + market.networks.custody
    return float(market.capacity.sum()), float(people.sum()), float(market.capital_usd.sum())


def test_splits_and_mergers_keep_capacity_members_and_money() -> None:
    sim = Simulation(world())
    before, spread = state(sim), sim.market.concentration().min()
    sim.market.hand_over(0, 1, 1.0)
    assert not sim.market.active[0]
    assert state(sim) == pytest.approx(before)
    merged = sim.market.concentration().min()
    assert merged > spread and sim.market.cash.error() == pytest.approx(0, abs=1e-3)
    sim.market.hand_over(1, 0, 0.5)
    assert sim.market.active[:2].all()
    assert state(sim) == pytest.approx(before)
    assert sim.market.concentration().min() == pytest.approx(spread)


def test_an_organisation_without_organisers_splits_and_one_with_all_does_not() -> None:
    sim = Simulation(world(), parameters=parameters(split_rate=1e9))
    count = sim.market.active.sum()
    sim.turnover._split(np.flatnonzero(sim.turnover.chances()[1] > 0.5))
    assert sim.market.active.sum() == count
    sim.market.networks.members[0, ORGANISERS] = 0.0
    sim.turnover._split(np.flatnonzero(sim.turnover.chances()[1] > 0.5))
    assert sim.market.active.sum() == count + 1


@pytest.mark.statistical
def test_strong_enforcement_concentrates_the_market() -> None:
    """There is no entry and no exit, so that mergers alone act; error rate 1 %."""
    values = {"merger_rate": 1.0, "entry_rate": 0.0, "fixed_cost_share": 0.0, "split_rate": 0.0}
    assert is_positive(gain(concentration_at_the_end, setting("patrol_units", "multiply", 8.0), base=values), 0.01)


def test_an_organisation_without_organisers_and_money_ends() -> None:
    sim = Simulation(world())
    sim.market.networks.members[0, ORGANISERS] = 0.0
    sim.turnover._leave()
    assert sim.market.active[0], "it can still pay for new organisers"
    sim.market.cash.capital_usd[0] = 1.0
    sim.turnover._leave()
    assert not sim.market.active[0] and sim.market.capital_usd[0] == 0 and not sim.market.networks.members[0].any()


def test_convictions_keep_newcomers_away() -> None:
    sim = Simulation(world())
    sim.market.offers.markup[:] = 2 * sim.parameters.markup
    sim.investigation.conviction_risk[:] = 1.0
    count = sim.market.active.sum()
    sim.turnover._enter(np.flatnonzero(sim.turnover.chances()[0]))
    assert sim.market.active.sum() == count
    sim.investigation.conviction_risk[:] = 0.0
    sim.turnover._enter(np.flatnonzero(sim.turnover.chances()[0]))
    assert sim.market.active.sum() == count + 1


# --- fees, care, legs -------------------------------------------------------------------------------------------------


def test_in_balance_the_fee_is_the_reference_fee() -> None:
    sim = Simulation(world())
    np.testing.assert_allclose(sim.market.offers.fee_usd, 500.0)


@pytest.mark.statistical
def test_threefold_patrols_raise_fees_by_what_gathmann_found() -> None:
    """The mean lies between 5 and 40 per cent; debts grow with it."""
    more = setting("patrol_units", "multiply", 3.0)
    rises, ratios = is_above_zero(gain(log_fee, more), ALPHA, LOOKS)
    assert rises and 0.05 < np.exp(np.mean(ratios)) - 1 < 0.4
    poor = {"savings_years": 0.2, "family_credit_years": 2.0}
    debt = of("debt_at_arrival_usd", "irregular_arrivals")
    assert is_positive(gain(debt, more, base=poor))


@pytest.mark.statistical
def test_lower_margins_lower_care_and_safety() -> None:
    """Dearer capacity, the same fees."""
    assert is_positive(loss(care, values={"fixed_cost_share": 0.3}))
    assert is_positive(gain(of("expected_deaths", "attempts"), values={"fixed_cost_share": 0.5}))


@pytest.mark.statistical
def test_payment_on_arrival_rewards_care() -> None:
    assert is_positive(gain(care, values={"escrow_share": 0.7}))


def test_rescue_changes_craft_unless_the_contested_switch_is_off() -> None:
    more = setting("rescue_vessels", "set", 20.0)
    sims = []
    for without in ((), ("craft_substitution",)):
        sim = Simulation(sea_world(vessels=1.0), policy(more), without=without)
        sims.append(sim)
    # The policy is in force from the first step: what counts as watched before is the operator's own vessel.
    answered, ignored = (sim.market.conduct.wished_care(sim.market.offers.margin())[0] for sim in sims)
    gained = np.exp(-0.12) - np.exp(-0.12 * 20)
    assert answered == pytest.approx(ignored - 0.4 * gained)


def two_ways() -> Corridor:
    """Return one coast with two crossings."""
    places = [place("coast", "home", organisations=2), place("east", "destination"), place("west", "destination")]
    sold = {"mode": "sea", "market": True, "fee_usd": 500}
    return corridor(places, [leg("coast", "east", **sold), leg("coast", "west", **sold)], [community(home="coast")])


def test_capacity_moves_to_the_scarcer_leg_and_its_sum_stays() -> None:
    steady = parameters(capacity_growth=0.0, capacity_decay=0.0)
    sim = Simulation(two_ways(), parameters=steady)
    market = sim.market
    market.step()
    east = market.offer_leg == sim.corridor.legs.index["coast-east"]
    market.seats.scarcity = market.seats.undenied_scarcity = np.where(
        np.arange(2) == sim.corridor.legs.index["coast-east"], 2.0, 1.0
    )
    before = market.capacity.copy()
    sim.adaptation.follow_demand()
    assert market.capacity.sum() == pytest.approx(before.sum())
    working = market.active[market.offer_organisation]
    assert np.all(market.capacity[east & working] > before[east & working])
    still = Simulation(two_ways(), parameters=steady, without=["leg_switching"])
    still.market.step()
    kept = still.market.capacity.copy()
    still.adaptation.follow_demand()
    np.testing.assert_array_equal(still.market.capacity, kept)


def asked(agents: int, months: float) -> tuple[float, float, float]:
    """Return demand as it is remembered at the start and after one family has asked in every step, and what it asks."""
    sim = Simulation(two_ways(), agents=agents)
    market, east = sim.market, sim.corridor.legs.index["coast-east"]
    people, legs = np.zeros(1, dtype=np.int64), np.array([east], dtype=np.int32)
    sim.population.size[people] = 1
    before = float(market.seats.demand[east])
    for _ in range(round(months / sim.calendar.in_months)):
        market.seats.set_loads()
        market.seats.admit(people, legs)
    return before, float(market.seats.demand[east]), sim.population.persons_per_agent


def test_a_wrong_guess_of_demand_is_soon_outweighed_whatever_an_agent_stands_for() -> None:
    """A guess that counts for so many months has lost half of its weight after as many; a tenth for steps of a week."""
    for agents in (50, 500):
        sim = Simulation(two_ways(), agents=agents)
        monthly = sim.market.seats.demand[0] / sim.calendar.in_months
        counts_for = 1 + 2 * sim.population.persons_per_agent / monthly
        before, after, true = asked(agents, counts_for)
        assert abs(true / before - 1) > 0.1
        assert (after - true) / (before - true) == pytest.approx(0.5, abs=0.1)


def test_craft_seized_are_missing_until_replaced() -> None:
    sim = Simulation(world())
    boat = sim.corridor.legs.index["coast-abroad"]
    fleet = sim.market.capacity.sum() * sim.parameters.craft_weeks
    caught = np.zeros(len(sim.corridor.legs))
    caught[boat] = 30 * sim.population.persons_per_agent
    sim.market.lose_craft(caught)
    lost = sim.parameters.craft_loss * caught[boat] / fleet
    assert sim.market.seats.craft_missing[boat] == pytest.approx(1 - np.exp(-lost))
    for _ in range(200):
        sim.market.step()
    assert sim.market.seats.craft_missing[boat] == pytest.approx(0, abs=1e-6)


# --- bribes and reach -------------------------------------------------------------------------------------------------


@pytest.mark.statistical
def test_bribes_cut_interceptions_and_honest_agencies_restore_them() -> None:
    stopped = of("interceptions", "passages")
    honest = setting("corruption", "multiply", 0.2)
    assert is_positive(gain(stopped, honest))
    assert is_positive(loss(of("bribes_usd"), honest))
    assert is_positive(loss(stopped, setting("corruption", "set", 0.8)))


def test_an_organisation_without_officials_is_stopped_more_often_than_its_rivals() -> None:
    sim = Simulation(world())
    market = sim.market
    market.networks.members[0, Role.OFFICIAL] = 0.0
    market.networks.step()
    market.conduct.step()
    boat = sim.corridor.legs.index["coast-abroad"]
    sim.patrols.step()
    legs, sellers = sim.crossing.leg_risks(), sim.crossing.sellers()
    hazards, danger, _ = np.array([risks_of(boat, seller, legs, sellers) for seller in (0, 1, -1)]).T
    assert hazards[0] > legs.interception[boat] > hazards[1] and hazards[2] == legs.interception[boat]
    assert danger[2] == legs.distress[boat]
    assert hazards[0] * 0.7 == pytest.approx(hazards[1]), "corruption of 0.3 is what officials sell"


def test_take_down_leaves_newcomers_unheard_of() -> None:
    sim = Simulation(world(), policy(setting("takedown", "set", 1.0)))
    sim.market.conduct.word[:] = [1000.0, *np.zeros(sim.market.hub.size - 1)]
    reach = sim.market.conduct.reach(sim.market.conduct.advertising(*sim.market.offers.accounts()[:2]))
    assert reach[0] > 0.9 and reach[1] == 0
    sim.market.offers._attract()
    assert sim.market.offers.share[sim.market.offer_organisation == 0].sum() == pytest.approx(1.0)
    open_net = Simulation(world())
    open_net.market.conduct.word[:] = 0.0
    assert np.all(
        open_net.market.conduct.reach(open_net.market.conduct.advertising(*open_net.market.offers.accounts()[:2])) > 0.5
    )


# --- investigation ----------------------------------------------------------------------------------------------------


def test_training_raises_skill_turnover_erodes_it_and_partners_take_it_over() -> None:
    together = [Cooperation(agency="guard", partner="other", level=1.0)]
    agencies = [agency(investigators=5), agency("other", investigators=5)]
    taught = {"start": None, "end": None}
    sim = Simulation(
        world(agencies=agencies, cooperation=together),
        policy(setting("investigator_training", "set", 1.0, "guard", **taught)),
    )
    alone = Simulation(world(agencies=agencies), policy(setting("investigator_training", "set", 1.0, "guard")))
    idle = Simulation(world(agencies=agencies, cooperation=together))
    for each in (sim, alone, idle):
        each.run()
    assert sim.investigation.skill[0] > sim.investigation.skill[1] > 1
    assert alone.investigation.skill[0] > 1 == alone.investigation.skill[1]
    np.testing.assert_array_equal(idle.investigation.skill, 1.0)
    for _ in range(3000):
        idle.investigation.skill[0] = min(idle.investigation.skill[0], 2.0)
        alone.levers.values["investigator_training"][:] = 0.0
        alone.investigation._learn(alone.investigation.together())
    np.testing.assert_allclose(alone.investigation.skill, 1.0, atol=1e-6)


@pytest.mark.statistical
def test_money_trails_and_training_bring_arrests_and_seizures() -> None:
    """Error rate 1 % each."""
    values = {"evidence_half": 500.0, "capacity_start": 200.0, "arrests_per_investigator": 8.0}
    for name, measure in (
        ("arrests", setting("money_tracing", "set", 1.0)),
        ("arrests", setting("investigator_training", "set", 2.0)),
        ("seizures_usd", setting("organiser_focus", "set", 1.0)),
    ):
        assert is_positive(gain(of(name), measure, base=values, people=50_000), 0.01), measure.lever


def test_partners_share_evidence_and_act_on_each_others_legs() -> None:
    agencies = [agency(investigators=5), agency("other", investigators=5)]
    shared = world(agencies=agencies, cooperation=[Cooperation(agency="guard", partner="other", level=0.5)])
    sim = Simulation(shared, parameters=parameters(**BUSY))
    sim.run()
    assert 0 < sim.investigation.evidence[1] == pytest.approx(0.1 * sim.investigation.evidence[0])


# --- money ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [0, 1])
def test_money_of_organisations_is_conserved(seed: int) -> None:
    """Opening capital + fees - costs - seizures - what is written off = closing capital."""
    sim = Simulation(world(), policy(setting("organiser_focus", "set", 0.5)), seed=seed, parameters=parameters(**BUSY))
    opening = sim.market.capital_usd.sum()
    ds = sim.run()
    flows = sim.market.cash.flows
    assert flows["fees"] == pytest.approx(total(ds, "smuggling_revenue_usd")) and flows["fees"] > 0
    assert flows["fees"] == pytest.approx(sim.ledger.spent["fees"] * sim.population.persons_per_agent)
    assert -flows["bribes"] == pytest.approx(total(ds, "bribes_usd")) and flows["bribes"] < 0
    assert -flows["seizures"] == pytest.approx(total(ds, "seizures_usd"))
    assert flows["craft lost"] < 0 and flows["advertising"] < 0 and flows["passages"] < 0 and flows["running costs"] < 0
    change = sum(flows.values()) - opening
    assert sim.market.capital_usd.sum() == pytest.approx(opening + change, abs=1e-9 * flows["fees"])
    assert abs(sim.market.cash.error()) < 1e-6 * flows["fees"]


def test_levers_at_zero_change_nothing_to_the_bit() -> None:
    names = ("organiser_focus", "money_tracing", "investigator_training")
    plain = run(world(days=182), seed=4)
    touched = run(world(days=182), *(setting(name, "set", 0.0) for name in names), seed=4)
    xr.testing.assert_identical(plain.drop_attrs(), touched.drop_attrs())


def test_actors_report_members_care_and_skill() -> None:
    sim = Simulation(world(days=70))
    sim.run()
    kinds = sim.agents_by_type
    assert sum(kinds[SmugglingOrganisation].get("members")) == pytest.approx(sim.market.networks.members.sum())
    assert all(0 <= care <= 1 for care in kinds[SmugglingOrganisation].get("care"))
    assert kinds[EnforcementAgency].get("skill") == [1.0]
