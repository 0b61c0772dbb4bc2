"""The question of the Compare page: its form in the address, the runs that answer it, and its validity."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from corridor.experiments.reporting.language import _, listed
from corridor.experiments.runs.run import Job
from corridor.experiments.runs.settings import CompareSettings, Source
from corridor.experiments.runs.store import fingerprint
from corridor.experiments.runs.world import World
from corridor.model.errors import InvalidInput
from corridor.model.policies import Policy
from corridor.scenarios import available, make_policy, policy_file
from corridor.scenarios.catalogue import PolicyFile
from corridor.scenarios.posterior import has_posterior
from corridor.views.happening import Happening
from corridor.views.levels import Period
from corridor.views.package import BASELINE, Package, corridor_of
from corridor.views.workers import Order

RESULTS = Path("results/app")
MOST_PACKAGES = 4
MOST_SHOCKS = 4
REPLICATES = (5, 10, 20)  # of fewer there is no interval
# Migrant agents over what the scenario says.
SIZES = {"small": 1, "medium": 3, "large": 8}
NO_FUTURE = ""
YEARS_OF_FUTURE = 14  # the longest ramp of a bundled future
PERIOD = re.compile(r"([0-9]{4})-([0-9]{4})")


def data_years(corridor: str) -> tuple[int, int]:
    """Return the first and the last year of a corridor's data."""
    known = corridor_of(corridor)
    return known.start.year, (known.end - dt.timedelta(days=1)).year


