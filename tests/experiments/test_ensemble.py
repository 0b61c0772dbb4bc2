"""Ensembles: designs, engine, store, killing and resuming, on tiny worlds."""

from __future__ import annotations

import datetime as dt
import os
import random
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import dask
import mesa
import numpy as np
import pandas as pd
import psutil
import pytest
import xarray as xr
from distributed import Client, LocalCluster

from corridor.experiments.analysis.factors import chosen, factor, factorial, from_csv, latin_hypercube, problem, sobol
from corridor.experiments.analysis.metrics import METRICS, outcomes
from corridor.experiments.analysis.periods import by_year, flatten, layout, restore
from corridor.experiments.commands.shell import main
from corridor.experiments.commands.status import COMMAND as STATUS
from corridor.experiments.runs import engine
from corridor.experiments.runs.engine import Failure, each, workers
from corridor.experiments.runs.run import Job, run, simulate
from corridor.experiments.runs.settings import EnsembleSettings, RunSettings
from corridor.experiments.runs.world import World
from corridor.experiments.studies.design import Common, Design, Plan, PlannedRun
from corridor.experiments.studies.ensemble import Kept, compute, run_ensemble, status
from corridor.experiments.studies.experiment import configured, ensemble_design
from corridor.experiments.studies.store import EnsembleStore
from corridor.model.errors import InvalidInput
from corridor.model.recorder import VARIABLES, OverTime
from corridor.scenarios import load_policy, parameters_of
from corridor.scenarios.catalogue import available
from corridor.scenarios.posterior import posterior
from corridor.scenarios.reader import ROOT as SCENARIOS
from tests import ROOT
from tests.experiments.jobs import Deadly, dead, dying, dying_once, twice
from tests.workers import CORRIDOR, offspring

END = dt.date(2001, 2, 28)
TINY = [
    "scenarios=[tutorial]",
    "agents=300",
    f"end={END}",
    "policies=[baseline,rescue]",
    "vary=[departure_rate,drought]",
]


def tiny(samples: int = 3, seeds: tuple[int, ...] = (0, 1), **more: object) -> Design:
    table = latin_hypercube(chosen(["departure_rate", "drought"], {}), samples, 0)
    return Design(("tutorial",), ("baseline", "rescue"), samples=table, seeds=seeds, agents=300, end=END, **more)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> EnsembleStore:
    """A finished study that was never disturbed."""
    return run_ensemble(tiny(), tmp_path_factory.mktemp("study") / "s.zarr", number=1).store


def copied(study: EnsembleStore, folder: Path) -> Path:
    """Return a copy of a study, to do things to."""
    return Path(shutil.copytree(study.url, folder / "s.zarr"))


def assert_identical(one: EnsembleStore, other: EnsembleStore) -> None:
    columns = [name for name in one.table() if name != "state"]
    pd.testing.assert_frame_equal(one.table()[columns], other.table()[columns], check_exact=True)
    assert one.result_hashes().tolist() == other.result_hashes().tolist()
    xr.testing.assert_identical(one.details(), other.details())


# --- factors and designs ----------------------------------------------------------------------------------------------


def test_factors_take_their_range_from_the_registry_and_the_catalogue() -> None:
    rate, drought = factor("departure_rate"), factor("drought", [0.5, 2])
    assert (rate.low, rate.high, rate.kind) == (0.0005, 0.1, "parameter")
    assert (drought.low, drought.high, drought.kind) == (0.5, 2, "shock")
    assert rate.at(np.array([0.0, 0.5, 1.0])) == pytest.approx([0.0005, np.sqrt(0.0005 * 0.1), 0.1])
    assert problem([rate, drought])["dists"] == ["logunif", "unif"]
    assert {f.name for f in chosen(["market"], {})} > {"markup"}


