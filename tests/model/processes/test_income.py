"""What people earn where they are (ODD eq. 28, 28a and 28b). Exact."""

from __future__ import annotations

import numpy as np
import pytest

from corridor.model.simulation import Simulation
from corridor.model.states import State, Status
from tests.worlds import community, corridor, leg, parameters, place, policy, setting

PLACES = [
    place("home", "home", country="XAA"),
    place("inland", country="XAA"),
    place("capital", country="XBB"),
    place("coast", country="XBB"),
    place("unknown", country="XCC"),
    place("neighbour", "home", country="XDD"),
    place("abroad", "destination", country="XEE"),
]
LEGS = [leg("home", "coast", market=False, fee_usd=0), leg("coast", "abroad", market=False, fee_usd=0)]
INCOMES = {"capital": 8000.0, "neighbours": 3000.0}


def sim_of(*changes: object, **more: float) -> Simulation:
    """Return a simulation before its first step; income at home is 2,000 USD, abroad 20,000."""
    people = [community(), community("neighbours", "neighbour")]
    world = corridor(PLACES, LEGS, people, income_usd=INCOMES)
    return Simulation(world, policy(*changes), agents=200, parameters=parameters(waiting_income=0.25, **more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("where", "without_status", "with_status"),
    [
        ("home", 2000.0, 2000.0),
        ("inland", 2000.0, 2000.0),
        ("capital", 2000.0, 8000.0),
        ("coast", 2000.0, 8000.0),
        ("neighbour", 750.0, 3000.0),
        ("unknown", 500.0, 2000.0),
        ("abroad", 5000.0, 20000.0),
    ],
)
def test_people_on_the_way_earned_a_share_of_income_at_home(
    where: str, without_status: float, with_status: float
) -> None:
    """A hub without a series takes its country's; a country without any, income at home; nationals earn in full."""
    sim = sim_of()
    here = sim.corridor.places.index[where]
    np.testing.assert_allclose(sim.drivers.wage_usd[:, 0, here], [without_status, with_status])


def test_a_recession_at_home_lowered_what_people_earned_abroad() -> None:
    sim = sim_of(setting("income", "multiply", 0.5))
    coast, home = (sim.corridor.places.index[name] for name in ("coast", "home"))
    np.testing.assert_allclose(sim.drivers.wage_usd[0, 0, [coast, home]], [2000.0, 1000.0])
    boom = sim_of(setting("destination_income", "multiply", 2.0, "coast"))
    np.testing.assert_allclose(boom.drivers.wage_usd[0, 0, coast], 4000.0)


def test_those_who_wait_save_from_what_they_earn_there() -> None:
    """After a year without a decision, then one: the schooled and all members of a family earn."""
    sim = sim_of(saving_rate=0.3, schooling_income=1.2, departure_rate=0.0, home_decisions=0.0, decision_rate=1e9)
    people = sim.population
    alone = np.flatnonzero((people.community == 0) & (people.size == 1) & (people.head == np.arange(people.n)))[:20]
    people.place[alone] = sim.corridor.places.index["coast"]
    people.status[alone[:10]] = Status.REGULAR
    people.move(alone, State.WAITING)
    sim.now = 26
    before, paid = people.savings_usd[alone].copy(), sim.ledger.spent["travel"]
    people.accrued[alone] = 0
    sim.hazards.update()
    sim.hazards.draw(people, sim.clock)
    sim.departure.step()
    income = np.where(np.arange(20) < 10, 8000.0, 2000.0) * np.where(people.schooling[alone], 1.2, 1.0)
    years = 26 * sim.calendar.years
    np.testing.assert_allclose(people.savings_usd[alone] - before, 0.3 * income * years)
    assert sim.ledger.spent["travel"] == paid


def test_people_who_lived_at_a_hub_without_a_series_earned_nothing() -> None:
    """They earn what is earned in their country of transit, and pay debts; where nothing is known, nobody lives."""
    sim = sim_of(repayment_share=0.15, irregular_income=0.5)
    people, who = sim.population, np.arange(20)
    people.place[who] = sim.corridor.places.index["coast"]
    people.debt_usd[who] = 1e5
    people.status[who[:10]] = Status.REGULAR
    people.move(who, State.SETTLED)
    sim.now = 26
    sim.settlement.repay(who)
    income = np.where(who < 10, 8000.0, 4000.0)
    np.testing.assert_allclose(1e5 - people.debt_usd[who], 0.15 * income * 26 * sim.calendar.years)
    at = sim.corridor.places.index
    assert sim.drivers.place_income_usd[[at["unknown"], at["inland"]]].tolist() == [0.0, 0.0]
    assert sim.drivers.place_income_at_start()[at["coast"]] == 8000.0


def test_people_who_lived_abroad_for_years_had_saved_nothing() -> None:
    """They save until they have as many years of income as families at home have at the median, and no more."""
    sim = sim_of(saving_rate=0.3, savings_years=0.8, irregular_income=0.5, schooling_income=1.0)
    people, place_there = sim.population, sim.corridor.places.index["capital"]
    settled = np.flatnonzero(people.head == np.arange(people.n))[:3]
    people.place[settled], people.savings_usd[settled] = place_there, 0.0
    people.status[settled] = [Status.IRREGULAR, Status.REGULAR, Status.REGULAR]
    people.move(settled, State.SETTLED)
    people.accrued[settled] = [0, 0, -1000]
    sim.now = 26
    sim.settlement._save(settled)
    half = 26 * sim.calendar.years
    np.testing.assert_allclose(people.savings_usd[settled], [0.3 * 4000 * half, 0.3 * 8000 * half, 0.8 * 8000])
    assert np.all(people.accrued[settled] == 26)
