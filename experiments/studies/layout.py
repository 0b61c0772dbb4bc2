"""Layout of an ensemble's Zarr store: the plan of all runs, and arrays along ``run`` that are filled one by one.

=====================  =====================  =======================================================================
array                  dimensions             holds
=====================  =====================  =======================================================================
scenario … seed        run                    the plan
factors                run, factor            values of uncertain factors
outcomes               run, outcome           `METRICS` of `analysis.metrics`, NaN until the run is finished
cells_0, cells_1, …    run, cell              everything recorded, by year (one array a scenario); see `details`
result_hash            run                    SHA-256 of the whole result, as ``corridor run`` prints it
seconds, finished_at   run                    computing time; when it was written (seconds since 1970)
error, traceback       run                    what went wrong, if anything did
=====================  =====================  =======================================================================
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import numpy as np
import xarray as xr
import zarr
from zarr.storage import MemoryStore

from corridor.experiments.analysis.metrics import METRICS
from corridor.experiments.runs.chunks import COMPRESSOR
from corridor.experiments.runs.keys import (
    ATTRIBUTES,
    GROUP,
    ZARR_FORMAT,
    Damaged,
    Keys,
    fetched,
    is_free,
    is_intact,
    packed,
    sealed,
)
from corridor.experiments.runs.store import fingerprint
from corridor.experiments.runs.world import versions
from corridor.experiments.studies.design import AXES, Plan
from corridor.model.errors import InvalidInput

FORMAT = 2
FILLED = ("outcomes", "seconds", "finished_at", "result_hash", "error", "traceback")
"""Arrays that are filled run by run, other than cells."""
MARK = "outcomes/.zattrs"
"""Key that is written first and identifies the plan of a store even if its attributes are lost."""
PLAN = "plan"
_FIXED = (*AXES, "factor", "factors", "outcome", "outcome_units")
SEALED = (
    MARK,
    *(f"{name}/{part}" for name in _FIXED for part in (".zarray", ".zattrs", "0", "0.0")),
    *(f"{name}/{part}" for name in FILLED for part in (".zarray", ".zattrs") if f"{name}/{part}" != MARK),
    GROUP,
    ATTRIBUTES,
)
"""Keys of the plan and of array descriptions, written in this order and verified when a store is opened."""


def layout(plan: Plan) -> Keys:
    """Return the keys of a plan's store, all runs missing."""
    made = packed(lambda store: _fill(store, plan))
    return sealed({key: made[key] for key in SEALED if key in made})


def _fill(store: MemoryStore, plan: Plan) -> None:
    samples = plan.design.samples
    factors = [str(name) for name in samples.columns]
    n = len(plan.runs)
    values = samples.to_numpy(float)[plan.runs["sample"].to_numpy()].reshape(n, len(factors))
    coords = {name: ("run", plan.runs[name].to_numpy()) for name in AXES}
    ds = xr.Dataset({"factors": (("run", "factor"), values)}, {**coords, "factor": np.array(factors, dtype=str)})
    ds = ds.assign_coords(outcome=[m.name for m in METRICS], outcome_units=("outcome", [m.unit for m in METRICS]))
    whole = {name: {"chunks": variable.shape} for name, variable in ds.variables.items() if variable.size}
    ds.to_zarr(store, consolidated=False, zarr_format=ZARR_FORMAT, encoding=whole)
    group = zarr.open_group(store, mode="r+", zarr_format=ZARR_FORMAT)
    about = {"long_name": "outcomes of the whole run; units in outcome_units", "coordinates": "outcome_units"}
    about |= {PLAN: fingerprint(plan.identity)}
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


def attributes(url: str, keys: Mapping[str, bytes]) -> dict[str, Any]:
    """Return the attributes of a store after verifying them and its plan."""
    try:
        known = json.loads(keys.get(ATTRIBUTES, b""))
        version = known.get("corridor_ensemble", "not an ensemble's")
    except (ValueError, AttributeError):
        known, version = {}, FORMAT
        if MARK not in keys:
            raise InvalidInput("study", "path", url, "the store of an ensemble") from None
    if version != FORMAT:
        raise InvalidInput(url, "format", version, f"a store that `corridor ensemble` wrote, of format {FORMAT}")
    if not is_intact(keys):
        raise Damaged(url, "plan", "damaged", "an intact one; give the command that made it again to repair it")
    return dict(known)


def is_of(plan: Plan, keys: Mapping[str, bytes]) -> bool:
    """Return whether a damaged or incomplete store belongs to a plan, by its marker or attributes."""
    theirs: list[object] = []
    with suppress(ValueError, KeyError, TypeError):
        theirs.append(json.loads(keys[MARK])[PLAN])
    with suppress(ValueError, KeyError, TypeError):
        theirs.append(fingerprint(json.loads(keys[ATTRIBUTES])["identity"]))
    return fingerprint(plan.identity) in theirs


def check_same(url: str, attrs: Mapping[str, Any], plan: Plan) -> None:
    """Check that a store with these attributes belongs to a plan.

    Raises
    ------
    InvalidInput
    """
    ours, theirs = plan.identity, attrs["identity"]
    if theirs["model_hash"] != ours["model_hash"]:
        made = f"made by Corridor {attrs['versions']['corridor']}, model {theirs['model_hash']}"
        raise InvalidInput(
            url, "study", made, f"another path: this is model {ours['model_hash']}, and runs of two do not mix"
        )
    different = [name for name in ours if json.loads(json.dumps(ours[name])) != theirs.get(name)]
    if different:
        raise InvalidInput(url, "study", "another experiment's", f"another path; it differs in {', '.join(different)}")


def check_place(url: str, plan: Plan, error: InvalidInput) -> None:
    """Check that a location without a readable store is empty, or contains a damaged store of a plan.

    Raises
    ------
    InvalidInput
        Made of the error of opening it.
    """
    if is_free(url) or is_of(plan, fetched(url, SEALED)):
        return
    if isinstance(error, Damaged):
        allowed = "the plan of this command, or another path"
        raise Damaged(error.where, error.field, error.value, allowed) from None
    if error.field == "format":
        raise error
    allowed = "a path where nothing is yet: what is there is no study of Corridor"
    raise InvalidInput("study", "path", url, allowed) from None


def cells(name: str, runs: int, width: int, form: Mapping[str, Any]) -> Keys:
    """Return the keys that describe the array of recorded values of a scenario's runs."""

    def fill(store: MemoryStore) -> None:
        group = zarr.create_group(store, zarr_format=ZARR_FORMAT)
        sizes = {"run": runs, name.replace("cells", "cell"): width}
        add_array(group, name, sizes, "f8", np.nan, {"layout": dict(form)})

    made = packed(fill)
    return sealed({part: made[f"{name}/{part}"] for part in (".zarray", ATTRIBUTES)})


def add_array(
    group: zarr.Group, name: str, sizes: Mapping[str, int], dtype: Any, fill: Any, attrs: Mapping[str, Any]
) -> None:
    """Make an array along ``run`` with one chunk per run."""
    shape = tuple(sizes.values())
    group.create_array(
        name, shape=shape, chunks=(1, *shape[1:]), dtype=dtype, fill_value=fill, compressors=COMPRESSOR,
        attributes={"_ARRAY_DIMENSIONS": list(sizes), **attrs},
    )  # fmt: skip
