"""How controls deter: what people reckon with who may be stopped or must wait, and what hiring cannot make up for."""

from __future__ import annotations

import numpy as np
import pytest

from model import Simulation
from model.corridor import Corridor
from model.simulation import Policy
from tests.worlds import LIVELY, agency, corridor, leg, parameters, place, policy, sea_world, setting

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
    home, abroad = (sim.choice.value[1, sim.corridor.places.index[name]] for name in ("home", "abroad"))
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
    lost = {"waiting_utility": -0.1, "detained_return_share": 0.0}
    difference = value_at_home(held, **lost)[0] - value_at_home(free, **lost)[0]
    assert difference == pytest.approx(-RISK * 10 * 0.1, abs=1e-3)


def waits(*changes: object, **values: float) -> np.ndarray:
    """Return weeks of waiting for each leg of the sea world at its start."""
    sim = Simulation(sea_world(), policy(*changes), parameters=parameters(**LIVELY | values))  # type: ignore[arg-type]
    return sim.departure.wait_weeks()


def test_a_quarter_of_the_mobility_is_four_times_the_wait() -> None:
    free, held = waits(decision_rate=20.0), waits(setting("mobility", "set", 0.25), decision_rate=20.0)
    assert free == pytest.approx(52.18 / 20, rel=1e-3)
    assert held == pytest.approx(4 * free)


def test_a_queue_of_four_loads_is_four_times_the_wait_on_sold_legs_only() -> None:
    sim = Simulation(sea_world(), parameters=parameters(**LIVELY, max_load=2.0))
    before = sim.departure.wait_weeks()
    sim.market.scarcity[:] = 8.0
    assert sim.departure.wait_weeks() / before == pytest.approx(np.where(sim.market.is_market, 4.0, 1.0))


def test_who_is_waved_through_brings_no_news_of_controls() -> None:
    """Exact: many journeys without any control leave beliefs about controls where they were."""
    sim = Simulation(sea_world(), parameters=parameters(**LIVELY, advertising_bias=0.0, news_delay=1e-3))
    crossing = sim.corridor.legs.index["coast-abroad"]
    people, through = np.full(5000, crossing), np.zeros(5000, dtype=np.int64)
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
        sim.adaptation._adapt_capacity()
        return float(sim.market.capacity.sum() / before)

    assert grown(policy(setting(lever, "set", value))) == pytest.approx(grown(policy()), rel=1e-6)
