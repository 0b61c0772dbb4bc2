"""The schedule holds every step of every process, and each process writes what is its own."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from corridor.model import processes
from corridor.model.schedule import SCHEDULE
from corridor.model.simulation import Simulation
from corridor.scenarios import load

FILES = sorted(Path(processes.__file__).parent.rglob("*.py"))
SHARED = {"population"}
"""People: what every process acts on."""


def trees() -> Iterator[tuple[str, ast.AST]]:
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            yield f"{file.name}:{getattr(node, 'lineno', 0)}", node


def names(node: ast.AST) -> list[str]:
    """Return the names in ``a.b[i].c``, from the left."""
    found: list[str] = []
    while isinstance(node, ast.Attribute | ast.Subscript):
        if isinstance(node, ast.Attribute):
            found.append(node.attr)
        node = node.value
    return [node.id, *found[::-1]] if isinstance(node, ast.Name) else found[::-1]


def written(node: ast.AST) -> Iterator[list[str]]:
    """Give what an assignment writes to beyond local names."""
    targets = node.targets if isinstance(node, ast.Assign) else []
    if isinstance(node, ast.AugAssign | ast.AnnAssign):
        targets = [node.target]
    for target in targets:
        for part in target.elts if isinstance(target, ast.Tuple) else [target]:
            found = names(part)
            if len(found) > 1:
                yield found


def test_each_process_writes_its_own_columns_only() -> None:
    others = [
        (where, ".".join(found))
        for where, node in trees()
        for found in written(node)
        if not (found[0] == "self" and len(found) == 2) and not SHARED & set(found)
    ]
    assert others == []


def test_a_column_of_another_would_be_found() -> None:
    for text in (
        "market.able = 1",
        "sim.patrols.bribery, a = x",
        "self.conduct.word += 1",
        "market.capacity[mine] = 0",
    ):
        (statement,) = ast.parse(text).body
        (found,) = written(statement)
        assert not (found[0] == "self" and len(found) == 2), text
    assert not list(written(ast.parse("share[mine] = 0").body[0]))


@pytest.mark.parametrize("name", ["step", "learn", "heal", "release", "fade", "apply", "record"])
def test_no_process_takes_the_step_of_another(name: str) -> None:
    """All of them are lines of the schedule; `apply` is also what those do who prepare again."""
    callers = [
        where
        for where, node in trees()
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == name
        if len(names(node.func)) > 2 and names(node.func)[-2] != "departure"
    ]
    assert len(callers) == (1 if name == "apply" else 0), callers


def test_every_process_with_a_step_is_in_the_schedule(monkeypatch: pytest.MonkeyPatch) -> None:
    sim = Simulation(load("tutorial"), agents=50, trace=1)
    called: list[str] = []
    everybody = {**vars(sim), **vars(sim.market)}
    steps = {name: part for name, part in everybody.items() if type(part).__module__.startswith("corridor.model.proc")}
    steps = {name: part for name, part in steps.items() if hasattr(part, "step")}
    for name, part in steps.items():
        monkeypatch.setattr(part, "step", lambda name=name, step=part.step: (called.append(name), step()))
    sim.step()
    assert sorted(called) == sorted(steps) and len(steps) > 20


def test_every_line_says_what_happens_and_why_there() -> None:
    assert len({step.process for step in SCHEDULE}) == len(SCHEDULE)
    assert all(step.what and step.why for step in SCHEDULE)
