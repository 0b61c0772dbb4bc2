"""The posterior of a corridor's parameters: draws that come with the scenario, and their provenance."""

from __future__ import annotations

import math
from collections.abc import Container, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from corridor.model.corridor import Corridor
from corridor.model.errors import InvalidInput
from corridor.model.parameters import Parameters
from corridor.model.rows import LatentValue
from corridor.model.tables import parse_row
from corridor.scenarios.files import (
    MAX_CSV_BYTES,
    MAX_YAML_BYTES,
    named_columns,
    read_bytes,
    read_mapping,
    read_records,
)
from corridor.scenarios.reader import load, scenario_directory

TABLE, PROVENANCE = "posterior.csv", "posterior.yaml"
Draws = tuple[dict[str, float], ...]
ORIGIN = "departure_factor."
"""Prefix of a community's name in a column with its origin effect."""
ONWARD = "onward_factor."
"""Prefix of a community's name in a column with its effect on moving on."""
CONSTANT = "utility_constant."
"""Prefix of an embarkation, such as LBY-ITA sea, or of a route, in a column with the constant of its legs."""
LATENT = "latent_"
"""Prefix of a value of a latent series: ``latent_departures.SYR.2015-08-15``, ``latent_utility.LBY-ITA
sea.2017-07-16`` (`corridor.model.rows.LatentValue`)."""


def has_posterior(name_or_path: str | Path) -> bool:
    """Return whether a corridor comes with draws of its parameters."""
    return (scenario_directory(name_or_path) / TABLE).exists()


def posterior(name_or_path: str | Path) -> Draws:
    """Return the draws of a corridor's posterior: equally likely sets of parameter values.

    Parameters
    ----------
    name_or_path : str or Path
        As for `corridor.scenarios.load`.

    Raises
    ------
    InvalidInput
        If the corridor has none, or a value does not fit its parameter.
    """
    file, corridor = scenario_directory(name_or_path) / TABLE, load(name_or_path)
    if not file.exists():
        raise InvalidInput(
            str(name_or_path), "posterior", "missing", "a corridor with posterior.csv (corridor calibrate)"
        )
    content = read_bytes(file, MAX_CSV_BYTES)
    header = named_columns(content)
    records, lines = read_records(str(file), content, header, header)
    rows = []
    for record, line in zip(records, lines, strict=True):
        try:
            values = {key: float(value) for key, value in record.items()}
            settle(corridor, values)
        except InvalidInput as error:
            raise InvalidInput(f"{file}, line {line}", error.field, error.value, error.allowed) from None
        except ValueError:
            raise InvalidInput(f"{file}, line {line}", "value", str(record), "numbers") from None
        rows.append(values)
    if not rows:
        raise InvalidInput(str(file), "rows", 0, "at least one draw")
    return tuple(rows)


def settle(corridor: Corridor, values: Mapping[str, float]) -> tuple[Corridor, dict[str, float]]:
    """Return a corridor with the origin effects and constants of legs that values give, and the parameters among them.

    Parameters
    ----------
    corridor : Corridor
    values : mapping of str to float
        Parameters by name, origin effects as ``departure_factor.COMMUNITY`` and ``onward_factor.COMMUNITY``, constants
        of legs (utils) as ``utility_constant.EMBARKATION`` (`Corridor.leg_embarkation`) or ``utility_constant.ROUTE``,
        values of latent series as ``latent_departures.COMMUNITY.DATE``, ``latent_utility.ROUTE.DATE``,
        ``latent_preference.COMMUNITY: ROUTE.DATE`` and ``latent_danger.ROUTE.DATE``.

    Raises
    ------
    InvalidInput
        If a parameter, community, embarkation or route is not known, or a value is out of range.
    """
    constants = _named(values, CONSTANT)
    for prefix in (ORIGIN, ONWARD):
        effects = _named(values, prefix)
        _check_known(prefix, effects, corridor.communities.index, "a community of the corridor")
        for community, value in effects.items():
            if not 0 <= value < math.inf:
                raise InvalidInput("values", f"{prefix}{community}", value, "0 or more")
        corridor = corridor.with_origin_effects(effects, prefix.removesuffix(".")) if effects else corridor
    known = ({leg.route for leg in corridor.legs} | set(corridor.leg_embarkation)) - {""}
    _check_known(CONSTANT, constants, known, "a route or an embarkation (such as LBY-ITA sea) of the corridor's legs")
    for group, value in constants.items():
        if not math.isfinite(value):
            raise InvalidInput("values", f"{CONSTANT}{group}", value, "a number")
    latent = _latent(_named(values, LATENT))
    corridor = corridor.with_latent(latent) if latent else corridor
    others = ORIGIN, ONWARD, CONSTANT, LATENT
    parameters = {name: value for name, value in values.items() if not name.startswith(others)}
    Parameters(parameters)
    return corridor.with_constants(constants) if constants else corridor, parameters


def _named(values: Mapping[str, float], prefix: str) -> dict[str, float]:
    return {name.removeprefix(prefix): value for name, value in values.items() if name.startswith(prefix)}


def _latent(values: Mapping[str, float]) -> list[LatentValue]:
    rows = []
    for name, value in values.items():
        series, _, rest = name.partition(".")
        entity, _, date = rest.rpartition(".")
        row = {"series": series, "entity": entity, "date": date, "value": value}
        rows.append(parse_row(LatentValue, f"{LATENT}{name}", row))
    return rows


def _check_known(prefix: str, given: Iterable[str], known: Container[str], allowed: str) -> None:
    for name in given:
        if name not in known:
            raise InvalidInput("values", f"{prefix}{name}", name, allowed)


def draw(draws: Sequence[Mapping[str, float]], seed: int) -> dict[str, float]:
    """Return the draw for a seed; consecutive seeds get different draws."""
    return dict(draws[seed % len(draws)])


def provenance(name_or_path: str | Path) -> dict[str, Any]:
    """Read the provenance of the posterior; empty without a posterior."""
    file = scenario_directory(name_or_path) / PROVENANCE
    return read_mapping(str(file), read_bytes(file, MAX_YAML_BYTES)) if file.exists() else {}
