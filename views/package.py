"""A package of measures as people build it: a ready policy or nothing to start from, and the measures they change."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import yaml

from corridor.experiments.reporting.language import N_, SOURCE, _, country_words, figure, speaking
from corridor.experiments.runs.store import fingerprint
from corridor.model.corridor import Corridor
from corridor.model.errors import InvalidInput
from corridor.model.policies import AdaptiveRule, Intervention, Measure, Policy
from corridor.scenarios import available, interventions, load, make_policy, policy_file
from corridor.scenarios.catalogue import PolicyFile
from corridor.views.place import EVERYWHERE, countries_for, has_place, narrowed

BASELINE = "baseline"
OWN = "own"
IN, FROM = "in", "from"
"""Prefixes of a country and of a year in the address."""
RAMP_WEEKS = 52.0
ALIKE = 1.03
"""Ratios of amounts that round to the same factor."""
NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?")
WHOLE = re.compile(r"[0-9]{1,4}")
OWN_DESCRIPTION = N_("Built from the catalogue of measures, everywhere in the corridor, moved in within a year.")
OWN_IN_COUNTRY = N_("Built from the catalogue of measures, moved in within a year.")
CHANGED_DESCRIPTION = N_(
    "Places, dates and ramps as in the ready package; what was added acts everywhere and moves in within a year."
)


@cache
def corridor_of(name: str) -> Corridor:
    """Return a bundled corridor."""
    return load(name)


@cache
def packages_for(corridor: str) -> Mapping[str, PolicyFile]:
    """Return the ready policies that can be compared with the baseline: those whose targets the corridor has."""
    files = {name: policy_file(name) for name in available("policies")}
    return {
        name: file
        for name, file in files.items()
        if (file.measures or file.rules) and _fits(corridor, [*file.measures, *(rule.measure for rule in file.rules)])
    }


@cache
def measures_for(corridor: str) -> Mapping[str, Intervention]:
    """Return the interventions that a package in a corridor can contain."""
    return {name: known for name, known in interventions().items() if _fits(corridor, [_measure(known, known.high)])}


def _fits(corridor: str, measures: list[Measure]) -> bool:
    try:
        for setting in make_policy("trial", "trial", "trial", measures).settings:
            corridor_of(corridor).check_targets(setting.lever, setting.target, "trial")
    except InvalidInput:
        return False
    return True


def _measure(known: Intervention, amount: float) -> Measure:
    return Measure(what=known.name, amount=amount, ramp_weeks=RAMP_WEEKS)


def measure_in(corridor: str, base: str, what: str, amount: float) -> Measure:
    """Return a measure as a package has it that starts from a ready one: with that one's places, dates and ramp."""
    ready = packages_for(corridor).get(base)
    for measure in ready.measures if ready else ():
        if measure.what == what:
            return measure.model_copy(update={"amount": amount})
    return _measure(measures_for(corridor)[what], amount)


