"""Runs compared in pairs: common random numbers, and what holds between two worlds that differ in one thing.

Tests over replicates ask for an effect of the right sign in one-sided paired t tests after 4, 6 and 8 pairs, at error
rate `ALPHA`; where no effect is also right, they fail on an effect of the wrong sign at that rate.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any

import numpy as np
import pytest
import xarray as xr
from scipy import stats

from corridor.model.corridor import Corridor
from corridor.model.policies import Setting
from corridor.model.rows import Pathway
from corridor.model.simulation import Simulation
from corridor.model.states import State
from corridor.scenarios import load, load_policy
from tests.sequential import is_above_zero
from tests.worlds import (
    ALPHA,
    CALM,
    LIVELY,
    agency,
    community,
    corridor,
    digest,
    leg,
    parameters,
    place,
    policy,
    run,
    sea_world,
    setting,
    total,
)

LOOKS = (4, 6, 8)
"""Pairs of runs after which differences are looked at."""
Outcome = Callable[[xr.Dataset], float]


def of(name: str) -> Outcome:
    """Return the outcome that sums a variable."""
    return lambda ds: total(ds, name)


def deaths_per_attempt(ds: xr.Dataset) -> float:
    return total(ds, "deaths") / total(ds, "attempts")


def difference(outcome: Outcome, world: Corridor, *changes: Setting, **values: float) -> Callable[[int], float]:
    """Return the function from a seed to what changes add to an outcome."""
    given = frozenset((LIVELY | values).items())

    def added(seed: int) -> float:
        before, after = (outcome(finished(world, some, given, seed)) for some in ((), changes))
        return after - before

    return added


@lru_cache(maxsize=32)
def finished(
    world: Corridor, changes: tuple[Setting, ...], values: frozenset[tuple[str, float]], seed: int
) -> xr.Dataset:
    """Return a run; those with which several changes to one world are compared are shared."""
    return run(world, *changes, seed=seed, parameters=parameters(**dict(values)))


def t_statistic(difference: np.ndarray) -> tuple[float, float]:
    assert np.any(difference != 0), "the change must do something"
    error = difference.std(ddof=1) / np.sqrt(difference.size)
    return float(difference.mean() / max(error, 1e-12)), float(stats.t.ppf(1 - ALPHA, difference.size - 1))


def raises(*args: Any, **values: float) -> bool:
    return is_above_zero(difference(*args, **values), ALPHA, LOOKS)[0]


def lowers(*args: Any, **values: float) -> bool:
    added = difference(*args, **values)
    return is_above_zero(lambda seed: -added(seed), ALPHA, LOOKS)[0]


# --- common random numbers --------------------------------------------------------------------------------------------

COLUMNS = (
    "state",
    "place",
    "savings_usd",
    "debt_usd",
    "journeys",
    "episodes",
    "status",
    "cell",
    "due",
    "susceptibility",
)


def two_peoples(**more):  # type: ignore[no-untyped-def]
    """Two communities that never meet: own homes, coasts, agencies and destinations."""
    places, legs = [], []
    for side in ("east", "west"):
        places += [
            place(f"{side}home", "home", country=f"H{side[:2].upper()}"),
            place(f"{side}coast", country=f"C{side[:2].upper()}", organisations=3, exploitation_per_year=0.3),
            place(f"{side}end", "destination", country=f"E{side[:2].upper()}", exploitation_per_year=0.5),
        ]
        sea = {"crossing": True, "market": True, "agency": f"{side}guard", "interception_risk": 0.2}
        legs += [
            leg(f"{side}home", f"{side}coast"),
            leg(f"{side}coast", f"{side}end", fee_usd=300, distress_risk=0.1, **sea),
            leg(f"{side}coast", f"{side}home", leg=f"{side}back"),
        ]
    return corridor(
        places,
        legs,
        [community(f"{side}erners", f"{side}home") for side in ("east", "west")],
        agencies=[agency(f"{side}guard", detain=0.5, release=0.5) for side in ("east", "west")],
        agents=1200,
        **more,
    )


@pytest.mark.parametrize(
    "change",
    [
        setting("income", "multiply", 0.3, "westerners"),
        setting("conflict", "add", 0.8, "westerners"),
        setting("campaign_returnees", "add", 2.0, "westerners"),
        setting("patrol_units", "multiply", 4.0, "westguard"),
        setting("leg_open", "set", 0.0, "westcoast-westend"),
        setting("exploitation", "multiply", 5.0, "westcoast"),
        setting("waved_through", "set", 1.0, "westcoast-westend"),
    ],
    ids=lambda change: change.lever,
)
def test_a_change_for_one_people_leaves_others_who_never_meet_them_untouched(change: Setting) -> None:
    world, values = two_peoples(), parameters(**(CALM | {"home_foresight": 0.3}))
    before, after = (Simulation(world, policy(*some), seed=9, parameters=values) for some in ((), (change,)))
    east = before.population.community == 0
    differs = False
    while before.running:
        before.step()
        after.step()
        for name in COLUMNS:
            one, other = getattr(before.population, name), getattr(after.population, name)
            np.testing.assert_array_equal(one[east], other[east], err_msg=name)
            differs |= bool(np.any(one[~east] != other[~east]))
    assert differs, "the change must do something where it applies"


def test_a_change_on_a_way_that_nobody_can_take_changes_nothing_else() -> None:
    closed = setting("leg_open", "set", 0.0, "westcoast-westend")
    patrols = setting("patrol_units", "multiply", 9.0, "westguard")
    one, other = (run(two_peoples(), *some, parameters=parameters(**CALM)) for some in ((closed,), (closed, patrols)))
    apart = {"cost_usd", "fee_usd", "care", "margin"}
    assert total(one, "attempts") > 0
    assert digest(one.drop_vars(apart)) == digest(other.drop_vars(apart))
    assert total(other, "cost_usd") > total(one, "cost_usd")


def test_deaths_can_only_fall_with_rescue_when_nobody_reacts_to_it() -> None:
    """Exact: with nothing that couples people, those who die with more rescue are among those who die with less."""
    still = CALM | {"death_utility": 0.0, "ties_utility": 0.0, "patrol_learning": 0.0, "exploitation_death_rate": 0.0}
    world = sea_world(sea={"market": False}, agents=2000)
    fleets = [0.0, 2.0, 6.0, 30.0]
    sims = [
        Simulation(world, policy(setting("rescue_vessels", "set", f)), parameters=parameters(**still)) for f in fleets
    ]
    for _ in range(sims[0].steps_total):
        for sim in sims:
            sim.step()
        dead = [sim.population.state == State.DEAD for sim in sims]
        for less, more in itertools.pairwise(dead):
            assert np.all(less[more]), "somebody died because of rescue"
    counts = [int(d.sum()) for d in dead]
    assert counts == sorted(counts, reverse=True) and len(set(counts)) == 4, counts


def ratio_of_errors(deaths: np.ndarray) -> float:
    """Return the standard error of the paired difference over that of unpaired runs, from pairs of shape (n, 2)."""
    assert np.all(deaths.std(axis=0) > 0)
    return float(np.std(deaths[:, 1] - deaths[:, 0], ddof=1) / np.sqrt(deaths.var(axis=0, ddof=1).sum()))


def test_common_random_numbers_halve_the_error_of_differences_in_deaths() -> None:
    """Twenty replicates, two fleets: half or less of the error of unpaired runs.

    Perfect thinning of a share r of deaths gives sqrt(r / (2 - r)), a half at r = 0.4: the same luck for everybody
    cannot do better, and independent runs give 1.
    """
    world = sea_world(vessels=2, sea={"distress_risk": 0.1}, agents=800)
    values = parameters(**(LIVELY | {"death_utility": -2.0, "capacity_start": 100.0}))
    fleets = [setting("rescue_vessels", "set", vessels) for vessels in (2.0, 3.0)]
    deaths = [[total(run(world, f, seed=s, parameters=values), "deaths_of") for f in fleets] for s in range(20)]
    assert np.mean(deaths, axis=0)[1] < np.mean(deaths, axis=0)[0]
    assert ratio_of_errors(np.array(deaths)) <= 0.5
    shuffled = np.array(deaths)
    shuffled[:, 1] = np.roll(shuffled[:, 1], 1)
    assert ratio_of_errors(shuffled) > 0.5, "the measure must be able to fail"


@pytest.mark.slow
@pytest.mark.parametrize(("name", "most"), [("rescue", 0.6), ("safe_pathways", 0.3)])
def test_common_random_numbers_lower_the_error_on_the_mediterranean(name: str, most: float) -> None:
    """Twenty replicates of a year with 20,000 agents, on the change in per cent, as answers are given.

    Rescue moves what people know of danger, and with it where and when they try: common luck helps less (0.48) than
    where behaviour is the same (0.09). Expected deaths: of agents, two or three die a year.
    """
    deaths = [[deaths_on_the_mediterranean(what, seed) for what in ("baseline", name)] for seed in range(20)]
    assert ratio_of_errors(np.log(deaths)) <= most


@cache
def deaths_on_the_mediterranean(package: str, seed: int) -> float:
    world = load("mediterranean")
    end = world.start.replace(year=world.start.year + 1)
    return total(Simulation(world, load_policy(package), seed=seed, agents=20_000, end=end).run(), "expected_deaths")


# --- what holds between episodes --------------------------------------------------------------------------------------

AT_SEA = {"sea": {"distress_risk": 0.1}, "agents": 3200}
"""Four times the agents of 800 take a sixth longer, and four pairs tell what took eight."""


@cache
def at_sea(agents: int = 3200) -> Corridor:
    """Return the same world to all who ask for it, so that they share its runs."""
    return sea_world(**(AT_SEA | {"agents": agents}))


def test_more_interdiction_does_not_lower_the_fee_at_fixed_demand_and_load() -> None:
    """Exact: at given scarcity and load, an organisation's cost rises with interceptions."""
    costs = []
    for factor in (0.0, 0.5, 1.0, 3.0, 30.0):
        sim = Simulation(sea_world(), policy(setting("patrol_units", "multiply", factor)))
        sim.levers.advance(0)
        sim.patrols.step()
        boat = sim.corridor.legs.index["coast-abroad"]
        costs.append((sim.market.offers.passage_cost() * sim.market.offers.risk_premium())[boat])
    assert np.all(np.diff(costs) > 0)
    assert 1.05 < costs[3] / costs[2] < 1.4, "threefold patrols: 5 to 40 % (natural experiment 7)"


