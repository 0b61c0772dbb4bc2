"""Runs of a displacement case, with one or several seeds, and their main figures."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import xarray as xr

from corridor.displacement.engine.case import Case
from corridor.displacement.engine.dataset import to_dataset
from corridor.displacement.engine.parameters import PRESETS, Behaviour, FleeRule
from corridor.displacement.engine.score import ard, null_models, scores
from corridor.displacement.engine.simulation import Displacement
from corridor.displacement.values import fitted
from corridor.model.errors import InvalidInput

CAPACITY_NOTE = (
    "many camp capacities were recorded after the fact and leak the answer; "
    "columns without capacity show the accuracy without them"
)


OWN = "case"
"""Preset with a case's own settings of Flee's rule."""


@dataclass(frozen=True)
class Options:
    """Options of a run of a case.

    Attributes
    ----------
    rule : {"corridor", "flee"}
    preset : str
        Of Flee's rule.
    strict : bool
        Read the files by their intent (True) or to the letter.
    use_capacity : bool
    forced_roads : {"off", "choice", "immediate"}
    persons_per_agent, seed, threads : int
    parameters : mapping of str to float
        Values of Corridor's rule other than the fitted ones.
    """

    rule: str = "corridor"
    preset: str = "modern125"
    strict: bool = True
    use_capacity: bool = True
    forced_roads: str = "off"
    persons_per_agent: int = 1
    seed: int = 0
    threads: int = 1
    parameters: Mapping[str, float] = dataclasses.field(default_factory=dict)

    def behaviour(
        self, point: Mapping[str, float] | None = None, own_rule: FleeRule | None = None
    ) -> Behaviour | FleeRule:
        """Return the rule, with fitted values if given, or with a case's own settings of Flee's rule.

        Raises
        ------
        InvalidInput
            If the rule, its preset or a parameter is unknown.
        """
        if self.rule == "flee":
            presets = PRESETS if own_rule is None else {**PRESETS, OWN: own_rule}
            if self.preset not in presets:
                without = "" if own_rule else f"; {OWN} needs the case's own simsetting.yml"
                raise InvalidInput("run", "scenario.preset", self.preset, ", ".join(presets) + without)
            return presets[self.preset]
        if self.rule != "corridor":
            raise InvalidInput("run", "scenario.rule", self.rule, "corridor, flee")
        return Behaviour({**(fitted() if point is None else point), **self.parameters})


def simulate(case: Case, options: Options, point: Mapping[str, float] | None = None) -> xr.Dataset:
    """Run a case once and return its results.

    Parameters
    ----------
    case : Case
    options : Options
    point : mapping of str to float, optional
        Values of Corridor's rule; default: those fitted without the case's conflict.
    """
    capacities = options.use_capacity and case.knows_capacities
    point = fitted(case.name, capacities=capacities) if point is None else point
    behaviour = options.behaviour(point, case.own_rule)
    run = Displacement(
        case, behaviour, seed=options.seed, persons_per_agent=options.persons_per_agent, threads=options.threads,
        use_capacity=options.use_capacity, forced_roads=options.forced_roads,
    )  # fmt: skip
    return to_dataset(run.run(), behaviour)


def summary(case: Case, ds: xr.Dataset) -> dict[str, Any]:
    """Return the figures of one run, ready for JSON: attributes, scores, null models, and camps on the last day."""
    simulated, observed = ds["simulated"].to_numpy().astype(float), ds["observed"].to_numpy().astype(float)
    last = zip(ds["camp"].to_numpy(), simulated[-1], observed[-1], strict=True)
    return {
        **ds.attrs,
        **scores(simulated, observed),
        "null": {name: ard(null, observed) for name, null in null_models(case, observed).items()},
        "camps": {str(camp): [int(ours), int(seen)] for camp, ours, seen in last},
        "outside": int(ds["displaced"][-1] - simulated[-1].sum()),
        "note": CAPACITY_NOTE,
    }


def replicate(case: Case, options: Options, replicates: int, points: Sequence[Mapping[str, float]]) -> xr.DataArray:
    """Return simulated camp counts of several runs, each with its own seed and the next of the plausible points."""
    out = []
    for number in range(replicates):
        one = dataclasses.replace(options, seed=options.seed + number)
        point = points[number % len(points)] if points and options.rule == "corridor" else None
        out.append(simulate(case, one, point)["simulated"])
    return xr.concat(out, "replicate")
