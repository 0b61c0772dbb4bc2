"""Who cannot go on: people turn back to where they may live; who has settled is slower to go (ODD eq. 41a, 41b)."""

from __future__ import annotations

import numpy as np
import pytest

from corridor.model.corridor import Corridor
from corridor.model.simulation import Simulation
from corridor.model.states import State
from corridor.scenarios import load
from tests.worlds import CALM, corridor, leg, parameters, place

STRANDED = {**CALM, "departure_rate": 0.0, "fade_rate": 20.0, "savings_years": 0.1, "family_credit_years": 0.0}


def stranded() -> Corridor:
    """Return a world where people come by way of a host to a hub where nobody lives, and where the way on is dear."""
    places = [place("home", "home"), place("host"), place("junction"), place("abroad", "destination")]
    legs = [
        leg("home", "host", market=False, fee_usd=0), leg("host", "junction", market=False, fee_usd=0),
        leg("junction", "abroad", market=False, fee_usd=90_000),
    ]  # fmt: skip
    return corridor(places, legs, income_usd={"host": 500.0}, days=2 * 365)


def test_the_refuge_is_the_last_place_on_the_way_where_people_may_live() -> None:
    world = stranded()
    index = world.places.index
    (refuge,) = world.refuge
    assert refuge[index["junction"]] == index["host"]
    assert {int(refuge[index[name]]) for name in ("home", "host", "abroad")} == {-1}


def test_nobody_turns_back_by_air_or_into_their_own_country() -> None:
    world = load("mediterranean")
    places = world.places
    country = places.column("country")
    syrians = world.refuge[world.communities.index["SYR"]]
    assert country[syrians[places.index["bihac"]]] == "GRC", "not by the flight from Tunis to Belgrade, turned round"
    assert country[syrians[places.index["evros"]]] == "GRC", "who is in a country where one may live does not leave it"
    for home, refuge in zip(world.home, world.refuge, strict=True):
        assert np.all(refuge[country == country[home]] == -1)


@pytest.mark.parametrize(
    ("in_need", "where", "state"), [(True, "host", State.SETTLED), (False, "home", State.RETURNED)]
)
def test_who_can_pay_for_no_way_on_turns_back_or_goes_home(in_need: bool, where: str, state: State) -> None:
    """Nobody waits at a junction for good: those in need of protection live where they came through, others at home."""
    world = stranded()
    sim = Simulation(world, agents=400, parameters=parameters(**STRANDED))
    people, junction = sim.population, world.places.index["junction"]
    waiting = np.arange(100)
    people.protection_need[:] = in_need
    people.savings_usd[:], people.ties[:], people.creditworthy[:] = 0.0, False, False
    people.place[waiting] = junction
    people.move(waiting, State.WAITING)
    for _ in range(52):
        sim.step()
    assert set(people.place[waiting].tolist()) == {world.places.index[where]}
    assert set(people.state[waiting].tolist()) == {int(state)}
    turned = float(sim.dataset()["turned_back"].sum())
    assert turned == (100 * people.persons_per_agent if in_need else 0)
