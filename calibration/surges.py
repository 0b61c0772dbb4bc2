"""Surges: quarters in which detections on a route at least doubled, and whether forecasts anticipated them.

A quarter is compared with the same quarter a year before, so that seasons are not surges. These quarters are few and
matter most, but hardly affect mean scores. Forecasts are monthly; for all methods, the months of a quarter are assumed
to lie at the same quantile.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from corridor.calibration.hindcast import Issued

QUARTER, YEAR = 3, 12
TIMES = 2.0
"""Minimum ratio of a quarter to that of the year before."""
LEAST = 300.0
"""Minimum detections in a quarter for a surge: a hundred a month."""


def table(issued: Issued, counts: pd.DataFrame) -> pd.DataFrame:
    """Return the probability of a surge that each method gave, by origin, route and quarter ahead.

    Parameters
    ----------
    issued : Issued
        With months in order of horizon for each origin and route.
    counts : DataFrame
        Detections, months by routes.

    Returns
    -------
    DataFrame
        ``origin, route, quarter, surge`` (whether it came) and a probability for each method.
    """
    cases = issued.cases
    rows: list[dict[str, Any]] = []
    for _, own in cases.groupby(["origin", "route"], sort=False):
        at = own.index.to_numpy()
        origin, route = own["origin"].iloc[0], str(own["route"].iloc[0])
        for first in range(0, min(len(at), YEAR) - QUARTER + 1, QUARTER):
            part = at[first : first + QUARTER]
            months = pd.DatetimeIndex(cases.loc[part, "month"])
            before = counts[route].reindex(months - pd.DateOffset(years=1)).sum()
            needed = max(TIMES * before, LEAST)
            given = {
                name: float((np.expm1(np.sort(values[part], axis=1)).sum(axis=0) >= needed).mean())
                for name, values in issued.samples.items()
            }
            came = np.expm1(cases.loc[part, "observed"]).sum() >= needed
            rows.append(
                {"origin": origin, "route": route, "quarter": first // QUARTER + 1, "surge": bool(came), **given}
            )
    return pd.DataFrame(rows)


def scored(found: pd.DataFrame) -> dict[str, Any]:
    """Return the number of surges and the probability that each method gave them, as plain data.

    Reported are the mean probabilities with and without a surge, and the Brier score (mean squared error).
    """
    methods = [str(name) for name in found if name not in ("origin", "route", "quarter", "surge")]
    came = found["surge"].to_numpy(bool)

    def mean(values: pd.Series) -> float | None:
        return round(float(values.mean()), 4) if len(values) else None

    by_method: Mapping[str, Any] = {
        name: {
            "where_one_came": mean(found.loc[came, name]),
            "where_none_came": mean(found.loc[~came, name]),
            "brier": mean((found[name] - came) ** 2),
        }
        for name in methods
    }
    return {"quarters": len(found), "surges": int(came.sum()), "probability": dict(by_method)}
