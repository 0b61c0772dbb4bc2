"""Speed beside Flee's release on the same days of the same cases, in one run: ``python -m benchmarks flee``.

Flee is installed from the package index into an environment of its own, and driven through its public calls with its
preset *modern125*; it reads ``conflicts.csv``, without which few zones are ever in conflict. A case is cut after some
days, and both run that copy to its end, in turn, several times. CPU time is compared, not the clock: of the loop over
the days alone, and of whole processes from their start. What else runs on the machine slows both by turns, so that the
ratio is that of the least times. Corridor's compiled code is loaded from its cache, as in every run but the first.
"""

from __future__ import annotations

import json
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from typing import NamedTuple

from benchmarks.report import publish, table
from corridor.displacement.flee import read_case

DIRECTORY = Path(__file__).resolve().parent.parent.parent / "shared" / "data" / "flee"
DAYS = {"mali2012": 90, "burundi2015": 60}
"""Days of the cases that both run, one agent a person."""
THINNED, PERSONS = ("mali2012", "burundi2015"), 20
"""Cases that both run whole, one agent for so many persons."""
LARGEST = "ssudan2013"
ROUNDS = 2
FLEE = "flee==3.1"
TIMES_FASTER, TIMES_THINNED, PERSON_DAYS_PER_SECOND, LARGEST_SECONDS, LARGEST_GIB = 100.0, 20.0, 10e6, 15.0, 1.0
"""What Corridor has to reach."""
RULES = ("corridor", "modern125")
SETTINGS = """\
conflict_input_file: conflicts.csv
log_levels: {{agent: 0, link: 0, camp: 0, conflict: 0, init: 0, granularity: location}}
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
optimisations: {{hasten: {persons}}}
"""
DRIVER = """\
import csv, json, sys, time
from flee import InputGeography, flee, spawning
from flee.datamanager import handle_refugee_data
case, settings, persons = sys.argv[1], sys.argv[2], int(sys.argv[3])
folder = case + "/input_csv/"
with open(folder + "sim_period.csv") as stream:
    period = {row[0].lower(): row[1] for row in csv.reader(stream) if len(row) > 1}
start, days = period["startdate"], int(period["length"])
flee.SimulationSettings.ReadFromYML(settings)
world = flee.Ecosystem()
geography = InputGeography.InputGeography()
geography.ReadConflictInputCSV(folder + "conflicts.csv")
geography.ReadLocationsFromCSV(folder + "locations.csv")
geography.ReadLinksFromCSV(folder + "routes.csv")
geography.ReadClosuresFromCSV(folder + "closures.csv")
world, places = geography.StoreInputGeographyInEcosystem(world)
data = handle_refugee_data.RefugeeTable(
    csvformat="generic", data_directory=case + "/source_data", start_date=start, data_layout="data_layout.csv",
    population_scaledown_factor=persons)
data.ReadL1Corrections(folder + "registration_corrections.csv")
for camp in world.get_camp_names():
    spawning.add_initial_refugees(world, data, places[camp])
began = time.process_time()
for day in range(days):
    geography.AddNewConflictZones(world, day)
    spawning.spawn_daily_displaced(world, day, data, SumFromCamps=True)
    spawning.refresh_spawn_weights(world)
    world.enact_border_closures(day)
    world.evolve()
json.dump({"loop": time.process_time() - began, "people": world.numAgents()}, open("result.json", "w"))
"""
OURS = """\
import json, resource, sys, time
from corridor.displacement.engine.parameters import PRESETS, Behaviour
from corridor.displacement.engine.simulation import Displacement
from corridor.displacement.flee import read_case
from corridor.displacement.values import fitted
path, rule = sys.argv[1:]
case = read_case(path, strict=rule == "corridor")
behaviour = Behaviour(fitted()) if rule == "corridor" else PRESETS[rule]
Displacement(case, behaviour, persons_per_agent=1000).run()  # loads the compiled code
run = Displacement(case, behaviour)
began = time.process_time()
run.run()
json.dump({"loop": time.process_time() - began, "people": case.people,
           "gib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20}, open("result.json", "w"))
"""

