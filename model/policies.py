"""Interventions, policies and shocks: choices and external events, expressed as dated lever changes.

The catalogue itself is data (``scenarios/interventions``, ``scenarios/shocks``, ``scenarios/policies``); this module
defines the meaning of its files.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from corridor.model.levers import LEVERS, LeverName, Operation, Scope, Size, Targets, Weeks
from corridor.model.rows import Day

Pillar = Literal["prevention", "protection", "prosecution", "partnership", "policy development"]
PILLARS: tuple[Pillar, ...] = get_args(Pillar)


class Effect(BaseModel):
    """Effect of one unit of an intervention or shock on one lever.

    ``add`` adds ``per_unit`` times the amount; ``multiply`` multiplies by ``1 + per_unit * amount``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    lever: LeverName = Field(description="one of the levers")
    operation: Literal["add", "multiply"] = Field(description="how it acts")
    per_unit: Size = Field(description="size for an amount of one")
    target: Targets | None = Field(default=None, description="fixed target; by default that of the measure")


class Expected(BaseModel):
    """Indicator that a catalogue entry is meant to move, and the direction; tested in paired runs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    indicator: str = Field(description="a variable of the results, summed over the run")
    per: str | None = Field(default=None, description="another, by which it is divided")
    mode: Literal["land", "desert", "sea", "air"] | None = Field(
        default=None, description="count legs of this mode only"
    )
    change: Literal["rises", "falls"] = Field(description="the way that it is meant to move")


class CatalogueEntry(BaseModel):
    """A catalogue entry: a named set of lever changes with a unit, range, cost and source."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    name: str = Field(description="key; the name of the file without .yaml")
    title: str = Field(description="name shown to people")
    description: str = Field(description="what it is")
    mechanism: str = Field(description="the process of the model that it acts through")
    expected: Expected = Field(description="the indicator that it is meant to move")
    scope: Scope = Field(description="what a measure's target names")
    unit: str = Field(description="what an amount of one means")
    low: Size = Field(description="smallest amount")
    high: Size = Field(description="largest amount")
    default: float = Field(description="amount offered first")
    effects: tuple[Effect, ...] = Field(min_length=1, description="what an amount of one does to levers")
    source: str = Field(description="where sizes come from, or assumed")

    @model_validator(mode="after")
    def _in_order(self) -> CatalogueEntry:
        if not self.low <= self.default <= self.high:
            raise ValueError("a default between low and high")
        return self


class Intervention(CatalogueEntry):
    """A measure that a policy can contain."""

    pillar: Pillar = Field(description="pillar of the policy field")
    cost_usd_per_unit_year: float = Field(ge=0, le=1e15, description="running cost of an amount of one")
    cost_note: str = Field(default="", description="what the cost rests on, or which row bears it")


class Shock(CatalogueEntry):
    """An external event that affects the corridor."""

    kind: Literal["conflict", "climate", "pandemic", "economic", "technology", "policy"] = Field(
        description="kind of shock"
    )


class Measure(BaseModel):
    """One intervention of a policy (or shock of a scenario): its amount, targets and dates."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    what: str = Field(description="name in the catalogue")
    amount: Size = Field(description="in the unit of the entry; 0: nothing")
    target: Targets = Field(default=("all",), description="where, in the scope of the entry: all, keys, or groups")
    start: Day | None = Field(default=None, description="blank: from the first step")
    end: Day | None = Field(default=None, description="blank: to the last step")
    ramp_weeks: Weeks = Field(default=0.0, description="weeks over which it moves in")

    @model_validator(mode="after")
    def _dates_in_order(self) -> Measure:
        if self.start is not None and self.end is not None and self.end <= self.start:
            raise ValueError(f"an end after start ({self.start})")
        return self


RULE_INDICATORS = ("detections", "deaths_recorded", "identified", "asylum_claims", "returns")
"""Indicators that authorities observe and that rules can respond to."""


class AdaptiveRule(BaseModel):
    """An adaptive measure: its strength follows an indicator as reported to planners."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    measure: Measure = Field(description="what is done, at full strength")
    indicator: Literal["detections", "deaths_recorded", "identified", "asylum_claims", "returns"] = Field(
        description="what is read, as it becomes known, summed over the corridor"
    )
    above: float | None = Field(
        default=None, ge=0, le=1e10, description="persons a week above which the strength rises"
    )
    below: float | None = Field(
        default=None, ge=0, le=1e10, description="persons a week below which the strength rises"
    )
    window_weeks: Weeks = Field(default=13, gt=0, description="weeks over which the indicator is averaged")
    lag_weeks: Weeks = Field(default=0, description="weeks that it takes beyond the delay of the statistics")
    review_weeks: Weeks = Field(default=13, gt=0, description="weeks between reviews")
    step: float = Field(default=0.5, gt=0, le=1, description="change of strength (0 to 1) at a review")

    @model_validator(mode="after")
    def _one_threshold(self) -> AdaptiveRule:
        if (self.above is None) == (self.below is None):
            raise ValueError("exactly one of above and below")
        return self


