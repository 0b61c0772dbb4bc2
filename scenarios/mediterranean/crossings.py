"""Embarkations of people detected on a route, and attempts and interceptions on a coast, by year.

Rows are targets of a fit (`corridor.calibration.targets`); ``at`` names embarkations (`Corridor.leg_embarkation`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

COLUMNS = ["quantity", "unit", "year", "at", "value", "source"]
CENTRAL, EASTERN, WESTERN = (f"{side} Mediterranean" for side in ("Central", "Eastern", "Western"))
BOATS = {  # country of departure in Frontex's incidents: embarkations
    "Libya": "LBY-ITA sea;LBY-MLT sea",
    "Tunisia": "TUN-ITA sea",
    "Algeria": "DZA-ITA sea",
    "Egypt": "EGY-ITA sea",
    "Turkey": "TUR-ITA sea;LBN-ITA sea",
}
BORDERS = {  # route and type of border: embarkations
    (EASTERN, "land"): "TUR-GRC land;TUR-BGR land;CYP-CYP land",
    (EASTERN, "sea"): "TUR-GRC sea;TUR-CYP sea;LBN-CYP sea;LBY-GRC sea",
    (WESTERN, "land"): "MAR-ESP land",
    (WESTERN, "sea"): "MAR-ESP sea;DZA-ESP sea",
}
ARRIVALS = {  # country and border in IOM's arrivals: route, embarkations
    ("GRC", "land"): (EASTERN, "TUR-GRC land"),
    ("CYP", "sea"): (EASTERN, "TUR-CYP sea;LBN-CYP sea"),
    ("CYP", "land"): (EASTERN, "CYP-CYP land"),
    ("MLT", "sea"): (CENTRAL, "LBY-MLT sea"),
}
ALGERIANS = "DZA-ESP sea"
GREEK_LAND = {2011: 55_000, 2013: 1_122, 2014: 1_903}
"""People detected at the Greek land border with Turkey before IOM counted: Greek authorities (press of 30 March 2012);
Hellenic Police (recalled: of the first halves of 2013 and 2014 the press has 455 and 748)."""
BULGARIAN_RISE = 7
"""Detections at the Bulgarian border on this route in 2013 over those of 2012 (European Commission, fifth report on the
functioning of the Schengen area: close to seven times)."""
BULGARIA, LAST_BULGARIAN = "TUR-BGR land", 2017
"""Embarkation that takes the remainder of the land border, until many people cross the line on Cyprus."""
COAST_GUARDS = {  # country in IOM's interceptions: route, countries of arrival, embarkations
    "LBY": (CENTRAL, ["ITA", "MLT"], BOATS["Libya"]),
    "TUN": (CENTRAL, ["ITA", "MLT"], BOATS["Tunisia"]),
    "TUR": (EASTERN, ["GRC"], "TUR-GRC sea"),
}
YEARS = range(2011, 2022)


def crossings(
    routes: pd.DataFrame, nationalities: pd.DataFrame, boats: pd.DataFrame, counted: pd.DataFrame, dead: pd.DataFrame
) -> pd.DataFrame:
    """Return the targets, columns `COLUMNS`.

    Parameters
    ----------
    routes, nationalities, boats, counted, dead : DataFrame
        ``frontex_monthly_by_route``, ``frontex_monthly_by_route_nationality``, ``boats_half_year``,
        ``crossings_monthly``, ``mmp_monthly_by_route``.
    """
    whole = _yearly(routes, ["route"])[["detections", "land", "sea"]]
    counted = _yearly(counted, ["kind", "country", "by"])["persons"]
    by_boat = _shares_of_boats(boats)
    parts = [_shares_of_borders(whole), by_boat, _shares_of_arrivals(counted["arrivals"], whole)]
    parts.append(_shares_of_land(counted["arrivals"], whole))
    parts += [_share_of_algeria(nationalities, whole), _attempts(counted, _yearly(dead, ["route"]), by_boat)]
    table = pd.concat(parts, ignore_index=True)
    table = table[table["year"].isin(YEARS)].dropna(subset="value")
    return table.assign(value=table["value"].round(4)).sort_values(["quantity", "unit", "year"])


def _yearly(table: pd.DataFrame, by: list[str]) -> Any:
    """Return sums by year, indexed by the levels of a table."""
    return table.assign(year=table["date"].str[:4].astype(int)).groupby([*by, "year"]).sum(numeric_only=True)


def _rows(quantity: str, unit: str, values: Any, at: str, source: str) -> pd.DataFrame:
    table = pd.DataFrame({"quantity": quantity, "unit": unit, "year": values.index, "at": at, "source": source})
    return table.assign(value=values.to_numpy(float))[COLUMNS]


def _shares_of_borders(whole: Any) -> pd.DataFrame:
    shares = {key: whole.loc[key[0], key[1]] / whole.loc[key[0], "detections"] for key in BORDERS}
    return _all(
        _rows("embarked_share", ": ".join(key), share, BORDERS[key], "Frontex, by type of border")
        for key, share in shares.items()
    )


def _shares_of_boats(boats: pd.DataFrame) -> pd.DataFrame:
    boats = boats[boats["country_of_departure"].isin(BOATS)]
    years = boats["half_year"].str[:4].astype(int).rename("year")
    persons = boats.groupby([years, "country_of_departure"])["persons"].sum().unstack(fill_value=0)
    shares = persons.div(persons.sum(axis=1), axis=0)
    source = "Frontex PAD-194: persons in boats of five or more"
    return _all(
        _rows("embarked_share", f"{CENTRAL}: {country}", shares[country], at, source) for country, at in BOATS.items()
    )


def _shares_of_arrivals(arrivals: Any, whole: Any) -> pd.DataFrame:
    source = "IOM arrivals over Frontex"
    return _all(
        _rows("embarked_share", f"{route}: {' '.join(key)}", arrivals[key] / whole.loc[route, "detections"], at, source)
        for key, (route, at) in ARRIVALS.items()
    )


def _shares_of_land(arrivals: Any, whole: Any) -> pd.DataFrame:
    """Return the shares of Greece's land border before IOM counted there, and of Bulgaria's."""
    land, detections = whole.loc[EASTERN, "land"], whole.loc[EASTERN, "detections"]
    early = pd.Series(GREEK_LAND, dtype=float)
    early[2012] = land[2012] - (land[2013] - early[2013]) / BULGARIAN_RISE
    greek = pd.concat([early, arrivals["GRC", "land"]]).sort_index()
    bulgarian = (land - greek).loc[:LAST_BULGARIAN]
    route, at = ARRIVALS["GRC", "land"]
    source = "Hellenic Police, European Commission over Frontex (see crossings.py)"
    rest = "Frontex, land border without the Greek part"
    return _all(
        [
            _rows("embarked_share", f"{route}: GRC land", (early.sort_index() / detections).dropna(), at, source),
            _rows("embarked_share", f"{route}: BGR land", (bulgarian / detections).dropna(), BULGARIA, rest),
        ]
    )


def _share_of_algeria(nationalities: pd.DataFrame, whole: Any) -> pd.DataFrame:
    algerians = _yearly(nationalities, ["route", "nationality"]).loc[(WESTERN, "DZA"), "detections"]
    source = "Frontex: Algerians among those detected, for those who embark in Algeria (assumed)"
    shares = algerians / whole.loc[WESTERN, "detections"]
    return _rows("embarked_share", f"{WESTERN}: Algeria", shares, ALGERIANS, source)


def _attempts(counted: Any, dead: Any, by_boat: pd.DataFrame) -> pd.DataFrame:
    """Return attempts (arrivals, interceptions at sea, dead) and the share intercepted.

    Arrivals and deaths of a route are allocated to its coasts in proportion to persons in boats.
    """
    shares: Any = by_boat.set_index(["at", "year"])["value"]
    parts = []
    for country, (route, reached, at) in COAST_GUARDS.items():
        stopped = counted["interceptions", country, "sea"]
        through = dead.loc[route, "dead_and_missing"].reindex(stopped.index)
        for other in reached:
            through = through + counted["arrivals", other, "sea"].reindex(stopped.index).fillna(0)
        tried = stopped + through * (1.0 if country == "TUR" else shares[at])
        unit, source = f"{route}: {country}", "IOM: arrivals, interceptions at sea, dead"
        parts.append(_rows("attempts", unit, tried.round(), at, source))
        parts.append(_rows("stopped_share", unit, stopped / tried, at, source))
    return _all(parts)


def _all(parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(list(parts), ignore_index=True)
