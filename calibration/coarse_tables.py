"""Results of the coarse fit: compared with simple rules, and written into a scenario's tables."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from corridor.calibration.priors import ends, score, units
from corridor.calibration.targets import FIRST_YEAR, FLOOR, LAST_YEAR
from corridor.model.errors import InvalidInput
from corridor.model.parameters import REGISTRY
from corridor.scenarios import load
from corridor.scenarios.posterior import CONSTANT, ONWARD, ORIGIN
from corridor.scenarios.reader import scenario_directory

NEAR_END = 0.03
"""Probability beyond a value below which the value counts as near an end of its range."""
FAR = 1.0
"""Distance from the default, standard deviations of the prior, at which a value counts as far."""
OWN_DIGITS = 3
FITTED = "fitted.yaml"
"""File of a scenario that names the years its point values were fitted to."""


@dataclass(frozen=True)
class PointFit:
    """A point fit: values of parameters and levels, and their residuals.

    Attributes
    ----------
    parameters : mapping of str to float
        Values that were searched; empty where those of the scenario were kept.
    levels : mapping of str to float
        By the names of `corridor.scenarios.posterior.settle`.
    run : Series
        What the last run with them has for each target.
    losses : Series
        Mean squared error in error scales by kind of target.
    how : str
        How they were found, for people.
    """

    parameters: Mapping[str, float]
    levels: Mapping[str, float]
    run: pd.Series
    losses: pd.Series
    how: str

    @property
    def loss(self) -> float:
        """Mean loss over kinds of target."""
        return float(self.losses.mean())


def report(found: PointFit, wanted: pd.DataFrame) -> str:
    """Return a report: residuals of the fitted values and of simple rules, and warnings."""
    lines = [
        f"loss {found.loss:.3f} ({found.how}); by kind:",
        *(f"  {kind:20} {value:8.2f}" for kind, value in found.losses.items()),
        "detections by route and year, root mean square of the log error as a factor:",
        *(f"  {name:20} {factor:8.2f}" for name, factor in factors(found.run, wanted).items()),
    ]
    for name, value in found.parameters.items():
        row, mark = REGISTRY[name], _mark(float(units({name: value}, [name])[0]))
        lines.append(f"  {name:24} {value:10.4g}  [{row.low:g} to {row.high:g}], default {row.default:g}{mark}")
    for name, value in found.levels.items():
        low, high = ends(name)
        if not low < value < high:
            lines.append(f"  {name:32} {value:10.3g}  beyond {low:.3g} to {high:.3g}: a finding, not a value")
    return "\n".join(lines)


def score_of_run(found: pd.Series, wanted: pd.DataFrame, without: Sequence[int] = ()) -> str:
    """Compare a run with observations: error factors of counts and of simple rules, and shares one by one.

    Years that were not fitted (``without``) are reported separately, with the constant of the other years.
    """
    lines = ["root mean square of the log error as a factor; detections by route and year:"]
    lines += [f"  {name:24} {factor:8.2f}" for name, factor in factors(found, wanted).items()]
    if len(without):
        years = ", ".join(str(year) for year in without)
        lines.append(f"the same in the years that were not fitted ({years}):")
        lines += [f"  {name:24} {factor:8.2f}" for name, factor in factors(found, wanted, without).items()]
    kinds = wanted.index.get_level_values("quantity")
    lines.append("other quantities, beside one constant a unit and last year kept:")
    for kind in ("entries", "claims", "claim_years", "deaths", "attempts"):
        own = kinds == kind
        if own.any():
            by_year = wanted.index[own].get_level_values("year").nunique() > 1
            rules = list(factors(found, wanted, kind=kind).values())[1:3] if by_year else []
            lines.append(f"  {kind:24} {off(found, wanted, kind):8.2f}" + "".join(f"{rule:8.2f}" for rule in rules))
    shares = wanted[kinds.isin(["embarked_share", "stopped_share"])].assign(simulated=found)
    return "\n".join([*lines, shares[["observed", "simulated"]].round(2).to_string()])


def claims_off(found: pd.Series, wanted: pd.DataFrame) -> dict[str, float]:
    """Return the errors of claims by citizenship, over all years and by year, under their names on the scorecard."""
    by_year = factors(found, wanted, kind="claim_years")
    return {
        "mechanisms": off(found, wanted, "claims"),
        "by_year": by_year["simulated"],
        "by_year_constant": by_year["one constant each"],
        "by_year_last_year": by_year["last year kept"],
    }


def off(found: pd.Series, wanted: pd.DataFrame, kind: str) -> float:
    """Return the root mean square log error of one kind of target, as a factor."""
    own = wanted.index.get_level_values("quantity") == kind
    logs = (np.log(values[own].to_numpy(float) + FLOOR[kind]) for values in (found, wanted["observed"]))
    return _factor(pd.DataFrame(np.subtract(*logs)))


def _mark(share: float) -> str:
    if min(share, 1 - share) < NEAR_END:
        return "  AT AN END OF ITS RANGE: a finding, not a value"
    return "  far from its default" if abs(score(share)) > FAR else ""


def factors(
    found: pd.Series, wanted: pd.DataFrame, years: Sequence[int] = (), kind: str = "detections"
) -> dict[str, float]:
    """Return the errors of a run, of a constant per route and of last year's value on detections by route and year.

    With ``years``, errors are those in these years, and the constant is that of the others. Another ``kind`` has its
    own units.
    """
    own = wanted.index.get_level_values("quantity") == kind
    floor = FLOOR[kind]
    logs, run = (_logs(values[own].droplevel("quantity") + floor) for values in (wanted["observed"], found))
    told = list(years) or logs.columns
    constant = logs.drop(columns=list(years)).mean(axis=1)
    error = (run - logs)[told]
    return {
        "simulated": _factor(error),
        "one constant each": _factor(logs[told].sub(constant, axis=0)),
        "last year kept": _factor(logs.diff(axis=1)[told]),
        **{f"  {route}": _factor(error.loc[[route]]) for route in logs.index},
    }


def _logs(values: pd.Series) -> pd.DataFrame:
    """Return logs by unit (rows) and year (columns)."""
    return pd.DataFrame(np.log(values)).iloc[:, 0].unstack()


def _factor(errors: pd.DataFrame) -> float:
    return float(np.exp(np.sqrt(np.nanmean(errors.to_numpy(float) ** 2))))


def published_values(scenario: str) -> dict[str, float]:
    """Return the values that an earlier fit wrote into a scenario."""
    return {row.parameter: row.value for row in load(scenario).parameters if row.obtained == "calibrated"}


def earlier_defaults(scenario: str) -> dict[str, float]:
    """Return the defaults of values set by an earlier fit of a scenario, so that a fit does not depend on the last."""
    return {name: REGISTRY[name].default for name in published_values(scenario)}


def years_not_fitted(scenario: str) -> tuple[int, ...]:
    """Return the calibration years that no published point value of a scenario has seen, from ``fitted.yaml``.

    Raises
    ------
    InvalidInput
        If no fit has been published.
    """
    file = scenario_directory(scenario) / FITTED
    if not file.is_file():
        raise InvalidInput(scenario, FITTED, "missing", "a scenario with a published point fit")
    seen = {year for fit in yaml.safe_load(file.read_text(encoding="utf-8")).values() for year in fit["years"]}
    return tuple(year for year in range(FIRST_YEAR, LAST_YEAR + 1) if year not in seen)


def publish(found: PointFit, scenario: str, years: Sequence[int]) -> None:
    """Write the fitted values into ``parameters.csv``, ``communities.csv`` and ``legs.csv`` of a scenario.

    ``fitted.yaml`` names the years that parameters and levels were fitted to. Values that an earlier fit set and this
    one did not search return to their defaults, as in the search; if nothing was searched, parameters do not change.
    """
    folder, levels = scenario_directory(scenario), found.levels
    note = (
        f"coarse point fit to {', '.join(map(str, years))}; {found.how}, loss {found.loss:.2f} "
        "(calibration/coarse.py); no uncertainty"
    )
    corridor = load(scenario)
    if found.parameters:
        _write_parameters(folder / "parameters.csv", found.parameters, note)
    _tell_years(folder / FITTED, found, years)
    effects = {row.community: levels[f"{ORIGIN}{row.community}"] for row in corridor.communities}
    _set_column(folder / "communities.csv", "departure_factor", lambda row: effects[row["community"]])
    onward = {row.community: levels.get(f"{ONWARD}{row.community}", 1.0) for row in corridor.communities}
    _set_column(folder / "communities.csv", "onward_factor", lambda row: onward[row["community"]])
    group = dict(zip(corridor.legs.names, corridor.leg_embarkation, strict=True))
    _set_column(
        folder / "legs.csv",
        "utility_constant",
        # Legs without a route are in no target: what they have is theirs.
        lambda row: levels.get(
            f"{CONSTANT}{group[row['leg']]}", 0.0 if group[row["leg"]] else float(row["utility_constant"])
        ),
    )


def _tell_years(file: Path, found: PointFit, years: Sequence[int]) -> None:
    told = yaml.safe_load(file.read_text(encoding="utf-8")) if file.is_file() else {}
    for part in ["parameters", "levels"] if found.parameters else ["levels"]:
        told[part] = {"years": list(years), "how": found.how, "loss": round(found.loss, 3)}
    text = yaml.safe_dump(told, sort_keys=False, allow_unicode=True)
    file.write_text(text, encoding="utf-8")


def _write_parameters(file: Path, point: Mapping[str, float], note: str) -> None:
    header = ["parameter", "value", "obtained", "source"]
    rows = [row for row in _read(file)[1] if row["obtained"] != "calibrated"] if file.exists() else []
    rows = [row for row in rows if row["parameter"] not in point]
    rows += [
        {"parameter": name, "value": _text(value), "obtained": "calibrated", "source": note}
        for name, value in point.items()
    ]
    _save(file, header, rows)


def _set_column(file: Path, column: str, value_of: Callable[[dict[str, str]], float]) -> None:
    """Set a column of a table, inserting a new one before ``source``; the rest does not change."""
    header, rows = _read(file)
    if column not in header:
        header.insert(header.index("source"), column)
    for row in rows:
        row[column] = _text(value_of(row))
    _save(file, header, rows)


def _read(file: Path) -> tuple[list[str], list[dict[str, str]]]:
    with file.open(encoding="utf-8", newline="") as stream:
        table = csv.DictReader(stream)
        return list(table.fieldnames or ()), list(table)


def _save(file: Path, header: list[str], rows: list[dict[str, str]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as stream:
        table = csv.DictWriter(stream, header, lineterminator="\n")
        table.writeheader()
        table.writerows(rows)


def _text(value: float) -> str:
    return f"{value:.{OWN_DIGITS}g}"
