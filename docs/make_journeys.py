"""Write ``docs/journeys.md``: whether journeys lead onward, and how they respond to measures.

Run ``python -m docs.make_journeys`` (some minutes on two cores; ``--quick`` for a first look with few agents). Each run
is kept in ``results/journeys`` and computed once for each state of the model.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy import stats

from corridor.calibration import journeys
from corridor.calibration.journeys import detected_at_once, passages_back
from corridor.calibration.members import key, member
from corridor.calibration.natural import experiments
from corridor.calibration.scorecard import journey_scores
from corridor.experiments.runs import stop
from corridor.experiments.runs.engine import executor
from corridor.experiments.runs.patch import Patch
from corridor.experiments.runs.run import Job, built
from corridor.experiments.runs.store import fingerprint
from corridor.model import Simulation
from corridor.model.kernels.diary import BEFORE
from corridor.model.policies import Policy, Setting
from corridor.scenarios import load
from corridor.scenarios.catalogue import load_shock
from corridor.scenarios.scores import keep_scores
from docs import journey_measures
from docs.journey_measures import (
    AEGEAN,
    at_first_attempt,
    attempts_by_country,
    left_the_same_year,
    legs_from_country,
    legs_to,
    passages_per_departure,
    where_people_are,
    years_to_entry,
)
from docs.make_side_effects import BUSY, interval

PAGE = Path(__file__).with_name("journeys.md")
RESULTS = Path("results/journeys")
SEEDS, AGENTS, TOY_SEEDS, TOY_AGENTS = 8, 60_000, 12, 16_000
FEW, MANY = 10_000, 150_000
FEW_SEEDS, MANY_SEEDS = 24, 6
YEARS = (2013, 2015, 2017, 2019)
DENIED = (0.0, 0.2, 0.4, 0.6, 0.8, 0.9)
SEA_LEG = "port-north"
CLOSED = {"mediterranean": dt.date(2014, 1, 1), "tutorial": dt.date(2001, 7, 1)}
"""Day from which the air is closed."""
EVENTS = (
    ("eu_turkey aegean attempts", "eu_turkey", "-60 %", "-96 % (after over before)"),
    ("eu_turkey aegean detections", "eu_turkey", "-60 %", "-97 % (after over before)"),
    ("eu_turkey route detections", "eu_turkey", "-60 %", "–"),
    ("italy_libya attempts", "italy_libya_2017", "-35 %", "–"),
    ("aspida evros attempts", "aspida", "-60 %", "about 2,000 a week to below 10 (Frontex)"),
)
"""Figure of `_answers`, event, what must be, what was observed."""
Figures = dict[str, float]
Values = Mapping[str, NDArray[np.float64]]
"""Figures by name, one a seed, shape (n_seeds,)."""


@dataclass(frozen=True)
class Run:
    """One run, and the measure of `MEASURES` that is taken of it."""

    measure: str
    job: Job

    @property
    def file(self) -> Path:
        """Where its figures are kept: a name for all that they depend on."""
        code = [Path(name).read_text() for name in (__file__, journey_measures.__file__, journeys.__file__)]
        return RESULTS / f"{fingerprint(repr((self.measure, key(self.job), self.job.policy, code)))}.json"


# --- what is measured in a run ----------------------------------------------------------------------------------------


def _look(ds: xr.Dataset, sim: Simulation) -> Figures:
    """Measure journeys in a run of the Mediterranean as it was."""
    del sim
    syrians = ds.sel(community=["SYR"], time="2015")
    figures = {
        "back": passages_back(ds),
        "passages": passages_per_departure(ds),
        "years": years_to_entry(ds),
        "at_once": detected_at_once(syrians),
        "same_year": left_the_same_year(syrians.sel(time=slice("2015-04-01", "2015-09-30"))),
        "first": at_first_attempt(syrians),
        "drawn": float(ds["deaths"].sum()),
        "expected": float(ds["expected_deaths"].sum()),
        "victims": float(ds["victims_started"].sum()) / float(ds["departures"].sum()),
    }
    embarked = attempts_by_country(ds)
    figures |= {f"embarked {country}": float(value) for country, value in embarked.items() if value > 0}
    people = where_people_are(ds, tuple(year for year in YEARS if year <= ds["time"].dt.year[-1]))
    figures |= {
        f"{what} {country} {year}": float(value)
        for (year, what), column in people.items()
        for country, value in column.items()
        if value > 0
    }
    return figures | _answers(ds)


def _answers(ds: xr.Dataset, sim: Simulation | None = None) -> Figures:
    """Return attempts and detections in the year after each event, on the legs concerned."""
    del sim
    east = np.asarray(ds["leg_route"] == "Eastern Mediterranean")
    asked = {
        "eu_turkey aegean attempts": ("attempts", legs_to(ds, *AEGEAN), "2016-04-01", "2017-03-31"),
        "eu_turkey aegean detections": ("detections", legs_to(ds, *AEGEAN), "2016-04-01", "2017-03-31"),
        "eu_turkey route detections": ("detections", east, "2016-04-01", "2017-03-31"),
        "italy_libya attempts": ("attempts", legs_from_country(ds, "LBY"), "2017-08-01", "2018-07-31"),
        "aspida evros attempts": ("attempts", legs_to(ds, "evros"), "2012-09-01", "2013-08-31"),
    }
    return {
        name: float(ds[variable].sel(time=slice(first, last)).isel(leg=np.flatnonzero(legs)).sum())
        for name, (variable, legs, first, last) in asked.items()
        if str(ds["time"].to_numpy()[-1])[:10] >= last
    }


def _closure(ds: xr.Dataset, sim: Simulation) -> Figures:
    """Return attempts by other ways than air, and those among them at destinations' borders, 3 to 12 months later."""
    start = np.datetime64(CLOSED[sim.corridor.name])
    months = ds.sel(time=slice(start + np.timedelta64(91, "D"), start + np.timedelta64(365, "D")))
    overland = months["attempts"].where(ds["leg_mode"] != "air", 0.0)
    return {
        "attempts": float(overland.sum()),
        "at destinations": float(overland.where(ds["leg_route"] != "", 0.0).sum()),
    }


