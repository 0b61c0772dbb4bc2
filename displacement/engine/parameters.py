"""Behaviour of displaced people: the parameters of Corridor's rule, and Flee's presets.

The rows have the form of `corridor.model.parameters.REGISTRY`. The defaults are those fitted to all cases (see
`corridor.displacement.fit`, which also keeps the values fitted without each case).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from corridor.model.errors import InvalidInput
from corridor.model.parameters import Parameter

_FIT = "displacement/fit.py: ten displacement cases of nine conflicts"
_NULL = f"{_FIT}; the null model's value: to free it is no significant gain on conflicts left out"


# fmt: off
ROWS = (
    Parameter("capacity_power", 1.0, 0.0, 2.0, "1", "displacement", "calibrated", _NULL,
              "pull of large camps; 1: people are split by capacity"),
    Parameter("capacity_softness", 0.079521, 0.01, 10.0, "share", "displacement", "calibrated", _FIT,
              "share of a camp's size by which it is filled beyond it before it is as good as shut"),
    Parameter("company_power", 0.0, 0.0, 1.0, "1", "displacement", "calibrated", _NULL,
              "pull of those who went before: people follow people"),
    Parameter("company_base", 300.0, 1.0, 10000.0, "persons", "displacement", "assumed", "assumed",
              "people in a camp beside whom a few more make no difference"),
    Parameter("distance_power", 0.0, 0.0, 3.0, "1", "displacement", "calibrated", _NULL,
              "fall of a camp's pull with distance, as in a gravity model"),
    Parameter("distance_base_km", 100.0, 1.0, 1000.0, "km", "displacement", "assumed", "assumed",
              "distance beside which a little more makes no difference"),
    Parameter("border_km", 1500.0, 0.0, 10_000.0, "km", "displacement", "assumed",
              "assumed; without effect while distance_power is 0",
              "detour for which crossing a closed border stands; 10000 shuts it"),
    Parameter("conflict_km", 0.0, 0.0, 1000.0, "km", "displacement", "assumed", "assumed; off",
              "detour for which a road into a place with conflict of intensity 1 stands"),
    Parameter("foresight", 1.0, 0.5, 1.0, "share", "displacement", "assumed", "assumed: the whole way is seen",
              "weight of the way beyond the next place"),
    Parameter("way_scale_km", 50.0, 1.0, 500.0, "km", "displacement", "assumed", "assumed",
              "spread of tastes for the ways to one camp; towards 0 everyone takes the best"),
    Parameter("foreign_utility", 0.0, -3.0, 5.0, "log weight", "displacement", "assumed",
              "assumed; not identified: nearly all camps of the fitted cases are abroad",
              "a camp outside the country of origin"),
    Parameter("restlessness", 0.0, 0.0, 0.05, "1/day", "displacement", "calibrated", _NULL,
              "hazard at which those who came to a camp during the run choose anew, this camp among the others"),
    Parameter("resident_restlessness", 0.0, 0.0, 0.05, "1/day", "displacement", "assumed",
              "assumed; in the two cases of residents 0.001 doubles the error",
              "the same for those who were in a camp on day 0"),
    Parameter("speed", 400.0, 20.0, 1000.0, "km/day", "displacement", "assumed",
              "assumed, as in Flee's modern125; people are counted when registered, after their journey",
              "distance covered in a day on the way"),
    Parameter("fatigue_days", 30.0, 1.0, 1000.0, "days", "displacement", "measured",
              "Flee's published presets: 1, 1, 1, 0.5, 0.1 of the weight in successive spells of this length",
              "length of a spell after which an old conflict displaces fewer people"),
)
# fmt: on
REGISTRY = {row.name: row for row in ROWS}
CONFLICT_DECAY = (1.0, 1.0, 1.0, 0.5, 0.1)
"""Weight of a conflict in successive spells after its outbreak (Flee's presets)."""


class Behaviour:
    """Values of Corridor's rule for one run, read as attributes.

    Parameters
    ----------
    values : mapping of str to float, optional
        Values other than the defaults.

    Raises
    ------
    InvalidInput
        If a name is unknown or a value lies outside its range.
    """

    def __init__(self, values: Mapping[str, float] | None = None) -> None:
        self._values = {name: row.default for name, row in REGISTRY.items()}
        for name, value in (values or {}).items():
            if name not in REGISTRY:
                raise InvalidInput("parameters", "name", name, ", ".join(REGISTRY))
            row = REGISTRY[name]
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            if not (is_number and math.isfinite(value) and row.low <= value <= row.high):
                raise InvalidInput("parameters", name, value, f"{row.low:g} to {row.high:g} {row.unit}")
            self._values[name] = float(value)

    def __getattr__(self, name: str) -> float:
        try:
            return self.__dict__["_values"][name]
        except KeyError:
            raise AttributeError(f"no parameter named {name}") from None

    def values(self) -> dict[str, float]:
        """Return all values by name."""
        return dict(self._values)

    def changed(self) -> dict[str, float]:
        """Return the values that differ from the defaults."""
        return {name: value for name, value in self._values.items() if value != REGISTRY[name].default}


@dataclass(frozen=True)
class FleeRule:
    """Flee's published rule: names as in its ``simsetting.yml`` (section 10.5 of the format).

    Two lists are indexed by flood level: the first entry is not used, and a level beyond the last counts as the last.
    """

    max_move_speed: float = 360.0
    max_walk_speed: float = 35.0
    foreign_weight: float = 1.0
    camp_weight: float = 1.0
    conflict_weight: float = 10**-0.5
    conflict_movechance: float = 1.0
    default_movechance: float = 0.3
    camp_movechance: float = 0.001
    idpcamp_movechance: float = 0.1
    awareness_level: int = 1
    softening: float = 10.0
    distance_power: float = 1.0
    capacity_buffer: float = 0.9
    capacity_scaling: float = 1.0
    start_on_foot: bool = False
    avoid_short_stints: bool = False
    weight_softening: float = 0.0
    movechance_pop_base: float = 10_000.0
    movechance_pop_scale_factor: float = 0.0
    conflict_spawn_decay: tuple[float, ...] = CONFLICT_DECAY
    flood_movechances: tuple[float, ...] = ()
    flood_loc_weights: tuple[float, ...] = ()
    flee_when_starving: bool = False
    starvation_driven_spawning: bool = False


_CLASSIC = FleeRule(default_movechance=0.5, capacity_scaling=1.25, start_on_foot=True, avoid_short_stints=True)
_MODERN = replace(_CLASSIC, max_move_speed=400.0, camp_movechance=0.0005, softening=36.0, distance_power=0.75)
PRESETS = {
    "default": FleeRule(),
    "simsetting": replace(_CLASSIC, max_move_speed=200.0, camp_weight=2.0),
    "classic125": _CLASSIC,
    "modern125": _MODERN,
    "aw2dm75": replace(_MODERN, default_movechance=0.75, awareness_level=2),
    "fastflow": replace(_MODERN, max_move_speed=500.0, default_movechance=1.0, start_on_foot=False),
}
"""Flee's presets by name."""
