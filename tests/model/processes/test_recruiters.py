"""Networks that recruit before people leave, who is registered as a victim, and cases of victims elsewhere: limits.

Everything is exact.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from corridor.model.corridor import Corridor
from corridor.model.events import Event
from corridor.model.kernels.cases import CaseParameters, JusticeCapacity, OpenCases, advance_cases
from corridor.model.mechanisms import MECHANISMS
from corridor.model.parameters import REGISTRY
from corridor.model.processes.exploitation import _KINDS, _PROFILE
from corridor.model.rows import JusticeSystem, RecruitingNetwork
from corridor.model.simulation import Simulation
from corridor.model.states import Channel, Exit, Form, Sector, State
from corridor.model.tables import Table
from tests.worlds import LIVELY, digest, parameters, run, sea_world, setting, total

ABROAD = "XAD"
SAFE = {"distress_risk": 0.0, "interception_risk": 0.0, "exploitation_risk": 0.0}
ALONE = LIVELY | MECHANISMS["families"].parameters | {"abduction_rate": 0.0, "asylum_share": 1.0, "decision_months": 3}
STAYS = {f"{form.name.lower()}_months": 1e9 for form in Form} | {"domestic_months": 1e9, "exploitation_death_rate": 0.0}
STAGES = CaseParameters(*(REGISTRY[name].default for name in CaseParameters._fields))


def world(share: float = 1.0, *, claim_usd: float = 1e9, danger: float = 0.0, **more: Any) -> Corridor:
    """Return a world of one safe crossing, without danger other than a network's, unless on the coast."""
    row = RecruitingNetwork(community="people", sector="sex_industry", women=share, men=share, claim_usd=claim_usd)
    given: dict[str, Any] = {"agents": 800, "days": 1092, "sea": SAFE, "recruiters": [row] if share else []}
    found = sea_world(**given | more)
    places = [row.model_copy(update={"exploitation_per_year": danger * (row.place == "coast")}) for row in found.places]
    return dataclasses.replace(found, places=Table("places.csv", places, "place"))


def test_who_leaves_alone_is_recruited_with_the_share_of_the_table() -> None:
    all_of_them = run(world(), parameters=parameters(**ALONE))
    assert total(all_of_them, "recruited_by_networks") == total(all_of_them, "departures") > 0
    of_women = RecruitingNetwork(community="people", sector="sex_industry", women=1.0, claim_usd=1e9)
    some = run(world(recruiters=[of_women]), parameters=parameters(**ALONE))
    women = float(some["departures_by_group"].sel(sex="female").sum())
    assert total(some, "recruited_by_networks") == women > 0


def test_a_network_takes_all_whom_it_recruited_into_its_own_sector_where_they_arrive() -> None:
    sim = Simulation(world(), seed=2, parameters=parameters(**ALONE | STAYS | {"network_rate": 1e9}))
    ds = sim.run()
    channels = ds["victims_by_channel"].sum("time").to_series()
    assert channels["network"] == channels.sum() > 0
    people = sim.population
    held = people.state == State.EXPLOITED
    assert held.any() and np.all(people.form[held] == Form.SEXUAL_EXPLOITATION)
    assert np.all(people.sector[held] == Sector.SEX_INDUSTRY) and np.all(people.channel[held] == Channel.NETWORK)
    at = sim.corridor.places.index["abroad"]
    assert np.all(people.place[held] == at)
    assert not np.any(people.state[people.place == at] == State.SETTLED), "nobody who has arrived is left out"
    np.testing.assert_array_equal(np.flatnonzero(sim.recruiters.is_promised),
                                  np.sort(sim.recruiters.promised))  # fmt: skip


