"""Doors of the shell: commands with settings, in this process and in one of their own; studies with damage."""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from corridor.calibration.settings import CalibrateSettings, HindcastSettings, NaturalSettings
from corridor.displacement.settings import DisplacementRunSettings, ValidateSettings
from corridor.experiments.commands.shell import main
from corridor.experiments.runs.settings import (
    CompareSettings,
    EnsembleSettings,
    RobustSettings,
    RunSettings,
    SensitivitySettings,
)
from tests.fuzz import words
from tests.fuzz.attempts import Attempt, Fault, Place, Refused

SMALL = ("agents=20", "end=2001-01-20", "figure=false", "compute.threads=1")
STUDY = ("agents=20", "end=2001-01-20", "compute.workers=1")
COMMANDS: dict[str, tuple[type, tuple[str, ...]]] = {
    "run": (RunSettings, ("scenario=tutorial", *SMALL)),
    "compare": (CompareSettings, ("scenario=tutorial", *SMALL)),
    "ensemble": (EnsembleSettings, ("scenarios=[tutorial]", *STUDY)),
    "robust": (RobustSettings, ("scenario=tutorial", "policies=[baseline,rescue]", "vary=[drought]", *STUDY)),
    "sensitivity": (SensitivitySettings, ("scenario=tutorial", "vary=[drought]", "samples=2", *STUDY)),
    "calibrate": (CalibrateSettings, ("scenario=tutorial",)),
    "hindcast": (HindcastSettings, ("scenario=tutorial",)),
    "natural": (NaturalSettings, ("scenario=tutorial",)),
    "validate": (ValidateSettings, ("scenario=flee",)),
    "run flee": (DisplacementRunSettings, ("scenario=flee", "figure=false")),
}
"""Command to its settings, and to those with which it would be short."""

_NO_WORD = ("???", "[[a]]", "{a: 1}", "{a: [1]}", "[???]", "${seed}", "[${oc.env:HOME}]", "[a,", "[1,[2]]", "")
_NO_NUMBER = (*_NO_WORD, "nan", "inf", "-1e308", "five", "true", "[1]", "1e400", "-7", "0.5.1", "9" * 5000, "[" * 400)
_NOWHERE = ("magic", "./no/such/place", "../" * 50 + "x", "\u202e", "介绍", "-", "a\nb", *words.NO_PATHS[:2])
WRONG: dict[str, tuple[str, ...]] = {
    "scenario": _NOWHERE,
    "scenarios": ("[]", "[magic]", "[[a]]", "[tutorial,tutorial]", "[./no/such]", "???"),
    "policy": _NOWHERE,
    "policies": ("[]", "[magic]", "[[a]]", "[./no/such.yaml]", "[baseline,baseline]", "???"),
    "experiment": ("magic", "./no/such.yaml", "x" * 300 + ".yaml", "/proc/self/mem.yaml", "."),
    "agents": (*_NO_NUMBER, "0", "1.5", "1e9"),
    "seed": (*_NO_NUMBER, "1.5", "4294967297"),
    "step_days": (*_NO_NUMBER, "0", "8"),
    "replicates": (*_NO_NUMBER, "0", "1e9"),
    "samples": (*_NO_NUMBER, "0", "1e9"),
    "trace": (*_NO_NUMBER, "10001"),
    "members": (*_NO_NUMBER, "0"),
    "known_days": (*_NO_NUMBER, "1e9"),
    "persons_per_agent": (*_NO_NUMBER, "0", "1e9"),
    "compute.threads": (*_NO_NUMBER, "0", "1025"),
    "compute.workers": (*_NO_NUMBER, "0", "1025"),
    "start": words.BAD_DATES,
    "end": words.BAD_DATES,
    "shock_start": words.BAD_DATES,
    "train_end": words.BAD_DATES,
    "without": ("[magic]", *_NO_WORD),
    "readings": ("[magic]", *_NO_WORD),
    "events": ("[magic]", "[[a]]"),
    "outcomes": ("[]", "[magic]", "[[a]]"),
    "vary": ("[magic]", "[[a]]", "[???]"),
    "future": ("magic", "???", "./no/such.yaml"),
    "shock": ("magic", "[drought,magic]", "???", "{drought: [1]}"),
    "shock.drought": (*_NO_NUMBER, "99"),
    "parameters": ("magic", "{foresight: [1]}", "[1]", "???", "null"),
    "parameters.foresight": (*_NO_NUMBER, "9"),
    "parameters.magic": ("1",),
    "factors.foresight": ("[]", "[1]", "[a,b]", "[[1]]", "???", "[nan,1]", "{a: 1}", "[0.8,99]"),
    "thresholds.deaths": ("five", "[1]", "???", "{a: 1}"),
    "design": ("magic", "???", "[lhs]"),
    "compute": ("magic", "???", "[local]", "dask"),
    "figure": ("maybe", "2", "???"),
    "export": ("magic", "???"),
    "report": ("magic", "???"),
    "method": ("magic", "???"),
    "scenario.path": _NOWHERE,
    "scenario.rule": ("magic", "???"),
    "magic": ("1",),
}
"""Setting to values that no command takes."""


