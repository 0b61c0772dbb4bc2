"""Levers: everything about the world that an event, a shock or a policy can change.

A lever has a scope (the kind of entity it applies to), a unit and bounds. Events, shocks and interventions are all
expressed as lever changes (`Change`), so that history, futures and policies act on the model through one interface.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

Scope = Literal["agency", "leg", "place", "community", "operator", "service", "pathway", "justice", "world"]

Operation = Literal["add", "multiply", "set"]


@dataclass(frozen=True)
class Lever:
    """A quantity that can be changed.

    Attributes
    ----------
    scope : str
        Kind of entity it applies to; ``world`` means one value for the whole corridor.
    unit : str
    low, high : float
        Bounds at which values are clipped.
    base : str
        Its baseline value: a column of the scope's table, or a number.
    meaning : str
    """

    scope: Scope
    unit: str
    low: float
    high: float
    base: str | float
    meaning: str


INF = float("inf")

LEVERS: dict[str, Lever] = {
    "patrol_units": Lever("agency", "patrols", 0, INF, "patrol_units", "patrols that an agency spreads over its legs"),
    "investigators": Lever("agency", "full-time investigators", 0, INF, "investigators", "staff who build cases"),
    "corruption": Lever("agency", "share", 0, 1, "corruption", "share of an agency's effort that leaks"),
    "organiser_focus": Lever(
        "agency", "share", 0, 1, 0.0, "share of investigators' effort directed at the core of organisations"
    ),
    "money_tracing": Lever("agency", "share", 0, 1, 0.0, "share of smuggling revenue whose trail is followed"),
    "investigator_training": Lever("agency", "share per year", 0, INF, 0.0, "investigators trained in good practice"),
    "push_back": Lever("agency", "share", 0, 1, "push_back", "intercepted people pushed back to where the leg began"),
    "detain": Lever("agency", "share", 0, 1, "detain", "intercepted people detained"),
    "returned": Lever("agency", "share", 0, 1, "returned", "intercepted people returned to their country of origin"),
    "detention_days": Lever("agency", "days", 0, INF, "detention_days", "mean length of detention"),
    "coast_control": Lever("leg", "share", 0, 1, 0.0, "share of the departure points of a leg denied to smugglers"),
    "waved_through": Lever("leg", "share", 0, 1, 0.0, "share of passages that authorities organise or wave through"),
    "control_ashore": Lever(
        "leg", "officers per km", 0, INF, 0.0, "staff ashore per km of coast or border, who stop attempts to set out"
    ),
    "leg_open": Lever(
        "leg", "share", 0, 1, 1.0, "whether a leg can be travelled at all (a visa rule, a closed border)"
    ),
    "craft_supply": Lever("leg", "multiplier", 0, INF, 1.0, "availability of boats, engines and desert vehicles"),
    "rescue_vessels": Lever("operator", "vessels", 0, INF, "vessels", "vessels that a rescue operator has at sea"),
    "pathway_places": Lever("pathway", "persons per year", 0, INF, "places_per_year", "quota of a legal pathway"),
    "pathway_delay": Lever(
        "pathway", "weeks", 0, INF, "delay_weeks", "time from admission to a legal pathway to travel"
    ),
    "grant_rate": Lever("place", "share", 0, 1, "grant_rate", "share of asylum claims granted"),
    "assisted_return": Lever(
        "place",
        "persons per year",
        0,
        INF,
        0.0,
        "people without status whom services can help to return home",
    ),
    "inspectors": Lever("place", "per 10,000 workers", 0, INF, "inspectors_per_10k", "labour inspectors"),
    "exploitable_jobs": Lever(
        "place", "persons", 0, INF, "exploitable_jobs", "demand of employers for exploitable labour"
    ),
    "identification": Lever(
        "place",
        "multiplier",
        0,
        INF,
        1.0,
        "skill of the front line in identifying victims, which training raises",
    ),
    "screening": Lever(
        "place", "multiplier", 0, INF, 1.0, "screening of arrivals for signs of exploitation in transit"
    ),
    "firewall": Lever(
        "place", "share", 0, 1, 0.0, "contacts with help and inspection that are not reported to immigration control"
    ),
    "ethical_recruitment": Lever(
        "place", "share", 0, 1, 0.0, "exploitative jobs with lawful employers that fair recruitment closes"
    ),
    "exploitation": Lever("place", "multiplier", 0, INF, 1.0, "danger of exploitation at a place"),
    "held_days": Lever(
        "place", "days", 0, INF, 0.0, "mean time for which people who cross a border are held before they can move on"
    ),
    "readmitted": Lever(
        "place", "share", 0, 1, 0.0, "people held after crossing a border who are sent back to where the leg began"
    ),
    "mobility": Lever("place", "share", 0, 1, 1.0, "how freely people can move on from a place"),
    "income": Lever("community", "multiplier", 0, INF, 1.0, "income at home"),
    "destination_income": Lever("place", "multiplier", 0, INF, 1.0, "income at a destination"),
    "conflict": Lever("community", "index -1 to 1", -1, 1, 0.0, "armed conflict at home"),
    "climate": Lever("community", "standard deviations", -INF, INF, 0.0, "climate stress at home, added to the series"),
    "campaign_returnees": Lever("community", "share per year", 0, INF, 0.0, "people reached by returnees and peers"),
    "campaign_media": Lever(
        "community", "share per year", 0, INF, 0.0, "people reached by radio, television and press"
    ),
    "campaign_online": Lever("community", "share per year", 0, INF, 0.0, "people reached by information online"),
    "campaign_official": Lever("community", "share per year", 0, INF, 0.0, "people reached by official warnings"),
    "education": Lever("community", "share per year", 0, INF, 0.0, "people who gain secondary schooling"),
    "training": Lever("community", "share per year", 0, INF, 0.0, "people who get vocational training"),
    "pool": Lever("community", "multiplier", 0, INF, 1.0, "people who might leave, relative to communities.csv"),
    "livelihood": Lever("community", "share of income", 0, INF, 0.0, "income support at home, in addition to earnings"),
    "shelter_places": Lever("service", "persons", 0, INF, "places", "victims who can be assisted at a time"),
    "service_quality": Lever(
        "service", "multiplier", 0, INF, 1.0, "how far a month of assistance protects, relative to the reference"
    ),
    "legal_aid": Lever("service", "share", 0, 1, 0.0, "assisted victims with legal aid"),
    "case_officers": Lever(
        "justice", "full-time officers", 0, INF, "officers", "police who build cases against exploiters"
    ),
    "case_training": Lever(
        "justice", "share per year", 0, INF, 0.0, "of these officers, those trained in good practice"
    ),
    "case_tracing": Lever("justice", "share", 0, 1, 0.0, "proceeds of exploiters whose trail is followed"),
    "consumer_awareness": Lever(
        "world", "share", 0, 1, 0.0, "demand that consumers withdraw from exploitative farms, workshops and sex venues"
    ),
    "takedown": Lever("world", "share", 0, 1, 0.0, "share of smugglers' and traffickers' adverts taken down"),
    "cooperation": Lever("world", "index 0 to 1", 0, 1, 0.0, "added to the cooperation between any two agencies"),
    "recording": Lever("world", "multiplier", 0, INF, 1.0, "completeness and speed of statistics"),
}


def _known(lever: str) -> str:
    if lever not in LEVERS:
        raise ValueError(f"one of {', '.join(sorted(LEVERS))}")
    return lever


LeverName = Annotated[str, AfterValidator(_known)]
Targets = Annotated[
    tuple[str, ...],
    BeforeValidator(lambda v: (v,) if isinstance(v, str) else tuple(v) if isinstance(v, list) else v),
    Field(min_length=1),
]
Size = Annotated[float, Field(ge=-1e12, le=1e12, allow_inf_nan=False)]
Weeks = Annotated[float, Field(ge=0, le=20_000, allow_inf_nan=False)]


class Change(BaseModel):
    """One setting of one lever: exactly one of ``add``, ``multiply``, ``set``."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    lever: LeverName = Field(description="one of the levers listed below")
    target: Targets = Field(default=("all",), description="all, keys of the lever's scope, or groups `column:value`")
    add: Size | None = Field(default=None, description="added to the value")
    multiply: float | None = Field(default=None, ge=0, le=1e12, description="the value is multiplied by it")
    set: Size | None = Field(default=None, description="takes the place of the value")
    ramp_weeks: Weeks = Field(default=0.0, description="weeks over which the change moves in")
    evidence: str = Field(default="", description="what the size rests on")

    @model_validator(mode="after")
    def _one_operation(self) -> Change:
        if sum(value is not None for value in (self.add, self.multiply, self.set)) != 1:
            raise ValueError("exactly one of add, multiply, set")
        return self

    @property
    def operation(self) -> tuple[Operation, float]:
        """Operation applied to the lever, and its operand."""
        given: list[tuple[Operation, float | None]] = [
            ("add", self.add), ("multiply", self.multiply), ("set", self.set)
        ]  # fmt: skip
        return next((name, value) for name, value in given if value is not None)
