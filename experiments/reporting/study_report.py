"""``corridor report``: a study as one HTML file that can be sent by mail and read offline."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml
from matplotlib.figure import Figure

from corridor.experiments.analysis.differences import paired_differences
from corridor.experiments.analysis.economics import cost_effectiveness, pareto
from corridor.experiments.analysis.groups import NEEDED, winners_and_losers
from corridor.experiments.analysis.metrics import METRICS
from corridor.experiments.analysis.observe import ERROR_TITLES, SIMULATED, errors, yearly
from corridor.experiments.analysis.robust import assess
from corridor.experiments.reporting.boundaries import boundaries
from corridor.experiments.reporting.effect_words import effect_rows
from corridor.experiments.reporting.figure import draw_map
from corridor.experiments.reporting.html import bullets, code, folded, page, paragraph, picture, section, table
from corridor.experiments.reporting.run_text import KIND_TITLES
from corridor.experiments.reporting.study_text import (
    cost_rows,
    criteria_text,
    group_rows,
    interval,
    pareto_rows,
    regret_rows,
    satisficing_rows,
)
from corridor.experiments.runs.disk import writing
from corridor.experiments.runs.tables import counted, rounded
from corridor.experiments.runs.written import keep_text
from corridor.experiments.studies.view import StudyView, view
from corridor.model.corridor import Corridor
from corridor.model.errors import InvalidInput
from corridor.scenarios import load, observed
from corridor.scenarios.validation import UNTESTED, validation

VARIABLES = (*NEEDED, *SIMULATED.values(), "passages")
NO_FORECAST = (
    "This is not a forecast. The section on validation status lists the parts of the model that were fitted to "
    "observations, and how well they did; the rest comes from studies or is assumed. Read differences between policies "
    "rather than levels, with their intervals and with care."
)
LIMITS = (
    "Aggregates only: nothing here is about real persons, and it must not be used to find, profile or stop anybody.",
    "Intervals cover luck, and what the design varied; they do not cover what the model leaves out.",
    "Ranges of uncertain factors are not probabilities: shares of futures are not chances.",
    "Statistics of detections and deaths see part of the truth; the model keeps the truth apart from what is recorded.",
    "Fewer arrivals is not a success in itself. Read deaths, exploitation and detention beside arrivals and cost.",
    "A ratio of cost to persons averted values nothing else that a policy changes.",
)


def html_report(study: str | Path, scenario: str | None = None, future: str | None = None) -> str:
    """Return the report of a study as HTML.

    Parameters
    ----------
    study : str or path
        Directory or URL; an ensemble may be growing.
    scenario, future : str, optional
        Which world of an ensemble; default: its first. Robustness is told over all.

    Raises
    ------
    InvalidInput
        If there is no study, or no run is finished.
    """
    world = view(study, scenario, future, VARIABLES)
    corridor = _corridor(world)
    return page(world.title, [part for part in _sections(world, corridor) if part])


def write_report(study: str | Path, path: str | Path) -> Path:
    """Write the report of a study to a file, or to a new name if the file is not Corridor's, and return its path."""
    text = html_report(study)
    with writing(path, "report", "path", "a file"):
        return keep_text(Path(path), text)


def _corridor(world: StudyView) -> Corridor | None:
    """Return the corridor of the study if it is unchanged, for the map and for observations."""
    for name in (*map(str, world.configuration.get("scenarios", [])), world.scenario):
        try:
            corridor = load(name)
        except InvalidInput:
            continue
        if corridor.content_hash == world.ds.attrs["scenario_hash"]:
            return corridor
    return None


def _sections(world: StudyView, corridor: Corridor | None) -> Iterator[str]:
    yield _question(world)
    yield _settings(world)
    if len(world.policies) > 1:
        yield _differences(world)
        yield _economics(world)
        yield _groups(world)
    else:
        yield _single(world)
    if corridor is not None:
        yield _maps(world, corridor)
    yield _robustness(world)
    yield _validation(world, corridor)
    yield section("Limits", bullets(LIMITS))
    yield _reproduce(world)


def _question(world: StudyView) -> str:
    state = f"{world.finished:,} of {world.whole:,} runs are finished"
    parts = [paragraph(world.question), paragraph(NO_FORECAST, "warning")]
    if world.finished < world.whole:
        parts.append(paragraph(f"{state}: figures are of those.", "warning"))
    if len(world.failures):
        first = str(world.failures["error"].iloc[0])
        parts.append(paragraph(f"{len(world.failures):,} runs failed, the first with: {first}", "warning"))
    return section("Question", *parts)


