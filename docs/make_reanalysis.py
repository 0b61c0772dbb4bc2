"""Write ``docs/reanalysis.md`` and its figure: the record, reanalysed; what it says of what nobody counted.

Run ``python -m docs.make_reanalysis observations=DIR`` with the settings of ``corridor reanalyse``: it runs that, and
with ``--recovery`` a second one, on synthetic data, for the recovery of known truths. Runs are kept in ``results=``, so
that the program goes on where it was stopped, and computes nothing twice for one state of the model.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import yaml

from corridor.calibration.reanalyse import reanalyse
from corridor.calibration.reanalysis_recovery import recover
from corridor.calibration.reanalysis_scores import METHODS
from corridor.calibration.scorecard import reanalysis_scores
from corridor.calibration.settings import ReanalyseSettings
from corridor.calibration.tangent import Kernels
from corridor.calibration.uncounted import QUANTITIES
from corridor.experiments.runs import stop
from corridor.experiments.runs.conf import configure
from corridor.experiments.runs.screen import ProgressBar
from corridor.scenarios.reanalysis import PROVENANCE
from corridor.scenarios.scores import keep_scores

PAGE = Path(__file__).with_name("reanalysis.md")
FIGURE = Path(__file__).parent / "figures" / "reanalysis.png"
MUST = {
    "detections_route_month": "1.35", "detections_route_nationality_year": "1.7", "attempts_coast_year": "1.6",
    "stopped_share_coast_year": "0.15", "deaths_route_year": "1.7",
}  # fmt: skip
"""Aims of a reanalysis that is fit for use, by measure; differences for shares."""
METHOD = """## How it is done

**Prior.** Each series is an autoregression of first order around zero (Ornstein-Uhlenbeck): what mechanisms say is the
best guess where nothing else is known. Standard deviation and memory by kind are in `calibration/latent.py`; a wider
prior would let the series explain more, and mechanisms less.

**Record.** Detections by route and month, by route, origin and quarter; attempts, shares stopped, shares embarked and
deaths by year, on log(value + floor). Error scales are of recording alone (`calibration/record.py` tells their origin),
and of the grain of the runs: one agent stands for many persons.

**Search.** With *y* the record, *h(x)* a run with latent series *x*, *H* the derivatives of a tangent-linear model, *P*
the covariance of the prior and *R* that of errors, each round moves *x* half way towards

```math
x^* = P H^T (H P H^T + R)^{-1}\\,(y - h(x) + H x)
```

where it stays when *x* is the most probable one (incremental 4D-Var: Courtier, Thépaut and Hollingsworth 1994). *H*
says that detections answer to departures, to utility and to preferences over the months that follow, by kernels that an
ensemble of 24 runs has taught, and is stretched by the slope of what changed from round to round on what should have. A
preference has two answers: that of a route's own value over the mean of the routes that the origin takes (more by this
one, fewer by the others), and that of the mean (more of all).

