"""Texts of the shell on runs and comparisons: tables, each with a line on its content."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from corridor.experiments.analysis.metrics import METRICS
from corridor.experiments.analysis.observe import ERROR_TITLES, errors
from corridor.experiments.reporting.effect_words import effect_rows
from corridor.experiments.runs.tables import counted, layout, rounded
from corridor.experiments.studies.compare import Comparison

KIND_TITLES = {"detections": "Detections of irregular border crossing", "deaths": "Recorded deaths"}


def run_text(figures: Mapping[str, Any]) -> str:
    """Return the tables of one run.

    Parameters
    ----------
    figures : mapping
        From `analysis.summary.summary`.
    """
    head = (
        f"{figures['scenario']}, policy {figures['policy']}, seed {figures['seed']}, "
        f"{figures['start']} to {figures['end']}: {figures['agents']:,} agents of "
        f"{rounded(figures['persons_per_agent'])} persons, {figures['steps']:,} steps of {figures['step_days']} days, "
        f"{figures['seconds']:.1f} s ({rounded(figures['migrant_steps_per_second'])} migrant-steps a second)"
    )
    values = figures["outcomes"] | {"mean_fee_usd": figures["outcomes"]["mean_fee_usd"]["all"]}
    rows = [[m.label, _cell(values[m.name]), m.unit, m.meaning] for m in METRICS]
    outcomes = layout(["outcome", "value", "unit", "meaning"], rows, words=(0, 2, 3))
    fees = figures["outcomes"]["mean_fee_usd"]
    fee_rows = [[mode, _cell(fee)] for mode, fee in fees.items() if fee is not None]
    states = layout(["state", "persons"], [[state, counted(n)] for state, n in figures["states"].items()])
    parts = [
        head,
        "Outcomes over the whole period\n" + outcomes,
        "Mean fee paid to smugglers by mode (USD, per person and passage)\n" + layout(["mode", "fee"], fee_rows),
        "Persons by state at the end\n" + states,
        f"result hash {figures['result_hash']}",
    ]
    return "\n\n".join(parts)


def comparison_text(result: Comparison) -> str:
    """Return the tables of a comparison: runs, observed and simulated counts, and policies against the baseline."""
    world, n = result.world, result.ds.sizes["replicate"]
    weight = rounded(result.ds.attrs["persons_per_agent"])
    head = (
        f"{world.corridor.name}: {len(result.policies)} policies x {n} replicates, {world.start} to {world.end} "
        f"in steps of {world.step_days} days, {world.agents:,} agents of {weight} persons; "
        f"{result.computed} runs computed in {result.seconds:.1f} s, {result.reused} read from the study."
    )
    beside = observed_text(result.observed, n)
    return "\n\n".join([head, beside, policy_text(result.table, result.policies[0])])


def policy_text(table: pd.DataFrame, baseline: str) -> str:
    """Return one table per policy: each outcome and the baseline's.

    Parameters
    ----------
    table : DataFrame
        From `analysis.differences.paired_differences`.
    baseline : str
    """
    parts = []
    for policy, part in table.groupby("policy", sort=False):
        if policy == baseline and table["policy"].nunique() > 1:
            continue
        title = (
            f"{policy} against {baseline}: sums over the whole period, {int(part['pairs'].max())} pairs of runs. "
            "Change: median of the pairs."
        )
        parts.append(f"{title}\n{layout(*effect_rows(part, baseline), words=(0, 1, 4, 5, 6))}")
    return "\n\n".join(parts)


def observed_text(yearly: pd.DataFrame, replicates: int) -> str:
    """Return the tables of observed and simulated counts, and of errors.

    Parameters
    ----------
    yearly : DataFrame
        From `observe.yearly`.
    replicates : int
        Runs whose mean is shown.
    """
    if yearly.empty:
        return "No observations cover a whole year of the simulated period."
    parts = []
    for kind, part in yearly.groupby("kind", sort=False):
        routes = list(part["route"].unique())
        cells = [f"{counted(row['observed'])} / {rounded(row['simulated'])}" for row in part.to_dict("records")]
        wide = part.assign(cell=cells).pivot(index="year", columns="route", values="cell")
        wide = wide.reindex(columns=routes).fillna("–")
        rows = [[str(year), *row] for year, row in zip(wide.index, wide.to_numpy().tolist(), strict=True)]
        caption = f"observed / simulated by year (mean of {replicates} replicates of the baseline; not a forecast)"
        parts.append(f"{KIND_TITLES[str(kind)]}: {caption}.\n{layout(['year', *routes], rows)}")
    return "\n\n".join([*parts, _errors_text(errors(yearly))])


def _errors_text(distance: pd.DataFrame) -> str:
    title = (
        "Error by route, also over years that were fitted; with history=reanalysis the runs have seen this record,\n"
        "and the error says nothing about prediction. docs/validation.md lists the data to which the corridor was\n"
        "fitted and its accuracy on other data; the rest comes from the literature or is assumed.\n"
        "Log error: mean over years of |ln((simulated + 1) / (observed + 1))|; 0.69 is a factor of 2. Two naive rules\n"
        "are shown with it: the mean of the observed years (which has seen them all), and last year's observation."
    )
    header = ["kind", *ERROR_TITLES]
    rows = []
    for row in distance.to_dict("records"):
        sums = [rounded(row["observed"]), rounded(row["simulated"])]
        ratios = [_ratio(row[name]) for name in ("ratio", "log_error", "log_error_mean", "log_error_last_year")]
        rows.append([row["kind"], row["route"], str(row["years"]), *sums, *ratios])
    return f"{title}\n{layout(header, rows, words=(0, 1))}"


def _cell(value: float | None) -> str:
    return "–" if value is None else rounded(value)


def _ratio(value: float) -> str:
    return f"{value:.2f}" if math.isfinite(value) else "–"
