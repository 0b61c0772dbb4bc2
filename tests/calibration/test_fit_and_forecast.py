"""Calibration, forecasts and their scores: known answers, nothing from the future, input that cannot be accepted."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.special import ndtr, ndtri

from corridor.calibration import natural, scores, smc
from corridor.calibration.emulator import Emulator
from corridor.calibration.fit import gather
from corridor.calibration.forecast import PRIOR, ResidualModel
from corridor.calibration.hindcast import CORRIDOR, STACKS, hindcast, issue
from corridor.calibration.indicators import DISCREPANCY, Cell, discrepancy
from corridor.calibration.members import ensemble, key, member, monthly
from corridor.calibration.naive import NAIVE
from corridor.calibration.plan import (
    early_parameters,
    member_parameters,
    origins,
    plan_of,
    practice_origins,
    seen_detections,
)
from corridor.calibration.priors import FREE, ends, fitted, spread_out, units, values
from corridor.calibration.reference import Reference
from corridor.calibration.settings import HindcastSettings
from corridor.calibration.smoother import smooth
from corridor.calibration.targets import residuals, targets
from corridor.experiments.commands.shell import main
from corridor.experiments.runs.conf import configure
from corridor.experiments.runs.patch import Patch, as_known
from corridor.experiments.runs.settings import Source
from corridor.model.errors import InvalidInput
from corridor.model.parameters import REGISTRY, Parameters
from corridor.model.simulation import Simulation
from corridor.model.states import N_WEALTH
from corridor.scenarios import load, observed
from corridor.scenarios.posterior import draw, posterior, settle
from corridor.scenarios.reader import ROOT
from corridor.scenarios.validation import UNTESTED, short_form, validation

MONTHS = pd.date_range("2011-01-01", periods=96, freq="MS")


def series(seed: int = 3, routes: int = 2) -> pd.DataFrame:
    """Return a random walk of log counts by month and route."""
    steps = 0.3 * np.random.default_rng(seed).standard_normal((len(MONTHS), routes))
    return pd.DataFrame(6 + steps.cumsum(axis=0), index=MONTHS, columns=[f"route {i}" for i in range(routes)])


# --- scores -----------------------------------------------------------------------------------------------------------


def test_crps_of_a_certain_forecast_is_the_absolute_error() -> None:
    assert scores.crps(np.full((1, 50), 3.0), np.array([5.0])) == pytest.approx([2.0])


@pytest.mark.statistical
def test_crps_of_a_normal_forecast() -> None:
    # CRPS of N(0, 1) at 0 is 0.2337 (Gneiting and Raftery 2007); 40,000 draws put it within 0.01 but once in a million.
    draws = np.random.default_rng(1).standard_normal((1, 40_000))
    assert scores.crps(draws, np.array([0.0])) == pytest.approx([0.2337], abs=0.01)
    assert scores.log_score(draws, np.array([0.0])) == pytest.approx([np.log(0.3989)], abs=0.05)


def test_coverage_of_central_intervals() -> None:
    draws = np.linspace(0, 100, 101)[None, :].repeat(3, axis=0)
    assert scores.covered(draws, np.array([4.0, 50.0, 96.0]), 90).tolist() == [False, True, False]


# --- months and worlds ------------------------------------------------------------------------------------------------


def test_months_add_up_to_the_run_and_share_steps_by_days() -> None:
    ds = Simulation(load("tutorial"), agents=300, end=dt.date(2001, 3, 31)).run()
    months = monthly(ds)
    assert list(months["month"].dt.month.to_numpy()) == [1, 2, 3]
    weekly = ds["departures"].sum("community").to_numpy()
    january = weekly[:4].sum() + weekly[4] * 3 / 7  # 2001-01-01 begins a step: 31 days are four and three sevenths
    assert float(months["departures"].sel(month="2001-01-01").sum()) == pytest.approx(january, rel=1e-5)


def test_nothing_of_the_future_is_in_the_world_as_known() -> None:
    corridor, day = load("mediterranean"), dt.date(2016, 3, 31)
    known = as_known(corridor, day)
    assert {event.event for event in corridor.events if event.date > day}.isdisjoint(e.event for e in known.events)
    assert all(event.until is None or event.until <= day for event in known.events)
    assert max(row.date for row in known.series if row.variable == "instability") <= day
    assert {(row.entity, row.variable) for row in known.series} == {(r.entity, r.variable) for r in corridor.series}


@pytest.mark.usefixtures("threads")
def test_members_are_computed_once(tmp_path: Path) -> None:
    members = [member("tutorial", seed, 200, dt.date(2001, 2, 28)) for seed in (1, 2)]
    first = ensemble(members, tmp_path)
    stamps = {file: file.stat().st_mtime_ns for file in tmp_path.iterdir()}
    again = ensemble(members, tmp_path)
    assert again.equals(first) and {file: file.stat().st_mtime_ns for file in tmp_path.iterdir()} == stamps
    assert key(members[0]) != key(member("tutorial", 1, 200, dt.date(2001, 2, 28), patch=Patch(("rescue_cut",))))


# --- forecasts --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAIVE)
def test_naive_forecasts_have_their_shape_and_repeat(name: str) -> None:
    past = series().iloc[:, 0].to_numpy()
    first, again = (NAIVE[name](past, 12, np.random.default_rng(5), 50) for _ in range(2))
    assert first.shape == (50, 12) and np.isfinite(first).all() and np.array_equal(first, again)


def test_persistence_and_season_centre_where_they_should() -> None:
    past = series().iloc[:, 0].to_numpy()
    rng = np.random.default_rng(5)
    flat = NAIVE["persistence"](past, 12, rng, 20_000).mean(axis=0)
    season = NAIVE["seasonal_naive"](past, 12, rng, 20_000).mean(axis=0)
    # Standard errors are below 0.02: five of them.
    assert flat == pytest.approx(np.full(12, past[-1]), abs=0.1)
    assert season == pytest.approx(past[-12:], abs=0.1)


def test_levels_are_carried_on_before_data_are_seen() -> None:
    assert sum(PRIOR) == pytest.approx(1.0)


def test_a_residual_model_follows_a_simulation_that_is_right() -> None:
    seen = series()
    simulated = np.vstack([seen.to_numpy(), np.full((12, 2), 4.0)]) - 1.0
    model = ResidualModel.fit(seen, simulated[:96], 1.0)
    paths = model.forecast(seen, simulated[None], 12, np.random.default_rng(1), 400)
    assert np.median(paths, axis=2) == pytest.approx(np.full((2, 12), 4.0), abs=0.1)


def test_practice_ends_before_the_first_origin_and_begins_when_enough_is_known(tmp_path: Path) -> None:
    settings = HindcastSettings(parameters=Source.point, results=str(tmp_path))
    practice = practice_origins(plan_of(settings))
    assert [f"{month:%Y-%m}" for month in (practice[0], practice[-1])] == ["2012-12", "2018-09"]
    later_months(tmp_path, *(f"2022-{month:02}" for month in range(1, 13)))
    settings.observations, settings.first_origin = str(tmp_path), "2021-12-01"
    later = plan_of(settings)
    assert later.origins == (pd.Timestamp("2021-12-01"),) and practice_origins(later)[:24] == practice
    assert f"{practice_origins(later)[-1]:%Y-%m}" == "2021-09"


def test_origins_leave_a_whole_horizon() -> None:
    seen = series()
    chosen = origins(seen, pd.Timestamp("2017-06-01"), 12, 3)
    assert [f"{month:%Y-%m}" for month in chosen] == ["2017-06", "2017-09", "2017-12"]
    with pytest.raises(InvalidInput, match="observations end 2018-12"):
        origins(seen, pd.Timestamp("2018-06-01"), 12, 1)


def later_months(folder: Path, *months: str) -> None:
    """Write a table of made-up detections in months that the scenario does not have."""
    routes = ("Western African", "Western Mediterranean", "Central Mediterranean", "Eastern Mediterranean")
    rows = [(f"{month}-01", route, 1000) for month in months for route in routes]
    pd.DataFrame(rows, columns=["month", "route", "detections"]).to_csv(folder / "detections.csv", index=False)


def test_later_months_alone_go_on_where_the_scenarios_end(tmp_path: Path) -> None:
    later_months(tmp_path, "2021-12", "2022-01")
    own, joined = seen_detections("mediterranean", None), seen_detections("mediterranean", tmp_path)
    assert len(joined) == len(own) + 1 and joined.iloc[:-2].equals(own.iloc[:-1])
    assert joined.iloc[-2:].to_numpy() == pytest.approx(np.log1p(np.full((2, 4), 1000.0)))


def test_forecasts_are_tried_with_a_fit_that_has_not_seen_the_years(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "tutorial", tmp_path / "island")
    island = str(tmp_path / "island")
    (tmp_path / "island" / "posterior.csv").write_text("foresight\n0.9\n0.8\n")
    assert early_parameters(island, Source.posterior, 2, 1) == member_parameters(island, Source.posterior, 2, 1)
    (tmp_path / "island" / natural.LEFT_OUT).write_text(f"event,foresight\n{natural.LATE_YEARS},0.7\n,0.9\n")
    assert early_parameters(island, Source.posterior, 3, 1) == ({"foresight": 0.7},) * 3


def test_detections_with_a_missing_month_are_refused(tmp_path: Path) -> None:
    later_months(tmp_path, "2022-01", "2022-03")
    with pytest.raises(InvalidInput, match="every month"):
        seen_detections("mediterranean", tmp_path)


@pytest.fixture
def island(tmp_path: Path) -> list[str]:
    """Return settings of a short hindcast of the tutorial, with five observed years drawn by chance."""
    scenario = tmp_path / "island"
    shutil.copytree(ROOT / "tutorial", scenario)
    (scenario / "observed").mkdir()
    months = pd.date_range("2001-01-01", "2005-12-01", freq="MS")
    rng = np.random.default_rng(1)
    table = pd.DataFrame([(f"{m:%Y-%m-%d}", r, int(rng.integers(20, 90))) for m in months for r in ("Sea", "Land")])
    table.to_csv(scenario / "observed" / "detections.csv", index=False, header=["month", "route", "detections"])
    return [
        f"scenario={scenario}", "parameters=point", "train_start=2001-01-01", "train_end=2004-12-31", "members=3",
        "agents=100", "draws=100", f"results={tmp_path / 'results'}", "compute.workers=1", "report=json",
    ]  # fmt: skip


@pytest.mark.slow
@pytest.mark.usefixtures("threads")
def test_hindcast_from_the_shell(island: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["hindcast", *island]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert set(figures["mean_crps"]) == {"corridor", *NAIVE}
    assert set(figures["coverage"]) == {"50", "90"} and set(figures["by_route"]) == {"Sea", "Land"}
    for row in figures["weights"].values():
        assert sum(row[name] for name in STACKS[CORRIDOR]) == pytest.approx(1.0, abs=1e-3)
    assert figures["surges"]["quarters"] == 8  # one origin, two routes, four quarters
    assert main(["hindcast", *island, "first_origin=2002-06-01"]) == 2


@pytest.mark.slow
@pytest.mark.usefixtures("threads")
def test_a_hindcast_that_is_stopped_goes_on_where_it_stood(island: list[str], tmp_path: Path) -> None:
    settings = configure(HindcastSettings, island)
    plan = plan_of(settings)
    told: list[tuple[int, int]] = []

    def stop_after_one(done: int, runs: int) -> None:
        if done == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        hindcast(plan, settings, stop_after_one)
    resumed = hindcast(plan, settings, lambda done, runs: told.append((done, runs)))
    assert told == [(1, 3), (2, 3), (3, 3)]
    # As if the months ahead had not come yet: the same forecasts, from runs that are there.
    before = issue(replace(plan, seen=plan.seen.loc[: plan.origins[0]]), settings)
    assert before.cases["observed"].isna().all()
    ours = resumed.table[resumed.table["method"] == CORRIDOR]
    assert np.array_equal(np.median(before.samples[CORRIDOR], axis=1), ours["median"])
    settings.results = str(tmp_path / "undisturbed")
    pd.testing.assert_frame_equal(resumed.table, hindcast(plan, settings).table)


@pytest.mark.slow
@pytest.mark.usefixtures("threads")
def test_the_months_ahead_from_the_shell(island: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = [part for part in island if not part.startswith("train_end")]
    assert main(["forecast", *given]) == 0
    figures = json.loads(capsys.readouterr().out)
    table = pd.DataFrame(figures["months"])
    assert figures["origin"] == "2005-12" and table.groupby("route").size().to_dict() == {"Land": 12, "Sea": 12}
    assert (table["low_90"] <= table["low_50"]).all() and (table["high_50"] <= table["high_90"]).all()
    seen = observed(str(tmp_path / "island"))["detections"].set_index(["month", "route"])["detections"]
    assert table["year_before"].iloc[0] == seen["2005-01-01", table["route"].iloc[0]]
    assert any("Nothing after that month is known" in sentence for sentence in figures["says"])
    assert all(Path(file).stat().st_size for file in figures["files"].values())
    assert main(["forecast", *given, "train_start=2004-01-01"]) == 2


# --- fit --------------------------------------------------------------------------------------------------------------


def test_priors_have_the_registrys_defaults_and_ranges_and_invert() -> None:
    names = fitted(["SYR"], ["LBY-ITA sea"])
    low, middle, high = (values(np.full(len(names), share), names) for share in (0.0, 0.5, 1.0))
    for name in FREE:
        row = REGISTRY[name]
        assert (low[name], middle[name], high[name]) == pytest.approx((row.low, row.default, row.high))
    inner, outer = (
        values([share, share], ["departure_factor.SYR", "utility_constant.LBY-ITA sea"]) for share in (0.05, 0.95)
    )
    for effect in (inner, outer):
        assert all(any(value == pytest.approx(end) for end in ends(name)) for name, value in effect.items())
    assert high["departure_factor.SYR"] > 10 * ends("departure_factor.SYR")[1], "no wall where a range is not measured"
    point = spread_out(4, 1, len(names))[2]
    assert units(values(point, names), names) == pytest.approx(point)


@pytest.mark.statistical
def test_the_smoother_finds_the_posterior_of_a_linear_model() -> None:
    # One score, seen twice with error 0.5: the posterior is normal, mean 8/9 of what was seen, variance 1/9.
    rng = np.random.default_rng(4)

    def model(points: np.ndarray) -> np.ndarray:
        return np.repeat(ndtri(points[:, :1]), 2, axis=1)

    points, _ = smooth(model, spread_out(2000, 1, 2), np.array([1.0, 0.6]), np.full(2, 0.5), 4, int(rng.integers(99)))
    scores = ndtri(points)
    # Standard errors: 0.0075 and 0.022 for the means, below 0.03 for the spreads; four of them.
    assert scores.mean(axis=0) == pytest.approx([0.8 * 8 / 9, 0.0], abs=0.09)
    assert scores.std(axis=0) == pytest.approx([1 / 3, 1.0], abs=0.1)


@pytest.mark.statistical
def test_the_smoother_of_a_small_ensemble_is_not_led_astray_by_targets_that_move_together() -> None:
    # Forty scores, ninety targets with a strong part in common, sixty-four members.
    rng = np.random.default_rng(6)
    slopes = 0.3 * rng.standard_normal((90, 40))
    slopes[:, :2] += 1.5
    truth, scale = rng.standard_normal(40), np.full(90, 0.5)
    seen = slopes @ truth + scale * rng.standard_normal(90)

    def model(points: np.ndarray) -> np.ndarray:
        return ndtri(np.clip(points, 1e-4, 1 - 1e-4)) @ slopes.T

    start = spread_out(64, 1, 40)
    before = np.mean(((model(start) - seen) / scale) ** 2)
    _, outputs = smooth(model, start, seen, scale, 4, 1)
    # Over twenty seeds 5.5 to 18 times closer; taken target by target, chance led away from the data in all twenty.
    assert np.mean(((outputs - seen) / scale) ** 2) < before / 3


def test_origin_effects_multiply_the_hazard_of_leaving_and_nothing_else() -> None:
    world = load("tutorial")
    unbounded = Parameters({**world.parameter_values(), "home_decisions": 1e9, "home_foresight": 0.0}, force=True)
    usual, other = (
        Simulation(corridor, agents=300, seed=1, parameters=unbounded)
        for corridor in (world, world.with_origin_effects({"borian": 3.0}))
    )
    for sim in (usual, other):
        sim.step()
    ratio = other.aspiration.hazard_per_year / usual.aspiration.hazard_per_year
    expected = [[3.0 if name == "borian" else 1.0] * N_WEALTH for name in world.communities.names]
    np.testing.assert_allclose(ratio, expected)
    assert not world.with_origin_effects({"borian": 0.0}).communities["borian"].departure_factor


def test_a_route_constant_moves_the_utility_of_its_legs_and_nothing_else() -> None:
    world = load("tutorial")
    route = next(leg.route for leg in world.legs if leg.route)
    usual, other = (
        Simulation(corridor, agents=300, seed=1) for corridor in (world, world.with_constants({route: 1.5}))
    )
    for sim in (usual, other):
        sim.step()
    with np.errstate(invalid="ignore"):
        moved = other.choice._common_utility()[1] - usual.choice._common_utility()[1]
    expected = np.broadcast_to(1.5 * (world.legs.column("route") == route), moved.shape)
    assert moved == pytest.approx(expected, abs=1e-9)


def test_libya_and_turkey_have_constants_of_their_own_on_one_route() -> None:
    world = load("mediterranean").with_constants({"LBY-ITA sea": 0.5, "Central Mediterranean": -1.0})
    constants = {leg.leg: leg.utility_constant for leg in world.legs}
    assert constants["zuwara-lampedusa"] == constants["benghazi-sicily"] == 0.5
    assert constants["izmir-calabria"] == constants["garabulli-malta"] == -1.0, (
        "a route stands for the rest of its legs"
    )
    assert constants["tobruk-crete"] == load("mediterranean").legs["tobruk-crete"].utility_constant
    assert world.leg_embarkation[world.legs.index["edirne-evros"]] == "TUR-GRC land"


def test_origin_effects_of_a_draw_are_settled_in_the_corridor() -> None:
    world = load("tutorial")
    corridor, parameters = settle(world, {"memory": 6.0, "departure_factor.borian": 2.0})
    assert parameters == {"memory": 6.0} and corridor.communities["borian"].departure_factor == 2.0
    onward = settle(world, {"onward_factor.borian": 3.0})[0].communities["borian"]
    assert (onward.onward_factor, onward.departure_factor) == (3.0, 1.0)
    with pytest.raises(InvalidInput, match="community"):
        settle(world, {"departure_factor.atlantean": 2.0})
    with pytest.raises(InvalidInput, match="0 or more"):
        settle(world, {"departure_factor.borian": -1.0})
    route = next(leg.route for leg in world.legs if leg.route)
    corridor, parameters = settle(world, {f"utility_constant.{route}": 0.5})
    assert not parameters
    assert {leg.utility_constant for leg in corridor.legs if leg.route == route} == {0.5}
    assert {leg.utility_constant for leg in corridor.legs if leg.route != route} == {0.0}
    group = next(filter(None, world.leg_embarkation))
    corridor, _ = settle(world, {f"utility_constant.{group}": 0.25})
    assert [leg.utility_constant == 0.25 for leg in corridor.legs] == [name == group for name in world.leg_embarkation]
    with pytest.raises(InvalidInput, match="a route or an embarkation"):
        settle(world, {"utility_constant.Moon": 0.5})
    with pytest.raises(InvalidInput, match="a number"):
        settle(world, {f"utility_constant.{route}": float("nan")})


@pytest.mark.slow
@pytest.mark.usefixtures("threads")
def test_a_fit_goes_on_where_it_stopped_also_after_a_change_of_point_values(tmp_path: Path) -> None:
    scenario = str(tmp_path / "sea")
    shutil.copytree(ROOT / "mediterranean", scenario)
    wanted = targets(scenario)
    table = Reference(tmp_path, scenario, wanted, 200, 2011)
    points, outputs = gather(table, 6, 1, 1, 1, None)
    before = table.file.read_bytes()
    file = Path(scenario) / "parameters.csv"
    file.write_text(file.read_text().replace("stage_utility,-0.0298", "stage_utility,-0.03"))
    again, same = gather(Reference(tmp_path, scenario, wanted, 200, 2011), 6, 1, 1, 1, None)
    assert table.file.read_bytes() == before
    assert again.equals(points) and np.array_equal(outputs, same)


def test_an_emulator_learns_a_quadratic_function() -> None:
    points = spread_out(256, 1, 4)
    scores = ndtri(points)
    outputs = np.column_stack([1 + scores[:, 0] - scores[:, 1] ** 2, scores[:, 2] * scores[:, 3]])
    emulator = Emulator.fit(points, outputs)
    assert emulator.explained.min() > 0.99
    found = emulator.mean(ndtr(np.array([[0.5, 0.0, 1.0, -1.0]])))
    assert found == pytest.approx(np.array([[1.5, -1.0]]), abs=0.05)


@pytest.mark.statistical
def test_abc_finds_a_known_mean_and_goes_on_where_it_stopped(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)

    def model(point: np.ndarray) -> np.ndarray:
        return point + 0.02 * rng.standard_normal(2)

    database, truth = tmp_path / "history.db", np.array([0.3, 0.8])
    sizes = {"database": database, "population": 60, "seed": 1}
    _, _, before = smc.infer(model, truth, ["x", "y"], generations=2, **sizes)
    points, weights, after = smc.infer(model, truth, ["x", "y"], generations=6, **sizes)
    assert before["t"].max() == 1 and after["t"].max() == 5
    assert after["samples"].iloc[:3].tolist() == before["samples"].tolist()
    # The posterior's spread is about 0.03: its mean over 60 particles lies within 0.05 with overwhelming probability.
    assert np.average(points.to_numpy(), axis=0, weights=weights) == pytest.approx(truth, abs=0.05)


def test_targets_have_an_error_scale_and_a_perfect_run_no_residual() -> None:
    wanted = targets("mediterranean")
    assert set(wanted.index.get_level_values("quantity")) >= {"detections", "deaths", "fee", "victims_on_the_way"}
    assert (wanted["scale"] > 0).all()
    assert residuals(wanted["observed"], wanted, 800.0) == pytest.approx(np.zeros(len(wanted)))


def test_a_missing_table_of_observations_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["calibrate", f"observations={tmp_path}", f"results={tmp_path}"]) == 2
    assert "eu_asylum_yearly.csv" in capsys.readouterr().err


# --- natural experiments ----------------------------------------------------------------------------------------------


def test_natural_experiments_name_events_that_exist() -> None:
    found = natural.experiments()
    assert len({experiment.event for experiment in found}) == len(found)
    for experiment in found:
        known = {event.event for event in load(experiment.scenario).events}
        assert set(experiment.hidden) | set(experiment.prolonged) <= known
        assert experiment.hidden or experiment.prolonged or experiment.added


def test_the_discrepancy_of_changes_is_what_simulated_ones_miss_where_nothing_was_left_out() -> None:
    table = observed("mediterranean")["detections"].pivot(index="month", columns="route", values="detections")
    table = table.loc["2011":"2018"]
    cell = Cell(indicator="detections", at="Eastern Mediterranean", expected=-1, series=True)

    def members(counts: np.ndarray) -> xr.Dataset:
        return xr.Dataset(
            {"detections": (("member", "month", "leg"), np.stack([counts, counts]))},
            coords={"month": table.index, "leg_route": ("leg", list(table.columns))},
            attrs={"persons_per_agent": 1e-9},
        )

    perfect, still = members(table.to_numpy(float)), members(np.ones(table.shape))
    assert discrepancy(perfect, "mediterranean", cell, [], []) == DISCREPANCY
    everywhere = discrepancy(still, "mediterranean", cell, [], [])
    assert everywhere > 2 * DISCREPANCY
    surge = {"routes": ["Eastern Mediterranean", "Western Balkan"], "years": [2015, 2016]}
    assert DISCREPANCY < discrepancy(still, "mediterranean", cell, **surge) < everywhere, "the surge was left out"
    assert discrepancy(still, "mediterranean", cell.model_copy(update={"series": False}), [], []) == DISCREPANCY


def test_an_unknown_event_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["natural", "events=[moon_landing]"]) == 2
    assert "moon_landing" in capsys.readouterr().err


def test_an_unknown_indicator_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "natural.yaml"
    file.write_text(natural.FILE.read_text(encoding="utf-8").replace("indicator: detections", "indicator: luck", 1))
    with pytest.raises(InvalidInput, match="luck"):
        natural.experiments(file)


# --- what ships with the scenario ------------------------------------------------------------------------------------


def test_a_scenario_of_which_nothing_was_observed_cannot_be_fitted() -> None:
    with pytest.raises(InvalidInput, match="tutorial: observed is 'nothing'"):
        targets("tutorial")


def test_a_posterior_gives_each_seed_a_draw(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "tutorial", tmp_path / "island")
    (tmp_path / "island" / "posterior.csv").write_text("foresight\n0.9\n0.8\n")
    draws = posterior(tmp_path / "island")
    assert draw(draws, 0) != draw(draws, 1) and draw(draws, len(draws)) == draw(draws, 0)


def test_a_posterior_out_of_range_is_refused(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "tutorial", tmp_path / "island")
    (tmp_path / "island" / "posterior.csv").write_text("foresight\n0.9\n7\n")
    with pytest.raises(InvalidInput, match=r"line 3: foresight is .*; allowed: 0\.7 to 1"):
        posterior(tmp_path / "island")
    (tmp_path / "island" / "posterior.csv").write_text("utility_constant.Moon\n0.9\n")
    with pytest.raises(InvalidInput, match=r"line 2: utility_constant\.Moon is .*; allowed: a route"):
        posterior(tmp_path / "island")
    (tmp_path / "island" / "posterior.csv").write_text("foresight\nmuch\n")
    with pytest.raises(InvalidInput, match=r"line 2: value is .*; allowed: numbers"):
        posterior(tmp_path / "island")
    (tmp_path / "island" / "posterior.csv").write_text("")
    with pytest.raises(InvalidInput, match="header is 'missing'"):
        posterior(tmp_path / "island")


def test_a_run_takes_its_draw_and_what_is_given_goes_first(tmp_path: Path) -> None:
    from corridor.experiments.runs.conf import configure
    from corridor.experiments.runs.settings import RunSettings
    from corridor.experiments.runs.world import World

    shutil.copytree(ROOT / "tutorial", tmp_path / "island")
    (tmp_path / "island" / "posterior.csv").write_text("foresight,memory\n0.9,8\n0.8,6\n")
    given = [f"scenario={tmp_path / 'island'}", "parameters=posterior", "parameters.memory=12"]
    world = World.of(configure(RunSettings, given))
    assert world.values(1) == {"foresight": 0.8, "memory": 12.0}
    assert World.of(configure(RunSettings, given[:1])).values(1) == {}


def test_what_a_corridor_has_earned_is_told_in_words() -> None:
    assert short_form("tutorial") == UNTESTED
    claims = validation("mediterranean")
    assert {claim.claim for claim in claims} >= {"forecast", "direction", "size", "parameters", "victims"}
    assert all(claim.use in short_form("mediterranean") for claim in claims)
