"""Results do not depend on how many persons an agent stands for, nor on the length of a step."""

from __future__ import annotations

import datetime as dt
import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from corridor.experiments.commands.shell import main
from corridor.experiments.studies.design import Design, Plan
from corridor.model.errors import InvalidInput
from corridor.model.events import Event
from corridor.model.kernels.clock import Clock
from corridor.model.kernels.departures import set_out
from corridor.model.kernels.hazards import HazardRates, draw_events, split_rates
from corridor.model.kernels.jobs import open_jobs, owed_at_the_start
from corridor.model.kernels.pathways import open_places
from corridor.model.population import Population
from corridor.model.processes.stocks import apportion
from corridor.model.profiles import N_PROFILES
from corridor.model.simulation import Simulation
from corridor.model.states import N_CAUSES, N_STATES, State
from corridor.scenarios import load
from corridor.scenarios.resolution import resolution

ALPHA = 1e-3
"""Chance that a test fails although all is well."""
KEY = np.uint32(1), np.uint32(2)
"""Of the type that a simulation has: with another, kernels would be compiled anew."""


@pytest.mark.parametrize("days", [1, 3, 7])
def test_mean_stay_in_a_state_is_the_same_for_any_step(days: int) -> None:
    """Constant hazard of 20 a year: 4,000 stays of 18.3 days on average. False alarm: 0.1 % each (z test)."""
    n, rate = 4000, 20.0
    population = Population(n, 1.0)
    population.move(np.arange(n), State.WAITING)
    rates = np.zeros((N_STATES, N_PROFILES, N_CAUSES), dtype=np.float32)
    rates[State.WAITING, :, 0] = rate
    sums, personal = np.zeros((2, N_STATES, N_PROFILES), np.float32), np.zeros((N_STATES, N_CAUSES), dtype=np.bool_)
    by_cell = HazardRates(rates, personal, *sums)
    split_rates(np.array([int(State.WAITING)]), by_cell)
    stays, step = np.zeros(n), 0
    while (population.state == State.WAITING).any():
        step += 1
        people, bounds = draw_events(population.scanned, by_cell, Clock(step, days / 365.25, *KEY))
        gone = people[bounds[Event.DECIDE_IN_TRANSIT] : bounds[Event.DECIDE_IN_TRANSIT + 1]]
        stays[gone] = step * days
        population.move(gone, State.SETTLED)
    error = stays.std(ddof=1) / np.sqrt(n)
    assert abs(stays.mean() - 365.25 / rate) < stats.norm.isf(ALPHA / 2) * error


@pytest.mark.parametrize("days", [1, 3, 7])
def test_mean_journey_is_the_same_for_any_step(days: int) -> None:
    """Journeys of 3 days: without the mean, steps of 7 days would make them 7. False alarm: 0.1 % each (z test)."""
    n = 4000
    population, people = Population(n, 1.0), np.arange(n)
    legs, abroad, clock = np.zeros(n, dtype=np.int32), np.ones(1, dtype=np.bool_), Clock(5, days / 365.25, *KEY)
    set_out(people, legs, population.travellers, np.zeros(1), abroad, np.array([3.0 / days]), clock)
    took = (population.due - 5) * float(days)
    error = max(took.std(ddof=1) / np.sqrt(n), 1e-12)
    assert abs(took.mean() - 3.0) < stats.norm.isf(ALPHA / 2) * error + 1e-9


@pytest.mark.slow
@pytest.mark.statistical
@pytest.mark.parametrize("days", [1, 3])
def test_a_week_at_a_time_gives_what_shorter_steps_give(days: int) -> None:
    """Six outcomes of the tutorial differ by 2 % at most: t tests over eight pairs, false alarm 1 % in all."""
    gain = np.log(_totals(7) / _totals(days))
    error = gain.std(axis=0, ddof=1) / np.sqrt(gain.shape[0])
    margin = stats.t.isf(0.01 / len(_TOTALS), gain.shape[0] - 1) * error
    beyond = dict(zip(_TOTALS, np.abs(gain.mean(axis=0)) - margin, strict=True))
    assert max(beyond.values()) < 0.02, beyond


_TOTALS = ("departures", "attempts", "irregular_arrivals", "asylum_claims", "fee_revenue_usd", "passages")


@cache
def _totals(step_days: int) -> np.ndarray:
    """Return six outcomes of eight runs of a year, shape (8, 6): twice the agents cost less than a second year."""
    world, given = load("tutorial"), {"agents": 40_000, "step_days": step_days}
    runs = (Simulation(world, seed=seed, end=world.start.replace(month=12), **given).run() for seed in range(1, 9))
    return np.array([[float(run[name].sum()) for name in _TOTALS] for run in runs])


@pytest.mark.slow
@pytest.mark.statistical
def test_few_agents_give_what_many_give() -> None:
    """The Mediterranean at 12,000 and 60,000 agents: five outcomes differ by 8 % at most. False alarm: 1 % (Welch).

    Before what persons meet on average counted, so few agents gave up to a third more.
    """
    names = ("departures", "onward_departures", "attempts", "victims_started", "expected_deaths")
    world, end = load("mediterranean"), dt.date(2012, 12, 31)
    few, many = (
        np.log([
            [float(run[name].sum()) for name in names]
            for run in (Simulation(world, seed=seed, agents=agents, end=end).run() for seed in range(1, seeds + 1))
        ])
        for agents, seeds in ((12_000, 16), (60_000, 5))
    )  # fmt: skip
    compared = stats.ttest_ind(few, many, equal_var=False, axis=0)
    low, high = compared.confidence_interval(1 - 0.02 / len(names))
    beyond = dict(zip(names, np.maximum(low, -high), strict=True))
    assert max(beyond.values()) < 0.08, beyond


