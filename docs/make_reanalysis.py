"""Write ``docs/reanalysis.md`` and its figure: the reanalysed record, and estimates of uncounted quantities.

Run ``python -m docs.make_reanalysis observations=DIR`` with the settings of ``corridor reanalyse``: it runs that, and
with ``--recovery`` a second one, on synthetic data, for the recovery of known truths. Runs are kept in ``results=``, so
that the program goes on where it was stopped, and computes nothing twice for one state of the model.
"""

from __future__ import annotations

import argparse
import math
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
from corridor.experiments.runs.engine import one_thread_each
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
METHOD = """## Method

**Prior.** Each series is a first-order autoregression around zero (Ornstein-Uhlenbeck): in the absence of other
information, the mechanisms are the best guess. Standard deviation and memory by kind are in `calibration/latent.py`; a
wider prior would let the series explain more, and the mechanisms less.

**Record.** Detections by route and month, by route, origin and quarter; attempts, shares stopped, shares embarked and
deaths by year, on log(value + floor). Error scales reflect recording (`calibration/record.py` gives their
origin) and the coarseness of runs: one agent represents many persons.

**Search.** With *y* the record, *h(x)* a run with latent series *x*, *H* the derivatives of a tangent-linear model, *P*
the covariance of the prior and *R* that of errors, each round moves *x* half way towards

```math
x^* = P H^T (H P H^T + R)^{-1}\\,(y - h(x) + H x)
```

and stays there if *x* is the most probable one (incremental 4D-Var: Courtier, Thépaut and Hollingsworth 1994). In *H*,
detections respond to departures, utility and preferences over the following months, by kernels estimated from an
ensemble of 24 runs, rescaled by the slope of actual on predicted changes from round to round. A preference has two
effects: that of a route's own value relative to the mean of the routes that the origin takes (more people by this
route, fewer by the others), and that of the mean (more people in all).

**Draws.** Each draw is the solution for a prior and a record with their own errors (randomised maximum likelihood:
Kitanidis 1995; Oliver, He and Reynolds 1996), and is run with its own seed. In three more rounds all draws are moved
together by the residuals of the median of their runs, which is less noisy than a run at the most probable series;
draws around that series are not centred on the record where the simulation is nonlinear. In two further rounds, the
utility of each route is adjusted to the remaining residuals of its detections, smoothed over some months, because the
linear model is uninformative about the level of flows.
"""
LIMITS = """**Limitations.** One agent represents a hundred persons or more, so that a nationality with five hundred
detections in a year is a handful of agents. Nationalities beyond the twelve largest on a route form one series, which
also contains people of unknown nationality. Sums of series with errors even in the log exceed the record on average.
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
        "## Fit to the record\n\nRoot mean square of the log error, as a factor (1: exact). The reanalysis was "
        "fitted to this record: the table shows how\nclosely the latent series that the prior allows bring the "
        "simulation to it. *Mechanisms* is the same model without latent\nseries, *constant* one figure for each "
        "series, *last year* the figure of the year before.\n\n"
        + table(["", "cases", "reanalysis", "mechanisms", "constant", "last year", "asked", "in 90 %"], rows)
        + "\n\nIntervals are those of draws with errors of recording, widened by the factor that covers nine tenths "
        f"of the cases of all\nother years; it accounts for what draws and errors leave out. Its median: {widths}.\n"
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
        f"## Events: what mechanisms miss\n\n{known['title'].nunique()} events. Log ratio of after to before, "
        "usually over twelve months each. *Latent* is the part that the latent\nseries had to add to the "
        "mechanisms: the larger it is, the more the model misses. Events are sorted by it. A change is "
        "a\ndescription: other things changed in the same months.\n\n"
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
        f"## Extremes of the latent series\n\nStandard deviation by kind (log points, utils): {spread}. "
        f"Values beyond three standard deviations of the prior, where the\nmechanisms are far from the record:\n\n"
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
        "## Uncounted quantities\n\nMedian and central 90 % of the draws, by year. The intervals cover the "
        "uncertainty that the record leaves in the latent\nseries, but not that of parameters, whose values are "
        f"the scenario's own. Basis of each:\n\n{rests}\n\n"
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
        "## Recovery of known truths\n\nThe simulation was run with known latent series, errors of recording were "
        "added to its output, and the reanalysis used\nthe result as its record "
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
        "# Reanalysis\n\nThe simulation conditioned on the record of 2011 to 2021. Changes that no driver contains "
        "are estimated as latent\nseries: departures of each origin by quarter, the utility of each route by month "
        "and of each embarkation by quarter, each\norigin's preference for each route by half-year, and the danger "
        "of each route by year (ODD eq. 7c), with origins and\npreferences only where the record distinguishes "
        "them. "
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
    one_thread_each()
    sys.exit(stop.run(main))