def _known(kind: type, base: Sequence[str]) -> list[str]:
    from corridor.experiments.runs.conf import _fields

    names = set(_fields(kind)) | {"magic"}
    names |= {key for key in WRONG if key.partition(".")[0] in names and "." in key}
    given = {setting.partition("=")[0] for setting in base}
    return sorted(name for name in names & set(WRONG) if name not in given or name == "scenario")


def refused_command(rng: random.Random, place: Place) -> Attempt:
    """Give one setting of a command a value that it does not take."""
    command = rng.choice([*COMMANDS, "run", "run", "ensemble"])
    kind, base = COMMANDS[command]
    name = rng.choice(_known(kind, base))
    value = rng.choice(WRONG[name])
    if name == "scenario" and command in ("run flee", "validate"):
        name, value = "magic", "1"
    short = [setting for setting in base if setting.partition("=")[0] != name]
    arguments = [command.split()[0], *short, f"results={place.folder / 'results'}", f"{name}={value}"]
    if command == "validate":
        arguments = [argument for argument in arguments if not argument.startswith("results=")]
    return Attempt(f"corridor {_shown(arguments)}", lambda: called(arguments), "be refused")


def odd_command(rng: random.Random, place: Place) -> Attempt:
    """Give arguments that are none: words, switches, nothing, names that do not end."""
    pieces = ["run", "list", "check", "status", "report", "export", "policies", "seed", "=", "==", "a=b=c", "--", "-x",
              "~seed", "+seed=1", "seed=1,2", "++x=1", "hydra.run.dir=x", "--port=x", "ü", "", "\udcff", "\u202e",
              "x" * 5000, *words.NO_PATHS, "report=json", "report=xml", str(place.studies)]  # fmt: skip
    first = rng.choice(["list", "check", "status", "report", "export", "nothing", "run", "app", "--version", "-h"])
    arguments = [first, *(rng.choice(pieces) for _ in range(rng.randrange(1, 4)))]
    if first == "app":
        arguments = ["app", "--port", rng.choice(["x", "1.5", "", "ü", "9" * 5000])]
    if first == "run":
        arguments += ["agents=1.5"]
    return Attempt(f"corridor {_shown(arguments)}", lambda: _inside(place.folder, arguments))


def accepted_command(rng: random.Random, place: Place) -> Attempt:
    """Run small things that have to work: paths of any letters, more threads than there are, lists of one."""
    good = rng.choice(
        [f"results={place.folder / rng.choice(words.PATHS)}", "compute.threads=64", "without=families", "seed=7",
         "shock=drought", "shock.drought=2", "without=[families, 'crowding']", "end=2001-02-10", "trace=2"]
    )  # fmt: skip
    arguments = ["run", "scenario=tutorial", *SMALL, f"results={place.folder / 'results'}", "report=json", good]
    return Attempt(f"corridor {_shown(arguments)}", lambda: called(arguments, is_json=True), "be accepted")


