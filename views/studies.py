"""Studies that the server keeps: their list, and the data that the Experiments page reads from each."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml
from scipy.stats import spearmanr

from corridor.experiments.analysis.metrics import METRICS
from corridor.experiments.studies.store import EnsembleStore
from corridor.model.errors import InvalidInput

STUDIES = Path("results")
MOST_LISTED = 100
FEWEST_FOR_RANKS = 10
PLAIN = re.compile(r"[A-Za-z0-9_./-]+")


@dataclass(frozen=True)
class Listed:
    """A study in the list: its file name, its title, and when it was last written to (seconds since 1970)."""

    name: str
    title: str
    changed: float


def listed(folder: Path = STUDIES) -> list[Listed]:
    """Return the ensembles in the server's folder of results, the last changed first; others are left out."""
    found = []
    for path in folder.glob("*.zarr"):
        try:
            attributes = json.loads((path / ".zattrs").read_text(encoding="utf-8"))
            if "corridor_ensemble" in attributes:
                found.append(Listed(path.name, str(attributes["title"]), path.stat().st_mtime))
        except (OSError, ValueError, KeyError):
            continue
    return sorted(found, key=lambda study: -study.changed)[:MOST_LISTED]


def opened(name: str, folder: Path = STUDIES) -> EnsembleStore:
    """Open a listed study.

    Raises
    ------
    InvalidInput
        If no study of the list has this name.
    """
    known = [study.name for study in listed(folder)]
    if name not in known:
        raise InvalidInput("study", "name", name, ", ".join(known) or "a study in the folder results")
    return EnsembleStore(folder / name)


def recipe(store: EnsembleStore) -> tuple[str, str]:
    """Return the command that made a study, and the experiment file that says the same; blank if it is not known."""
    settings: dict[str, Any] = dict(store.attrs.get("recipe", {}))
    if not settings:
        return "", ""
    command = settings.pop("command")
    overrides = [f"{name}={_override(value)}" for name, value in settings.items()]
    told = " ".join(["corridor", str(command), *(shlex.quote(override) for override in overrides)])
    return told, yaml.safe_dump(settings, sort_keys=False, allow_unicode=True)


def _override(value: object) -> str:
    """Return a value in the syntax of overrides; text with anything but plain characters is quoted in it."""
    if isinstance(value, list):
        return f"[{','.join(_override(item) for item in value)}]"
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{name}:{_override(item)}" for name, item in value.items()) + "}"
    text = str(value)
    if isinstance(value, str) and not PLAIN.fullmatch(text):
        escaped = text.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return text


def ranks(store: EnsembleStore, policy: str) -> pd.DataFrame:
    """Rank correlations of factors with outcomes in the finished runs of a policy.

    Parameters
    ----------
    store : EnsembleStore
        It may be growing.
    policy : str

    Returns
    -------
    DataFrame
        Columns ``factor, outcome, correlation`` (Spearman's, -1 to 1), ``low`` and ``high`` (90 % interval by Fisher's
        transformation), ``runs``. Empty where there are fewer than ten finished runs or nothing varies.

    Notes
    -----
    A rank correlation shows what rises or falls steadily; it misses effects that turn. Interval: atanh(r) ± 1.645 ·
    sqrt(1.06 / (n − 3)) (Fieller, Hartley and Pearson 1957).
    """
    table = store.table()
    done = table[(table["state"] == "finished") & (table["policy"] == policy)]
    rows = []
    for factor in store.factors:
        for metric in METRICS:
            pair = done[[factor, metric.name]].dropna()
            if len(pair) < FEWEST_FOR_RANKS or (pair.nunique() < 2).any():
                continue
            r = float(spearmanr(pair[factor], pair[metric.name]).statistic)
            half = 1.645 * np.sqrt(1.06 / (len(pair) - 3))
            middle = np.arctanh(np.clip(r, -0.999999, 0.999999))
            low, high = np.tanh([middle - half, middle + half])
            row = {"factor": factor, "outcome": metric.name, "correlation": r}
            rows.append({**row, "low": float(low), "high": float(high), "runs": len(pair)})
    return pd.DataFrame(rows, columns=["factor", "outcome", "correlation", "low", "high", "runs"])


def sensitivity_table(name: str, folder: Path = STUDIES) -> pd.DataFrame | None:
    """Return the indices that ``corridor sensitivity`` has written next to a study; None if there are none."""
    file = folder / f"{Path(name).stem}-sensitivity.csv"
    return pd.read_csv(file) if file.is_file() else None