@dataclass(frozen=True)
class Question:
    """A comparison that can be asked; everything in it is a name from the catalogue or a number in its range.

    Attributes
    ----------
    corridor : str
    first, last : int
        Years that are simulated.
    packages : tuple of Package
        What is compared with the baseline.
    shocks : tuple of Happening
        What happens in all runs, those of the baseline too.
    future : str
        How the drivers go on after the data; needed if ``last`` lies after them.
    size : {"small", "medium", "large"}
    replicates : int

    Raises
    ------
    InvalidInput
        If something in it cannot be asked.
    """

    corridor: str
    first: int
    last: int
    packages: tuple[Package, ...]
    shocks: tuple[Happening, ...] = ()
    future: str = NO_FUTURE
    size: str = "small"
    replicates: int = 10

    def __post_init__(self) -> None:
        _one_of("corridor", self.corridor, available("scenarios"))
        _one_of("future", self.future, [NO_FUTURE, *available("futures")])
        _one_of("detail", self.size, list(SIZES))
        _one_of("runs", self.replicates, list(REPLICATES))
        begin, end = data_years(self.corridor)
        latest = end + YEARS_OF_FUTURE if self.future else end
        if not begin <= self.first <= min(self.last, end) or self.last > latest:
            allowed = f"years from {begin} to {latest}, beginning at the latest in {end}"
            raise InvalidInput("comparison", "years", f"{self.first}-{self.last}", allowed)
        if self.future and self.last <= end:
            raise InvalidInput("comparison", "years", f"{self.first}-{self.last}", f"with a future, an end after {end}")
        if not 1 <= len(set(self.packages)) == len(self.packages) <= MOST_PACKAGES:
            words = " ".join(package.text for package in self.packages)
            raise InvalidInput("comparison", "packages", words, f"one to {MOST_PACKAGES} different packages")
        for since in filter(None, (package.since for package in self.packages)):
            if not self.first <= since <= self.last:
                allowed = f"a year of the comparison, {self.first} to {self.last}"
                raise InvalidInput("comparison", "first year of a package", since, allowed)
        if len(self.shocks) > MOST_SHOCKS:
            raise InvalidInput("comparison", "shocks", len(self.shocks), f"up to {MOST_SHOCKS}")
        for shock in self.shocks:
            if not self.first <= shock.year <= self.last:
                allowed = f"a year of the comparison, {self.first} to {self.last}"
                raise InvalidInput("comparison", f"year of {shock.shock}", shock.year, allowed)

    @classmethod
    def usual(cls, corridor: str = "mediterranean") -> Question:
        """Return the question offered first."""
        first, end = data_years(corridor)
        packages = tuple(Package(corridor, base) for base in ("safe_pathways", "border_enforcement"))
        return cls(corridor, first, min(first + 4, end), packages)

    @classmethod
    def from_address(cls, query: Mapping[str, str]) -> Question | None:
        """Read the question from the address of the page; None if it has none.

        Raises
        ------
        InvalidInput
            If the address was changed to something that cannot be asked.
        """
        if "corridor" not in query:
            return None
        corridor = query["corridor"]
        _one_of("corridor", corridor, available("scenarios"))
        usual = cls.usual(corridor)
        period = PERIOD.fullmatch(query.get("years", f"{usual.first}-{usual.last}"))
        if period is None:
            raise InvalidInput("comparison", "years", query["years"], "two years such as 2011-2015")
        packages, shocks = query.get("packages"), query.get("shocks", "")
        return cls(
            corridor,
            int(period[1]),
            int(period[2]),
            tuple(Package.of_text(corridor, text) for text in packages.split(",")) if packages else usual.packages,
            tuple(Happening.of_text(corridor, text) for text in shocks.split(",")) if shocks else (),
            query.get("future", NO_FUTURE),
            query.get("detail", usual.size),
            _whole("runs", query.get("runs", str(usual.replicates))),
        )

    def address(self) -> dict[str, str]:
        """Return the question as parameters of the address."""
        whole = {
            "corridor": self.corridor,
            "years": f"{self.first}-{self.last}",
            "packages": ",".join(package.text for package in self.packages),
            "shocks": ",".join(shock.text for shock in self.shocks),
            "future": self.future,
            "detail": self.size,
            "runs": str(self.replicates),
        }
        return {name: value for name, value in whole.items() if value}

    @cached_property
    def world(self) -> World:
        """Data shared by all runs."""
        known = corridor_of(self.corridor)
        start, end = max(known.start, dt.date(self.first, 1, 1)), dt.date(self.last, 12, 31)
        settings = CompareSettings(
            scenario=self.corridor,
            agents=known.agents * SIZES[self.size],
            start=str(start),
            end=str(end if self.future else min(end, known.end)),
            future=self.future or None,
            parameters_from=Source.posterior if has_posterior(self.corridor) else Source.point,
        )
        return World.of(settings)

    @cached_property
    def files(self) -> list[PolicyFile]:
        """The baseline and the packages as policy files, with the shocks that each has to stand.

        With shocks a name has a mark that tells it from the same without.
        """
        files = [policy_file(BASELINE), *(package.file for package in self.packages)]
        if not self.shocks:
            return files
        mark = fingerprint([shock.text for shock in self.shocks])[:6]
        extra = tuple(shock.measure for shock in self.shocks)
        return [
            file.model_copy(update={"name": f"{file.name}-{mark}", "measures": (*file.measures, *extra)})
            for file in files
        ]

    @cached_property
    def policies(self) -> list[Policy]:
        """The same as the model takes it, in the future that is assumed."""
        return [
            self.world.under(make_policy(file.name, file.title, file.description, file.measures, file.rules))
            for file in self.files
        ]

    @property
    def period(self) -> Period:
        """Years that are simulated."""
        return Period(self.first, self.last)

    @property
    def baseline(self) -> str:
        """Name of the policy that all others are compared with."""
        return self.policies[0].name

    @property
    def titles(self) -> dict[str, str]:
        """Policies in words that tell them apart, the baseline first."""
        return dict(zip((policy.name for policy in self.policies), self.names, strict=True))

    @property
    def names(self) -> list[str]:
        """Distinct names of the packages compared, the baseline first."""
        words = [_("Baseline"), *(package.title for package in self.packages)]
        return [f"{word} {number}" if words.count(word) > 1 else word for number, word in enumerate(words)]

    @property
    def words(self) -> str:
        """The question as a title."""
        packages = listed([package.title for package in self.packages], _("{first} or {last}"))
        return _("What if: {packages}?").format(packages=packages)

    def same_world(self, other: Question) -> bool:
        """Tell whether two questions differ at most in their packages and the number of runs."""
        ours, theirs = ((one.corridor, one.first, one.last, one.shocks, one.future, one.size) for one in (self, other))
        return ours == theirs

    def orders(self) -> list[Order]:
        """Return the runs, seed by seed, so that whole pairs come first."""
        world = self.world
        study = world.study(RESULTS)
        return [Order(Job(world, policy, seed), study) for seed in range(self.replicates) for policy in self.policies]


def persons_per_agent(corridor: str, size: str) -> float:
    """Return the number of people that a simulated migrant represents."""
    known = corridor_of(corridor)
    return float(known.communities.column("potential_migrants").sum()) / (known.agents * SIZES[size])


def _one_of(field: str, value: object, allowed: Sequence[object]) -> None:
    if value not in allowed:
        raise InvalidInput("comparison", field, value, ", ".join(str(one) for one in allowed if one != ""))


def _whole(field: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 5):
        raise InvalidInput("comparison", field, text, "a whole number")
    return int(text)
