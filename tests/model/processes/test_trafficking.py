"""Trafficking and protection in depth: sectors, ways in and out, debt bondage, the queue, second victimisation.

Paired experiments run both arms under the same seeds; paired t-tests after 4, 6 and 8 pairs must find the stated
direction at an error rate of ALPHA. Everything else is exact.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
import xarray as xr
from scipy import stats

from corridor.model.corridor import Corridor
from corridor.model.events import Event
from corridor.model.kernels.episodes import debt_factor, draw_form
from corridor.model.mechanisms import MECHANISMS
from corridor.model.policies import Setting
from corridor.model.processes.demand import EMPLOYERS, GROUPS
from corridor.model.simulation import Simulation
from corridor.model.states import Channel, Exit, Form, Sector, State, Status
from corridor.scenarios import load
from tests.sequential import is_above_zero
from tests.worlds import ALPHA, CALM, agency, digest, parameters, policy, run, sea_world, setting, total

LOOKS = (4, 6, 8)
"""Pairs of runs after which differences are looked at."""
MANY = 6000
"""Agents of paired experiments: four times as many take a sixth longer, and four pairs tell what took eight."""
Arm = dict[str, Any]
GOING = CALM | {
    "death_utility": 0.0,
    "interception_utility": 0.0,
    "exploitation_utility": 0.0,
    "give_up_utility": -20.0,
    "capacity_start": 1e5,
    "savings_years": 50.0,
    "retry_share": 1.0,
}
"""All leave home at once, with money, and nothing frightens them away."""
NO_WAY_OUT = {f"{form.name.lower()}_months": 1e9 for form in Form} | {
    "domestic_months": 1e9,
    "exploitation_death_rate": 0.0,
}
SAFE = {"distress_risk": 0.0, "interception_risk": 0.0}


def danger(**more: object) -> Corridor:
    """Return the world of one crossing, safe from the sea and the police, with much exploitation on both sides."""
    given = {"agents": 1500, "days": 728, "sea": SAFE | {"exploitation_risk": 0.3}}
    return sea_world(**given | more)  # type: ignore[arg-type]


Arms = Callable[[int], tuple[xr.Dataset, xr.Dataset]]


def pairs(world: Corridor, one: Arm, other: Arm) -> Arms:
    """Return the function that runs two arms under a seed, once.

    An arm is a mapping of parameters; under the key ``levers`` it may have settings.
    """

    def run_arm(arm: Arm, seed: int) -> xr.Dataset:
        changes: tuple[Setting, ...] = arm.get("levers", ())
        values = {key: value for key, value in arm.items() if key != "levers"}
        return run(world, *changes, seed=seed, parameters=parameters(**GOING | values))

    return cache(lambda seed: (run_arm(one, seed), run_arm(other, seed)))


def raises(arms: Arms, name: str, sign: float = 1.0) -> bool:
    """Whether the second arm has a higher total than the first, or a lower one if the sign is negative."""

    def difference(seed: int) -> float:
        first, second = arms(seed)
        return sign * (total(second, name) - total(first, name))

    return is_above_zero(difference, ALPHA, LOOKS)[0]


# --- ways in ----------------------------------------------------------------------------------------------------------

ON_CREDIT = {"savings_years": 0.5, "family_credit_years": 0.0, "ties_credit": 0.0, "smuggler_credit_share": 1.0}
DEAR = SAFE | {"fee_usd": 4000.0, "exploitation_risk": 0.0}


@pytest.mark.statistical
def test_more_debt_to_smugglers_makes_more_victims() -> None:
    """Interest that doubles the debt, all else equal; error rate ALPHA."""
    world = danger(agents=MANY, sea=DEAR)
    arms = pairs(world, ON_CREDIT | {"credit_interest": 0.0}, ON_CREDIT | {"credit_interest": 1.0})
    assert raises(arms, "victims_started")


def test_without_smugglers_credit_nobody_is_bonded() -> None:
    channels = {}
    for share in (0.0, 1.0):
        values = parameters(**GOING | ON_CREDIT | {"smuggler_credit_share": share, "credit_interest": 1.0})
        sim = Simulation(danger(sea=DEAR | {"fee_usd": 1200.0}), parameters=values)
        channels[share] = sim.run()["victims_by_channel"].sum("time")
        if share == 0:
            assert not sim.population.bond_usd.any() and np.all(sim.population.creditor == -1)
    assert float(channels[1.0].sel(channel="debt")) > 0, "the test must be able to fail"
    assert float(channels[0.0].sel(channel="debt")) == 0 and float(channels[0.0].sum()) > 0


def test_debt_to_relatives_bonds_nobody_and_the_creditor_is_known() -> None:
    values = parameters(**GOING | ON_CREDIT | {"family_credit_years": 1.0})
    sim = Simulation(danger(sea=DEAR), parameters=values)
    sim.run()
    people = sim.population
    family_only = (people.debt_usd > 0) & (people.bond_usd == 0)
    bonded = people.bond_usd > 0
    assert family_only.any() and bonded.any()
    assert np.all(people.bond_usd <= people.debt_usd + 1e-9)
    assert np.all(people.creditor[bonded] >= 0)
    assert debt_factor(0.0, sim.exploitation._terms) == 1 < debt_factor(100.0, sim.exploitation._terms)


def test_a_bonded_person_is_free_when_the_debt_is_worked_off() -> None:
    fixed = {"departure_rate": 0.0, "debt_effect": 100.0, "debt_cap": 1e9, "repayment_share": 0.0}
    values = parameters(**GOING | NO_WAY_OUT | fixed)
    sim = Simulation(danger(agents=100), parameters=values)
    people, population = np.arange(100), sim.population
    population.place[:] = sim.corridor.places.index["abroad"]
    population.debt_usd[:], population.bond_usd[:] = 3000.0, 2000.0
    sim.ledger = type(sim.ledger)(population)
    sim.exploitation.begin(people, Channel.JOB)
    assert np.all(population.channel == Channel.DEBT) and sim.exploitation.bonded.size == 100
    sexual = population.form == Form.SEXUAL_EXPLOITATION
    left = np.full(100, -1)
    while sim.running:
        sim.step()
        left[(left < 0) & (population.state != State.EXPLOITED)] = sim.now
    p = sim.parameters
    for yearly, group in ((p.sexual_profit, sexual), (p.labour_profit, ~sexual)):
        steps = int(np.ceil(2000 / (p.bondage_credit_share * yearly * sim.calendar.years)))
        assert group.any() and np.all(left[group] == (steps if steps <= sim.calendar.steps else -1))
    freed = left > 0
    np.testing.assert_allclose(population.debt_usd[freed & (population.bond_usd == 0)], 1000.0)
    ended = sim.dataset()["episodes_ended"].sum("time")
    assert float(ended.sum()) == float(ended.sel(exit="debt_worked_off")) > 0
    assert sim.ledger.relative_error() < 1e-9


@pytest.mark.statistical
def test_takedown_lowers_deception_only() -> None:
    """Counts of deception against the hazard without adverts, of force against the same; binomial, error rate ALPHA."""
    hazards = {"recruitment_rate": 0.3, "abduction_rate": 0.3, "online_share": 0.5, "repeat_effect": 1.0}
    values = GOING | hazards | {"decision_rate": 0.0, "female_effect": 1.0, "child_effect": 1.0} | NO_WAY_OUT
    counts = []
    for share in (0.0, 1.0):
        ds = run(danger(agents=4000), setting("takedown", "set", share), parameters=parameters(**values))
        counts.append(ds["victims_by_channel"].sum("time") / ds.attrs["persons_per_agent"])
    before, after = (
        {channel: round(float(count.sel(channel=channel))) for channel in ("deception", "force")} for count in counts
    )
    assert stats.binomtest(before["deception"], sum(before.values()), 1 / 2).pvalue > ALPHA / 4
    assert stats.binomtest(after["deception"], sum(after.values()), 1 / 3).pvalue > ALPHA / 4
    assert after["deception"] < 0.7 * before["deception"] and after["force"] > before["force"]
    none = run(danger(), setting("takedown", "set", 1.0), parameters=parameters(**values | {"online_share": 1.0}))[
        "victims_by_channel"
    ].sum("time")
    assert float(none.sel(channel="deception")) == 0 < float(none.sel(channel="force"))


def test_a_smuggled_person_without_coercion_is_never_counted_as_trafficked() -> None:
    values = parameters(**GOING | ON_CREDIT | {"credit_interest": 1.0})
    sim = Simulation(danger(sea=DEAR), policy(setting("exploitation", "set", 0.0)), parameters=values)
    ds = sim.run()
    assert total(ds, "smuggling_revenue_usd") > 0 and (sim.population.bond_usd > 0).any()
    for name in ds.data_vars:
        if str(name).startswith("victims") or "exploited" in str(name) or "identified" in str(name):
            assert total(ds, str(name)) == 0, name
    assert not sim.population.episodes.any()


def test_captivity_is_for_those_on_the_way_and_jobs_for_the_settled() -> None:
    sim = Simulation(danger(), parameters=parameters(**GOING))
    while sim.running:
        sim.step()
        people = sim.population
        held = people.state == State.EXPLOITED
        abroad = people.place == sim.corridor.places.index["abroad"]
        ransom = people.form == Form.RANSOM_CAPTIVITY
        assert np.all(np.isin(people.channel[held & ransom], (Channel.CAPTIVITY, Channel.SOLD)))
        assert np.all(people.sector[held & ransom] == Sector.CAPTORS)
        assert not np.any(held & ~abroad & (people.channel == Channel.JOB))


# --- demand -----------------------------------------------------------------------------------------------------------


def test_no_demand_no_exploitation_at_destinations() -> None:
    sim = Simulation(danger(), policy(setting("exploitable_jobs", "set", 0.0)), parameters=parameters(**GOING))
    ds = sim.run()
    by_channel = ds["victims_by_channel"].sum("time")
    assert float(by_channel.sel(channel="job")) == 0 and float(by_channel.sel(channel="captivity")) > 0


def test_where_no_demand_is_recorded_destinations_are_shut_and_captors_need_none() -> None:
    world = danger()
    demand = Simulation(world).exploitation.demand
    jobless = Simulation(load("tutorial")).exploitation.demand
    abroad = world.places.index["abroad"]
    demand.open(np.zeros((3, len(Sector)), dtype=np.int64))
    np.testing.assert_allclose(demand.openings[abroad, : len(EMPLOYERS)], 1.0)
    np.testing.assert_allclose(demand.doors(), 1.0)
    jobless.open(np.full(jobless.openings.shape, 10**12))
    assert np.all(jobless.openings <= 1)
    demand.open(np.full((3, len(Sector)), 10**6))
    assert np.all(demand.openings[abroad] == 0)


@pytest.mark.parametrize(
    ("lever", "value", "sectors"),
    [
        ("ethical_recruitment", 0.5, {"AGRICULTURE", "CONSTRUCTION", "HOSPITALITY_AND_MANUFACTURING", "HOUSEHOLDS"}),
        ("consumer_awareness", 0.5, {"AGRICULTURE", "HOSPITALITY_AND_MANUFACTURING", "SEX_INDUSTRY"}),
    ],
)
def test_levers_of_demand_act_on_their_sectors(lever: str, value: float, sectors: set[str]) -> None:
    before = Simulation(danger()).exploitation.demand.jobs()[2]
    after = Simulation(danger(), policy(setting(lever, "set", value))).exploitation.demand.jobs()[2]
    moved = {sector.name for sector in Sector if after[sector] < before[sector]}
    assert moved == sectors
    assert before.sum() == pytest.approx(500.0)
    for sector in EMPLOYERS:
        assert after[sector] == pytest.approx(before[sector] * (1 - value if sector.name in sectors else 1))


def test_inspection_reaches_farms_and_hardly_any_household() -> None:
    rates = {}
    for factor in (1.0, 4.0):
        sim = Simulation(danger(), policy(setting("inspectors", "multiply", factor)))
        sim.hazards.update()
        rates[factor] = sim.hazards.of(Event.MET_BY_AUTHORITIES)[2], sim.exploitation.demand.jobs()[2]
    ratio = rates[4.0][0][::2] / np.where(rates[1.0][0][::2] > 0, rates[1.0][0][::2], 1)
    assert ratio[Sector.AGRICULTURE] == pytest.approx(1 + 0.5 * 3) and ratio[Sector.HOUSEHOLDS] == pytest.approx(1.06)
    assert ratio[Sector.CRIMINAL_GROUPS] == ratio[Sector.CAPTORS] == pytest.approx(1)
    jobs = rates[4.0][1][:-1] / rates[1.0][1][:-1]
    assert jobs[Sector.AGRICULTURE] == pytest.approx(4 ** (-0.3 * 0.5)) and jobs[Sector.CRIMINAL_GROUPS] == 1


@pytest.mark.statistical
@pytest.mark.parametrize("group", range(len(GROUPS)), ids=GROUPS)
def test_with_open_doors_forms_follow_the_profile_of_the_group(group: int) -> None:
    """Chi-square of drawn forms against the registry's shares; error rate ALPHA for all groups."""
    sim = Simulation(danger())
    luck = np.random.default_rng(5).random(20_000)
    profile, openings = sim.exploitation.demand.profile[group], np.ones(len(Sector))
    form = np.array([draw_form(profile, openings, one)[1] for one in luck])
    p = sim.parameters
    shares = np.array([p[f"{f.name.lower()}_{GROUPS[group]}"] for f in Form if f is not Form.RANSOM_CAPTIVITY])
    wanted = shares / shares.sum() * luck.size
    counts = np.bincount(form, minlength=len(Form))[:-1]
    assert np.all(counts[wanted == 0] == 0)
    assert stats.chisquare(counts[wanted > 0], wanted[wanted > 0]).pvalue > ALPHA / len(GROUPS)


