"""Return with help of people without status: who goes, how many, and what becomes of them. Everything is exact."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from corridor.model.policies import Setting
from corridor.model.simulation import Simulation
from corridor.model.states import State, Status
from tests.worlds import LIVELY, digest, parameters, policy, run, sea_world, setting, total

STAYS = {"return_rate": 0.0, "return_rate_regular": 0.0, "removal_rate": 0.0, "remigration_rate": 26.0}
OFTEN = LIVELY | STAYS | {"assisted_return_uptake": 10.0, "reintegration_success": 1.0, "reintegration_effect": 0.0}


def offer(places: float) -> Setting:
    return setting("assisted_return", "set", places)


def settled(sim: Simulation) -> NDArray[np.bool_]:
    """Return who lives somewhere without status and in no need of protection."""
    people = sim.population
    return (people.state == State.SETTLED) & (people.status != Status.REGULAR) & ~people.protection_need


@pytest.mark.parametrize("offered", [1e-3, 1e15])
def test_few_places_are_all_taken_up_and_of_many_a_share_of_those_eligible_takes_one(offered: float) -> None:
    sim = Simulation(sea_world(agents=800, days=728), policy(offer(offered)), seed=1, parameters=parameters(**LIVELY))
    while sim.running:
        sim.step()
    places = len(sim.corridor.places)
    may = np.bincount(sim.population.place[settled(sim)], minlength=places) * sim.population.persons_per_agent
    rate, lived_in = sim.settlement._help(), may > 0
    assert lived_in.any() and not rate[~lived_in].any()
    uptake = sim.parameters.assisted_return_uptake
    np.testing.assert_allclose(rate[lived_in], np.minimum(offered / may[lived_in], uptake), rtol=1e-4)


def test_who_is_helped_is_without_status_and_no_refugee_and_does_not_set_out_again() -> None:
    sim = Simulation(sea_world(agents=800, days=1456), policy(offer(1e12)), seed=1, parameters=parameters(**OFTEN))
    people, helped = sim.population, np.zeros(sim.population.n, dtype=np.bool_)
    while sim.running:
        before = settled(sim)
        lived = people.state == State.SETTLED
        sim.step()
        back = lived & (people.state == State.RETURNED)
        assert np.all(before[back]), "nobody else returns"
        assert not np.any(helped & ~np.isin(people.state, (State.RETURNED, State.DEAD, State.EXPLOITED)))
        helped |= back
    assert helped.any() and np.all(people.reintegrated[helped & (people.state == State.RETURNED)])
    assert total(sim.dataset(), "assisted_returns") == people.total(np.flatnonzero(helped))


@pytest.mark.parametrize("off", [{"without": ["assisted_returns"]}, {"parameters": {"assisted_return_uptake": 0.0}}])
def test_without_it_or_without_anybody_who_wants_it_nothing_differs_to_the_bit(off: dict[str, Any]) -> None:
    values = parameters(**LIVELY | off.get("parameters", {}))
    runs = [run(sea_world(), *given, parameters=values, without=off.get("without", [])) for given in ([], [offer(1e6)])]
    assert digest(runs[0]) == digest(runs[1])


def test_returns_with_help_are_paid_for() -> None:
    price = {"assisted_return_cost": 1e6}
    free, paid = (
        run(sea_world(), offer(1e12), parameters=parameters(**OFTEN | more))
        for more in (price | {"assisted_return_cost": 0.0}, price)
    )
    assert total(paid, "assisted_returns") == total(free, "assisted_returns") > 0
    assert total(paid, "cost_usd") - total(free, "cost_usd") == pytest.approx(1e6 * total(paid, "assisted_returns"))