def test_small_communities_have_their_due_on_average() -> None:
    """Over all places where counting may begin, the mean is exact; largest remainders gave the smallest nothing."""
    weights, agents, grid = np.array([900.0, 70.0, 20.0, 7.0, 3.0]), 37, 1000
    drawn = np.array([apportion(weights, agents, (k + 0.5) / grid) for k in range(grid)])
    assert np.all(drawn.sum(axis=1) == agents)
    np.testing.assert_allclose(drawn.mean(axis=0), weights / weights.sum() * agents, atol=2 / grid)


def test_quotas_of_a_fraction_of_an_agent_are_met_on_average() -> None:
    """A fifth of an agent in all: over all places where counting may begin, it is admitted once in five runs."""
    grid, steps = 1000, 50
    allowance = (np.arange(grid) + 0.5) / grid - 0.5
    granted, queued = np.full(grid, 0.2 / steps), np.full(grid, 10)
    admitted = 0
    for _ in range(steps):
        places = open_places(allowance, granted, queued)
        allowance -= places
        admitted += int(places.sum())
    assert admitted / grid == pytest.approx(0.2, abs=2 / grid)


@pytest.mark.parametrize("weight", [2.0, 20.0, 96.0])
def test_as_many_are_held_as_there_are_jobs_whatever_an_agent_stands_for(weight: float) -> None:
    """Twenty jobs that are filled as soon as they are open: over all starts, twenty persons are held, within 4 %.

    Stays are exponential. False alarm: 0.1 % each (z test).
    """
    jobs, base, unknown = np.array([[20.0]]), np.array([[1 / 20]]), np.zeros((1, 1))
    stay, steps, runs, rng = 40.0, 1500, 200, np.random.default_rng(1)
    persons = []
    for start in (np.arange(runs) + 0.5) / runs:
        owed = owed_at_the_start(np.array([[start]]), np.array([[weight / 20]]), np.array([stay]))
        leaving = np.empty(0)
        held = 0
        for step in range(steps):
            leaving = leaving[leaving > step]
            held += leaving.size
            if open_jobs(jobs, np.array([[leaving.size]]), weight, base, unknown, np.array([stay]), owed)[0, 0] > 1e-9:
                leaving = np.append(leaving, step + 0.5 + rng.exponential(stay))
        persons.append(held * weight / steps)
    error = np.std(persons, ddof=1) / np.sqrt(runs)
    assert abs(np.mean(persons) - 20) < 20 * 0.04 + stats.norm.isf(ALPHA / 2) * error


def test_what_is_held_above_the_jobs_closes_the_door_no_longer_than_it_is_held() -> None:
    """Agents that are small beside a sector owe nothing: captives and jobs that were done away with are not repaid."""
    jobs, base, owed = np.array([[20.0]]), np.array([[1 / 20]]), np.zeros((1, 1))
    openings = [
        float(open_jobs(jobs, np.array([[held]]), 1e-3, base, np.zeros((1, 1)), np.array([40.0]), owed)[0, 0])
        for held in (100_000, 0)
    ]
    assert openings == pytest.approx([0.0, 1.0], abs=1e-5)


def test_few_agents_are_said() -> None:
    """The scenario's own agents need no word; a twentieth of them does."""
    tutorial = load("tutorial")
    assert not list(resolution(tutorial, tutorial.agents))
    (said,) = resolution(tutorial, tutorial.agents // 20)
    assert "few" in said


def test_steps_of_which_results_would_depend_are_refused() -> None:
    with pytest.raises(InvalidInput, match=r"step_days is 8; .* from 1 to 7"):
        Simulation(load("tutorial"), agents=20, step_days=8)


@pytest.mark.usefixtures("threads")
@pytest.mark.parametrize(
    "command",
    [
        ["ensemble", "scenarios=[tutorial]"],
        ["robust", "scenario=tutorial", "policies=[baseline,rescue]", "vary=[drought]", "samples=2"],
        ["sensitivity", "scenario=tutorial", "vary=[departure_rate]", "samples=2"],
    ],
    ids=lambda command: command[0],
)
def test_studies_say_once_that_agents_are_few(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["agents=200", "end=2001-03-31", f"results={tmp_path}", "compute.workers=1", "report=json"]
    assert main([*command, *given]) == 0
    said = capsys.readouterr()
    cautions = json.loads(said.out)["cautions"]
    assert len(cautions) == 1 and "200 agents are few" in cautions[0]
    assert all(said.err.count(caution) == 1 for caution in cautions)


def test_a_study_of_several_scenarios_says_which_one_is_meant() -> None:
    tutorial, sea = load("tutorial"), load("mediterranean")
    agents = tutorial.agents
    assert agents < sea.agents / 3
    cautions = Plan(Design(("tutorial", "mediterranean"), ("baseline", "rescue"), agents=agents)).cautions
    assert len(cautions) == 1 and cautions[0].startswith("mediterranean: ")
