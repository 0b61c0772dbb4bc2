"""Uncertain factors: parameters of the registry and shocks of the catalogue, their ranges and samples of them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from corridor.experiments.runs.conf import close_names
from corridor.model.errors import InvalidInput
from corridor.model.parameters import REGISTRY
from corridor.scenarios import shocks
from corridor.scenarios.files import MAX_CSV_BYTES, read_bytes, read_records

DECADES = 1.0
"""Positive ranges of this many decades or more are sampled on a log scale."""
MOST_SAMPLES = 1_000_000


@dataclass(frozen=True)
class Factor:
    """An uncertain factor.

    Attributes
    ----------
    name : str
        A parameter of the registry, or a shock of the catalogue (whose amount varies).
    kind : {"parameter", "shock"}
    low, high : float
        Range, in ``unit``.
    unit, meaning : str
    levels : tuple of float
        Values of a factorial design.
    """

    name: str
    kind: Literal["parameter", "shock"]
    low: float
    high: float
    unit: str
    meaning: str
    levels: tuple[float, ...]

    @property
    def is_log(self) -> bool:
        """Whether the range is sampled on a log scale."""
        return self.low > 0 and math.log10(self.high / self.low) >= DECADES

    def at(self, share: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return values at shares 0 to 1 of the range, of the same shape."""
        if self.is_log:
            return np.clip(self.low * (self.high / self.low) ** share, self.low, self.high)
        return self.low + (self.high - self.low) * share


def factor(name: str, values: Sequence[float] | None = None) -> Factor:
    """Return a factor by name.

    Parameters
    ----------
    name : str
    values : sequence of float, optional
        Range as two numbers, or the levels of a factorial design; default: the range of the registry or catalogue.

    Raises
    ------
    InvalidInput
        If nothing has this name or a value is out of its range.
    """
    catalogue = shocks()
    kind: Literal["parameter", "shock"]
    if name in REGISTRY:
        row, kind = REGISTRY[name], "parameter"
        low, high, unit, meaning = row.low, row.high, row.unit, row.meaning
    elif name in catalogue:
        shock, kind = catalogue[name], "shock"
        low, high, unit, meaning = shock.low, shock.high, shock.unit, shock.title
    else:
        known = [*REGISTRY, *catalogue]
        allowed = f"a name from `corridor list parameters` or `corridor list shocks`{close_names(name, known)}"
        raise InvalidInput("factors", "name", name, allowed)
    try:
        levels = tuple(float(value) for value in values) if values is not None else (low, high)
        if values is not None and any(isinstance(value, bool) for value in values):
            raise TypeError
    except (TypeError, ValueError):
        raise InvalidInput("factors", name, values, f"numbers from {low:g} to {high:g} {unit}") from None
    outside = [v for v in levels if not (low <= v <= high or (kind == "shock" and v == 0))]
    if outside:
        raise InvalidInput("factors", name, outside[0], f"{low:g} to {high:g} {unit}")
    if len(levels) < 2 or min(levels) == max(levels):
        raise InvalidInput("factors", name, list(levels), "two values or more that differ, such as [low,high]")
    return Factor(name, kind, min(levels), max(levels), unit, meaning, levels)


def chosen(vary: Sequence[str], given: Mapping[str, Sequence[float]]) -> list[Factor]:
    """Return the factors named in settings.

    Parameters
    ----------
    vary : sequence of str
        Names of parameters and shocks, or of processes (all their parameters), with the usual ranges.
    given : mapping of str to sequence of float
        Factors with ranges or levels of their own.
    """
    processes = {row.process for row in REGISTRY.values()}
    names: list[str] = []
    for name in vary:
        members = [row.name for row in REGISTRY.values() if row.process == name and row.low < row.high]
        names += members if name in processes and name not in REGISTRY else [name]
    return [factor(name, given.get(name)) for name in dict.fromkeys([*names, *given])]


def problem(factors: Sequence[Factor]) -> dict[str, Any]:
    """Return factors as SALib describes them (ranges of a decade or more as ``logunif``).

    Examples
    --------
    >>> from corridor.experiments.analysis.factors import factor, problem
    >>> problem([factor("foresight"), factor("departure_rate")])["dists"]
    ['unif', 'logunif']
    """
    return {
        "num_vars": len(factors),
        "names": [f.name for f in factors],
        "bounds": [[f.low, f.high] for f in factors],
        "dists": ["logunif" if f.is_log else "unif" for f in factors],
    }


def factorial(factors: Sequence[Factor]) -> pd.DataFrame:
    """Return every combination of the factors' levels, one row per sample."""
    rows = list(itertools.product(*(f.levels for f in factors)))
    if len(rows) > MOST_SAMPLES:
        raise InvalidInput("design", "combinations of levels", len(rows), f"at most {MOST_SAMPLES:,}")
    return pd.DataFrame(rows, columns=[f.name for f in factors], dtype=float)


def latin_hypercube(factors: Sequence[Factor], samples: int, seed: int) -> pd.DataFrame:
    """Return a Latin hypercube (McKay, Beckman and Conover 1979), one row per sample."""
    from scipy.stats import qmc

    return scaled(factors, qmc.LatinHypercube(len(factors), rng=np.random.default_rng(seed)).random(samples))


def sobol(factors: Sequence[Factor], samples: int, seed: int) -> pd.DataFrame:
    """Return points of a scrambled Sobol sequence, one row per sample; their number must be a power of two."""
    from scipy.stats import qmc

    if samples & (samples - 1):
        raise InvalidInput("design", "samples", samples, "a power of two such as 64, for a Sobol sequence")
    return scaled(factors, qmc.Sobol(len(factors), rng=np.random.default_rng(seed)).random(samples))


def scaled(factors: Sequence[Factor], shares: NDArray[np.float64]) -> pd.DataFrame:
    """Return shares of ranges, shape (n_samples, n_factors), as values of factors."""
    return pd.DataFrame({f.name: f.at(shares[:, i]) for i, f in enumerate(factors)})


def from_csv(file: Path) -> pd.DataFrame:
    """Read samples from a CSV file: one column per factor, one row per sample.

    Raises
    ------
    InvalidInput
        That names the file, the line and the column.
    """
    content = read_bytes(file, MAX_CSV_BYTES)
    known = [*REGISTRY, *shocks()]
    records, lines = read_records(str(file), content, known, [])
    if not records:
        raise InvalidInput(str(file), "rows", 0, "at least one row below the header")
    for record, line in zip(records, lines, strict=True):
        for name, text in record.items():
            _checked(name, text, f"{file}, line {line}")
    return pd.DataFrame(records).astype(float)


def _checked(name: str, text: str, where: str) -> None:
    try:
        value = float(text)
    except ValueError:
        raise InvalidInput(where, name, text, "a number") from None
    usual = factor(name)
    if not (usual.low <= value <= usual.high or (usual.kind == "shock" and value == 0)):
        raise InvalidInput(where, name, text, f"{usual.low:g} to {usual.high:g} {usual.unit}")