def _terciles(ds: xr.Dataset, sim: Simulation) -> Figures:
    """Return agents of the poorest and the middle tercile of savings at the start who ever left home."""
    del ds
    population = sim.population
    rank = np.argsort(np.argsort(_savings(sim))) * 3 // population.n
    left = sim.journeys.diary["left"] != BEFORE
    return {name: float(np.sum(left & (rank == row))) for row, name in enumerate(("poorest", "middle"))}


def _savings(sim: Simulation) -> NDArray[np.float64]:
    """Compute the savings of heads of families at the start, USD, everybody (the same world before its first step)."""
    fresh = Simulation(sim.corridor, seed=int(sim.streams.seed), agents=sim.population.n)
    return fresh.population.savings_usd[fresh.population.head]


def _coast(ds: xr.Dataset, sim: Simulation) -> Figures:
    """Return attempts and expected deaths on the one sea crossing of the toy world."""
    del sim
    return {name: float(ds[name].sel(leg=SEA_LEG).sum()) for name in ("attempts", "expected_deaths")}


MEASURES: Mapping[str, Callable[[xr.Dataset, Simulation], Figures]] = {
    "look": _look, "answers": _answers, "closure": _closure, "terciles": _terciles, "coast": _coast,
}  # fmt: skip


# --- runs -------------------------------------------------------------------------------------------------------------


def measure(run: Run) -> None:
    """Compute a run and keep its figures; a file appears only when it is whole."""
    file = run.file
    if file.exists():
        return
    sim = built(run.job)
    figures = MEASURES[run.measure](sim.run(), sim)
    partial = file.with_suffix(f".{os.getpid()}.tmp")
    partial.write_text(json.dumps(figures))
    partial.replace(file)


def plan(seeds: int, agents: int, toy_seeds: int) -> dict[str, list[Run]]:
    """Return the runs by name, seed by seed."""
    med = {"as it was": member("mediterranean", 0, agents, dt.date(2019, 12, 31))}
    hidden = {e.event: (e.hidden, e.prolonged) for e in experiments()}
    until = {"eu_turkey": dt.date(2017, 4, 7), "italy_libya_2017": dt.date(2018, 8, 7), "aspida": dt.date(2013, 9, 7)}
    aspida = tuple(event.event for event in load("mediterranean").events if event.event in ("aspida", "evros_fence"))
    runs = {"as it was": _seeds("look", med["as it was"], Policy(), seeds)}
    for event, end in until.items():
        out, on = hidden.get(event, (aspida, ()))
        without = member("mediterranean", 0, agents, end, patch=Patch(out, on))
        runs[f"without {event}"] = _seeds("answers", without, Policy(), seeds)
    for number, of in ((FEW, FEW_SEEDS), (MANY, MANY_SEEDS)):
        runs[f"{number} agents"] = _seeds(
            "look", member("mediterranean", 0, number, dt.date(2016, 12, 31)), Policy(), of
        )
    ends = {"mediterranean": dt.date(2015, 1, 7), "tutorial": dt.date(2002, 12, 29)}
    for world, end in ends.items():
        toy = world == "tutorial"
        closed = member(world, 0, TOY_AGENTS if toy else agents, end, BUSY if toy else {})
        for name, policy in _visa_rules(world).items():
            runs[f"{name}, {world}"] = _seeds("closure", closed, policy, toy_seeds if toy else seeds)
    toy_world = member("tutorial", 0, TOY_AGENTS, ends["tutorial"], BUSY)
    for name, policy in (("no drought", Policy()), ("drought", load_shock("drought", amount=3.0))):
        runs[name] = _seeds("terciles", toy_world, policy, toy_seeds)
    for share in DENIED:
        denial = Setting("coast_control", (SEA_LEG,), "set", share, start=None, end=None, ramp_weeks=0.0)
        runs[f"denied {share}"] = _seeds("coast", toy_world, Policy(settings=(denial,)), toy_seeds)
    return runs


