"""Hashes of results, to show that a change moves none: ``python -m benchmarks.hashes [PART ...]``.

Run it before and after, and compare what it prints: a line a run, its hash last. The parts are *tutorial*,
*mediterranean* and *displacement*; all of them without one. The cases of displacement are read from
``../shared/data/flee`` beside the repository, or from the directory named by ``CORRIDOR_FLEE_CASES``.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import numba
import numpy as np

from corridor.displacement.engine.parameters import PRESETS, Behaviour, FleeRule
from corridor.displacement.engine.simulation import Displacement
from corridor.displacement.flee import read_case
from corridor.displacement.values import fitted
from corridor.experiments.runs.store import result_hash
from corridor.model import Simulation
from corridor.scenarios import load, load_policy

CASES = Path(
    os.environ.get("CORRIDOR_FLEE_CASES", Path(__file__).resolve().parent.parent.parent / "shared" / "data" / "flee")
)


def tutorial() -> Iterator[tuple[str, str]]:
    """Give the hashes of whole runs of the toy world."""
    for policy in ("baseline", "rescue", "border_enforcement"):
        for seed in (1, 2):
            ds = Simulation(load("tutorial"), load_policy(policy), seed=seed).run()
            yield f"tutorial {policy} seed={seed}", result_hash(ds)


def mediterranean() -> Iterator[tuple[str, str]]:
    """Give the hashes of whole runs of the Mediterranean, on one thread and on two."""
    most: int = numba.config.NUMBA_NUM_THREADS  # type: ignore[attr-defined]
    for policy in ("baseline", "safe_pathways", "border_enforcement"):
        for threads in (1, 2):
            name = f"mediterranean {policy} agents=20000 seed=1 threads={threads}"
            if threads > most:
                yield name, f"skipped: this machine has {most} processor"
                continue
            world, measures = load("mediterranean"), load_policy(policy)
            yield name, result_hash(Simulation(world, measures, seed=1, agents=20_000, threads=threads).run())


def displacement() -> Iterator[tuple[str, str]]:
    """Give the hashes of all daily counts of two cases, by both rules."""
    for case in ("mali2012", "burundi2015"):
        rules: dict[str, Behaviour | FleeRule] = {"corridor": Behaviour(fitted(case)), "flee": PRESETS["modern125"]}
        for name, rule in rules.items():
            title = f"displacement {case} rule={name} seed=0"
            if not (CASES / case).is_dir():
                yield title, f"skipped: no case in {CASES / case}"
                continue
            run = Displacement(read_case(CASES / case, strict=name == "corridor"), rule, seed=0).run()
            columns = run.counts, run.on_the_way, run.waiting, run.used
            whole = b"".join(np.ascontiguousarray(column, dtype="<i8").tobytes() for column in columns)
            yield title, hashlib.sha256(whole).hexdigest()


PARTS = {part.__name__: part for part in (tutorial, mediterranean, displacement)}


def main(names: list[str]) -> None:
    """Print the hashes of the parts named, or of all."""
    unknown = set(names) - set(PARTS)
    if unknown:
        raise SystemExit(f"no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    for name in names or PARTS:
        for title, value in PARTS[name]():
            print(f"{title:<60} {value}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
