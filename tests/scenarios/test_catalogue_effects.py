"""Every entry of the catalogue moves the indicator that it is meant to move, and nothing when there is none of it.

Each YAML file says what it is meant to move (`expected`). Runs with and without it are compared in pairs under the same
seeds, at the largest amount of its range, in one-sided paired t tests after 4 to 96 pairs (`looks`): an entry without
effect passes with probability `ALPHA` at most. Policies are tested as they are, with up to 16 pairs.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from corridor.model import Simulation
from corridor.model.corridor import Corridor
from corridor.model.policies import Expected, Measure, Policy
from corridor.model.recorder import VARIABLES
from corridor.scenarios import available, load, load_policy, policy_file
from corridor.scenarios.catalogue import catalogue, make_policy
from corridor.scenarios.reader import scenario_directory
from tests.sequential import is_above_zero, passes_without_effect
from tests.worlds import digest

ALPHA = 1e-3
OF_POLICIES = (4, 6, 16)
"""Pairs of runs of a policy after which differences are looked at."""
AGENTS = {"control_ashore": 48_000, "drought": 96_000, "support_quality": 96_000, "vocational_training": 240_000}
"""Agents in runs of an entry, if not 24,000: more where the luck of single people hides a small effect.

A run of four times as many takes twice as long; eight pairs of them tell what took 32 pairs.
"""
BUSY = {
    "departure_rate": 0.1,
    "savings_years": 0.4,
    "identification_share": 0.9,
    "repeat_effect": 6.0,
    "repeat_memory": 36.0,
    "assisted_effect": 0.2,
    "assisted_return_share": 0.0,
    "full_support_months": 6.0,
    "support_months": 2.0,
    "permit_share": 0.3,
    "decision_months": 4.0,
}
"""More people leave the toy world, with less money; victims are found, helped, and their cases end within a year.

All within the ranges of the registry.
"""
OWN = {
    "drought": {"savings_years": 0.2, "family_credit_years": 0.0, "ties_credit": 0.0, "smuggler_credit_share": 0.0},
}
"""Parameters in runs of an entry, beside or in place of those above.

