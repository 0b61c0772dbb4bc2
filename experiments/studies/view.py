"""One reader for both kinds of study: ensembles, and the runs that ``corridor run`` and ``corridor compare`` keep."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import xarray as xr

from corridor.experiments.analysis.metrics import outcomes
from corridor.experiments.runs.keys import GROUP
from corridor.experiments.runs.store import description, finished_runs, open_study
from corridor.experiments.studies.store import EnsembleStore
from corridor.model.errors import InvalidInput


@dataclass(frozen=True)
class StudyView:
    """One world of a study, ready to tabulate, draw and export.

    Attributes
    ----------
    path, title, question, scenario, future : str
    outcomes : Dataset
        From `metrics.outcomes`, over ``policy`` (the baseline first) and ``replicate`` (pairs).
    ds : Dataset
        What was recorded, over ``policy``, ``replicate``, ``time`` (years in an ensemble) and further dimensions.
    configuration, versions : dict
    failures : DataFrame
        Empty where nothing failed.
    finished, whole : int
        Runs.
    store : EnsembleStore, optional
        None for a comparison.
    """

    path: str
    title: str
    question: str
    scenario: str
    future: str
    outcomes: xr.Dataset
    ds: xr.Dataset
    configuration: dict[str, Any]
    versions: dict[str, str]
    finished: int
    whole: int
    failures: pd.DataFrame = field(default_factory=pd.DataFrame)
    store: EnsembleStore | None = None

    @property
    def policies(self) -> list[str]:
        """Names of the policies, the baseline first."""
        return [str(policy) for policy in self.outcomes["policy"].to_numpy()]


def view(path: str | Path, scenario: str | None = None, future: str | None = None,
         variables: Collection[str] | None = None) -> StudyView:  # fmt: skip
    """Read one world of a study.

    Parameters
    ----------
    path : str or path
        Directory or URL.
    scenario, future : str, optional
        Which world of an ensemble; default: its first.
    variables : collection of str, optional
        Recorded variables that are wanted; default: all.

    Raises
    ------
    InvalidInput
        If it is no study, or no run is finished.
    """
    local = Path(str(path))
    if "://" not in str(path) and not os.path.exists(local):
        raise InvalidInput("study", "path", str(path), "an existing study, such as results/NAME.zarr")
    if os.path.exists(local / GROUP) and not (local / "outcomes" / ".zarray").exists():
        return _comparison(local)
    store = EnsembleStore(path)
    ds = store.details(scenario, future, variables)
    here = str(ds.attrs["scenario"])
    chosen = next(w for w in store.worlds if scenario in (None, w[0]) and future in (None, w[1]))
    return StudyView(
        str(path),
        str(store.attrs["title"]),
        str(store.attrs["question"]),
        here,
        chosen[1],
        store.outcomes(*chosen),
        ds,
        dict(store.attrs["design"]),
        dict(store.attrs["versions"]),
        int((store.states() == "finished").sum()),
        len(store.runs),
        store.failures(),
        store,
    )


def _comparison(path: Path) -> StudyView:
    runs = finished_runs(path)
    names = sorted({policy for policy, _ in runs}, key=lambda name: (name != "baseline", name))
    ds = open_study(path, names)
    attrs = description(path)
    configuration = attrs["configuration"]
    title = f"Comparison of {len(names)} policies: {', '.join(names)}"
    question = f"What do {', '.join(names[1:]) or names[0]} change, against {names[0]}?"
    return StudyView(
        str(path), title, question, str(configuration["scenario"]), "none", outcomes(ds), ds,
        {**configuration, "policies": names, "seeds": sorted({seed for _, seed in runs})},
        dict(attrs["versions"]), len(runs), len(runs),
    )  # fmt: skip