**Draws.** Each is the solution for a prior and a record with errors of their own (randomised maximum likelihood:
Kitanidis 1995; Oliver, He and Reynolds 1996), and is run with luck of its own. In three more rounds all draws are moved
together by what the median of their runs has: it is less noisy than a run at the most probable series, and draws around
that are not centred on the record where the simulation is not linear. In two more, the utility of each route is moved
against what is left of its detections, smoothed over some months: the linear model says little of the level of flows.
"""
LIMITS = """**What limits it.** One agent stands for a hundred persons and more: a nationality of which five hundred
were detected in a year is a handful of agents. Nationalities beyond the twelve largest of a route are one series, in
which people of unknown nationality are, too. Sums of series that are even in the log lie above the record on average.
"""
ABOUT = {
    "detections_route_month": "detections by route and month, 200 or more",
    "detections_route_year": "detections by route and year",
    "detections_route_nationality_year": "detections by route, nationality and year, 500 or more",
    "attempts_coast_year": "attempts by coast and year",
    "stopped_share_coast_year": "share stopped at sea, by coast and year (difference)",
    "deaths_route_year": "recorded deaths by route and year",
}


def table(header: list[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table in Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def measures_section(figures: dict[str, Any], cases: pd.DataFrame) -> str:
    """Return how close the reanalysis comes to the record."""
    rows = []
    for name, row in figures["measures"].items():
        values = [f"{row[method]:.2f}" for method in METHODS]
        covered = f"{100 * row['coverage_90']:.0f} %"
        rows.append([ABOUT[name], f"{row['cases']:.0f}", f"**{values[0]}**", *values[1:], MUST.get(name, "–"), covered])
    own = cases[cases["measure"] == "detections_route_month"]
    by_route = own.assign(square=own["error_reanalysis"] ** 2).groupby("unit")["square"].mean()
    routes = ", ".join(f"{route} {math.exp(math.sqrt(value)):.2f}" for route, value in by_route.items())
    misfits = ", ".join(f"{value:.2f}" for value in figures["misfit_by_round"])
    widths = ", ".join(f"{ABOUT[name]} {row['widening']:.1f}" for name, row in figures["measures"].items())
    return (
        "## How close it comes\n\nRoot mean square of the log error, as a factor (1: exact). The reanalysis has seen "
        "this record: the table says how far\nthe simulation can be brought to it with the latent series that the "
        "prior allows. *Mechanisms* is the same model without\nlatent series, *constant* one figure for each series, "
        "*last year* the figure of a year before.\n\n"
        + table(["", "cases", "reanalysis", "mechanisms", "constant", "last year", "asked", "in 90 %"], rows)
        + "\n\nIntervals are those of draws with errors of recording, times a factor that is right for nine tenths of "
        f"the cases of all\nother years; it is what draws and errors leave out. Its median: {widths}.\n"
        + f"\nBy route, detections by month: {routes}. Residuals by round, in error scales: {misfits}.\n"
    )


def events_section(events: pd.DataFrame) -> str:
    """Return the contribution of latent series at events."""
    events = events.fillna({"outside": "", "at": ""})
    known = events[events["outside"] == ""]
    ordered = known.assign(size=known["latent"].abs()).sort_values("size", ascending=False)
    rows = [
        [f"{row['title']} ({row['month']:%Y-%m})", f"{row['what']}, {row['at'] or 'everywhere'}",
         *(f"{row[name]:+.2f}" for name in ("observed", "mechanisms", "latent")),
         f"{row['latent_low']:+.2f} to {row['latent_high']:+.2f}"]
        for row in ordered.to_dict("records")
    ]  # fmt: skip
    without = events[events["outside"] != ""].drop_duplicates("title")
    reasons = "\n".join(
        f"- {row['title']} ({row['month']:%Y-%m}): {row['outside']}" for row in without.to_dict("records")
    )
    return (
        f"## Events: what mechanisms miss\n\n{known['title'].nunique()} events. Log of after over before, as a rule "
        "twelve months each. *Latent* is what the latent series had to\nadd to what mechanisms explain: the larger, "
        "the more the model misses. The largest first. A change is a description:\nother "
        "things moved in the same months.\n\n"
        + table(["event", "what", "observed", "mechanisms", "latent", "90 %"], rows)
        + f"\n\nWithout figures:\n\n{reasons}\n"
    )


def extremes_section(figures: dict[str, Any]) -> str:
    """Return how rough the latent series are, and where they go far."""
    spread = ", ".join(f"{kind} {value}" for kind, value in figures["latent"]["spread"].items())
    rows = [
        [f"{row['series']} of {row['entity']}", str(row["count"]), str(row["min"]), str(row["max"])]
        for row in figures["latent"]["beyond_three_spreads"]
    ]
    far = table(["series", "values", "lowest", "highest"], rows) if rows else "None."
    return (
        f"## Where the latent series go to extremes\n\nStandard deviation by kind (log points, utils): {spread}. "
        f"Values beyond three standard deviations of the prior, where the\nmechanisms are far from what happened:\n\n"
        f"{far}\n"
    )


def uncounted_section(counted: pd.DataFrame) -> str:
    """Return estimates of unrecorded quantities, by year."""
    names = list(QUANTITIES)
    wide = counted.set_index(["year", "quantity"])
    rows = [
        [str(year), *(_range(wide.loc[(year, name)]) for name in names)] for year in sorted(counted["year"].unique())
    ]
    rests = "\n".join(f"- {about}: {basis}" for about, _, basis in QUANTITIES.values())
    return (
        "## What nobody counted\n\nMedian and central 90 % of the draws, by year. The intervals hold what the record "
        "leaves open of latent series; values of\nparameters are the scenario's own, and their uncertainty is not in "
        f"them. What each rests on:\n\n{rests}\n\n"
        + table(["year", *(QUANTITIES[name][0] for name in names)], rows)
        + "\n"
    )


def _range(row: pd.Series) -> str:
    return f"{row['median']:,.0f} ({row['low']:,.0f} to {row['high']:,.0f})"


def recovery_section(found: pd.DataFrame, settings: ReanalyseSettings) -> str:
    """Return how many known truths the intervals cover."""
    by_kind = found.groupby("kind")["inside"].agg(["mean", "size"])
    rows = [[str(kind), str(int(row["size"])), f"{100 * row['mean']:.0f} %"] for kind, row in by_kind.iterrows()]
    rows.append(["all", str(len(found)), f"{100 * found['inside'].mean():.0f} %"])
    return (
        "## Recovery of known truths\n\nThe simulation was run with known latent series, its output was given the "
        "errors of recording, and the reanalysis was\ngiven that as its record "
        f"({settings.agents // 2:,} agents, {settings.rounds} rounds). Share of the true latent values inside the 90 % "
        "interval:\n\n" + table(["series", "values", "inside"], rows) + "\n"
    )


def draw(cases: pd.DataFrame) -> None:
    """Draw detections by route and month: record, reanalysis with interval, mechanisms."""
    own = cases[cases["measure"] == "detections_route_month"]
    routes = list(own["unit"].unique())
    figure, axes = plt.subplots(len(routes), 1, figsize=(9, 2.2 * len(routes)), sharex=True, layout="constrained")
    for axis, route in zip(axes, routes, strict=True):
        part = own[own["unit"] == route].sort_values("date")
        axis.fill_between(part["date"], part["low"], part["high"], alpha=0.25, lw=0, label="reanalysis, 90 %")
        axis.plot(part["date"], part["reanalysis"], lw=1.2, label="reanalysis")
        axis.plot(part["date"], part["mechanisms"], lw=1.0, color="tab:orange", label="mechanisms alone")
        axis.plot(part["date"], part["observed"], ".", ms=3, color="black", label="recorded")
        axis.set(yscale="log", title=route, ylabel="a month")
    axes[0].legend(ncols=4, fontsize=8)
    figure.savefig(FIGURE, dpi=110)
    plt.close(figure)


def main(arguments: Iterable[str] | None = None) -> None:
    """Compute or read everything, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("settings", nargs="*", help="as for `corridor reanalyse`")
    parser.add_argument("--recovery", action="store_true", help="estimate known latent series, too: as many runs again")
    given = parser.parse_args(None if arguments is None else list(arguments))
    settings = configure(ReanalyseSettings, given.settings)
    with ProgressBar("runs") as progress:
        figures = reanalyse(settings, progress)
    folder = Path(figures["files"]["cases.csv"]).parent
    cases = pd.read_csv(folder / "cases.csv", parse_dates=["date"])
    events = pd.read_csv(folder / "events.csv", parse_dates=["month"])
    counted = pd.read_csv(folder / "uncounted.csv")
    told = yaml.safe_load((folder / PROVENANCE).read_text(encoding="utf-8"))
    draw(cases)
    if settings.publish:
        keep_scores(settings.scenario, reanalysis_scores(pd.DataFrame(figures["measures"]).T))
    page = [
        "# Reanalysis\n\nThe simulation, conditioned on all that was recorded from 2011 to 2021. What moved in the "
        "world and is in no driver is\nestimated as latent series: departures of each origin by quarter, the utility "
        "of each route by month and of each\nembarkation by quarter, what each origin prefers of each route by "
        "half-year, the danger of each route by year\n(ODD eq. 7c); of origins and their preferences, those that "
        "the record tells apart. "
        f"Written by\n`{told['command'].replace('corridor reanalyse', 'python -m docs.make_reanalysis')}`;\nmodel "
        f"`{told['model_hash']}`, scenario `{told['scenario_hash']}`, {told['runs']} runs.\n",
        METHOD,
        measures_section(figures, cases),
        LIMITS,
        "![reanalysis](figures/reanalysis.png)\n",
        events_section(events),
        extremes_section(figures),
        uncounted_section(counted),
    ]
    if given.recovery:
        with ProgressBar("runs") as progress:
            truths = recover(settings, Kernels(*map(np.array, told["kernels"].values())), progress)
        page.append(recovery_section(truths, settings))
    PAGE.write_text("\n".join(page), encoding="utf-8")


if __name__ == "__main__":
    os.environ.setdefault("NUMBA_NUM_THREADS", "1")
    sys.exit(stop.run(main))
