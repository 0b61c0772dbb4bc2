"""Futures: named pathways of the drivers of migration, with which a corridor runs past the end of its data."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from corridor.model.calendar import DAYS_PER_YEAR
from corridor.model.corridor import Corridor
from corridor.model.errors import InvalidInput
from corridor.model.levers import Change
from corridor.model.policies import Policy, Setting
from corridor.model.rows import Key
from corridor.model.tables import parse_entry
from corridor.scenarios.catalogue import available
from corridor.scenarios.files import MAX_YAML_BYTES, read_bytes, read_mapping
from corridor.scenarios.reader import ROOT, is_path


class Prospect(BaseModel):
    """One assumption of a future, in words and as lever changes."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    says: str = Field(min_length=1, description="the assumption in words")
    after_years: float = Field(
        default=0.0, ge=0, le=300, description="when it begins, counted from the end of the data"
    )
    lasts_years: float | None = Field(default=None, gt=0, le=300, description="blank: to the last step")
    changes: tuple[Change, ...] = Field(min_length=1, description="what it does to levers; ramps move it in")
    source: str = Field(description="where the size comes from, or assumed")


class Future(BaseModel):
    """Contents of the file of a future."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    name: Key = Field(description="key; the name of the file without .yaml")
    title: str = Field(min_length=1, description="name shown to people")
    description: str = Field(min_length=1, description="the story, in words")
    assumptions: tuple[Prospect, ...] = Field(min_length=1, description="what is assumed")


def read_future(name_or_path: str) -> Future:
    """Read the file of a future.

    Parameters
    ----------
    name_or_path : str
        A bundled name such as ``"continuation"``, or a path to a YAML file (text with a separator).

    Raises
    ------
    InvalidInput
    """
    if is_path(name_or_path):
        file, where = Path(name_or_path), name_or_path
    else:
        known = available("futures")
        if name_or_path not in known:
            raise InvalidInput("future", "name", name_or_path, f"{', '.join(known)}, or a path to a file")
        file, where = ROOT / "futures" / f"{name_or_path}.yaml", f"futures/{name_or_path}.yaml"
    future = parse_entry(Future, where, read_mapping(where, read_bytes(file, MAX_YAML_BYTES)))
    if future.name != file.stem:
        raise InvalidInput(where, "name", future.name, f"the name of the file, {file.stem}")
    return future


def load_future(name_or_path: str, corridor: Corridor) -> Policy:
    """Return a future as dated settings of levers, to combine with a policy by `corridor.model.policies.combine`.

    Parameters
    ----------
    name_or_path : str
    corridor : Corridor
        Its last day is where the future begins.

    Raises
    ------
    InvalidInput
    """
    future = read_future(name_or_path)
    settings = [s for prospect in future.assumptions for s in _settings(prospect, corridor.end)]
    for setting in settings:
        corridor.check_targets(setting.lever, setting.target, f"future {future.name}")
    return Policy(future.name, future.title, future.description, tuple(settings))


def _settings(prospect: Prospect, data_end: dt.date) -> list[Setting]:
    start = data_end + dt.timedelta(days=1 + round(prospect.after_years * DAYS_PER_YEAR))
    end = (
        None if prospect.lasts_years is None else start + dt.timedelta(days=round(prospect.lasts_years * DAYS_PER_YEAR))
    )
    return [
        Setting(change.lever, change.target, *change.operation, start, end, change.ramp_weeks)
        for change in prospect.changes
    ]
