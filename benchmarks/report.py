"""What all benchmarks share: the machine they ran on, tables, and the page of results."""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import os
import platform
from collections.abc import Iterable
from pathlib import Path

RESULTS = Path(__file__).with_name("results.md")
_PACKAGES = ("mesa", "numpy", "numba", "xarray")
_HEAD = "# Results of the benchmarks\n\nWritten by `python -m benchmarks`; a section is replaced when it runs again.\n"


def machine() -> str:
    """Return one paragraph on the machine, the versions, the load and the date."""
    packages = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in _PACKAGES)
    return (
        f"{dt.date.today()}; {os.cpu_count()} cores, {_processor()}; Python {platform.python_version()}, {packages}. "
        f"Load average of the last five minutes, before and with this run: {os.getloadavg()[1]:.1f}; "
        "whatever else runs on the machine makes these figures noisy and too slow, never too fast."
    )


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Return a Markdown table, aligned to be read as text too."""
    cells = [[str(cell) for cell in row] for row in (head, *rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    lines = ["| " + " | ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) + " |" for row in cells]
    lines.insert(1, "| " + " | ".join("-" * width for width in widths) + " |")
    return "\n".join(lines)


def publish(title: str, body: str) -> None:
    """Print a section and put it into the page of results, in place of the last one of this title."""
    section = f"## {title}\n\n{body}\n\n{machine()}\n"
    print(section)
    text = RESULTS.read_text() if RESULTS.exists() else _HEAD
    head, *sections = text.split("\n## ")
    known = {part.partition("\n")[0]: part for part in sections}
    known[title] = section.removeprefix("## ")
    RESULTS.write_text("\n## ".join([head, *known.values()]))
