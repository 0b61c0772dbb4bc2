"""People who live abroad when the run begins (ODD section 5). Exact, but where an error rate is named."""

from __future__ import annotations

import dataclasses
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corridor.model.corridor import Corridor
from corridor.model.errors import InvalidInput
from corridor.model.rows import Stock, Tie
from corridor.model.simulation import Simulation
from corridor.model.states import State, Status
from corridor.model.tables import Table
from corridor.scenarios import load
from corridor.scenarios.check import check
from tests.worlds import ALPHA, CALM, START, corridor, leg, parameters, place

PLACES = [place("home", "home"), place("hub"), place("abroad", "destination")]
LEGS = [leg("home", "hub", market=False, fee_usd=0), leg("hub", "abroad", market=False, fee_usd=0)]
RESTLESS = {**CALM, "departure_rate": 0.0, "reconsider_rate": 50.0, "roots_utility": 3.5}
"""Nobody leaves home; those who live on the way think again all the time."""


def world(*stocks: Stock, **more: Any) -> Corridor:
    """Return a corridor with a home, a hub of known income and a destination."""
    base = corridor(PLACES, LEGS, income_usd={"hub": 8000.0}, **more)
    return dataclasses.replace(base, stocks=Table("stocks.csv", stocks))


def stock(**more: Any) -> Stock:
    """Return four hundred people at the hub, two in five of the community."""
    return Stock(**{"community": "people", "place": "hub", "persons": 400} | more)


def test_the_run_began_with_everybody_at_home() -> None:
    sim = Simulation(world(stock()), agents=2000)
    people = sim.population
    abroad = people.state == State.SETTLED
    assert abroad.sum() == 800 and people.n == 2000 and people.counts.sum() == 2000
    assert people.counts[State.SETTLED].sum() == 800
    assert np.all(people.place[abroad] == 1) and np.all(people.place[~abroad] == 0)
    assert np.all(people.state[~abroad] == State.HOME)
    ds = sim.run()
    assert ds["stock"].sel(state="settled").isel(time=0).sum() > 0
    assert float(ds.attrs["persons_error"]) == 0 and abs(sim.ledger.relative_error()) < 1e-9


def test_without_stocks_everybody_is_at_home() -> None:
    people = Simulation(world(stock()), agents=500, without=["stocks"]).population
    assert np.all(people.state == State.HOME) and np.all(people.place == 0)


def test_nobody_abroad_belongs_to_a_family_at_home() -> None:
    people = Simulation(world(stock()), agents=2000).population
    abroad = np.flatnonzero(people.state == State.SETTLED)
    followers = np.flatnonzero(people.head != np.arange(people.n))
    assert followers.size and not np.isin(followers, abroad).any() and not np.isin(people.head[followers], abroad).any()
    assert np.all(people.size[abroad] == 1) and not people.alone[abroad].any()
    assert np.all(np.isinf(people.threshold[abroad]))


@pytest.mark.statistical
def test_status_and_need_follow_the_shares_of_the_table() -> None:
    """Normal bound on a binomial share, error rate ALPHA each (3.9 standard errors)."""
    people = Simulation(world(stock(regular_share=0.3, refugee_share=0.6)), agents=20_000).population
    abroad = people.state == State.SETTLED
    error = 3.9 * np.sqrt(0.25 / abroad.sum())
    assert ALPHA == 1e-4
    assert np.mean(people.status[abroad] == Status.REGULAR) == pytest.approx(0.3, abs=error)
    assert np.mean(people.protection_need[abroad]) == pytest.approx(0.6, abs=error)
    assert not people.protection_need[~abroad].any()


@pytest.mark.statistical
def test_savings_abroad_come_from_earnings_there() -> None:
    """Long-settled people have `savings_years` of what they earn, newcomers none; medians, error rate below ALPHA."""
    values = parameters(savings_years=0.8, irregular_income=0.5, schooling_income=1.0, savings_spread=0.5)
    for years, median in ((1e6, 0.8 * 0.5 * 8000), (0.0, 0.0)):
        people = Simulation(world(stock(years=years)), agents=20_000, parameters=values).population
        savings = people.savings_usd[people.state == State.SETTLED]
        # The standard error of a median of 8,000 lognormal values is below 0.8 %; 4 of them.
        assert np.median(savings) == pytest.approx(median, rel=0.04)


