"""Time by process of a step: where a run spends its time. Run ``python -m benchmarks.profile``."""

from __future__ import annotations

import cProfile
import pstats
from pathlib import Path

from benchmarks.report import publish, table
from corridor.model import Simulation
from corridor.scenarios import load

Function = tuple[str, int, str]
"""File, line and name, as the profiler keeps them."""
SIZES = (10_000, 1_000_000)


def by_process(agents: int, steps: int | None = None) -> dict[str, float]:
    """Return milliseconds per step that each call of `Simulation.step` takes, the longest first.

    Parameters
    ----------
    agents : int
    steps : int, optional
        Default: to the end of the scenario.
    """
    simulation = Simulation(load("mediterranean"), seed=1, agents=agents)
    simulation.step()
    profiler = cProfile.Profile()
    with profiler:
        while simulation.running and simulation.now != steps:
            simulation.step()
    stats = pstats.Stats(profiler)
    stats.calc_callees()
    callees: dict[Function, dict[Function, tuple[int, int, float, float]]] = vars(stats)["all_callees"]
    step = next(key for key in callees if _name(key) == "simulation.step")
    calls: dict[str, float] = {}
    for callee, (_, _, _, seconds) in callees[step].items():
        calls[_name(callee)] = calls.get(_name(callee), 0.0) + 1000 * seconds / (simulation.now - 1)
    return dict(sorted(calls.items(), key=lambda item: -item[1]))


def _name(function: Function) -> str:
    return f"{Path(function[0]).stem}.{function[2].lstrip('_')}"


def main() -> None:
    """Profile small and large runs side by side."""
    runs = [by_process(agents) for agents in SIZES]
    totals = [sum(run.values()) for run in runs]
    rows = []
    for name in runs[-1]:
        cells = [(run.get(name, 0.0), total) for run, total in zip(runs, totals, strict=True)]
        if max(ms / total for ms, total in cells) >= 0.005:
            rows.append([name, *(cell for ms, total in cells for cell in (f"{ms:.2f}", f"{ms / total:.0%}"))])
    rows.append(["all", *(cell for total in totals for cell in (f"{total:.2f}", "100%"))])
    head = ["process", *(cell for agents in SIZES for cell in (f"ms a step, {agents:,} agents", "share"))]
    text = (
        "Scenario mediterranean, one thread, all weeks of 2011 to 2021, with the profiler's own time. "
        "Processes below 0.5 % are left out of the rows."
    )
    publish("Time by process", f"{text}\n\n{table(head, rows)}")


if __name__ == "__main__":
    main()