def _settings(world: StudyView) -> str:
    configuration = world.configuration
    rows = [[name, _shown(value)] for name, value in configuration.items() if value not in (None, [], {}, "")]
    attrs = world.ds.attrs
    rows += [["agents", counted(attrs["agents"])], ["persons per agent", rounded(attrs["persons_per_agent"])]]
    rows += [["period", f"{attrs['start']} to {attrs['end']}, steps of {attrs['step_days']} days"]]
    kept = [row for row in rows if row[0] not in ("title", "question", "agents", "start", "end", "step_days")]
    kept += [row for row in rows[-3:] if row not in kept]
    return section("What was run", table(["setting", "value"], kept, words=(0, 1)))


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{name} {_shown(item)}" for name, item in value.items())
    if isinstance(value, list):
        return (
            " to ".join(map(rounded, value)) if all(isinstance(v, float) for v in value) else ", ".join(map(str, value))
        )
    return str(value)


def _differences(world: StudyView) -> str:
    baseline = world.policies[0]
    differences = paired_differences(world.outcomes, baseline)
    parts = [
        paragraph(
            f"Sums over the whole period, against {baseline}, on equal seeds and samples. Change: median over pairs of "
            "runs. The interval holds the median change in nine studies of ten."
        )
    ]
    for policy, part in differences.groupby("policy", sort=False):
        if policy == baseline:
            continue
        pairs = int(part["pairs"].max())
        parts.append(f"<h3>{policy}</h3>{table(*effect_rows(part, baseline), words=(0, 1, 4, 5, 6))}")
        parts.append(paragraph(f"{pairs} pairs of runs.", "note"))
    parts.append(picture(_forest(differences, baseline), "Changes against the baseline, 90 % intervals."))
    return section("What the policies change", *parts)


def _forest(differences: pd.DataFrame, baseline: str) -> Figure:
    """Return a figure of relative differences with intervals, one panel per outcome."""
    shown = ["deaths", "victims", "arrivals", "cost_usd"]
    rest = differences[differences["policy"] != baseline]
    policies = list(dict.fromkeys(rest["policy"]))
    figure = Figure(figsize=(10, 1.3 + 0.35 * len(policies)), layout="constrained")
    for position, name in enumerate(shown, 1):
        part = rest[rest["metric"] == name].set_index("policy").loc[policies[::-1]]
        axes = figure.add_subplot(1, len(shown), position)
        middle = 100 * part["change"]
        spread = 100 * np.abs(np.vstack([part["change"] - part["low"], part["high"] - part["change"]]))
        axes.errorbar(middle, np.arange(len(part)), xerr=np.nan_to_num(spread), fmt="o", color="#0072B2", capsize=3)
        axes.axvline(0, color="#888888", linewidth=0.8)
        axes.set_yticks(np.arange(len(part)), list(part.index) if position == 1 else [""] * len(part))
        axes.set_ylim(-0.6, len(part) - 0.4)
        axes.set_title(f"{part['label'].iloc[0]}, %", fontsize=9, loc="left")
        axes.tick_params(labelsize=8)
        axes.spines[["top", "right"]].set_visible(False)
    return figure


def _economics(world: StudyView) -> str:
    baseline = world.policies[0]
    cost, front = cost_effectiveness(world.outcomes, baseline), pareto(world.outcomes)
    return section(
        "What it costs to avert a death or an exploitation",
        paragraph(
            "Additional public cost over persons averted: ratio of means, with Fieller's 90 % interval. No ratio is "
            "given where the runs do not tell whether any are averted: any cost per person, up to infinity, would fit."
        ),
        table(*cost_rows(cost), words=(0, 1, 8)),
        "<h3>Pareto front</h3>",
        paragraph("A package is on the front if no other is at least as good on every count and better on one."),
        table(*pareto_rows(front), words=(0, 4, 6)),
    )


def _groups(world: StudyView) -> str:
    groups = winners_and_losers(world.ds, world.policies[0])
    words = (0, 1, 2, 3, 7)
    header, clear = group_rows(groups)
    return section(
        "Who wins and who loses",
        paragraph(
            f"{len(clear)} clear changes of {len(groups)} looked at, by sex, age, origin and route. Intervals "
            "hold together within an outcome and a kind of group, not over the whole table: read patterns, not rows."
        ),
        table(header, clear, words) if clear else paragraph("No change is clear."),
        folded("All groups", table(*group_rows(groups, everything=True), words)),
    )


def _single(world: StudyView) -> str:
    rows = []
    for metric in METRICS:
        values = world.outcomes[metric.name].isel(policy=0).to_numpy()
        values = values[np.isfinite(values)]
        if len(values):
            low, middle, high = np.quantile(values, [0.05, 0.5, 0.95])
            rows.append([metric.label, metric.unit, rounded(middle), interval(low, high), metric.meaning])
    header = ["outcome", "unit", "median", "5 % to 95 % of runs", "meaning"]
    return section("Outcomes", table(header, rows, words=(0, 1, 4)))


