"""Compute the answers that the app ships with (`views/gallery.py`): all ready packages in the periods of the gallery.

Run ``python -m docs.make_gallery`` whenever the model, the scenario or a package has changed; it takes some minutes on
two cores. Each run is kept in ``results/gallery`` when it is done: a command that was stopped goes on where it was.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import xarray as xr

from corridor.experiments.runs import stop
from corridor.experiments.runs.engine import executor, one_thread_each
from corridor.experiments.runs.run import Job, simulate
from corridor.experiments.runs.screen import ProgressBar
from corridor.experiments.runs.store import fingerprint, write_netcdf
from corridor.experiments.runs.world import policy_hash
from corridor.scenarios import load_policy
from corridor.views.digest import digest
from corridor.views.gallery import PERIODS, RUNS, identity, keep, period_question, ready

RESULTS = Path("results/gallery")


def jobs(period: str) -> Iterator[tuple[Path, Job]]:
    """Yield the runs of a period and the file that keeps each, seed by seed."""
    question = period_question(period, ("rescue",))
    policies = [question.world.under(load_policy(name)) for name in ready()]
    for seed in range(RUNS):
        for policy in policies:
            name = fingerprint([identity(period), policy_hash(policy), seed])
            yield RESULTS / f"{name}.nc", Job(question.world, policy, seed)


def compute(task: tuple[Path, Job]) -> Path:
    """Compute one run, unless it is there, and keep its digest; a file appears only when it is whole."""
    file, job = task
    if not file.exists():
        reduced = digest(simulate(job))
        del reduced.attrs["lives"]
        names = {name: part.astype(object) for name, part in reduced.coords.items() if part.dtype.kind in "UTO"}
        partial = file.with_suffix(f".{os.getpid()}")
        write_netcdf(reduced.assign_coords(names).assign_attrs(policy_hash=policy_hash(job.policy)), partial)
        partial.replace(file)
    return file


def joined(files: list[Path], period: str) -> xr.Dataset:
    """Return the runs of a period over ``policy`` and ``replicate``."""
    runs = [xr.load_dataset(file) for file in files]
    rows, hashes = [], []
    for name in ready():
        ours = [run for run in runs if run.attrs["policy"] == name]
        rows.append(xr.concat(ours, "replicate", combine_attrs="drop_conflicts"))
        hashes.append(ours[0].attrs["policy_hash"])
    whole = xr.concat(rows, "policy", combine_attrs="drop_conflicts")
    whole = whole.assign_coords(policy=ready(), replicate=range(RUNS), policy_hash=("policy", hashes))
    return whole.assign_attrs(identity=identity(period))


def main() -> None:
    """Compute missing runs and write the files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, default=2)
    workers = parser.parse_args().workers
    began = time.perf_counter()
    RESULTS.mkdir(parents=True, exist_ok=True)
    plans = {period: list(jobs(period)) for period in PERIODS}
    every = [task for plan in plans.values() for task in plan]
    compute(every[0])  # compiles what is not compiled yet, once
    with executor(workers) as pool, ProgressBar("runs") as progress:
        for done, _ in enumerate(pool.map(compute, every), 1):
            progress(done, len(every))
    for period, plan in plans.items():
        file = keep(joined([file for file, _ in plan], period), period)
        print(f"{file}: {file.stat().st_size / 1e6:.1f} MB")
    print(f"{len(every)} runs, {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    one_thread_each()
    sys.exit(stop.run(main))
