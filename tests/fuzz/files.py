"""Doors of files: scenario directories, policies, futures, experiments, and directories in Flee's format."""

from __future__ import annotations

import datetime as dt
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import corridor.scenarios
from corridor import displacement
from corridor.displacement.flee import read_case, write_case
from corridor.experiments.runs.settings import EnsembleSettings
from corridor.experiments.studies.design import Plan
from corridor.experiments.studies.experiment import configured, ensemble_design
from corridor.model import Simulation
from corridor.model.rows import Row
from corridor.scenarios import load, load_future, load_policy
from corridor.scenarios.reader import TABLES
from tests.fuzz import words
from tests.fuzz.attempts import Attempt, Door, Fault, Must, Place

ROOT = Path(corridor.scenarios.__file__).parent
TUTORIAL = {file.name: file.read_text(encoding="utf-8") for file in sorted((ROOT / "tutorial").glob("*.*"))}
CASE = {
    str(file.relative_to(displacement.TUTORIAL)): file.read_text(encoding="utf-8")
    for file in sorted(displacement.TUTORIAL.glob("*/*.csv"))
}
OPTIONAL = {
    "input_csv/flood_level.csv": "#Day,Dema,Esk\n0,0,1\n60,2,0\n119,3,1\n",
    "input_csv/region_attributes_IPC.csv": "#Day,North,Centre\n0,5,0\n90,20,30.5\n",
    "input_csv/location_changes.csv": "#name,type,day\nHighcamp,town,40\nDema,conflict_zone,30\n",
    "simsetting.yml": "spawn_rules:\n  conflict_spawn_decay: [1.0, 0.5]\nmove_rules:\n  camp_movechance: 0.002\n"
    "  flood_rules:\n    flood_loc_weights: [1.0, 0.5, 0.0]\n",
}
"""What a case may have besides."""


def _kind(kind: type[Row], column: str) -> str:
    """Kind of a column: number, date, key, text or something else."""
    schema = kind.model_json_schema()["properties"].get(column, {})
    if schema.get("type") in ("number", "integer"):
        return "number"
    if schema.get("format") == "date":
        return "date"
    return "key" if "pattern" in schema else "text" if schema.get("type") == "string" and "enum" not in schema else "?"


def scenario(rng: random.Random, place: Place) -> Attempt:
    """Damage one file of the tutorial's directory and load it."""
    tables = {spec.file: spec.kind for spec in TABLES.values()}
    files: dict[str, bytes] = {name: text.encode() for name, text in TUTORIAL.items()}
    name = rng.choice([name for name in files if name in tables])
    must: Must = "be refused"
    match rng.randrange(10):
        case 0:
            name = rng.choice([*files])
            files[name], must, what = words.damaged(files[name], rng), "not crash", "random damage"
        case 1:
            text, what = words.table_damage(TUTORIAL[name], rng)
            files[name] = text.encode()
        case 2:
            name = rng.choice(["places.csv", "legs.csv", "communities.csv", "series.csv", "corridor.yaml"])
            del files[name]
            what = "missing"
        case 3 | 4:
            name, what = _header_field(files, rng)
        case _:
            must, what = _field(files, name, tables[name], rng)
    folder = _written(files, place.folder / rng.choice(("mine", "ü", "a=b", "a,b")))
    return Attempt(f"scenario with {name}: {what}", lambda: _loaded(folder, rng.random() < 0.02), must)


def _field(files: dict[str, bytes], name: str, kind: type[Row], rng: random.Random) -> tuple[Must, str]:
    """Replace one value of a table."""
    lines = TUTORIAL[name].split("\n")
    rows = [number for number, line in enumerate(lines) if line.strip() and not line.startswith("#")]
    header, line = lines[rows[0]].split(","), rng.choice(rows[1:])
    column = rng.randrange(len(header))
    takes = _kind(kind, header[column].strip())
    choices = {"number": words.BAD_NUMBERS, "date": words.BAD_DATES, "key": words.BAD_KEYS}.get(takes, words.ODD_TEXT)
    value = rng.choice(choices)
    files[name] = words.with_value(TUTORIAL[name], line, column, value.replace('"', '""')).encode()
    must: Must = "not crash" if takes in ("text", "?") else "be refused"
    return must, f"{header[column]} {value[:40]!r} in line {line + 1}"


def _header_field(files: dict[str, bytes], rng: random.Random) -> tuple[str, str]:
    """Replace one value of corridor.yaml or events.yaml by one that does not fit."""
    name, field, bad = rng.choice(
        [("corridor.yaml", field, words.BAD_DATES) for field in ("start", "end")]
        + [("corridor.yaml", field, words.BAD_YAML_NUMBERS) for field in ("step_days", "agents", "title")]
        + [("events.yaml", "date", words.BAD_DATES), ("events.yaml", "multiply", words.BAD_YAML_NUMBERS)]
    )
    value = rng.choice([word for word in bad if field != "title" or word[0] in "0[{!9."])
    if field == "title" and value.startswith(("0", "9")):
        value = "12"
    lines = TUTORIAL[name].split("\n")
    at = next(n for n, line in enumerate(lines) if f"{field}:" in line)
    before, _, after = lines[at].partition(f"{field}:")
    closing = after[after.index(",") :] if "{" in before and "," in after else "}" if "{" in before else ""
    lines[at] = f"{before}{field}: {value}{closing}"
    files[name] = "\n".join(lines).encode()
    return name, f"{field} {value[:40]!r}"


