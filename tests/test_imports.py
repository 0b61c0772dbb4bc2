"""Imports point one way: no part of Corridor uses a part above it, and none goes round in a circle."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LAYERS = (
    ("model",),
    ("scenarios",),
    ("experiments.runs",),
    ("experiments.analysis",),
    ("experiments.studies",),
    ("calibration", "displacement"),
    ("experiments.reporting",),
    ("experiments.commands",),
    ("views",),
)
"""The parts, from the lowest up: each uses those of lower rows only. Parts of one row do not know each other."""
RANKS = {part: rank for rank, row in enumerate(LAYERS) for part in row}
FILES = {file: part for part in RANKS for file in sorted(ROOT.joinpath(*part.split(".")).rglob("*.py"))}


def part_of(module: str) -> str | None:
    """Name the part that a module of Corridor belongs to."""
    return next((part for part in RANKS if f"{module}.".startswith(f"corridor.{part}.")), None)


def imported(text: str) -> set[str]:
    """Name the modules that a source file may import, wherever in it the import stands."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports are absolute"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def upward(part: str, text: str) -> set[str]:
    """Name the modules that a file of a part imports and may not."""
    used = {(name, part_of(name)) for name in imported(text)}
    return {name for name, other in used if other and other != part and RANKS[other] >= RANKS[part]}


@pytest.mark.parametrize("part", RANKS)
def test_a_part_uses_one_above_it(part: str) -> None:
    files = [file for file, owner in FILES.items() if owner == part]
    assert files, "the part has moved"
    wrong = {str(file.relative_to(ROOT)): found for file in files if (found := upward(part, file.read_text("utf-8")))}
    assert not wrong


def test_a_module_stands_outside_all_parts() -> None:
    folders = {part.split(".")[0] for part in RANKS}
    files = {file for folder in folders for file in (ROOT / folder).rglob("*.py")} - set(FILES)
    assert {str(file.relative_to(ROOT)) for file in files} <= {"experiments/__init__.py"}


@pytest.mark.parametrize(
    "line",
    [
        "import corridor.views.page",
        "from corridor.experiments import studies",
        "def f():\n    from corridor.experiments.reporting.html import page",
    ],
)
def test_an_upward_import_is_overlooked(line: str) -> None:
    assert upward("experiments.runs", line)
    assert not upward("views", line)
