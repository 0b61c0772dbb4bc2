"""Compute the paired runs from which the app's emulator learns (`views/doses.py`), and tell its error on others.

Run ``python -m docs.make_emulator`` whenever the model, the scenario or the catalogue has changed. Each run is kept in
``results/emulator`` when it is done: a command that was stopped goes on where it was. ``--score`` measures the error
alone.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from corridor.experiments.runs import stop
from corridor.experiments.runs.engine import executor, one_thread_each
from corridor.experiments.runs.run import Job, simulate
from corridor.experiments.runs.screen import ProgressBar
from corridor.experiments.runs.store import fingerprint
from corridor.experiments.runs.world import policy_hash
from corridor.model.policies import Policy
from corridor.scenarios import load_policy
from corridor.views.doses import OUTCOMES, SEEDS, Run, headline, keep, runs, stamp
from corridor.views.gallery import CORRIDOR, PERIODS, period_question
from corridor.views.package import BASELINE, Package
from docs.validation_tables import table

RESULTS = Path("results/emulator")
NOTHING = "No table of runs is kept yet, so that the app gives no provisional answer; the command makes one."
PAGE = Path(__file__).with_name("emulator.md")
HEAD = """# Error of the provisional answer

Written by `python -m docs.make_emulator`: held-out packages, predicted and simulated. *Within*: share of
effects predicted to within a tenth of their size or one percentage point (target: 0.9). *Noise*: standard error of the
simulated effects with which predictions are compared, which no emulator can predict."""


def job(period: str, run: Run) -> tuple[Path, Job]:
    """Return a run of a period and the file that keeps its outcomes."""
    world = period_question(period, ("rescue",)).world
    policy: Policy = load_policy(BASELINE) if run.package == BASELINE else Package.of_text(CORRIDOR, run.package).policy
    name = fingerprint([world.study(Path()).path.name, policy_hash(policy), run.seed])
    return RESULTS / f"{name}.json", Job(world, world.under(policy), run.seed)


def compute(task: tuple[str, Run]) -> Path:
    """Compute one run, unless it is there, and keep its outcomes; a file appears only when it is whole."""
    file, one = job(*task)
    if not file.exists():
        partial = file.with_suffix(f".{os.getpid()}")
        partial.write_text(json.dumps(headline(simulate(one))), encoding="utf-8")
        partial.replace(file)
    return file


def row(period: str, run: Run) -> dict[str, object]:
    """Return a line of the table."""
    ours, theirs = (_outcomes(period, run._replace(package=package)) for package in (run.package, BASELINE))
    changes = {name: f"{math.log(ours[name] / theirs[name]):.5f}" for name in OUTCOMES}
    return {"role": run.role, "package": run.package, "seed": run.seed, **changes}


def _outcomes(period: str, run: Run) -> dict[str, float]:
    found: dict[str, float] = json.loads(job(period, run)[0].read_text(encoding="utf-8"))
    return found


def compute_all(period: str, workers: int) -> None:
    """Compute the missing runs of a period and write its table."""
    began = time.perf_counter()
    wanted = list(runs())
    tasks = [(period, Run("", BASELINE, seed)) for seed in range(SEEDS)] + [(period, run) for run in wanted]
    compute(tasks[0])  # compiles what is not compiled yet, once
    with executor(workers) as pool, ProgressBar("runs") as progress:
        for done, _ in enumerate(pool.map(compute, tasks), 1):
            progress(done, len(tasks))
    file = keep([row(period, run) for run in wanted], period)
    print(f"{file}: {len(tasks)} runs, {time.perf_counter() - began:.0f} s, {stamp(period)}")


def main() -> None:
    """Compute missing runs, write the tables and print the error on held-out packages."""
    from corridor.views.emulator import scores

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--score", action="store_true", help="compute nothing; print the error")
    parser.add_argument("--periods", nargs="+", default=["past"])
    given = parser.parse_args()
    RESULTS.mkdir(parents=True, exist_ok=True)
    for period in _known(given.periods):
        if not given.score:
            compute_all(period, given.workers)
        print(scores(period).to_string(index=False))
    PAGE.write_text(page(), encoding="utf-8")


def page() -> str:
    """Return the page with the error for every period that has a table."""
    from corridor.views.emulator import emulator, scores

    parts = [HEAD]
    for period, setting in PERIODS.items():
        known = emulator(period)
        if known is not None:
            lines = [list(map(_figure, row)) for row in scores(period).itertuples(index=False)]
            parts += [
                f"## {setting['years']}", f"{known.runs} pairs of runs; model and catalogue `{stamp(period)}`.",
                table(["outcome", "effects", "within", "nine of ten off by at most, points", "noise, points"], lines),
            ]  # fmt: skip
    if len(parts) == 1:
        parts.append(NOTHING)
    return "\n\n".join(parts).rstrip() + "\n"


def _figure(value: object) -> str:
    if isinstance(value, float):
        return "–" if math.isnan(value) else f"{value:.2g}"
    return str(value)


def _known(periods: Iterable[str]) -> list[str]:
    unknown = [period for period in periods if period not in PERIODS]
    if unknown:
        sys.exit(f"periods are {', '.join(PERIODS)}, not {unknown[0]}")
    return list(periods)


if __name__ == "__main__":
    one_thread_each()
    sys.exit(stop.run(main))
