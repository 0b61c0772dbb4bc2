"""The world of a simulation: places, legs, communities of origin, actors, series and dated events.

A `Corridor` is immutable and validated when it is built. Each table is a tuple of typed rows; processes read its
columns as NumPy arrays through `Table.column`. The row classes below are also the documentation of the CSV columns of
a scenario directory (``docs/scenario_format.md`` is generated from them).
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Any, Generic, Literal, TypeVar, get_args, get_origin

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from model.errors import InvalidInput
from model.levers import LEVERS, Change
from model.parameters import Parameters

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
NonNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Key = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=60)]
Day = Annotated[dt.date, Field(ge=dt.date(1900, 1, 1), le=dt.date(2200, 1, 1))]
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
    role: Literal["home", "hub", "destination"] = Field(description="people may settle only at a destination")
    latitude: float = Field(ge=-90, le=90, allow_inf_nan=False, description="degrees north")
    longitude: float = Field(ge=-180, le=180, allow_inf_nan=False, description="degrees east")
    languages: Words = Field(default=(), description="lingua francas, separated by ;")
    exploitation_per_year: NonNegative = Field(
        default=0.0, description="hazard that a person here without status is exploited, before personal multipliers"
    )
    exploitable_jobs: NonNegative = Field(
        default=0.0, description="persons whom employers here would take on in exploitative conditions"
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
    distance_km: NonNegative = Field(description="length")
    days: NonNegative = Field(description="days under way")
    fee_usd: NonNegative = Field(description="reference fee (market) or travel cost, per person")
    interception_risk: Share = Field(default=0.0, description="per attempt, at the agency's baseline patrols")
    distress_risk: Share = Field(default=0.0, description="per attempt, fatal unless rescued; calm season, design load")
    exploitation_risk: Share = Field(default=0.0, description="per passage, held for ransom or forced labour")
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
    potential_migrants: NonNegative = Field(description="persons who might ever take these routes (the pool)")
    female_share: Share = Field(default=0.3, description="women and girls among them")
    child_share: Share = Field(default=0.2, description="under 18")
    young_share: Share = Field(default=0.5, description="18 to 29 years")
    schooling_share: Share = Field(default=0.5, description="with secondary schooling")
    source: str = Field(default="assumed", description="where the row's figures come from")


class Observation(Row):
    """One value of a series: the exogenous drivers of an entity at a date."""

    entity: Key = Field(description="community or place")
    variable: Literal[
        "population", "income_usd", "instability", "displaced_share", "unemployment_pct", "climate_stress"
    ] = Field(description="see docs/scenario_format.md for units")
    date: Day = Field(description="date for which the value holds; linear in between, constant beyond the ends")
    value: float = Field(allow_inf_nan=False, description="in the unit of the variable")


class Tie(Row):
    """Compatriots who live at a destination."""

    community: Key = Field(description="community")
    destination: Key = Field(description="place")
    date: Day = Field(description="date of the stock; linear in between, constant beyond the ends")
    stock: NonNegative = Field(description="persons of this origin living there")


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
    push_back: Share = Field(default=0.0, description="of those intercepted: put back where the leg began")
    detain: Share = Field(default=0.0, description="of those intercepted: detained")
    returned: Share = Field(default=0.0, description="of those intercepted: returned to their country of origin")
    release: Share = Field(default=1.0, description="of those intercepted: released (the four shares add up to 1)")
    detention_days: NonNegative = Field(default=30.0, description="mean length of detention")
    unit_cost_usd_per_year: NonNegative = Field(default=70000.0, description="of one patrol unit")
    source: str = Field(default="assumed", description="where the row's figures come from")


class RescueOperator(Row):
    """A state or a non-governmental organisation that rescues people in distress."""

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


class Pathway(Row):
    """A legal way to move."""

    pathway: Key = Field(description="key")
    label: str = Field(description="name shown to people")
    community: str = Field(description="community, or all")
    destination: Key = Field(description="place")
    kind: Literal["work", "family", "humanitarian", "study", "resettlement"] = Field(description="ground of admission")
    places_per_year: NonNegative = Field(description="quota, persons")
    eligible_share: Share = Field(description="share of the community that is eligible")
    delay_weeks: NonNegative = Field(default=26.0, description="from admission to travel")
    cost_usd: NonNegative = Field(default=500.0, description="paid by the migrant")
    source: str = Field(default="assumed", description="where the row's figures come from")


class Cooperation(Row):
    """How closely two agencies work together."""

    agency: Key = Field(description="agency")
    partner: Key = Field(description="another agency")
    level: Share = Field(description="0: none; 1: they act as one")


class ParameterValue(Row):
    """A behavioural parameter that has another value in this corridor than in the registry."""

    parameter: Key = Field(description="name in the registry (corridor list parameters)")
    value: float = Field(allow_inf_nan=False, description="in the registry's unit and range")
    obtained: Literal["measured", "estimated", "calibrated", "assumed"] = Field(
        description="how the value was obtained"
    )
    source: str = Field(description="where the value comes from, or how it was fitted")


class Event(Row):
    """A dated change of the world: what was done, in terms of levers."""

    event: Key = Field(description="key")
    name: str = Field(description="name shown to people")
    date: Day = Field(description="first day")
    until: Day | None = Field(default=None, description="day on which it is over; blank: it stays")
    changes: tuple[Change, ...] = Field(description="what was done, as changes of levers")
    source: str = Field(description="where it is documented")
    note: str = Field(default="", description="anything else worth knowing")


RowT = TypeVar("RowT", bound=Row)
ModelT = TypeVar("ModelT", bound=BaseModel)


class Table(Generic[RowT]):
    """Rows of one kind, readable by row, by key and by column.

    Parameters
    ----------
    rows : iterable of RowT
    key : str, optional
        Field that names a row; its values must be unique.
    name : str
        Name of the table in messages, e.g. ``"places.csv"``.
    lines : sequence of int, optional
        Line of its file on which each row stands, for messages.
    """

    def __init__(
        self, name: str, rows: Iterable[RowT], key: str | None = None, lines: Sequence[int] | None = None
    ) -> None:
        self.name, self.rows, self.key, self.lines = name, tuple(rows), key, lines
        self.index: dict[str, int] = {}
        self._columns: dict[str, NDArray[Any]] = {}
        if key is not None:
            for position, row in enumerate(self.rows):
                value = getattr(row, key)
                if value in self.index:
                    raise InvalidInput(self.where(position), key, value, "a name that no other row has")
                self.index[value] = position

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[RowT]:
        return iter(self.rows)

    def __getitem__(self, key: str) -> RowT:
        return self.rows[self.index[key]]

    def where(self, position: int) -> str:
        """Say where a row stands, e.g. ``"legs.csv, line 4"``."""
        return f"{self.name}, {f'line {self.lines[position]}' if self.lines else f'row {position + 1}'}"

    @property
    def names(self) -> list[str]:
        """Keys in row order."""
        return list(self.index)

    def column(self, name: str) -> NDArray[Any]:
        """Return one field of every row as a read-only array, shape (n_rows,)."""
        if name not in self._columns:
            values = np.array([getattr(row, name) for row in self.rows])
            values.flags.writeable = False
            self._columns[name] = values
        return self._columns[name]

    def options(self, name: str) -> set[str]:
        """Return the values that a text column can take: those of its type if it lists them, else those in use."""
        field_info = type(self.rows[0]).model_fields.get(name) if self.rows else None
        if field_info is None:
            return set()
        if get_origin(field_info.annotation) is Literal:
            return set(get_args(field_info.annotation))
        return {str(value) for value in self.column(name)} if field_info.annotation is str else set()

    def positions(self, name: str, other: Table[Any]) -> NDArray[np.int32]:
        """Return, for each row, the row number in ``other`` that its field ``name`` refers to; -1 where blank.

        Raises
        ------
        InvalidInput
            If a name is not a key of ``other``.
        """
        found = np.full(len(self), -1, dtype=np.int32)
        for position, row in enumerate(self.rows):
            value = getattr(row, name)
            if value == "":
                continue
            if value not in other.index:
                label = type(row).model_fields[name].alias or name
                raise InvalidInput(self.where(position), label, value, f"a name in {other.name}")
            found[position] = other.index[value]
        return found


def parse_row(kind: type[ModelT], where: str, record: Mapping[str, Any]) -> ModelT:
    """Build one typed row from a mapping, with one clear error if it does not fit.

    Parameters
    ----------
    kind : type of ModelT
        Any pydantic model.
    where : str
        Where the record stands, for the message, e.g. ``"legs.csv, line 4"``.
    record : mapping
        Field name to value; strings are converted, blank strings take the default.

    Raises
    ------
    InvalidInput
        Names where, field, value and what is allowed.
    """
    given = {k: v for k, v in record.items() if not (isinstance(v, str) and v.strip() == "")}
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        value = "missing" if first["type"] == "missing" else first.get("input")
        raise InvalidInput(where, name, value, _allowed(first, kind)) from None


def parse_rows(kind: type[RowT], table: str, records: Iterable[Mapping[str, Any]]) -> list[RowT]:
    """Build typed rows from mappings, with one clear error for the first that does not fit.

    Parameters
    ----------
    kind : type of RowT
    table : str
        Name used in messages, e.g. ``"legs.csv"``.
    records : iterable of mapping
        See `parse_row`.

    Raises
    ------
    InvalidInput
        Names table, row (1 = first record), field, value and what is allowed.
    """
    return [parse_row(kind, f"{table}, row {number}", record) for number, record in enumerate(records, 1)]


def _allowed(problem: Mapping[str, Any], kind: type[BaseModel]) -> str:
    """Say in words what a pydantic error would have accepted."""
    if problem["type"] == "missing":
        return "a value (the field is required)"
    if problem["type"] == "extra_forbidden":
        names = [info.alias or name for name, info in kind.model_fields.items()]
        return f"fields {', '.join(names)}" if len(problem["loc"]) == 1 else "only the documented fields"
    if problem["type"] == "string_pattern_mismatch":
        is_country = problem["ctx"]["pattern"] == COUNTRY
        return "three capital letters" if is_country else "letters, digits, _ . and -, first a letter or digit"
    if problem["type"] == "tuple_type":
        return "a list"
    message = str(problem["msg"])
    for prefix in ("Input should be ", "Value error, ", "Input should ", "String should "):
        message = message.removeprefix(prefix)
    return message[:1].lower() + message[1:]


@dataclass(frozen=True, eq=False)
class Corridor:
    """A validated, immutable world.

    Build one with `scenarios.load`, or from rows directly.

    Raises
    ------
    InvalidInput
        If rows refer to unknown names, shares do not add up, dates are out of order, or a needed series is missing.
    """

    name: str
    title: str
    start: dt.date
    end: dt.date
    places: Table[Place]
    legs: Table[Leg]
    communities: Table[Community]
    series: Table[Observation]
    ties: Table[Tie]
    agencies: Table[Agency]
    seasons: Table[Season]
    rescue: Table[RescueOperator]
    services: Table[Service]
    pathways: Table[Pathway]
    cooperation: Table[Cooperation]
    events: tuple[Event, ...] = ()
    routes: tuple[str, ...] = ()
    step_days: int = 7
    agents: int = 50_000
    description: str = ""
    content_hash: str = ""
    parameters: Table[ParameterValue] = field(default_factory=lambda: Table("parameters.csv", (), "parameter"))

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise InvalidInput("corridor.yaml", "end", str(self.end), f"a date after start ({self.start})")
        for table in (self.places, self.legs, self.communities):
            if len(table) == 0:
                raise InvalidInput(table.name, "rows", 0, "at least one row")
        self._check_references()
        self._check_values()
        self._check_groups()
        self._check_events()
        self.parameter_values()

    def _check_references(self) -> None:
        _ = self.leg_origin, self.leg_destination, self.leg_agency, self.home
        self.ties.positions("community", self.communities)
        self.ties.positions("destination", self.places)
        self.pathways.positions("destination", self.places)
        self.cooperation.positions("agency", self.agencies)
        self.cooperation.positions("partner", self.agencies)
        seasons = {row.season for row in self.seasons}
        for position, leg in enumerate(self.legs):
            where = self.legs.where(position)
            if leg.season and leg.season not in seasons:
                raise InvalidInput(where, "season", leg.season, "a profile in seasons.csv")
            if leg.route and leg.route not in self.routes:
                allowed = f"one of the routes in corridor.yaml: {', '.join(self.routes)}"
                raise InvalidInput(where, "route", leg.route, allowed)
        for position, pathway in enumerate(self.pathways):
            if pathway.community != "all" and pathway.community not in self.communities.index:
                where, allowed = self.pathways.where(position), "all, or a name in communities.csv"
                raise InvalidInput(where, "community", pathway.community, allowed)
        for position, operator in enumerate(self.rescue):
            for leg_name in operator.legs:
                if leg_name not in self.legs.index:
                    raise InvalidInput(self.rescue.where(position), "legs", leg_name, "names in legs.csv")
        for position, row in enumerate(self.series):
            if row.entity not in self.communities.index and row.entity not in self.places.index:
                raise InvalidInput(self.series.where(position), "entity", row.entity, "a community or a place")

    def _check_values(self) -> None:
        for position, leg in enumerate(self.legs):
            if leg.origin == leg.destination:
                raise InvalidInput(self.legs.where(position), "to", leg.destination, "another place than from")
        for position, agency in enumerate(self.agencies):
            total = agency.push_back + agency.detain + agency.returned + agency.release
            if not math.isclose(total, 1.0, abs_tol=1e-6):
                shares = "push_back + detain + returned + release"
                raise InvalidInput(self.agencies.where(position), shares, round(total, 6), "exactly 1")
        if not sum(community.potential_migrants for community in self.communities) > 0:
            raise InvalidInput(self.communities.name, "sum of potential_migrants", 0, "more than 0")
        for position, community in enumerate(self.communities):
            total = community.child_share + community.young_share
            if total > 1 + 1e-9:
                where = self.communities.where(position)
                raise InvalidInput(where, "child_share + young_share", round(total, 6), "at most 1")
        with_income = {row.entity for row in self.series if row.variable == "income_usd"}
        needed = [c.community for c in self.communities] + [p.place for p in self.places if p.role == "destination"]
        for entity in needed:
            if entity not in with_income:
                raise InvalidInput("series.csv", f"income_usd of {entity}", "missing", "at least one value")

    def _check_groups(self) -> None:
        """Check what several rows say together."""
        pairs: set[frozenset[str]] = set()
        for position, link in enumerate(self.cooperation):
            pair = frozenset((link.agency, link.partner))
            if len(pair) == 1 or pair in pairs:
                where = self.cooperation.where(position)
                raise InvalidInput(where, "partner", link.partner, "another agency, each pair once")
            pairs.add(pair)
        months: dict[str, set[int]] = {}
        for row in self.seasons:
            months.setdefault(row.season, set()).add(row.month)
        for season, present in months.items():
            if len(present) != 12:
                raise InvalidInput("seasons.csv", f"months of {season}", sorted(present), "each of 1 to 12 once")

    def _check_events(self) -> None:
        seen: set[str] = set()
        for event in self.events:
            where = f"events.yaml, event {event.event}"
            if event.event in seen:
                raise InvalidInput(where, "event", event.event, "a name that no other event has")
            seen.add(event.event)
            if event.until is not None and event.until <= event.date:
                raise InvalidInput(where, "until", str(event.until), f"a date after {event.date}")
            for change in event.changes:
                self.check_targets(change.lever, change.target, where)

    def check_targets(self, lever: str, targets: Iterable[str], where: str) -> None:
        """Check that the targets of a change of a lever can be meant in this corridor (see `select`).

        Raises
        ------
        InvalidInput
        """
        for target in targets:
            try:
                self.select(LEVERS[lever].scope, target)
            except InvalidInput as error:
                raise InvalidInput(where, f"target of {lever}", target, error.allowed) from None

    def select(self, scope: str, target: str) -> NDArray[np.int32]:
        """Return the positions that a target of a lever names.

        Parameters
        ----------
        scope : str
            Scope of the lever.
        target : str
            ``all``, a key of the scope's table, or ``column:value`` for every row with that value, such as
            ``side:destination``, ``kind:work``, ``mode:sea`` or ``country:ITA``.

        Returns
        -------
        ndarray of int32
            May be empty for a group: a policy made for any corridor may name kinds that this one does not have.

        Raises
        ------
        InvalidInput
            If no row can be meant.
        """
        known = self.targets(scope)
        if target == "all":
            return np.arange(len(known), dtype=np.int32)
        if target in known:
            return np.array([known[target]], dtype=np.int32)
        column, colon, value = target.partition(":")
        if colon and scope != "world":
            table = self._tables[scope]
            options = table.options(column)
            if value in options or not len(table):
                return np.flatnonzero([getattr(row, column) == value for row in table]).astype(np.int32)
            if options:
                allowed = f"{column}: followed by one of {', '.join(sorted(options)[:60])}"
                raise InvalidInput(scope, "target", target, allowed)
        names = ", ".join(sorted(known)[:60])
        raise InvalidInput(scope, "target", target, f"all, or one of {names}, or a group such as column:value")

    def targets(self, scope: str) -> Mapping[str, int]:
        """Return name to position of everything that a lever of ``scope`` may address."""
        return {"world": 0} if scope == "world" else self._tables[scope].index

    @cached_property
    def _tables(self) -> dict[str, Table[Any]]:
        """Table of each scope of a lever."""
        return {
            "agency": self.agencies,
            "leg": self.legs,
            "place": self.places,
            "community": self.communities,
            "operator": self.rescue,
            "service": self.services,
            "pathway": self.pathways,
        }

    def parameter_values(self) -> dict[str, float]:
        """Return the corridor's own parameter values.

        Raises
        ------
        InvalidInput
            If a name is not in the registry or a value not in its range.
        """
        values = {row.parameter: row.value for row in self.parameters}
        try:
            Parameters(values)
        except InvalidInput as error:
            raise InvalidInput(
                self.parameters.where(list(values).index(error.field)), error.field, error.value, error.allowed
            ) from None
        return values

    @cached_property
    def leg_origin(self) -> NDArray[np.int32]:
        """Place number where each leg starts, shape (n_legs,)."""
        return self.legs.positions("origin", self.places)

    @cached_property
    def leg_destination(self) -> NDArray[np.int32]:
        """Place number where each leg ends, shape (n_legs,)."""
        return self.legs.positions("destination", self.places)

    @cached_property
    def leg_agency(self) -> NDArray[np.int32]:
        """Agency number that patrols each leg, -1 if none, shape (n_legs,)."""
        return self.legs.positions("agency", self.agencies)

    @cached_property
    def home(self) -> NDArray[np.int32]:
        """Place number of each community's home, shape (n_communities,)."""
        return self.communities.positions("home", self.places)

    @cached_property
    def is_destination(self) -> NDArray[np.bool_]:
        """Whether people may settle at each place, shape (n_places,)."""
        return np.asarray(self.places.column("role") == "destination")

    @cached_property
    def hosts(self) -> NDArray[np.bool_]:
        """Whether a community may settle at each place, shape (n_communities, n_places).

        People settle at places abroad whose income is known: all destinations, and hubs that have a series.
        """
        with_income = {row.entity for row in self.series if row.variable == "income_usd"}
        settles = np.array([name in with_income for name in self.places.names])
        countries = self.places.column("country")
        return settles[None, :] & (countries[None, :] != countries[self.home][:, None])

    def values(
        self, entity: str, variable: str, dates: NDArray[np.datetime64], default: float = 0.0
    ) -> NDArray[np.float64]:
        """Return a series at dates: linear between observations, constant beyond the ends.

        Parameters
        ----------
        entity, variable : str
        dates : ndarray of datetime64[D], shape (n,)
        default : float
            Value when the corridor has no such series.

        Returns
        -------
        ndarray of float, shape (n,)
        """
        known = self._series.get((entity, variable))
        if known is None:
            return np.full(len(dates), default)
        return np.asarray(np.interp(dates.astype("datetime64[D]").astype(float), *known))

    @cached_property
    def _series(self) -> dict[tuple[str, str], tuple[NDArray[np.float64], NDArray[np.float64]]]:
        grouped: dict[tuple[str, str], list[tuple[float, float]]] = {}
        for row in self.series:
            day = float(np.datetime64(row.date, "D").astype(int))
            grouped.setdefault((row.entity, row.variable), []).append((day, row.value))
        return {key: tuple(np.array(sorted(points)).T) for key, points in grouped.items()}