def test_a_sector_that_is_full_takes_nobody() -> None:
    demand = Simulation(danger()).exploitation.demand
    openings = np.ones(len(Sector))
    openings[Sector.SEX_INDUSTRY] = 0.0
    drawn = [draw_form(demand.profile[0], openings, luck) for luck in np.linspace(0.001, 0.999, 500)]
    sector, form = np.array(drawn).T
    assert not np.any(sector == Sector.SEX_INDUSTRY) and not np.any(form == Form.SEXUAL_EXPLOITATION)


# --- ways out and identification --------------------------------------------------------------------------------------


@pytest.mark.statistical
def test_inspection_with_a_firewall_identifies_more_and_lowers_prevalence() -> None:
    """More inspectors with and without firewall; error rate ALPHA for each."""
    inspect = (setting("inspectors", "multiply", 2.0),)
    arms = pairs(danger(agents=2 * MANY), {"levers": inspect}, {"levers": (*inspect, setting("firewall", "set", 1.0))})
    assert raises(arms, "identified") and raises(arms, "person_days_exploited", -1.0)
    for seed in range(LOOKS[0]):
        without, shielded = (total(arm, "victims_punished") for arm in arms(seed))
        assert without > 0 == shielded


def test_screening_raises_identified_and_not_victims() -> None:
    """Nobody is assisted here, so that identification changes nothing else: victims are the same to the bit."""
    nothing = setting("shelter_places", "set", 0.0)
    arms = [
        run(
            danger(agents=4000),
            nothing,
            setting("screening", "set", level),
            parameters=parameters(**GOING | {"referral_share": 1.0}),
        )
        for level in (0.0, 1.0, 3.0)
    ]
    assert total(arms[0], "screened") == 0 < total(arms[1], "screened") < total(arms[2], "screened")
    assert total(arms[0], "identified") < total(arms[1], "identified") < total(arms[2], "identified")
    for name in ("victims_started", "victims_by_profile", "person_days_exploited", "stock"):
        xr.testing.assert_identical(arms[0][name], arms[2][name])