Nearly everybody in the busy world can borrow what a way costs, and few are ever too poor to leave: there the drought
moved them by two thirds of the spread between runs, and needed 96 pairs. Who has to pay out of little savings shows it
in few.
"""
PLACES = {"shelter_places": 4}
"""Places of every shelter in runs of an entry, if not 40, of which victims there never need all."""
POLICIES = sorted(set(available("policies")) - {"baseline"})


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Corridor]:
    """Return the tutorial with more investigators, and a small shelter in every country abroad, by entry."""

    @cache
    def world(places: int) -> Corridor:
        folder = tmp_path_factory.mktemp("worlds") / "busy"
        shutil.copytree(scenario_directory("tutorial"), folder)
        edit(folder / "agencies.csv", ",40,12,", ",40,120,", ",30,4,", ",30,40,")
        edit(folder / "services.csv", "XAN,150,", f"XAN,{places},")
        shelters = (f"{country.lower()}_shelter,Shelter,{country},{places},8000,toy figures\n" for country in COUNTRIES)
        (folder / "services.csv").write_text((folder / "services.csv").read_text() + "".join(shelters))
        return load(folder)

    return lambda name: world(PLACES.get(name, 40))


COUNTRIES = ("XAD", "XAE", "XAW")


def edit(file: Path, *words: str) -> None:
    """Replace words in a file, in pairs of old and new; each old one must be there."""
    text = file.read_text()
    for old, new in zip(words[::2], words[1::2], strict=True):
        assert old in text
        text = text.replace(old, new)
    file.write_text(text)


def value(ds: xr.Dataset, expected: Expected) -> float:
    """Return the indicator of an entry in a run, summed, and divided by another if it says so.

    Deaths on the way by their expectation: the same without the luck of each crossing.
    """

    def total(name: str) -> float:
        name = "expected_deaths" if name == "deaths" else name
        here = ds[name] if expected.mode is None else ds[name].where(ds["leg_mode"] == expected.mode, 0.0)
        return float(here.sum())

    return total(expected.indicator) / (1.0 if expected.per is None else total(expected.per))


@cache
def run_busy(world: Corridor, policy: Policy, seed: int, agents: int, **own: float) -> xr.Dataset:
    """Run a year of the busy tutorial; runs without a policy are kept for all tests."""
    end = world.start.replace(month=12)
    return Simulation(world, policy, seed=seed, agents=agents, end=end, parameters=BUSY | own).run()


@cache
def run_mediterranean(policy: Policy, seed: int) -> xr.Dataset:
    """Run two years of the Mediterranean, in which the policies have moved in.

    Half of what a step costs does not depend on the agents: many of them say more in less time than many pairs.
    """
    world = load("mediterranean")
    end = world.start.replace(year=world.start.year + 2)
    return Simulation(world, policy, seed=seed, agents=120_000, end=end).run()


def only(what: str, amount: float) -> Policy:
    """Return a policy with one entry of the catalogue everywhere, from the first step on."""
    return make_policy("one", "One", "One measure.", [Measure(what=what, amount=amount)])


SIGNS = {"rises": 1.0, "falls": -1.0}


@pytest.mark.statistical
@pytest.mark.parametrize("name", sorted(catalogue()))
def test_an_entry_moves_what_it_is_meant_to_move(busy: Callable[[str], Corridor], name: str) -> None:
    driver, world = catalogue()[name], busy(name)
    entry, agents, own = only(name, driver.high), AGENTS.get(name, 24_000), OWN.get(name, {})

    def difference(seed: int) -> float:
        before, after = (
            value(run_busy(world, policy, seed, agents, **own), driver.expected) for policy in (Policy(), entry)
        )
        return SIGNS[driver.expected.change] * (after - before)

    shows, seen = is_above_zero(difference, ALPHA)
    assert shows, (np.mean(seen), np.std(seen))


@pytest.mark.statistical
@pytest.mark.parametrize("name", POLICIES)
def test_a_policy_moves_what_it_is_meant_to_move(name: str) -> None:
    expected = policy_file(name).expected
    assert expected is not None
    package = load_policy(name)

    def difference(seed: int) -> float:
        before, after = (value(run_mediterranean(policy, seed), expected) for policy in (Policy(), package))
        return SIGNS[expected.change] * (after - before)

    shows, seen = is_above_zero(difference, ALPHA, OF_POLICIES)
    assert shows, (np.mean(seen), np.std(seen))


@pytest.mark.statistical
def test_an_entry_that_does_nothing_would_be_found() -> None:
    """Noise of mean zero passes about as often as the error rate says: at most 8 of 2,000 where 2 are expected."""
    assert passes_without_effect(ALPHA, 2000) <= 8
    assert not is_above_zero(lambda seed: -1.0 - 0.01 * seed, ALPHA)[0]


# --- none of it -------------------------------------------------------------------------------------------------------


@cache
def year(policy: Policy) -> str:
    """Return the hash of a year of the tutorial."""
    world = load("tutorial")
    return digest(Simulation(world, policy, seed=1, agents=2000, end=world.start.replace(month=6)).run())


@pytest.mark.parametrize("name", sorted(catalogue()))
def test_none_of_an_entry_changes_no_bit(name: str) -> None:
    nothing = only(name, 0.0)
    assert nothing.settings, "the settings are applied, and change nothing"
    assert nothing.costs == ()
    assert year(nothing) == year(Policy())


@pytest.mark.parametrize("name", POLICIES)
def test_a_policy_without_budget_changes_no_bit(name: str) -> None:
    file = policy_file(name)
    measures = [measure.model_copy(update={"amount": 0.0}) for measure in file.measures]
    rules = [
        rule.model_copy(update={"measure": rule.measure.model_copy(update={"amount": 0.0}), "above": 0.0})
        for rule in file.rules
    ]
    assert year(make_policy(name, name, name, measures, rules)) == year(Policy())


def test_some_of_an_entry_changes_bits() -> None:
    assert year(only("border_patrols", 1.0)) != year(Policy()), "the tests above must be able to fail"


# --- what the files say -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*sorted(catalogue()), *POLICIES])
def test_indicators_are_variables_of_the_results(name: str) -> None:
    expected = catalogue()[name].expected if name in catalogue() else policy_file(name).expected
    assert expected is not None and expected.indicator in VARIABLES
    assert expected.per is None or expected.per in VARIABLES
    if expected.mode is not None:
        assert "leg" in VARIABLES[expected.indicator].dims and expected.per is None
