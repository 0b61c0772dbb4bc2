"""Speed beside Flee 3.1 on the same cases, in one run: ``python -m benchmarks flee``.

Flee is installed from the package index into an environment of its own, and driven through its public calls with its
preset *modern125*, one agent a person. It is stopped after so many CPU-seconds a case and compared by person-days per
CPU-second; Corridor runs whole cases. Both run in turn on one core. CPU time, not the clock, is compared, so that other
work on the machine counts for neither.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

from benchmarks.report import publish, table
from corridor.displacement.engine.parameters import PRESETS, Behaviour, FleeRule
from corridor.displacement.engine.simulation import Displacement
from corridor.displacement.flee import read_case
from corridor.displacement.values import fitted

DIRECTORY = Path(__file__).resolve().parent.parent.parent / "shared" / "data" / "flee"
CASES, LARGEST = ("mali2012", "burundi2015"), "ssudan2013"
FLEE_SECONDS = 30.0
"""CPU time after which Flee is stopped."""
FLEE = "flee==3.1"
TIMES_FASTER, PERSON_DAYS_PER_SECOND, LARGEST_SECONDS, LARGEST_GIB = 100.0, 10e6, 15.0, 1.0
"""What Corridor has to reach."""
LARGEST_RUN = """\
import resource, sys, time
from benchmarks.flee import RULES
from corridor.displacement.engine.simulation import Displacement
from corridor.displacement.flee import read_case
began, spent = time.perf_counter(), time.process_time()
Displacement(read_case(sys.argv[1], strict=sys.argv[2] == "corridor"), RULES[sys.argv[2]]).run()
print(time.perf_counter() - began, time.process_time() - spent,
      resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20)
"""
SETTINGS = """\
log_levels: {agent: 0, link: 0, camp: 0, conflict: 0, init: 0, granularity: location}
spawn_rules:
  take_from_population: False
  insert_day0: True
  conflict_spawn_decay: [1.0, 1.0, 1.0, 0.5, 0.1]
move_rules:
  max_move_speed: 400.0
  max_walk_speed: 35.0
  foreign_weight: 1.0
  camp_weight: 1.0
  conflict_weight: 0.31622776601683794
  conflict_movechance: 1.0
  camp_movechance: 0.0005
  default_movechance: 0.5
  awareness_level: 1
  capacity_scaling: 1.25
  avoid_short_stints: True
  start_on_foot: True
  weight_power: 1.0
  distance_power: 0.75
  softening: 36.0
optimisations: {hasten: 1}
"""
DRIVER = """\
import csv, json, sys, time
from flee import InputGeography, flee, spawning
from flee.datamanager import handle_refugee_data
case, settings, limit = sys.argv[1], sys.argv[2], float(sys.argv[3])
folder = case + "/input_csv/"
with open(folder + "sim_period.csv") as stream:
    period = {row[0].lower(): row[1] for row in csv.reader(stream) if len(row) > 1}
start, days = period["startdate"], int(period["length"])
flee.SimulationSettings.ReadFromYML(settings)
flee.SimulationSettings.ConflictInputFile = folder + "conflicts.csv"
world = flee.Ecosystem()
geography = InputGeography.InputGeography()
geography.ReadLocationsFromCSV(folder + "locations.csv")
geography.ReadLinksFromCSV(folder + "routes.csv")
geography.ReadClosuresFromCSV(folder + "closures.csv")
world, places = geography.StoreInputGeographyInEcosystem(world)
data = handle_refugee_data.RefugeeTable(
    csvformat="generic", data_directory=case + "/source_data", start_date=start, data_layout="data_layout.csv",
    population_scaledown_factor=1)
data.ReadL1Corrections(folder + "registration_corrections.csv")
for camp in world.get_camp_names():
    spawning.add_initial_refugees(world, data, places[camp])
began, person_days, done = time.process_time(), 0, 0
for day in range(days):
    geography.AddNewConflictZones(world, day)
    spawning.spawn_daily_displaced(world, day, data, SumFromCamps=True)
    spawning.refresh_spawn_weights(world)
    world.enact_border_closures(day)
    world.evolve()
    person_days += world.numAgents()
    done += 1
    if time.process_time() - began > limit:
        break