def test_training_raises_skill_and_turnover_wears_it_off() -> None:
    until = {"end": np.datetime64("2011-01-01").item()}
    sim = Simulation(danger(), policy(setting("identification", "set", 2.0, **until)))
    months = sim.parameters.turnover_months
    steps, skill = 0, []
    while sim.running:
        sim.step()
        steps += 1
        skill.append(sim.protection.skill[0])
    assert skill[51] == pytest.approx(2 - np.exp(-52 * sim.calendar.in_months / months))
    assert skill[-1] < skill[52] and skill[-1] > 1
    assert np.all(Simulation(danger()).protection.skill == 1)


def test_every_episode_ends_in_one_way_and_reaches_one_place() -> None:
    ds = run(danger(), parameters=parameters(**GOING))
    ended = ds["episodes_ended"].sum("time")
    assert {str(way) for way in ended.exit.values} == {way.name.lower() for way in Exit}
    assert float(ended.sel(exit="escaped")) > 0 and float(ended.sel(exit="community")) > 0
    exploited = ds["stock"].sel(state="exploited").isel(time=-1).sum()
    np.testing.assert_allclose(ended.sum() + exploited, ds["victims_started"].sum())


# --- assistance -------------------------------------------------------------------------------------------------------

SCARCE = {"support_months": 6.0, "service_patience_months": 6.0}


