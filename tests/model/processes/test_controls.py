"""How controls deter: what people reckon with who may be stopped or must wait, and what hiring cannot make up for."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from corridor.model import Simulation
from corridor.model.corridor import Corridor
from corridor.model.rows import Season
from corridor.model.simulation import Policy
from corridor.model.states import State, Status
from corridor.scenarios import load
from tests.worlds import (
    LIVELY,
    START,
    agency,
    certain,
    corridor,
    leg,
    parameters,
    place,
    policy,
    sea_world,
    setting,
    total,
)

RISK = 0.75


def gate(**practice: float) -> Corridor:
    """Return one way from home, at the end of which three in four are stopped."""
    guard = agency(**{"push_back": 1.0, "release": 0.0} | practice)
    places = [place("home", "home"), place("abroad", "destination")]
    crossing = leg("home", "abroad", agency="guard", interception_risk=RISK, distance_km=300)
    return corridor(places, [crossing], agencies=[guard])


def value_at_home(world: Corridor, **values: float) -> tuple[float, float]:
    """Return the values of being at home and abroad once the choice is solved, utils."""
    given = LIVELY | {"foresight": 1.0, "waiting_utility": 0.0, "stage_utility": -1.0} | values
    sim = Simulation(world, parameters=parameters(**given))
    sim.beliefs.risk[0] = RISK
    sim.choice.step()
    home, abroad = (sim.choice.values.value[4, sim.corridor.places.index[name]] for name in ("home", "abroad"))
    return float(home), float(abroad)


def test_who_is_put_back_pays_for_every_try() -> None:
    """Exact: with nothing else to do, a success takes 1 / (1 - risk) tries, each at the cost of one."""
    home, abroad = value_at_home(gate())
    easy, _ = value_at_home(gate(), interception_foresight=0.0)
    assert easy < abroad
    assert home - abroad == pytest.approx((easy - abroad) / (1 - RISK), abs=1e-3)


def test_release_where_the_leg_ends_costs_nothing() -> None:
    """Exact: who is stopped and let go inland has arrived."""
    free = gate(push_back=0.0, release=1.0)
    assert value_at_home(free) == pytest.approx(value_at_home(free, interception_foresight=0.0), abs=1e-4)


def test_detention_costs_its_time() -> None:
    """Exact: everybody detained inland for 70 days, nobody returned: ten weeks for those who are stopped."""
    held = gate(push_back=0.0, detain=1.0, release=0.0, detention_days=70)
    free = gate(push_back=0.0, release=1.0)
    lost = {"detention_utility": -0.1, "detained_return_share": 0.0}
    difference = value_at_home(held, **lost)[0] - value_at_home(free, **lost)[0]
    assert difference == pytest.approx(-RISK * 10 * 0.1, abs=1e-3)


def test_what_kept_people_from_a_way_kept_them_from_one_in_the_open() -> None:
    """Exact: a constant that keeps people away counts as far as nobody is waved through; one that draws them stays."""
    for constant, left in ((-2.0, -0.5), (2.0, 2.0)):
        crossing = leg("home", "abroad", utility_constant=constant, route="Land")
        world = corridor([place("home", "home"), place("abroad", "destination")], [crossing])
        half_open = policy(setting("waved_through", "set", 0.75))
        sim = Simulation(world, half_open, parameters={"own_coast_utility": 0.0})
        sim.step()
        assert sim.choice.prospects().once[0] == pytest.approx([left])


def waits(*changes: object, **values: float) -> np.ndarray:
    """Return weeks of waiting for each leg of the sea world at its start."""
    sim = Simulation(sea_world(), policy(*changes), parameters=parameters(**LIVELY | values))  # type: ignore[arg-type]
    return sim.departure.wait_weeks()


def test_an_own_coast_is_worth_its_utility_to_nationals_alone() -> None:
    corridor = load("mediterranean")
    with_it, without = (
        Simulation(corridor, seed=1, agents=500, parameters={"own_coast_utility": utils}).choice.prospects().once
        for utils in (1.5, 0.0)
    )
    own = [("TUN", "tunis-sicily"), ("DZA", "oran-almeria")]
    others = [("MLI", "tunis-sicily"), ("TUN", "tripoli-lampedusa"), ("TUN", "tunis-istanbul")]
    at = [(corridor.communities.index[who], corridor.legs.index[leg]) for who, leg in own + others]
    assert [with_it[pair] - without[pair] for pair in at] == pytest.approx([1.5, 1.5, 0.0, 0.0, 0.0])


def test_a_quarter_of_the_mobility_is_four_times_the_wait() -> None:
    free, held = waits(decision_rate=20.0), waits(setting("mobility", "set", 0.25), decision_rate=20.0)
    assert free == pytest.approx(52.18 / 20, rel=1e-3)
    assert held == pytest.approx(4 * free)


def test_where_people_are_let_through_they_decide_as_often_as_that_takes() -> None:
    """Exact: half of the time as elsewhere, half as on a way on which nothing has to be arranged."""
    rates = {"decision_rate": 20.0, "transit_rate": 100.0}
    legs = sea_world().legs.index
    some = waits(setting("waved_through", "set", 0.5, "coast-abroad"), **rates)
    assert some[legs["coast-abroad"]] == pytest.approx(52.18 / 60, rel=1e-3)
    assert some[legs["home-coast"]] == pytest.approx(52.18 / 20, rel=1e-3)


@pytest.mark.parametrize("through", [0.0, 0.5, 1.0])
def test_who_is_let_through_waits_for_no_season_and_pays_a_fare(through: float) -> None:
    """Exact: in a month with a quarter of the best one's departures, and 300 km at 0.1 USD instead of a fee of 500."""
    months = [
        Season(season="sea", month=month, departures=0.25 if month == 1 else 1.0, distress=1.0)
        for month in range(1, 13)
    ]
    open_to = setting("waved_through", "set", through, "coast-abroad")
    values = parameters(**LIVELY | {"fare_per_km": 0.1, "price_adjustment": 0.0})
    sim = Simulation(sea_world(sea={"season": "sea"}, seasons=months), policy(open_to), parameters=values)
    sim.step()
    crossing = sim.corridor.legs.index["coast-abroad"]
    assert sim.departure.decision_inputs().willing[crossing] == pytest.approx(through + (1 - through) * 0.25)
    asked = sim.market.offers.asked_fee_usd[crossing]
    assert sim.market.offers.leg_fee_usd[crossing] == pytest.approx((1 - through) * asked + through * 30.0)


