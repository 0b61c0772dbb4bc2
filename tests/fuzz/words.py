"""What hostile input is made of: words that look like values and are none, and ways to damage a text."""

from __future__ import annotations

import random

BAD_NUMBERS = ("nan", "inf", "-inf", "1e308", "-1e308", "five", "1;2", "1e999", "--1", "1,5", "???", "0x1f", "½", "1e")
"""No number of any table."""
BAD_YAML_NUMBERS = (
    "yes", "on", "true", "010", "0o17", "0x1f", "1:30", "1_000", ".nan", ".inf", "-.inf", "1e308", "'5'", "[1]",
    "{a: 1}", "2011-01-01", "???", "!!int '5'", "five", "9" * 400, "9" * 5000,
)  # fmt: skip
BAD_DATES = (
    "1500-01-01", "2400-01-01", "9999-12-31", "0001-01-01", "10000-01-01", "0", "1e9", "-5", "2011-13-01", "2011-02-30",
    "yes", "2011-1-1", "20110101", "2011-01-01T00:00:00", "01/02/2011", "tomorrow", "???", "nan", "20110101.0",
)  # fmt: skip
BAD_KEYS = ("a b", "../x", "a/b", "ü", "-a", "x" * 61, "a\tb", "{}", "a;b")
ODD_TEXT = (
    "ü", "介绍", "a=b", "a,b", "it's", '"', "$x^2$", "<script>alert(1)</script>", "=1+1", "{{x}}", "%s", "\\", "\u202e",
    "[x](y)", "é\u0301", "😀", " ", "x" * 300,
)  # fmt: skip
"""Odd, and no mistake where text is wanted."""
PATHS = ("ü", "介绍", "a=b", "a,b", "it's", "a b", "[x]", "a{b}", "007", "null.d", "@x", "~x", "x" * 200, "é-$1")
"""Names of directories that must work."""
NO_PATHS = ("x" * 300, "x/" * 3000 + "x", "zip://x", "http://", "://", "s3://", "file://[", "github://a", "memory://x")
"""Places where nothing can be."""


def damaged(text: bytes, rng: random.Random) -> bytes:
    """Return a text with one random damage: bytes flipped, cut, doubled, swapped or grown."""
    if not text:
        return bytes(rng.randrange(256) for _ in range(rng.randrange(1, 40)))
    at, other = sorted((rng.randrange(len(text)), rng.randrange(len(text))))
    match rng.randrange(8):
        case 0:
            return text[:at] + bytes([rng.randrange(256)]) + text[at + 1 :]
        case 1:
            return text[:at]
        case 2:
            return text[:other] + text[at:]
        case 3:
            return text[:at] + text[other:]
        case 4:
            odd = (b"\0", b"\xff\xfe", b"\r", b"\n\n", b"&a *a", b"'", b'"', b"[[[[", b"#")
            return text[:at] + rng.choice(odd) + text[at:]
        case 5:
            return text[:at] + b"x" * 140_000 + text[at:]
        case 6:
            return text[:at] + b"[" * 400 + text[at:]
        case _:
            return b""


def table_damage(text: str, rng: random.Random) -> tuple[str, str]:
    """Return a CSV text whose shape is damaged in a way that must be refused, and the damage in words."""
    lines = text.rstrip("\n").split("\n")
    rows = [number for number, line in enumerate(lines) if line.strip() and not line.lstrip().startswith("#")]
    at = rng.choice(rows[1:] or rows)
    match rng.randrange(5):
        case 0:
            lines[rows[0]] += ",surprise"
            return "\n".join(lines), "a column that nobody knows"
        case 1:
            lines[at] += ",1"
            return "\n".join(lines), f"a field too many in line {at + 1}"
        case 2:
            lines[at] = lines[at] + "x" * 140_000 + ",,,,,,,,,,,,,,,,,,,,,,,,,,,,,"
            return "\n".join(lines), f"an endless field in line {at + 1}"
        case 3:
            return "\n".join(lines[rows[0] + 1 :]) or "\n", "no header"
        case _:
            first = lines[rows[0]].split(",")
            lines[rows[0]] = ",".join([first[0], *first[:-1]])
            return "\n".join(lines), "a column named twice"


def with_value(text: str, line: int, column: int, value: str) -> str:
    """Return a CSV text with one field of one line (counted from 0) replaced."""
    lines = text.split("\n")
    fields = lines[line].split(",")
    fields[column] = f'"{value}"' if "," in value else value
    lines[line] = ",".join(fields)
    return "\n".join(lines)
