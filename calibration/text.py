"""Texts of the shell on calibration, hindcasts and natural experiments."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from corridor.calibration.natural import CLEAR
from corridor.experiments.runs.tables import layout, rounded

SIGNS = {-1: "down", 0: "little change", 1: "up"}


def hindcast_text(figures: Mapping[str, Any]) -> str:
    """Return the scores of `hindcast.summary` as text: all routes, then each."""
    methods = list(figures["mean_crps"])
    parts = {"all routes": figures, **figures["by_route"]}
    crps = layout(
        ["mean CRPS", *methods],
        [[name, *(rounded(part["mean_crps"][m]) for m in methods)] for name, part in parts.items()],
    )
    ours = layout(
        ["corridor", "in 50 %", "in 90 %", "MASE", "log score", "CRPS without simulation"],
        [
            [
                name,
                f"{100 * part['coverage']['50']:.0f} %",
                f"{100 * part['coverage']['90']:.0f} %",
                rounded(part["mase"]["corridor"]),
                rounded(part["log_score"]["corridor"]),
                rounded(part["without_simulation"]["mean_crps"]),
            ]
            for name, part in parts.items()
        ],
    )
    first, last = figures["origins"]
    return (
        f"{figures['scored_on']}, fitted {' to '.join(figures['fitted'])}, origins {first} to {last}, "
        f"{figures['forecasts']} forecasts\n{figures['assumed']}\n"
        f"{crps}\n\n{ours}\n\n{_weights_text(figures['weights'])}\n\n{_surges_text(figures['surges'])}"
    )


def _weights_text(weights: Mapping[str, Mapping[str, float]]) -> str:
    """Return the weights of the stack at the last origin, by route."""
    names = list(next(iter(weights.values())))
    rows = [[route, *(rounded(row[name]) for name in names)] for route, row in weights.items()]
    return layout(["weights at the last origin", *names[:-1], "intervals stretched by"], rows)


def _surges_text(found: Mapping[str, Any]) -> str:
    """Describe the probability that forecasts assigned to quarters in which detections at least doubled over a year."""
    if not found["surges"]:
        return f"surges (a quarter with twice the detections of a year before): none in {found['quarters']} quarters"
    rows = [
        [name, rounded(row["where_one_came"]), rounded(row["where_none_came"] or 0.0), rounded(row["brier"])]
        for name, row in found["probability"].items()
    ]
    return (
        f"surges (a quarter with twice the detections of a year before): {found['surges']} of {found['quarters']} "
        "quarters forecast\n" + layout(["probability given", "where one came", "where none came", "Brier score"], rows)
    )


def forecast_text(figures: Mapping[str, Any]) -> str:
    """Return a forecast of `months_ahead.forecast` as text."""
    shown = ("median", "low_50", "high_50", "low_90", "high_90")
    rows = [
        [row["route"], row["month"], *(f"{row[name]:,.0f}" for name in shown),
         "–" if row["year_before"] is None else f"{row['year_before']:,.0f}"]
        for row in figures["months"]
    ]  # fmt: skip
    header = ["route", "month", "median", "50 % from", "to", "90 % from", "to", "a year before"]
    said = "\n".join(figures["says"])
    files = "\n".join(f"{name}: {path}" for name, path in figures["files"].items())
    return f"{layout(header, rows, words=(0, 1))}\n\n{said}\n\n{_weights_text(figures['weights'])}\n{files}"


def natural_text(table: pd.DataFrame, figures: Mapping[str, Any]) -> str:
    """Return the cells of `natural.natural` and their counts as text."""
    rows = [
        [
            str(row["event"]),
            f"{row['indicator']} {row['at'][:34]}".strip(),
            SIGNS[int(row["expected"])],
            _percent(row["effect"]),
            "hit" if row["right_sign"] else "miss",
            _percent(row["observed"]),
            f"{_percent(row['low'])} to {_percent(row['high'])}",
            {True: "hit", False: "miss", None: "–"}[row["inside"]],
        ]
        for _, row in table.iterrows()
    ]
    header = ["event", "indicator", "expected", "effect", "sign", "observed", "simulated change, 90 %", "size"]
    missing = "\n".join(f"not testable: {event}: {why}" for event, why in figures["not_testable"].items())
    return (
        f"{layout(header, rows, words=(0, 1, 2, 4, 6, 7))}\n\n"
        f"right sign in {_whole(figures['right_sign'])} of {figures['cells']} cells "
        f"(in {_whole(CLEAR)} of runs or more: {_whole(figures['clear_sign'])}); observed change inside the "
        f"90 % interval in {_whole(figures['inside_90'])} of {figures['cells_with_size']} cells "
        f"({_whole(figures['inside_90_assumed'])} with the assumed allowance for what is outside the model, "
        f"{_whole(figures['inside_90_simulated'])} with none); medians off by {figures['mean_error']} log points, "
        f"no change by {figures['mean_error_no_change']}\n"
        f"events not looked at before mechanisms were last changed: {_whole(figures['blind']['right_sign'])} of "
        f"{figures['blind']['cells']} cells, {_whole(figures['blind']['inside_90'])} of "
        f"{figures['blind']['cells_with_size']}\n{missing}"
    )


def _whole(share: float | None) -> str:
    """Return a share as a whole percentage; a dash where there is none."""
    return "–" if share is None else f"{100 * share:.0f} %"


def _percent(change: float) -> str:
    """Return a change of the log as a percentage."""
    return f"{100 * math.expm1(min(change, 5.0)):+.0f} %" if math.isfinite(change) else "–"


def calibrate_text(figures: Mapping[str, Any]) -> str:
    """Lay out the results of `calibrate.calibrate` as text."""
    rows = [
        [
            name,
            *(rounded(row[key]) for key in ("low", "median", "high")),
            rounded(row["contraction"]),
            "informed" if row["informed"] else "not informed",
        ]
        for name, row in figures["parameters"].items()
    ]
    table = layout(["parameter", "5 %", "median", "95 %", "contraction", "data"], rows, words=(0, 5))
    recovery = figures.get("recovery")
    recovered = (
        f"\nrecovery: 90 % intervals cover the truth in {100 * recovery['coverage_90']:.1f} % of "
        f"{recovery['intervals']} (parameters of {recovery['fits']} synthetic fits)"
        if recovery
        else ""
    )
    return (
        f"{figures['runs']} runs, {figures['core_hours']:.2f} core-hours in all; error of the point fit "
        f"{rounded(figures['point_loss'])} (mean square, error scales)\n{table}{recovered}\n"
        + "\n".join(f"{kind}  {file}" for kind, file in figures["files"].items())
    )


def reanalyse_text(figures: Mapping[str, Any]) -> str:
    """Return the results of `reanalyse.reanalyse` as text."""
    methods = ["reanalysis", "mechanisms", "constant", "last_year"]
    rows = [
        [name, f"{row['cases']:.0f}", *(f"{row[method]:.2f}" for method in methods), _whole(row["coverage_90"])]
        for name, row in figures["measures"].items()
    ]
    said = [
        layout(["root mean square error, as a factor", "cases", *methods, "in 90 %"], rows),
        "shares: difference. Constant, last_year: one constant for each series, and its figure a year before.",
        f"misfit by round, error scales: {', '.join(rounded(value) for value in figures['misfit_by_round'])}",
        "spread of latent series: " + ", ".join(f"{k} {v}" for k, v in figures["latent"]["spread"].items()),
    ]
    for row in figures["latent"]["beyond_three_spreads"]:
        where = f"{row['series']} of {row['entity']}"
        said.append(f"far from what mechanisms say: {where}, {row['count']} values, {row['min']} to {row['max']}")
    said += [f"{name}: {path}" for name, path in figures["files"].items()]
    return "\n".join(said)


def scorecard_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the rows of `scorecard.rows` as text."""
    verdicts = {True: "reached", False: "MISSED", None: "not measured"}
    table = layout(
        ["", "figure", "now", "must"],
        [[verdicts[row["reached"]], row["about"], row["now"], row["must"]] for row in rows],
        words=(0, 1),
    )
    notes = [f"{row['about']}: {row['note']}" for row in rows if row["note"]]
    return "\n".join([table, "", *notes])
