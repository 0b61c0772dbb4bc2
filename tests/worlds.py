"""Tiny corridors built by hand, and Hypothesis strategies for random ones: what the tests of the model share."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import xarray as xr
from hypothesis import strategies as st
from numpy.typing import NDArray

from corridor.model.corridor import Corridor
from corridor.model.levers import LEVERS, Change
from corridor.model.parameters import REGISTRY, Parameters
from corridor.model.policies import Policy, Setting
from corridor.model.rows import (
    Agency,
    Community,
    Cooperation,
    DriverValue,
    HistoricalEvent,
    JusticeSystem,
    Leg,
    Pathway,
    Place,
    RecruitingNetwork,
    RescueFleet,
    Row,
    Season,
    Service,
    Tie,
)
from corridor.model.simulation import Simulation
from corridor.model.tables import Table

START = dt.date(2010, 1, 1)
ALPHA = 1e-4
"""Error rate of every statistical test: seeds are fixed, so that a failure is a change of the model, not bad luck."""
CALM = {
    "fade_rate": 0.0,
    "recruitment_rate": 0.0,
    "return_rate": 0.0,
    "return_rate_regular": 0.0,
    "removal_rate": 0.0,
    "remigration_rate": 0.0,
    "reconsider_rate": 0.0,
    "home_foresight": 0.0,
    "nest": 1.0,
    "review_weeks": 0.0,
    "own_coast_utility": 0.0,
    "home_decisions": 1e9,
    "departure_rate": 5.0,
    "ties_effect": 1.0,
    "young_effect": 1.0,
    "schooling_effect": 1.0,
    "lone_child_share": 1.0,
    "accompanied_adult_share": 0.0,
    "lone_child_effect": 1.0,
    "decision_rate": 100.0,
}
"""Everybody leaves soon, alone, at a hazard that nothing moves, and nobody changes their mind."""
LIVELY = CALM | {
    "death_utility": 0.0,
    "interception_utility": 0.0,
    "exploitation_utility": 0.0,
    "give_up_utility": -20.0,
    "retry_share": 1.0,
    "savings_years": 50.0,
    "capacity_start": 1e5,
}
"""What is more, everybody can pay, nobody is afraid, and boats have room."""


def parameters(**values: float) -> Parameters:
    """Return parameters for limiting cases, which may lie beyond the plausible ranges."""
    return Parameters(values, force=True)


def place(key: str, role: str = "hub", **more: Any) -> Place:
    """Return a place in a country of its own."""
    country = f"X{key[0].upper()}{key[-1].upper()}"
    if not country.isalpha():
        country = f"X{key[0].upper()}{chr(ord('A') + int(key[-1]))}"
    return Place(**{"place": key, "label": key, "country": country, "role": role, "latitude": 0, "longitude": 0} | more)


def leg(origin: str, destination: str, **more: Any) -> Leg:
    """Return a leg of one day over land, free of charge, free of risk, patrolled by nobody."""
    row = {
        "leg": f"{origin}-{destination}",
        "origin": origin,
        "destination": destination,
        "mode": "land",
        "crossing": False,
        "market": False,
        "distance_km": 0,
        "days": 1,
        "fee_usd": 0,
    }
    return Leg(**row | more)


def community(key: str = "people", home: str = "home", **more: Any) -> Community:
    """Return a community of a thousand potential migrants."""
    return Community(**{"community": key, "label": key, "home": home, "potential_migrants": 1000} | more)


def agency(key: str = "guard", **more: Any) -> Agency:
    """Return an agency on the side of destinations that releases whom it intercepts."""
    row = {"agency": key, "label": key, "country": "XGD", "side": "destination", "patrol_units": 10}
    return Agency(**row | more)


def corridor(
    places: Iterable[Place],
    legs: Iterable[Leg],
    communities: Iterable[Community] | None = None,
    *,
    days: int = 364,
    income_usd: Mapping[str, float] | None = None,
    series: Iterable[DriverValue] = (),
    ties: Iterable[Tie] = (),
    agencies: Iterable[Agency] = (),
    seasons: Iterable[Season] = (),
    rescue: Iterable[RescueFleet] = (),
    services: Iterable[Service] = (),
    pathways: Iterable[Pathway] = (),
    cooperation: Iterable[Cooperation] = (),
    justice: Iterable[JusticeSystem] = (),
    recruiters: Iterable[RecruitingNetwork] = (),
    events: Iterable[HistoricalEvent] = (),
    routes: tuple[str, ...] = ("Sea", "Land"),
    step_days: int = 7,
    agents: int = 1000,
) -> Corridor:
    """Return a corridor that begins on 1 January 2010; incomes are 2,000 USD at home and 20,000 at destinations."""
    places, communities = list(places), list(communities or [community()])
    incomes = {c.community: 2000.0 for c in communities} | {p.place: 20000.0 for p in places if p.role == "destination"}
    incomes |= dict(income_usd or {})
    known = [DriverValue(entity=e, variable="income_usd", date=START, value=v) for e, v in incomes.items()]

    def table(name: str, rows: Iterable[Row], key: str | None = None) -> Table[Any]:
        return Table(f"{name}.csv", rows, key)

    return Corridor(
        name="test",
        title="Test world",
        start=START,
        end=START + dt.timedelta(days=days - 1),
        places=table("places", places, "place"),
        legs=table("legs", legs, "leg"),
        communities=table("communities", communities, "community"),
        series=table("series", [*known, *series]),
        ties=table("ties", ties),
        agencies=table("agencies", agencies, "agency"),
        seasons=table("seasons", seasons),
        rescue=table("rescue", rescue, "operator"),
        services=table("services", services, "service"),
        pathways=table("pathways", pathways, "pathway"),
        cooperation=table("cooperation", cooperation),
        justice=table("justice", justice, "country"),
        recruiters=table("recruiters", recruiters, "community"),
        events=tuple(events),
        routes=routes,
        step_days=step_days,
        agents=agents,
    )


def sea_world(*, vessels: float = 0.0, sea: Mapping[str, Any] | None = None, **more: Any) -> Corridor:
    """Return home -> coast -> abroad with one dangerous, patrolled, sold crossing, and a shelter abroad.

    Parameters
    ----------
    vessels : float
        Vessels of the one rescue operator.
    sea : mapping
        Fields of the crossing other than the defaults.
    **more
        Passed on to `corridor`.
    """
    crossing = {
        "mode": "sea",
        "crossing": True,
        "market": True,
        "route": "Sea",
        "agency": "guard",
        "distance_km": 300,
        "fee_usd": 500,
        "interception_risk": 0.3,
        "distress_risk": 0.2,
        "exploitation_risk": 0.05,
    }
    places = [
        place("home", "home", exploitation_per_year=0.0),
        place("coast", organisations=4, exploitation_per_year=0.5),
        place("abroad", "destination", exploitation_per_year=0.5, exploitable_jobs=500, grant_rate=0.5),
    ]
    legs = [leg("home", "coast"), leg("coast", "abroad", **crossing | dict(sea or {}))]
    watch = RescueFleet(operator="boats", label="boats", kind="ngo", vessels=vessels, legs="coast-abroad")
    given = {
        "agencies": [agency(push_back=0.4, detain=0.3, returned=0.1, release=0.2, investigators=5)],
        "rescue": [watch],
        "services": [Service(service="shelter", label="shelter", country=places[2].country, places=40)],
    }
    return corridor(places, legs, **given | more)


def digest(ds: xr.Dataset) -> str:
    """Return a hash of every recorded value, bit by bit."""
    state = hashlib.sha256()
    for name in sorted(ds.data_vars):
        state.update(name.encode() + np.ascontiguousarray(ds[name].values).tobytes())
    return state.hexdigest()


def setting(lever: str, operation: str, value: float, *target: str, **more: Any) -> Setting:
    """Return a setting in force for the whole run unless dates are given."""
    given = {"start": None, "end": None, "ramp_weeks": 0.0} | more
    return Setting(lever, target or ("all",), operation, value, **given)  # type: ignore[arg-type]


def policy(*settings: Setting) -> Policy:
    """Return a policy made of settings."""
    return Policy("test", "Test", "", settings)


def total(ds: xr.Dataset, name: str) -> float:
    """Return the sum of a variable over the whole run."""
    return float(ds[name].sum())


def run(world: Corridor, *changes: Setting, **more: Any) -> xr.Dataset:
    """Run a world, with lever settings, to the end."""
    return Simulation(world, policy(*changes), **more).run()


# --- random corridors -------------------------------------------------------------------------------------------------

_shares = st.floats(0, 1, width=32)
_small_risks = st.sampled_from([0.0, 0.02, 0.3, 1.0])


@st.composite
def _legs(draw: st.DrawFn, homes: list[str], hubs: list[str], ends: list[str], agencies: list[str]) -> list[Leg]:
    pairs = [(h, to) for h in homes for to in (*hubs, *ends)]
    onward = [(a, b) for a in hubs for b in (*hubs, *ends, homes[0]) if a != b]
    back = [(a, b) for a in ends for b in (*ends, *hubs[:1]) if a != b]
    first = [draw(st.sampled_from([pair for pair in pairs if pair[0] == home])) for home in homes]
    rest = draw(st.lists(st.sampled_from([*pairs, *onward, *back]), max_size=6))
    return [
        leg(
            *pair,
            mode=draw(st.sampled_from(["land", "desert", "sea", "air"])),
            crossing=draw(st.booleans()),
            market=draw(st.booleans()),
            route=draw(st.sampled_from(["", "Sea", "Land"])),
            agency=draw(st.sampled_from(["", *agencies])),
            distance_km=draw(st.sampled_from([0.0, 500.0, 3000.0])),
            days=draw(st.sampled_from([0.0, 3.0, 30.0])),
            fee_usd=draw(st.sampled_from([0.0, 300.0, 6000.0])),
            interception_risk=draw(_small_risks),
            distress_risk=draw(_small_risks),
            exploitation_risk=draw(_small_risks),
            season=draw(st.sampled_from(["", "summer"])),
            detection_rate=draw(_shares),
        )
        for pair in sorted({*first, *rest})
    ]


@st.composite
def _places(draw: st.DrawFn, role: str, prefix: str, low: int, high: int) -> list[Place]:
    return [
        place(
            f"{prefix}{number}",
            role,
            exploitation_per_year=draw(st.sampled_from([0.0, 0.5, 5.0])),
            exploitable_jobs=draw(st.sampled_from([0.0, 20.0, 500.0])),
            grant_rate=draw(_shares),
            organisations=draw(st.integers(0, 3)),
        )
        for number in range(draw(st.integers(low, high)))
    ]


@st.composite
def _agencies(draw: st.DrawFn, countries: list[str]) -> list[Agency]:
    practice = st.sampled_from(
        [(1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), (0.25, 0.25, 0.25, 0.25), (0.0, 0.0, 0.0, 1.0)]
    )
    rows = []
    for number in range(draw(st.integers(0, 2))):
        push_back, detain, returned, release = draw(practice)
        shares = {"push_back": push_back, "detain": detain, "returned": returned, "release": release}
        rows.append(
            agency(
                f"guard{number}",
                country=draw(st.sampled_from(countries)),
                side=draw(st.sampled_from(["destination", "partner"])),
                patrol_units=draw(st.sampled_from([0.0, 1.0, 50.0])),
                investigators=draw(st.sampled_from([0.0, 20.0])),
                corruption=draw(st.sampled_from([0.0, 0.4, 1.0])),
                detention_days=draw(st.sampled_from([0.0, 5.0, 400.0])),
                **shares,
            )
        )
    return rows


@st.composite
def _events(draw: st.DrawFn, tables: Mapping[str, list[str]], days: int) -> list[HistoricalEvent]:
    events = []
    for number in range(draw(st.integers(0, 4))):
        name = draw(st.sampled_from(sorted(LEVERS)))
        scope = LEVERS[name].scope
        targets = ["all", *tables.get(scope, [])]
        operation = draw(st.sampled_from(["add", "multiply", "set"]))
        change = Change(
            lever=name,
            target=draw(st.sampled_from(targets)),
            ramp_weeks=draw(st.sampled_from([0.0, 3.0])),
            **{operation: draw(st.sampled_from([0.0, 0.3, 1.0, 4.0]))},
        )
        first = START + dt.timedelta(days=draw(st.integers(-20, days)))
        until = first + dt.timedelta(days=draw(st.integers(1, 60))) if draw(st.booleans()) else None
        events.append(
            HistoricalEvent(
                event=f"event{number}", name="event", date=first, until=until, changes=(change,), source="test"
            )
        )
    return events


@st.composite
def corridors(draw: st.DrawFn, days: int = 140) -> Corridor:
    """Strategy: a random small corridor, with every kind of actor and of event."""
    homes = draw(_places("home", "home", 1, 3))
    hubs, ends = draw(_places("hub", "hub", 0, 3)), draw(_places("destination", "abroad", 1, 2))
    places = [*homes, *hubs, *ends]
    countries = [p.country for p in places]
    agencies = draw(_agencies(countries))
    names = [[p.place for p in group] for group in (homes, hubs, ends)]
    legs = draw(_legs(*names, [a.agency for a in agencies]))
    communities = [
        community(
            f"people{number}",
            home.place,
            potential_migrants=draw(st.sampled_from([1.0, 300.0, 20000.0])),
            female_share=draw(_shares),
        )
        for number, home in enumerate([*homes, homes[0]])
    ]
    incomes = {c.community: draw(st.sampled_from([0.0, 500.0, 5000.0])) for c in communities}
    if hubs and draw(st.booleans()):
        incomes[hubs[0].place] = 3000.0
    pathways = [
        Pathway(
            pathway=f"visa{number}",
            label="visa",
            community=draw(st.sampled_from(["all", "people0"])),
            destination=ends[0].place,
            kind="work",
            places_per_year=draw(st.sampled_from([0.0, 50.0, 5000.0])),
            eligible_share=draw(_shares),
            delay_weeks=draw(st.sampled_from([0.0, 6.0])),
        )
        for number in range(draw(st.integers(0, 2)))
    ]
    rescue = [
        RescueFleet(
            operator="boats",
            label="boats",
            kind="ngo",
            vessels=draw(st.sampled_from([0.0, 5.0])),
            legs=(draw(st.sampled_from([row.leg for row in legs])),),
        )
    ]
    services = [
        Service(
            service="shelter", label="shelter", country=draw(st.sampled_from(countries)), places=draw(_shares) * 100
        )
    ]
    seasons = [
        Season(season="summer", month=month, departures=float(4 <= month <= 9), distress=1 + month / 6)
        for month in range(1, 13)
    ]
    tables = {
        "agency": [a.agency for a in agencies],
        "leg": [row.leg for row in legs],
        "place": [p.place for p in places],
        "community": [c.community for c in communities],
        "pathway": [row.pathway for row in pathways],
    }
    return corridor(
        places,
        legs,
        communities,
        days=days,
        income_usd=incomes,
        agencies=agencies,
        seasons=seasons,
        rescue=draw(st.sampled_from([[], rescue])),
        services=draw(st.sampled_from([[], services])),
        pathways=pathways,
        ties=[Tie(community="people0", destination=ends[0].place, date=START, stock=10000)],
        events=draw(_events(tables, days)),
        step_days=draw(st.sampled_from([1, 3, 7])),
        agents=draw(st.integers(1, 250)),
    )


@st.composite
def parameter_values(draw: st.DrawFn) -> Parameters:
    """Strategy: some parameters at the ends of their plausible ranges, and people who leave soon and are in danger."""
    names = draw(st.lists(st.sampled_from(sorted(REGISTRY)), max_size=8, unique=True))
    values = {name: draw(st.sampled_from([REGISTRY[name].low, REGISTRY[name].high])) for name in names}
    soon = {"departure_rate": 5.0, "home_foresight": 0.0, "recruitment_rate": 0.5, "remigration_rate": 3.0}
    return parameters(**(soon | values))


def certain(outcome: int, journeys: int) -> NDArray[np.float64]:
    """Return chances of interception, death and exploitation of journeys that surely end so, shape (journeys, 3)."""
    return np.tile(np.eye(4)[outcome, 1:], (journeys, 1))