def _written(files: dict[str, bytes], folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def _loaded(folder: Path, is_run: bool) -> None:
    """Load a scenario; what is accepted is finite, and now and then it is run."""
    corridor = load(folder)
    for spec in TABLES:
        for row in getattr(corridor, spec):
            for value in row.model_dump().values():
                if isinstance(value, float) and not np.isfinite(value):
                    raise Fault(f"{value} in {spec}")
    if is_run:
        last = corridor.start + dt.timedelta(days=3 * corridor.step_days)
        finite(Simulation(corridor, agents=30, end=min(last, corridor.end)).run())


def finite(ds: Any) -> None:
    """Check that a run counts its people, and nothing that is no number."""
    if abs(ds.attrs["persons_error"]) > 1e-6:
        raise Fault(f"{ds.attrs['persons_error']} persons made or lost")
    for name in ("stock", "deaths", "cost_usd", "smuggling_revenue_usd"):
        if not np.isfinite(ds[name].to_numpy()).all():
            raise Fault(f"{name} is not finite")


Fields = dict[str, tuple[str, tuple[str, ...]]]
"""Field of a template to the value that fits, and values that do not."""

POLICY = """name: mine
title: Mine
description: A package.
measures:
  - {{what: {what}, amount: {amount}, target: {target}, start: {start}, end: {end}, ramp_weeks: {ramp_weeks}}}
  - {{what: legal_work_places, amount: 1}}
rules:
  - {{measure: {{what: search_and_rescue, amount: 2}}, indicator: deaths_recorded, above: {above}, step: {step}}}
"""
POLICY_FIELDS: Fields = {
    "what": ("search_and_rescue", ("magic", "[a]", "1", "true", "null")),
    "amount": ("1", words.BAD_YAML_NUMBERS),
    "target": ("all", ("{a: 1}", "1", "[1]", "[]", "true")),
    "start": ("2001-01-01", words.BAD_DATES),
    "end": ("2002-01-01", words.BAD_DATES),
    "ramp_weeks": ("4", (*words.BAD_YAML_NUMBERS, "-1")),
    "above": ("10", (*words.BAD_YAML_NUMBERS, "-1")),
    "step": ("0.5", (*words.BAD_YAML_NUMBERS, "2", "0", "-1")),
}
FUTURE = """name: mine
title: Mine
description: A story.
assumptions:
  - says: it rains
    after_years: {after_years}
    lasts_years: {lasts_years}
    changes:
      - {{lever: {lever}, target: all, multiply: {multiply}, ramp_weeks: {ramp_weeks}}}
    source: assumed
"""
FUTURE_FIELDS: Fields = {
    "after_years": ("1", (*words.BAD_YAML_NUMBERS, "-1", "1e6")),
    "lasts_years": ("2", (*words.BAD_YAML_NUMBERS, "-1", "0", "1e6")),
    "lever": ("income", ("magic", "1", "[income]", "true")),
    "multiply": ("0.5", (*words.BAD_YAML_NUMBERS, "-1")),
    "ramp_weeks": ("4", (*words.BAD_YAML_NUMBERS, "-1")),
}
EXPERIMENT = """title: Mine
scenarios: {scenarios}
policies: {policies}
agents: {agents}
start: {start}
replicates: {replicates}
samples: {samples}
vary: {vary}
factors: {{foresight: {foresight}}}
parameters: {{departure_rate: {departure_rate}}}
without: {without}
"""
EXPERIMENT_FIELDS: Fields = {
    "scenarios": ("[tutorial]", ("[]", "[1]", "{a: 1}", "[[a]]", "[nowhere]", "[???]", "[null]")),
    "policies": ("[baseline]", ("[]", "[[a]]", "{a: 1}", "[magic]", "[null]")),
    "agents": ("50", ("yes", "true", "-1", "0", "1.5", ".nan", ".inf", "1e308", "[1]", "???", "{a: 1}", "9" * 400)),
    "start": ("2001-01-01", words.BAD_DATES),
    "replicates": ("1", ("yes", "true", "0", "-1", "1e9", "???", "[1]")),
    "samples": ("2", ("yes", "true", "0", "-1", "1e9", "???", "[1]")),
    "vary": ("[drought]", ("[magic]", "[[a]]", "{a: 1}", "[null]", "[1]")),
    "foresight": ("[0.8, 0.9]", ("[]", "[0.8]", "[a, b]", "[[1]]", "yes", "[.nan, 1]", "[0.8, 99]", "???", "{a: 1}")),
    "departure_rate": ("0.01", ("yes", "true", "[1]", ".nan", ".inf", "1e308", "-1", "???", "{a: 1}", "five")),
    "without": ("[families]", ("[magic]", "[[a]]", "{a: 1}", "[1]", "[null]", "[???]")),
}


def _template(name: str, text: str, fields: Fields, read: Callable[[Path], object]) -> Door:
    """Return a door that puts a wrong value into one field of a YAML file, or damages it."""

    def door(rng: random.Random, place: Place) -> Attempt:
        values = {field: good for field, (good, _) in fields.items()}
        field = rng.choice(sorted(fields))
        must: Must = "be refused"
        if rng.random() < 0.2:
            content, must, what = words.damaged(text.format(**values).encode(), rng), "not crash", "random damage"
        elif rng.random() < 0.05:
            content, must, what = text.format(**values).encode(), "be accepted", "nothing wrong"
        else:
            value = rng.choice(fields[field][1])
            content, what = text.format(**{**values, field: value}).encode(), f"{field} {value[:40]!r}"
        file = place.folder / "mine.yaml"
        file.write_bytes(content)
        return Attempt(f"{name}: {what}", lambda: read(file), must)

    return door


def _read_future(file: Path) -> object:
    return load_future(str(file), load("tutorial"))


def _read_experiment(file: Path) -> object:
    return Plan(ensemble_design(configured(EnsembleSettings, [f"experiment={file}"])))


policy = _template("policy", POLICY, POLICY_FIELDS, load_policy)
future = _template("future", FUTURE, FUTURE_FIELDS, _read_future)
experiment = _template("experiment", EXPERIMENT, EXPERIMENT_FIELDS, _read_experiment)

NUMERIC = {
    "input_csv/locations.csv": (3, 4, 7),
    "input_csv/routes.csv": (2, 3),
    "input_csv/closures.csv": (3, 4),
    "input_csv/flood_level.csv": (1, 2),
    "input_csv/region_attributes_IPC.csv": (1, 2),
    "input_csv/location_changes.csv": (2,),
}
DATED = {"source_data/refugees.csv": 0, "source_data/rivercamp.csv": 0, "source_data/highcamp.csv": 0}


def flee(rng: random.Random, place: Place) -> Attempt:
    """Damage one file of a displacement case and read it."""
    texts = CASE | OPTIONAL
    files: dict[str, bytes] = {name: text.encode() for name, text in texts.items()}
    must: Must = "be refused"
    match rng.randrange(6):
        case 0:
            name = rng.choice(sorted(files))
            files[name], must, what = words.damaged(files[name], rng), "not crash", "random damage"
        case 1:
            name = rng.choice(sorted(set(CASE) - {"input_csv/registration_corrections.csv"}))
            del files[name]
            what = "missing"
        case 2 | 3:
            name = rng.choice([file for file in sorted(NUMERIC) if len(_rows(texts[file])) > 0])
            column, value = rng.choice(NUMERIC[name]), rng.choice([w for w in words.BAD_NUMBERS if w != "1;2"])
            files[name], what = _replaced(texts[name], column, value, rng), f"column {column} is {value!r}"
        case 4:
            name = rng.choice(sorted(DATED))
            value = rng.choice([word for word in words.BAD_DATES if word not in ("20110101", "2011-01-01T00:00:00")])
            files[name], what = _replaced(CASE[name], DATED[name], value, rng), f"date {value!r}"
        case _:
            name, value = "input_csv/sim_period.csv", rng.choice(("9999-12-31", "1500-01-01", "yes", "0", "1e308"))
            field = rng.choice(("StartDate", "Length"))
            lines = CASE[name].split("\n")
            at = next(n for n, line in enumerate(lines) if line.lower().startswith(field.lower()))
            lines[at] = f"{field},{value}"
            files[name], what = "\n".join(lines).encode(), f"{field} {value!r}"
    folder, strict = _written(files, place.folder / rng.choice(("case", "fälle", "a=b"))), rng.random() < 0.8
    copy = place.folder / "copy" if rng.random() < 0.1 else None
    return Attempt(f"Flee's {name}: {what}", lambda: _read_case(folder, strict, copy), must)


def _rows(text: str) -> list[int]:
    return [n for n, line in enumerate(text.split("\n")) if line.strip() and not line.startswith("#")]


def _replaced(text: str, column: int, value: str, rng: random.Random) -> bytes:
    rows = [n for n in _rows(text) if len(text.split("\n")[n].split(",")) > column]
    rows = [n for n in rows if not text.split("\n")[n].lower().startswith(("date", '"date'))]
    return words.with_value(text, rng.choice(rows), column, value).encode()


def _read_case(folder: Path, strict: bool, copy: Path | None) -> None:
    case = read_case(folder, strict=strict)
    if copy is not None:
        shutil.rmtree(copy, ignore_errors=True)
        write_case(case, copy)