@pytest.mark.parametrize(
    ("name", "values", "words"),
    [
        ("departure_rat", None, "did you mean departure_rate"),
        ("foresight", [0.8, 9.0], "0.7 to 1"),
        ("foresight", [0.8], "two values"),
        ("drought", [0.0, 99.0], "0 to 4"),
    ],
)
def test_a_bad_factor_is_one_sentence(name: str, values: list[float] | None, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        factor(name, values)


def test_a_latin_hypercube_has_one_sample_in_each_stripe() -> None:
    table = latin_hypercube([factor("foresight"), factor("drought")], 16, 3)
    stripes = np.floor((table["drought"] / 4) * 16).astype(int)
    assert sorted(stripes) == list(range(16))


def test_sobol_wants_a_power_of_two() -> None:
    assert sobol([factor("foresight")], 8, 0)["foresight"].between(0.7, 1.0).all()
    with pytest.raises(InvalidInput, match="power of two"):
        sobol([factor("foresight")], 10, 0)


def test_a_factorial_design_has_every_combination() -> None:
    table = factorial([factor("foresight", [0.8, 0.9]), factor("drought", [0.0, 1.0, 2.0])])
    assert len(table.drop_duplicates()) == 6


def test_samples_are_read_from_a_table(tmp_path: Path) -> None:
    file = tmp_path / "samples.csv"
    file.write_text("foresight,drought\n0.8,0\n0.9,2\n")
    assert from_csv(file)["drought"].tolist() == [0.0, 2.0]
    file.write_text("foresight,drought\n0.8,0\n9,2\n")
    with pytest.raises(InvalidInput, match="line 3: foresight"):
        from_csv(file)


def test_a_study_from_the_posterior_gives_each_seed_its_draw_and_values_given_go_first(tmp_path: Path) -> None:
    island = tmp_path / "island"
    shutil.copytree(SCENARIOS / "tutorial", island)
    (island / "posterior.csv").write_text("foresight,nest\n0.9,0.6\n0.8,0.9\n0.95,0.7\n")
    given = [f"scenarios=[{island}]", "parameters=posterior", "replicates=3", "vary=[foresight]", "samples=2"]
    settings = configured(EnsembleSettings, [*given, "parameters.departure_rate=0.01"])
    plan = Plan(ensemble_design(settings))
    draws = posterior(island)
    for planned, row in zip(plan.planned_runs(np.arange(6)), plan.runs.itertuples(), strict=True):
        values = plan.common.job(planned).world.values(planned.seed)
        assert values == {**draws[row.seed], "departure_rate": 0.01, "foresight": planned.sample["foresight"]}
    (island / "posterior.csv").write_text("foresight,nest\n0.9,0.6\n0.8,0.9\n0.95,0.8\n")
    assert Plan(ensemble_design(settings)).identity != plan.identity


def test_a_study_takes_sides_where_findings_are_contested() -> None:
    names = available("readings")[:1]
    plan = Plan(ensemble_design(configured(EnsembleSettings, ["scenarios=[tutorial]", f"readings=[{names[0]}]"])))
    (planned,) = plan.planned_runs(np.array([0]))
    assert parameters_of(names).items() <= plan.common.job(planned).world.values(0).items()


def test_a_finished_run_is_freed() -> None:
    """Thousands of runs pass through one worker."""
    plan = Plan(Design(("tutorial",), ("baseline",), agents=100, end=dt.date(2001, 1, 31)))
    (planned,) = plan.planned_runs(np.array([0]))
    before = len(mesa.Agent._ids)
    simulate(plan.common.job(planned))
    assert len(mesa.Agent._ids) == before


def test_an_experiment_file_is_overridden_from_the_command_line(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(
        "scenarios: [tutorial]\nend: 2001-03-31\nsamples: 4\nvary: [foresight]\ncompute: local\n"
        "parameters: {markup: 0.3, nest: 0.5}\n"
    )
    settings = configured(EnsembleSettings, [f"experiment={file}", "samples=8", "parameters.markup=0.4"])
    assert (settings.scenarios, settings.samples, settings.end) == (["tutorial"], 8, "2001-03-31")
    assert settings.parameters == {"markup": 0.4, "nest": 0.5}
    assert ensemble_design(settings).size == 8


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("sampels: 4", "did you mean samples"),
        ("samples: many", "whole number"),
        ("scenarios: ['${oc.env:HOME}']", "interpolations"),
        ("factors: {foresight: high}", "numbers"),
        ("samples: 3\nsamples: 4", "samples"),
    ],
)
def test_a_bad_experiment_file_is_one_sentence(text: str, words: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(text)
    with pytest.raises(InvalidInput, match=words) as error:
        configured(EnsembleSettings, [f"experiment={file}"])
    assert "mine.yaml" in str(error.value)


def test_runs_of_a_pair_are_neighbours_and_share_all_but_the_policy() -> None:
    runs = Plan(tiny()).runs
    pairs = runs.drop(columns="policy").to_numpy().reshape(-1, 2, 4)
    assert (pairs[:, 0] == pairs[:, 1]).all()
    assert len(runs.drop_duplicates()) == len(runs) == 12


def test_a_shock_among_the_factors_reaches_the_run() -> None:
    plan = Plan(Design(("tutorial",), ("baseline",), samples=pd.DataFrame({"drought": [0.0, 2.0]}), agents=300))
    calm, dry = (plan.common.job(planned).policy for planned in plan.planned_runs(np.arange(2)))
    assert calm == load_policy("baseline")
    assert "climate" in {setting.lever for setting in dry.settings}


# --- runs by year -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def weekly() -> xr.Dataset:
    world = World.of(configured_run("end=2002-06-30"))
    return simulate(Job(world, load_policy("baseline"), 1))


def configured_run(*overrides: str) -> RunSettings:
    from corridor.experiments.runs.conf import configure

    return configure(RunSettings, ["scenario=tutorial", "agents=300", *overrides])


def test_a_run_by_year_has_the_outcomes_of_the_run(weekly: xr.Dataset) -> None:
    xr.testing.assert_allclose(outcomes(by_year(weekly)), outcomes(weekly), rtol=1e-12)


def test_years_sum_counts_and_keep_the_last_stock_and_the_mean_price(weekly: xr.Dataset) -> None:
    yearly = by_year(weekly)
    first = weekly.sel(time="2001")
    assert yearly["time"].dt.year.to_numpy().tolist() == [2001, 2002]
    np.testing.assert_allclose(yearly["attempts"][0], first["attempts"].sum("time"))
    np.testing.assert_array_equal(yearly["stock"][0], first["stock"][-1])
    np.testing.assert_allclose(yearly["fee_usd"][0], first["fee_usd"].mean("time"))


def test_every_stock_and_ratio_of_the_recorder_is_known_as_one() -> None:
    for name, variable in VARIABLES.items():
        if "at the end of the step" in variable.long_name:
            assert variable.over_time is OverTime.LAST, name
        elif variable.units == "1":
            assert variable.over_time is not OverTime.SUM, name


def test_flattened_runs_come_back_as_they_were(weekly: xr.Dataset) -> None:
    yearly = by_year(weekly)
    back = restore(flatten(yearly), layout(yearly), ())
    xr.testing.assert_identical(back.drop_attrs(), yearly.drop_attrs())


# --- one path for every engine ----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("threads")
def test_runs_of_an_ensemble_are_those_of_the_run_command(finished: EnsembleStore, tmp_path: Path) -> None:
    row = finished.runs.iloc[1]
    plan = Plan(tiny())
    alone = simulate(plan.common.job(next(plan.planned_runs(np.array([1])))))
    assert finished.result_hashes()[1] == alone.attrs["result_hash"]
    values = {f"parameters.departure_rate={row['departure_rate']}"}
    rate_only = run(configured_run(*values, f"end={END}", f"policy={row['policy']}", f"results={tmp_path}"))
    dry = Design(("tutorial",), ("rescue",), samples=pd.DataFrame({"departure_rate": [row["departure_rate"]]}),
                 agents=300, end=END)  # fmt: skip
    one = run_ensemble(dry, "memory://alone.zarr", number=1).store
    assert one.result_hashes()[0] == rate_only.ds.attrs["result_hash"]


def test_a_dask_cluster_gives_the_same_to_the_bit(finished: EnsembleStore, tmp_path: Path) -> None:
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        result = run_ensemble(tiny(), tmp_path / "s.zarr", scheduler=cluster.scheduler_address)
    assert result.computed == 12
    assert_identical(result.store, finished)


@pytest.mark.usefixtures("threads")
def test_a_study_may_live_at_any_url(finished: EnsembleStore) -> None:
    result = run_ensemble(tiny(), "memory://somewhere/s.zarr", number=1)
    assert_identical(result.store, finished)
    assert run_ensemble(tiny(), "memory://somewhere/s.zarr", number=1).reused == 12


def test_an_address_without_a_scheduler_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "SECONDS_TO_CONNECT", 1)
    with (
        pytest.raises(InvalidInput, match=r"compute\.scheduler is 'tcp://127.0.0.1:9'"),
        workers(scheduler="tcp://127.0.0.1:9"),
    ):
        pass


