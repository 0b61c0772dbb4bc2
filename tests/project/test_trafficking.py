"""The page on trafficking beside the record: what it says was recorded is, and what is missed stands first."""

from __future__ import annotations

import re

import pytest

from docs.make_trafficking import (
    FILE,
    PAGE,
    Line,
    read,
    recorded_forms,
    recorded_groups,
    recorded_origins,
    recorded_persons,
)
from tests import ROOT

OBSERVATIONS = ROOT.parent / "shared" / "data" / "observations"
needs_record = pytest.mark.skipif(not (OBSERVATIONS / FILE).exists(), reason=f"no {FILE} in {OBSERVATIONS}")


def lines() -> dict[str, Line]:
    found = {}
    for row in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        if row.startswith("| ") and len(cells) == 7 and cells[0] not in ("", "---"):
            what, simulated, recorded, unit, band, verdict, source = cells
            band = "" if band == "–" else band
            found[what] = Line(what, *(float(x.replace(",", "")) for x in (simulated, recorded)), unit, band, source)
            if band:
                assert verdict == ("holds" if found[what].holds else "**missed**"), row
    return found


def test_what_is_missed_stands_first() -> None:
    missed = {name for name, line in lines().items() if not line.holds}
    count, listed = re.search(r"\*\*Missed: (\d+) of \d+ figures\.\*\* (.*)\.$", PAGE.read_text("utf-8"), re.M).groups()  # type: ignore[union-attr]
    assert int(count) == len(missed) and set(listed.split("; ")) - {""} == missed


@needs_record
def test_what_the_page_calls_recorded_is_in_the_record() -> None:
    table = read(OBSERVATIONS)
    shares = recorded_groups(table) | recorded_forms(table)
    origins = {f"citizens of {name}": share for name, share in recorded_origins(table).items()}
    convicted = recorded_persons(table)["Persons convicted"]
    for what, line in lines().items():
        name = what.removeprefix("identified: ")
        known = {key.lower(): share for key, share in shares.items()} | origins
        if name in known:
            assert line.recorded == pytest.approx(known[name], rel=0.01)
        if what.startswith("convicted in ") and what.endswith("a year"):
            assert line.recorded == pytest.approx(float(convicted[what.split()[2].strip(",")]), rel=0.01)


@pytest.mark.parametrize(
    ("simulated", "band", "holds"),
    [(31.0, "10 points", False), (29.0, "10 points", True), (41.0, "factor 2", False), (39.0, "factor 2", True),
     (0.0, "factor 2", False), (19.0, "below", True), (19.0, "above", False), (99.0, "", True)],
)  # fmt: skip
def test_a_band_is_what_it_says(simulated: float, band: str, holds: bool) -> None:
    assert Line("x", simulated, 20.0, "%", band, "").holds is holds
