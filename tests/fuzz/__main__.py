"""Throw hostile inputs at every door, and say what broke.

python -m tests.fuzz                        20,000 inputs on all cores
python -m tests.fuzz --inputs 500 --seed 7
python -m tests.fuzz --only 1234            one input again, with its traceback
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from corridor.experiments.runs import stop
from corridor.experiments.runs.conf import cores
from tests.fuzz.attempts import Place
from tests.fuzz.run import Tried, attempt_of, doors, everything, studies

INPUTS = 20_000
_SHOWN = 40


def summary(results: list[Tried], seconds: float) -> str:
    """Return the closing table: inputs by door and outcome, memory, time, and the faults by their kind."""
    lines = [f"{'door':<24}{'inputs':>8}{'refused':>9}{'accepted':>10}{'faults':>8}{'slowest':>10}"]
    for name in [name for _, name, _ in doors()] + ["?"]:
        own = [result for result in results if result.door == name]
        if own:
            counts = Counter("fault" if result.fault else result.outcome for result in own)
            figures = f"{len(own):>8,}{counts['refused']:>9,}{counts['accepted']:>10,}{counts['fault']:>8,}"
            lines.append(f"{name:<24}{figures}{max(result.seconds for result in own):>8.1f} s")
    faults = [result for result in results if result.fault]
    memory = max((result.memory for result in results), default=0) / 2**30
    computed = sum(result.seconds for result in results)
    lines.append(f"{len(results):,} inputs, {len(faults):,} faults; {memory:.2f} GiB at most")
    lines.append(f"{seconds:.0f} s, {computed:.0f} s of computing")
    kinds: dict[str, list[Tried]] = {}
    for result in faults:
        kinds.setdefault(f"{result.door}: {result.fault[:90]}", []).append(result)
    for kind, members in sorted(kinds.items(), key=lambda item: -len(item[1]))[:_SHOWN]:
        lines += [f"\n{len(members)} x {kind}", f"    --only {members[0].number}: {members[0].words}"]
        lines += [f"    {members[0].fault}"] if len(members[0].fault) > 90 else []
    return "\n".join(lines)


def only(seed: int, number: int) -> int:
    """Try one input in this process; what it raises is raised."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as name:
        folder = Path(name) / "here"
        folder.mkdir()
        door, attempt = attempt_of(seed, number, Place(folder, studies(Path(name) / "studies")))
        print(f"{door}: {attempt.words}\nmust {attempt.must}", flush=True)
        attempt.act()
        print("accepted")
    return int(attempt.must == "be refused")


def main() -> int:
    """Run the harness; 0 if nothing broke."""
    parser = argparse.ArgumentParser("python -m tests.fuzz", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--inputs", type=int, default=INPUTS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=cores())
    parser.add_argument("--only", type=int, metavar="NUMBER", help="try one input again")
    options = parser.parse_args()
    if options.only is not None:
        return only(options.seed, options.only)
    began, results = time.monotonic(), []
    for result in everything(options.seed, list(range(options.inputs)), options.processes):
        results.append(result)
        if result.fault or len(results) % 1000 == 0:
            print(f"{len(results):>6,}  {result.number}: {result.fault[:100] or 'well'}", file=sys.stderr, flush=True)
    print(summary(results, time.monotonic() - began))
    return int(any(result.fault for result in results))


if __name__ == "__main__":
    sys.exit(stop.run(main))