def test_assisted_never_exceed_places_and_the_queue_is_served_in_order() -> None:
    few = setting("shelter_places", "set", 5.0)
    sim = Simulation(danger(), policy(few), parameters=parameters(**GOING | SCARCE))
    longest = 0
    while sim.running:
        sim.step()
        protection = sim.protection
        assert np.all(protection.assisted <= protection._whole_places())
        assert np.all(np.diff(protection._since) >= 0), "who came first stands first"
        longest = max(longest, protection.queue.size)
        free = protection._whole_places() - protection.assisted
        country = protection._country_of_place[protection._queued_at]
        assert np.all(free[country] <= 0), "nobody waits while a place is free"
    ds = sim.dataset()
    assert longest > 0 and total(ds, "assistance_wait_days") > 0 and total(ds, "unserved") > 0


def test_without_patience_who_finds_no_place_is_unserved_at_once() -> None:
    values = parameters(**GOING | {"service_patience_months": 0.0})
    ds = run(danger(), setting("shelter_places", "set", 5.0), parameters=values)
    assert total(ds, "waiting_for_assistance") == 0 == total(ds, "assistance_wait_days")
    np.testing.assert_allclose(ds["identified"], ds["assisted_started"] + ds["unserved"])


@pytest.mark.statistical
def test_assistance_raises_convictions_through_testimony() -> None:
    """Many places against none, and against places where nobody testifies; error rate ALPHA for each.

    All captives were sold by those who carried them, so that they have something to tell of smugglers.
    """
    none, many = (setting("shelter_places", "set", 0.0),), (setting("shelter_places", "set", 400.0),)
    police = agency(country=danger().places.rows[2].country, investigators=40)
    world = danger(agents=MANY, agencies=[police])
    sold = MECHANISMS["forms_seen"].parameters | {"sold_share": 1.0, "referral_share": 1.0}
    assert raises(pairs(world, sold | {"levers": none}, sold | {"levers": many}), "convictions")
    mute, heard = (sold | {"levers": many, "testimony_share": share} for share in (0.0, 0.7))
    assert raises(pairs(world, mute, heard), "convictions")