def own_process(rng: random.Random, place: Place) -> Attempt:
    """Call the command in a process of its own, with an ASCII terminal."""
    attempt = rng.choice([
        ["list", rng.choice(["policies", "parameters", "shocks"])],
        ["run", "scenario=./介绍"], ["check", "ü"], ["status", "zip://x"], ["run", "start=???"], ["--help"],
        ["run", "scenario=tutorial", *SMALL, "start=9999-01-01"], ["report", "\udcff"],
    ])  # fmt: skip

    def act() -> None:
        surroundings = {**os.environ, "PYTHONIOENCODING": "ascii", "LANG": "C", "LC_ALL": "C"}
        done = subprocess.run(
            [sys.executable, "-m", "corridor.experiments.commands.shell", *attempt],
            capture_output=True, cwd=place.folder, env=surroundings, timeout=300,
        )  # fmt: skip
        _judged(done.returncode, done.stderr.decode("ascii"))

    return Attempt(f"process: corridor {_shown(attempt)}", act)


def study(rng: random.Random, place: Place) -> Attempt:
    """Damage a copy of a study, then ask for its status, export or report."""
    original = rng.choice(sorted(place.studies.glob("*.zarr")))
    copy = place.folder / original.name
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(original, copy)
    files = sorted(file for file in copy.rglob("*") if file.is_file())
    described = [file for file in files if file.name in (".zattrs", ".zarray", ".zgroup", ".zmetadata")]
    file = rng.choice(described if rng.random() < 0.7 else files)
    what = rng.choice(["damage", "damage", "delete", "nonsense", "folder"])
    if what == "damage":
        file.write_bytes(words.damaged(file.read_bytes(), rng))
    else:
        file.unlink()
    if what == "folder":
        file.mkdir()
    if what == "nonsense":
        file.write_text(rng.choice(["[]", "null", "{}", '{"a": 1}', "1", '{"configuration": 1}', "{" * 3000]))
    command = rng.choice(["status", "status", "export", "report"])
    if command == "export":
        arguments = ["export", f"study={copy}", "format=csv", f"path={place.folder / 'out'}"]
    else:
        arguments = [command, str(copy), *([str(place.folder / "out.html")] if command == "report" else [])]
    return Attempt(f"{command} of a study, {what}: {file.relative_to(copy)}", lambda: called(arguments))


def _inside(folder: Path, arguments: Sequence[str]) -> None:
    with contextlib.chdir(folder):
        called(arguments)


def called(arguments: Sequence[str], is_json: bool = False) -> None:
    """Call the command in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main(list(arguments))
        except SystemExit as leaving:
            code = leaving.code if isinstance(leaving.code, int) else 1
    _judged(code, err.getvalue())
    if is_json and out.getvalue().count("\n") != 1:
        raise Fault("more than one line of JSON")
    if is_json:
        json.loads(out.getvalue())


def _judged(code: int, complaint: str) -> None:
    """Raise `Refused` for a sentence and exit code 2; anything but that and success is a fault."""
    if "Traceback" in complaint:
        raise Fault(complaint.strip().splitlines()[-1])
    if code not in (0, 2):
        raise Fault(f"exit code {code}: {complaint[-200:]}")
    if code == 2:
        told = [line for line in complaint.replace("\r", "\n").splitlines() if line.startswith("corridor")]
        if len(told) != 1:
            raise Fault(f"{len(told)} sentences: {complaint[-300:]!r}")
        raise Refused(told[0])


def _shown(arguments: Sequence[str]) -> str:
    return " ".join(ascii(argument)[1:-1][:60] for argument in arguments)
