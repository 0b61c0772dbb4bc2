"""Write docs/parameters.md from the registry of parameters and from the bundled scenarios' own values.

``make docs`` does it whenever the site is built: the page is not kept in the repository, which has it already as data.
"""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter
from pathlib import Path

from corridor.model.parameters import REGISTRY, Parameter
from corridor.scenarios import available, load

PAGE = Path(__file__).resolve().with_name("parameters.md")

INTRODUCTION = """\
# Parameters

<!-- Written by docs/make_parameters.py from model/parameters/ and the scenarios; do not edit by hand. -->

Every number that steers behaviour stands once, in the registry (`model/parameters/`). Properties of places, legs,
agencies and other rows of a scenario are data, not parameters: see [scenario_format.md](scenario_format.md). How each
parameter enters the equations is in [odd.md](odd.md), in the section of its process.

A run takes the registry's defaults, then the corridor's own values (`parameters.csv`), then those given to the run:

    corridor run scenario=tutorial parameters.foresight=0.9
    Simulation(load("tutorial"), parameters={"foresight": 0.9})

Values outside the range are refused. Limiting cases may force them: `Parameters({"foresight": 0.0}, force=True)`.

| obtained | means |
| --- | --- |
| measured | the source reports the figure for the quantity meant here |
| estimated | derived from a source, or its sign is known and its size is not |
| calibrated | fitted to observations |
| assumed | no measurement is known; sweep the range before a result is quoted |

"Recalled" in a source means that the figure was written from memory of the named work and is still to be checked
against it. "Evidence A" to "evidence J" are sections of the project's evidence base: A migration decision,
B information, C smuggling market, D border crossing, E route displacement, F trafficking, G prosecution, H protection,
I shocks, J unit costs; words joined by `_` in a source are names of rows there.
"""

HEADER = """
| name | default | range | unit | obtained | source | meaning |
| --- | --- | --- | --- | --- | --- | --- |
"""

OWN_VALUES = """
## Values of the bundled scenarios

A scenario may have other values than the registry, in its `parameters.csv`.
"""


def registry() -> str:
    """Return one table for each process, in the order of the registry."""
    parts = []
    for process, rows in groupby(REGISTRY.values(), key=attrgetter("process")):
        parts += [f"\n## {process.capitalize()}\n", HEADER, *(_line(row) for row in rows)]
    return "".join(parts)


def _line(row: Parameter) -> str:
    bounds = f"{row.low:g} to {row.high:g}"
    return (
        f"| `{row.name}` | {row.default:g} | {bounds} | {row.unit} | {row.obtained} | {row.source} | {row.meaning} |\n"
    )


def own_values(scenario: str) -> str:
    """Return the table of a scenario's own values, or a sentence if it has none."""
    rows = load(scenario).parameters
    if not len(rows):
        return f"\n### {scenario}\n\nNone: the registry's defaults.\n"
    lines = [f"\n### {scenario}\n\n| name | value | default | unit | obtained | source |\n"]
    lines += ["| --- | --- | --- | --- | --- | --- |\n"]
    for row in rows:
        known = REGISTRY[row.parameter]
        lines += [f"| `{row.parameter}` | {row.value:g} | {known.default:g} | {known.unit} "]
        lines += [f"| {row.obtained} | {row.source} |\n"]
    return "".join(lines)


def page() -> str:
    """Return the whole page."""
    return "".join([INTRODUCTION, registry(), OWN_VALUES, *(own_values(name) for name in available("scenarios"))])


def write() -> None:
    """Write the page, if it has changed."""
    new = page()
    if not PAGE.exists() or PAGE.read_text(encoding="utf-8") != new:
        PAGE.write_text(new, encoding="utf-8")


if __name__ == "__main__":
    write()