def _visa_rules(world: str) -> dict[str, Policy]:
    """Return the air as it was, closed where it leads from outside to a destination, and closed between all places."""
    corridor, everywhere = load(world), load_shock("visa_closure", start=CLOSED[world])
    into = corridor.is_destination[corridor.leg_destination] & (corridor.legs.column("mode") == "air")
    countries = corridor.places.column("country")
    entered = countries[corridor.leg_destination[corridor.leg_enters]]
    into &= ~np.isin(countries[corridor.leg_origin], entered)
    legs = tuple(name for name, leads in zip(corridor.legs.names, into, strict=True) if leads)
    narrow = [replace(one, target=legs) if one.lever == "leg_open" else one for one in everywhere.settings]
    closed = {"closed to destinations": replace(everywhere, settings=tuple(narrow)), "closed": everywhere}
    return {"open": Policy(), **closed}


def _seeds(what: str, job: Job, policy: Policy, seeds: int) -> list[Run]:
    return [Run(what, replace(job, policy=policy, seed=seed)) for seed in range(1, seeds + 1)]


def compute(runs: Iterable[Run], processes: int) -> None:
    """Compute missing runs, the longest first."""
    missing = sorted((run for run in runs if not run.file.exists()), key=lambda run: -run.job.world.agents)
    RESULTS.mkdir(parents=True, exist_ok=True)
    with executor(processes) as pool:
        for done, _ in enumerate(pool.map(measure, missing), start=1):
            print(f"{done} of {len(missing)} runs", flush=True)


def figures_of(runs: Iterable[Run]) -> Values:
    """Return kept figures, one a seed; 0 where a run has none."""
    each = [json.loads(run.file.read_text()) for run in runs]
    return {name: np.array([one.get(name, 0.0) for one in each]) for name in sorted(set().union(*each))}


# --- the page ---------------------------------------------------------------------------------------------------------


def change(with_it: NDArray[np.float64], without: NDArray[np.float64]) -> str:
    """Return the change in per cent from without to with, mean over paired seeds, and its 90 % interval."""
    known = without > 0
    if known.sum() < 2:
        return "not defined"
    mean, low, high = interval(100 * (with_it[known] / without[known] - 1))
    return f"{mean:+.1f} % [{low:+.1f}, {high:+.1f}]"


def _level(values: NDArray[np.float64], scale: float = 1.0, unit: str = "") -> str:
    if values.size < 2:
        return f"{scale * values[0]:.2f}{unit}"
    mean, low, high = interval(scale * values)
    return f"{mean:.2f}{unit} [{low:.2f}, {high:.2f}]"


