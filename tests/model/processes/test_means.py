"""Income and means: what changes at home, or where people are, and with it what they can pay (ODD eq. 7a, 7b, 28).

Exact, but where an error rate is named.
"""

from __future__ import annotations

import numpy as np
import pytest

from corridor.model.policies import Policy
from corridor.model.rows import DriverValue
from corridor.model.simulation import Simulation
from corridor.model.states import State
from corridor.scenarios.catalogue import load_shock
from corridor.scenarios.contested import parameters_of
from tests.worlds import CALM, START, corridor, leg, parameters, place, policy, setting, total

LEAVING = {**CALM, "departure_rate": 0.5, "fade_rate": 0.0, "decision_rate": 0.0}
"""Many begin to prepare, nobody decides."""


def home_world(**more: object) -> Simulation:
    """Return a simulation of a home and a place abroad, before its first step."""
    world = corridor([place("home", "home"), place("abroad", "destination")], [leg("home", "abroad")], days=5 * 365)
    changes = more.pop("changes", ())
    return Simulation(world, policy(*changes), parameters=parameters(**{**LEAVING, **more}))  # type: ignore[misc]


def test_means_at_home_are_those_of_the_start_while_nothing_changes() -> None:
    sim = home_world()
    start = sim.population.savings_usd.copy()
    sim.step()
    np.testing.assert_array_equal(sim.drivers.means_ratio(), [1.0])
    np.testing.assert_array_equal(sim.population.savings_usd, start)


@pytest.mark.parametrize(
    ("change", "ratio"),
    [
        (setting("income", "multiply", 0.8), 0.8),
        (setting("livelihood", "add", 0.25), 1.25),
        (setting("climate", "add", 2.0), np.exp(-0.2)),
        (setting("climate", "add", -2.0), 1.0),
    ],
    ids=["recession", "livelihoods", "drought", "adaptation without stress"],
)
def test_savings_of_those_who_begin_to_prepare_did_not_follow_income(change: object, ratio: float) -> None:
    sim = home_world(changes=[change], climate_income=0.1)
    start = sim.population.savings_usd.copy()
    sim.step()
    prepare = (sim.population.state == State.PREPARING) & (start > 0)
    at_home = sim.population.state == State.HOME
    assert prepare.any() and at_home.any()
    np.testing.assert_allclose(sim.drivers.means_ratio(), [ratio])
    np.testing.assert_allclose(sim.population.savings_usd[prepare], ratio * start[prepare])
    np.testing.assert_array_equal(sim.population.savings_usd[at_home], start[at_home])
    assert sim.ledger.relative_error() < 1e-9


def test_those_who_give_up_the_idea_were_paid_for_a_change_of_income_twice() -> None:
    """A family that fades and begins anew has what it had, no more, whatever income at home did."""
    sim = home_world(changes=[setting("income", "multiply", 0.5)], fade_rate=50.0, departure_rate=50.0, saving_rate=0.0)
    start = sim.population.savings_usd.copy()
    for _ in range(60):
        sim.step()
    prepare = sim.population.state == State.PREPARING
    assert np.all(np.isin(sim.population.state, (State.HOME, State.PREPARING))) and prepare.any()
    np.testing.assert_allclose(sim.population.savings_usd[prepare], 0.5 * start[prepare])
    np.testing.assert_allclose(sim.population.savings_usd[~prepare], start[~prepare])


def test_adaptation_takes_away_stress_that_there_is() -> None:
    both = [setting("climate", "add", 2.0), setting("climate", "add", -0.5)]
    sim = home_world(changes=both, climate_income=0.1)
    np.testing.assert_allclose(sim.drivers.means_ratio(), [np.exp(-0.15)])


def test_stress_of_the_series_is_not_counted_twice() -> None:
    """Observed income has the observed stress in it already."""
    stress = DriverValue(entity="people", variable="climate_stress", date=START, value=1.5)
    world = corridor(
        [place("home", "home"), place("abroad", "destination")], [leg("home", "abroad")], series=[stress], days=365
    )
    np.testing.assert_array_equal(Simulation(world).drivers.means_ratio(), [1.0])
    drier = Simulation(world, policy(setting("climate", "add", 1.0)), parameters=parameters(climate_income=0.1))
    np.testing.assert_allclose(drier.drivers.means_ratio(), [np.exp(-0.1)])


def test_without_climate_a_drought_costs_nothing() -> None:
    world = corridor([place("home", "home"), place("abroad", "destination")], [leg("home", "abroad")])
    dry = Simulation(world, load_shock("drought", amount=2, start=world.start), without=["climate"])
    np.testing.assert_array_equal(dry.drivers.means_ratio(), [1.0])


def test_income_support_is_no_fall_of_what_people_earn() -> None:
    """Its effect on the wish to leave is `livelihood_effect` alone, which a reading of the evidence may set to 0."""
    sim = home_world(changes=[setting("livelihood", "add", 0.3)])
    np.testing.assert_allclose(sim.drivers.income_fall, [0.0], atol=1e-12)
    np.testing.assert_allclose(sim.drivers.income_usd, [2600.0])


def test_the_reading_development_hump_changed_nothing_for_income_support() -> None:
    """Where means hold people back and the wish does not answer, support lets more people leave."""
    way = leg("home", "abroad", market=False, fee_usd=1500)
    world = corridor([place("home", "home"), place("abroad", "destination")], [way])
    reading = parameters_of(["development_hump"])
    values = parameters(**{**CALM, **reading, "departure_rate": 0.3, "home_foresight": 0.0})
    left = []
    for support in (Policy(), policy(setting("livelihood", "add", 0.3))):
        left.append(total(Simulation(world, support, agents=4000, parameters=values).run(), "departures"))
    # Paired by common random numbers: the same people, thresholds and choices.
    assert left[1] > left[0]
