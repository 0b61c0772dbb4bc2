"""The registry of parameters is complete, used, and the only place where behaviour has numbers."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from corridor import model
from corridor.model.errors import InvalidInput
from corridor.model.parameters import REGISTRY, Obtained, Parameters

MODEL = Path(model.__file__).parent
PROCESSES = sorted((MODEL / "processes").rglob("*.py"))
METHODS = {name for name in dir(Parameters) if not name.startswith("_")}

UNITS = {0, 1, 2, 3, 7, 12, 365.25, 1000}
"""Counting, days in a week and a year, months in a year, and thousands."""
SMALL = 1e-3
"""Smaller numbers keep divisions and logarithms from zero."""
NOT_BEHAVIOUR = {
    ("exploiters.py", 28): "days between two looks into the books",
    ("exploiters.py", 10): "agents that steady cells of few, which vanish with the weight of an agent",
    ("beliefs.py", 0.5): "halving, in a half-life",
    ("beliefs.py", 4): "rows of the array of news: all, and three risks",
    ("choice.py", 100): "most rounds of the solver",
    ("choice.py", 0.1): "utils of news at which values are solved before their turn",
    ("choice.py", 50.0): "log of how open a leg is below which nothing changes",
    ("means.py", 96): "points of a grid",
    ("means.py", 1e5): "end of the same grid, USD",
    ("means.py", 0.5): "the median",
    ("departure.py", 60): "months, five years, beyond which waits count alike: keeps values finite",
    ("drivers.py", 0.5): "half-years over which a trend is taken",
    ("drivers.py", 3.5): "end of the same range",
    ("drivers.py", 13): "steps between two counts of settlers",
    ("drivers.py", 1e7): "unit of the size of a country, which an intercept absorbs",
    ("drivers.py", 4): "corridors whose series are kept in memory",
    ("exploitation.py", 91): "days between two reviews of those who were victims",
    ("investigation.py", 1e6): "a million",
    ("cases.py", 1e6): "a million",
    ("offers.py", 0.05): "keeps the cost of craft finite when supply is cut to nothing",
    ("market.py", 0.5): "start of reputations; mean of the disposition to exploit is then one; smallest capacity of an "
    "organisation, persons a week: keeps shares of capacity defined",
    ("seats.py", 5): "agents whose unused seats are kept: numerical, not behaviour",
    ("pathways.py", 0.5): "half a place: rounding to the nearest",
    ("pathways.py", 5.0): "agents whose unused places do not lapse: numerical, not behaviour",
    ("seasons.py", 13): "end of the range of months",
    ("seats.py", 100): "scarcity where nothing is offered: any that reaches the ceiling of fees",
    ("settlement.py", 0.5): "shortest detention, days: keeps the hazard finite",
    ("settlement.py", 91): "days between two accounts of the settled",
}
"""Numbers in processes that steer no behaviour, and why."""


# --- rows -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", REGISTRY.values(), ids=list(REGISTRY))
def test_every_row_says_what_it_is_and_where_it_comes_from(row) -> None:
    assert row.low <= row.default <= row.high and row.low < row.high
    assert row.unit and row.process and row.meaning and row.source
    assert row.obtained in get_args(Obtained)
    assert row.obtained == "assumed" or not row.source.startswith("assumed"), "an assumption is no estimate"
    assert row.name.isidentifier() and row.name not in METHODS


def test_processes_named_in_the_registry_exist() -> None:
    modules = {file.stem for file in (*PROCESSES, *MODEL.glob("*.py"))}
    assert {row.process for row in REGISTRY.values()} <= modules


def test_values_are_read_as_attributes_and_checked_against_their_range() -> None:
    values = Parameters({"foresight": 0.8})
    assert values.foresight == values["foresight"] == 0.8 and values.memory == REGISTRY["memory"].default
    assert values.changed() == {"foresight": 0.8}
    assert Parameters({"foresight": 5.0}, force=True).foresight == 5.0
    for wrong in ({"foresight": 5.0}, {"foresight": float("nan")}, {"foresight": True}, {"foresight": "0.9"}):
        with pytest.raises(InvalidInput, match="foresight"):
            Parameters(wrong)  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match="did you mean foresight"):
        Parameters({"forsight": 0.9})
    with pytest.raises(InvalidInput):
        Parameters({"foresight": float("inf")}, force=True)
    with pytest.raises(AttributeError, match="no parameter named nothing"):
        _ = values.nothing


# --- how the code reads it --------------------------------------------------------------------------------------------


def is_parameters(node: ast.expr) -> bool:
    """Whether an expression stands for the parameters: ``p``, ``parameters``, ``sim.parameters``."""
    name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
    return name in ("p", "parameters")


def other_uses_of_the_name(tree: ast.AST) -> set[int]:
    """Return the nodes within comprehensions whose own variable is called ``p``."""
    kinds = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
    inside = [node for node in ast.walk(tree) if isinstance(node, kinds)]
    own = [c for c in inside if any(isinstance(g.target, ast.Name) and g.target.id == "p" for g in c.generators)]
    return {id(node) for comprehension in own for node in ast.walk(comprehension)}


def reads(tree: ast.AST) -> Iterator[str]:
    """Yield a regular expression for every reading of a parameter in a module."""
    others = other_uses_of_the_name(tree)
    for node in ast.walk(tree):
        if id(node) in others:
            continue
        if isinstance(node, ast.Attribute) and is_parameters(node.value):
            yield node.attr
        elif isinstance(node, ast.Subscript) and is_parameters(node.value):
            if isinstance(node.slice, ast.JoinedStr):
                parts = [str(v.value) if isinstance(v, ast.Constant) else ".+" for v in node.slice.values]
                yield "".join(parts)
            elif isinstance(node.slice, ast.Constant):
                yield str(node.slice.value)
            else:
                # The name comes from a table of names in the same module.
                texts = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
                yield from (text for text in texts if text in REGISTRY)


def all_reads() -> set[str]:
    # These two keep values, as a registry and as a table; they do not read any. Displacement has a registry of its own.
    files = [file for file in MODEL.rglob("*.py") if "parameters" not in file.parts and file.name != "corridor.py"]
    files = [file for file in files if file.parent.name != "displacement"]
    return {pattern for file in files for pattern in reads(ast.parse(file.read_text(encoding="utf-8")))}


def test_every_parameter_is_read_by_the_model() -> None:
    patterns = all_reads()
    unread = [name for name in REGISTRY if not any(re.fullmatch(pattern, name) for pattern in patterns)]
    assert not unread, "parameters that steer nothing"


def test_every_parameter_that_the_model_reads_is_in_the_registry() -> None:
    unknown = {p for p in all_reads() - METHODS if not any(re.fullmatch(p, name) for name in REGISTRY)}
    assert not unknown


def numbers(tree: ast.AST) -> Iterator[tuple[int, float]]:
    """Yield line and value of every number in a module that is no position in an array."""
    positions = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.Subscript)
        for inner in ast.walk(node.slice)
        if isinstance(inner, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and type(node.value) in (int, float) and id(node) not in positions:
            yield node.lineno, node.value


def behavioural(file: str, source: str) -> list[str]:
    """Return the numbers in a process that should be in the registry."""
    return [
        f"{file}, line {line}: {value}"
        for line, value in numbers(ast.parse(source))
        if value not in UNITS and abs(value) > SMALL and (file, value) not in NOT_BEHAVIOUR
    ]


def test_kernels_and_people_have_no_behavioural_fraction_of_their_own() -> None:
    """Whole numbers there are sizes of arrays and bit widths; a half is the middle of a random word's interval."""
    files = [*(MODEL / "kernels").glob("*.py"), *(MODEL / f"{name}.py" for name in ("simulation", "population"))]
    assert len(files) > 3
    found = [
        f"{file.name}, line {line}: {value}"
        for file in files
        for line, value in numbers(ast.parse(file.read_text(encoding="utf-8")))
        if value % 1 and value not in (0.5, 365.25) and abs(value) > SMALL
    ]
    assert not found, "give it a row in model/parameters/"


def test_processes_have_no_behavioural_number_of_their_own() -> None:
    found = [text for file in PROCESSES for text in behavioural(file.name, file.read_text(encoding="utf-8"))]
    assert not found, "give it a row in model/parameters/"


def test_numbers_that_are_excused_are_still_there() -> None:
    present = {
        (file.name, value) for file in PROCESSES for _, value in numbers(ast.parse(file.read_text(encoding="utf-8")))
    }
    assert set(NOT_BEHAVIOUR) <= present, "excuses without a number"


def test_a_behavioural_number_would_be_found() -> None:
    assert behavioural("new.py", "def f(x):\n    return 0.37 * x[5]\n") == ["new.py, line 2: 0.37"]
    assert behavioural("new.py", "_RATE = 4.0\n") == ["new.py, line 1: 4.0"]
    assert behavioural("new.py", "def f(x):\n    return max(x, 1e-9) / 12 + p.memory\n") == []


def test_a_name_that_is_a_number_is_refused_in_words() -> None:
    with pytest.raises(InvalidInput):
        Parameters({5: 1.0})  # type: ignore[dict-item]
