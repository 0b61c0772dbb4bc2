"""How far a step is from what memory allows, process by process. Run ``python -m benchmarks roofline``.

Two runs, a small and a large one, tell what a process costs whatever the number of people (fixed) and
what the people of the larger one cost beyond that (growing). Memory allows no less for them than this: the pass over
all people streams their states, and cell, step of arrival and susceptibility of those away from home; everyone who acts
costs a few cache lines anywhere in memory, as many as columns are touched. What exceeds that is computation.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from benchmarks.report import publish, table
from benchmarks.speed import STEPS_PER_SECOND
from corridor.model import Simulation
from corridor.model.events import Event
from corridor.model.kernels.instructions import AHEAD, prefetch
from corridor.model.states import State
from corridor.scenarios import load

SMALL, LARGE = 20_000, 1_000_000
LINE = 64
"""Bytes of a cache line."""
SCANNED = 12
"""Bytes that the pass reads of those away from home, beyond the state: cell, step of arrival, susceptibility."""
LINES = {"departure": 8, "crossing": 5}
"""Cache lines that a process touches of everyone who acts: the record, state and cell, susceptibility; for departure
also whether they are immobile, the step of arrival, past episodes and taste; for crossing the diary."""
PARALLEL = ("draw events", "departure", "crossing", "choice")
"""Processes that spread their longest loops over threads."""
_STEPS_OF = (
    "education", "drivers", "patrols", "market", "controls", "beliefs", "choice", "aspiration", "pathways", "departure",
    "crossing", "settlement", "exploitation", "protection", "investigation", "adaptation", "turnover", "journeys",
    "observation", "costs",
)  # fmt: skip


class Cost(NamedTuple):
    """What a run took."""

    seconds: dict[str, float]
    """CPU time of each process, mean per step."""
    acting: dict[str, float]
    """Agents who act in each process that moves people (draw events: those away from home), mean per step."""


def _best(work: Callable[[], Any], repeats: int) -> float:
    spent = []
    for _ in range(repeats):
        began = time.process_time()
        work()
        spent.append(time.process_time() - began)
    return min(spent)


def bandwidth(mebibytes: int = 256, repeats: int = 5) -> float:
    """Return the memory bandwidth of one core, bytes a second: best copy of an array far larger than the caches."""
    source = np.ones(mebibytes * 2**17)
    target = np.zeros_like(source)
    return 2 * source.nbytes / _best(lambda: np.copyto(target, source), repeats)


def seconds_a_line(mebibytes: int = 256, repeats: int = 5) -> float:
    """Time of a random cache line for one core, seconds: best of the model's own loop that asks ahead."""
    lines = np.zeros(mebibytes * 2**20 // LINE, dtype=np.dtype([("value", np.float64), ("rest", np.uint8, (56,))]))
    order = np.random.default_rng(0).permutation(lines.size)
    _touch(lines, order)
    return _best(lambda: _touch(lines, order), repeats) / order.size


@njit(cache=True)
def _touch(lines, order):  # type: ignore[no-untyped-def]
    for row in range(order.size):
        prefetch(lines, order[min(row + AHEAD, order.size - 1)])
        lines[order[row]].value += 1.0


def cost_by_process(agents: int, steps: int | None = None) -> Cost:
    """Time of each process, and number of people who act in it.

    Parameters
    ----------
    agents : int
    steps : int, optional
        Default: to the end of the scenario. The first, which loads compiled code, does not count.
    """
    sim = Simulation(load("mediterranean"), seed=1, agents=agents)
    spent: dict[str, list[float]] = {}
    for name in _STEPS_OF:
        _time_calls(getattr(sim, name), "step", spent.setdefault(name, []))
    _time_calls(sim.hazards, "draw", spent.setdefault("draw events", []))
    _time_calls(sim, "step", spent.setdefault("whole step", []))
    acting: dict[str, list[int]] = {"draw events": [], "departure": [], "crossing": []}
    while sim.running and sim.now != steps:
        sim.step()
        with_event = sim.population.with_event
        acting["draw events"].append(np.count_nonzero(~np.isin(sim.population.state, (State.HOME, State.DEAD))))
        acting["departure"].append(with_event(Event.DECIDE_AT_HOME).size + with_event(Event.DECIDE_IN_TRANSIT).size)
        acting["crossing"].append(with_event(Event.ARRIVED).size)
    return Cost(
        {name: float(np.mean(calls[1:])) for name, calls in spent.items()},
        {name: float(np.mean(counts[1:])) for name, counts in acting.items()},
    )


def _time_calls(owner: Any, name: str, spent: list[float]) -> None:
    """Time every call of a method of one object."""
    method = getattr(owner, name)

    def timed(*arguments: Any) -> Any:
        began = time.process_time()
        result = method(*arguments)
        spent.append(time.process_time() - began)
        return result

    setattr(owner, name, timed)


def least_seconds(acting: dict[str, float], agents: int, speed: float, line: float) -> dict[str, float]:
    """Return the time that memory alone takes in each process that moves people, seconds a step.

    Parameters
    ----------
    acting : dict of str to float
        See `Cost`.
    agents : int
    speed, line : float
        See `bandwidth` and `seconds_a_line`.
    """
    streamed = (agents + SCANNED * acting["draw events"]) / speed
    return {"draw events": streamed, **{name: n * acting[name] * line for name, n in LINES.items()}}


def main() -> None:
    """Publish fixed and growing cost, distance from the limit, and what bounds a step on two cores."""
    speed, line = bandwidth(), seconds_a_line()
    small, large = cost_by_process(SMALL), cost_by_process(LARGE)
    least = least_seconds(large.acting, LARGE, speed, line)
    rows, fixed, growing = [], {}, {}
    for name, seconds in sorted(large.seconds.items(), key=lambda item: -item[1]):
        slope = max(seconds - small.seconds[name], 0.0) / (LARGE - SMALL)
        growing[name] = slope * LARGE
        fixed[name] = max(seconds - growing[name], 0.0)
        cells = ["", "", "", "", ""]
        if name in least:
            act = large.acting[name]
            per_person = growing[name] / act
            moved = LARGE + SCANNED * act if name == "draw events" else LINE * LINES[name] * act
            ratio = growing[name] / least[name]
            bound = "memory" if ratio < 2 else "computation"
            cells = [
                f"{act:,.0f}", f"{1e9 * per_person:.0f}", f"{moved / 2**20:.1f}", f"{1000 * least[name]:.2f}",
                f"{ratio:.1f}, {bound}",
            ]  # fmt: skip
        rows.append([name, *(f"{1000 * s:.2f}" for s in (seconds, fixed[name], growing[name])), *cells])
    head = [
        "process", f"ms a step, {LARGE:,} agents", "fixed", "growing", "agents who act", "ns for each",
        "MiB it must move", "ms that memory needs", "growing over that, bound by",
    ]  # fmt: skip
    publish("Roofline", f"{_introduction(speed, line)}\n\n{table(head, rows)}\n\n{_verdict(fixed, growing, least)}")


def _introduction(speed: float, line: float) -> str:
    lines = ", ".join(f"{name} {n} each" for name, n in LINES.items())
    return (
        f"Mediterranean, one thread, mean CPU time of all weeks of 2011 to 2021. One core moves {speed / 1e9:.1f} GB/s "
        f"in order, and a cache line of {LINE} bytes at random takes it {1e9 * line:.1f} ns when asked for ahead. "
        "Fixed: cost whatever the number of people (groups, organisations, calls); growing: the rest. MiB it must "
        f"move: states of all and {SCANNED} bytes of those away from home, in order (draw events), or the cache lines "
        f"of those who act ({lines}), at random."
    )


def _verdict(fixed: dict[str, float], growing: dict[str, float], least: dict[str, float]) -> str:
    """Upper bound of speed on two cores for this step, with memory as the only limit."""
    whole, budget = fixed["whole step"] + growing["whole step"], LARGE / STEPS_PER_SECOND
    shared = sum(growing[name] + (fixed[name] if name == "choice" else 0.0) for name in PARALLEL)
    cases = [
        ("all that grows with people free of cost, one core", fixed["whole step"]),
        ("what memory needs for those who act, one core", sum(least.values())),
        ("this step, one core", whole),
        (f"this step, {', '.join(PARALLEL)} in halves on two cores (growing part; choice wholly)", whole - shared / 2),
        ("this step in halves on two cores, all of it", whole / 2),
    ]
    rows = [
        [name, f"{1000 * seconds:.2f}", f"{LARGE / seconds / 1e6:,.0f}", "within" if seconds <= budget else "above"]
        for name, seconds in cases
    ]
    head = ["limit", "ms a step", "million migrant-steps/s", f"budget of {1000 * budget:.1f} ms"]
    return table(head, rows)


if __name__ == "__main__":
    main()
