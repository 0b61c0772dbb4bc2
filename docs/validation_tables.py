"""Tables of docs/validation.md."""

from __future__ import annotations

from typing import Any

import pandas as pd

from corridor.calibration.hindcast import CORRIDOR, scored
from corridor.calibration.naive import NAIVE

WINDOWS = {
    "2015-2016": ("2014-12", "2015-12"),
    "2017-2018": ("2016-12", "2017-12"),
    "2019-2021": ("2018-12", "2020-12"),
}
"""Months that are scored, and the first and last origin of the forecasts."""


def table(header: list[str], rows: list[list[str]]) -> str:
    """Return a Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def percent(share: float) -> str:
    """Return a share as a whole percentage."""
    return f"{100 * share:.0f} %"


def scores_table(figures: dict[str, Any]) -> str:
    """Return scores of all methods by route."""
    methods = list(figures["mean_crps"])
    rows = []
    for name, part in {"**all four**": figures, **figures["by_route"]}.items():
        best = min(part["mean_crps"].values())
        cells = [f"**{v:.3f}**" if v == best else f"{v:.3f}" for v in (part["mean_crps"][m] for m in methods)]
        coverage = [percent(part["coverage"][level]) for level in ("50", "90")]
        bare = f"{part['without_simulation']['mean_crps']:.3f}"
        others = [f"{part[score]['corridor']:.2f}" for score in ("mase", "log_score")]
        rows.append([name, *cells, bare, *coverage, *others])
    header = ["route", *methods, "without simulation", "in 50 %", "in 90 %", "MASE", "log score"]
    return table(header, rows)


def weights_table(weights: dict[str, dict[str, float]]) -> str:
    """Return the weights of the average at the last origin."""
    names = list(next(iter(weights.values())))
    rows = [[route, *(f"{row[name]:.2f}" for name in names)] for route, row in weights.items()]
    return table(["weights at the last origin", *names[:-1], "intervals stretched by"], rows)


def windows_table(scored_forecasts: pd.DataFrame) -> str:
    """Return scores by span of years, so that the luck of none decides."""
    rows = []
    for name, (first, last) in WINDOWS.items():
        within = scored_forecasts["origin"].between(pd.Timestamp(first), pd.Timestamp(last))
        part = scored(scored_forecasts[within])
        routes = [scored(own) for _, own in scored_forecasts[within].groupby("route")]
        cells = [f"{part['mean_crps'][method]:.3f}" for method in part["mean_crps"]]
        worst = max(beats(own) for own in routes)
        bare = f"{part['without_simulation']['mean_crps']:.3f}"
        shares = [f"{beats(part):.2f}", f"{worst:.2f}", percent(part["coverage"]["90"])]
        rows.append([name, *cells, bare, *shares])
    header = ["months", CORRIDOR, *NAIVE, "without simulation", "over the best rule", "worst route", "in 90 %"]
    return table(header, rows)


def surges_table(found: dict[str, Any]) -> str:
    """Return the probability assigned to surges."""
    rows = [
        [name, *("–" if row[key] is None else f"{row[key]:.2f}" for key in ("where_one_came", "where_none_came")),
         f"{row['brier']:.3f}"]
        for name, row in found["probability"].items()
    ]  # fmt: skip
    return table(["", "where one came", "where none came", "Brier score"], rows)


def beats(part: dict[str, Any]) -> float:
    """Return the error of forecasts over that of the best simple rule."""
    return float(part["mean_crps"][CORRIDOR] / min(part["mean_crps"][rule] for rule in NAIVE))
