"""Latent series, and their estimation from a record (ODD eq. 7c). Exact, but where an error rate is named."""

from __future__ import annotations

import dataclasses
import datetime as dt
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from corridor.calibration.reanalysis import INFLATION, Estimation, ReanalysisPlan
from corridor.calibration.reanalysis_events import events
from corridor.calibration.reanalysis_recovery import synthetic
from corridor.calibration.reanalysis_scores import MEASURES, calibrated, cases, summary
from corridor.calibration.record import REST, Record
from corridor.experiments.commands.shell import main
from corridor.experiments.runs.conf import configure
from corridor.experiments.runs.settings import RunSettings
from corridor.experiments.runs.world import World
from corridor.model.corridor import Corridor
from corridor.model.errors import InvalidInput
from corridor.model.rows import LatentValue, Season, Stock
from corridor.model.simulation import Simulation
from corridor.model.tables import Table
from corridor.scenarios import load
from corridor.scenarios.posterior import settle
from corridor.scenarios.reader import scenario_directory
from corridor.scenarios.reanalysis import TABLE
from tests.worlds import ALPHA, CALM, START, community, corridor, digest, leg, parameters, place, sea_world

PLACES = [place("home", "home"), place("hub"), place("abroad", "destination")]
LEGS = [leg("home", "hub"), leg("hub", "abroad", route="Land")]
GROUP = f"{PLACES[1].country}-{PLACES[2].country} land"
RARE = {**CALM, "departure_rate": 0.05}


def latent(series: str, entity: str, value: float, date: dt.date = START) -> LatentValue:
    """Return a value of a latent series."""
    return LatentValue(series=series, entity=entity, date=date, value=value)


def run(world: Corridor, *values: LatentValue, agents: int = 4000, **more: float) -> xr.Dataset:
    """Return a run of a world with latent series."""
    return Simulation(world.with_latent(values), seed=1, agents=agents, parameters=parameters(**RARE | more)).run()


def test_latent_series_of_zeros_change_no_bit() -> None:
    world = corridor(PLACES, LEGS, seasons=SEASONS)
    zeros = [latent("departures", "people", 0.0), latent("utility", "Land", 0.0), latent("utility", GROUP, 0.0),
             latent("preference", "people: Land", 0.0), latent("danger", "Land", 0.0)]  # fmt: skip
    assert digest(run(world)) == digest(run(world, *zeros))


SEASONS = [Season(season="mild", month=month, departures=1.0 + month % 2, distress=1.0) for month in range(1, 13)]


@pytest.mark.parametrize("value", [-1.0, 1.5])
def test_departures_are_multiplied(value: float) -> None:
    """Of rare departures, exp(value) times as many; Poisson, three standard errors more than `ALPHA` asks."""
    world = corridor(PLACES, LEGS)
    before, after = (float(run(world, *rows, agents=20_000)["departures"].sum()) / 0.05 for rows in (
        (), (latent("departures", "people", value),)))  # fmt: skip
    # The integrated hazard is 0.05 and its multiple: shares that have left.
    expected = -np.expm1(-0.05 * np.exp(value)) * 20_000
    assert abs(after - expected) < 5 * np.sqrt(expected) + 0.02 * expected, ALPHA
    assert before > 0


def test_values_are_linear_between_dates_and_constant_beyond() -> None:
    world = corridor(PLACES, LEGS).with_latent(
        [latent("utility", "Land", 1.0), latent("utility", "Land", 3.0, START + dt.timedelta(days=10)),
         latent("utility", GROUP, 0.5)]
    )  # fmt: skip
    days = np.datetime64(START) + np.array([-5, 0, 5, 10, 99])
    assert world.latent_utility(days)[1].tolist() == [1.5, 1.5, 2.5, 3.5, 3.5]
    assert not world.latent_utility(days)[0].any(), "a leg without a route has none"
    assert not world.latent_departures(days).any()