@dataclass(frozen=True)
class Package:
    """A package.

    Attributes
    ----------
    corridor : str
    base : str
        A ready policy, or ``own`` for none.
    changes : tuple of (str, float)
        Interventions whose amount is another than in the ready policy, with that amount; 0 leaves one out.
    country : str
        Where those of its measures act that have a place; blank: wherever they act in the ready policy.
    since : int, optional
        Year in which it begins; default: with the comparison.

    Raises
    ------
    InvalidInput
        If the corridor does not know the policy, an intervention or the country, or an amount is out of range.
    """

    corridor: str
    base: str = OWN
    changes: tuple[tuple[str, float], ...] = ()
    country: str = EVERYWHERE
    since: int | None = None

    def __post_init__(self) -> None:
        ready, known = [OWN, *packages_for(self.corridor)], measures_for(self.corridor)
        if self.country and self.country not in countries_for(self.corridor):
            raise InvalidInput("package", "country", self.country, ", ".join(countries_for(self.corridor)))
        if self.since is not None and not 1950 <= self.since <= 2100:
            raise InvalidInput("package", "first year", self.since, "1950 to 2100")
        changed = [what for what, _ in self.changes]
        if len(set(changed)) < len(changed):
            raise InvalidInput("package", "measures", ", ".join(changed), "each measure once")
        if self.base not in ready:
            raise InvalidInput("package", "start", self.base, ", ".join(ready))
        for what, amount in self.changes:
            if what not in known:
                raise InvalidInput("package", "measure", what, ", ".join(known))
            low, high = known[what].low, known[what].high
            if amount != 0 and not low <= amount <= high:
                raise InvalidInput("package", f"amount of {what}", amount, f"{low:g} to {high:g} ({known[what].unit})")
        if not self.file.measures and not self.file.rules:
            allowed = "at least one measure" if not self.country else "a measure of which something acts in the country"
            raise InvalidInput("package", "measures", "none", allowed)

    @classmethod
    def of_text(cls, corridor: str, text: str) -> Package:
        """Read a package as `text` writes it."""
        base, *parts = text.split("~")
        placed = dict(part.split(":", 1) for part in parts if part.startswith((f"{IN}:", f"{FROM}:")))
        changes = tuple(_change(part) for part in parts if part.partition(":")[0] not in (IN, FROM))
        since = whole("package", "first year", placed[FROM]) if FROM in placed else None
        return cls(corridor, base, changes, placed.get(IN, EVERYWHERE), since)

    @property
    def text(self) -> str:
        """The package in one word, for the address: ``rescue~search_and_rescue:4``."""
        amounts = [f"{what}:{amount:g}" for what, amount in self.changes]
        return "~".join([self.base, *amounts, *(f"{word}:{value}" for word, value in self._placed)])

    @property
    def _placed(self) -> Iterator[tuple[str, str | int]]:
        """Country and first year, as the address has them."""
        if self.country:
            yield IN, self.country
        if self.since is not None:
            yield FROM, self.since

    @property
    def file(self) -> PolicyFile:
        """The policy file that says the same, in English."""
        ready = packages_for(self.corridor).get(self.base)
        with speaking(SOURCE):
            title, description = self.title, self.description
        return PolicyFile(
            name=self.key,
            title=title,
            description=description,
            measures=tuple(filter(None, map(self._there, self._everywhere))),
            rules=tuple(self._ruled(rule) for rule in ready.rules) if ready else (),
        )

    @property
    def _everywhere(self) -> list[Measure]:
        """The measures before they are limited to a place and to years."""
        ready = packages_for(self.corridor).get(self.base)
        changed = dict(self.changes)
        kept = [m for m in ready.measures if changed.get(m.what, m.amount) != 0] if ready else []
        measures = [m.model_copy(update={"amount": changed.get(m.what, m.amount)}) for m in kept]
        there = {m.what for m in measures}
        known = measures_for(self.corridor)
        return measures + [
            _measure(known[what], amount) for what, amount in self.changes if amount and what not in there
        ]

    def _there(self, measure: Measure) -> Measure | None:
        """Return a measure where and when the package acts; one with dates of its own keeps them."""
        placed = narrowed(corridor_of(self.corridor), measure, self.country)
        if placed is None or self.since is None or placed.start is not None:
            return placed
        return placed.model_copy(update={"start": dt.date(self.since, 1, 1)})

    def _ruled(self, rule: AdaptiveRule) -> AdaptiveRule:
        """Return a rule where and when the package acts; one that has nothing to do there does nothing."""
        placed = self._there(rule.measure) or rule.measure.model_copy(update={"amount": 0.0})
        return rule.model_copy(update={"measure": placed})

    @property
    def key(self) -> str:
        """Name under which results are kept: packages that do the same have the same."""
        placed = list(self._placed)
        if not self.changes and not placed:
            return self.base
        return f"{self.base}-{fingerprint([self.changes, *placed] if placed else self.changes)}"

    @property
    def title(self) -> str:
        """Name shown to people."""
        if self.base == OWN:
            title = _shortened(self._changed) or _("Own package")
        else:
            title = _(packages_for(self.corridor)[self.base].title)
            factor = self._factor
            if factor is not None:
                title = _("{package}, amounts × {factor}").format(package=title, factor=figure(f"{factor:.2g}"))
            elif self.changes:
                title = _("{package}, changed: {changes}").format(package=title, changes=_shortened(self._changed))
        if self.country:
            title = _("{package}, in {country}").format(package=title, country=self._country)
        return _("{package}, from {year}").format(package=title, year=self.since) if self.since is not None else title

    @property
    def _factor(self) -> float | None:
        """By what all amounts of the ready package are multiplied, but for those that can grow no more; None if not."""
        ready = {measure.what: measure.amount for measure in packages_for(self.corridor)[self.base].measures}
        known, changed = measures_for(self.corridor), dict(self.changes)
        ratios = sorted(amount / ready[what] for what, amount in self.changes if ready.get(what))
        if len(ratios) < max(2, len(changed)) or ratios[0] <= 0:
            return None
        free = [amount / ready[what] for what, amount in self.changes if not _at_end(known[what], amount)]
        kept = all(_at_end(known[what], ready[what]) for what in ready if what not in changed)
        alike = bool(free) and max(free) <= min(free) * ALIKE
        return free[0] if alike and kept else None

    @property
    def _country(self) -> str:
        return country_words(self.country, countries_for(self.corridor)[self.country])

    @property
    def description(self) -> str:
        """The description in sentences; for a changed ready package, the changes."""
        return " ".join(filter(None, [self._content, self._placing]))

    @property
    def _content(self) -> str:
        if self.base == OWN:
            return _(OWN_IN_COUNTRY if self.country else OWN_DESCRIPTION)
        ready = packages_for(self.corridor)[self.base]
        if not self.changes:
            return _(ready.description)
        changed = _("{package}, changed: {changes}").format(package=_(ready.title), changes="; ".join(self._changed))
        return f"{changed}. {_(CHANGED_DESCRIPTION)}"

    @property
    def _placing(self) -> str:
        """Measures that act in the country, that cannot be limited to it, and that have no effect there."""
        said = [_("Begins in {year}.").format(year=self.since)] if self.since is not None else []
        if self.country:
            known = interventions()
            said.append(_("Acts in {country} alone.").format(country=self._country))
            there = {measure.what for measure in filter(None, map(self._there, self._everywhere))}
            whats = [measure.what for measure in self._everywhere]
            for words, found in (
                (_("Cannot be limited to a country: {measures}."), [what for what in whats if not has_place(what)]),
                (
                    _("Left out, for nothing of it acts there: {measures}."),
                    [what for what in whats if what not in there],
                ),
            ):
                if found:
                    said.append(words.format(measures=_(", ").join(_(known[what].title).lower() for what in found)))
        return " ".join(said)

    @property
    def _changed(self) -> list[str]:
        """The changes in words."""
        known = measures_for(self.corridor)
        return [
            _("{measure} ({amount})").format(measure=_(known[what].title), amount=figure(f"{amount:g}"))
            if amount
            else _("without {measure}").format(measure=_(known[what].title))
            for what, amount in self.changes
        ]

    @property
    def amounts(self) -> dict[str, float]:
        """Interventions that it contains, with their amounts."""
        return {measure.what: measure.amount for measure in reversed(self._everywhere)}

    @property
    def policy(self) -> Policy:
        """The package as the model takes it."""
        file = self.file
        return make_policy(file.name, file.title, file.description, file.measures, file.rules)