def test_who_finds_no_room_takes_another_way() -> None:
    """Half of those at the coast first choose the way on which nobody is carried; 470 of 1,000 persons stuck there."""
    sold = leg("coast", "abroad", crossing=True, market=True, fee_usd=1.0, leg="sold")
    free = leg("coast", "abroad", crossing=True, leg="free")
    places = [place("home", "home"), place("coast", organisations=1), place("abroad", "destination")]
    world = corridor(places, [leg("home", "coast"), sold, free], agents=400, days=182)
    denied = setting("coast_control", "set", 1.0, "sold")
    ds = Simulation(world, policy(denied), seed=1, parameters=parameters(**LIVELY | {"waiting_utility": 0.0})).run()
    assert total(ds, "demand") > 400, "many ask for the way on which nobody is carried"
    assert total(ds, "passages") > 1600 and float(ds["waiting_here"].sel(place="coast").isel(time=-1)) < 100


def test_a_queue_of_four_loads_is_four_times_the_wait_on_sold_legs_only() -> None:
    sim = Simulation(sea_world(), parameters=parameters(**LIVELY, max_load=2.0))
    before = sim.departure.wait_weeks()
    sim.market.seats.scarcity[:] = 8.0
    assert sim.departure.wait_weeks() / before == pytest.approx(np.where(sim.market.is_market, 4.0, 1.0))


def test_who_is_waved_through_brings_no_news_of_controls() -> None:
    """Exact: many journeys without any control leave beliefs about controls where they were."""
    sim = Simulation(
        sea_world(), parameters=parameters(**LIVELY, advertising_bias=0.0, news_delay=1e-3, public_delay=1e9)
    )
    crossing = sim.corridor.legs.index["coast-abroad"]
    people, through = np.full(5000, crossing), certain(0, 5000)
    before = sim.beliefs.risk[0, 0, crossing]
    sim.beliefs.hear(np.zeros(5000, dtype=np.int64), people, through, np.ones(5000))
    sim.beliefs.step()
    assert sim.beliefs.risk[0, 0, crossing] == pytest.approx(before)
    sim.beliefs.hear(np.zeros(5000, dtype=np.int64), people, through, np.zeros(5000))
    sim.beliefs.step()
    assert sim.beliefs.risk[0, 0, crossing] < 0.6 * before