def test_a_preference_moves_the_way_of_its_own_community_alone() -> None:
    """Exact: log odds of two routes side by side; those of the others are as before."""
    legs = [*LEGS, leg("hub", "abroad", leg="sea", route="Sea")]
    world = corridor(PLACES, legs, [community(), community("others")])
    sim = Simulation(world.with_latent([latent("preference", "people: Sea", 1.0)]), parameters=parameters(**CALM))
    sim.step()
    odds = np.log(sim.choice.values.weight[:, 2] / sim.choice.values.weight[:, 1]).reshape(2, -1)
    assert odds[0] == pytest.approx(1 / sim.parameters.choice_scale) and odds[1] == pytest.approx(0.0)


def test_danger_multiplies_the_hazard_of_distress() -> None:
    """Exact."""
    hazards = []
    for rows in ((), (latent("danger", "Sea", 1.5),)):
        sim = Simulation(sea_world().with_latent(rows))
        sim.step()
        hazards.append(sim.crossing.distress_hazard()[sea_world().legs.index["coast-abroad"]])
    assert hazards[1] == pytest.approx(hazards[0] * np.exp(1.5)) and hazards[0] > 0


def test_who_lives_on_the_way_goes_on_when_departures_rise() -> None:
    """Going on from where people live abroad moves with the latent series as with the origin effect."""
    base = corridor(PLACES, LEGS, income_usd={"hub": 60_000.0})
    stock = Stock(community="people", place="hub", persons=900)
    world = dataclasses.replace(base, stocks=Table("stocks.csv", [stock]))
    settled = {"departure_rate": 0.0, "reconsider_rate": 5.0, "roots_utility": 3.5}
    went = [float(run(world, *rows, **settled)["onward_departures"].sum()) for rows in (
        (), (latent("departures", "people", 2.0),))]  # fmt: skip
    assert went[1] > 1.5 * went[0] > 0


def test_a_way_that_repels_for_the_time_being_is_taken_later() -> None:
    world = corridor(PLACES, LEGS)
    shut = [latent("utility", "Land", -6.0), latent("utility", "Land", -6.0, START + dt.timedelta(days=170)),
            latent("utility", "Land", 0.0, START + dt.timedelta(days=171))]  # fmt: skip
    passed = run(world, *shut, departure_rate=1.0)["detections_of"].sum(["route", "community"]).to_numpy()
    usual = run(world, departure_rate=1.0)["detections_of"].sum(["route", "community"]).to_numpy()
    assert passed[:24].sum() < 0.15 * usual[:24].sum() and passed[26:40].sum() > usual[26:40].sum()


