"""The main figures of one run, as plain data."""

from __future__ import annotations

import json
import math
from typing import Any

import xarray as xr

from corridor.experiments.analysis.metrics import mean_fee_by_mode, outcomes, persons_by_state
from corridor.experiments.runs.world import versions


def summary(ds: xr.Dataset) -> dict[str, Any]:
    """Summarise a run as plain data, ready for JSON (None for undefined figures).

    ``parameters`` are those with values other than the registry's.
    """
    attrs = ds.attrs
    figures = {str(name): _number(value) for name, value in outcomes(ds).items()}
    fees = mean_fee_by_mode(ds)
    by_mode = {str(mode): _number(fees.sel(mode=mode)) for mode in fees["mode"].to_numpy()}
    copied = ("scenario", "scenario_hash", "policy", "start", "end", "step_days", "agents", "persons_per_agent")
    states = persons_by_state(ds)
    return {
        **{name: _plain(attrs[name]) for name in copied},
        "seed": int(attrs["seed"]),
        "steps": int(attrs["steps"]),
        "migrant_steps": int(attrs["migrant_steps"]),
        "seconds": round(float(attrs["seconds"]), 4),
        "migrant_steps_per_second": round(attrs["migrant_steps"] / max(float(attrs["seconds"]), 1e-9)),
        "result_hash": attrs["result_hash"],
        "parameters": json.loads(attrs["parameters"]),
        "conservation": {
            "persons_error": _plain(attrs["persons_error"]),
            "money_error_usd": _plain(attrs["money_error_usd"]),
        },
        "states": {str(state): _number(states.sel(state=state)) for state in states["state"].to_numpy()},
        "outcomes": {**figures, "mean_fee_usd": {"all": figures["mean_fee_usd"], **by_mode}},
        "versions": versions(),
    }


def _plain(value: Any) -> Any:
    """Return a Python scalar for a NumPy scalar, without negative zero."""
    value = value.item() if hasattr(value, "item") else value
    return 0 if value == 0 and not isinstance(value, str) else value


def _number(value: xr.DataArray) -> float | None:
    number = float(value)
    return number if math.isfinite(number) else None
