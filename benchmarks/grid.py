"""A made-up corridor of any size, to see how the cost of a step grows with places and legs."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np

from corridor.model.corridor import Corridor
from corridor.model.rows import Agency, Community, DriverValue, Leg, Place, Row
from corridor.model.tables import Table

START = dt.date(2010, 1, 1)
COMMUNITIES = 10
_KEYS = {"places": "place", "legs": "leg", "communities": "community", "agencies": "agency"}
_EMPTY = ("ties", "seasons", "rescue", "services", "pathways", "cooperation")


def corridor(n_places: int, n_legs: int, seed: int = 0) -> Corridor:
    """Return places in a row from homes to destinations, with legs that lead a few places ahead or, rarely, back.

    Parameters
    ----------
    n_places : int
        At least 30: ten homes, ten destinations, and hubs between them.
    n_legs : int
        At least ``n_places``.
    seed : int
    """
    rng = np.random.default_rng(seed)
    inner = range(COMMUNITIES, n_places - COMMUNITIES)
    places = [
        _place(f"p{i}", "hub" if i in inner else "home" if i < COMMUNITIES else "destination") for i in range(n_places)
    ]
    pairs = {(i, i + COMMUNITIES) for i in range(n_places - COMMUNITIES)}
    while len(pairs) < n_legs:
        origin = int(rng.integers(0, n_places - COMMUNITIES))
        ahead = int(rng.integers(1, 40)) * (1 if rng.random() < 0.9 else -1)
        if COMMUNITIES <= origin + ahead < n_places:
            pairs.add((origin, origin + ahead))
    legs = [
        _leg(a, b, sold=bool(rng.random() < 0.5), risk=float(0.3 * rng.random())) for a, b in sorted(pairs)[:n_legs]
    ]
    communities = [
        Community(community=f"c{i}", label=f"c{i}", home=f"p{i}", potential_migrants=100_000)
        for i in range(COMMUNITIES)
    ]
    agency = Agency(agency="guard", label="guard", country="XXX", side="destination", patrol_units=10, investigators=5)
    incomes = {c.community: 2000.0 for c in communities} | {p.place: 20000.0 for p in places if p.role == "destination"}
    known = [DriverValue(entity=e, variable="income_usd", date=START, value=v) for e, v in incomes.items()]
    rows: dict[str, list[Row]] = {"places": places, "legs": legs, "communities": communities, "agencies": [agency]}
    tables: dict[str, Any] = {name: Table(f"{name}.csv", rows[name], key) for name, key in _KEYS.items()}
    tables |= {name: Table(f"{name}.csv", [], None) for name in _EMPTY}
    return Corridor(
        name=f"grid_{n_places}_{n_legs}", title="Made-up corridor", start=START, end=START + dt.timedelta(days=3652),
        series=Table("series.csv", known), events=(), routes=("Sea",), step_days=7, agents=20_000, **tables,
    )  # fmt: skip


def _place(key: str, role: str) -> Place:
    return Place(place=key, label=key, country="XXX", role=role, latitude=0, longitude=0, organisations=1)


def _leg(origin: int, destination: int, *, sold: bool, risk: float) -> Leg:
    row: dict[str, Any] = {"crossing": False, "market": False, "distance_km": 100, "days": 2, "fee_usd": 100}
    if sold:
        row |= {"market": True, "crossing": True, "agency": "guard", "interception_risk": risk, "distress_risk": 0.01}
    ends = {"origin": f"p{origin}", "destination": f"p{destination}"}
    return Leg(leg=f"p{origin}-p{destination}", mode="land", **ends, **row)
