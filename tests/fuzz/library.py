"""Doors of the library and of the app: arguments from Python, addresses of the page, uploads."""

from __future__ import annotations

import datetime as dt
import io
import math
import random
import shutil
import zipfile
from functools import cache
from typing import Any

import numpy as np

from corridor import displacement
from corridor.displacement.engine.parameters import Behaviour
from corridor.displacement.engine.simulation import Displacement
from corridor.displacement.flee import read_case
from corridor.experiments.analysis.factors import factor
from corridor.experiments.runs.store import open_study
from corridor.experiments.studies.design import Design
from corridor.model import Simulation
from corridor.model.corridor import Corridor
from corridor.model.parameters import Parameters
from corridor.model.policies import Policy
from corridor.scenarios import load, load_policy, load_shock, parameters_of
from corridor.views.question import Question
from corridor.views.upload import unpack
from tests.fuzz import words
from tests.fuzz.attempts import Attempt, Place
from tests.fuzz.files import CASE, TUTORIAL, finite

DAY = dt.date
_NO_WHOLE = (0, -1, 1.5, True, math.nan, math.inf, 2**70, "5", None.__class__, [1], np.float64(3))
_NO_DAY = (
    "",
    False,
    DAY(1500, 1, 1),
    DAY(2400, 1, 1),
    DAY.max,
    DAY.min,
    "yes",
    0,
    20010101,
    dt.datetime(2001, 5, 1),
    math.nan,
    [1],
)
ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "seed": (False, "", [], -1, 1.5, True, math.nan, 2**70, "5", [1]),
    "agents": _NO_WHOLE,
    "step_days": (*_NO_WHOLE, 8),
    "threads": (*_NO_WHOLE, 1025),
    "start": _NO_DAY,
    "end": _NO_DAY,
    "without": (0, None, ["magic"], "families,", [1], [["a"]], [None], 5),
    "parameters": ({"magic": 1}, {"foresight": math.nan}, {"foresight": 9}, {"foresight": "x"}, {"foresight": [1]},
                   {1: 2}, {"foresight": True}, [1], "x", 0, "", [], False),
    "trace": (-1, 1.5, 10_001, "x", "", None, False, []),
    "policy": ("rescue", 0, "", [], {}, Policy),
}  # fmt: skip


@cache
def _tutorial() -> Corridor:
    return load("tutorial")


def simulation(rng: random.Random, place: Place) -> Attempt:
    """Make a simulation with one argument that does not fit."""
    name = rng.choice(sorted(ARGUMENTS))
    value = rng.choice(ARGUMENTS[name])
    given = {"agents": 20, name: value}
    return Attempt(f"Simulation({name}={ascii(value)[:60]})", lambda: Simulation(_tutorial(), **given), "be refused")


def short_run(rng: random.Random, place: Place) -> Attempt:
    """Run a few steps of something odd that is allowed."""
    given: dict[str, Any] = rng.choice([
        {"threads": 64}, {"agents": 1}, {"agents": 3}, {"step_days": 7}, {"step_days": 1}, {"seed": 2**64 - 1},
        {"start": DAY(1900, 1, 1), "end": DAY(1900, 2, 1)}, {"start": DAY(2199, 11, 1), "end": DAY(2199, 12, 31)},
        {"parameters": {"foresight": 1.0}}, {"without": ["families", "learning"]},
    ])  # fmt: skip
    whole = {"agents": 20, "end": DAY(2001, 1, 31), **given}
    return Attempt(f"a short run with {given}", lambda: finite(Simulation(_tutorial(), **whole).run()), "be accepted")


