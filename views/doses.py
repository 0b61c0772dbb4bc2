"""Paired runs of packages at many doses, from which the emulator learns; `docs.make_emulator` computes them.

A package is a point: how much of each measure it has. The same measure with another place or pace, as a ready package
has it, is another coordinate.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from corridor.experiments.analysis.metrics import deaths_by_step
from corridor.experiments.runs.store import fingerprint
from corridor.model.policies import Measure
from corridor.scenarios import interventions
from corridor.views.gallery import CORRIDOR, FOLDER, identity
from corridor.views.package import OWN, Package, changes_to, measure_in, measures_for, packages_for

OUTCOMES = ("deaths", "victims", "irregular_arrivals", "legal_arrivals", "cost_usd")
"""Emulated outcomes: those of the cards."""
SEEDS = 5
TRAINING, HELD_OUT, HELD_OUT_SEEDS = 320, 12, 4
MOST_OWN, MOST_ADDED = 6, 2
KEPT = 0.6
"""Share of the measures of a ready package whose amount stays as it is."""


class Run(NamedTuple):
    """A package to run alongside the baseline."""

    role: str
    package: str
    seed: int


def coordinate(measure: Measure) -> str | None:
    """Return the coordinate of a measure; None if it has dates, of which nothing is learnt."""
    if measure.start is not None or measure.end is not None:
        return None
    return f"{measure.what}|{','.join(measure.target)}|{measure.ramp_weeks:g}"


@cache
def coordinates() -> Mapping[str, tuple[str, str]]:
    """Return all coordinates: key to the ready package that has it, or ``own``, and the measure."""
    found: dict[str, tuple[str, str]] = {}
    for base in (OWN, *_fixed()):
        whats = measures_for(CORRIDOR) if base == OWN else Package(CORRIDOR, base).amounts
        for what in whats:
            key = coordinate(measure_in(CORRIDOR, base, what, measures_for(CORRIDOR)[what].high))
            if key is not None:
                found.setdefault(key, (base, what))
    return found


def point(package: Package) -> NDArray[np.float64] | None:
    """Return a package as shares of the largest amounts, one a coordinate; None if the runs tell nothing of it."""
    if package.corridor != CORRIDOR or package.file.rules:
        return None
    known, order = interventions(), {key: number for number, key in enumerate(coordinates())}
    found = np.zeros(len(order))
    for measure in package.file.measures:
        key = coordinate(measure)
        if key not in order:
            return None
        found[order[key]] += measure.amount / known[measure.what].high
    return found


def runs() -> Iterator[Run]:
    """Yield the runs: packages that are held out, every measure alone, then packages of all kinds."""
    for seed in range(HELD_OUT_SEEDS):
        for number in range(HELD_OUT):
            yield Run(
                "held out", _draw(5 * (number // 3) + 2 + number % 3, np.random.default_rng([2, number])).text, seed
            )
    for number, (base, what) in enumerate(coordinates().values()):
        alone = _package(base, {what: _amount(what, np.random.default_rng([3, number]))})
        yield Run("training", alone.text, number % SEEDS)
    for number in range(TRAINING - len(coordinates())):
        yield Run("training", _draw(number, np.random.default_rng([1, number])).text, number % SEEDS)


def _fixed() -> list[str]:
    """Return the ready packages without rules."""
    return [name for name, file in packages_for(CORRIDOR).items() if not file.rules]


def _draw(number: int, rng: np.random.Generator) -> Package:
    kind = number % 5
    if kind < 2:
        keys = list(coordinates().values())
        base, what = keys[(2 * (number // 5) + kind) % len(keys)]
        return _package(base, {what: _amount(what, rng)})
    if kind < 4:
        base = str(rng.choice(_fixed()))
        ready = Package(CORRIDOR, base).amounts
        wanted = {what: amount if rng.random() < KEPT else _amount(what, rng) for what, amount in ready.items()}
        dropped = [what for what in wanted if len(wanted) > 1 and rng.random() < 0.15]
        wanted = {what: amount for what, amount in wanted.items() if what not in dropped} or wanted
        return _package(base, {**_some(int(rng.integers(MOST_ADDED + 1)), rng), **wanted})
    return _package(OWN, _some(int(rng.integers(2, MOST_OWN + 1)), rng))


def _some(count: int, rng: np.random.Generator) -> dict[str, float]:
    chosen = rng.choice(sorted(measures_for(CORRIDOR)), count, replace=False)
    return {str(what): _amount(str(what), rng) for what in chosen}


def _amount(what: str, rng: np.random.Generator) -> float:
    """Draw an amount, small ones more often: they are asked more often."""
    return float(f"{max(rng.random() ** 1.5, 0.02) * measures_for(CORRIDOR)[what].high:.2g}")


def _package(base: str, wanted: Mapping[str, float]) -> Package:
    return Package(CORRIDOR, base, changes_to(base, CORRIDOR, wanted))


def headline(ds: xr.Dataset) -> dict[str, float]:
    """Return the emulated outcomes of a run, with expected deaths in transit, which vary less by chance."""
    return {
        "deaths": float(deaths_by_step(ds).sum()),
        "victims": float(ds["victims_of"].sum()),
        "irregular_arrivals": float(ds["irregular_arrivals"].sum()),
        "legal_arrivals": float(ds["legal_arrivals"].sum()),
        "cost_usd": float(ds["cost_usd"].sum()),
    }


@cache
def stamp(period: str) -> str:
    """Return the fingerprint of all that decides the runs: model, scenario, years, catalogue, ready packages."""
    files = [Package(CORRIDOR, name).file.model_dump_json() for name in _fixed()]
    catalogue = [entry.model_dump_json() for entry in measures_for(CORRIDOR).values()]
    return str(fingerprint([identity(period), *catalogue, *files]))


def file_of(period: str) -> Path:
    """Return the table of a period."""
    return FOLDER / f"doses-{period}.csv"


def keep(rows: list[dict[str, object]], period: str) -> Path:
    """Write the table of a period: logarithms of ratios to the baseline with the same seed."""
    file = file_of(period)
    with file.open("w", newline="", encoding="utf-8") as text:
        text.write(f"# {stamp(period)}\n")
        writer = csv.DictWriter(text, ["role", "package", "seed", *OUTCOMES], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return file


def opened(period: str) -> tuple[pd.DataFrame, bool] | None:
    """Return the table of a period, and whether the model has changed since; None where there is none."""
    file = file_of(period)
    if not file.exists():
        return None
    with file.open(encoding="utf-8") as text:
        made_with = text.readline().removeprefix("#").strip()
        return pd.read_csv(text), made_with != stamp(period)
