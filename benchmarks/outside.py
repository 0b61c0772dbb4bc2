"""Where the time goes outside the kernels: import, compile, start, load, record, store.

Each line is a fresh process; CPU time, children included, so that other work on the machine counts little. Run
``python -m benchmarks outside``.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time

from benchmarks.report import publish, table

_LOAD = "from corridor.model import Simulation; from corridor.scenarios import load; c = load('mediterranean')"
_STEP = f"{_LOAD}; s = Simulation(c, agents=20_000); s.step()"
CASES: list[tuple[str, list[str], float | None]] = [
    ("interpreter alone", ["-c", "pass"], None),
    ("import model", ["-c", "import corridor.model"], None),
    ("and load the Mediterranean", ["-c", _LOAD], None),
    ("and build and take the first step", ["-c", _STEP], 3.0),
    ("and give the dataset", ["-c", f"{_STEP}; s.dataset()"], None),
    ("corridor list policies", ["-m", "corridor.experiments.commands.shell", "list", "policies"], 1.0),
    ("corridor run scenario=tutorial", ["-m", "corridor.experiments.commands.shell", "run", "scenario=tutorial"], 5.0),
    (
        "the same without figure",
        ["-m", "corridor.experiments.commands.shell", "run", "scenario=tutorial", "figure=false"],
        None,
    ),
]
"""What, arguments of Python, seconds allowed."""


def run(arguments: list[str], **environment: str) -> tuple[float, float]:
    """Return CPU and elapsed seconds of a Python process, run in a directory that is thrown away."""
    with tempfile.TemporaryDirectory() as folder:
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run(
            [sys.executable, *arguments],
            check=True, capture_output=True, cwd=folder, env=os.environ | environment,
        )  # fmt: skip
        elapsed, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, elapsed


def main(repeats: int = 3) -> None:
    """Publish the table."""
    run(["-c", _STEP])  # fills the cache of compiled code
    rows = []
    for name, arguments, allowed in CASES:
        cpu, elapsed = min(run(arguments) for _ in range(repeats))
        verdict = "" if allowed is None else f"{allowed:.0f} s: {'met' if elapsed < allowed else 'NOT MET'}"
        rows.append([name, f"{cpu:.2f}", f"{elapsed:.2f}", verdict])
    with tempfile.TemporaryDirectory() as cache:
        cpu, elapsed = run(["-c", _STEP], NUMBA_CACHE_DIR=cache)
    rows.append(["first step with nothing compiled yet", f"{cpu:.2f}", f"{elapsed:.2f}", ""])
    text = f"Fresh process each, least CPU time of {repeats} (of one, compiling); each line includes those above it."
    publish("Outside the kernels", f"{text}\n\n{table(['what', 'CPU s', 'elapsed s', 'allowed'], rows)}")


if __name__ == "__main__":
    main()
