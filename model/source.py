"""Fingerprints of the source code that can affect results: the model and other code compiled like it.

Comments, docstrings, blank lines and the layout inside brackets are ignored. The scanner below is much faster than
`ast` and `tokenize`, and independent of Python's grammar, so that fingerprints stay valid in later versions of Python.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent
"""The model's folder by its import path, with symbolic links unresolved."""
_ROOT = FOLDER.parent
PACKAGE = __name__.split(".")[0]
_TOKEN = re.compile(
    r"""(?P<string>[A-Za-z]{0,2}(?:\"{3}(?:\\.|[^\\])*?\"{3}|'{3}(?:\\.|[^\\])*?'{3}|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'))
    |(?P<comment>\#[^\n]*)|(?P<open>[(\[{])|(?P<close>[)\]}])""",
    re.DOTALL | re.VERBOSE,
)
_SPACE = re.compile(r"\s+")
_BESIDE_SIGNS = re.compile(r" ?([^\w\s]) ?")
_IMPORT = re.compile(r"^[ \t]*(?:from ([\w.]+) import (\([^)]*\)|[^\n]*)|import ([\w., ]+))", re.MULTILINE)


def code_of(text: str) -> str:
    """Strip a module's source of comments, docstrings and the layout inside brackets.

    All string statements are dropped, including those that document a constant.
    """
    pieces: list[str] = []
    commas: list[int] = []  # number in each open bracket
    between, at = "", 0
    for found in _TOKEN.finditer(text):
        between += text[at : found.start()]
        at = found.end()
        if found["comment"] or (found["string"] and not commas and _is_statement(text, found)):
            continue
        if commas:
            between = _unspaced(between)
            commas[-1] += 0 if "lambda" in between else between.count(",")
        if found["close"] and commas and commas.pop() > 1:
            between = between.removesuffix(",")  # alone, a comma makes a tuple
        pieces += between, found[0].replace("\n", "\\n")
        between = ""
        if found["open"]:
            commas.append(0)
    lines = (line.rstrip() for line in "".join([*pieces, between, text[at:]]).split("\n"))
    return "\n".join(line for line in lines if line)


def _unspaced(text: str) -> str:
    """Drop white space inside brackets, except between two words."""
    return _BESIDE_SIGNS.sub(r"\1", _SPACE.sub(" ", text)).strip()


def _is_statement(text: str, string: re.Match[str]) -> bool:
    """Return whether a string outside brackets is the only code on its lines."""
    line = text.rfind("\n", 0, string.start()) + 1
    before = text[line : string.start()]
    end = text.find("\n", string.end())
    after = text[string.end() : end if end >= 0 else None].strip()
    goes_on = text.endswith("\\", 0, max(line - 1, 0))
    return not (before.strip() or goes_on) and (not after or after[0] == "#") and "f" not in string[0].lower()[:2]


def hash_files(files: Iterable[Path]) -> str:
    """Hash the code and relative paths of files; 64 hexadecimal digits."""
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(file.relative_to(_ROOT).as_posix().encode() + b"\0" + _code(file).encode() + b"\0")
    return digest.hexdigest()


@cache
def hash_model() -> str:
    """Hash all the code of the model."""
    return hash_files(FOLDER.rglob("*.py"))


@cache
def used_by(file: Path) -> frozenset[Path]:
    """Return the files of a module and of all modules of this package that it imports, directly or indirectly."""
    known, new = set[Path](), {file}
    while new:
        known |= new
        new = {module for one in new for module in _imported(one)} - known
    return frozenset(known)


@cache
def built_on(file: Path) -> str:
    """Hash the code of a module and of all modules of this package that it imports, directly or indirectly."""
    return hash_files(used_by(file))


@cache
def _code(file: Path) -> str:
    return code_of(file.read_text(encoding="utf-8"))


@cache
def _imported(file: Path) -> frozenset[Path]:
    """Return the files of this package's modules that a file imports directly."""
    names = set[str]()
    for origin, what, plain in _IMPORT.findall(_code(file)):
        names.update(re.findall(r"[\w.]+", plain), [origin], (f"{origin}.{name}" for name in re.findall(r"\w+", what)))
    paths = [name.split(".") for name in names]
    inside = [_ROOT.joinpath(*path[1:]) for path in paths if path[0] == PACKAGE]
    candidates = (file for path in inside for file in (path.with_suffix(".py"), path / "__init__.py"))
    return frozenset(file for file in candidates if file.is_file())
