"""Settings, metrics, comparison, observation, store and figure of experiments, on results with known answers."""

from __future__ import annotations

import errno
import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from corridor.experiments.analysis.differences import paired_differences
from corridor.experiments.analysis.intervals import paired_interval, verdict
from corridor.experiments.analysis.metrics import METRICS, by_route, mean_fee_by_mode, outcomes, persons_by_state
from corridor.experiments.analysis.observe import errors, log_error, yearly
from corridor.experiments.analysis.summary import summary as run_summary
from corridor.experiments.reporting.figure import draw
from corridor.experiments.runs.conf import configure, cores
from corridor.experiments.runs.run import Job, run, simulate
from corridor.experiments.runs.settings import CompareSettings, Report, RunSettings
from corridor.experiments.runs.store import (
    Study,
    export_csv,
    export_netcdf,
    finished_runs,
    open_study,
    read_run,
    result_hash,
)
from corridor.experiments.runs.tables import layout, rounded
from corridor.experiments.runs.world import World
from corridor.experiments.studies.compare import compare, summary
from corridor.model.errors import InvalidInput
from corridor.model.parameters import Parameters
from corridor.model.recorder import VARIABLES, standard_coords
from corridor.scenarios import load_policy

SMALL = ["scenario=tutorial", "agents=1500", "end=2001-06-30", "figure=false"]


@pytest.fixture
def toy() -> xr.Dataset:
    """Two years of weeks on three legs; every count is 1 in every cell unless set below."""
    times = pd.date_range("2011-01-01", "2012-12-31", freq="7D")
    coords = {
        "time": times,
        "leg": ["desert", "boat", "walk"],
        "place": ["hub", "coast"],
        "community": ["AAA", "BBB"],
        "country": ["AAA", "BBB"],
        "route": ["Sea", "Land"],
        "duration": ["below 4 weeks", "4 weeks or more", "before the run"],
        "quarters": ["0", "1 or more", "before the run"],
        **standard_coords(),
    }
    ones = {
        name: (("time", *v.dims), np.ones([len(coords[dim]) for dim in ("time", *v.dims)]), {"units": v.units})
        for name, v in VARIABLES.items()
    }
    ds = xr.Dataset(ones, coords).assign_coords(
        leg_route=("leg", ["", "Sea", "Land"]),
        leg_mode=("leg", ["desert", "sea", "land"]),
        leg_crossing=("leg", [False, True, True]),
        leg_market=("leg", [True, True, False]),
    )
    ds["attempts"].loc[{"leg": "desert"}] = 0.0
    ds["passages"].loc[{"leg": "boat"}] = 4.0
    ds["fee_revenue_usd"].loc[{"leg": "boat"}] = 4000.0
    ds["fee_revenue_usd"].loc[{"leg": "desert"}] = 100.0
    ds["legal_arrivals"][:] = 0.5
    ds["detections"].loc[{"leg": "boat"}] = 10.0
    ds.attrs |= {"policy": "baseline", "seed": "1", "step_days": 7, "persons_per_agent": 2.0}
    return ds


def toy_study(toy: xr.Dataset, folder: Path, runs: list[tuple[str, int]]) -> Study:
    study = Study(folder, {"scenario": "toy", "agents": 3}, {"versions": {"corridor": "0"}})
    with study.workshop() as workshop:
        for policy, seed in runs:
            ds = toy.assign_attrs(policy=policy, seed=str(seed), policy_hash=f"hash of {policy}")
            ds["deaths_of"] = ds["deaths_of"] * seed
            study.add(ds, workshop)
    return study


# --- settings ---------------------------------------------------------------------------------------------------------


