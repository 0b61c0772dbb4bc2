"""Documentation: cited equations exist, every parameter is described, generated pages are up to date."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType

import pytest

from corridor.model.mechanisms import MECHANISMS
from corridor.model.parameters import REGISTRY
from docs import make_format, make_parameters, make_schedule

ROOT = Path(__file__).resolve().parent.parent
PROTOCOL = (ROOT / "docs" / "odd.md").read_text(encoding="utf-8")
NUMBERS = r"(\d+(?:(?:, | to | and )\d+)*)"
"""One or more numbers of equations, as in "3", "4 and 5", "8 to 10", "11 to 15, 31, 32"."""


def numbers(text: str) -> set[int]:
    """Return the numbers that a list such as ``8 to 10, 12`` names."""
    found: set[int] = set()
    for part in re.split(", | and ", text):
        first, _, last = part.partition(" to ")
        found.update(range(int(first), int(last or first) + 1))
    return found


def equations() -> list[int]:
    """Return the numbers of the protocol's equations in the order of the page."""
    return [int(number) for number in re.findall(r"^\*\*Eq\. (\d+)\*\*", PROTOCOL, flags=re.MULTILINE)]


def test_equations_are_numbered_without_gaps() -> None:
    assert equations() == list(range(1, len(equations()) + 1))


def test_every_cited_equation_exists_and_every_equation_is_cited() -> None:
    cited: set[int] = set()
    for file in (file for part in ("model", "displacement", "experiments") for file in (ROOT / part).rglob("*.py")):
        text = file.read_text(encoding="utf-8")
        lists = re.findall(rf"ODD eq\. {NUMBERS}", text)
        assert len(lists) == text.count("ODD eq."), f"{file.name}: a citation that is no list of numbers"
        cited.update(*(numbers(listed) for listed in lists))
    assert cited == set(equations())


def test_the_protocol_cites_equations_that_it_has() -> None:
    cited: set[int] = set()
    cited.update(*(numbers(listed) for listed in re.findall(rf"\beq\. {NUMBERS}", PROTOCOL)))
    assert cited <= set(equations())


@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_every_parameter_is_described(name: str) -> None:
    assert f"`{name}`" in PROTOCOL or f"| `{name}` |" in make_parameters.PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(MECHANISMS))
def test_every_off_switch_is_named_in_the_protocol(name: str) -> None:
    assert re.search(rf"`without`[^*]*\b{name}\b", PROTOCOL)


@pytest.mark.parametrize(
    "generator", [make_format, make_parameters, make_schedule], ids=lambda module: module.PAGE.name
)
def test_generated_pages_are_up_to_date(generator: ModuleType) -> None:
    assert generator.PAGE.read_text(encoding="utf-8") == generator.page(), f"run python -m {generator.__name__}"


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"