AGAIN = """\
import json, sys, time
from corridor.displacement.flee import read_case
from corridor.displacement.run import Options, simulate, summary
path, rule, persons = sys.argv[1], sys.argv[2], int(sys.argv[3])
is_ours = rule == "corridor"
options = Options("corridor" if is_ours else "flee", rule, strict=is_ours, persons_per_agent=persons)
for _ in range(3):
    began = time.process_time()
    case = read_case(path, strict=is_ours)
    summary(case, simulate(case, options))
    spent = time.process_time() - began
json.dump({"loop": spent}, open("result.json", "w"))
"""


class Spent(NamedTuple):
    """CPU-seconds of the loop over the days and of the whole process, people at the end, and peak memory."""

    loop: float
    process: float
    people: int
    gib: float


def install(folder: Path) -> Path:
    """Make an environment with Flee in it; return its Python."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "-q", FLEE], check=True)
    return python


def shorten(case: Path, days: int, folder: Path) -> Path:
    """Copy a case into a folder, cut after so many days."""
    copy = shutil.copytree(case, folder / case.name)
    period = copy / "input_csv" / "sim_period.csv"
    period.write_text(re.sub(r"(?im)^(length\s*,).*$", rf"\g<1>{days}", period.read_text()))
    return copy


def spend(command: list[str | Path]) -> Spent:
    """Run a command in a folder of its own and return what it spent and wrote to ``result.json`` there."""
    with tempfile.TemporaryDirectory() as folder:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        # Flee prints a line for each person who finds no open road: hundreds of megabytes on burundi2015.
        subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        result = Path(folder, "result.json")
        found = json.loads(result.read_text()) if result.exists() else {}
    process = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Spent(found.get("loop", process), process, found.get("people", 0), found.get("gib", 0.0))


def spend_flee(python: Path, case: Path, persons: int) -> Spent:
    """Run a case by Flee."""
    with tempfile.TemporaryDirectory() as name:
        settings = Path(name, "simsetting.yml")
        settings.write_text(SETTINGS.format(persons=persons))
        return spend([python, "-c", DRIVER, case, settings, str(persons)])


def spend_corridor(case: Path, rule: str) -> Spent:
    """Run a case by Corridor's engine, one agent a person, on one thread."""
    return spend([sys.executable, "-c", OURS, case, rule])


def command_thinned(case: Path, rule: str) -> list[str | Path]:
    """Return the command that runs a thinned case and writes its results, without a figure."""
    asked = [] if rule == "corridor" else ["scenario.rule=flee", f"scenario.preset={rule}", "scenario.mode=compatible"]
    program = "from corridor.experiments.commands.shell import main; raise SystemExit(main())"
    settings = ["scenario=flee", f"scenario.path={case}", f"persons_per_agent={PERSONS}", "figure=false", *asked]
    return [sys.executable, "-c", program, "run", *settings]


def least(rounds: list[Spent]) -> Spent:
    """Return the least of each time."""
    return Spent(min(one.loop for one in rounds), min(one.process for one in rounds), rounds[0].people, rounds[0].gib)