REPEAT = {"repeat_effect": 6.0, "repeat_memory": 1e6, "support_months": 12.0, "assisted_return_share": 0.0}


@pytest.mark.statistical
def test_support_lowers_second_victimisation() -> None:
    """Support that protects against support that does not; error rate ALPHA."""
    many = {"levers": (setting("shelter_places", "set", 1e4), setting("identification", "set", 50.0))}
    world = danger(agents=2 * MANY, days=1456)
    short = {"forced_labour_months": 3.0, "sexual_exploitation_months": 3.0, "domestic_months": 3.0}
    one, other = REPEAT | short | many | {"assisted_effect": 0.05}, REPEAT | short | many | {"assisted_effect": 1.0}
    assert raises(pairs(world, one, other), "victims_repeated")


@pytest.mark.statistical
def test_an_episode_raises_the_hazard_of_another() -> None:
    """A raised hazard after an episode against none; error rate ALPHA."""
    arms = pairs(danger(agents=MANY), {"repeat_effect": 1.0}, {"repeat_effect": 6.0})
    assert raises(arms, "victims_repeated")
    for seed in range(LOOKS[0]):
        assert all(total(arm, "victims_repeated") < total(arm, "victims_started") for arm in arms(seed))


def test_the_raised_hazard_fades_and_support_counts_by_month_and_quality() -> None:
    sim = Simulation(danger(), parameters=parameters(female_effect=1.0, child_effect=1.0, debt_effect=0.0))
    people, p = np.arange(3), sim.parameters
    sim.population.episodes[:3] = [0, 1, 1]
    sim.population.supported_months[:3] = [0, 0, p.full_support_months / 2]
    seen = []
    for now in (0, 26, 520):
        sim.now = now
        sim.exploitation.expose(people)
        seen.append(sim.population.susceptibility[:3].astype(float))
    again = 1 + (p.repeat_effect - 1) * np.exp(-26 * sim.calendar.in_months / p.repeat_memory)
    np.testing.assert_allclose(seen[0], [1, p.repeat_effect, p.repeat_effect * p.assisted_effect**0.5], rtol=1e-6)
    np.testing.assert_allclose(seen[1], [1, again, again * p.assisted_effect**0.5], rtol=1e-6)
    assert seen[2][1] == pytest.approx(1, abs=1e-3)


