"""Write ``docs/scenario_format.md``: prose from here, tables of fields from the classes that read them.

Run ``python -m docs.make_format`` after a change of a row class; a test fails while the page is out of date.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from corridor.model.levers import LEVERS, Change
from corridor.model.policies import Effect, Expected, Intervention, Measure, Shock
from corridor.model.rows import MOST, HistoricalEvent
from corridor.scenarios.catalogue import PolicyFile
from corridor.scenarios.observed import OBSERVED
from corridor.scenarios.reader import TABLES, Header

PAGE = Path(__file__).resolve().with_name("scenario_format.md")

INTRODUCTION = """\
# Format of a scenario

<!-- Written by docs/make_format.py from the classes that read the files; do not edit by hand. -->

A scenario is a directory. `corridor.yaml` says what it is, CSV files hold its tables, `events.yaml` its dated events.
`scenarios/tutorial` is a complete small example: copy it, change one thing, and run

    corridor check DIR                     what is wrong, or looks wrong
    corridor run scenario=DIR              DIR with a separator in it, such as ./mine

From Python: `corridor.scenarios.load("tutorial")` for what comes with the project,
`corridor.scenarios.load("./mine")` for any directory.

## Rules for all files

- **CSV**: UTF-8 (a byte-order mark and Windows line ends are accepted), comma-separated, one header line. Blank lines
  and lines that begin with `#` are ignored, blanks around values are removed. A record is one line. A value with a
  comma in it stands in double quotes. Columns may come in any order; columns with a default may be left out; a blank
  value takes the default. Unknown columns, missing columns and lines with another number of fields are errors.
- **Numbers** have a decimal point. NaN, infinity and numbers beyond 1e12 are errors. **Shares** lie between 0 and 1.
  **Yes/no** is 1 or 0.
- **Dates** are written `2015-10-01`, from 1900 to 2200. **Lists** within a value are separated by `;`.
- **Keys** name rows: letters, digits, `_`, `.`, `-`, at most 60 of them, and no two rows of a table share one.
- **YAML** is read as data only, up to 2 MB: no code, no tags, no aliases, no key twice. A number is written as one
  (`10`, `0.5`, `1e6`), true and false are `true` and `false`; `yes`, `010`, `1_000` and `1:30` are text, and an error
  where a number belongs.
- Bad input gives one sentence with file, line, field, value and what is allowed, and exit code 2. Line numbers are
  those that an editor shows.
- The run records a content hash: SHA-256 over names and bytes of all files below, except `observed/` and `SOURCES.md`.

## Files

| file | needed | holds |
| --- | --- | --- |
"""

SERIES_UNITS = """
Units of `value`, by `variable`:

| variable | of | unit |
| --- | --- | --- |
| population | communities, places | persons |
| income_usd | communities, places | current US dollars per head and year; each community and destination needs one |
| instability | communities, places | standard deviations, 0 is the world mean, higher is worse |
| displaced_share | communities | share of the population that is forcibly displaced, 0 to 1 |
| unemployment_pct | communities, places | per cent of the labour force |
| climate_stress | communities | standard deviations from the usual of the place, higher is worse |

Values are linear between dates and constant before the first and after the last; a single value is constant.
"""

EVENTS = """
An event says what was done, in terms of levers, never what followed from it. Each change has exactly one of `add`,
`multiply` and `set`, moves in over `ramp_weeks`, and goes back when the event is over. Entries form a list:

```yaml
- event: rescue_cut
  name: Rescue at sea is halved
  date: 2002-04-01
  changes:
    - {lever: rescue_vessels, target: sea_watch_society, multiply: 0.5, evidence: toy figures}
  source: toy figures
```
"""

TARGETS = """
### Targets

A target names rows of the table that belongs to the lever's scope: `all` (the default), one key, a list of keys, or a
group, written `column:value`: every row whose column has that value, such as `side:destination` (agencies), `kind:work`
(pathways), `kind:ngo` (operators), `role:hub` or `country:ITA` (places), `mode:sea` (legs). Groups make a policy work
on any corridor; a group that a corridor has no rows for is left alone.

### Levers

| lever | scope | unit | lowest | highest | starts at | meaning |
| --- | --- | --- | --- | --- | --- | --- |
"""

OBSERVATIONS = """
Simulated detections and deaths are compared with these tables, where they exist. They are no input of a run. A month
without a row is not known, and is not taken as zero.
"""

CATALOGUE = """
## Interventions, shocks, policies

They are YAML files, one each, named as the file: `scenarios/interventions/*.yaml`, `scenarios/shocks/*.yaml`,
`scenarios/policies/*.yaml`. A policy may also be any file elsewhere: `policy=./mine.yaml`.

