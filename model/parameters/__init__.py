"""The registry of behavioural parameters: every number that steers behaviour, once.

Documentation, calibration priors, sensitivity ranges and the browser's sliders all read `REGISTRY`. "evidence" in a
source means the project's evidence base, whose rows name author and year; "assumed" means that no measurement is known
and that the range should be swept before a result is quoted.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from importlib import import_module
from pkgutil import iter_modules

from corridor.model.errors import InvalidInput
from corridor.model.parameters.row import Obtained, Parameter

__all__ = ["REGISTRY", "Obtained", "Parameter", "Parameters"]

_ORDER = (
    "population", "families", "drivers", "aspiration", "pathways", "choice", "beliefs", "departure", "market",
    "networks", "conduct", "patrols", "crossing", "settlement", "exploitation", "protection", "investigation",
    "observation", "costs",
)  # fmt: skip
"""Modules of rows in the order of pages and of samples; others follow by name."""


def _rows() -> Iterator[Parameter]:
    """Yield the rows of every module of this package."""
    names = {module.name for module in iter_modules(__path__)} - {"row"}
    for name in sorted(names, key=lambda name: (_ORDER.index(name) if name in _ORDER else len(_ORDER), name)):
        yield from import_module(f"{__name__}.{name}").ROWS


REGISTRY: Mapping[str, Parameter] = {row.name: row for row in _rows()}


class Parameters:
    """Values of all parameters for one run, read as attributes.

    Parameters
    ----------
    overrides : mapping of str to float, optional
        Values other than the defaults.
    force : bool, default False
        Accept values outside the plausible range (limiting cases, stress tests).

    Raises
    ------
    InvalidInput
        If a name is unknown or a value is not a number in the plausible range.
    """

    def __init__(self, overrides: Mapping[str, float] | None = None, *, force: bool = False) -> None:
        values = {name: float(row.default) for name, row in REGISTRY.items()}
        for name, value in (overrides or {}).items():
            values[name] = _checked(name, value, force)
        self._values = values
        self.__dict__.update(values)

    def __getattr__(self, name: str) -> float:
        raise AttributeError(f"no parameter named {name}")

    def __getitem__(self, name: str) -> float:
        return self._values[name]

    def replace(self, values: Mapping[str, float]) -> Parameters:
        """Return a copy with other values, which may lie outside the plausible ranges (a mechanism switched off)."""
        return Parameters({**self._values, **values}, force=True)

    def changed(self) -> dict[str, float]:
        """Return the values that differ from the defaults."""
        return {name: value for name, value in self._values.items() if value != REGISTRY[name].default}


def _checked(name: str, value: object, force: bool) -> float:
    if name not in REGISTRY:
        import difflib

        close = difflib.get_close_matches(str(name), REGISTRY, n=3)
        hint = f"did you mean {' or '.join(close)}?" if close else "see corridor list parameters"
        raise InvalidInput("parameters", name, value, f"a known parameter; {hint}")
    row = REGISTRY[name]
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise InvalidInput("parameters", name, value, f"a number from {row.low:g} to {row.high:g} {row.unit}")
    if not force and not row.low <= value <= row.high:
        raise InvalidInput("parameters", name, value, f"{row.low:g} to {row.high:g} {row.unit}")
    return float(value)