@pytest.mark.statistical
def test_more_rescue_does_not_raise_deaths_per_attempt() -> None:
    world = sea_world(vessels=2, **AT_SEA)
    assert lowers(deaths_per_attempt, world, setting("rescue_vessels", "multiply", 3.0))


@pytest.mark.statistical
def test_more_interdiction_at_unchanged_rescue_does_not_lower_deaths_per_attempt() -> None:
    added = difference(deaths_per_attempt, at_sea(), setting("patrol_units", "multiply", 3.0))
    t, critical = t_statistic(np.array([added(seed) for seed in range(LOOKS[-1])]))
    assert t > -critical


@pytest.mark.statistical
def test_a_higher_share_of_debt_does_not_lower_victims_and_debt_exposes() -> None:
    """Smugglers' credit to nobody or to a third; debt that exposes to exploitation or does not."""
    world = sea_world(sea={"fee_usd": 4000, "distress_risk": 0.0}, days=364)

    def victims(**values: float) -> np.ndarray:
        given = parameters(**(LIVELY | {"savings_years": 0.2} | values))
        return np.array([total(run(world, seed=seed, parameters=given), "victims_started") for seed in range(8)])

    some = victims(smuggler_credit_share=0.3, debt_effect=0.3)
    t, critical = t_statistic(some - victims(smuggler_credit_share=0.0, debt_effect=0.3))
    assert t > -critical
    t, critical = t_statistic(some - victims(smuggler_credit_share=0.3, debt_effect=0.0))
    assert t > critical


