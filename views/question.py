"""The question of the Compare page: what the address holds, what is run for it, and whether it makes sense."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from experiments.run import Job, World
from experiments.settings import CompareSettings
from model.corridor import Corridor
from model.errors import InvalidInput
from model.policies import Policy
from scenarios import available, load, load_policy
from views.workers import Order

RESULTS = Path("results/app")
BASELINE = "baseline"
MOST_PACKAGES = 3
REPLICATES = (2, 5, 10, 20)
# Migrant agents over what the scenario says.
SIZES = {"small": 1, "medium": 3, "large": 8}


@cache
def corridor_of(name: str) -> Corridor:
    """Return a bundled corridor."""
    return load(name)


@cache
def packages_for(name: str) -> dict[str, Policy]:
    """Return the policies that can be compared with the baseline in a corridor: those whose targets it has."""
    corridor, found = corridor_of(name), {}
    for key in available("policies"):
        policy = load_policy(key)
        try:
            for setting in policy.settings:
                corridor.check_targets(setting.lever, setting.target, key)
        except InvalidInput:
            continue
        if policy.settings:
            found[key] = policy
    return found


def most_years(name: str) -> int:
    """Return the whole years that a corridor covers."""
    corridor = corridor_of(name)
    return max(1, round((corridor.end - corridor.start).days / 365.25))


@dataclass(frozen=True)
class Question:
    """A comparison that can be asked; everything in it is a name from the catalogue or a number from a short list.

    Attributes
    ----------
    corridor : str
    years : int
        Length of the simulated period, from the corridor's first day.
    packages : tuple of str
        Policies to compare with the baseline.
    size : {"small", "medium", "large"}
    replicates : int
    """

    corridor: str = "mediterranean"
    years: int = 5
    packages: tuple[str, ...] = ("safe_pathways", "border_enforcement")
    size: str = "small"
    replicates: int = 5

    def __post_init__(self) -> None:
        _one_of("corridor", self.corridor, available("scenarios"))
        _one_of("size", self.size, list(SIZES))
        _one_of("replicates", self.replicates, list(REPLICATES))
        _one_of("years", self.years, list(range(1, most_years(self.corridor) + 1)))
        for package in self.packages:
            _one_of("packages", package, list(packages_for(self.corridor)))
        if not 1 <= len(set(self.packages)) == len(self.packages) <= MOST_PACKAGES:
            raise InvalidInput("comparison", "packages", ",".join(self.packages), "one to three different packages")

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
        default = cls()
        packages = tuple(query.get("packages", ",".join(default.packages)).split(","))
        years, replicates = query.get("years", default.years), query.get("replicates", default.replicates)
        size = query.get("size", default.size)
        return cls(query["corridor"], _whole("years", years), packages, size, _whole("replicates", replicates))

    def address(self) -> dict[str, str]:
        """Return the question as parameters of the address."""
        return {
            "corridor": self.corridor,
            "years": str(self.years),
            "packages": ",".join(self.packages),
            "size": self.size,
            "replicates": str(self.replicates),
        }

    @property
    def policies(self) -> list[Policy]:
        """The baseline and the packages."""
        return [load_policy(BASELINE), *(packages_for(self.corridor)[name] for name in self.packages)]

    @property
    def world(self) -> World:
        """What all runs share."""
        corridor = corridor_of(self.corridor)
        end = corridor.start.replace(year=corridor.start.year + self.years) - dt.timedelta(days=1)
        agents = corridor.agents * SIZES[self.size]
        return World.of(CompareSettings(scenario=self.corridor, agents=agents, end=str(min(end, corridor.end))))

    def orders(self) -> list[Order]:
        """Return the runs, seed by seed, so that whole pairs come first."""
        world = self.world
        study = world.study(RESULTS)
        return [Order(Job(world, policy, seed), study) for seed in range(self.replicates) for policy in self.policies]


def persons_per_agent(corridor: str, size: str) -> float:
    """Return how many people each simulated migrant stands for."""
    known = corridor_of(corridor)
    return float(known.communities.column("potential_migrants").sum()) / (known.agents * SIZES[size])


def _one_of(field: str, value: object, allowed: list[str] | list[int]) -> None:
    if value not in allowed:
        raise InvalidInput("comparison", field, value, ", ".join(str(one) for one in allowed))


def _whole(field: str, value: object) -> int:
    text = str(value)
    if not (text.isascii() and text.isdigit() and len(text) < 5):
        raise InvalidInput("comparison", field, text, "a whole number")
    return int(text)
