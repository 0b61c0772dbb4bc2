"""Datasets as keys of a Zarr store: what is written without Zarr is what Zarr writes, and is read as Zarr reads it."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from corridor.experiments.runs.arrays import decoded, encoded
from corridor.experiments.runs.keys import ZARR_FORMAT, Keys, packed, unpacked
from corridor.experiments.runs.run import Job, simulate
from corridor.experiments.runs.settings import CompareSettings
from corridor.experiments.runs.world import World
from corridor.scenarios import load_policy


@pytest.fixture(scope="module")
def run() -> xr.Dataset:
    world = World.of(CompareSettings(scenario="tutorial", agents=300, end="2001-02-28"))
    return simulate(Job(world, load_policy("baseline"), 1))


def by_zarr(ds: xr.Dataset, **encoding: dict[str, object]) -> Keys:
    return packed(lambda store: ds.to_zarr(store, consolidated=False, zarr_format=ZARR_FORMAT, encoding=encoding))


def test_a_run_is_written_as_zarr_writes_it_to_the_byte(run: xr.Dataset) -> None:
    assert encoded(run) == by_zarr(run)


def test_a_run_is_read_as_xarray_reads_it(run: xr.Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = encoded(run)
    ours = unpacked(keys)
    monkeypatch.setattr("corridor.experiments.runs.keys.decoded", lambda keys: None)
    xr.testing.assert_identical(ours, unpacked(keys))
    assert {name: variable.dtype for name, variable in ours.variables.items()} == {
        name: variable.dtype for name, variable in unpacked(keys).variables.items()
    }


def test_values_read_can_be_changed(run: xr.Dataset) -> None:
    ds = unpacked(encoded(run))
    ds["deaths_of"][:] = 1.0
    assert float(ds["deaths_of"].min()) == 1.0


@pytest.mark.parametrize(
    ("ds", "encoding"),
    [
        (xr.Dataset({"x": ("t", np.arange(6.0))}), {"x": {"chunks": (4,)}}),
        (xr.Dataset({"x": ("t", np.full(3, np.nan))}), {}),
        (xr.Dataset({"x": ("t", np.array(["a", "bc"], dtype=object))}), {}),
        (xr.Dataset({"x": ("t", np.arange(6.0))}), {"x": {"compressors": None}}),
    ],
    ids=["several chunks", "a chunk left out", "texts of any length", "not compressed"],
)
def test_arrays_of_another_form_are_left_to_zarr(ds: xr.Dataset, encoding: dict[str, dict[str, object]]) -> None:
    keys = by_zarr(ds, **encoding)
    assert decoded(keys) is None
    xr.testing.assert_identical(unpacked(keys), ds)


@pytest.mark.parametrize(
    "ds",
    [
        xr.Dataset({"x": ((), 3.0), "y": ("t", np.array([True, False])), "z": ("t", np.array([1, 2], dtype=np.int32))}),
        xr.Dataset({"x": (("t", "u"), np.zeros((0, 2)))}),
        xr.Dataset(attrs={"seed": np.int64(3), "range": np.array([0.5, 1.0])}),
        xr.Dataset({"x": ("t", np.array([np.nan, 1.0], dtype=np.float32), {"units": "days"})}),
    ],
    ids=["numbers of all kinds", "no values", "attributes only", "gaps and units of time"],
)
def test_small_datasets_come_back(ds: xr.Dataset) -> None:
    back = unpacked(encoded(ds))
    xr.testing.assert_equal(back, ds)
    xr.testing.assert_identical(back, unpacked(by_zarr(ds)))