@dataclass(frozen=True)
class AdaptiveMeasure:
    """A rule ready to apply: the settings and annual cost of its measure at full strength."""

    rule: AdaptiveRule
    settings: tuple[Setting, ...]
    cost_usd_per_year: float


@dataclass(frozen=True)
class Setting:
    """A lever change ready to apply: it phases in over the ramp and is reversed at the end."""

    lever: str
    target: tuple[str, ...]
    operation: Operation
    value: float
    start: dt.date | None
    end: dt.date | None
    ramp_weeks: float


@dataclass(frozen=True)
class Policy:
    """A named package of interventions.

    Attributes
    ----------
    name, title, description : str
    settings : tuple of Setting
    costs : tuple of (usd_per_year, start, end, ramp_weeks)
        Running cost of each measure at full strength.
    adaptive : tuple of AdaptiveMeasure
        Measures whose strength follows an observed indicator.
    """

    name: str = "baseline"
    title: str = "Baseline"
    description: str = "No intervention beyond what happened."
    settings: tuple[Setting, ...] = ()
    costs: tuple[tuple[float, dt.date | None, dt.date | None, float], ...] = ()
    adaptive: tuple[AdaptiveMeasure, ...] = ()


def settings_of(measure: Measure, entry: CatalogueEntry) -> list[Setting]:
    """Return the lever settings of a measure; with an amount of zero they have no effect."""
    settings = []
    for effect in entry.effects:
        value = effect.per_unit * measure.amount
        if effect.operation == "multiply":
            value = max(0.0, 1.0 + value)
        same_scope = LEVERS[effect.lever].scope == entry.scope
        target = effect.target or (measure.target if same_scope else ("all",))
        settings.append(
            Setting(effect.lever, target, effect.operation, value, measure.start, measure.end, measure.ramp_weeks)
        )
    return settings


def build_policy(
    name: str,
    title: str,
    description: str,
    measures: Sequence[Measure],
    catalogue: Mapping[str, CatalogueEntry],
    rules: Sequence[AdaptiveRule] = (),
) -> Policy:
    """Build a policy from measures.

    Parameters
    ----------
    name, title, description : str
    measures : sequence of Measure
        Each refers to a catalogue entry.
    catalogue : mapping of str to Intervention or Shock
    rules : sequence of AdaptiveRule

    Raises
    ------
    KeyError
        If a measure refers to an entry that is not in the catalogue.
    """
    settings: list[Setting] = []
    costs: list[tuple[float, dt.date | None, dt.date | None, float]] = []
    for measure in measures:
        entry = catalogue[measure.what]
        settings += settings_of(measure, entry)
        yearly = _cost_usd_per_year(measure, entry)
        if yearly > 0:
            costs.append((yearly, measure.start, measure.end, measure.ramp_weeks))
    adaptive = [
        AdaptiveMeasure(
            rule,
            tuple(settings_of(rule.measure, catalogue[rule.measure.what])),
            _cost_usd_per_year(rule.measure, catalogue[rule.measure.what]),
        )
        for rule in rules
        if rule.measure.amount != 0
    ]
    return Policy(name, title, description, tuple(settings), tuple(costs), tuple(adaptive))


def _cost_usd_per_year(measure: Measure, entry: CatalogueEntry) -> float:
    """Return the running cost of a measure at full strength; shocks have none."""
    return abs(measure.amount) * entry.cost_usd_per_unit_year if isinstance(entry, Intervention) else 0.0


def combine(policies: Iterable[Policy], name: str, title: str) -> Policy:
    """Merge policies into one (such as a package and the shocks under which it is tested)."""
    members = list(policies)
    return Policy(
        name,
        title,
        " ".join(p.description for p in members),
        tuple(s for p in members for s in p.settings),
        tuple(c for p in members for c in p.costs),
        tuple(a for p in members for a in p.adaptive),
    )