def test_who_has_worked_off_the_claim_is_free_and_no_sooner() -> None:
    values = parameters(**ALONE | STAYS | {"network_rate": 1e9, "sexual_profit": 20_000.0, "bondage_credit_share": 0.5})
    sim = Simulation(world(claim_usd=5000.0), seed=2, parameters=values)
    began: dict[int, int] = {}
    lengths = []
    while sim.running:
        sim.step()
        held = set(np.flatnonzero(sim.population.state == State.EXPLOITED).tolist())
        lengths += [sim.now - began.pop(person) for person in list(began) if person not in held]
        began |= {person: sim.now for person in held if person not in began}
    steps = 5000 / (0.5 * 20_000 * sim.calendar.years)
    assert lengths and set(lengths) == {int(np.ceil(steps)) - 1}, "credit begins in the step in which they are taken"
    ended = sim.dataset()["episodes_ended"].sum("time").to_series()
    assert ended[Exit.DEBT_WORKED_OFF.name.lower()] == ended.sum() > 0


@pytest.mark.parametrize("off", [{"network_reach": 0.0}, {"network_online": 1.0}])
def test_without_networks_nothing_differs_to_the_bit(off: dict[str, float]) -> None:
    """No reach, or all recruiting online and all adverts taken down: as with no table."""
    adverts = setting("takedown", "set", 1.0)
    runs = [run(given, adverts, parameters=parameters(**ALONE | off)) for given in (world(), world(0.0))]
    assert digest(runs[0]) == digest(runs[1])


def test_without_demand_for_exploitation_no_network_comes() -> None:
    lively = parameters(**ALONE | {"network_rate": 26.0})
    assert total(run(world(), parameters=lively), "victims_started") > 0
    for mechanism in ("employers_demand", "exploitation"):
        assert total(run(world(), parameters=lively, without=[mechanism]), "victims_started") == 0


@pytest.mark.parametrize("referred", [0.0, 1.0])
def test_signs_on_arrival_are_a_registration_as_far_as_cases_are_taken_on(referred: float) -> None:
    values = ALONE | {"network_rate": 0.0, "screening_share": 1.0, "referral_share": referred}
    ds = run(world(), parameters=parameters(**values))
    assert total(ds, "screened") > 0
    assert total(ds, "identified") == referred * total(ds, "screened")


def test_asylum_authorities_identify_those_who_were_victims_before() -> None:
    row = JusticeSystem(country=ABROAD, officers=0, prosecutors=0, judges=0, asylum_referral=1.0)
    values = ALONE | {"screening_share": 0.0, "authorities_share": 0.0, "community_share": 0.0}
    given = world(0.0, danger=5.0, justice=[row])
    told = Simulation(given, seed=1, parameters=parameters(**values))
    ds = told.run()
    assert total(ds, "identified") > 0
    assert set(told.population.channel[told.population.identified]) <= {Channel.CAPTIVITY, Channel.SOLD, Channel.DEBT}
    assert total(run(given, parameters=parameters(**values), without=["interviews"]), "identified") == 0


def test_authorities_that_look_for_victims_everywhere_do() -> None:
    row = JusticeSystem(country=ABROAD, officers=0, prosecutors=0, judges=0, recognition=0.25)
    blind, seeing = (Simulation(world(justice=[row]), without=names) for names in ([], ["recognition"]))
    there = blind.corridor.places.index["abroad"]
    assert blind.protection.recognition[there] == 0.25 and np.all(seeing.protection.recognition == 1)


def test_forms_are_met_as_often_as_the_registry_says_and_alike_without() -> None:
    p = REGISTRY
    sims = [Simulation(world(), without=names) for names in ([], ["forms_seen"])]
    rates = []
    for sim in sims:
        sim.hazards.update()
        rates.append(sim.exploitation._visited()[-1])
    at_home = (Sector.HOUSEHOLDS, Form.FORCED_LABOUR)
    expected = [
        p["domestic_contact" if kind == at_home else f"{kind[1].name.lower()}_contact"].default for kind in _KINDS
    ]
    np.testing.assert_allclose(rates[0] / rates[1], expected)
    assert _PROFILE.size == len(expected)
    forms = np.array(list(Form))
    by_form, alike = (sim.protection._recognised(0.1, forms) for sim in sims)
    ratio = np.array([p[f"{form.name.lower()}_recognised"].default for form in Form])
    np.testing.assert_allclose(by_form / (1 - by_form), ratio * 0.1 / 0.9)
    np.testing.assert_allclose(alike, 0.1)


