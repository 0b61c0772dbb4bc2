"""The scorecard: measures of how close the model comes to observations, with their aims.

Each measure has a name, an aim, and the command that computes it. The latest values are in a table of the scenario,
which those commands update (`corridor.scenarios.scores.keep_scores`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from corridor.calibration.naive import NAIVE
from corridor.experiments.runs.world import model_hash
from corridor.model.errors import InvalidInput
from corridor.scenarios.reader import scenario_directory
from corridor.scenarios.scores import Score, scores, scores_of

ALLOWED = 0.05
"""Noise of a figure that was not repeated: this fraction of it, or this much of a share; assumed."""
CARDS = "scorecards"
"""Folder of a scenario with the card of each release."""
VALIDATION = "python -m docs.make_validation --observations DIR --point --pairs 8"
REANALYSIS = "python -m docs.make_reanalysis observations=DIR publish=true"
JOURNEYS = "python -m docs.make_journeys"


@dataclass(frozen=True)
class Aim:
    """A measure of the card.

    Attributes
    ----------
    figure : str
        Name; a dot parts the group from the figure.
    about : str
    low, high : float, optional
        Ends of what it must be.
    share : bool
        Told as a percentage.
    unit : str
        Told after a figure.
    """

    figure: str
    about: str
    low: float | None = None
    high: float | None = None
    share: bool = False
    unit: str = ""

    @property
    def must(self) -> str:
        """The requirement, in words."""
        low, high = (None if end is None else self.told(end) for end in (self.low, self.high))
        if low and high:
            return f"{low} to {high}"
        return f"at least {low}" if low else f"at most {high}" if high else "–"

    def told(self, value: float) -> str:
        """Return a value in words."""
        return f"{100 * value:.3g} %" if self.share else f"{value:.3g}{self.unit}"

    def short(self, value: float) -> float:
        """Return the shortfall of a value; 0 if there is none."""
        return max(0.0, (self.low or -np.inf) - value, value - (np.inf if self.high is None else self.high))

    def worse(self, value: float, before: float) -> float:
        """Return the deterioration of a value from an earlier one; 0 or less if there is none."""
        if self.low is not None and self.high is not None:
            return self.short(value) - self.short(before)
        return before - value if self.low is not None else value - before


def _covers(quantity: str, about: str) -> Aim:
    return Aim(f"coverage_90.{quantity}", f"90 % intervals of {about} cover", 0.85, 0.95, share=True)


AIMS: tuple[Aim, ...] = (
    Aim("journeys_back_share", "inland travels back to a place passed on the journey", high=0.03, share=True),
    Aim(
        "first_detection_soon", "first detection in the quarter of leaving or the next, Syrians 2015",
        low=0.6, share=True,
    ),
    Aim(
        "detections_route_year.mechanisms", "mechanisms alone: detections by route and year, 2011-2018",
        high=2.82, unit=" x",
    ),
    Aim("detections_route_month.reanalysis", "reanalysis: detections by route and month", high=1.35, unit=" x"),
    Aim(
        "detections_route_nationality_year.reanalysis", "reanalysis: detections by route, nationality and year",
        high=1.7, unit=" x",
    ),
    Aim("attempts_coast_year.reanalysis", "reanalysis: attempts by coast and year", high=1.6, unit=" x"),
    Aim("stopped_share_coast_year.reanalysis", "reanalysis: share stopped at sea, off by", high=0.15),
    Aim("claims_citizenship.mechanisms", "mechanisms alone: claims by citizenship, all years", high=2.0, unit=" x"),
    Aim("claims_citizenship.by_year", "claims by citizenship and year", high=2.3, unit=" x"),
    Aim("deaths_route_year.reanalysis", "reanalysis: recorded deaths by route and year", high=1.7, unit=" x"),
    _covers("detections_route_month", "detections by route and month"),
    _covers("detections_route_nationality_year", "detections by route, nationality and year"),
    _covers("attempts_coast_year", "attempts"),
    _covers("stopped_share_coast_year", "shares stopped"),
    _covers("deaths_route_year", "deaths"),
    Aim("natural.eu_turkey", "EU-Turkey Statement: detections with it against without", high=-0.75, share=True),
    Aim("natural.italy_libya", "Italy-Libya memorandum: detections with it against without", high=-0.45, share=True),
    Aim("natural.sign", "natural experiments: right sign", low=0.9, share=True),
    Aim("natural.median_off", "natural experiments: median change off by", high=0.6, unit=" log points"),
    Aim("forecast.over_best_rule", "forecasts of 2019-2021 over the best simple rule", high=0.85),
    Aim("forecast.worst_route", "the same on the worst route", high=1.05),
    Aim("forecast.coverage_90", "90 % intervals of forecasts cover", 0.85, 0.95, share=True),
    Aim("forecast.later", "forecasts of 2022 on over the best simple rule", high=0.95),
)  # fmt: skip
"""The aims in their order. A missing value in the table of a scenario means that nothing was measured."""
NOTES: Mapping[str, str] = {
    "natural.eu_turkey": "no event was left out of the point values: the years after it were seen",
    "natural.italy_libya": "no event was left out of the point values: the years after it were seen",
    "natural.sign": "one expected sign of 46, that of fees after the EU-Turkey Statement, was corrected from reports "
    "of prices after the simulated sign was known (calibration/natural.yaml); without it one cell fewer is right",
    "forecast.later": "needs months after those that come with the scenario: `corridor hindcast observations=DIR "
    "first_origin=2021-12-01 parameters=point`",
}
"""Remarks on a figure, or the reason why it is missing."""


def forecast_scores(figures: Mapping[str, Any]) -> Iterator[Score]:
    """Yield the figures of forecasts, from `hindcast.summary`."""
    means = figures["mean_crps"]
    found = {name: means[name] for name in means}
    found |= {
        "without_simulation": figures["without_simulation"]["mean_crps"],
        "coverage_90": figures["coverage"]["90"],
        "over_best_rule": _over_best(means),
        "worst_route": max(_over_best(part["mean_crps"]) for part in figures["by_route"].values()),
    }
    yield from _scores("forecast", found, VALIDATION)


def _over_best(means: Mapping[str, float]) -> float:
    return means["corridor"] / min(means[rule] for rule in NAIVE)


def natural_scores(cells: pd.DataFrame) -> Iterator[Score]:
    """Yield the figures of natural experiments, from `natural.natural`."""
    sized = cells[cells["inside"].notna()]
    found = {
        "sign": float(cells["right_sign"].astype(bool).mean()),
        "median_off": float((sized["median"] - sized["observed"]).abs().mean()),
    }
    for name, event, route in (
        ("eu_turkey", "eu_turkey", "Eastern Mediterranean"),
        ("italy_libya", "italy_libya_2017", "Central Mediterranean"),
    ):
        own = cells[(cells["event"] == event) & (cells["indicator"] == "detections") & (cells["at"] == route)]
        if len(own):
            found[name] = float(np.expm1(own["effect"].iloc[0]))
    yield from _scores("natural", found, VALIDATION)


def mechanism_scores(factors: Mapping[str, float], claims: Mapping[str, float]) -> Iterator[Score]:
    """Yield the figures of the model without latent series, from `coarse_tables.factors` and `coarse_tables.off`.

    Parameters
    ----------
    factors : mapping of str to float
    claims : mapping of str to float
        Of claims by citizenship: in all years (``mechanisms``), and ``by_year``.
    """
    names = {"mechanisms": "simulated", "constant": "one constant each", "last_year": "last year kept"}
    yield from _scores("detections_route_year", {name: factors[key] for name, key in names.items()}, VALIDATION)
    yield from _scores("claims_citizenship", claims, VALIDATION)


def reanalysis_scores(measures: pd.DataFrame) -> Iterator[Score]:
    """Yield the figures of a reanalysis, from `reanalysis_scores.summary`."""
    for name, row in measures.iterrows():
        methods = {str(key): float(row[key]) for key in ("reanalysis", "mechanisms", "constant", "last_year")}
        if name == "detections_route_year":  # mechanisms are told for the years of their fit, and so are rules
            methods = {"reanalysis": methods["reanalysis"]}
        yield from _scores(str(name), methods, REANALYSIS)
        yield from _scores("coverage_90", {str(name): float(row["coverage_90"])}, REANALYSIS)


def journey_scores(back: np.ndarray[Any, Any], at_once: np.ndarray[Any, Any]) -> Iterator[Score]:
    """Yield the figures of journeys, each from one value per seed."""
    for name, values in (("journeys_back_share", back), ("first_detection_soon", at_once)):
        noise = 1.645 * float(values.std(ddof=1)) / len(values) ** 0.5 if len(values) > 1 else None
        yield Score(figure=name, value=float(values.mean()), noise=noise, command=JOURNEYS, model=model_hash())


def _scores(group: str, found: Mapping[str, float], command: str) -> Iterator[Score]:
    for name, value in found.items():
        yield Score(figure=f"{group}.{name}", value=value, command=command, model=model_hash())


def card(found: Mapping[str, Score]) -> dict[str, Any]:
    """Return the figures as nested plain data, ready for JSON."""
    told: dict[str, Any] = {}
    for name, score in found.items():
        group, _, figure = name.partition(".")
        if figure:
            told.setdefault(group, {})[figure] = score.value
        else:
            told[group] = score.value
    return told


def rows(found: Mapping[str, Score]) -> list[dict[str, Any]]:
    """Return the aims, the values and whether they reach them: misses first, missing values last."""
    told = []
    for aim in AIMS:
        score = found.get(aim.figure)
        short = None if score is None else aim.short(score.value)
        told.append(
            {
                "figure": aim.figure, "about": aim.about, "must": aim.must,
                "now": "–" if score is None else aim.told(score.value),
                "reached": None if short is None else short == 0.0,
                "command": "" if score is None else score.command,
                "note": NOTES.get(aim.figure, ""),
            }
        )  # fmt: skip
    order = {False: 0, None: 1, True: 2}
    return sorted(told, key=lambda row: order[row["reached"]])


def worse(found: Mapping[str, Score], before: Mapping[str, Score]) -> list[str]:
    """Return sentences on figures that are worse than before by more than their noise, or missing."""
    said = []
    for aim in AIMS:
        old, new = before.get(aim.figure), found.get(aim.figure)
        if old is None:
            continue
        if new is None:
            said.append(f"{aim.figure}: no longer measured; {aim.told(old.value)} before")
        elif aim.worse(new.value, old.value) > _noise(aim, old, new):
            said.append(f"{aim.figure}: {aim.told(new.value)}, {aim.told(old.value)} before ({aim.about})")
    return said


def _noise(aim: Aim, *both: Score) -> float:
    measured = [score.noise for score in both if score.noise is not None]
    if len(measured) == len(both):
        return math.hypot(*measured)
    return ALLOWED if aim.share else ALLOWED * max(abs(score.value) for score in both)


def cards(scenario: str) -> dict[str, Path]:
    """Return the stored cards of a scenario by release, in the order of release numbers."""
    files = (scenario_directory(scenario) / CARDS).glob("*.csv")
    return {file.stem: file for file in sorted(files, key=lambda file: tuple(map(int, file.stem.split("."))))}


def last_card(scenario: str) -> tuple[str, dict[str, Score]] | None:
    """Return the release and the figures of the last stored card; None if there is none."""
    kept = cards(scenario)
    if not kept:
        return None
    release = list(kept)[-1]
    return release, scores(kept[release])


def published(scenario: str) -> dict[str, Score]:
    """Return the latest measurements of a scenario.

    Raises
    ------
    InvalidInput
        If there are none.
    """
    found = scores_of(scenario)
    if not found:
        raise InvalidInput(
            "scorecard", "scenario", scenario, "one with measured figures (scores.csv), or recompute=true"
        )
    return found
