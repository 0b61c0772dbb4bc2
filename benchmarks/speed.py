"""Speed, memory and start of the Mediterranean scenario with every mechanism on.

Each case runs in a process of its own, several times; the best time counts, since other work on the machine can only
slow a run down. Run ``python -m benchmarks.speed``.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time

from benchmarks.report import publish, table

SCENARIO = "mediterranean"
CASES = [(agents, threads) for agents in (10_000, 100_000, 1_000_000) for threads in (1, 2)]
REPEATS = 3
STEPS_PER_SECOND, BYTES_PER_AGENT, SECONDS_TO_FIRST_STEP = 50e6, 1024, 3.0
"""The budget: the first two at one million agents on two threads, the third at every size."""


def run_case(agents: int, threads: int, launched: float, steps: int | None = None) -> dict[str, float]:
    """Run the scenario once in this process.

    Parameters
    ----------
    agents, threads : int
    launched : float
        When this process was started, seconds since the epoch.
    steps : int, optional
        Default: to the end of the scenario.

    Returns
    -------
    dict
        Migrant-steps per second without the first step, which loads compiled code; how many cores the run got on
        average; seconds from the start of the process to the end of that first step; peak memory of the process,
        bytes, and what it was before people came.
    """
    from model import Simulation
    from scenarios import load

    corridor = load(SCENARIO)
    before = _peak_bytes()
    simulation = Simulation(corridor, seed=1, agents=agents, threads=threads)
    simulation.step()
    started, first, cpu = time.time() - launched, simulation.seconds, time.process_time()
    while simulation.running and simulation.now != steps:
        simulation.step()
    seconds = simulation.seconds - first
    return {
        "speed": agents * (simulation.now - 1) / seconds,
        "seconds": seconds,
        "cores": (time.process_time() - cpu) / seconds,
        "start": started,
        "peak_bytes": _peak_bytes(),
        "bytes_before": before,
    }


def _peak_bytes() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak


def _run_in_process(agents: int, threads: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.speed", str(agents), str(threads), repr(time.time())]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main() -> None:
    """Measure all cases and publish the table."""
    _run_in_process(*CASES[0])  # fills the cache of compiled code
    rounds = [{case: _run_in_process(*case) for case in CASES} for _ in range(REPEATS)]
    best = {case: max((runs[case] for runs in rounds), key=lambda run: run["speed"]) for case in CASES}
    for case, run in best.items():
        run["slowest"] = min(runs[case]["speed"] for runs in rounds)
        run["start"] = min(runs[case]["start"] for runs in rounds)
    publish("Speed, memory and start", f"{_summary(best)}\n\n{_verdicts(best)}")


def _summary(best: dict[tuple[int, int], dict[str, float]]) -> str:
    head = [
        "agents", "threads", "million migrant-steps/s, best", "worst", "over 1 thread", "seconds, all steps",
        "cores got", "million a CPU second", "peak MiB", "bytes per agent", "start to first step, s",
    ]  # fmt: skip
    rows = []
    for (agents, threads), run in best.items():
        ratio = run["speed"] / best[agents, 1]["speed"]
        growth = (run["peak_bytes"] - run["bytes_before"]) / agents
        figures = [f"{run['speed'] / 1e6:.1f}", f"{run['slowest'] / 1e6:.1f}", f"{ratio:.2f}", f"{run['seconds']:.1f}"]
        figures += [f"{run['cores']:.2f}", f"{run['speed'] / run['cores'] / 1e6:.1f}"]
        figures += [f"{run['peak_bytes'] / 2**20:.0f}", f"{growth:,.0f}", f"{run['start']:.2f}"]
        rows.append([f"{agents:,}", threads, *figures])
    text = (
        f"Scenario {SCENARIO}, all mechanisms on, all weeks of 2011 to 2021; best of {REPEATS} runs. Bytes per agent: "
        "growth of the process from before the simulation is built to its peak; at 10,000 agents that is mostly "
        "compiled code. Cores got: CPU time over elapsed time; far below the number of threads, other work "
        "took the rest. Start: second start of a fresh process, compiled code cached."
    )
    return f"{text}\n\n{table(head, rows)}"


def _verdicts(best: dict[tuple[int, int], dict[str, float]]) -> str:
    largest = best[CASES[-1]]
    speed, start = largest["speed"], max(b["start"] for b in best.values())
    memory = largest["peak_bytes"] / CASES[-1][0]
    rows = [
        ["migrant-steps/s, two threads, one million agents", f"at least {STEPS_PER_SECOND / 1e6:.0f} million",
         f"{speed / 1e6:.1f} million", speed / STEPS_PER_SECOND, speed >= STEPS_PER_SECOND],
        ["peak memory of the whole process, per agent, at one million", f"under {BYTES_PER_AGENT} bytes",
         f"{memory:.0f} bytes", memory / BYTES_PER_AGENT, memory < BYTES_PER_AGENT],
        ["second start to first step done, slowest case", f"under {SECONDS_TO_FIRST_STEP:.0f} s", f"{start:.2f} s",
         start / SECONDS_TO_FIRST_STEP, start < SECONDS_TO_FIRST_STEP],
    ]  # fmt: skip
    shown = [[*row[:3], f"{row[3]:.2f}", "met" if row[4] else "NOT MET"] for row in rows]
    return table(["budget", "allowed", "measured", "measured over allowed", "verdict"], shown)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(run_case(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))))
    else:
        main()