@pytest.mark.parametrize("way", ["screening", "interviews"])
def test_of_those_who_tell_of_it_later_forms_that_are_never_recognised_are_not_identified(way: str) -> None:
    """Half of the usual form would be; with endless odds all are, with none nobody is."""
    row = JusticeSystem(country=ABROAD, officers=0, prosecutors=0, judges=0, asylum_referral=0.5)
    known = {f"{form.name.lower()}_recognised": 1e12 * (form is Form.SEXUAL_EXPLOITATION) for form in Form}
    met = {"authorities_share": 0.0, "community_share": 0.0, "referral_share": 0.5, "ransom_share": 0.0}
    ways = {"screening_share": float(way == "screening"), "interview_share": float(way == "interviews")}
    sim = Simulation(world(0.0, danger=5.0, justice=[row]), seed=1, parameters=parameters(**ALONE | met | ways | known))
    people, told = sim.population, np.zeros(sim.population.n, dtype=np.bool_)
    while sim.running:
        sim.step()
        if way == "interviews":
            told[people.with_event(Event.ASYLUM_DECIDED)] = True
    found, victims = people.identified, people.episodes > 0
    assert found.any() and set(people.form[found]) == {Form.SEXUAL_EXPLOITATION}
    once = victims & told & (people.episodes == 1) & (people.form == Form.SEXUAL_EXPLOITATION)
    assert np.all(found[once])
    assert np.any(victims & (people.form != Form.SEXUAL_EXPLOITATION))


def test_ample_courts_convict_in_other_cases_by_the_shares_of_the_record() -> None:
    """After the first years, suspects of the table times the shares prosecuted and convicted; none without."""
    row = JusticeSystem(
        country=ABROAD, officers=1e9, prosecutors=1e9, judges=1e9, corruption=0.0, other_suspects=100, conviction=2.0
    )
    given = world(0.0, justice=[row], agents=20, days=364 * 15)
    ds = run(given, parameters=parameters(**ALONE))
    found = ds[["suspects_of_others", "prosecuted_of_others", "convicted_of_others"]].sel(country=ABROAD)
    a_year = found.isel(time=slice(-52, None)).sum("time")
    odds = 2 * STAGES.trafficking_conviction / (1 - STAGES.trafficking_conviction)
    shares = 1, STAGES.prosecution_share, STAGES.prosecution_share * odds / (1 + odds)
    for name, share in zip(a_year, shares, strict=True):
        np.testing.assert_allclose(float(a_year[name]), 100 * share * 364 / 365.25, rtol=1e-3)
    assert total(run(given, parameters=parameters(**ALONE), without=["other_cases"]), "suspects_of_others") == 0


def test_other_cases_take_the_time_of_the_same_police() -> None:
    few = JusticeCapacity(np.ones(1), np.full(1, 1e9), np.full(1, 1e9), np.ones(1))
    found = []
    for others in (0.0, 1e3):
        files = OpenCases(*(np.zeros((1, 2)) for _ in OpenCases._fields))
        found.append(advance_cases(files, np.array([[5.0, others]]), np.zeros((1, 2)), few, 1.0, STAGES)[0][0, 0])
    assert 0 < found[1] < 0.1 * found[0]


def test_smugglers_without_any_clients_are_as_they_were_used_to() -> None:
    """No demand of late and none ever: nothing over nothing is no change, and no warning."""
    sim = Simulation(world(0.0))
    sim.exploiters._unseen = 0.0
    with np.errstate(all="raise"):
        sim.exploiters._count_clients()
    np.testing.assert_array_equal(sim.exploiters._diversion, 1.0)


def test_networks_come_in_countries_that_grant_asylum() -> None:
    sim = Simulation(world())
    np.testing.assert_array_equal(sim.protection.is_reception, np.array(sim.corridor.places.names) == "abroad")
