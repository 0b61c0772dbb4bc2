"""What random numbers are drawn for: no two purposes take the same number, and code takes what it has declared."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from corridor import model
from corridor.model.purposes import Purpose
from corridor.model.streams import Stream, Streams

FOLDER = Path(model.__file__).parent
KERNELS = sorted((FOLDER / "kernels").glob("*.py"))
WORDS = 4


def overlap(one: range, other: range) -> bool:
    return max(one.start, other.start) < min(one.stop, other.stop)


def meet(one: tuple, other: tuple) -> bool:  # type: ignore[type-arg]
    """Tell whether two purposes could take the same number."""
    return one[0] == other[0] and all(overlap(a, b) for a, b in zip(one[1:], other[1:], strict=True))


def test_no_two_purposes_can_meet() -> None:
    pairs = itertools.combinations(Purpose, 2)
    assert [(one.name, other.name) for one, other in pairs if meet(one.value, other.value)] == []


def test_purposes_that_could_meet_would_be_found() -> None:
    step, journey = range(100), range(1, 100)
    one = Stream.FAMILY, step, range(1), range(2)
    assert meet(one, (Stream.FAMILY, range(7, 8), step, range(1, 3)))
    for apart in (
        (Stream.CHOICE, step, range(1), range(2)),
        (Stream.FAMILY, step, journey, range(2)),
        (Stream.FAMILY, step, range(1), range(2, 4)),
    ):
        assert not meet(one, apart)


@pytest.mark.parametrize("purpose", Purpose, ids=lambda purpose: purpose.name)
def test_a_purpose_is_drawn_somewhere_with_columns_that_there_are(purpose: Purpose) -> None:
    assert 0 <= purpose.columns.start < purpose.columns.stop <= WORDS
    uses = re.compile(rf"\bPurpose\.{purpose.name}\b")
    assert any(uses.search(file.read_text(encoding="utf-8")) for file in FOLDER.rglob("*.py"))


def test_only_purposes_choose_streams() -> None:
    """A stream by its name elsewhere would be a draw that nobody has declared."""
    allowed = {"purposes.py", "streams.py"}
    using = {file.name for file in FOLDER.rglob("*.py") if re.search(r"\bStream\.[A-Z]", file.read_text("utf-8"))}
    assert using - allowed == set()


def test_a_draw_takes_the_columns_of_its_purpose() -> None:
    streams, people, counts = Streams(5), np.arange(9), np.arange(9) + 3
    drawn = streams.draw(Purpose.AFTER_ASSISTANCE, people, counts)
    np.testing.assert_array_equal(drawn, streams.uniforms(Stream.EXIT, people, counts, 2)[:, 1:3])


# --- compiled code ----------------------------------------------------------------------------------------------------


def purposes_of(tree: ast.Module) -> dict[str, Purpose]:
    """Return the constants of a module that stand for the stream of a purpose."""
    found: dict[str, Purpose] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and "Purpose." in ast.unparse(node.value):
            (target,) = node.targets
            names = [part.id for part in ast.walk(target) if isinstance(part, ast.Name)]
            purposes = re.findall(r"Purpose\.(\w+)\.stream", ast.unparse(node.value))
            found.update((name, Purpose[purpose]) for name, purpose in zip(names, purposes, strict=True))
    return found


def draws(tree: ast.Module) -> Iterator[tuple[ast.Call, list[int] | None]]:
    """Give the calls of the generator, and the columns that are kept (None: those that are indexed later)."""
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "philox":
            parent, columns = parents[node], None
            if isinstance(parent, ast.Assign) and isinstance(parent.targets[0], ast.Tuple):
                kept = [ast.unparse(part) for part in parent.targets[0].elts]
                columns = [column for column, name in enumerate(kept) if not name.startswith("_")]
            yield node, columns


@pytest.mark.parametrize("file", KERNELS, ids=lambda file: file.name)
def test_compiled_draws_are_as_declared(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    purposes = purposes_of(tree)
    for call, columns in draws(tree):
        purpose = purposes[ast.unparse(call.args[3])]
        for argument, declared in zip(call.args[1:3], (purpose.first, purpose.second), strict=True):
            if isinstance(argument, ast.Constant):
                assert declared == range(argument.value, argument.value + 1), (file.name, purpose)
            else:
                assert len(declared) > 1, (file.name, purpose)
        if columns is not None:
            assert set(columns) <= set(purpose.columns), (file.name, purpose)


def test_there_are_compiled_draws_to_look_at() -> None:
    trees = [ast.parse(file.read_text(encoding="utf-8")) for file in KERNELS]
    assert sum(1 for tree in trees for _ in draws(tree)) >= 12