def test_permits_take_their_time_and_legal_aid_raises_their_odds() -> None:
    many = setting("shelter_places", "set", 1e4)
    granted = {}
    for aid, months in ((0.0, 12.0), (1.0, 12.0), (0.0, 1e9)):
        values = GOING | {"decision_months": months, "permit_share": 0.3, "support_months": 2.0}
        values |= {"assisted_return_share": 0.0}
        ds = run(danger(), many, setting("legal_aid", "set", aid), parameters=parameters(**values))
        granted[aid, months] = total(ds, "permits")
    assert granted[1.0, 12.0] > granted[0.0, 12.0] > 0
    assert granted[0.0, 1e9] == 0
    sim = Simulation(danger(), policy(setting("legal_aid", "set", 1.0)))
    odds = sim.protection._permit_odds()[sim.protection._country_of_place[2]]
    assert odds == pytest.approx(sim.parameters.permit_share / (1 - sim.parameters.permit_share) * 2.0)


def test_successful_reintegration_keeps_people_at_home() -> None:
    many = setting("shelter_places", "set", 1e4)
    fixed = {"assisted_return_share": 1.0, "remigration_rate": 5.0, "support_months": 1.0}
    fixed |= {"detained_return_share": 0.0, "reintegration_effect": 0.0}
    stays = {}
    for success in (0.0, 1.0):
        sim = Simulation(
            danger(), policy(many), parameters=parameters(**GOING | fixed | {"reintegration_success": success})
        )
        sim.run()
        people = sim.population
        stays[success] = int(np.count_nonzero((people.state == State.RETURNED) & people.assisted_before))
        if success == 1.0:
            assert np.all(people.state[people.reintegrated] == State.RETURNED)
    assert stays[1.0] > 2 * stays[0.0]


# --- rights and the whole ---------------------------------------------------------------------------------------------


def test_rights_indicators_agree_with_what_they_are_part_of() -> None:
    world = sea_world(agents=2000)
    ds = run(world, parameters=parameters(**GOING))
    assert 0 < total(ds, "child_detention_days") < total(ds, "detention_days")
    assert total(ds, "detained_by_group") >= total(ds, "victims_punished") > 0
    assert np.all(ds["claims_in_need"] <= ds["asylum_claims"].sum("place"))
    assert np.all(ds["victims_repeated"] <= ds["victims_started"].sum("place"))
    persons = ds["victims_of"].sum("community")
    xr.testing.assert_allclose(persons, (ds["victims_started"].sum("place") - ds["victims_repeated"]).rename(None))
    xr.testing.assert_allclose(persons, ds["victims_by_group"].sum(("sex", "age")))
    xr.testing.assert_allclose(persons, ds["persons_in"].sum(("country", "form")))


def test_nobody_is_a_pending_victim_without_a_claim() -> None:
    sim = Simulation(danger(), parameters=parameters(**GOING))
    sim.run()
    pending = sim.population.permit_pending & (sim.population.state == State.SETTLED)
    assert np.all(sim.population.status[pending] == Status.SEEKER)


def test_neutral_levers_change_no_bit() -> None:
    names = ("screening", "identification", "service_quality")
    neutral = [setting(name, "multiply", 1.0) for name in names]
    neutral += [setting(name, "add", 0.0) for name in ("firewall", "legal_aid", "ethical_recruitment")]
    values = parameters(**GOING)
    assert digest(run(danger(), *neutral, parameters=values)) == digest(run(danger(), parameters=values))
