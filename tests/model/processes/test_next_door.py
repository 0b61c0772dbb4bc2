"""Living next door: the hope of a return, origins that go on little, and islands where nobody may live. All exact."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from corridor.model.corridor import Corridor
from corridor.model.levers import Change
from corridor.model.rows import HistoricalEvent
from corridor.model.simulation import Simulation
from corridor.model.tables import Table
from corridor.scenarios.posterior import settle
from tests.worlds import CALM, START, corridor, leg, parameters, place

WEIGHED = {**CALM, "home_foresight": 1.0, "departure_rate": 0.001, "nest": 0.7, "foresight": 1.0, "return_utility": 0.0}
"""People at home leave seldom, and more if it is worth more."""


def world(*, war: float = 0.0, way_on: float = 1.0) -> Corridor:
    """Return a home at war, a host next door, and a destination beyond it, as far as the way on is open."""
    places = [place("home", "home"), place("host"), place("abroad", "destination")]
    legs = [leg("home", "host"), leg("host", "abroad", crossing=True)]
    state = (
        Change(lever="conflict", target="people", set=war, evidence="none"),
        Change(lever="leg_open", target="host-abroad", set=way_on, evidence="none"),
    )  # fmt: skip
    outbreak = HistoricalEvent(event="war", name="War", date=START, source="none", changes=state)
    return corridor(places, legs, income_usd={"host": 4000.0}, events=[outbreak], days=5 * 364)


@pytest.mark.parametrize(("war", "years"), [(1.0, 2.0), (0.5, 1.0)])
def test_hope_fades_with_the_years_of_a_war(war: float, years: float) -> None:
    sim = Simulation(world(war=war), agents=50, parameters=parameters(**CALM, return_years=years))
    hope = []
    for _ in range(200):
        sim.step()
        hope.append(float(sim.drivers.hope_of_return[0]))
    elapsed = np.arange(1, 201) * sim.calendar.years
    np.testing.assert_allclose(hope, np.exp(-war * elapsed / years), rtol=1e-9)


def test_without_a_war_or_without_hope_nothing_keeps_people_next_door() -> None:
    def going(war: float, **switches: Any) -> float:
        sim = Simulation(world(war=war), agents=50, parameters=parameters(**CALM), **switches)
        sim.step()
        return float(sim.choice.values.going[0, 1])

    peace, hopeless = going(0.0), going(1.0, without=["hope_of_return"])
    assert hopeless == peace
    assert going(1.0) < peace


def test_who_may_not_live_next_door_gave_up_for_hope_of_a_return() -> None:
    """Exact: nothing attaches people to places where they cannot live, whose income no table has."""
    places = [place("home", "home"), place("host"), place("coast", country="XCO"), place("abroad", "destination")]
    legs = [leg("home", "host"), leg("host", "coast"), leg("coast", "abroad", crossing=True)]
    war = Change(lever="conflict", target="people", set=1.0, evidence="none")
    outbreak = HistoricalEvent(event="war", name="War", date=START, source="none", changes=(war,))
    sim = Simulation(
        corridor(places, legs, income_usd={"host": 4000.0}, events=[outbreak]), agents=50, parameters=parameters(**CALM)
    )
    sim.step()
    prospects = sim.choice.prospects()
    assert prospects.living[0, 2] == prospects.unattached[0, 2] == sim.parameters.give_up_utility
    hope = sim.parameters.return_utility * sim.drivers.hope_of_return[0]
    assert prospects.living[0, 1] == pytest.approx(prospects.unattached[0, 1] + hope)
    assert hope > 1


def hazard(corridor: Corridor, **values: float) -> float:
    sim = Simulation(corridor, agents=50, parameters=parameters(**(WEIGHED | values)))
    sim.step()
    return float(sim.aspiration.hazard_per_year[0, 1])


def test_origins_with_a_small_effect_left_as_much_as_others() -> None:
    """Where all who leave live next door, the effect of an origin multiplies departures; it had moved none."""
    whole = world(way_on=0.0)
    tenth = whole.with_origin_effects({"people": 0.1})
    assert hazard(tenth) == pytest.approx(0.1 * hazard(whole), rel=1e-3)


def test_going_on_little_made_leaving_home_worth_more() -> None:
    whole = world(way_on=0.0)
    slow = [row.model_copy(update={"onward_factor": 0.1}) for row in whole.communities]
    stays = dataclasses.replace(whole, communities=Table("communities.csv", slow, "community"))
    assert hazard(stays) == pytest.approx(hazard(whole), rel=1e-9)


def test_latent_departures_are_of_people_who_go_on() -> None:
    """Where all who leave live next door, the series of a reanalysis moves nobody; where all go on, it multiplies."""
    twice = {f"latent_departures.people.{START:%Y-%m-%d}": np.log(2.0)}
    shut, near = (
        world(way_on=0.0),
        corridor([place("home", "home"), place("abroad", "destination")], [leg("home", "abroad")]),
    )
    assert hazard(settle(shut, twice)[0]) == pytest.approx(hazard(shut), rel=1e-2)
    assert hazard(settle(near, twice)[0]) == pytest.approx(2 * hazard(near), rel=1e-2)


def arrival(mainland: str) -> float:
    """Return the value of being on an island where nobody may live, by the country of a mainland where people may."""
    places = [
        place("home", "home"), place("island", country="XGR"), place("mainland", country=mainland, grant_rate=0.3),
        place("abroad", "destination"),
    ]  # fmt: skip
    legs = [
        leg("home", "island", crossing=True), leg("island", "mainland"),
        leg("mainland", "abroad", fee_usd=90_000),
    ]  # fmt: skip
    sim = Simulation(
        corridor(places, legs, income_usd={"mainland": 9000.0}), agents=50, parameters=parameters(**CALM),
    )  # fmt: skip
    sim.step()
    return float(sim.choice.values.value[4, 1])


def test_who_landed_on_an_island_could_not_value_living_on_the_mainland() -> None:
    """Nobody may live on the island: whether the mainland is of the same country changes nothing."""
    assert arrival("XGR") == pytest.approx(arrival("XML"), rel=1e-9)
    assert arrival("XGR") > 0


def test_hope_next_door_is_no_reason_to_stay_at_home() -> None:
    """A small war sends away as many whether or not they hope to return, also where most of them go on."""
    small = world(war=0.1)
    assert hazard(small, return_utility=2.0) == pytest.approx(hazard(small), rel=0.02)
