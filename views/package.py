"""A package of measures as people build it: a ready policy or nothing to start from, and the measures they change."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import yaml

from corridor.experiments.runs.store import fingerprint
from corridor.model.corridor import Corridor
from corridor.model.errors import InvalidInput
from corridor.model.policies import Intervention, Measure, Policy
from corridor.scenarios import available, interventions, load, make_policy, policy_file
from corridor.scenarios.catalogue import PolicyFile

BASELINE = "baseline"
OWN = "own"
RAMP_WEEKS = 52.0
NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?")
WHOLE = re.compile(r"[0-9]{1,4}")
OWN_DESCRIPTION = "Built from the catalogue of measures, everywhere in the corridor, moved in within a year."
CHANGED_DESCRIPTION = (
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

    Raises
    ------
    InvalidInput
        If the corridor does not know the policy or an intervention, or an amount is out of range.
    """

    corridor: str
    base: str = OWN
    changes: tuple[tuple[str, float], ...] = ()

    def __post_init__(self) -> None:
        ready, known = [OWN, *packages_for(self.corridor)], measures_for(self.corridor)
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
        if not self.amounts and not self.file.rules:
            raise InvalidInput("package", "measures", "none", "at least one measure")

    @classmethod
    def of_text(cls, corridor: str, text: str) -> Package:
        """Read a package as `text` writes it."""
        base, *changes = text.split("~")
        return cls(corridor, base, tuple(_change(change) for change in changes))

    @property
    def text(self) -> str:
        """The package in one word, for the address: ``rescue~search_and_rescue:4``."""
        return "~".join([self.base, *(f"{what}:{amount:g}" for what, amount in self.changes)])

    @property
    def file(self) -> PolicyFile:
        """The policy file that says the same."""
        ready = packages_for(self.corridor).get(self.base)
        changed = dict(self.changes)
        kept = [m for m in ready.measures if changed.get(m.what, m.amount) != 0] if ready else []
        measures = [m.model_copy(update={"amount": changed.get(m.what, m.amount)}) for m in kept]
        there = {m.what for m in measures}
        known = measures_for(self.corridor)
        measures += [_measure(known[what], amount) for what, amount in self.changes if amount and what not in there]
        return PolicyFile(
            name=self.key,
            title=self.title,
            description=self.description,
            measures=tuple(measures),
            rules=ready.rules if ready else (),
        )

    @property
    def key(self) -> str:
        """Name under which results are kept: packages that do the same have the same."""
        return f"{self.base}-{fingerprint(self.changes)}" if self.changes else self.base

    @property
    def title(self) -> str:
        """Name shown to people."""
        if self.base == OWN:
            return _shortened(self._changed) or "Own package"
        title = packages_for(self.corridor)[self.base].title
        return f"{title}, changed: {_shortened(self._changed)}" if self.changes else title

    @property
    def description(self) -> str:
        """What it is, in sentences; of a changed ready package the changes."""
        if self.base == OWN:
            return OWN_DESCRIPTION
        ready = packages_for(self.corridor)[self.base]
        if not self.changes:
            return ready.description
        return f"{ready.title}, changed: {'; '.join(self._changed)}. {CHANGED_DESCRIPTION}"

    @property
    def _changed(self) -> list[str]:
        """The changes in words."""
        known = measures_for(self.corridor)
        return [
            f"{known[what].title} ({amount:g})" if amount else f"without {known[what].title}"
            for what, amount in self.changes
        ]

    @property
    def amounts(self) -> dict[str, float]:
        """Interventions that it contains, with their amounts."""
        return {measure.what: measure.amount for measure in reversed(self.file.measures)}

    @property
    def policy(self) -> Policy:
        """The package as the model takes it."""
        file = self.file
        return make_policy(file.name, file.title, file.description, file.measures, file.rules)


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
    what, _, amount = text.partition(":")
    return what, number("package", f"amount of {what}", amount)


def _shortened(names: list[str]) -> str:
    return "".join(names) if len(names) < 2 else f"{names[0]} and {len(names) - 1} more"
