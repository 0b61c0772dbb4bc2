"""How the cost of a step grows with places and legs, and runs side by side. Run ``python -m benchmarks scaling``."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from benchmarks.grid import corridor
from benchmarks.report import publish, table
from corridor.model import Simulation

SIZES = ((40, 50), (120, 500), (1_000, 5_000), (2_000, 10_000))
"""Places and legs."""
AGENTS, WARM_UP, STEPS = 20_000, 5, 30
REPLICATES = 4
_REPLICATE = (
    "from corridor.model import Simulation; from corridor.scenarios import load;"
    "Simulation(load('mediterranean'), agents=20_000, seed={seed}).run()"
)


def step_seconds(n_places: int, n_legs: int, agents: int = AGENTS, steps: int = STEPS) -> float:
    """Return the median CPU time of a step on a made-up corridor, seconds."""
    sim = Simulation(corridor(n_places, n_legs), seed=1, agents=agents)
    spent = []
    while sim.now < WARM_UP + steps:
        began = time.process_time()
        sim.step()
        spent.append(time.process_time() - began)
    return float(np.median(spent[WARM_UP:]))


def replicates_seconds(processes: int, replicates: int = REPLICATES) -> float:
    """Return the elapsed time of whole runs of the Mediterranean in so many processes at a time, seconds."""

    def one(seed: int) -> None:
        subprocess.run([sys.executable, "-c", _REPLICATE.format(seed=seed)], check=True)

    began = time.perf_counter()
    with ThreadPoolExecutor(processes) as pool:
        list(pool.map(one, range(replicates)))
    return time.perf_counter() - began


def main() -> None:
    """Publish both tables."""
    seconds = [step_seconds(*size) for size in SIZES]
    rows = [
        [f"{places:,}", f"{legs:,}", f"{1000 * s:.2f}", f"{1e6 * s / legs:.2f}"]
        for (places, legs), s in zip(SIZES, seconds, strict=True)
    ]
    # From 5,000 to 10,000 legs the fixed cost of a step no longer counts.
    power = np.log(seconds[-1] / seconds[-2]) / np.log(SIZES[-1][1] / SIZES[-2][1])
    head = ["places", "legs", "ms a step", "µs a leg"]
    text = (
        f"Made-up corridors, {AGENTS:,} agents, one thread, median CPU time of {STEPS} steps. Between the last two "
        f"rows the cost of a step grows as legs to the power {power:.2f}: {'linear' if power < 1.1 else 'NOT LINEAR'} "
        "(allowed: 1.1)."
    )
    publish("Places and legs", f"{text}\n\n{table(head, rows)}")
    alone, together = (replicates_seconds(processes) for processes in (1, 2))
    rows = [["1", f"{alone:.1f}", "1.00"], ["2", f"{together:.1f}", f"{alone / together:.2f}"]]
    text = f"{REPLICATES} whole runs of the Mediterranean with {AGENTS:,} agents, a process each, imports and all."
    publish("Replicates by process", f"{text}\n\n{table(['processes', 'elapsed s', 'speed-up'], rows)}")


if __name__ == "__main__":
    main()
