"""The rows of a corridor's tables: one class a table, one field a column, validated when read.

The classes are also the documentation of the CSV columns (``docs/scenario_format.md`` is generated from them).
"""

from __future__ import annotations

import datetime as dt
import math
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator

from corridor.model.calendar import as_day
from corridor.model.levers import Change

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
MOST, MOST_PERSONS = 1e12, 1e10
"""Upper limits of numbers and of persons in tables; larger values would overflow."""
MOST_LATENT = 20.0
"""Upper limit of a latent series, log points or utils: a factor of half a billion."""
NonNegative = Annotated[float, Field(ge=0, le=MOST, allow_inf_nan=False)]
Span = Annotated[float, Field(ge=0, le=36_525, allow_inf_nan=False)]
"""Days or weeks; a century of days."""
Persons = Annotated[float, Field(ge=0, le=MOST_PERSONS, allow_inf_nan=False)]
Key = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=60)]
Day = Annotated[dt.date, BeforeValidator(as_day)]
COUNTRY = "^[A-Z]{3}$"
Words = Annotated[
    tuple[str, ...],
    BeforeValidator(lambda v: tuple(w.strip() for w in v.split(";") if w.strip()) if isinstance(v, str) else v),
]


class Row(BaseModel):
    """One row of a table; unknown columns are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Place(Row):
    """A place where people live, wait or settle."""

    place: Key = Field(description="key")
    label: str = Field(description="name shown to people")
    country: str = Field(pattern=COUNTRY, description="ISO 3166 alpha-3")
    role: Literal["home", "hub", "destination"] = Field(
        description="journeys aim at destinations; people may also live at hubs with an income"
    )
    latitude: float = Field(ge=-90, le=90, allow_inf_nan=False, description="degrees north")
    longitude: float = Field(ge=-180, le=180, allow_inf_nan=False, description="degrees east")
    languages: Words = Field(default=(), description="lingua francas, separated by ;")
    exploitation_per_year: NonNegative = Field(
        default=0.0, description="hazard that a person here without status is exploited, before personal multipliers"
    )
    exploitable_jobs: Persons = Field(
        default=0.0, description="persons whom employers here would hire in exploitative conditions"
    )
    inspectors_per_10k: NonNegative = Field(default=0.7, description="labour inspectors per 10,000 workers")
    grant_rate: Share = Field(default=0.0, description="share of asylum claims granted")
    organisations: int = Field(default=0, ge=0, le=500, description="smuggling organisations based here at the start")
    source: str = Field(default="assumed", description="where the row's figures come from")


class Leg(Row):
    """A directed stretch of journey between two places."""

    leg: Key = Field(description="key")
    origin: Key = Field(alias="from", description="place where it starts")
    destination: Key = Field(alias="to", description="place where it ends")
    mode: Literal["land", "desert", "sea", "air"] = Field(description="how people travel")
    crossing: bool = Field(description="1: an irregular border crossing, counted as an attempt")
    market: bool = Field(description="1: a service that smuggling organisations sell; 0: travelled at own cost")
    route: str = Field(default="", description="route under which observations count it; blank if none")
    agency: str = Field(default="", description="enforcement agency that patrols it; blank if none")
    distance_km: float = Field(ge=0, le=40_000, allow_inf_nan=False, description="length")
    days: Span = Field(description="travel time")
    fee_usd: NonNegative = Field(description="reference fee (market) or travel cost, per person")
    interception_risk: Share = Field(default=0.0, description="per attempt, at the agency's baseline patrols")
    distress_risk: Share = Field(default=0.0, description="per attempt, fatal unless rescued; calm season, design load")
    exploitation_risk: Share = Field(default=0.0, description="per passage, held for ransom or forced labour")
    utility_constant: float = Field(
        default=0.0,
        ge=-1000,
        le=1000,
        allow_inf_nan=False,
        description="utils, attraction apart from cost, distance and danger (constant)",
    )
    season: str = Field(default="", description="profile in seasons.csv; blank if none")
    detection_rate: Share = Field(default=1.0, description="share of arrivals that the authorities record")
    death_recording_rate: Share = Field(default=1.0, description="share of deaths that are recorded")
    source: str = Field(default="assumed", description="where the row's figures come from")
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Season(Row):
    """One month of a seasonal profile."""

    season: Key = Field(description="profile")
    month: int = Field(ge=1, le=12, description="calendar month")
    departures: NonNegative = Field(description="multiplier on how many boats or vehicles can leave")
    distress: NonNegative = Field(description="multiplier on distress risk")


class Community(Row):
    """People of one origin who share a home, beliefs and ties."""

    community: Key = Field(description="key, ISO 3166 alpha-3 for a whole country")
    label: str = Field(description="name shown to people")
    home: Key = Field(description="place where they live")
    languages: Words = Field(default=(), description="lingua francas, separated by ;")
    potential_migrants: Persons = Field(description="persons who might ever take these routes (the pool)")
    female_share: Share = Field(default=0.3, description="women and girls among them")
    child_share: Share = Field(default=0.2, description="under 18")
    young_share: Share = Field(default=0.5, description="18 to 29 years")
    schooling_share: Share = Field(default=0.5, description="with secondary schooling")
    departure_factor: NonNegative = Field(
        default=1.0, description="likelihood of leaving home relative to what the drivers explain (origin effect)"
    )
    onward_factor: NonNegative = Field(
        default=1.0,
        description="likelihood of moving on from where they live relative to what the origin effect explains",
    )
    source: str = Field(default="assumed", description="where the row's figures come from")


BOUNDS = {
    "population": (0.0, MOST_PERSONS),
    "income_usd": (0.0, MOST),
    "displaced_share": (0.0, 1.0),
    "unemployment_pct": (0.0, 100.0),
}
"""Lowest and highest values of series that are bounded."""


class DriverValue(Row):
    """One value of a series: the exogenous drivers of an entity at a date."""

    entity: Key = Field(description="community or place")
    variable: Literal[
        "population", "income_usd", "instability", "displaced_share", "unemployment_pct", "climate_stress"
    ] = Field(description="see docs/scenario_format.md for units")
    date: Day = Field(description="date for which the value holds; linear in between, constant beyond the ends")
    value: float = Field(ge=-MOST, le=MOST, allow_inf_nan=False, description="in the unit of the variable")

    @field_validator("value")
    @classmethod
    def _within_bounds(cls, value: float, info: ValidationInfo) -> float:
        variable = str(info.data.get("variable"))
        low, high = BOUNDS.get(variable, (-math.inf, math.inf))
        if not low <= value <= high:
            raise ValueError(f"{low:g} to {high:g}")
        return value


class LatentValue(Row):
    """One value of a latent series: changes in the world that no driver explains, estimated by a reanalysis."""

    series: Literal["departures", "utility", "preference", "danger"] = Field(
        description="departures: log points, of a community; utility: utils, of a route or an embarkation; preference: "
        "utils, of a route for one community; danger: log points of the risk of distress, of a route"
    )
    entity: str = Field(description="community; route or embarkation (`Corridor.leg_embarkation`); community: route")
    date: Day = Field(description="date for which the value holds; linear in between, constant beyond the ends")
    value: float = Field(ge=-MOST_LATENT, le=MOST_LATENT, allow_inf_nan=False, description="log points or utils")


class Tie(Row):
    """Compatriots who live at a destination."""

    community: Key = Field(description="community")
    destination: Key = Field(description="place")
    date: Day = Field(description="date of the stock; linear in between, constant beyond the ends")
    stock: Persons = Field(description="persons of this origin living there")


class Stock(Row):
    """People of a community who live abroad when the run begins and might go on."""

    community: Key = Field(description="community")
    place: Key = Field(description="place abroad where they may settle, whose income is known")
    persons: NonNegative = Field(description="persons, a part of the community's potential_migrants")
    regular_share: Share = Field(default=0.0, description="with a legal status there")
    refugee_share: Share = Field(default=0.0, description="in need of protection, so that they do not return home")
    years: NonNegative = Field(default=4.0, description="mean time since arrival")
    source: str = Field(default="assumed", description="where the row's figures come from")


class Agency(Row):
    """An enforcement agency."""

    agency: Key = Field(description="key")
    label: str = Field(description="name shown to people")
    country: str = Field(pattern=COUNTRY, description="ISO 3166 alpha-3")
    side: Literal["destination", "partner"] = Field(
        description="destination: its interceptions enter the observed detections; partner: they do not"
    )
    patrol_units: NonNegative = Field(description="patrols at the start")
    investigators: NonNegative = Field(default=0.0, description="full-time investigators at the start")
    corruption: Share = Field(default=0.2, description="share of its effort that leaks")
    push_back: Share = Field(default=0.0, description="of those intercepted: pushed back to where the leg began")
    detain: Share = Field(default=0.0, description="of those intercepted: detained")
    returned: Share = Field(default=0.0, description="of those intercepted: returned to their country of origin")
    release: Share = Field(default=1.0, description="of those intercepted: released (the four shares add up to 1)")
    detention_days: Span = Field(default=30.0, description="mean length of detention")
    unit_cost_usd_per_year: NonNegative = Field(default=70000.0, description="of one patrol unit")
    most_per_week: NonNegative = Field(
        default=0.0, description="maximum of persons that it can intercept per week at its initial strength; 0: none"
    )
    source: str = Field(default="assumed", description="where the row's figures come from")


class RescueFleet(Row):
    """Vessels of a state or a non-governmental organisation that rescue people in distress."""

    operator: Key = Field(description="key")
    label: str = Field(description="name shown to people")
    kind: Literal["state", "ngo"] = Field(description="who runs it")
    vessels: NonNegative = Field(description="vessels (or desert patrols) at the start")
    legs: Words = Field(description="legs it watches, separated by ;")
    cost_usd_per_vessel_day: NonNegative = Field(default=12000.0, description="running cost of a vessel at sea")
    source: str = Field(default="assumed", description="where the row's figures come from")


class Service(Row):
    """A protection service for victims of trafficking."""

    service: Key = Field(description="key")
    label: str = Field(description="name shown to people")
    country: str = Field(pattern=COUNTRY, description="serves identified victims in this country")
    places: NonNegative = Field(description="persons who can be assisted at a time")
    cost_usd_per_place_year: NonNegative = Field(default=8000.0, description="running cost of a place")
    source: str = Field(default="assumed", description="where the row's figures come from")


class JusticeSystem(Row):
    """Police, prosecutors and courts of a country, for cases against those who exploit people there."""

    country: str = Field(pattern=COUNTRY, description="key, ISO 3166 alpha-3")
    officers: NonNegative = Field(description="full-time officers who build cases against exploiters, at the start")
    prosecutors: NonNegative = Field(description="full-time prosecutors of such cases")
    judges: NonNegative = Field(description="full-time judges of such cases")
    corruption: Share = Field(default=0.2, description="share of officers' work that leaks")
    recognition: Share = Field(
        default=1.0,
        description="share of authorities' contacts with people in exploitation in which they look for victims",
    )
    asylum_referral: Share = Field(
        default=0.0, description="former victims among asylum seekers whom asylum authorities identify as such"
    )
    conviction: NonNegative = Field(
        default=1.0, description="odds of a conviction relative to the parameter trafficking_conviction"
    )
    other_suspects: NonNegative = Field(
        default=0.0, description="suspects in cases of victims from outside this corridor, persons per year"
    )
    source: str = Field(default="assumed", description="where the row's figures come from")


class RecruitingNetwork(Row):
    """Networks that recruit people of an origin before they leave, and exploit them at a destination."""

    community: Key = Field(description="community")
    sector: Literal["agriculture", "construction", "hospitality_and_manufacturing", "households", "sex_industry"] = (
        Field(description="sector in which those recruited are exploited, in its main form")
    )
    women: Share = Field(default=0.0, description="share recruited among women and girls who set out by themselves")
    men: Share = Field(default=0.0, description="share recruited among men and boys who set out by themselves")
    claim_usd: NonNegative = Field(description="debt that the network claims for the journey, to be worked off")
    source: str = Field(default="assumed", description="where the row's figures come from")


class Pathway(Row):
    """A legal pathway."""

    pathway: Key = Field(description="key")
    label: str = Field(description="name shown to people")
    community: str = Field(description="community, or all")
    destination: Key = Field(description="place")
    kind: Literal["work", "family", "humanitarian", "study", "resettlement"] = Field(description="ground of admission")
    places_per_year: NonNegative = Field(description="quota, persons")
    eligible_share: Share = Field(description="share of the community that is eligible")
    delay_weeks: Span = Field(default=26.0, description="from admission to travel")
    cost_usd: NonNegative = Field(default=500.0, description="paid by the migrant")
    source: str = Field(default="assumed", description="where the row's figures come from")


class Cooperation(Row):
    """How closely two agencies work together."""

    agency: Key = Field(description="agency")
    partner: Key = Field(description="another agency")
    level: Share = Field(description="0: none; 1: they act as one")


class ParameterValue(Row):
    """A behavioural parameter whose value in this corridor differs from the registry."""

    parameter: Key = Field(description="name in the registry (corridor list parameters)")
    value: float = Field(allow_inf_nan=False, description="in the registry's unit and range")
    obtained: Literal["measured", "estimated", "calibrated", "assumed"] = Field(
        description="how the value was obtained"
    )
    source: str = Field(description="where the value comes from, or how it was fitted")


class HistoricalEvent(Row):
    """Something that happened at a date, expressed as changes of levers."""

    event: Key = Field(description="key")
    name: str = Field(description="name shown to people")
    date: Day = Field(description="first day")
    until: Day | None = Field(default=None, description="day on which it ends; blank: it does not end")
    changes: tuple[Change, ...] = Field(description="what was done, as lever changes")
    source: str = Field(description="where it is documented")
    note: str = Field(default="", description="anything else worth knowing")


def pair(community: str, route: str) -> str:
    """Return how a latent series names a route for a community."""
    return f"{community}: {route}"