An amount *a* of an intervention or shock acts on each lever of its `effects`: `add` adds `per_unit` x *a*, `multiply`
multiplies by 1 + `per_unit` x *a* (never below 0). It runs from `start` to `end`, by default from the first to the last
step, and costs `cost_usd_per_unit_year` x *a* a year at full strength.

```yaml
name: mine
title: My package
description: More rescue, and twice the work visas.
measures:
  - {what: search_and_rescue, amount: 2, target: kind:state, start: 2014-01-01, ramp_weeks: 26}
  - {what: legal_work_places, amount: 1}
```
"""


def allowed(schema: dict[str, Any]) -> str:
    """Describe in words the values that a field's JSON schema accepts."""
    if "anyOf" in schema:
        return f"{allowed(schema['anyOf'][0])}; or blank"
    if "$ref" in schema:
        return "mapping, see below"
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if schema.get("format") == "date":
        return "date, 1900 to 2200"
    if schema.get("type") == "boolean":
        return "1 or 0"
    if schema.get("type") == "array":
        return "list"
    if schema.get("type") in ("number", "integer"):
        return _range("whole number" if schema["type"] == "integer" else "number", schema)
    pattern = schema.get("pattern", "")
    return "three capital letters" if pattern == "^[A-Z]{3}$" else "key" if pattern else "text"


def _range(word: str, schema: dict[str, Any]) -> str:
    """Add bounds to a word."""
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and low <= -MOST:
        return word
    if low is not None and high is not None and high < MOST:
        return f"{word}, {low:g} to {high:g}"
    return word if low is None else f"{word}, at least {low:g}"


def default(name: str, schema: dict[str, Any], required: bool) -> str:
    """Describe in words the meaning of an absent or blank value."""
    value = schema.get("default")
    if required:
        return "required"
    if value in (None, "", [], ()):
        return "blank"
    if isinstance(value, list):
        return f"`{';'.join(value)}`"
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


def fields(kind: type[BaseModel]) -> str:
    """Return the table of a class's fields."""
    schema = kind.model_json_schema()
    required = schema.get("required", [])
    lines = ["| field | allowed | default | meaning |", "| --- | --- | --- | --- |"]
    for name, info in schema["properties"].items():
        lines.append(
            f"| `{name}` | {allowed(info)} | {default(name, info, name in required)} | {info.get('description', '')} |"
        )
    return "\n".join(lines) + "\n"


def levers() -> str:
    """Return the table of levers."""
    rows = []
    for name, lever in LEVERS.items():
        low, high = (f"{bound:g}" if math.isfinite(bound) else "-" for bound in (lever.low, lever.high))
        base = f"column `{lever.base}`" if isinstance(lever.base, str) else f"{lever.base:g}"
        rows.append(f"| `{name}` | {lever.scope} | {lever.unit} | {low} | {high} | {base} | {lever.meaning} |")
    return "\n".join(rows) + "\n"


def page() -> str:
    """Return the whole page."""
    parts = [INTRODUCTION, "| corridor.yaml | yes | what the corridor is, its dates and routes |\n"]
    parts += [f"| {t.file} | {'yes' if t.required else 'no'} | {t.meaning} |\n" for t in TABLES.values()]
    parts += ["| events.yaml | no | dated events |\n"]
    parts += [f"| observed/{kind}.csv | no | observed {kind} by month and route |\n" for kind in OBSERVED]
    parts += ["| SOURCES.md | wanted | source, licence and attribution of each table |\n"]
    parts += ["\n## corridor.yaml\n\n", fields(Header)]
    for key, table in TABLES.items():
        parts += [f"\n## {table.file}\n\n{(table.kind.__doc__ or '').splitlines()[0]}", "\n"]
        parts += [f"\nNo two rows may have the same {' and '.join(table.identity)}.\n\n", fields(table.kind)]
        parts += [SERIES_UNITS] if key == "series" else []
    parts += [
        "\n## events.yaml\n",
        EVENTS,
        "\nAn event:\n\n",
        fields(HistoricalEvent),
        "\nA change:\n\n",
        fields(Change),
    ]
    parts += [TARGETS, levers(), "\n## observed/\n", OBSERVATIONS]
    for kind, row in OBSERVED.items():
        parts += [f"\n`{kind}.csv`:\n\n", fields(row)]
    parts += [CATALOGUE, "\nA policy:\n\n", fields(PolicyFile), "\nA measure:\n\n", fields(Measure)]
    parts += ["\nAn intervention:\n\n", fields(Intervention), "\nA shock:\n\n", fields(Shock)]
    parts += ["\nAn effect:\n\n", fields(Effect), "\nWhat is `expected`:\n\n", fields(Expected)]
    return "".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
