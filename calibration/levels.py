"""Levels: origin effects and constants of embarkations, brought to observed totals by damped fixed-point steps.

Given the behavioural parameters, there is a value of each of these that reproduces the observed totals by origin and
embarkation. Each step multiplies an origin effect by, and adds to the constant of an embarkation, a part of the log
ratio of observed to simulated persons. Origin effects determine the number of people and constants their routes: where
embarkations are observed, constants have a mean of zero, weighted by persons.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from corridor.calibration.targets import FLOOR, PART
from corridor.model.corridor import Corridor
from corridor.scenarios.posterior import CONSTANT, ONWARD, ORIGIN

MOST = 1.5
"""Maximum step, log points or utils."""
FURTHEST = 8.0
"""Maximum distance of an origin effect from none, log points."""
FURTHEST_CONSTANT = 4.0
"""Maximum distance of a constant from their mean, utils. Beyond it, constants and origin effects meet the same totals
by each other: Tunisians flew to Serbia because their own coast was as good as closed to them (docs/decisions.md)."""
Targets = dict[str, list[tuple[str, str, int]]]


class Levels:
    """Steps towards observed totals.

    Parameters
    ----------
    corridor : Corridor
    wanted : DataFrame
        From `targets.targets`, with observations.
    """

    def __init__(self, corridor: Corridor, wanted: pd.DataFrame) -> None:
        self._observed = wanted["observed"]
        keys = list(wanted.index)
        # What tells most of how many leave an origin: who left, else who came in, else who claimed asylum.
        self._origins: dict[str, list[tuple[str, str, int]]] = {}
        for name in corridor.communities.names:
            told = ([key for key in keys if key[:2] == (what, name)] for what in ("left_home", "entries", "claims"))
            self._origins[name] = next((own for own in told if own), [])
        # A record that no route lists says how many came at most.
        most = set(wanted.index[wanted["at_most"].astype(bool)])
        self._at_most = {name for name, own in self._origins.items() if own and own[0] in most}
        # Where both are told, who came in tells how many go on from where they live.
        self._onward = {
            name: ("entries", name, 0)
            for name, own in self._origins.items()
            if own and own[0][0] == "left_home" and ("entries", name, 0) in keys
        }
        self._embarkations = self._by_embarkation(corridor, wanted)

    def _by_embarkation(self, corridor: Corridor, wanted: pd.DataFrame) -> Targets:
        """Return the targets of each embarkation: the most specific ones of a year, or the detections of its route."""
        shares = wanted[wanted.index.get_level_values("quantity") == "embarked_share"]
        found: Targets = {}
        for leg, group in zip(corridor.legs, corridor.leg_embarkation, strict=True):
            if not group:
                continue
            holding = shares[[leg.leg in at.split(";") for at in shares["at"]]]
            if len(holding):
                width = holding["at"].str.len()
                narrowest = width.groupby(level="year").transform("min")
                found[group] = list(holding.index[width == narrowest])
            else:
                found[group] = [key for key in wanted.index if key[:2] == ("detections", leg.route)]
        return {group: keys for group, keys in found.items() if keys}

    def start(self, corridor: Corridor) -> dict[str, float]:
        """Return the initial levels of a corridor."""
        origins = {f"{ORIGIN}{row.community}": row.departure_factor for row in corridor.communities}
        legs = zip(corridor.legs, corridor.leg_embarkation, strict=True)
        origins |= {f"{ONWARD}{name}": corridor.communities[name].onward_factor for name in self._onward}
        return origins | {
            f"{CONSTANT}{group}": leg.utility_constant for leg, group in legs if group in self._embarkations
        }

    def step(
        self, levels: Mapping[str, float], simulated: pd.Series, persons_per_agent: float, share: float
    ) -> dict[str, float]:
        """Return levels after a damped step given by the log ratios.

        Parameters
        ----------
        levels : mapping of str to float
            By the names of `corridor.scenarios.posterior.settle`.
        simulated : Series
            What a run at these levels has for each target (`targets.simulated`).
        persons_per_agent : float
            Floor of counts, where it is above their own.
        share : float
            0 to 1.
        """
        new = dict(levels)
        moved = {}
        for name, own in self._origins.items():
            if own:
                gap = self._gap(own, simulated, max(FLOOR[own[0][0]], persons_per_agent))
                moved[name] = float(np.log(levels[f"{ORIGIN}{name}"])) + _limited(share * gap)
        others = float(np.mean([effect for name, effect in moved.items() if name not in self._at_most]))
        moved |= {name: min(moved[name], others) for name in moved.keys() & self._at_most}
        for name in self._origins:
            effect = moved.get(name, others)
            new[f"{ORIGIN}{name}"] = float(np.exp(np.clip(effect, -FURTHEST, FURTHEST)))
        for name, key in self._onward.items():
            # What moves departures moves going on as well: only the rest is left.
            gap = self._gap([key], simulated, max(FLOOR["entries"], persons_per_agent))
            moves = _limited(share * gap) - np.log(new[f"{ORIGIN}{name}"] / levels[f"{ORIGIN}{name}"])
            onward = float(np.log(levels[f"{ONWARD}{name}"])) + moves
            new[f"{ONWARD}{name}"] = float(np.exp(np.clip(onward, -FURTHEST, FURTHEST)))
        return new | self._constants(levels, simulated, max(FLOOR["detections"], persons_per_agent), share)

    def _constants(
        self, levels: Mapping[str, float], simulated: pd.Series, floor: float, share: float
    ) -> dict[str, float]:
        constants = {
            group: levels[f"{CONSTANT}{group}"] + _limited(share * self._gap(keys, simulated, floor))
            for group, keys in self._embarkations.items()
        }
        ways = {group: keys for group, keys in self._embarkations.items() if keys[0][0] == "embarked_share"}
        weights = [self._persons(self._observed, keys).sum() for keys in ways.values()]
        mean = np.average([constants[group] for group in ways], weights=weights) if ways else 0.0
        return {
            f"{CONSTANT}{group}": float(np.clip(value - mean, -FURTHEST_CONSTANT, FURTHEST_CONSTANT))
            for group, value in constants.items()
        }

    def _gap(self, keys: list[tuple[str, str, int]], simulated: pd.Series, floor: float) -> float:
        """Return the log of observed over simulated persons, mean over the targets."""
        seen, had = (self._persons(values, keys) for values in (self._observed, simulated))
        return float(np.mean(np.log((seen + floor) / (had + floor))))

    @staticmethod
    def _persons(values: pd.Series, keys: list[tuple[str, str, int]]) -> np.ndarray:
        """Return targets as persons: shares of a route times its detections."""
        persons = []
        for quantity, unit, year in keys:
            value = np.nan_to_num(float(values[quantity, unit, year]))
            if quantity == "embarked_share":
                value *= float(values["detections", unit.split(PART)[0], year])
            persons.append(value)
        return np.array(persons)


def _limited(step: float) -> float:
    return float(np.clip(step, -MOST, MOST))
