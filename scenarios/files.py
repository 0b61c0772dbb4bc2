"""Reading of single files: data only, limited in size, with one clear sentence for any error."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from corridor.model.errors import InvalidInput

MAX_YAML_BYTES = 2_000_000
MAX_CSV_BYTES = 100_000_000
MAX_YAML_DEPTH = 20
# What spreadsheets take for the beginning of a formula, full-width forms too; a number is none.
FORMULA = re.compile(r"[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def harmless(value: object) -> object:
    """Make text safe for a cell of a CSV file: text that a spreadsheet would execute is prefixed with an apostrophe.

    Examples
    --------
    >>> harmless("=1+1"), harmless("-5.2"), harmless("a=b"), harmless(-5)
    ("'=1+1", '-5.2', 'a=b', -5)
    """
    if isinstance(value, str) and FORMULA.match(value) and not NUMBER.fullmatch(value):
        return f"'{value}"
    return value


def read_bytes(path: Path, limit: int) -> bytes:
    """Return the content of a regular file.

    Raises
    ------
    InvalidInput
        If the file is missing, is not a regular file, cannot be read, or has more than ``limit`` bytes.
    """
    try:
        if not path.exists():
            raise InvalidInput(str(path), "file", "missing", "an existing file")
        if not path.is_file():
            raise InvalidInput(str(path), "file", "not a regular file", "a file with text")
        with path.open("rb") as stream:
            # Asked for a number of bytes, Python reserves them all.
            is_small = os.fstat(stream.fileno()).st_size <= limit
            content = stream.read() if is_small else stream.read(limit + 1)
    except OSError as error:
        raise InvalidInput(str(path), "file", error.strerror or "unreadable", "a file that can be read") from None
    if len(content) > limit:
        raise InvalidInput(str(path), "file size", f"over {limit} bytes", f"at most {limit} bytes")
    return content


def decode(name: str, content: bytes) -> str:
    """Return text from UTF-8 bytes, with or without a byte-order mark, with line feeds as line ends.

    Raises
    ------
    InvalidInput
        If the bytes are not UTF-8 text.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise InvalidInput(
            f"{name}, line {line}", "text", content[error.start : error.start + 4], "UTF-8 text"
        ) from None
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise InvalidInput(f"{name}, line {line}", "text", "\0", "UTF-8 text without zero bytes")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def named_columns(content: bytes) -> list[str]:
    """Return the columns in the first line of a CSV file, for tables with arbitrary columns."""
    return content.decode("utf-8", errors="replace").partition("\n")[0].strip().split(",")


