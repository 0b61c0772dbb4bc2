"""What an ensemble's Zarr store is made of: the plan of all runs, and arrays along ``run`` that are filled one by one.

=====================  =====================  =======================================================================
array                  dimensions             holds
=====================  =====================  =======================================================================
scenario … seed        run                    the plan
factors                run, factor            values of uncertain factors
outcomes               run, outcome           `experiments.metrics.METRICS`, NaN until the run is finished
cells_0, cells_1, …    run, cell              everything recorded, by year (one array a scenario); see `details`
result_hash            run                    SHA-256 of the whole result, as ``corridor run`` prints it
seconds, finished_at   run                    computing time; when it was written (seconds since 1970)
error, traceback       run                    what went wrong, if anything did
=====================  =====================  =======================================================================
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import fsspec
import numcodecs
import numpy as np
import xarray as xr
import zarr
from fsspec.implementations.local import LocalFileSystem
from zarr.storage import FsspecStore, LocalStore

from experiments.design import AXES, Plan
from experiments.metrics import METRICS
from experiments.run import versions
from experiments.store import ZARR_FORMAT
from model.errors import InvalidInput

FORMAT = 1
COMPRESSOR = numcodecs.Zstd(level=1, checksum=True)


def create(url: str, plan: Plan) -> None:
    """Make the store of a plan, all runs missing."""
    samples = plan.design.samples
    factors = [str(name) for name in samples.columns]
    n = len(plan.runs)
    values = samples.to_numpy(float)[plan.runs["sample"].to_numpy()].reshape(n, len(factors))
    coords = {name: ("run", plan.runs[name].to_numpy()) for name in AXES}
    ds = xr.Dataset({"factors": (("run", "factor"), values)}, {**coords, "factor": np.array(factors, dtype=str)})
    ds.assign_coords(outcome=[m.name for m in METRICS], outcome_units=("outcome", [m.unit for m in METRICS])).to_zarr(
        opened(url), mode="w", consolidated=False, zarr_format=ZARR_FORMAT
    )
    group = zarr.open_group(opened(url), mode="r+", zarr_format=ZARR_FORMAT)
    about = {"long_name": "outcomes of the whole run; units in outcome_units", "coordinates": "outcome_units"}
    add_array(group, "outcomes", {"run": n, "outcome": len(METRICS)}, "f8", np.nan, about)
    add_array(group, "seconds", {"run": n}, "f8", np.nan, {"long_name": "computing time", "units": "s"})
    add_array(group, "finished_at", {"run": n}, "f8", np.nan, {"long_name": "seconds since 1970-01-01T00:00Z"})
    for name in ("result_hash", "error", "traceback"):
        add_array(group, name, {"run": n}, str, "", {})
    group.update_attributes(
        {
            "title": plan.design.title,
            "question": plan.design.question,
            "identity": plan.identity,
            "design": plan.design.described(),
            "recipe": dict(plan.design.recipe),
            "versions": versions(),
            "corridor_ensemble": FORMAT,
        }
    )


def add_array(
    group: zarr.Group, name: str, sizes: Mapping[str, int], dtype: Any, fill: Any, attrs: Mapping[str, Any]
) -> None:
    """Make an array along ``run`` with one chunk a run."""
    shape = tuple(sizes.values())
    group.create_array(
        name, shape=shape, chunks=(1, *shape[1:]), dtype=dtype, fill_value=fill, compressors=COMPRESSOR,
        attributes={"_ARRAY_DIMENSIONS": list(sizes), **attrs}, overwrite=True,
    )  # fmt: skip


def located(url: str) -> tuple[fsspec.AbstractFileSystem, str]:
    """Return the file system of a directory or URL, and the path in it."""
    try:
        files, path = fsspec.core.url_to_fs(url)
    except (ValueError, ImportError) as error:
        raise InvalidInput("command line", "study", url, f"a directory, or a URL that fsspec opens ({error})") from None
    return files, str(path)


def opened(url: str) -> Any:
    """Return what Zarr opens; local files are written aside and then renamed, so that none is seen half."""
    files, path = located(url)
    if isinstance(files, LocalFileSystem):
        return LocalStore(path)
    return FsspecStore.from_url(url)