def test_overrides_become_typed_settings() -> None:
    settings = configure(
        RunSettings,
        [
            "scenario=./some/dir",
            "seed=3",
            "agents=20_000",
            "compute.threads=2",
            "parameters.foresight=1",
            "report=json",
        ],
    )
    assert (settings.scenario, settings.seed, settings.agents) == ("./some/dir", 3, 20_000)
    assert settings.compute.threads == 2
    assert settings.parameters == {"foresight": 1.0}
    assert settings.report is Report.json
    assert settings.first_day is None


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("sed=1", "did you mean seed"),
        ("compute.thread=1", "did you mean compute.threads"),
        ("polices=baseline", "did you mean policies"),
        ("seed", "name=value"),
        ("seed=abc", "whole number"),
        ("seed=1.5", "whole number"),
        ("seed=-1", "whole number"),
        ("seed=1,2", "whole number"),
        ("agents=0", "whole number"),
        ("agents=1e3", "whole number"),
        ("agents=[1", "whole number"),
        ("compute.threads=0", "whole number"),
        ("parameters.foresight=nan", "finite number"),
        ("parameters.foresight=much", "a number"),
        ("parameters={foresight: 1}", "point, posterior"),
        ("start=2011", "a date"),
        ("end=2011-02-30", "a date"),
        ("report=xml", "text, json"),
        ("scenario=", "directory"),
        ("replicates=0", "whole number"),
        ("policies=[]", "at least one"),
        ("policies=[baseline,baseline]", "each policy once"),
        ("~seed=1", "did you mean seed"),
        ("+seed=1", "did you mean seed"),
        ("hydra.run.dir=x", "allowed: agents"),
        ("seed@package=1", "allowed: agents"),
    ],
)
def test_a_bad_override_is_one_sentence(override: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        configure(CompareSettings, [override])


@pytest.mark.parametrize("value", ["${oc.env:HOME}", "a${seed}", "'${oc.env:HOME}'", "[${seed}]"])
def test_interpolations_are_refused(value: str) -> None:
    with pytest.raises(InvalidInput, match="interpolations"):
        configure(RunSettings, [f"scenario={value}"])


def test_unknown_parameter_and_value_out_of_range_are_refused() -> None:
    for override in ("parameters.foresigt=0.9", "parameters.foresight=9"):
        with pytest.raises(InvalidInput, match="foresig"):
            World.of(configure(RunSettings, [*SMALL, override]))


# --- metrics ----------------------------------------------------------------------------------------------------------


def test_outcomes_have_known_values(toy: xr.Dataset) -> None:
    weeks = toy.sizes["time"]
    values = {str(name): float(value) for name, value in outcomes(toy).items()}
    assert values["deaths"] == 2 * weeks
    assert values["deaths_per_1000_attempts"] == 1000.0  # one death and one attempt a week on each of two crossings
    assert values["arrivals"] == 3 * weeks
    assert values["share_irregular"] == pytest.approx(2 / 3)
    assert values["mean_fee_usd"] == pytest.approx(4100 / 5)
    assert set(values) == {metric.name for metric in METRICS}


def test_outcomes_without_attempts_or_arrivals_are_nan_not_errors(toy: xr.Dataset) -> None:
    values = outcomes(toy * 0.0)
    for name in ("deaths_per_1000_attempts", "share_irregular", "mean_fee_usd"):
        assert np.isnan(values[name])


def test_mean_fee_by_mode_counts_only_what_smugglers_sell(toy: xr.Dataset) -> None:
    fees = mean_fee_by_mode(toy)
    assert float(fees.sel(mode="sea")) == 1000.0
    assert float(fees.sel(mode="desert")) == 100.0
    assert np.isnan(fees.sel(mode="land"))


def test_persons_by_state_is_the_last_stock(toy: xr.Dataset) -> None:
    assert persons_by_state(toy).to_numpy().tolist() == [6.0] * 10


def test_by_route_leaves_out_legs_without_a_route(toy: xr.Dataset) -> None:
    counts = by_route(toy, "detections")
    assert sorted(counts["route"].to_numpy()) == ["Land", "Sea"]
    assert counts.sel(route="Sea").to_numpy().tolist() == [530.0, 520.0]  # 53 and 52 weeks start in the two years


def test_by_route_without_any_route_is_empty(toy: xr.Dataset) -> None:
    counts = by_route(toy.assign_coords(leg_route=("leg", ["", "", ""])), "detections")
    assert counts.sizes["route"] == 0


# --- comparison -------------------------------------------------------------------------------------------------------


def test_paired_interval_matches_the_t_test_of_the_textbook() -> None:
    mean, low, high = paired_interval(np.array([1.0, 2.0, 3.0]))
    half = 2.919986 * 1.0 / np.sqrt(3)  # t(0.95, 2 degrees of freedom)
    assert (mean, low, high) == pytest.approx((2.0, 2.0 - half, 2.0 + half), rel=1e-6)


def test_one_replicate_has_no_interval() -> None:
    mean, low, high = paired_interval(np.array([4.0]))
    assert mean == 4.0
    assert np.isnan(low)
    assert np.isnan(high)


@pytest.mark.parametrize(
    ("metric", "interval", "word"),
    [
        ("deaths", (-3.0, -5.0, -1.0), "better"),
        ("deaths", (3.0, 1.0, 5.0), "worse"),
        ("deaths", (1.0, -1.0, 3.0), "unclear"),
        ("deaths", (0.0, 0.0, 0.0), "same"),
        ("deaths", (3.0, np.nan, np.nan), "unclear"),
        ("arrivals", (3.0, 1.0, 5.0), "higher"),
        ("arrivals", (-3.0, -5.0, -1.0), "lower"),
    ],
)
def test_verdicts(metric: str, interval: tuple[float, float, float], word: str) -> None:
    direction = next(m.direction for m in METRICS if m.name == metric)
    assert verdict(direction, *interval) == word


def test_differences_are_paired_by_seed(toy: xr.Dataset, tmp_path: Path) -> None:
    runs = [("baseline", 1), ("baseline", 5), ("other", 1), ("other", 5)]
    table = paired_differences(outcomes(open_study(toy_study(toy, tmp_path, runs).path)), "baseline")
    row = table[(table["policy"] == "other") & (table["metric"] == "deaths")].iloc[0]
    assert row["baseline"] == 3 * 2 * toy.sizes["time"]
    assert (row["difference"], row["change"], row["pairs"], row["finding"]) == (0.0, 0.0, 2, "too few runs")


# --- observed beside simulated ----------------------------------------------------------------------------------------


def observed_table(kind: str, route: str, value: float, months: int = 24) -> pd.DataFrame:
    month = pd.date_range("2011-01-01", periods=months, freq="MS")
    return pd.DataFrame({"month": month, "route": route, kind: value})


def test_yearly_compares_only_whole_years(toy: xr.Dataset) -> None:
    table = yearly(toy, {"detections": observed_table("detections", "Sea", 10.0, months=20)})
    assert table.to_dict("records") == [
        {"kind": "detections", "route": "Sea", "year": 2011, "observed": 120.0, "simulated": 530.0}
    ]
    late = toy.isel(time=slice(10, None))
    assert yearly(late, {"detections": observed_table("detections", "Sea", 10.0)})["year"].tolist() == [2012]


def test_errors_stand_beside_naive_rules() -> None:
    counts = {"year": [1, 2, 3], "observed": [10.0, 20.0, 30.0], "simulated": [10.0, 20.0, 30.0]}
    row = errors(pd.DataFrame({"kind": "deaths", "route": "Sea", **counts})).iloc[0]
    assert row["log_error"] == 0.0
    assert row["ratio"] == 1.0
    assert row["log_error_mean"] == pytest.approx((np.log(21 / 11) + np.log(31 / 21)) / 3)
    assert row["log_error_last_year"] == pytest.approx((np.log(21 / 11) + np.log(31 / 21)) / 2)


def test_log_error_accepts_zeros() -> None:
    assert log_error(pd.Series([0.0]), pd.Series([0.0])) == 0.0


# --- store ------------------------------------------------------------------------------------------------------------


def test_result_hash_reads_values_only(toy: xr.Dataset) -> None:
    assert result_hash(toy) == result_hash(toy.assign_attrs(seconds=3.0))
    changed = toy.copy(deep=True)
    changed["deaths"][3, 1] += 1.0
    assert result_hash(changed) != result_hash(toy)
    assert result_hash(toy.drop_vars("deaths")) != result_hash(toy)


def test_a_run_comes_back_from_the_store_as_it_went_in(toy: xr.Dataset, tmp_path: Path) -> None:
    study = toy_study(toy, tmp_path, [("baseline", 1)])
    back = read_run(study.path, "baseline", 1)
    assert result_hash(back) == result_hash(toy)
    xr.testing.assert_identical(back.drop_attrs(), toy.drop_attrs())


def test_a_study_grows_and_knows_what_it_has(toy: xr.Dataset, tmp_path: Path) -> None:
    study = toy_study(toy, tmp_path, [("baseline", 1)])
    assert study.has("baseline", 1, "hash of baseline")
    assert not study.has("baseline", 1, "hash of an edited baseline")
    assert not study.has("baseline", 2, "hash of baseline")
    toy_study(toy, tmp_path, [("baseline", 2), ("other", 1)])
    assert finished_runs(study.path) == [("baseline", 1), ("baseline", 2), ("other", 1)]


def test_missing_runs_are_nan_in_an_open_study(toy: xr.Dataset, tmp_path: Path) -> None:
    study = toy_study(toy, tmp_path, [("other", 1), ("baseline", 1), ("baseline", 2)])
    ds = open_study(study.path, ["baseline", "other"], [1, 2])
    assert ds["deaths"].dims[:2] == ("policy", "replicate")
    assert ds["replicate"].to_numpy().tolist() == [1, 2]
    assert ds["deaths"].sel(policy="other", replicate=2).isnull().all()
    assert float(outcomes(ds)["deaths"].sel(policy="baseline", replicate=2)) == 4 * toy.sizes["time"]
    assert json.loads(ds.attrs["configuration"]) == {"scenario": "toy", "agents": 3}


def test_half_a_run_is_never_seen(toy: xr.Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study = toy_study(toy, tmp_path, [("baseline", 1)])

    def full_disk(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("corridor.experiments.runs.store.os.replace", full_disk)
    with pytest.raises(InvalidInput, match="disk full"):
        toy_study(toy, tmp_path, [("baseline", 2)])
    assert finished_runs(study.path) == [("baseline", 1)]
    assert [path.name for path in tmp_path.iterdir()] == [study.path.name]


def test_a_policy_name_cannot_leave_the_store(toy: xr.Dataset, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="policy"):
        toy_study(toy, tmp_path, [("..", 1)])


def test_opening_what_is_no_study_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="a study's directory"):
        open_study(tmp_path)


def test_exports_hold_the_same_values(toy: xr.Dataset, tmp_path: Path) -> None:
    ds = open_study(toy_study(toy, tmp_path, [("baseline", 1), ("baseline", 2)]).path)
    with xr.open_dataset(export_netcdf(ds, tmp_path / "study.nc")) as back:
        xr.testing.assert_equal(
            back["detections"].drop_vars("leg_crossing"), ds["detections"].drop_vars("leg_crossing")
        )
    table = pd.read_csv(export_csv(ds, tmp_path / "csv") / "policy-replicate-time-leg.csv")
    assert table["detections"].sum() == float(ds["detections"].sum())


# --- tables and figure ------------------------------------------------------------------------------------------------


def test_tables_are_aligned() -> None:
    text = layout(["name", "value"], [["a", "1"], ["long name", "1,000"]])
    assert text.split("\n") == ["name       value", "---------  -----", "a              1", "long name  1,000"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (999_999.0, "1 million"),
        (1234.6, "1,230"),
        (0.01234, "0.0123"),
        (4.56e9, "4.56 billion"),
        (np.nan, "–"),
    ],
)
def test_numbers_are_rounded_as_people_read_them(value: float, text: str) -> None:
    assert rounded(value) == text


def test_figure_is_drawn_with_observations_and_boundaries(tmp_path: Path) -> None:
    world = World.of(configure(RunSettings, SMALL))
    ds = simulate(Job(world, load_policy("baseline"), 1)).expand_dims(policy=["baseline"], replicate=[1])
    coast = np.array([[-20.0, 0.0], [-15.0, 1.0]])
    observed = {"detections": observed_table("detections", "Sea", 10.0)}
    file = draw(ds, world.corridor, observed, tmp_path / "figure.png", [coast])
    assert file.read_bytes().startswith(b"\x89PNG")
    assert file.stat().st_size > 20_000


# --- runs and studies on the tutorial world ---------------------------------------------------------------------------


def test_run_keeps_the_dataset_and_sums_it_up(tmp_path: Path) -> None:
    result = run(configure(RunSettings, [*SMALL, f"results={tmp_path}", "seed=4"]))
    figures = run_summary(result.ds)
    assert figures["seed"] == 4
    assert figures["migrant_steps"] == figures["agents"] * figures["steps"]
    assert figures["conservation"]["persons_error"] == 0
    assert sum(figures["states"].values()) == pytest.approx(figures["agents"] * figures["persons_per_agent"])
    assert figures["result_hash"] == result_hash(read_run(result.path, "baseline", 4))
    json.dumps(figures, allow_nan=False)


@pytest.mark.usefixtures("threads")
def test_hash_is_the_same_alone_in_a_study_and_with_threads(tmp_path: Path) -> None:
    threads = min(2, cores())
    alone = run(
        configure(RunSettings, [*SMALL, f"results={tmp_path / 'alone'}", "seed=1", f"compute.threads={threads}"])
    )
    overrides = [*SMALL, f"results={tmp_path / 'study'}", "policies=[baseline]", "replicates=2", "compute.workers=1"]
    study = compare(configure(CompareSettings, overrides))
    inside = read_run(study.path, "baseline", 1)
    assert inside.attrs["result_hash"] == alone.ds.attrs["result_hash"] == result_hash(inside)
    assert inside.attrs["result_hash"] != read_run(study.path, "baseline", 0).attrs["result_hash"]


@pytest.mark.usefixtures("threads")
def test_a_study_that_was_stopped_goes_on_where_it_stood(tmp_path: Path) -> None:
    overrides = [*SMALL, f"results={tmp_path}", "policies=[baseline]", "compute.workers=1"]
    first = compare(configure(CompareSettings, [*overrides, "replicates=2"]))
    assert (first.computed, first.reused) == (2, 0)
    shutil.rmtree(first.path / "baseline" / "1")
    again = compare(configure(CompareSettings, [*overrides, "replicates=3"]))
    assert (again.computed, again.reused) == (2, 1)
    assert again.path == first.path
    json.dumps(summary(again), allow_nan=False)


def test_another_parameter_makes_another_study(tmp_path: Path) -> None:
    worlds = [World.of(configure(RunSettings, [*SMALL, *extra])) for extra in ([], ["parameters.foresight=0.9"])]
    paths = {world.study(tmp_path).path for world in worlds}
    assert len(paths) == 2
    # A value equal to the default is no change.
    same = World.of(configure(RunSettings, [*SMALL, f"parameters.foresight={Parameters().foresight}"]))
    assert same.study(tmp_path).path in paths