def test_four_deaths_of_workers_do_not_fail_a_run(tmp_path: Path) -> None:
    """Dask gives a job up after four deaths, whatever they died of."""
    with workers(1) as client:
        (done,) = each(dying, tmp_path, [7], client)
    assert len(list(tmp_path.iterdir())) == 4
    assert (done.result, done.failure) == (7, None)


@pytest.mark.parametrize("function", [dying_once, Deadly])
def test_a_worker_that_dask_does_not_replace_is_replaced(
    function: Callable[[Path, int], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether it dies at its work or with a result that nobody has fetched."""

    async def look_away(*_: object) -> None:
        """Do nothing when the process of a worker ends."""

    monkeypatch.setattr("distributed.nanny.Nanny._on_worker_exit", look_away)
    monkeypatch.setattr(engine, "SECONDS_WITHOUT_WORKERS", 1)
    with workers(1) as client:
        (done,) = each(function, tmp_path, [7], client)
    assert (done.result, done.failure) == (7, None)


@pytest.mark.parametrize("is_short", [True, False])
def test_only_a_lack_of_memory_is_told_as_one(is_short: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    counts = iter([5] + [5 + is_short] * 9)
    monkeypatch.setattr(engine, "_ended_for_memory", lambda: next(counts))
    monkeypatch.setattr(engine, "ROUNDS", 1)
    with dask.config.set({"distributed.scheduler.allowed-failures": 0}), workers(1) as client:
        (done,) = each(dead, None, [7], client)
    assert isinstance(done.failure, Failure)
    assert ("memory" in done.failure.error) == is_short


def test_workers_leave_no_scratch_space(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with workers(1) as client:
        assert [item.result for item in each(twice, 1, [1], client)] == [1]
        assert list(tmp_path.iterdir())
    assert not list(tmp_path.iterdir())


def test_jobs_that_raise_stop_no_other() -> None:
    with workers(1) as client:
        done = {item.job: item for item in each(twice, 10, range(5), client)}
    assert {job: item.result for job, item in done.items()} == {0: 0, 1: 10, 2: None, 3: 30, 4: 40}
    failure = done[2].failure
    assert isinstance(failure, Failure)
    assert failure.error == "ZeroDivisionError: no halves"
    assert "twice" in failure.details


# --- failures, damage, other versions ---------------------------------------------------------------------------------


def failing(common: Common, planned: PlannedRun) -> Kept:
    if planned.run == 3:
        raise ArithmeticError("money does not balance")
    return compute(common, planned)


@pytest.mark.usefixtures("threads")
def test_failed_runs_are_told_and_tried_again(
    finished: EnsembleStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "s.zarr"
    with monkeypatch.context() as broken:
        broken.setattr("corridor.experiments.studies.ensemble.compute", failing)
        result = run_ensemble(tiny(), path, number=1)
    assert (result.computed, result.failed) == (11, 1)
    told = status(path)
    assert told.totals == {"finished": 11, "failed": 1, "missing": 0}
    assert told.failures["error"].tolist() == ["ArithmeticError: money does not balance"]
    assert main([STATUS.name, str(path)]) == 0
    assert "money does not balance" in capsys.readouterr().out
    again = run_ensemble(tiny(), path, number=1)
    assert (again.computed, again.reused, again.failed) == (1, 11, 0)
    assert_identical(again.store, finished)
    assert status(path).totals == {"finished": 12, "failed": 0, "missing": 0}


@pytest.mark.usefixtures("threads")
@pytest.mark.parametrize("array", ["outcomes", "cells_0"])
def test_a_corrupt_chunk_is_told_and_computed_again(array: str, finished: EnsembleStore, tmp_path: Path) -> None:
    path = copied(finished, tmp_path)
    chunk = path / array / "5.0"
    content = bytearray(chunk.read_bytes())
    content[len(content) // 2] ^= 0xFF
    chunk.write_bytes(bytes(content))
    (path / array / "7.0").write_bytes(b"")
    assert status(path).damaged == [7]
    assert status(path, thorough=True).damaged == [5, 7]
    assert EnsembleStore(path).details()["deaths"].notnull().any()
    again = run_ensemble(tiny(), path, number=1)
    assert (again.computed, again.reused) == (2, 10)
    assert_identical(again.store, finished)


@pytest.mark.usefixtures("threads")
def test_another_experiment_or_another_model_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "s.zarr"
    run_ensemble(tiny(1, (0,)), path, number=1)
    with pytest.raises(InvalidInput, match="differs in samples, n_samples, seeds"):
        run_ensemble(tiny(), path, number=1)
    monkeypatch.setattr("corridor.experiments.studies.design.model_hash", lambda: "another")
    with pytest.raises(InvalidInput, match="runs of two do not mix"):
        run_ensemble(tiny(1, (0,)), path, number=1)
    assert status(path).totals["finished"] == 2


def test_a_store_of_another_format_is_refused(finished: EnsembleStore, tmp_path: Path) -> None:
    path = copied(finished, tmp_path)
    attrs = (path / ".zattrs").read_text()
    (path / ".zattrs").write_text(re.sub(r'"corridor_ensemble": \d+', '"corridor_ensemble": 99', attrs))
    with pytest.raises(InvalidInput, match="format is 99"):
        EnsembleStore(path)
    with pytest.raises(InvalidInput, match="study: path"):
        EnsembleStore(tmp_path / "nothing.zarr")


# --- disks ------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("threads")
def test_a_full_disk_is_one_sentence_and_loses_nothing(mounted, finished: EnsembleStore, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    disk = mounted("size=640k")  # of which twelve runs take some 550
    ballast = disk / "ballast"
    ballast.write_bytes(bytes(260_000))
    with pytest.raises(InvalidInput, match=r"disk full.*free space.*finished runs are kept"):
        run_ensemble(tiny(), disk / "s.zarr", number=1)
    kept = status(disk / "s.zarr").totals["finished"]
    assert 0 < kept < 12
    ballast.unlink()
    again = run_ensemble(tiny(), disk / "s.zarr", number=1)
    assert again.reused == kept
    assert_identical(again.store, finished)


def test_a_read_only_folder_is_one_sentence(mounted, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InvalidInput, match="can be written"):
        run_ensemble(tiny(1, (0,)), mounted("ro") / "s.zarr", number=1)


# --- kill -9 ----------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.usefixtures("threads")  # for what is not disturbed
def test_killing_workers_and_driver_at_random_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ten kills: one time a worker, one time the driver, at moments drawn from a fixed seed."""
    command = ["ensemble", *TINY, "samples=20", "replicates=2", "compute.workers=2"]
    luck = random.Random(1)
    path = tmp_path / "disturbed.zarr"
    killed = 0
    while killed < 10:
        driver = subprocess.Popen([*CORRIDOR, *command, f"study={path}"], cwd=ROOT, stderr=subprocess.DEVNULL,
                                  stdout=subprocess.DEVNULL)  # fmt: skip
        for victim in ("worker", "driver"):
            deadline = time.monotonic() + 120
            before = count(path)
            while count(path) < before + 3 and driver.poll() is None and time.monotonic() < deadline:
                time.sleep(0.05)
            time.sleep(luck.uniform(0.0, 0.3))  # a run takes less
            if driver.poll() is not None:
                break
            targets = offspring(driver.pid) if victim == "worker" else [psutil.Process(driver.pid)]
            if targets:
                luck.choice(targets).send_signal(signal.SIGKILL)
                killed += 1
        else:
            driver.wait(60)
            continue
        assert driver.returncode == 0, "the study was finished before ten kills: give it more samples"
        break
    assert killed == 10
    assert 0 < count(path) < 80
    assert main([*command, f"study={path}"]) == 0
    assert " 0 failed" in capsys.readouterr().out
    settings = configured(EnsembleSettings, command[1:])
    undisturbed = run_ensemble(ensemble_design(settings), tmp_path / "undisturbed.zarr", number=1).store
    assert_identical(EnsembleStore(path), undisturbed)


def count(path: Path) -> int:
    """Runs of which outcomes are there."""
    return len(list(path.glob("outcomes/*.0")))


def test_workers_end_with_their_driver(tmp_path: Path) -> None:
    driver = subprocess.Popen(
        [*CORRIDOR, "ensemble", *TINY, "samples=200", f"study={tmp_path / 's.zarr'}"],
        cwd=ROOT, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    deadline = time.monotonic() + 120
    while count(tmp_path / "s.zarr") < 2 and time.monotonic() < deadline:
        time.sleep(0.1)
    children = offspring(driver.pid)
    assert children
    os.kill(driver.pid, signal.SIGKILL)
    driver.wait(30)
    assert not psutil.wait_procs(children, timeout=30)[1]


def test_a_growing_study_can_be_read(tmp_path: Path) -> None:
    seen = []

    def look(progress: object) -> None:
        store = EnsembleStore(tmp_path / "s.zarr")
        table = store.table()
        seen.append(int((table["state"] == "finished").sum()))
        assert np.isfinite(table.loc[table["state"] == "finished", METRICS[0].name]).all()

    run_ensemble(tiny(), tmp_path / "s.zarr", number=2, progress=look)
    assert seen == list(range(13))


def test_a_client_of_ones_own_can_be_used() -> None:
    with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster) as client:
        assert sorted(item.result or 0 for item in each(twice, 1, [1, 3], client)) == [1, 3]
