"""What an ensemble costs beside its runs: two processes over one, a Dask cluster over local processes, the driver.

Usage: ``python -m benchmarks.ensemble [runs]``, at least two, on an otherwise idle machine.
Worker processes import and load what is compiled within their first run: take enough runs that this counts for little.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from distributed import LocalCluster

from corridor.experiments.runs.run import simulate
from corridor.experiments.studies.design import Design, Plan
from corridor.experiments.studies.ensemble import compute, run_ensemble


def main(runs: int) -> None:
    design = Design(("mediterranean",), ("baseline",), seeds=tuple(range(runs)), agents=20_000)
    plan = Plan(design)
    planned = next(plan.planned_runs(np.arange(1)))
    compute(plan.common, planned)  # compiles, or loads what is compiled
    alone = min(cpu(lambda: simulate(plan.common.job(planned))) for _ in range(3))
    kept = min(cpu(lambda: compute(plan.common, planned)) for _ in range(3))
    print(f"one run: {alone:.2f} CPU s; with what is kept of it {kept:.2f} ({kept / alone - 1:+.1%})")
    with tempfile.TemporaryDirectory() as folder:
        one, driver = timed(design, Path(folder) / "one.zarr", number=1)
        two, _ = timed(design, Path(folder) / "two.zarr", number=2)
        with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
            dask, _ = timed(design, Path(folder) / "dask.zarr", scheduler=cluster.scheduler_address)
    print(f"{runs} runs: {one:.1f} s in one process, {two:.1f} s in two ({one / two:.2f} times as fast)")
    print(f"Dask cluster of two workers: {dask:.1f} s ({dask / two - 1:+.1%})")
    print(f"driver: {driver * 1000:.0f} CPU ms a run ({driver / alone:.1%} of a run)")


def cpu(call: Callable[[], object]) -> float:
    began = time.process_time()
    call()
    return time.process_time() - began


def timed(design: Design, study: Path, **where: object) -> tuple[float, float]:
    """Return the seconds of an ensemble, and the driver's CPU seconds a run once the first is there.

    Stop if a run fails: a failure takes no time.
    """
    marks: list[float] = []
    result = run_ensemble(design, study, progress=lambda _: marks.append(time.process_time()), **where)  # type: ignore[arg-type]
    if result.failed:
        sys.exit(f"{result.failed} of {design.size} runs failed: {result.store.failures()['error'].iloc[0]}")
    return result.seconds, (marks[-1] - marks[1]) / (design.size - 1)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