def compare(python: Path, cases: Path) -> str:
    """Return the table of same days, one agent a person, and which targets each rule meets."""
    rows, ratios, speeds = [], dict.fromkeys(RULES, float("inf")), dict.fromkeys(RULES, float("inf"))
    for name, days in DAYS.items():
        with tempfile.TemporaryDirectory() as folder:
            case = shorten(cases / name, days, Path(folder))
            person_days = read_case(case, strict=False).person_days
            spent: dict[str, list[Spent]] = {who: [] for who in (FLEE, *RULES)}
            for _ in range(ROUNDS):
                spent[FLEE].append(spend_flee(python, case, 1))
                for rule in RULES:
                    spent[rule].append(spend_corridor(case, rule))
        theirs = least(spent[FLEE])
        for rule in RULES:
            ours = least(spent[rule])
            ratios[rule] = min(ratios[rule], theirs.loop / ours.loop)
            speeds[rule] = min(speeds[rule], person_days / ours.loop)
            rows.append([name, days, f"{theirs.people:,}", rule, f"{theirs.loop:.1f}", f"{ours.loop:.3f}",
                         f"{theirs.loop / ours.loop:.0f}", f"{theirs.process:.1f}", f"{ours.process:.1f}",
                         f"{theirs.process / ours.process:.0f}"])  # fmt: skip
    head = ["case", "days", "people", "Corridor's engine with rule", "days alone: Flee, s", "here, s", "ratio",
            "whole process: Flee, s", "here, s", "ratio"]  # fmt: skip
    verdicts = [
        f"Rule {rule}, days alone: {'at least' if ratios[rule] >= TIMES_FASTER else 'NOT'} {TIMES_FASTER:.0f} times "
        f"{FLEE} everywhere, {'at least' if speeds[rule] >= PERSON_DAYS_PER_SECOND else 'NOT'} "
        f"{PERSON_DAYS_PER_SECOND / 1e6:.0f} M person-days per second and core."
        for rule in RULES
    ]
    return "\n\n".join([table(head, rows), *verdicts])


def thinned(python: Path, cases: Path) -> str:
    """Return the table of whole thinned runs: processes from their start, all days, one agent for many persons."""
    rows, ratio = [], float("inf")
    for name in THINNED:
        case = (cases / name).resolve()
        spent: dict[str, list[Spent]] = {who: [] for who in (FLEE, *RULES)}
        for _ in range(ROUNDS):
            spent[FLEE].append(spend_flee(python, case, PERSONS))
            for rule in RULES:
                spent[rule].append(spend(command_thinned(case, rule)))
        theirs = least(spent[FLEE]).process
        for rule in RULES:
            ours = least(spent[rule]).process
            again = spend([sys.executable, "-c", AGAIN, case, rule, str(PERSONS)]).loop
            ratio = min(ratio, theirs / ours)
            rows.append([name, rule, f"{theirs:.1f}", f"{ours:.1f}", f"{theirs / ours:.1f}", f"{again:.2f}",
                         f"{theirs / again:.0f}"])  # fmt: skip
    verdict = f"{'At least' if ratio >= TIMES_THINNED else 'NOT'} {TIMES_THINNED:.0f} times {FLEE}."
    text = f"Whole cases, one agent for {PERSONS} persons, whole processes (`corridor run scenario=flee figure=false`)."
    head = ["case", "rule", "Flee, s", "here, s", "ratio", "read, run, scored in a running process, s", "ratio"]
    return f"{text} {verdict}\n\n" + table(head, rows)


def largest(case: Path) -> str:
    """Return CPU time and memory of a whole run of the largest case, reading and start included."""
    rows = []
    for rule in RULES:
        spent = spend_corridor(case.resolve(), rule)
        rows.append([rule, f"{spent.process:.1f}", f"{spent.gib:.2f}"])
    allowed = f"Allowed: {LARGEST_SECONDS:.0f} s and {LARGEST_GIB:.0f} GiB."
    return f"{case.name}, one agent a person, one thread, whole process. {allowed}\n\n" + table(
        ["rule", "CPU s", "peak GiB"], rows
    )


def main(cases: Path = DIRECTORY) -> None:
    """Publish all tables."""
    if not cases.is_dir():
        print(f"The comparison with Flee needs the cases in {cases}: left out.")
        return
    with tempfile.TemporaryDirectory() as folder:
        python = install(Path(folder))
        beside = f"{compare(python, cases)}\n\n{thinned(python, cases)}"
    publish("Displacement beside Flee", f"{beside}\n\n{largest(cases / LARGEST)}")


if __name__ == "__main__":
    main()
