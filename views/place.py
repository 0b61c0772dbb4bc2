"""Where a package acts: in one country, for those of its measures that have a place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np

from corridor.model.corridor import Corridor
from corridor.model.policies import Measure
from corridor.scenarios import interventions, load

EVERYWHERE = ""
NAMES: Mapping[str, str] = {
    "ALB": "Albania", "AUT": "Austria", "BEL": "Belgium", "BGR": "Bulgaria", "BIH": "Bosnia and Herzegovina",
    "CHE": "Switzerland", "CYP": "Cyprus", "DEU": "Germany", "DNK": "Denmark", "ESH": "Western Sahara",
    "ESP": "Spain", "FRA": "France", "GBR": "United Kingdom", "GRC": "Greece", "HRV": "Croatia", "HUN": "Hungary",
    "ITA": "Italy", "MKD": "North Macedonia", "MLT": "Malta", "NER": "Niger", "NLD": "Netherlands", "NOR": "Norway",
    "SRB": "Serbia", "SVN": "Slovenia", "SWE": "Sweden", "TCD": "Chad",
}  # fmt: skip
"""Names of countries that send nobody and so have no community with a label."""


@cache
def countries_for(corridor: str) -> Mapping[str, str]:
    """Return the countries of a corridor in which a measure can act: code to name, by name."""
    known = load(corridor)
    labels = {row.community: row.label for row in known.communities}
    codes = {row.country for table in (known.places, known.agencies, known.services) for row in table}
    named = {code: labels.get(code, NAMES.get(code, code.replace("_", " ").title())) for code in codes}
    return dict(sorted(named.items(), key=lambda pair: pair[1]))


def has_place(what: str) -> bool:
    """Tell whether a measure can be limited to a country; visas by kind and measures of the world cannot."""
    return interventions()[what].scope in COUNTRIES


def narrowed(corridor: Corridor, measure: Measure, country: str) -> Measure | None:
    """Return a measure as it acts in one country; None if nothing of it does.

    Controls of a coast or border act where a way begins, rescue where its ways land; what has no place stays as it is.
    """
    scope = interventions()[measure.what].scope
    if country == EVERYWHERE or scope not in COUNTRIES:
        return measure
    meant = np.unique(np.concatenate([corridor.select(scope, target) for target in measure.target]))
    rows, names = corridor.tables[scope].rows, list(corridor.targets(scope))
    kept = tuple(names[row] for row in meant if country in COUNTRIES[scope](corridor, rows[row]))
    return measure.model_copy(update={"target": kept}) if kept else None


def _own(_: Corridor, row: Any) -> set[str]:
    return {row.country}


def _home(corridor: Corridor, row: Any) -> set[str]:
    return {corridor.places[row.home].country}


def _beginning(corridor: Corridor, row: Any) -> set[str]:
    return {corridor.places[row.origin].country}


def _landing(corridor: Corridor, row: Any) -> set[str]:
    return {corridor.places[corridor.legs[leg].destination].country for leg in row.legs}


COUNTRIES: Mapping[str, Callable[[Corridor, Any], set[str]]] = {
    "agency": _own,
    "service": _own,
    "place": _own,
    "justice": _own,
    "community": _home,
    "leg": _beginning,
    "operator": _landing,
}
"""Scope of a measure -> the countries in which one of its rows acts."""