@pytest.mark.statistical
def test_closing_one_way_does_not_lower_the_flow_on_its_substitute() -> None:
    places = [place("home", "home"), place("abroad", "destination")]
    legs = [leg("home", "abroad", leg="land"), leg("home", "abroad", leg="sea", distress_risk=0.05, crossing=True)]
    world = corridor(places, legs, agents=2000)
    assert raises(lambda ds: float(ds["passages"].sel(leg="land").sum()), world, setting("leg_open", "set", 0.0, "sea"))


@pytest.mark.statistical
def test_legal_places_do_not_raise_smuggling_revenue() -> None:
    visa = Pathway(
        pathway="visa", label="visa", community="all", destination="abroad", kind="work", places_per_year=0,
        eligible_share=1.0, delay_weeks=0,
    )  # fmt: skip
    world = sea_world(pathways=[visa], **AT_SEA)
    assert lowers(of("smuggling_revenue_usd"), world, setting("pathway_places", "set", 400.0))


@pytest.mark.statistical
def test_better_screening_raises_identified_victims_and_not_victims() -> None:
    world = sea_world(sea={"distress_risk": 0.0}, days=364)
    low, high = (
        [run(world, seed=seed, parameters=parameters(**(LIVELY | {"identification_share": s}))) for seed in range(8)]
        for s in (0.45, 0.9)
    )
    for name, sign in (("identified", 1), ("victims_started", -1)):
        t, critical = t_statistic(np.array([total(b, name) - total(a, name) for a, b in zip(low, high, strict=True)]))
        assert t > critical if sign > 0 else t < critical, name