def _maps(world: StudyView, corridor: Corridor) -> str:
    parts = []
    for policy in world.policies:
        runs = world.ds.sel(policy=policy)
        figure = Figure(figsize=(9, 6), layout="constrained")
        draw_map(figure.add_subplot(), runs, corridor, boundaries(corridor))
        content = picture(figure, f"Passages a year under {policy}, mean of finished runs.")
        parts.append(content if policy == world.policies[0] else folded(f"Map under {policy}", content))
    return section("Where people travel", *parts)


def _robustness(world: StudyView) -> str:
    store = world.store
    if store is None or len(world.policies) < 2:
        return ""
    if len(store.worlds) == 1 and not (store.runs[store.factors].nunique() > 1).any():
        return ""
    found = assess(store.table(), store.factors)
    words = "".join(code(item.words()) for item in found.discoveries)
    return section(
        "Does it hold up whatever the future brings?",
        paragraph(
            "Regret: how far a package falls behind the best one of the same future. It is of the runs of that future: "
            "with few of them luck decides which is best."
        ),
        table(*regret_rows(found.regret), words=(0, 1)),
        paragraph(f"A package holds where, in the same future: {criteria_text(found.thresholds)}."),
        table(*satisficing_rows(found.satisficing)),
        "<h3>In which futures does it fail?</h3>",
        words,
    )


def _validation(world: StudyView, corridor: Corridor | None) -> str:
    about = paragraph(NO_FORECAST)
    if corridor is None:
        lost = (
            "The scenario has changed or is missing since the runs were made, so that there is no map and no "
            "comparison with observations."
        )
        return section("Validation status", about, paragraph(lost, "warning"))
    names = [str(name) for name in world.configuration.get("scenarios", [world.scenario])]
    tested = [claim.words for name in names for claim in validation(name)] or [UNTESTED]
    earned = "<h3>What this corridor is validated for</h3>" + bullets(tested)
    seen = observed(next((name for name in names if load(name).name == corridor.name), world.scenario))
    beside = yearly(world.ds.isel(policy=0), seen)
    if beside.empty:
        none = paragraph("No observations cover a whole year of these runs.")
        return section("Validation status", about, none, earned)
    rows = [
        [
            KIND_TITLES[row["kind"]], row["route"], str(row["years"]), rounded(row["observed"]),
            rounded(row["simulated"]), *(f"{row[name]:.2f}" if np.isfinite(row[name]) else "–" for name in (
                "ratio", "log_error", "log_error_mean", "log_error_last_year")),
        ]
        for row in errors(beside).to_dict("records")
    ]  # fmt: skip
    header = ["what", *ERROR_TITLES]
    years = [
        [KIND_TITLES[row["kind"]], row["route"], str(row["year"]), counted(row["observed"]), rounded(row["simulated"])]
        for row in beside.to_dict("records")
    ]
    note = (
        f"{world.policies[0]} compared with observations. Log error: mean over years of "
        "|ln((simulated + 1) / (observed + 1))|; 0.69 is a factor of 2. It is shown with those of two naive rules: the "
        "mean of the observed years (which has seen them all) and last year's observation. Where the error of a naive "
        "rule is smaller, the model does not beat it."
    )
    every = folded("Year by year", table(["what", "route", "year", "observed", "simulated"], years, words=(0, 1)))
    return section("Validation status", about, paragraph(note), table(header, rows, words=(0, 1)), every, earned)


def _reproduce(world: StudyView) -> str:
    configuration = dict(world.configuration)
    versions = ", ".join(f"{name} {version}" for name, version in world.versions.items())
    parts = [paragraph(f"Made with {versions}. Same seed, same result to the bit, for any number of processes.")]
    if world.store is None:
        names = ",".join(world.policies)
        seeds = configuration["seeds"]
        line = (
            f"corridor compare scenario={world.scenario} policies=[{names}] seed={min(seeds)} replicates={len(seeds)}"
            + (" parameters=posterior" if configuration.get("posterior") else "")
            + (" history=reanalysis" if configuration.get("reanalysis") else "")
        )
        return section("How to reproduce this", *parts, code(line), code(_yaml(configuration)))
    recipe = dict(world.store.attrs["recipe"])
    parts.append(
        paragraph(
            f"Model {world.store.attrs['identity']['model_hash']}; scenario {world.ds.attrs['scenario_hash']}. "
            f"The store {world.path} holds the value of every factor, seed and result hash of every run."
        )
    )
    if recipe:
        command = recipe.pop("command")
        parts.append(paragraph("Save these lines as study.yaml and run the command below them."))
        parts += [code(_yaml(recipe)), code(f"corridor {command} experiment=./study.yaml")]
    else:
        parts += [paragraph("Its design, made in Python:"), code(_yaml(configuration))]
    return section("How to reproduce this", *parts)


def _yaml(value: dict[str, Any]) -> str:
    return str(yaml.safe_dump(value, sort_keys=False, allow_unicode=True))