@pytest.mark.parametrize(
    ("name", "value", "field"),
    [
        ("latent_departures.nobody.2010-01-01", 0.1, "entity"),
        ("latent_utility.people.2010-01-01", 0.1, "entity"),
        ("latent_preference.people: Nowhere.2010-01-01", 0.1, "entity"),
        ("latent_wishes.people.2010-01-01", 0.1, "series"),
        ("latent_departures.people.sometime", 0.1, "date"),
        ("latent_departures.people.2010-01-01", 99.0, "value"),
    ],
)
def test_latent_values_that_do_not_fit_are_refused(name: str, value: float, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        settle(corridor(PLACES, LEGS), {name: value})
    assert field in str(refused.value)


DELAY = np.array([0.1, 0.2, 0.2, 0.1, 0.05])
"""How a toy simulation answers: log points by months passed, to departures; half of it to utility."""


class Toy(Estimation):
    """An estimation whose simulation is log-linear, with luck of its own: what is true of it is known."""

    def months(self, point: np.ndarray, seed: int) -> xr.Dataset:
        world = settle(load("tutorial"), self.latent.values(point))[0]
        dates = pd.date_range(world.start, periods=24, freq="MS")
        days = (dates + pd.Timedelta(days=15)).to_numpy().astype("datetime64[D]")
        number = [world.leg_route.tolist().index(route) for route in range(len(world.routes))]
        answers = (
            DELAY @ np.array([np.roll(values, lag, axis=-1) for lag in range(DELAY.size)]).reshape(DELAY.size, -1)
            for values in (world.latent_departures(days), world.latent_utility(days)[number],
                           world.latent_preference(days)[:, :-1])
        )  # fmt: skip
        departures, utility, preference = (values.reshape(-1, 24) for values in answers)
        logs = 8 + utility.T[:, :, None] / 2 + departures.T[:, None, :]
        logs += preference.T.reshape(24, -1, len(world.routes)).swapaxes(1, 2) / 2
        counts = np.exp(logs + 0.02 * np.random.default_rng(seed).standard_normal(logs.shape))
        legs = np.zeros((24, len(world.legs)))
        legs[:, number] = counts.sum(axis=2)
        ds = xr.Dataset(
            {"detections_of": (("month", "route", "community"), counts), "detections": (("month", "leg"), legs),
             "attempts": (("month", "leg"), legs)},
            {"month": dates, "route": list(world.routes), "community": world.communities.names,
             "leg_route": ("leg", [leg.route for leg in world.legs])},
            {"persons_per_agent": 1.0},
        )  # fmt: skip
        return ds

    def _run(self, points: Any, first: int, fewer: int = 1) -> list[xr.Dataset]:
        return [self.months(point, first + row) for row, point in enumerate(points)]


@pytest.fixture(scope="module")
def toy_record() -> Record:
    """Detections of two of three origins told on each route; values are put in later."""
    world, dates = load("tutorial"), pd.date_range("2001-01-01", periods=24, freq="MS")
    rows = [("detections_month", route, "", date, 1, 0.2) for route in world.routes for date in dates]
    told = [*world.communities.names[:-1], REST]
    rows += [("detections_of", route, of, date, 3, 0.3) for route in world.routes for of in told for date in dates[::3]]
    table = pd.DataFrame(rows, columns=["quantity", "unit", "of", "date", "months", "scale"])
    return Record(table.assign(observed=0.0, floor=50.0), pd.DataFrame(columns=["observed", "scale", "floor", "at"]))


def test_intervals_cover_known_truths(toy_record: Record) -> None:
    """About 0.9 of known values lie in 90 % intervals.

    Of 128 values of each of six truths, standard deviation between truths 0.06 (measured): 0.84 to 0.96 is two
    and a half standard errors, for fixed seeds.
    """
    plan = ReanalysisPlan("tutorial", dt.date(2002, 12, 31), 1, rounds=5, seeds=1, draws=0, seed=1)
    inside = []
    for number in range(6):
        maker = Toy(plan, toy_record, Path())
        truth = maker.latent.sample(1, np.random.default_rng(number))[0]
        made = synthetic(toy_record, toy_record.simulated(maker.months(truth, 99)), number)
        toy = Toy(plan, made, Path())
        found = toy.search()
        low, high = np.quantile(toy.draw(found, 200, inflation=1.0), [0.05, 0.95], axis=0)
        inside.append((low <= truth) & (truth <= high))
        # A simulation that is not linear asks for more than this one, whose intervals are right as they are.
        wide = np.ptp(np.quantile(toy.draw(found, 200), [0.05, 0.95], axis=0), axis=0)
        assert np.mean(wide) == pytest.approx(INFLATION * np.mean(high - low), rel=0.1)
    assert 0.84 < np.mean(inside) < 0.96


def test_draws_are_levelled_on_detections_of_each_route(toy_record: Record) -> None:
    """Draws with half a util too much on every route: one round takes off at least half of what is too many."""
    plan = ReanalysisPlan("tutorial", dt.date(2002, 12, 31), 1, rounds=5, seeds=1, draws=0, seed=1)
    maker = Toy(plan, toy_record, Path())
    made = synthetic(toy_record, toy_record.simulated(maker.months(np.zeros(len(maker.latent)), 99)), 1)
    toy = Toy(plan, made, Path())
    found = toy.search()
    points = toy.draw(found, 20) + 0.5 * (toy.latent.table["kind"] == "route").to_numpy()
    by_month = (made.table["quantity"] == "detections_month").to_numpy()

    def excess(points: np.ndarray) -> float:
        runs = np.median([made.simulated(toy.months(point, row)) for row, point in enumerate(points)], axis=0)
        return float((made.logs(runs) - made.logs(made.table["observed"].to_numpy(float)))[by_month].mean())

    before = excess(points)
    after = excess(toy.levelled(found, points, [toy.months(point, row) for row, point in enumerate(points)]))
    assert before > 0.1
    assert abs(after) < before / 2


def test_only_what_the_record_tells_apart_has_series(toy_record: Record) -> None:
    """Exact: the third origin is in the rest of each route, and moves with the route alone."""
    toy = Toy(ReanalysisPlan("tutorial", dt.date(2002, 12, 31), 1, 1, 1, 0, 1), toy_record, Path())
    *known, unknown = load("tutorial").communities.names
    of_origins = toy.latent.table[toy.latent.table["series"].isin(["departures", "preference"])]["entity"]
    assert {entity.split(":")[0] for entity in of_origins} == set(known)
    world = settle(load("tutorial"), toy.latent.values(np.ones(len(toy.latent))))[0]
    days = np.array(["2002-01-15"], dtype="datetime64[D]")
    row = world.communities.index[unknown]
    assert not world.latent_departures(days)[row].any() and not world.latent_preference(days)[row].any()
    assert world.latent_departures(days).any() and world.latent_preference(days).any()


def test_intervals_of_every_measure_and_rule(toy_record: Record) -> None:
    """A run that is the record has no error; a constant and last year have theirs."""
    values = np.arange(len(toy_record.table), dtype=float) % 7 * 100 + 300
    record = Record(toy_record.table.assign(observed=values), toy_record.wanted)
    runs = np.repeat(values[None, :], 100, axis=0)
    card = summary(cases(record, runs, 2 * runs))
    month = card.loc["detections_route_month"]
    assert month["reanalysis"] == pytest.approx(1) and month["mechanisms"] == pytest.approx(2)
    assert month["constant"] > 1.2 and month["last_year"] > 1.2
    assert "attempts_coast_year" not in card.index


@pytest.mark.parametrize("missed", [0.1, 0.6])
def test_intervals_are_as_wide_as_other_years_ask_for(missed: float) -> None:
    """Errors of 0.1 or 0.6 with intervals for 0.3: nine tenths are covered, within four standard errors."""
    rng = np.random.default_rng(1)
    dates = pd.to_datetime([f"{year}-01-01" for year in range(2011, 2022) for _ in range(60)])
    seen = np.exp(7 + missed * rng.standard_normal(len(dates)))
    centre, half = np.exp(7.0), np.exp(1.645 * 0.3)
    table = pd.DataFrame(
        {"date": dates, "observed": seen, "reanalysis": centre, "low": centre / half, "high": centre * half}
    )
    found = calibrated(table, MEASURES["detections_route_month"])
    covered = ((found["low"] <= seen) & (seen <= found["high"])).mean()
    assert abs(covered - 0.9) < 4 * np.sqrt(0.09 / len(dates)), ALPHA
    assert found["widening"].median() == pytest.approx(missed / 0.3, rel=0.15)


def test_what_latent_series_add_at_an_event(tmp_path: Path) -> None:
    """Exact but for half an agent: detections of one origin double in draws and stay in runs of mechanisms."""
    world, dates = load("tutorial"), pd.date_range("2001-01-01", periods=30, freq="MS")
    route, (one, *_) = world.routes[0], world.communities.names
    head = "date,name,route,nationality,flow_measure,flow_ratio"
    rows = [f"2002-03-01,Opened,{route},{one},Frontex detections,3", "2002-03-01,Elsewhere,Nowhere,all,none,2",
            f"2000-03-01,Before,{route},all,Frontex detections,2"]  # fmt: skip
    (tmp_path / "events.csv").write_text("\n".join([head, *rows]), encoding="utf-8")

    def run_with(factor: float) -> xr.Dataset:
        counts = np.full((30, len(world.routes), len(world.communities)), 1000.0)
        counts[15:, :, 0] *= factor
        legs = np.ones((30, len(world.legs)))
        return xr.Dataset(
            {"detections_of": (("month", "route", "community"), counts), "detections": (("month", "leg"), legs)},
            {"month": dates, "route": list(world.routes), "community": world.communities.names},
            {"persons_per_agent": 1.0},
        )

    found = events("tutorial", tmp_path, [run_with(2.0)] * 3, [run_with(1.0)]).set_index("title")
    opened = found.loc["Opened"]
    assert opened["latent"] == pytest.approx(np.log(2), abs=1e-3) and opened["mechanisms"] == pytest.approx(0.0)
    assert opened["observed"] == pytest.approx(np.log(3)) and opened["at"] == f"{route} {one}"
    assert "months before and after" in found.loc["Before", "outside"] and "Elsewhere" not in found.index


ROWS = ["series,entity,date,draw_1,draw_2", "departures,alpha,2001-02-15,0.5,-0.5", "utility,Sea,2001-01-16,1,2"]


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """Return the tutorial world with a reanalysis of two draws."""
    target = tmp_path / "world"
    shutil.copytree(scenario_directory("tutorial"), target)
    name = load("tutorial").communities.names[0]
    (target / TABLE).write_text("\n".join(ROWS).replace("alpha", name), encoding="utf-8")
    return target


def told(scenario: Path | str, *more: str) -> World:
    return World.of(configure(RunSettings, [f"scenario={scenario}", "history=reanalysis", *more]))


def test_each_seed_takes_a_draw_of_the_scenario(published: Path) -> None:
    world, name = told(published), load("tutorial").communities.names[0]
    first, second = (world.values(seed) for seed in (0, 1))
    assert first == {f"latent_departures.{name}.2001-02-15": 0.5, "latent_utility.Sea.2001-01-16": 1.0}
    assert second[f"latent_departures.{name}.2001-02-15"] == -0.5 and world.values(2) == first
    assert World.of(RunSettings(scenario=str(published))).values(0) == {}, "off by default"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("0.5,-0.5", "much,-0.5", "draw_1"),
        ("utility,Sea", "utility,Nowhere", "entity"),
        ("2001-01-16", "soon", "date"),
        (",draw_1,draw_2", "", "fields"),
    ],
)
def test_a_table_that_does_not_fit_is_refused(published: Path, old: str, new: str, said: str) -> None:
    file = published / TABLE
    file.write_text(file.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(InvalidInput) as refused:
        told(published)
    assert said in str(refused.value) and TABLE in str(refused.value)


@pytest.mark.parametrize("more", [["parameters=posterior"], ["scenario=tutorial"]])
def test_history_without_what_it_needs_is_refused(published: Path, more: list[str]) -> None:
    with pytest.raises(InvalidInput):
        told(published, *more)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([], "observations"),
        (["observations=DIR"], "frontex_monthly_by_route_nationality.csv"),
        (["observations=DIR", "until=2011-06-30"], "until"),
        (["observations=DIR", "rounds=0"], "rounds"),
    ],
)
def test_reanalyse_refuses_in_one_sentence(
    given: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = [part.replace("DIR", str(tmp_path)) for part in given]
    assert main(["reanalyse", f"results={tmp_path}", *folder]) == 2
    error = capsys.readouterr().err
    assert said in error and "Traceback" not in error