def _at_end(known: Intervention, amount: float) -> bool:
    return amount >= known.high


def changes_to(base: str, corridor: str, wanted: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
    """List the changes to a ready policy that give it the wanted amounts and nothing else.

    Parameters
    ----------
    base, corridor : str
    wanted : mapping of str to float
        Interventions and amounts.
    """
    ready = Package(corridor, base).amounts if base != OWN else {}
    left_out = {what: 0.0 for what in ready if what not in wanted}
    changed = {what: amount for what, amount in wanted.items() if ready.get(what, 0.0) != amount}
    return tuple(sorted({**left_out, **changed}.items()))


def yaml_text(file: PolicyFile) -> str:
    """Return a policy file as YAML, to run it from a shell or hand it on."""
    return yaml.safe_dump(file.model_dump(mode="json", exclude_defaults=True), sort_keys=False, allow_unicode=True)


def number(where: str, field: str, text: str) -> float:
    """Read a number that came with an address; digits and one dot, nothing else."""
    if not NUMBER.fullmatch(text):
        raise InvalidInput(where, field, text, "a number such as 2 or 0.5")
    return float(text)


def whole(where: str, field: str, text: str) -> int:
    """Read a whole number of up to four digits that came with an address."""
    if not WHOLE.fullmatch(text):
        raise InvalidInput(where, field, text, "a whole number such as 2013")
    return int(text)


def _change(text: str) -> tuple[str, float]:
    what, amount = text.partition(":")[::2]
    return what, number("package", f"amount of {what}", amount)


def _shortened(names: list[str]) -> str:
    return (
        "".join(names) if len(names) < 2 else _("{name} and {count} more").format(name=names[0], count=len(names) - 1)
    )
