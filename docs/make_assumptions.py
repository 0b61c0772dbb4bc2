"""Compute the app's tables of assumptions behind its ready-made packages (`views/assumptions.py`).

Run ``python -m docs.make_assumptions`` whenever the model, the scenario or a package has changed: 24 worlds in which 23
assumptions are low or high, the baseline and all ready packages in each. Each run is kept in ``results/assumptions``
when it is done. ``--screen`` first chooses the 23 among all assumptions: in 96 worlds in which all of them are low or
high at random, those are taken that move the effects of two packages most.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from corridor.experiments.analysis.assumptions import Assumption, assumption, random_balance, settings, swings
from corridor.experiments.runs import stop
from corridor.experiments.runs.engine import executor, one_thread_each
from corridor.experiments.runs.run import Job, simulate
from corridor.experiments.runs.screen import ProgressBar
from corridor.experiments.runs.store import fingerprint
from corridor.experiments.runs.world import policy_hash
from corridor.model.parameters import REGISTRY
from corridor.scenarios import load_policy
from corridor.views.assumptions import CANDIDATES, OUTCOMES, jobs, keep, packages, shipped_question
from corridor.views.doses import headline
from corridor.views.package import BASELINE

RESULTS = Path("results/assumptions")
SCREENED = ("comprehensive", "border_enforcement")
WORLDS, SEED, TAKEN = 96, 1, 23
UNSEEN = ("observation",)
"""Processes that change statistics alone."""


def everything() -> list[Assumption]:
    """Return all parameters that are not measured and have a range."""
    values = shipped_question().world.corridor.parameter_values()
    rows = [row for row in REGISTRY.values() if row.obtained != "measured" and row.process not in UNSEEN]
    found = [assumption(row.name, values) for row in rows]
    return [each for each in found if each.low < each.high]


def kept(job: Job) -> Path:
    """Return the file that keeps the outcomes of a run."""
    return RESULTS / f"{fingerprint([job.world.study(Path()).path.name, policy_hash(job.policy), job.seed])}.json"


def compute(job: Job) -> dict[str, float]:
    """Return the outcomes of a run, computed unless they are there; a file appears only when it is whole."""
    file = kept(job)
    if not file.exists():
        partial = file.with_suffix(f".{os.getpid()}")
        partial.write_text(json.dumps(headline(simulate(job))), encoding="utf-8")
        partial.replace(file)
    found: dict[str, float] = json.loads(file.read_text(encoding="utf-8"))
    return found


def computed(wanted: list[Job], workers: int) -> list[dict[str, float]]:
    """Compute jobs on several processes."""
    compute(wanted[0])  # compiles what is not compiled yet, once
    found = []
    with executor(workers) as pool, ProgressBar("runs") as progress:
        for done, outcome in enumerate(pool.map(compute, wanted), 1):
            found.append(outcome)
            progress(done, len(wanted))
    return found


def screen(workers: int) -> None:
    """Choose the candidates and write their table."""
    known, world = everything(), shipped_question().world
    design = random_balance(len(known), WORLDS, SEED)
    names = [BASELINE, *SCREENED]
    wanted = [
        Job(there, there.under(load_policy(name)), seed)
        for seed, there in enumerate(world.given(settings(known, row)) for row in design)
        for name in names
    ]
    found = np.array([[outcome[name] for name in OUTCOMES] for outcome in computed(wanted, workers)])
    logs = np.log(found).reshape(WORLDS, len(names), len(OUTCOMES))
    effects = (logs[:, 1:] - logs[:, :1]).reshape(WORLDS, -1)
    spread = np.abs(swings(effects, design)) / effects.std(axis=0)
    scores = spread.reshape(len(known), -1).max(axis=1)
    chosen = sorted(np.argsort(-scores)[:TAKEN], key=lambda number: -scores[number])
    with CANDIDATES.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["parameter", "chosen"])
        writer.writerows((known[number].name, f"screening: {scores[number]:.2f}") for number in chosen)
    print(f"{CANDIDATES}: {TAKEN} of {len(known)} assumptions")


def rows(outcomes: list[dict[str, float]], names: list[str]) -> list[Mapping[str, object]]:
    """Return the lines of the table: logarithms of ratios to the baseline of the same world."""
    found: list[Mapping[str, object]] = []
    for world in range(len(outcomes) // len(names)):
        first, *others = outcomes[world * len(names) : (world + 1) * len(names)]
        for name, ours in zip(names[1:], others, strict=True):
            changes = {metric: f"{math.log(ours[metric] / first[metric]):.5f}" for metric in OUTCOMES}
            found.append({"world": world, "package": name, **changes})
    return found


def main() -> None:
    """Compute missing runs and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--screen", action="store_true", help="first choose the assumptions that are looked at")
    given = parser.parse_args()
    began = time.perf_counter()
    RESULTS.mkdir(parents=True, exist_ok=True)
    if given.screen:
        screen(given.workers)
    names = packages()
    worlds = [job for job in jobs(shipped_question()) if job.policy.name == BASELINE]
    wanted = [Job(job.world, job.world.under(load_policy(name)), job.seed) for job in worlds for name in names]
    keep(rows(computed(wanted, given.workers), names))
    print(f"{len(wanted)} runs, {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    one_thread_each()
    sys.exit(stop.run(main))