def rows(got: Mapping[str, Values]) -> Iterator[tuple[str, str, str, str]]:
    """Yield each measure with its target, the observation and the simulation."""
    was = got["as it was"]
    yield "inland travels back to a place passed", "below 3 %", "–", _level(was["back"], 100, " %")
    yield "passages for each departure", "below 4", "–", _level(was["passages"])
    yield "median years from leaving home to the first entry", "0.2 to 0.8", "–", _level(was["years"])
    survey = "37 % had left less than a month ago (UNHCR 2015)"
    yield (
        "Syrians detected April to September 2015 who had left that year; used for `roots_utility`",
        "–",
        "63 % of those asked in Greece (UNHCR 2015)",
        _level(was["same_year"], 100, " %"),
    )
    yield (
        "first detections in the quarter of leaving or the next, Syrians 2015",
        "above 60 %",
        survey,
        _level(was["at_once"], 100, " %"),
    )
    yield (
        "across at the first attempt, Syrians 2015",
        "above 70 %",
        "85 % (UNHCR 2015)",
        _level(was["first"], 100, " %"),
    )
    for world in CLOSED:
        for closed, must in (("closed to destinations", "rise"), ("closed", "–")):
            all_borders, own_borders = (
                change(got[f"{closed}, {world}"][name], got[f"open, {world}"][name])
                for name in ("attempts", "at destinations")
            )
            what = f"air {closed} by 90 %: other attempts after 3 to 12 months, {world}; those at destinations' borders"
            yield what, must, "rise (NE 10)", f"{all_borders}; {own_borders}"
    for part, must in (("poorest", "fall"), ("middle", "rise")):
        effect = change(got["drought"][part], got["no drought"][part])
        yield f"drought of 3 sd, tutorial: leavers of the {part} tercile", must, "–", effect
    for share in DENIED[1:]:
        tries, deaths = (
            change(got[f"denied {share}"][name], got["denied 0.0"][name]) for name in ("attempts", "expected_deaths")
        )
        must = "attempts at least -50 %, deaths no rise" if share == 0.6 else "attempts fall with it, deaths no rise"
        yield f"coast denied by {share}, tutorial: attempts; expected deaths", must, "–", f"{tries}; {deaths}"
    for name, event, must, seen in EVENTS:
        effect = change(was[name], got[f"without {event}"][name])
        yield f"{name}, year after, with and without", f"at least {must}", seen, effect
    few, many = (np.log(got[f"{n} agents"]["victims"]) for n in (FEW, MANY))
    mean, (low, high) = few.mean() - many.mean(), stats.ttest_ind(few, many, equal_var=False).confidence_interval(0.9)
    unlike = f"{100 * mean:+.1f} % [{100 * low:+.1f}, {100 * high:+.1f}]"
    yield f"victims per departure, {FEW:,} over {MANY:,} agents (log)", "within 2 %", "–", unlike
    yield "drawn over expected deaths under way", "1", "–", _level(was["drawn"] / was["expected"])


def page(got: Mapping[str, Values]) -> str:
    """Return the page."""
    was = {name: float(values.mean()) for name, values in got["as it was"].items()}
    embarked = {name.split()[1]: value for name, value in was.items() if name.startswith("embarked ")}
    coasts = [(name, f"{value:,.0f}") for name, value in sorted(embarked.items(), key=lambda item: -item[1])]
    years = tuple(map(str, YEARS))
    parts = (
        "# Journeys",
        "Generated by `python -m docs.make_journeys`. Means over paired seeds with 90 % intervals (Student).",
        _table(("measure", "target", "observed", "simulated"), rows(got)),
        "## Where people are",
        "Means over seeds, end of the year: thousands of people waiting / weeks waited / thousands of residents.",
        _table(("country", *years), _people(was)),
        "## Attempts at sea by country of embarkation",
        "Whole run, mean over seeds.",
        _table(("country", "attempts"), coasts),
    )
    return "\n\n".join(parts) + "\n"


def _people(was: Figures) -> Iterator[tuple[str, ...]]:
    for country in sorted({name.split()[1] for name in was if name.split()[0] in ("waiting", "living")}):
        waiting, weeks, living = (
            [was.get(f"{what} {country} {year}", 0.0) for year in YEARS] for what in ("waiting", "weeks", "living")
        )
        if max(*waiting, *living) >= 1000:
            each = zip(waiting, weeks, living, strict=True)
            yield country, *(f"{wait / 1000:.0f} / {long:.0f} / {live / 1000:.0f}" for wait, long, live in each)


def _table(head: tuple[str, ...], body: Iterable[tuple[str, ...]]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ("---",) * len(head), *body))


def main() -> None:
    """Compute and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few agents and seeds, printed only")
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    runs = plan(2, 6000, 3) if given.quick else plan(SEEDS, AGENTS, TOY_SEEDS)
    if given.quick:
        runs[f"{FEW} agents"] = runs[f"{MANY} agents"] = runs[f"{FEW} agents"][:3]
    compute([run for group in runs.values() for run in group], given.processes)
    got = {name: figures_of(group) for name, group in runs.items()}
    text = page(got)
    if given.quick:
        print(text)
    else:
        PAGE.write_text(text, encoding="utf-8")
        was = got["as it was"]
        keep_scores("mediterranean", journey_scores(was["back"], was["at_once"]))


if __name__ == "__main__":
    sys.exit(stop.run(main))
