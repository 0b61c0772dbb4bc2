"""Time by process of a step: where a run spends its time. Run ``python -m benchmarks.profile``."""

from __future__ import annotations

import time
from unittest.mock import patch

from benchmarks.report import publish, table
from corridor.model import Simulation
from corridor.model.schedule import SCHEDULE, Step
from corridor.scenarios import load

SIZES = (10_000, 1_000_000)


def by_process(agents: int, steps: int | None = None) -> dict[str, float]:
    """Return milliseconds per step that each line of the schedule takes, the longest first.

    Parameters
    ----------
    agents : int
    steps : int, optional
        Default: to the end of the scenario.
    """
    simulation = Simulation(load("mediterranean"), seed=1, agents=agents)
    simulation.step()
    spent = dict.fromkeys((step.process for step in SCHEDULE), 0.0)

    def timed(step: Step) -> Step:
        def act(sim: Simulation) -> None:
            began = time.perf_counter()
            step.act(sim)
            spent[step.process] += time.perf_counter() - began

        return step._replace(act=act)

    with patch("corridor.model.simulation.SCHEDULE", [timed(step) for step in SCHEDULE]):
        while simulation.running and simulation.now != steps:
            simulation.step()
    calls = {name: 1000 * seconds / (simulation.now - 1) for name, seconds in spent.items()}
    return dict(sorted(calls.items(), key=lambda item: -item[1]))


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
        "Scenario mediterranean, one thread, all weeks of 2011 to 2021. Processes below 0.5 % are left out of the rows."
    )
    publish("Time by process", f"{text}\n\n{table(head, rows)}")


if __name__ == "__main__":
    main()
