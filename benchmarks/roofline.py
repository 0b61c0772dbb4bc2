"""How far a step is from what memory allows, process by process. Run ``python -m benchmarks roofline``.

Two runs of the same weeks, a small and a large one, tell what a process costs whatever the number of people (fixed) and
what each further person costs (slope). At the memory's bandwidth the slope is a number of bytes; the pass over all
people must at least read every state and write every event, and read three more columns of those away from home.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from benchmarks.report import publish, table
from model import Simulation
from model.states import State
from scenarios import load

SMALL, LARGE, FROM, STEPS = 20_000, 1_000_000, 26, 130
_STEPS_OF = (
    "education", "drivers", "patrols", "market", "beliefs", "choice", "aspiration", "pathways", "departure", "crossing",
    "settlement", "exploitation", "protection", "investigation", "adaptation", "observation", "costs",
)  # fmt: skip


def bandwidth(mebibytes: int = 256, repeats: int = 5) -> float:
    """Return the memory bandwidth of one core, bytes a second: best copy of an array far larger than the caches."""
    source = np.ones(mebibytes * 2**17)
    target = np.zeros_like(source)
    spent = []
    for _ in range(repeats):
        began = time.process_time()
        np.copyto(target, source)
        spent.append(time.process_time() - began)
    return 2 * source.nbytes / min(spent)


def cost_by_process(agents: int, first: int = FROM, last: int = STEPS) -> tuple[dict[str, float], float]:
    """Return median CPU seconds a step by process, and bytes that the pass over all people must move a person.

    Parameters
    ----------
    agents : int
    first, last : int
        Steps that count.
    """
    sim = Simulation(load("mediterranean"), seed=1, agents=agents)
    spent: dict[str, list[float]] = {}
    for name in _STEPS_OF:
        _time_calls(getattr(sim, name), "step", spent.setdefault(name, []))
    _time_calls(sim, "_draw_events", spent.setdefault("draw events", []))
    _time_calls(sim, "step", spent.setdefault("whole step", []))
    while sim.now < last:
        sim.step()
    away = ~np.isin(sim.population.state, (State.HOME, State.DEAD))
    needed = 2 + away.mean() * (sim.population.cell.itemsize + sim.population.due.itemsize + 4)
    return {name: float(np.median(calls[first:])) for name, calls in spent.items()}, float(needed)


def _time_calls(owner: Any, name: str, spent: list[float]) -> None:
    """Time every call of a method of one object."""
    method = getattr(owner, name)

    def timed() -> Any:
        began = time.process_time()
        result = method()
        spent.append(time.process_time() - began)
        return result

    setattr(owner, name, timed)


def main() -> None:
    """Publish fixed cost, slope and distance from the limit."""
    speed = bandwidth()
    (small, _), (large, needed) = cost_by_process(SMALL), cost_by_process(LARGE)
    rows = []
    for name, seconds in sorted(large.items(), key=lambda item: -item[1]):
        slope = max(seconds - small[name], 0.0) / (LARGE - SMALL)
        fixed = max(small[name] - slope * SMALL, 0.0)
        limit = f"{slope * speed / needed:.1f}" if name in ("draw events", "whole step") else ""
        rows.append(
            [name, f"{1000 * seconds:.2f}", f"{1000 * fixed:.2f}", f"{1e9 * slope:.3f}", f"{slope * speed:.1f}", limit]
        )
    head = [
        "process", f"ms a step, {LARGE:,} agents", "fixed ms a step", "ns a migrant-step", "bytes a migrant-step",
        "over the limit",
    ]  # fmt: skip
    text = (
        f"Mediterranean, one thread, median CPU time of steps {FROM} to {STEPS}. "
        f"Bandwidth of one core: {speed / 1e9:.1f} GB/s. "
        f"Bytes: what memory could have moved in the time. The pass over all people must move {needed:.1f} bytes a "
        f"migrant-step, which bounds one core at {speed / needed / 1e6:,.0f} million migrant-steps a second; over the "
        "limit says how many times longer the slope is. The rest is fixed cost of groups, organisations and calls."
    )
    publish("Roofline", f"{text}\n\n{table(head, rows)}")


if __name__ == "__main__":
    main()