print("RESULT " + json.dumps({"person_days": person_days, "seconds": time.process_time() - began, "days": done}))
"""


def install(folder: Path) -> Path:
    """Make an environment with Flee in it; return its Python."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "-q", FLEE], check=True)
    return python


def time_flee(python: Path, case: Path, limit: float) -> dict[str, float]:
    """Return person-days, CPU-seconds and days that Flee did on a case."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "simsetting.yml").write_text(SETTINGS)
        (folder / "driver.py").write_text(DRIVER)
        command = [python, "driver.py", str(case.resolve()), "simsetting.yml", str(limit)]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    line = next((line for line in done.stdout.splitlines() if line.startswith("RESULT ")), None)
    if line is None:
        raise RuntimeError(f"Flee did not finish on {case.name}: {done.stderr.strip().splitlines()[-1:]}")
    return json.loads(line.removeprefix("RESULT "))


def time_corridor(path: Path, behaviour: Behaviour | FleeRule) -> dict[str, float]:
    """Return person-days and CPU-seconds of a whole run on one thread, one agent a person."""
    case = read_case(path, strict=not isinstance(behaviour, FleeRule))
    Displacement(case, behaviour, persons_per_agent=1000).run()
    run = Displacement(case, behaviour)
    began = time.process_time()
    run.run()
    return {"person_days": case.person_days, "seconds": time.process_time() - began}


RULES: dict[str, Behaviour | FleeRule] = {"corridor": Behaviour(fitted()), "modern125": PRESETS["modern125"]}


def compare(cases: Path, seconds: float) -> str:
    """Return the table of speeds side by side, and which targets each rule meets."""
    rows, least = [], dict.fromkeys(RULES, float("inf"))
    slowest = dict.fromkeys(RULES, float("inf"))
    with tempfile.TemporaryDirectory() as folder:
        python = install(Path(folder))
        for name in CASES:
            flee = time_flee(python, cases / name, seconds)
            theirs = flee["person_days"] / flee["seconds"]
            for rule, behaviour in RULES.items():
                ours = time_corridor(cases / name, behaviour)
                speed = ours["person_days"] / ours["seconds"]
                least[rule], slowest[rule] = min(least[rule], speed / theirs), min(slowest[rule], speed)
                rows.append([name, f"{flee['days']:.0f}", f"{theirs / 1e6:.3f}", rule, f"{speed / 1e6:.1f}",
                             f"{speed / theirs:.0f}"])  # fmt: skip
    head = ["case", "days of Flee", f"{FLEE}, M person-days/CPU-s", "Corridor's engine with rule", "the same", "ratio"]
    verdicts = [
        f"Rule {rule}: {'at least' if least[rule] >= TIMES_FASTER else 'NOT'} {TIMES_FASTER:.0f} times Flee "
        f"everywhere, {'at least' if slowest[rule] >= PERSON_DAYS_PER_SECOND else 'NOT'} "
        f"{PERSON_DAYS_PER_SECOND / 1e6:.0f} M person-days per second and core."
        for rule in RULES
    ]
    return "\n\n".join([table(head, rows), *verdicts])


def largest(case: Path) -> str:
    """Return elapsed and CPU time and memory of a whole run of the largest case, reading and start included."""
    rows = []
    for rule in RULES:
        command = [sys.executable, "-c", LARGEST_RUN, str(case), rule]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        elapsed, spent, memory = map(float, done.stdout.split())
        rows.append([rule, f"{elapsed:.1f}", f"{spent:.1f}", f"{memory:.2f}"])
    allowed = f"Allowed: {LARGEST_SECONDS:.0f} s and {LARGEST_GIB:.0f} GiB."
    return f"{case.name}, one agent a person, one thread. {allowed}\n\n" + table(
        ["rule", "elapsed s", "CPU s", "peak GiB"], rows
    )


def main(cases: Path = DIRECTORY, seconds: float = FLEE_SECONDS) -> None:
    """Publish both tables."""
    if not cases.is_dir():
        print(f"The comparison with Flee needs the cases in {cases}: left out.")
        return
    publish("Displacement beside Flee", f"{compare(cases, seconds)}\n\n{largest(cases / LARGEST)}")


if __name__ == "__main__":
    main()
