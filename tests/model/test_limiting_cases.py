"""Limiting cases with known answers."""

from __future__ import annotations

import dataclasses
import datetime as dt

import numpy as np
import pytest
import xarray as xr
from scipy import stats

from corridor.model.calendar import Calendar
from corridor.model.rows import HistoricalEvent, Pathway, Season, Tie
from corridor.model.simulation import Simulation
from corridor.model.states import State, Status
from tests.worlds import (
    ALPHA,
    CALM,
    LIVELY,
    START,
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

# --- the analytic recursive logit -------------------------------------------------------------------------------------

LEGS = {
    "home-a": ("home", "a", 400.0, 2),
    "home-b": ("home", "b", 900.0, 5),
    "a-b": ("a", "b", 300.0, 2),
    "a-north": ("a", "north", 1500.0, 9),
    "b-north": ("b", "north", 600.0, 4),
    "b-south": ("b", "south", 500.0, 3),
}
"""From, to, km, days; sorted so that a place's onward legs come after the legs that lead to it."""
INCOME = {"home": 2000.0, "north": 30000.0, "south": 15000.0}
STOCKS = {"north": 0.0, "south": 50000.0}


def plain_world(**more: object):  # type: ignore[no-untyped-def]
    """Two hubs, two destinations, no fees and no risk; half of the legs are sold, at no charge."""
    places = [place("home", "home"), place("a", organisations=1), place("b", organisations=1)]
    places += [place("north", "destination"), place("south", "destination", grant_rate=0.4)]
    legs = [
        leg(start, end, leg=key, distance_km=km, days=days, market=key.startswith("a"))
        for key, (start, end, km, days) in LEGS.items()
    ]
    ties = [Tie(community="people", destination=key, date=START, stock=stock) for key, stock in STOCKS.items() if stock]
    incomes = {("people" if key == "home" else key): value for key, value in INCOME.items()}
    return corridor(places, legs, income_usd=incomes, ties=ties, **more)  # type: ignore[arg-type]


def analytic_shares(foresight: float) -> dict[str, float]:
    """Return the share of people who leave home on each leg, and who give up at each hub, by backward recursion."""
    utility = {key: -0.3 - 0.05 * days / 7 - 0.6 * km / 1000 for key, (_, _, km, days) in LEGS.items()}
    value = {
        key: np.log(INCOME[key] / INCOME["home"]) + 0.6 * np.log1p(STOCKS[key] / 1000) + (0.4 if key == "south" else 0)
        for key in ("north", "south")
    }
    chances: dict[str, dict[str, float]] = {}
    for here in ("b", "a", "home"):
        ways = {k: to for k, (start, to, _, _) in LEGS.items() if start == here}
        onward = {k: utility[k] + foresight * value[to] for k, to in ways.items()}
        if here != "home":
            onward["give up"] = -1.0
        weights = {key: np.exp(v) for key, v in onward.items()}
        value[here] = np.log(sum(weights.values()))
        chances[here] = {key: weight / sum(weights.values()) for key, weight in weights.items()}
    at, shares = {"home": 1.0, "a": 0.0, "b": 0.0, "north": 0.0, "south": 0.0}, {}
    for here in ("home", "a", "b"):
        for key, chance in chances[here].items():
            shares[f"give up at {here}" if key == "give up" else key] = at[here] * chance
            if key != "give up":
                at[LEGS[key][1]] += at[here] * chance
    return shares


@pytest.mark.statistical
@pytest.mark.parametrize("foresight", [0.95, 1.0, 0.0])
def test_without_conflict_fees_and_risk_flows_are_those_of_the_recursive_logit(foresight: float) -> None:
    """Chi-square on the leg out of home and on where the journey ends; error rate ALPHA for all cases together."""
    agents = 6000
    values = CALM | {"foresight": foresight, "capacity_start": 1e7, "price_adjustment": 0.0}
    # Settled compatriots would draw later ones: the series alone counts when nobody's settling is recorded in time.
    world = plain_world(agents=agents, days=700, communities=[community(potential_migrants=1e-6)])
    sim = Simulation(world, seed=4, parameters=parameters(**values))
    ds = sim.run()
    taken = (ds["passages"].sum("time").to_series() / sim.population.persons_per_agent).round()
    shares = analytic_shares(foresight)
    left = int(taken["home-a"] + taken["home-b"])
    assert agents - 10 < left <= agents, "hardly anybody is still at home"
    for start in ("home", "a", "b"):
        keys = [key for key in LEGS if LEGS[key][0] == start]
        counts = [taken[key] for key in keys]
        expected = [shares[key] for key in keys]
        if start != "home":
            came = sum(taken[key] for key in LEGS if LEGS[key][1] == start)
            counts.append(came - sum(counts))
            expected.append(shares[f"give up at {start}"])
        expected_counts = np.array(expected) / sum(expected) * sum(counts)
        assert stats.chisquare(counts, expected_counts).pvalue > ALPHA / 9, (start, counts, expected_counts)
    settled = {key: np.count_nonzero(sim.population.place == sim.corridor.places.index[key]) for key in STOCKS}
    analytic = {key: sum(shares[k] for k in LEGS if LEGS[k][1] == key) for key in STOCKS}
    for key, count in settled.items():
        assert stats.binomtest(count, left, analytic[key]).pvalue > ALPHA / 6


def test_the_analytic_shares_add_up_and_depend_on_foresight() -> None:
    for foresight in (0.0, 1.0):
        shares = analytic_shares(foresight)
        ends = [value for key, value in shares.items() if "give up" in key or LEGS[key][1] in STOCKS]
        assert sum(ends) == pytest.approx(1)
    assert analytic_shares(1.0)["home-a"] != pytest.approx(analytic_shares(0.0)["home-a"], abs=0.05)


def one_way(**more: object):  # type: ignore[no-untyped-def]
    """One free leg, straight abroad."""
    return corridor([place("home", "home"), place("abroad", "destination")], [leg("home", "abroad")], **more)  # type: ignore[arg-type]


# --- fees, patrols, rescue, distress ----------------------------------------------------------------------------------


def everybody_goes(**values: float):  # type: ignore[no-untyped-def]
    """Parameters with which all leave home at once and the sea does not frighten them away."""
    return parameters(**(LIVELY | values))


@pytest.mark.parametrize("fee", [1e12, 500.0])
def test_an_infinite_fee_lets_nobody_leave(fee: float) -> None:
    sold = [leg("home", "abroad", market=True, crossing=True, fee_usd=fee)]
    world = corridor([place("home", "home", organisations=2), place("abroad", "destination")], sold)
    ds = run(world, parameters=everybody_goes())
    departures, wanting = total(ds, "departures"), float(ds["immobile"].isel(time=-1))
    if fee == 500.0:
        assert departures > 900 and wanting == 0, "the test must be able to fail"
    else:
        assert departures == 0 and total(ds, "passages") == 0 and total(ds, "smuggling_revenue_usd") == 0
        assert wanting > 900, "those who want to leave and cannot pay are immobile"


def test_without_patrols_nobody_is_intercepted() -> None:
    world = sea_world()
    assert total(run(world, parameters=everybody_goes()), "interceptions") > 0
    ds = run(world, setting("patrol_units", "set", 0.0), parameters=everybody_goes())
    assert total(ds, "interceptions") == 0 and total(ds, "attempts") > 0


def test_complete_corruption_is_no_patrols() -> None:
    ds = run(sea_world(), setting("corruption", "set", 1.0), parameters=everybody_goes())
    assert total(ds, "interceptions") == 0


@pytest.mark.parametrize("persons_a_week", [1.0, 100.0, 100_000.0])
@pytest.mark.parametrize("swamping", [1.0, 0.0])
def test_an_agency_intercepts_no_more_than_it_can(persons_a_week: float, swamping: float) -> None:
    most = 50.0
    world = sea_world(agencies=[agency(most_per_week=most, corruption=0.0)])
    sim = Simulation(world, seed=1, agents=100, parameters=parameters(swamping=swamping))
    sea = int(np.flatnonzero(world.leg_agency >= 0)[0])
    for _ in range(200):
        sim.patrols.step()
        caught = sim.patrols.interception * persons_a_week
        sim.patrols.learn(caught * sim.calendar.weeks)
    would = -np.log(1 - 0.3) * persons_a_week
    assert caught[sea] == pytest.approx(would / (1 + swamping * would / most), rel=1e-6)


def test_with_full_rescue_coverage_nobody_dies_at_sea() -> None:
    assert total(run(sea_world(), parameters=everybody_goes()), "deaths") > 0
    ds = run(sea_world(vessels=1e6), parameters=everybody_goes())
    assert total(ds, "deaths") == 0 and total(ds, "rescues") > 0


def test_without_distress_nobody_dies_or_is_rescued_under_way() -> None:
    ds = run(sea_world(vessels=2, sea={"distress_risk": 0.0}), parameters=everybody_goes())
    assert total(ds, "deaths") == 0 and total(ds, "rescues") == 0 and total(ds, "attempts") > 0


def test_certain_interception_lets_nobody_through() -> None:
    ds = run(sea_world(sea={"interception_risk": 1.0, "distress_risk": 0.0}), parameters=everybody_goes())
    assert total(ds, "attempts") > 0 and float(ds["arrivals"].sel(leg="coast-abroad").sum()) == 0


@pytest.mark.statistical
def test_attempts_end_as_competing_risks() -> None:
    """Chi-square over intercepted, rescued, dead and through; error rate ALPHA."""
    sim = Simulation(
        sea_world(vessels=5, agents=4000),
        parameters=everybody_goes(load_effect=0.0, patrol_learning=0.0, care_effect=0.0),
    )
    ds = sim.run().sel(leg="coast-abroad").sum("time") / sim.population.persons_per_agent
    ends = {key: float(ds[key]) for key in ("interceptions", "rescues", "deaths", "attempts")}
    counts = [ends["interceptions"], ends["rescues"], ends["deaths"]]
    counts.append(ends["attempts"] - sum(counts))
    stop, sink, covered = -np.log(0.7), -np.log(0.8), 1 - np.exp(-0.12 * 5)
    ended = 1 - np.exp(-stop - sink)
    shares = [ended * stop / (stop + sink)] + [ended * sink / (stop + sink) * c for c in (covered, 1 - covered)]
    expected = ends["attempts"] * np.array([*shares, 1 - sum(shares)])
    assert ends["attempts"] > 3000 and stats.chisquare(counts, expected).pvalue > ALPHA


def test_people_who_are_waved_through_pay_no_smuggler_and_meet_no_patrol() -> None:
    ds = run(sea_world(), setting("waved_through", "set", 1.0, "coast-abroad"), parameters=everybody_goes())
    assert total(ds, "attempts") > 0 and total(ds, "interceptions") == 0
    assert total(ds, "smuggling_revenue_usd") == 0
    half = run(sea_world(), setting("waved_through", "set", 0.5, "coast-abroad"), parameters=everybody_goes())
    none = run(sea_world(), parameters=everybody_goes())
    assert 0 < total(half, "smuggling_revenue_usd") < total(none, "smuggling_revenue_usd")


def test_a_closed_leg_is_not_travelled() -> None:
    ds = run(sea_world(), setting("leg_open", "set", 0.0, "coast-abroad"), parameters=everybody_goes())
    assert total(ds, "attempts") == 0 and total(ds, "departures") > 0


def test_without_mobility_nobody_decides() -> None:
    ds = run(sea_world(), setting("mobility", "set", 0.0), parameters=everybody_goes())
    assert total(ds, "departures") == 0 and total(ds, "passages") == 0
    assert float(ds["stock"].sel(state="preparing").isel(time=-1).sum()) > 900


def test_a_season_without_departures_lets_nobody_go() -> None:
    months = [Season(season="winter", month=m, departures=float(m > 3), distress=1.0) for m in range(1, 13)]
    world = sea_world(sea={"season": "winter"}, seasons=months)
    attempts = run(world, parameters=everybody_goes())["attempts"].sum("leg").to_series()
    assert attempts[:"2010-03-20"].sum() == 0 and attempts["2010-04-10":].sum() > 0


def test_no_danger_no_victims() -> None:
    world = sea_world(sea={"exploitation_risk": 0.0})
    assert total(run(world, parameters=everybody_goes()), "victims_started") > 0
    ds = run(world, setting("exploitation", "set", 0.0), parameters=everybody_goes())
    assert total(ds, "victims_started") == 0 and total(ds, "person_days_exploited") == 0


def test_without_shelter_places_identified_victims_go_unserved() -> None:
    ds = run(sea_world(agents=3000), setting("shelter_places", "set", 0.0), parameters=everybody_goes())
    assert total(ds, "identified") > 0 and total(ds, "assisted_started") == 0
    unserved = total(ds, "unserved") + float(ds["waiting_for_assistance"].isel(time=-1).sum())
    assert unserved == pytest.approx(total(ds, "identified"))


def test_measures_of_amount_zero_change_no_bit() -> None:
    world, values = sea_world(vessels=3), CALM
    neutral = [
        setting(name, operation, value)
        for name in ("patrol_units", "rescue_vessels", "conflict", "exploitation", "cooperation", "grant_rate")
        for operation, value in (("add", 0.0), ("multiply", 1.0))
    ]
    reference = digest(run(world, parameters=parameters(**values)))
    assert digest(run(world, *neutral, parameters=parameters(**values))) == reference
    moved = run(world, setting("patrol_units", "multiply", 1.5), parameters=parameters(**values))
    assert digest(moved) != reference, "the test must be able to fail"


# --- rationing --------------------------------------------------------------------------------------------------------


def test_legal_places_are_never_exceeded_and_are_used_when_wanted() -> None:
    visa = Pathway(
        pathway="visa", label="visa", community="all", destination="abroad", kind="work", places_per_year=120,
        eligible_share=1.0, delay_weeks=0,
    )  # fmt: skip
    values = parameters(**(CALM | {"legal_diversion": 1.0, "legal_patience": 50.0}))
    # A family is admitted as a whole; the places that it takes too many are missing afterwards.
    ds = Simulation(sea_world(pathways=[visa], days=728), parameters=values, without=["families", "eligibility"]).run()
    admitted = np.cumsum(ds["legal_arrivals"].sum("community").values)
    allowed = 120 * 7 / 365.25 * np.arange(1, admitted.size + 1)
    assert np.all(admitted <= allowed), "more arrivals than places so far"
    assert admitted[-1] >= allowed[-1] - 5, "places stayed empty although many wait"


def test_a_pathway_without_places_keeps_nobody_waiting() -> None:
    visa = Pathway(
        pathway="visa", label="visa", community="all", destination="abroad", kind="work", places_per_year=0,
        eligible_share=1.0,
    )  # fmt: skip
    sim = Simulation(sea_world(pathways=[visa]), parameters=parameters(**CALM))
    while sim.running:
        sim.step()
        assert sim.pathways.queued.sum() == 0
    assert total(sim.dataset(), "legal_arrivals") == 0


def test_boats_carry_no_more_than_capacity_at_full_load_but_for_one_agent_carried_over() -> None:
    """A passage needs one agent's room, of which less than one may be left from the step before."""
    sim = Simulation(sea_world(), parameters=everybody_goes(capacity_start=2.0, capacity_growth=0.02, slack=1.0))
    persons = sim.population.persons_per_agent
    sold = carried = 0.0
    fees_before = 0.0
    while sim.running:
        sim.step()
        boat = sim.corridor.legs.index["coast-abroad"]
        carried += sim.market.seats.leg_supply[boat] * sim.parameters.max_load
        waiting_to_arrive = np.count_nonzero((sim.population.state == State.MOVING) & (sim.population.leg == boat))
        sold = float(sim.dataset()["passages"][:, boat].sum()) + waiting_to_arrive * persons
        assert sold <= carried + persons
        fees_before = max(fees_before, float(sim.market.offers.leg_fee_usd[boat]))
    assert sold > 0.5 * carried, "capacity should bind in this world"
    assert fees_before > 500, "scarce places are dearer than the reference"


def test_smugglers_who_cannot_sail_do_not_grow() -> None:
    """Coast control that denies every departure leaves capacity idle: it must not grow out of nothing."""
    sim = Simulation(sea_world(), policy(setting("coast_control", "set", 1.0)), parameters=everybody_goes())
    before = sim.market.capacity.sum()
    ds = sim.run()
    assert total(ds, "attempts") == 0
    assert sim.market.capacity.sum() <= before * 1.001


# --- hazards and time -------------------------------------------------------------------------------------------------


@pytest.mark.statistical
@pytest.mark.parametrize("step_days", [1, 3, 7])
def test_hazards_do_not_depend_on_the_length_of_a_step(step_days: int) -> None:
    """Binomial test of who has gone home after 364 days at a known hazard; error rate ALPHA for all lengths."""
    rate = 0.8
    values = CALM | {"return_rate": rate, "departure_rate": 0.0}
    world = one_way(agents=4000, step_days=step_days)
    sim = Simulation(world, seed=3, parameters=parameters(**values))
    people = np.arange(sim.population.n)
    sim.population.place[:] = world.places.index["abroad"]
    sim.population.move(people, State.SETTLED)
    sim.run()
    gone = int(sim.population.counts[State.RETURNED].sum())
    assert stats.binomtest(gone, sim.population.n, 1 - np.exp(-rate * 364 / 365.25)).pvalue > ALPHA / 3


@pytest.mark.statistical
@pytest.mark.parametrize("step_days", [1, 3])
def test_departures_do_not_depend_on_the_length_of_a_step(step_days: int) -> None:
    """Wanting to leave and finding a way, one after the other, against weekly steps.

    Two-sample binomial (Fisher) test, error rate ALPHA for both lengths; hazards are low enough for the shift of half a
    step between two states to stay well below the binomial error.
    """
    values = CALM | {"departure_rate": 0.4, "decision_rate": 20.0}
    world = one_way(agents=4000)
    counts = []
    for days, seed in ((7, 1), (step_days, 2)):
        sim = Simulation(world, seed=seed, step_days=days, parameters=parameters(**values))
        counts.append(total(sim.run(), "departures") / sim.population.persons_per_agent)
    table = [[count, 4000 - count] for count in counts]
    assert counts[0] > 1000 and stats.fisher_exact(table).pvalue > ALPHA / 2


@pytest.mark.statistical
def test_people_want_to_leave_after_exponential_times() -> None:
    """KS test against the exponential distribution with daily steps; error rate ALPHA."""
    rate = 10.0
    world = one_way(agents=5000, days=800, step_days=1)
    sim = Simulation(world, parameters=parameters(**(CALM | {"departure_rate": rate, "decision_rate": 0.0})))
    left_home = np.full(sim.population.n, np.nan)
    luck = np.random.default_rng(0).random(sim.population.n)
    while np.isnan(left_home).any() and sim.running:
        sim.step()
        new = np.isnan(left_home) & (sim.population.state != State.HOME)
        # Times are known to the day: spread over it, they are continuous again.
        left_home[new] = (sim.now - 1 + luck[new]) / 365.25
    assert not np.isnan(left_home).any()
    assert stats.kstest(left_home, "expon", args=(0, 1 / rate)).pvalue > ALPHA


@pytest.mark.statistical
def test_those_with_ties_and_the_young_leave_sooner() -> None:
    """Counts of departures are binomial at the hazards that the registry gives; error rate ALPHA."""
    world = one_way(agents=6000)
    values = CALM | {"departure_rate": 0.2, "decision_rate": 0.0, "ties_effect": 3.0, "young_effect": 1.5}
    sim = Simulation(world, parameters=parameters(**values))
    sim.run()
    people = sim.population
    for ties in (False, True):
        for young in (False, True):
            group = (people.ties == ties) & ((people.age == 1) == young)
            hazard = 0.2 * (3.0 if ties else 1.0) * (1.5 if young else 1.0)
            gone = int((people.state[group] != State.HOME).sum())
            expected = 1 - np.exp(-hazard * 364 / 365.25)
            assert stats.binomtest(gone, int(group.sum()), expected).pvalue > ALPHA / 4


def test_those_who_gave_up_the_idea_may_have_it_again() -> None:
    """With a constant hazard and fading, the share that prepares settles at hazard / (hazard + fade rate).

    Binomial test, error rate ALPHA.
    """
    world = one_way(agents=4000, days=1500)
    values = CALM | {"departure_rate": 1.0, "fade_rate": 3.0, "decision_rate": 0.0}
    sim = Simulation(world, parameters=parameters(**values))
    sim.run()
    preparing = int(sim.population.counts[State.PREPARING].sum())
    assert stats.binomtest(preparing, sim.population.n, 0.25).pvalue > ALPHA
    assert np.all(sim.population.threshold[sim.population.state == State.HOME] > sim.aspiration.integrated.min())


def test_a_change_counts_for_the_part_of_a_step_that_it_covers() -> None:
    calendar = Calendar(START, START + dt.timedelta(days=34), 7)
    day = [START + dt.timedelta(days=number) for number in range(40)]
    assert calendar.steps == 5
    np.testing.assert_allclose(calendar.strength(None, None, 0), [1, 1, 1, 1, 1])
    np.testing.assert_allclose(calendar.strength(day[10], None, 0), [0, 4 / 7, 1, 1, 1])
    np.testing.assert_allclose(calendar.strength(None, day[10], 0), [1, 3 / 7, 0, 0, 0])
    np.testing.assert_allclose(calendar.strength(day[8], day[10], 0), [0, 2 / 7, 0, 0, 0])
    np.testing.assert_allclose(calendar.strength(day[39], None, 0), 0)
    before = START - dt.timedelta(days=7)
    np.testing.assert_allclose(calendar.strength(before, None, 0), 1)
    # The ramp is read in the middle of a step: 3.5, 10.5, ... days over 28.
    np.testing.assert_allclose(calendar.strength(day[0], None, 4), np.array([3.5, 10.5, 17.5, 24.5, 28]) / 28)
    np.testing.assert_allclose(calendar.strength(before, None, 4), np.array([10.5, 17.5, 24.5, 28, 28]) / 28)
    np.testing.assert_allclose(calendar.strength(day[7], day[21], 2), [0, 3.5 / 14, 10.5 / 14, 0, 0])


def test_a_warm_up_is_simulated_and_not_recorded() -> None:
    """Exact: the same people with the same luck, 20 weeks later; a policy without a date begins with the record."""
    cold = one_way(agents=2000, days=280)
    warm = dataclasses.replace(cold, start=START + dt.timedelta(days=140), warm_up_weeks=20)
    whole, later = (Simulation(world, seed=1).run() for world in (cold, warm))
    assert later.attrs["steps"] == later.sizes["time"] == 20
    xr.testing.assert_equal(later["departures"], whole["departures"].isel(time=slice(20, None)))
    calendar = Calendar(START, START + dt.timedelta(days=34), 7, 3)
    np.testing.assert_allclose(calendar.strength(None, None, 0), [0, 0, 0, 1, 1, 1, 1, 1])


def test_levers_are_added_multiplied_and_set_in_order_and_go_back_at_the_end() -> None:
    event = HistoricalEvent(
        event="cut", name="cut", date=START + dt.timedelta(days=7), until=START + dt.timedelta(days=21), source="test",
        changes=({"lever": "patrol_units", "multiply": 0.5},),
    )  # fmt: skip
    world = sea_world(events=[event], days=35)
    late = {"start": START + dt.timedelta(days=14)}
    sim = Simulation(world, policy(setting("patrol_units", "add", 3.0), setting("patrol_units", "set", 1.0, **late)))
    seen = []
    while sim.running:
        sim.step()
        seen.append(float(sim.levers["patrol_units"][0]))
    assert seen == [13.0, 8.0, 1.0, 1.0, 1.0]
    sim = Simulation(world, policy(setting("corruption", "add", 5.0), setting("detain", "add", -5.0)))
    assert sim.levers["corruption"][0] == 1.0 and sim.levers["detain"][0] == 0.0, "values stay within their bounds"


def test_detention_lasts_as_long_as_the_agency_holds_people() -> None:
    """Person-days in detention per detained person equal the mean length; 5 standard errors."""
    held = agency(detain=1.0, release=0.0, detention_days=50.0)
    world = sea_world(agencies=[held], sea={"interception_risk": 0.9, "distress_risk": 0.0}, agents=3000)
    sim = Simulation(world, step_days=1, parameters=everybody_goes(detained_return_share=1.0))
    ds = sim.run()
    episodes = total(ds, "interceptions") - float(ds["stock"].sel(state="detained").isel(time=-1).sum())
    assert episodes * 3 > 1000
    mean = total(ds, "detention_days") / total(ds, "interceptions")
    assert mean == pytest.approx(50.0, abs=5 * 50 / np.sqrt(total(ds, "interceptions") * 3))


def test_legal_arrivals_have_status_and_irregular_ones_at_first_do_not() -> None:
    visa = Pathway(
        pathway="visa", label="visa", community="all", destination="abroad", kind="work", places_per_year=200,
        eligible_share=0.5, delay_weeks=0,
    )  # fmt: skip
    values = CALM | {"asylum_share": 0.0, "permit_share": 0.0, "assisted_return_share": 0.0}
    sim = Simulation(sea_world(pathways=[visa], sea={"distress_risk": 0.0}), parameters=parameters(**values))
    ds = sim.run()
    population = sim.population
    regular = population.status == Status.REGULAR
    assert np.all(np.isin(population.state[regular], [State.SETTLED, State.EXPLOITED, State.ASSISTED, State.DEAD]))
    assert np.count_nonzero(regular) * population.persons_per_agent == total(ds, "legal_arrivals") > 0
    assert total(ds, "irregular_arrivals") > 0
