"""Limits of size and typing that keep the code readable; imports between packages are checked by ``lint-imports``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests import ROOT

PACKAGES = ("model", "scenarios", "displacement", "calibration", "experiments", "views")
MOST_LINES, MOST_ARGUMENTS, MOST_IGNORES = 400, 8, 5


def modules() -> list[Path]:
    return [ROOT / "app.py", *(file for name in PACKAGES for file in sorted((ROOT / name).rglob("*.py")))]


def functions() -> Iterator[tuple[str, ast.FunctionDef]]:
    for file in modules():
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                yield f"{file.relative_to(ROOT)}: {node.name}", node


def positional(function: ast.FunctionDef) -> int:
    """Number of arguments that can be given by position, without the object itself."""
    names = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
    return len(names) - (names[:1] in (["self"], ["cls"]))


def test_modules_are_short() -> None:
    lines = {str(file.relative_to(ROOT)): len(file.read_text(encoding="utf-8").splitlines()) for file in modules()}
    assert len(lines) > 300
    assert not {name: count for name, count in lines.items() if count > MOST_LINES}


def test_functions_take_few_arguments_by_position() -> None:
    counts = {name: positional(function) for name, function in functions()}
    assert max(counts.values()) == MOST_ARGUMENTS, "a lower limit would do"
    assert not {name: count for name, count in counts.items() if count > MOST_ARGUMENTS}


def test_types_are_seldom_ignored() -> None:
    ignored = [file.name for file in modules() for line in file.read_text().splitlines() if "# type: ignore" in line]
    assert len(ignored) <= MOST_IGNORES, ignored
