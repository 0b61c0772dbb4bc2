"""The fingerprint of the model's code: what it covers, and what it leaves alone."""

import importlib
import io
import pkgutil
import re
import sys
import tokenize
from pathlib import Path

import pytest

from corridor import displacement, model
from corridor.model import source
from tests import ROOT

MODULES = [
    found.name
    for package in (model, displacement)
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
]


@pytest.mark.parametrize("name", MODULES)
def test_a_module_that_is_used_is_missing_from_a_fingerprint(name: str) -> None:
    """A module is known to be built on all modules of ours whose objects it holds."""
    module = importlib.import_module(name)
    known, new = set[Path](), {Path(str(module.__file__))}
    while new:
        known |= new
        new = {other for one in new for other in source._imported(one)} - known
    held = {getattr(value, "__module__", None) for value in vars(module).values()}
    owners = {str(owner) for owner in held if str(owner).startswith("corridor.")}
    assert {Path(str(sys.modules[owner].__file__)) for owner in owners} <= known


def significant(text: str) -> str:
    """Return all tokens but comments and strings that are statements, without white space, by `tokenize`."""
    tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    tokens = [token for token in tokens if token.type not in (tokenize.COMMENT, tokenize.NL)]
    begins = {tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
    kept = []
    for before, token, after in zip([None, *tokens], tokens, [*tokens[1:], None], strict=False):
        starts = before is None or before.type in begins
        if token.type == tokenize.STRING and starts and after is not None and after.type == tokenize.NEWLINE:
            continue
        kept.append(token.string.replace("\n", "\\n") if token.type == tokenize.STRING else token.string)
    return "".join("".join(kept).split())


def without_last_commas(code: str) -> str:
    return re.sub(r",([)\]}])", r"\1", code)


@pytest.mark.parametrize(
    "folder", ["model", "displacement", "experiments", "scenarios", "calibration", "views", "tests", "benchmarks"]
)
def test_the_scanner_and_the_tokenizer_disagree_about_what_is_code(folder: str) -> None:
    for file in (ROOT / folder).rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        code = source.code_of(text).replace("\\\n", "")  # lines that go on are one to the tokenizer
        assert without_last_commas("".join(code.split())) == without_last_commas(significant(text)), file


def test_prose_edits_make_caches_look_stale() -> None:
    before = 'def f(x):\n    """Return x."""\n    y = "# no comment"  # a comment\n    return x\n'
    after = (
        '# Head.\n\n\ndef f(x):\n    """Return x,\n\n    at length.\n    """\n    y = "# no comment"\n\n    return x\n'
    )
    assert source.code_of(before) == source.code_of(after) == 'def f(x):\n    y = "# no comment"\n    return x'


def test_a_line_broken_inside_brackets_makes_caches_look_stale() -> None:
    before = "x = f(a, b=[1, 2], c=-1)[not a : b]\n"
    after = "x = f(\n    a,  # a comment\n    b=[\n        1,\n        2,\n    ],\n    c=-1,\n)[not  a:b]\n"
    assert source.code_of(before) == source.code_of(after)


@pytest.mark.parametrize(
    ("one", "other"), [("(a,)", "(a)"), ("(lambda a, b: 1,)", "(lambda a, b: 1)"), ("[a]", "[ab]")]
)
def test_a_comma_that_makes_a_tuple_escapes_the_fingerprint(one: str, other: str) -> None:
    assert source.code_of(one) != source.code_of(other)


@pytest.mark.parametrize(
    "changed",
    [
        "N = 3\nTEXT = f('''a\n\n b''')\n", "N = 2\nTEXT = f('''a\n b''')\n", "N = 2\nTEXT = f('''a\n\n # b''')\n",
        "N = 2\nTEXT = f('''a\n\n b'''\n'c')\n", "N = 2\n    TEXT = f('''a\n\n b''')\n",
    ],
)  # fmt: skip
def test_a_change_of_code_escapes_the_fingerprint(changed: str) -> None:
    assert source.code_of(changed) != source.code_of("N = 2\nTEXT = f('''a\n\n b''')\n")