def test_statistics_that_miss_more_change_no_person() -> None:
    """Exact: recording is what is seen of the truth, not the truth."""
    world = sea_world(sea={"death_recording_rate": 0.8})
    one, other = (
        run(world, *some, parameters=parameters(**LIVELY)) for some in ((), (setting("recording", "multiply", 0.3),))
    )
    assert total(other, "deaths_recorded") < total(one, "deaths_recorded") <= total(one, "deaths")
    recorded = [
        "deaths_recorded",
        "expected_deaths_recorded",
        "detections",
        "detections_of",
        "first_detections",
        *(str(name) for name in one if str(name).startswith("observed_")),
    ]
    assert digest(one.drop_vars(recorded)) == digest(other.drop_vars(recorded))


def test_smuggled_people_who_are_not_exploited_are_not_counted_as_victims() -> None:
    """Exact: victims are the episodes of those who went through one; all the others who travelled count nowhere."""
    sim = Simulation(sea_world(), parameters=parameters(**LIVELY))
    ds = sim.run()
    population, weight = sim.population, sim.population.persons_per_agent
    smuggled = population.organisation >= 0
    spared = smuggled & (population.episodes == 0)
    assert spared.sum() > 100 and np.any(smuggled & (population.episodes > 0))
    assert total(ds, "victims_started") == pytest.approx(population.episodes.sum() * weight)
    assert not np.any(population.state[spared] == State.EXPLOITED)
    assert not np.any(population.assisted_before[population.episodes == 0])


@pytest.mark.statistical
@pytest.mark.parametrize(
    ("change", "outcome", "rises"),
    [
        (setting("conflict", "add", 0.5), "departures", True),
        (setting("climate", "add", 2.0), "departures", True),
        (setting("livelihood", "add", 0.5), "departures", False),
        (setting("campaign_returnees", "add", 3.0), "departures", False),
        (setting("patrol_units", "multiply", 3.0), "interceptions", True),
        (setting("coast_control", "set", 0.95, "coast-abroad"), "attempts", False),
        (setting("craft_supply", "set", 0.02, "coast-abroad"), "attempts", False),
        (setting("rescue_vessels", "add", 10.0), "deaths", False),
        (setting("detain", "set", 1.0), "detention_days", True),
        (setting("exploitation", "multiply", 3.0), "victims_started", True),
        (setting("exploitable_jobs", "multiply", 0.02), "victims_started", False),
        (setting("inspectors", "multiply", 1e6), "victims_started", False),
        (setting("identification", "multiply", 20.0), "identified", True),
        (setting("shelter_places", "set", 0.0), "assisted_started", False),
        (setting("investigators", "multiply", 20.0), "arrests", True),
    ],
    ids=lambda value: value.lever if isinstance(value, Setting) else str(value),
)
def test_levers_move_what_they_are_for(change: Setting, outcome: str, rises: bool) -> None:
    """An effect of the right sign. Victims are few: tests of help to them take more people."""
    world = at_sea(16_000) if outcome in ("identified", "assisted_started") else at_sea()
    slow = {"departure_rate": 0.6, "campaign_effect": 0.2} if outcome == "departures" else {"capacity_start": 20.0}
    compare = raises if rises else lowers
    assert compare(of(outcome), world, change, **slow)