def functions(rng: random.Random, place: Place) -> Attempt:
    """Call the functions of a notebook with what they do not take."""
    odd: Any = rng.choice(["magic", "", "../..", "\0", "x" * 5000, "./no/such", "/dev/zero", "介绍", "\udcff", "a\nb"])
    number: Any = rng.choice([math.nan, math.inf, -math.inf, 1e308, -1e308, 99.0, True, "x", [1]])
    day: Any = rng.choice(_NO_DAY)
    what, act = rng.choice([
        ("load", lambda: load(odd)), ("load_policy", lambda: load_policy(odd)), ("load_shock", lambda: load_shock(odd)),
        ("load_shock amount", lambda: load_shock("drought", amount=number)),
        ("load_shock start", lambda: load_shock("drought", start=day)),
        ("load_shock end", lambda: load_shock("drought", end=day)),
        ("load_shock ramp", lambda: load_shock("drought", ramp_weeks=number if number != 99 else -1)),
        ("parameters_of", lambda: parameters_of([odd])), ("factor", lambda: factor(odd)),
        ("factor values", lambda: factor("foresight", [number, 0.8])),
        ("Parameters", lambda: Parameters({"foresight": number})),
        ("Behaviour", lambda: Behaviour({"speed": number if number != 99 else -1})),
        ("read_case", lambda: read_case(odd)), ("open_study", lambda: open_study(odd)),
        ("Displacement", lambda: Displacement(read_case(displacement.TUTORIAL), forced_roads=odd)),
        ("Design", lambda: Design(("tutorial",) * 2000, ("baseline",) * 2000)),
    ])  # fmt: skip
    return Attempt(f"{what}({ascii(odd)[:40]}, {number}, {day!a})", act, "be refused")


def address(rng: random.Random, place: Place) -> Attempt:
    """Change one parameter of the page's address."""
    query = {"corridor": "tutorial", "years": "2001-2002", "packages": "rescue~search_and_rescue:2", "runs": "5"}
    wrong = {
        "corridor": ("magic", "../x", "![x](y)", "", "\udcff", "x" * 5000),
        "years": ("1500-1600", "2400-2500", "9999-9999", "2002-2001", "x", "2001", "2001-2002-2003", "1" * 5000),
        "packages": ("magic", "rescue,rescue", "rescue~magic:1", "~", "," * 500, "rescue~:::",
                     *(f"rescue~search_and_rescue{more}" for more in ("", ":nan", ":1e308", ":" + "9" * 5000))),
        "runs": ("0", "-1", "1e9", "x", "5.0", "٥", "9" * 5000), "future": ("magic", "../x", "?"),
        "detail": ("magic", "0"),
        "shocks": ("magic", "drought", ":::::", *(f"drought:{more}" for more in (
            "1:9999:1", "1:2001:1e9", "nan:2001:1", "1e308:2001:1", "1:2001:1:nowhere", "1:0:0", "1:2001:-1",
            "1:2001.5:1", "1:-9:1"))),
    }  # fmt: skip
    name = rng.choice(sorted(wrong))
    query[name] = rng.choice(wrong[name])

    def act() -> None:
        asked = Question.from_address(query)
        if asked is not None:
            asked.orders()

    return Attempt(f"address with {name}={ascii(query[name])[:60]}", act, "be refused")


def upload(rng: random.Random, place: Place) -> Attempt:
    """Upload an archive with damage, odd names, or too much in it; what is unpacked is read."""
    folder = place.folder / "unpacked"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    buffer, files = io.BytesIO(), dict(rng.choice([CASE, TUTORIAL]))
    extra = {"": "", "../x.csv": "a", "a/b/c/d/e/f/g.csv": "a", "x.exe": "a", "a.csv": "0" * 3_000_000,
             "a.csv/b.csv": "a", "/etc/x.csv": "a", "ü.csv": "a", "con.csv": "a", "b.csv": "\0"}  # fmt: skip
    name = rng.choice(sorted(extra))
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for file, text in {**files, **({name: extra[name]} if name else {}), "a.csv": "1"}.items():
            archive.writestr(file, text)
    data = words.damaged(buffer.getvalue(), rng) if rng.random() < 0.5 else buffer.getvalue()

    def act() -> None:
        root = unpack(data, folder)
        if (root / "corridor.yaml").exists():
            load(root)
        else:
            read_case(root)

    return Attempt(f"upload with {name!r}, {len(data)} bytes", act)
