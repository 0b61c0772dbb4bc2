"""Campaigns by channel, schooling and training, and who is eligible for legal places.

Seeds are fixed; tests are exact or compare paired runs of the same luck, without error rate but where one is named.
"""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from corridor.model.processes.beliefs import CHANNELS
from corridor.model.rows import Pathway
from corridor.model.simulation import Simulation
from corridor.scenarios import load
from tests.worlds import CALM, corridor, leg, parameters, place, policy, run, sea_world, setting, total

FREE = {"market": False, "fee_usd": 0, "interception_risk": 0.0, "exploitation_risk": 0.0, "distress_risk": 0.1}
EAGER = {
    **CALM,
    "home_foresight": 1.0,
    "nest": 1.0,
    "aspiration_midpoint": 0.0,
    "departure_rate": 0.3,
    "campaign_effect": 0.0,
}


def departures(prior: float, channel: str, reach: float) -> float:
    """Number of departures when people believe ``prior`` times the true danger and a campaign tells the facts."""
    world = sea_world(sea=FREE)
    values = parameters(**EAGER, prior_death_ratio=prior, news_share=0.0, advertising_bias=0.0)
    change = setting(f"campaign_{channel}", "set", reach)
    return total(Simulation(world, policy(change), seed=1, agents=4000, parameters=values).run(), "departures")


def test_facts_deter_those_who_made_light_of_danger_and_encourage_those_who_feared_it() -> None:
    """The backfire of Bah and Batista (2019) emerges: nothing in the code says that facts encourage."""
    assert departures(0.3, "returnees", 2.0) < departures(0.3, "returnees", 0.0)
    assert departures(3.0, "returnees", 2.0) > departures(3.0, "returnees", 0.0)


def test_who_is_trusted_more_moves_beliefs_more() -> None:
    world, shift = sea_world(sea=FREE), {}
    for channel in CHANNELS:
        sim = Simulation(
            world,
            policy(setting(f"campaign_{channel}", "set", 1.0)),
            parameters=parameters(news_share=0.0, public_delay=1e9),
        )
        before = sim.beliefs.believed[1, 0, 1]
        for _ in range(26):
            sim.step()
        shift[channel] = before * np.exp(-sim.parameters.advertising_bias) - sim.beliefs.risk[1, 0, 1]
    assert shift["returnees"] > shift["media"] == pytest.approx(shift["online"])
    assert min(shift.values()) > 0


def test_warnings_beyond_the_facts_raise_what_people_believe() -> None:
    world = sea_world(sea=FREE)
    believed = []
    for emphasis in (1.0, 3.0):
        values = parameters(news_share=0.0, prior_death_ratio=1.0, emphasis_official=emphasis)
        sim = Simulation(world, policy(setting("campaign_official", "set", 1.0)), parameters=values)
        for _ in range(26):
            sim.step()
        believed.append(sim.beliefs.risk[1, 0, 1])
    assert believed[1] > believed[0]


def test_campaigns_through_two_channels_reach_more_than_through_one() -> None:
    both = policy(setting("campaign_media", "set", 0.5), setting("campaign_returnees", "set", 0.5))
    sims = [Simulation(load("tutorial"), each, agents=100) for each in (both, policy(both.settings[1]))]
    for sim in sims:
        for _ in range(10):
            sim.step()
    assert np.all(sims[0].beliefs.persuaded > sims[1].beliefs.persuaded)
    np.testing.assert_allclose(sims[1].beliefs.persuaded, sims[1].beliefs.reached[0])


def test_training_lowers_departures_and_raises_incomes() -> None:
    world = load("tutorial")
    plain = run(world, seed=1, agents=4000)
    trained = run(world, setting("training", "set", 0.5), seed=1, agents=4000)
    assert total(trained, "departures") < total(plain, "departures")
    sim = Simulation(world, policy(setting("training", "set", 1e6)), agents=100)
    sim.step()
    np.testing.assert_allclose(sim.education.trained, 1.0)
    np.testing.assert_allclose(sim.education.income_factor, 1 + sim.parameters.training_income)


def test_schooling_that_people_gain_goes_with_them() -> None:
    values = {**CALM, "schooling_effect": 1.0}
    sim = Simulation(sea_world(), policy(setting("education", "set", 1e6)), agents=500, parameters=parameters(**values))
    people = sim.population
    leading = people.head == np.arange(people.n)
    sim.run()
    left = (people.journeys > 0) & leading
    assert people.schooling[left].all() and not people.schooling.all()


def test_the_hazard_follows_schooling_as_if_people_had_had_it_from_the_start() -> None:
    """Exact: the mean multiplier of a community where all are schooled, over that of the community as it is."""
    sim = Simulation(load("tutorial"), policy(setting("education", "set", 1e6)), agents=100)
    sim.step()
    share = sim.corridor.communities.column("schooling_share").astype(float)
    effect = sim.parameters.schooling_effect
    np.testing.assert_allclose(sim.education.wish_factor, effect / (1 - share + share * effect))


def visa(kind: str, **more: float) -> Pathway:
    """Return a pathway with ample places for half of all."""
    row = {"pathway": "visa", "label": "visa", "community": "all", "destination": "abroad", "kind": kind}
    given = {"places_per_year": 1e6, "eligible_share": 0.5, "delay_weeks": 20, "cost_usd": 0}
    return Pathway(**row | given | more)


@pytest.mark.parametrize(("kind", "trait"), [("work", "schooling"), ("study", "schooling"), ("family", "ties")])
def test_strict_places_go_to_those_for_whom_they_are(kind: str, trait: str) -> None:
    values = parameters(**CALM, eligibility_strictness=1.0, legal_diversion=1.0)
    sim = Simulation(sea_world(pathways=[visa(kind)]), seed=1, agents=2000, parameters=values)
    ds = sim.run()
    people = sim.population
    regular = (people.status == 2) & (people.journeys == 0) & (people.state == 7)
    assert total(ds, "legal_arrivals") > 0 and getattr(people, trait)[regular].all()


def test_without_eligibility_rules_the_share_is_that_of_the_table() -> None:
    """Binomial share of 2,000, at 3.9 standard errors (error rate 1e-4)."""
    values = parameters(**CALM, eligibility_strictness=0.0, legal_diversion=1.0)
    sim = Simulation(sea_world(pathways=[visa("work")]), seed=1, agents=2000, parameters=values)
    everyone = np.arange(sim.population.n)
    share = float((sim.pathways.choose(everyone) >= 0).mean()) / sim.parameters.legal_diversion
    assert share == pytest.approx(0.5, abs=3.9 * np.sqrt(0.25 / 2000))


def test_faster_procedures_bring_legal_arrivals_sooner() -> None:
    world = sea_world(pathways=[visa("humanitarian")])
    values = parameters(**CALM, legal_diversion=1.0)

    def first(ds: xr.Dataset) -> int:
        return int(np.flatnonzero(ds["legal_arrivals"].sum("community"))[0])

    slow = run(world, parameters=values, agents=500)
    fast = run(world, setting("pathway_delay", "multiply", 0.5), parameters=values, agents=500)
    assert first(slow) - first(fast) == 10


def test_savings_rise_with_schooling_and_the_switch_takes_it_out() -> None:
    world = corridor([place("home", "home"), place("abroad", "destination")], [leg("home", "abroad")])
    on, off = (Simulation(world, agents=1000, without=["families", *w]) for w in ([], ["schooling"]))
    rich = on.population.savings_usd.sum() / off.population.savings_usd.sum()
    assert 1 < rich < on.parameters.schooling_income