def read_records(
    name: str, content: bytes, allowed: list[str], required: list[str]
) -> tuple[list[dict[str, str]], list[int]]:
    """Split the bytes of a CSV file into records.

    Blank lines and lines that start with ``#`` are ignored; blanks around values are removed. A record is one line.

    Parameters
    ----------
    name : str
        File name used in messages.
    content : bytes
    allowed, required : list of str
        Columns that may be there, and those that must.

    Returns
    -------
    records : list of dict
        Column to text, one per row.
    lines : list of int
        Line of the file on which each record stands, counted from 1.

    Raises
    ------
    InvalidInput
        If there is no header, a column is unknown, missing or named twice, or a line has another number of fields than
        the header.
    """
    header: list[str] = []
    records: list[dict[str, str]] = []
    lines: list[int] = []
    for number, line in enumerate(decode(name, content).split("\n"), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        where = f"{name}, line {number}"
        fields = _split(where, line)
        if not header:
            header = fields
            _check_columns(where, header, allowed, required)
        elif len(fields) != len(header):
            raise InvalidInput(where, "number of fields", len(fields), f"{len(header)}, as many as the header has")
        else:
            records.append(dict(zip(header, fields, strict=True)))
            lines.append(number)
    if not header:
        raise InvalidInput(name, "header", "missing", "a first line with the names of the columns")
    return records, lines


def _split(where: str, line: str) -> list[str]:
    """Split one line at its commas."""
    try:
        return [value.strip() for value in next(csv.reader([line], strict=True, skipinitialspace=True))]
    except csv.Error as error:
        raise InvalidInput(where, "line", line, f"fields separated by commas ({error})") from None


def _check_columns(where: str, header: list[str], allowed: list[str], required: list[str]) -> None:
    """Check that columns are known, not repeated, and complete."""
    for position, column in enumerate(header):
        if column not in allowed:
            raise InvalidInput(where, "column", column, f"columns {', '.join(allowed)}, separated by commas")
        if column in header[:position]:
            raise InvalidInput(where, "column", column, "each column once")
    for column in required:
        if column not in header:
            raise InvalidInput(where, f"column {column}", "missing", f"columns {', '.join(allowed)}")


class _Loader(yaml.SafeLoader):
    """Safe loading that also refuses repeated keys, aliases, tags and deep nesting.

    Words are read literally: YAML 1.1, as in PyYAML, reads ``yes`` as true, ``010`` as 8 and ``1:30`` as 90; here they
    are text, which numeric fields refuse.
    """

    depth = 0
    yaml_implicit_resolvers = {}  # noqa: RUF012 - PyYAML's way, filled below

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        peek: Callable[[], Any] = self.peek_event  # which has no types
        event = peek()
        mark = event.start_mark
        if self.check_event(yaml.AliasEvent):
            raise yaml.MarkedYAMLError(None, None, "aliases (*) are not accepted", mark)
        if getattr(event, "tag", None) is not None:
            raise yaml.MarkedYAMLError(None, None, "tags (!) are not accepted", mark)
        self.depth += 1
        if self.depth > MAX_YAML_DEPTH:
            raise yaml.MarkedYAMLError(None, None, f"nested more than {MAX_YAML_DEPTH} levels deep", mark)
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key_node, _ in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise yaml.MarkedYAMLError(None, None, "a key must be a word", key_node.start_mark)
            if key_node.value in seen:
                raise yaml.MarkedYAMLError(None, None, f"key {key_node.value!r} is given twice", key_node.start_mark)
            seen.add(key_node.value)
        return {str(key): value for key, value in super().construct_mapping(node, deep).items()}


for _tag, _form, _first in (
    ("null", r"(?:~|null|)", ["~", "n", ""]),
    ("bool", r"(?:true|True|TRUE|false|False|FALSE)", list("tTfF")),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)", list("-+0123456789")),
    ("float", r"[-+]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?", list("-+.0123456789")),
    ("float", r"[-+]?\.(?:inf|nan)", list("-+.")),
    ("timestamp", r"[0-9]{4}-[0-9]{2}-[0-9]{2}", list("0123456789")),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"{_form}\Z"), _first)


def _parse_yaml(name: str, content: bytes) -> tuple[Any, yaml.Node | None]:
    """Return the value of a YAML document and its root node."""
    if len(content) > MAX_YAML_BYTES:
        raise InvalidInput(name, "file size", len(content), f"at most {MAX_YAML_BYTES} bytes")
    loader = None
    try:
        loader = _Loader(decode(name, content))
        node = loader.get_single_node()
        return (None if node is None else loader.construct_document(node)), node
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"{name}, line {mark.line + 1}" if mark else name
        raise InvalidInput(where, "YAML", error.problem, "valid YAML, data only, each key once, no aliases") from None
    except (yaml.YAMLError, ValueError, TypeError, AttributeError, OverflowError) as error:
        # Beside its own errors, the loader lets through those of the conversions to numbers and dates.
        problem = str(error).splitlines()[0]
        raise InvalidInput(name, "YAML", problem, "valid YAML, data only, each key once, no aliases") from None
    finally:
        if loader is not None:
            loader.dispose()


def read_mapping(name: str, content: bytes) -> dict[str, Any]:
    """Return the mapping in a YAML file.

    Raises
    ------
    InvalidInput
        If the text is not safe, valid YAML, or contains something else.
    """
    value, _ = _parse_yaml(name, content)
    if not isinstance(value, dict):
        raise InvalidInput(name, "content", value, "lines of the form key: value")
    return value


def read_list(name: str, content: bytes) -> tuple[list[dict[str, Any]], list[int]]:
    """Return the list of mappings in a YAML file, and the first line of each.

    Raises
    ------
    InvalidInput
        If the text is not safe, valid YAML, or contains something else; an empty file is an empty list.
    """
    value, node = _parse_yaml(name, content)
    if value is None:
        return [], []
    if not isinstance(value, list) or not isinstance(node, yaml.SequenceNode):
        raise InvalidInput(name, "content", value, "a list: entries that begin with -")
    lines = [item.start_mark.line + 1 for item in node.value]
    for item, line in zip(value, lines, strict=True):
        if not isinstance(item, dict):
            raise InvalidInput(f"{name}, line {line}", "entry", item, "lines of the form key: value")
    return value, lines
