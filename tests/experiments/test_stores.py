"""Stores of results: nothing of anybody else's is touched, and damage is told, never computed with."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from corridor.experiments.analysis.factors import chosen, latin_hypercube
from corridor.experiments.analysis.metrics import METRICS
from corridor.experiments.analysis.periods import flatten, layout
from corridor.experiments.commands.shell import main
from corridor.experiments.reporting.exports import export_study
from corridor.experiments.runs import keys
from corridor.experiments.runs.store import Study, finished_runs, forget, open_study, read_run, write_netcdf
from corridor.experiments.runs.workshop import PREFIX, workshop
from corridor.experiments.studies import ensemble
from corridor.experiments.studies.design import Design, Plan
from corridor.experiments.studies.ensemble import Finished, status
from corridor.experiments.studies.store import EnsembleStore
from corridor.model.errors import InvalidInput
from tests import ROOT

CELLS = ("cells_0/.zarray", "cells_0/.zattrs")
ROOT_KEYS = (".zattrs", "outcomes/.zarray", "outcomes/.zattrs", "factors/0.0", "sample/.zarray", "policy/0")
DAMAGE: dict[str, Callable[[Path], object]] = {
    "missing": Path.unlink,
    "empty": lambda file: file.write_bytes(b""),
    "no JSON": lambda file: file.write_bytes(b"{]"),
    "eight bytes": lambda file: file.write_bytes(damaged(file.read_bytes())),
}


def damaged(content: bytes) -> bytes:
    """Return eight bytes of zeros in the middle of a file."""
    middle = len(content) // 2
    return content[: max(middle - 4, 0)] + bytes(8) + content[middle + 4 :]


def plan_of(samples: int = 2, seeds: tuple[int, ...] = (0,)) -> Plan:
    table = latin_hypercube(chosen(["foresight", "drought"], {}), samples, 0)
    return Plan(
        Design(
            ("tutorial",), ("baseline", "rescue"), samples=table, seeds=seeds, agents=100, end=dt.date(2001, 1, 31),
            title="Rescue", question="Does it help?",
        )
    )  # fmt: skip


@pytest.fixture(scope="module")
def plan() -> Plan:
    return plan_of()


def recorded(run: int) -> xr.Dataset:
    """Invent the records of a run, by year."""
    coords = {"time": np.array(["2001-01-01"], "datetime64[ns]"), "leg": ["sea"], "leg_route": ("leg", ["Sea"])}
    return xr.Dataset({"deaths": (("time", "leg"), [[float(run)]])}, coords, {"scenario": "tutorial"})


def add(store: EnsembleStore, run: int) -> None:
    ds = recorded(run)
    store.add(run, np.arange(len(METRICS)) + run, flatten(ds), layout(ds), f"{run:064x}", 1.0, 1e9 + run)


@pytest.fixture
def study(plan: Plan, tmp_path: Path) -> Path:
    """An ensemble of four finished runs."""
    path = tmp_path / "study.zarr"
    store = EnsembleStore.prepare(path, plan)
    for run in range(4):
        add(store, run)
    return path


def content(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


# --- what is somebody else's ------------------------------------------------------------------------------------------


def test_study_does_not_delete_an_ordinary_folder(
    plan: Plan, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "t.txt").write_text("x")
    (precious / "nested").mkdir()
    (precious / "nested" / ".zattrs").write_text("{}")
    before = content(precious)
    command = ["ensemble", "scenarios=[tutorial]", "agents=200", "end=2001-01-31", f"study={precious}"]
    assert main(command) == 2
    assert "what is there is no study of Corridor" in capsys.readouterr().err
    assert content(precious) == before
    file = tmp_path / "notes.txt"
    file.write_text("mine")
    with pytest.raises(InvalidInput, match="a path where nothing is yet"):
        EnsembleStore.prepare(file, plan)
    assert file.read_text() == "mine"


def test_study_does_not_delete_the_studies_below_it(study: Path, plan: Plan) -> None:
    before = content(study)
    with pytest.raises(InvalidInput, match="no study of Corridor"):
        EnsembleStore.prepare(study.parent, plan)
    assert content(study) == before


def test_study_does_not_delete_another_programs_store(plan: Plan, tmp_path: Path) -> None:
    path = tmp_path / "other.zarr"
    xr.Dataset({"outcomes": ("run", [1.0])}).to_zarr(path, zarr_format=2, consolidated=False)
    before = content(path)
    with pytest.raises(InvalidInput):
        EnsembleStore.prepare(path, plan)
    assert content(path) == before


@pytest.mark.parametrize("kind", [kind for kind in DAMAGE if kind != "eight bytes"])
def test_lost_attributes_do_not_wipe_a_finished_study(kind: str, study: Path, plan: Plan) -> None:
    before = content(study)
    DAMAGE[kind](study / ".zattrs")
    store = EnsembleStore.prepare(study, plan)
    assert (store.states() == "finished").all()
    assert content(study) == before


def test_a_damaged_study_of_another_plan_is_refused_and_untouched(study: Path) -> None:
    (study / ".zattrs").unlink()
    before = content(study)
    with pytest.raises(InvalidInput, match="the plan of this command"):
        EnsembleStore.prepare(study, plan_of(3))
    assert content(study) == before


def test_a_study_that_was_stopped_while_it_was_made_is_made(plan: Plan, tmp_path: Path) -> None:
    whole = EnsembleStore.prepare(tmp_path / "whole.zarr", plan)
    made = [key for key in content(tmp_path / "whole.zarr") if key != ".zmetadata"]
    for number in range(0, len(made), 5):
        path = tmp_path / f"{number}.zarr"
        keys.put(str(path), {key: (tmp_path / "whole.zarr" / key).read_bytes() for key in keys_in_order(made)[:number]})
        (path / ".x.partial").parent.mkdir(exist_ok=True)
        (path / ".x.partial").write_bytes(b"half")
        assert EnsembleStore.prepare(path, plan).attrs == whole.attrs


def keys_in_order(made: list[str]) -> list[str]:
    from corridor.experiments.studies.layout import SEALED

    return sorted(made, key=SEALED.index)


def test_export_does_not_delete_a_folder_of_the_scenarios_name(study: Path, tmp_path: Path) -> None:
    folder = tmp_path / "here"
    shutil.copytree(ROOT / "scenarios" / "tutorial", folder / "tutorial")
    (folder / "runs.csv").write_text("my,runs\n")
    (folder / "tutorial.nc").write_bytes(b"mine")
    before = content(folder)
    for form in ("csv", "csv", "parquet", "netcdf"):
        written = export_study(study, form, folder)
        assert all(path.exists() for path in written)
    after = content(folder)
    assert {name: after[name] for name in before} == before
    assert {"tutorial-2.nc", "runs-2.csv", "tutorial-2/policy-replicate-time-leg.csv"} <= after.keys()
    assert not (folder / "tutorial-3").exists()
    (folder / "runs-2.csv").write_text("edited by hand\n")
    export_study(study, "csv", folder)
    assert (folder / "runs-2.csv").read_text() == "edited by hand\n"


# --- damage: ensembles ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", DAMAGE)
@pytest.mark.parametrize("key", [*ROOT_KEYS, *CELLS])
def test_damaged_metadata_is_one_sentence_and_the_command_mends_it(
    key: str, kind: str, study: Path, plan: Plan, capsys: pytest.CaptureFixture[str]
) -> None:
    before = EnsembleStore(study).table()
    DAMAGE[kind](study / key)
    assert main(["status", str(study)]) == (0 if key in CELLS else 2)
    printed = capsys.readouterr()
    if key in CELLS:
        assert "Damaged and computed again by the next run of the same command: 0, 1, 2, 3" in printed.out
        with pytest.raises(InvalidInput, match="damaged"):
            EnsembleStore(study).details()
    else:
        assert printed.err.count("\n") == 1
        assert "to repair" in printed.err
    store = EnsembleStore.prepare(study, plan)
    assert store.damaged() == ([0, 1, 2, 3] if key in CELLS else [])
    for run in store.damaged():
        add(store, run)
    assert main(["status", str(study), "thorough=true", "report=json"]) == 0
    assert json.loads(capsys.readouterr().out)["damaged"] == []
    assert EnsembleStore(study).table().equals(before)
    assert EnsembleStore(study).details()["deaths"].to_numpy().ravel().tolist() == [0.0, 2.0, 1.0, 3.0]


@pytest.mark.parametrize("name", ["outcomes/2.0", "cells_0/2.0", "result_hash/2"])
@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_run_is_found_and_nothing_else_of_the_study_is(name: str, kind: str, study: Path) -> None:
    if (name, kind) == ("outcomes/2.0", "missing"):
        DAMAGE[kind](study / name)
        assert EnsembleStore(study).states().tolist() == ["finished", "finished", "missing", "finished"]
        return
    DAMAGE[kind](study / name)
    assert status(study, thorough=True).damaged == [2]
    assert (status(study).damaged == [2]) == (kind in ("empty", "missing") and name != "result_hash/2")
    assert len(EnsembleStore(study).result_hashes()) == 4


def test_status_of_ten_thousand_runs_takes_less_than_a_second(tmp_path: Path) -> None:
    """Time of the processor, so that a busy machine does not fail it; the files are in memory by then."""
    path, number = tmp_path / "large.zarr", 10_000
    store = EnsembleStore.prepare(path, plan_of(1000, (0, 1, 2, 3, 4)))
    add(store, 0)
    for name, ending in (
        ("outcomes", ".0"),
        ("cells_0", ".0"),
        ("seconds", ""),
        ("finished_at", ""),
        ("result_hash", ""),
    ):
        for run in range(1, number):
            os.link(path / name / f"0{ending}", path / name / f"{run}{ending}")
    taken = []
    for _ in range(4):
        began = time.process_time()
        assert status(path).totals == {"finished": number, "failed": 0, "missing": 0}
        taken.append(time.process_time() - began)
    assert min(taken) < 1.0


@pytest.mark.parametrize("attempt", range(5))
def test_two_drivers_of_a_new_study_join(attempt: int, plan: Plan, tmp_path: Path) -> None:
    path, troubles = tmp_path / f"{attempt}.zarr", []
    gate = threading.Barrier(4)

    def drive(runs: range) -> None:
        try:
            gate.wait()
            store = EnsembleStore.prepare(path, plan)
            for run in runs:
                add(store, run)
            store.consolidate()
        except Exception as error:
            troubles.append(error)

    drivers = [threading.Thread(target=drive, args=(runs,)) for runs in (range(4), range(4), range(2), range(2, 4))]
    for driver in drivers:
        driver.start()
    for driver in drivers:
        driver.join()
    assert not troubles
    assert EnsembleStore(path).damaged() == []
    assert EnsembleStore(path).details()["deaths"].to_numpy().ravel().tolist() == [0.0, 2.0, 1.0, 3.0]


def test_a_second_driver_takes_what_the_first_has_not_done(plan: Plan, tmp_path: Path) -> None:
    EnsembleStore.prepare(tmp_path / "s.zarr", plan)
    other = EnsembleStore.prepare(tmp_path / "s.zarr", plan)
    count = ensemble._Count(other, None)
    orders = count.open(plan)
    assert next(orders).run == 3
    add(other, 2)
    add(other, 0)
    assert [order.run for order in orders] == [1]
    assert count.reused == 2


def test_a_finished_study_opens_without_a_warning(study: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ds = xr.open_zarr(study)
        assert ds["outcomes"].shape == (4, len(METRICS))
        assert ds["cells_0"].sizes["run"] == 4


def test_all_runs_failed_is_no_success(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = EnsembleStore(study)
    for failed, code in ((4, 1), (1, 1), (0, 0)):
        result = Finished(store, 4 - failed, 0, failed, 1.0)
        monkeypatch.setattr(ensemble, "run_ensemble", lambda *_, result=result, **__: result)
        assert main(["ensemble", "scenarios=[tutorial]", "agents=200", "end=2001-01-31"]) == code


# --- damage: runs and comparisons -------------------------------------------------------------------------------------


def result(policy: str = "baseline", seed: int = 1) -> xr.Dataset:
    attrs = {"policy": policy, "seed": str(seed), "policy_hash": f"hash of {policy}", "persons_per_agent": 2.0}
    return recorded(seed).assign_attrs(attrs)


def comparison(folder: Path) -> Study:
    study = Study(folder, {"scenario": "toy", "agents": 3}, {"versions": {"corridor": "0"}})
    with study.workshop() as place:
        for policy in ("baseline", "rescue"):
            for seed in (1, 2):
                study.add(result(policy, seed), place)
    study.consolidate()
    return study


RUN_KEYS = [
    ".zattrs",
    ".zgroup",
    "deaths/.zarray",
    "deaths/.zattrs",
    "deaths/0.0",
    "leg_route/0",
    "time/.zarray",
    "time/.zattrs",
]


@pytest.mark.parametrize("kind", DAMAGE)
@pytest.mark.parametrize("key", RUN_KEYS)
def test_damaged_bytes_of_a_run_never_make_a_figure(key: str, kind: str, tmp_path: Path) -> None:
    study = comparison(tmp_path)
    DAMAGE[kind](study.path / "rescue" / "2" / key)
    assert not study.has("rescue", 2, "hash of rescue")
    assert study.has("rescue", 1, "hash of rescue")
    with pytest.raises(InvalidInput, match=r"run rescue/2 is 'damaged'.*computes it anew"):
        open_study(study.path)
    with study.workshop() as place:
        study.add(result("rescue", 2), place)
    assert float(open_study(study.path)["deaths"].sel(policy="rescue", replicate=2).squeeze()) == 2.0


@pytest.mark.parametrize("kind", DAMAGE)
@pytest.mark.parametrize("key", [".zattrs", ".zgroup"])
def test_a_damaged_description_of_a_comparison_is_one_sentence(
    key: str, kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study = comparison(tmp_path)
    DAMAGE[kind](study.path / key)
    assert main(["export", f"study={study.path}", f"path={tmp_path / 'out'}", "format=csv"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    with study.workshop() as place:
        study.add(result(), place)
    assert len(finished_runs(study.path)) == 4
    assert json.loads(open_study(study.path).attrs["configuration"]) == {"scenario": "toy", "agents": 3}


def test_a_comparison_opens_without_a_warning(tmp_path: Path) -> None:
    path = comparison(tmp_path).path
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert xr.open_zarr(path, group="rescue/2")["deaths"].to_numpy().item() == 2.0
        assert xr.open_datatree(path, engine="zarr")["rescue/1"]["deaths"].to_numpy().item() == 1.0
        xr.open_zarr(path)


def test_a_run_is_not_replaced_where_somebody_keeps_notes(tmp_path: Path) -> None:
    study = comparison(tmp_path)
    notes = study.path / "rescue" / "2" / "notes.txt"
    notes.write_text("mine")
    with study.workshop() as place, pytest.raises(InvalidInput, match=r"notes\.txt in it is not Corridor's"):
        study.add(result("rescue", 2), place)
    forget(notes.parent)
    assert notes.read_text() == "mine"
    forget(study.path / "rescue" / "1")
    assert finished_runs(study.path) == [("baseline", 1), ("baseline", 2), ("rescue", 2)]


def test_a_comparison_does_not_settle_in_somebodys_folder(tmp_path: Path) -> None:
    study = Study(tmp_path, {"scenario": "toy", "agents": 3}, {})
    study.path.mkdir()
    (study.path / "notes.txt").write_text("mine")
    with study.workshop() as place, pytest.raises(InvalidInput, match=r"another directory: it contains notes\.txt"):
        study.add(result(), place)
    assert content(tmp_path) == {f"{study.path.name}/notes.txt": b"mine"}


def test_two_commands_that_add_the_same_run_agree(tmp_path: Path) -> None:
    troubles = []

    def drive() -> None:
        try:
            for _ in range(5):
                comparison(tmp_path)
        except Exception as error:
            troubles.append(error)

    drivers = [threading.Thread(target=drive) for _ in range(3)]
    for driver in drivers:
        driver.start()
    for driver in drivers:
        driver.join()
    assert not troubles
    (path,) = tmp_path.glob("*.zarr")
    assert len(finished_runs(path)) == 4
    assert float(read_run(path, "rescue", 2)["deaths"].squeeze()) == 2.0
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


# --- workshops --------------------------------------------------------------------------------------------------------


def test_what_a_killed_command_left_unfinished_is_removed_and_nothing_else(tmp_path: Path) -> None:
    left = tmp_path / f"{PREFIX}left"
    shutil.copytree(comparison(tmp_path / "results").path, left)
    (left / ".corridor").write_bytes(b"Runs that a command of Corridor is writing.\n")
    strangers = tmp_path / f"{PREFIX}mine"
    strangers.mkdir()
    (strangers / "draft.txt").write_text("mine")
    with workshop(tmp_path) as living, workshop(tmp_path) as second:
        assert not left.exists()
        assert living.exists()
        assert second.exists()
    assert (strangers / "draft.txt").read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == [strangers.name, "results"]


MANY_AT_ONCE = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from corridor.experiments.runs.store import read_netcdf
with ThreadPoolExecutor(8) as threads:
    print(sum(ds.sizes["x"] for ds in threads.map(read_netcdf, [Path(sys.argv[1])] * 50)))
"""


def test_many_threads_read_one_file(tmp_path: Path) -> None:
    """In a process of their own, which the NetCDF library would end if two did so at once."""
    names = {f"variable {i}": ("x", np.arange(1000.0)) for i in range(20)}
    file = write_netcdf(xr.Dataset(names), tmp_path / "one.nc")
    told = subprocess.run([sys.executable, "-c", MANY_AT_ONCE, str(file)], capture_output=True, text=True)
    assert (told.returncode, told.stdout.strip()) == (0, "50000"), told.stderr
