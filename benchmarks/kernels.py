"""Compiled kernels and their plain NumPy twins on the same work. Run ``python -m benchmarks kernels``."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.report import publish, table
from corridor.model import Simulation
from corridor.model.kernels.beliefs import BeliefUpdate, LegBeliefs, update_beliefs
from corridor.model.kernels.hazards import draw_events
from corridor.model.kernels.values import update_values
from corridor.scenarios import load
from tests.reference import choice as reference
from tests.reference.beliefs import update_beliefs_numpy
from tests.reference.hazards import draw_events_numpy

AGENTS, WARM_UP, REPEATS = 1_000_000, 26, 5


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
        "values of the first stratum": _values(sim),
        "beliefs": _beliefs(sim),
    }


def _events(sim: Simulation) -> tuple[float, float]:
    arguments = sim.population.scanned, sim.hazards.by_cell, sim.clock
    return cpu_seconds(lambda: draw_events(*arguments)), cpu_seconds(lambda: draw_events_numpy(*arguments))


def _values(sim: Simulation) -> tuple[float, float]:
    choice, corridor = sim.choice, sim.corridor
    prospects, trials, purses = choice.prospects(), choice.trials(), choice.means.purses()
    # One stratum, of the first community: the twin would take minutes for all of them.
    strata, community = np.zeros(1, dtype=np.int64), 0
    values, preferences = choice.values, choice._preferences
    ends, home = (corridor.leg_origin, corridor.leg_destination), int(corridor.home[community])
    risk, living = prospects.risk[:, community], prospects.living[community]

    def twin() -> None:
        for group, factor in enumerate(preferences.attitude):
            tries, arriving = reference.tried_until_through(risk[0], trials, preferences.reckoning)
            one = reference.perceived(prospects, factor, preferences.risk, community, trials, preferences.reckoning)
            utility = prospects.once[community] + one * tries
            at_home = float(values.value[group, home])
            aims, all_pay = choice.network.aims[community], np.ones(utility.size)
            reference.solved(
                utility, arriving, at_home, all_pay, ends, living, aims, home, preferences[:4], choice.network.passes
            )

    return (
        cpu_seconds(lambda: update_values(values, strata, prospects, trials, purses, choice.network, preferences)),
        cpu_seconds(twin),
    )


def _beliefs(sim: Simulation) -> tuple[float, float]:
    beliefs = sim.beliefs
    truth, waved = beliefs._truth(), sim.levers["waved_through"]
    public, talk = beliefs._public(truth), BeliefUpdate(0.99, 0.2, 50.0, 0.02, 0.8)
    known = LegBeliefs(*(column.copy() for column in beliefs._known))
    told = public, truth, beliefs._campaigns, waved, talk
    return cpu_seconds(lambda: update_beliefs(known, *told)), cpu_seconds(lambda: update_beliefs_numpy(known, *told))


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
