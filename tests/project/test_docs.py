"""Documentation: cited equations exist, every parameter is described, generated pages are up to date."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType

import pytest

from corridor.model.mechanisms import MECHANISMS
from corridor.model.parameters import REGISTRY
from docs import make_format, make_parameters, make_schedule
from docs.equations import LIST, labels, mathml, named, position
from tests import ROOT

PAGES = sorted(page for page in (ROOT / "docs").rglob("*.md") if page != make_parameters.PAGE)
PROTOCOL = (ROOT / "docs" / "odd.md").read_text(encoding="utf-8")
LABELS = labels(PROTOCOL)
PARAMETERS = make_parameters.page()
SOURCES = [file for part in ("model", "displacement", "experiments") for file in (ROOT / part).rglob("*.py")]


def prose(page: Path) -> str:
    """Return a page without its blocks of code."""
    return re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def cited_in_code() -> dict[str, set[str]]:
    """Return the equations that each module cites."""
    cited: dict[str, set[str]] = {}
    for file in SOURCES:
        text = file.read_text(encoding="utf-8")
        lists = re.findall(rf"ODD eq\. {LIST}", text)
        assert len(lists) == text.count("ODD eq."), f"{file}: a citation that is no list of labels"
        cited[str(file.relative_to(ROOT))] = {label for listed in lists for label in named(listed, LABELS)}
    return cited


def test_equations_are_numbered_without_gaps() -> None:
    assert len(set(LABELS)) == len(LABELS)
    numbers = sorted({position(label)[0] for label in LABELS})
    assert numbers == list(range(1, len(numbers) + 1))
    for number in numbers:
        letters = "".join(sorted(position(label)[1] for label in LABELS if position(label)[0] == number))
        assert "abcdefghij".startswith(letters), f"letters of eq. {number}: {letters}"


def test_every_equation_that_the_code_cites_exists() -> None:
    unknown = {name: sorted(cited - set(LABELS)) for name, cited in cited_in_code().items() if cited - set(LABELS)}
    assert not unknown


def test_every_equation_is_cited_where_it_is_implemented() -> None:
    assert set(LABELS) == set().union(*cited_in_code().values())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_pages_cite_equations_that_the_protocol_has(page: Path) -> None:
    lists = re.findall(rf"\beq\. {LIST}", prose(page))
    assert {label for listed in lists for label in named(listed, LABELS)} <= set(LABELS)


def test_labels_are_read_and_sorted_as_the_protocol_writes_them() -> None:
    page = "**Eq. 9** one\n\n**Eq. 9a** two\n\n**Eq. 10** three (eq. 9)\n"
    assert labels(page) == ["9", "9a", "10"]
    assert named("9 to 10 and 12b", labels(page)) == {"9", "9a", "10", "12b"}
    assert named("9, 11 to 12", labels(page)) == {"9", "11", "12"}


@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_every_parameter_is_described(name: str) -> None:
    assert f"`{name}`" in PROTOCOL or f"| `{name}` |" in PARAMETERS


@pytest.mark.parametrize("name", sorted(MECHANISMS))
def test_every_off_switch_is_named_in_the_protocol(name: str) -> None:
    assert re.search(rf"`without`[^*]*\b{name}\b", PROTOCOL)


@pytest.mark.parametrize("generator", [make_format, make_schedule], ids=lambda module: module.PAGE.name)
def test_generated_pages_are_up_to_date(generator: ModuleType) -> None:
    assert generator.PAGE.read_text(encoding="utf-8") == generator.page(), f"run python -m {generator.__name__}"


def test_every_formula_can_be_drawn() -> None:
    formulas = re.findall(r"^```math\n(.*?)^```", PROTOCOL, flags=re.MULTILINE | re.DOTALL)
    assert len(formulas) > 100
    for formula in formulas:
        assert mathml(formula.strip(), as_block=True).startswith("<math"), formula


def test_every_page_is_in_one_table_of_contents() -> None:
    listed = []
    for page in PAGES:
        for block in re.findall(r"^```{toctree}\n(.*?)^```", page.read_text(encoding="utf-8"), flags=re.M | re.S):
            lines = (line.strip() for line in block.splitlines())
            names = [line for line in lines if line and not line.startswith(":")]
            listed += [(page.parent / f"{name}.md").resolve() for name in names]
    assert sorted(listed) == sorted({*PAGES, make_parameters.PAGE} - {ROOT / "docs" / "index.md"})


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", prose(page)):
        assert (page.parent / target).resolve() == make_parameters.PAGE or (page.parent / target).exists(), target
