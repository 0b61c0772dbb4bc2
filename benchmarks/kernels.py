"""Compiled kernels and their plain NumPy twins on the same work. Run ``python -m benchmarks kernels``."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.report import publish, table
from model import Simulation
from model.kernels.beliefs import Talk, update_beliefs, update_beliefs_numpy
from model.kernels.choice import perceive_legs, solve_values, solve_values_numpy
from model.kernels.hazards import draw_events, draw_events_numpy
from model.processes.choice import N_ATTITUDES
from model.states import N_CAUSES, N_STATES
from scenarios import load

AGENTS, WARM_UP, REPEATS, SWEEPS = 1_000_000, 26, 5, 1


def cpu_seconds(work: Callable[[], Any]) -> float:
    """Return the CPU time of the fastest of several calls, after one that compiles, seconds."""
    work()
    spent = []
    for _ in range(REPEATS):
        began = time.process_time()
        work()
        spent.append(time.process_time() - began)
    return min(spent)


def pairs(agents: int = AGENTS, steps: int = WARM_UP) -> dict[str, tuple[float, float]]:
    """Return CPU seconds of each kernel and of its twin, on a Mediterranean that has run for a while, one thread."""
    sim = Simulation(load("mediterranean"), seed=1, agents=agents)
    while sim.now < steps:
        sim.step()
    return {
        f"events of {agents:,} people": _events(sim),
        "values, one sweep": _values(sim),
        "beliefs": _beliefs(sim),
    }


def _events(sim: Simulation) -> tuple[float, float]:
    people, rates = sim.population, sim._rates.reshape(N_STATES, -1, N_CAUSES)
    who = people.state, people.cell, people.due, people.susceptibility
    when = sim.calendar.years, sim.now
    tables = rates, sim._common, sim._own, sim._personal
    return (
        cpu_seconds(
            lambda: draw_events(
                people.room, people.state, people.state_words, *who[1:], *tables, *when, *sim.streams.key
            )
        ),
        cpu_seconds(lambda: draw_events_numpy(*who, rates, sim._personal, *when, sim.streams.key)),
    )


def _values(sim: Simulation) -> tuple[float, float]:
    choice, corridor, p = sim.choice, sim.corridor, sim.parameters
    end, utility = choice._end_utility(), np.empty(choice._weight.shape)
    perceive_legs(utility, choice._common_utility(), choice._attitude, choice._risk_utility, sim.beliefs.risk)
    out = choice.value.copy(), np.zeros_like(utility), np.zeros_like(choice.value)
    network = choice.first_leg, choice.leg_by_origin, corridor.leg_destination, choice._first_place, choice._reached
    ends = corridor.leg_origin, corridor.leg_destination
    of_groups = np.repeat(end, N_ATTITUDES, axis=0)
    return (
        cpu_seconds(lambda: solve_values(*out, utility, end, *network, p.foresight, p.choice_scale, SWEEPS, 0.0)),
        cpu_seconds(lambda: solve_values_numpy(utility, of_groups, *ends, p.foresight, p.choice_scale, SWEEPS)),
    )


def _beliefs(sim: Simulation) -> tuple[float, float]:
    beliefs = sim.beliefs
    weight, emphasis = beliefs._message
    truth, waved, talk = beliefs._truth(), sim.levers["waved_through"], Talk(0.99, 0.2, 50.0, 0.8)
    news, under_way, prior = beliefs._news.copy(), beliefs._under_way.copy(), beliefs._prior
    risk = beliefs.risk.copy()
    return (
        cpu_seconds(lambda: update_beliefs(risk, news, under_way, prior, truth, weight, emphasis, waved, talk)),
        cpu_seconds(lambda: update_beliefs_numpy(news, under_way, prior, truth, weight, emphasis, waved, talk)),
    )


def main() -> None:
    """Publish the ratios."""
    rows = [
        [name, f"{1000 * kernel:.2f}", f"{1000 * twin:.2f}", f"{twin / kernel:.0f}"]
        for name, (kernel, twin) in pairs().items()
    ]
    text = (
        f"Mediterranean after {WARM_UP} weeks, one thread, CPU time, best of {REPEATS}. The twins are what tests hold "
        "the kernels against, written to be read."
    )
    publish("Kernels and their NumPy twins", f"{text}\n\n{table(['work', 'kernel, ms', 'NumPy, ms', 'ratio'], rows)}")


if __name__ == "__main__":
    main()