@pytest.mark.parametrize(("lever", "value"), [("coast_control", 0.9), ("craft_supply", 0.1)])
def test_hiring_does_not_make_up_for_a_denied_coast_or_missing_craft(lever: str, value: float) -> None:
    """Exact: demand for which capacity is as organisations aim at stays so when a tenth of it can be used."""

    def grown(measures: Policy) -> float:
        sim = Simulation(sea_world(), measures, parameters=parameters(**LIVELY | {"capacity_start": 20.0}))
        before = sim.market.capacity.sum()
        sim.market.step()
        sim.adaptation.follow_demand()
        return float(sim.market.capacity.sum() / before)

    assert grown(policy(setting(lever, "set", value))) == pytest.approx(grown(policy()), rel=1e-6)


# --- ashore, held, sent back ------------------------------------------------------------------------------------------


def strait(**practice: float) -> Corridor:
    """Return a shore that a guard of the near side watches, beyond which people arrive at an island on their way."""
    guard = agency(side="partner", patrol_units=0, **{"detain": 0.0, "release": 1.0} | practice)
    places = [place("home", "home"), place("shore"), place("island"), place("mainland", "destination")]
    legs = [
        leg("home", "shore"),
        leg("shore", "island", agency="guard", crossing=True, fee_usd=100),
        leg("island", "mainland"),
    ]
    return corridor(places, legs, agencies=[guard])


def on_strait(*measures: object, **values: float) -> Simulation:
    """Return a run to the end over the strait."""
    sim = Simulation(strait(), policy(*measures), seed=7, parameters=parameters(**LIVELY | values))  # type: ignore[arg-type]
    sim.run()
    return sim


def test_control_ashore_stops_a_share_of_tries_by_staff_per_km() -> None:
    """Statistical: with a hazard of ln 4 for each officer and km, one in four tries starts; all who try are counted."""
    officers = setting("control_ashore", "set", 1.0, "shore-island")
    ds = on_strait(officers, ashore_per_officer=np.log(4)).dataset()
    stopped, tried = (float(ds[name].sel(leg="shore-island").sum()) for name in ("stopped_ashore", "attempts"))
    total = stopped + tried
    assert total > 1000 and ds["interceptions"].sum() == 0
    assert stopped / total == pytest.approx(0.75, abs=4 * np.sqrt(0.75 * 0.25 / total))


def test_who_is_stopped_ashore_loses_money_and_may_be_detained() -> None:
    """People who did not reckon with it, as nobody would try a shore from which none comes through."""
    officers, blind = setting("control_ashore", "set", 1e6, "shore-island"), {"interception_foresight": 0.0}
    free = on_strait(officers, ashore_loss=0.0, **blind).dataset()
    assert free["attempts"].sel(leg="shore-island").sum() == 0 and free["stopped_ashore"].sum() > 0
    assert free["detained_by_group"].sum() == 0
    held = Simulation(
        strait(detain=1.0, release=0.0, detention_days=14.0), policy(officers), parameters=parameters(**LIVELY | blind)
    )
    ds = held.run()
    assert ds["detained_by_group"].sum() == ds["stopped_ashore"].sum()
    assert abs(held.ledger.relative_error()) < 1e-9


def test_without_officers_ashore_nothing_changes() -> None:
    """Exact: the mechanism off, and none of its levers set, is the same run to the bit."""
    officers = setting("control_ashore", "set", 3.0, "shore-island")
    off = Simulation(
        strait(), policy(officers), seed=3, parameters=parameters(**LIVELY), without=["control_ashore"]
    ).run()
    plain = Simulation(strait(), seed=3, parameters=parameters(**LIVELY)).run()
    for name in ("attempts", "passages", "stock", "stopped_ashore"):
        np.testing.assert_array_equal(off[name], plain[name])


def test_people_are_held_for_the_days_of_the_lever_before_they_go_on() -> None:
    """Statistical: by Little's law, those held at the end are arrivals a day times the days held."""
    days = 42.0
    sim = on_strait(setting("held_days", "set", days, "island"), departure_rate=0.5, decision_rate=1e4)
    population = sim.population
    here = (population.place == sim.corridor.places.index["island"]) & (population.status == Status.QUEUED)
    held = np.count_nonzero(here & (population.state == State.WAITING))
    lately = sim.dataset()["held_on_arrival"].sel(place="island").values[-26:].sum() / 26 / 7
    expected = lately * days
    assert expected > 30 and held == pytest.approx(expected, abs=4 * np.sqrt(expected) + 0.15 * expected)