def test_compatriots_were_counted_twice() -> None:
    """The table of ties counts those who are there at the start; later ones come on top, who leaves is missed."""
    ties = [Tie(community="people", destination="hub", date=START, stock=5000)]
    sim = Simulation(world(stock(), ties=ties), agents=2000)
    assert sim.drivers.compatriots[0, 1] == 5000
    people, weight = sim.population, sim.population.persons_per_agent
    gone = np.flatnonzero(people.state == State.SETTLED)[:100]
    people.move(gone, State.WAITING)
    sim.drivers._count_compatriots()
    assert sim.drivers.compatriots[0, 1] == pytest.approx(5000 - 100 * weight)
    without = Simulation(world(stock()), agents=2000)
    assert without.drivers.compatriots[0, 1] == pytest.approx(400)


def test_how_long_people_have_been_abroad_changes_nobodys_luck() -> None:
    one, two = (Simulation(world(stock(years=years)), agents=500, seed=3).population for years in (1.0, 9.0))
    np.testing.assert_array_equal(one.state, two.state)
    np.testing.assert_array_equal(one.creditworthy, two.creditworthy)


def test_people_abroad_go_on_though_nobody_leaves_home() -> None:
    sim = Simulation(world(stock()), agents=500, parameters=parameters(**RESTLESS))
    ds = sim.run()
    assert float(ds["departures"].sum()) == 0
    arrived = sim.population.place[sim.population.state == State.SETTLED] == 2
    assert arrived.any()


def test_people_start_where_no_way_leads_from_home() -> None:
    """Afghans in Pakistan: no leg leads there, but legs lead on from there."""
    places = [*PLACES, place("far")]
    legs = [*LEGS, leg("far", "abroad", market=False, fee_usd=0)]
    base = corridor(places, legs, income_usd={"far": 1500.0})
    there = dataclasses.replace(base, stocks=Table("stocks.csv", [stock(place="far")]))
    sim = Simulation(there, agents=500, parameters=parameters(**RESTLESS))
    sim.run()
    people = sim.population
    assert np.any((people.state == State.SETTLED) & (people.place == 2))


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"place": "nowhere"}, ["place", "nowhere"]),
        ({"community": "nobody"}, ["community", "nobody"]),
        ({"place": "home"}, ["stocks.csv", "place", "home", "abroad"]),
        ({"persons": 4000}, ["stocks.csv", "persons", "4000", "potential_migrants", "1000"]),
    ],
)
def test_bad_stocks_are_one_sentence(row: dict[str, object], words: list[str]) -> None:
    with pytest.raises(InvalidInput) as error:
        world(stock(**row))
    assert all(word in str(error.value) for word in words)


def test_the_mediterranean_table_holds_no_more_than_the_pools() -> None:
    corridor = load("mediterranean")
    pools = {community.community: community.potential_migrants for community in corridor.communities}
    abroad: Counter[str] = Counter()
    for row in corridor.stocks:
        abroad[row.community] += row.persons
    named = {"tehran", "tripoli", "istanbul", "beirut", "algiers", "cairo", "khartoum", "agadez"}
    assert named <= {row.place for row in corridor.stocks}
    assert all(persons <= 0.8 * pools[community] for community, persons in abroad.items())


def test_check_says_what_a_table_of_stocks_may_not_mean(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    shutil.copytree("scenarios/tutorial", folder)
    before = check(folder)
    (folder / "stocks.csv").write_text("community,place,persons\nalman,port,10\n")
    (finding,) = set(check(folder)) - set(before)
    assert "stocks.csv, line 2" in finding and "ties.csv has no compatriots of alman at port" in finding
