"""Main outcomes of independent runs, kept to see that a change made for speed or clarity moves no distribution.

``python -m tests.baseline`` writes the file anew: only with a change that is meant to move results, whose message says
which and how far.
"""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

from corridor.model import Simulation
from corridor.scenarios import load

STORED = Path(__file__).with_name("baseline.csv")
SEEDS = range(40)
AGENTS, START, END = 60_000, dt.date(2014, 1, 1), dt.date(2015, 12, 31)
"""Many agents: a run of 60,000 takes a tenth longer than one of 8,000, and its luck is two fifths of that."""
_TOTALS = (
    "departures", "attempts", "interceptions", "irregular_arrivals", "legal_arrivals", "deaths_of", "victims_started",
    "identified", "person_days_exploited", "detention_days", "arrests", "smuggling_revenue_usd", "cost_usd",
    "debt_at_arrival_usd",
)  # fmt: skip
_MEANS = ("fee_usd", "load", "organisations", "concentration", "capacity_unserved")
_STOCKS = ("preparing", "waiting", "settled", "returned")


def outcomes(seed: int) -> dict[str, float]:
    """Return totals and means of two years of the Mediterranean, and who is where at their end."""
    run = Simulation(load("mediterranean"), seed=seed, agents=AGENTS, start=START, end=END).run()
    end = run["stock"].isel(time=-1).sum(["sex", "age"])
    return (
        {name: float(run[name].sum()) for name in _TOTALS}
        | {name: float(run[name].mean()) for name in _MEANS}
        | {state: float(end.sel(state=state)) for state in _STOCKS}
    )


def main() -> None:
    """Write the outcomes of all seeds."""
    rows = [outcomes(seed) for seed in SEEDS]
    with STORED.open("w", newline="") as file:
        table = csv.DictWriter(file, ["seed", *rows[0]], lineterminator="\n")
        table.writeheader()
        for seed, row in zip(SEEDS, rows, strict=True):
            table.writerow({"seed": seed} | {name: f"{value:.7g}" for name, value in row.items()})


if __name__ == "__main__":
    main()