def test_a_share_of_those_held_is_sent_back_and_tries_again() -> None:
    """Statistical: four in ten are sent back, whatever the stay; they come again, or wait where the leg began."""
    measures = setting("held_days", "set", 10.0, "island"), setting("readmitted", "set", 0.4, "island")
    ds = on_strait(*measures).dataset()
    back, came = float(ds["readmissions"].sum()), float(ds["held_on_arrival"].sum())
    n = came
    assert came > 800 and ds["passages"].sel(leg="island-mainland").sum() > 0
    assert back / came == pytest.approx(0.4, abs=4 * np.sqrt(0.24 / n) + 0.02)


@pytest.mark.parametrize(
    "measure",
    [
        setting("control_ashore", "set", 10.0, "shore-island"),
        setting("held_days", "set", 365.0, "island"),
        setting("readmitted", "set", 0.9, "island"),
    ],
)
def test_people_reckon_with_what_they_know_of_controls(measure: object) -> None:
    """Exact: where nobody has been stopped or held yet, what is known lowers what the leg is worth."""
    given = parameters(**LIVELY)
    sim = Simulation(strait(), policy(measure), parameters=given)  # type: ignore[arg-type]
    ahead, plain = sim.controls.ahead(), Simulation(strait(), parameters=given).controls.ahead()
    leg_number = sim.corridor.legs.index["shore-island"]
    worse = [a[leg_number] > b[leg_number] for a, b in zip(ahead[:5], plain[:5], strict=True)]
    assert any(worse)
    other = sim.corridor.legs.index["home-shore"]
    assert all(a[other] == b[other] for a, b in zip(ahead, plain, strict=True))


def test_news_of_controls_takes_the_time_of_news() -> None:
    sim = Simulation(
        strait(),
        policy(setting("control_ashore", "set", 1.0, "shore-island", start=START + dt.timedelta(days=7))),
        parameters=parameters(**LIVELY | {"news_delay": 4.0}),
    )
    leg_number = sim.corridor.legs.index["shore-island"]
    sim.step()
    assert sim.controls.ahead().stopped_ashore[leg_number] == 0
    sim.step()
    known, fact = sim.controls.ahead().stopped_ashore[leg_number], sim.controls.ashore[leg_number]
    assert fact > 0 and known == pytest.approx(fact * (1 - np.exp(-1 / 4)))


# --- a denied coast ---------------------------------------------------------------------------------------------------


def test_a_denied_coast_lets_fewer_leave_and_does_not_crowd_boats() -> None:
    """Run: attempts fall with the share denied, by half and more at 0.6, and loads do not rise by it."""
    attempts, deaths, loads = [], [], []
    for share in (0.0, 0.3, 0.6, 0.9):
        sim = Simulation(
            sea_world(), policy(setting("coast_control", "set", share, "coast-abroad")), seed=5,
            parameters=parameters(**LIVELY | {"capacity_start": 5.0, "departure_rate": 0.5, "capacity_decay": 0.05}),
        )  # fmt: skip
        ds = sim.run()
        attempts.append(float(ds["attempts"].sel(leg="coast-abroad")[26:].sum()))
        deaths.append(float(ds["deaths"].sel(leg="coast-abroad")[26:].sum()))
        loads.append(float(ds["load"].sel(leg="coast-abroad")[26:].mean()))
    assert attempts == sorted(attempts, reverse=True) and attempts[2] < 0.5 * attempts[0]
    assert deaths[1] < 1.2 * deaths[0] and deaths[2] < 0.7 * deaths[0] and max(loads) <= loads[0] + 0.05


def test_craft_supply_leaves_flights_and_land_alone() -> None:
    """Exact."""
    places = [place("home", "home"), place("abroad", "destination")]
    modes = ("land", "desert", "sea", "air")
    legs = [leg("home", "abroad", leg=mode, mode=mode, market=True, fee_usd=100) for mode in modes]
    sim = Simulation(corridor(places, legs), policy(setting("craft_supply", "set", 0.3)))
    assert sim.market.seats.craft() == pytest.approx([1.0, 0.3, 0.3, 1.0])
