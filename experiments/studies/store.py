"""The store of an ensemble: one Zarr store with a place for every run, filled one by one.

The store is created in full at the start: the plan of all runs as coordinates, and arrays along ``run`` with one chunk
per run. A chunk appears complete or not at all, and that of ``outcomes`` is written last, so that a run with outcomes
is complete. Only the driver writes. Chunks have checksums, so that damaged ones are noticed and computed again.
`corridor.experiments.studies.layout` describes the arrays.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
import zarr
from numpy.typing import NDArray

from corridor.experiments.analysis.metrics import METRICS
from corridor.experiments.analysis.periods import restore, selected
from corridor.experiments.runs.chunks import Chunks
from corridor.experiments.runs.disk import KEPT, reason, writing
from corridor.experiments.runs.keys import (
    ATTRIBUTES,
    CONSOLIDATED,
    ZARR_FORMAT,
    Damaged,
    consolidated,
    fetched,
    is_intact,
    opened,
    put,
    unpacked,
)
from corridor.experiments.studies.design import AXES, Plan
from corridor.experiments.studies.layout import FILLED, MARK, SEALED, attributes, cells, check_place, check_same, layout
from corridor.model.errors import InvalidInput


class EnsembleStore:
    """An ensemble's Zarr store.

    Parameters
    ----------
    url : str or path
        A directory, or any URL that fsspec knows, such as ``s3://bucket/study.zarr`` or ``memory://study.zarr``.
    writable : bool, default False

    Attributes
    ----------
    attrs : dict
    is_new : bool
        Whether `prepare` has made it.

    Raises
    ------
    InvalidInput
        If there is no ensemble, or one of another version of Corridor.
    """

    def __init__(self, url: str | Path, writable: bool = False) -> None:
        self.url = str(url)
        self._chunks = Chunks(self.url)
        try:
            keys = fetched(self.url, SEALED)
        except OSError as error:
            raise InvalidInput("study", "path", self.url, f"the store of an ensemble ({reason(error)})") from None
        self.attrs = attributes(self.url, keys)
        # What is consolidated is for other readers: it may be older than the arrays.
        self._group = zarr.open_group(
            opened(self.url), mode="r+" if writable else "r", zarr_format=ZARR_FORMAT, use_consolidated=False
        )
        self.is_new = False
        self._arrays: dict[str, Any] = {}
        self._plan = unpacked({key: content for key, content in keys.items() if key.split("/")[0] not in FILLED})

    # --- making and resuming ------------------------------------------------------------------------------------------

    @classmethod
    def prepare(cls, url: str | Path, plan: Plan) -> EnsembleStore:
        """Open the store for a plan; create it if missing, and repair a damaged plan.

        Raises
        ------
        InvalidInput
            If the place holds another experiment or anything else, or cannot be written.
        """
        with writing(url, field="study", kept=KEPT):
            try:
                store = cls(url, writable=True)
            except InvalidInput as error:
                check_place(str(url), plan, error)
                keys = layout(plan)
                is_new = not fetched(str(url), [MARK])
                put(str(url), keys)
                store = cls(url, writable=True)
                store.is_new = is_new
                store.consolidate()
        check_same(store.url, store.attrs, plan)
        return store

    def add(
        self,
        run: int,
        outcomes: NDArray[np.float64],
        cells: NDArray[np.float64],
        form: Mapping[str, Any],
        result_hash: str,
        seconds: float,
        now: float,
    ) -> None:
        """Store a finished run.

        Parameters
        ----------
        run : int
        outcomes : ndarray, shape (n_outcomes,)
        cells, form
            From `periods.flatten` and `periods.layout`.
        result_hash : str
        seconds, now : float
            Computing time; seconds since 1970.

        Raises
        ------
        InvalidInput
            If the disk is full or cannot be written; what is finished is kept.
        """
        with writing(self.url, field="study", kept=KEPT):
            self._cells(run, form, len(cells))[run] = cells
            self._array("result_hash")[run] = result_hash
            self._array("seconds")[run] = seconds
            self._array("finished_at")[run] = now
            self._forgive(run)
            self._array("outcomes")[run] = outcomes

    def fail(self, run: int, error: str, details: str) -> None:
        """Store the failure of a run."""
        with writing(self.url, field="study", kept=KEPT):
            self._array("traceback")[run] = details
            self._array("error")[run] = error

    def _forgive(self, run: int) -> None:
        """Forget an earlier failure."""
        if run in self._failed:
            self._array("error")[run] = ""
            self._array("traceback")[run] = ""

    def _array(self, name: str) -> Any:
        """Return an array of the store; its description is read once."""
        if name not in self._arrays:
            self._arrays[name] = self._group[name]
        return self._arrays[name]

    def _cells(self, run: int, form: Mapping[str, Any], width: int) -> Any:
        """Return the array of recorded values, created when its shape is first known or if damaged."""
        name = self._cells_name(str(self.runs["scenario"].iloc[run]))
        if name not in self._layouts:
            put(f"{self.url}/{name}", cells(name, len(self.runs), width, form))
            self._layouts[name] = dict(form)
            self.consolidate()
        return self._array(name)

    def consolidate(self) -> None:
        """Consolidate the metadata of all arrays, where readers of Zarr look first."""
        described = [f"{name}/{part}" for name in self._layouts for part in (".zarray", ATTRIBUTES)]
        keys = fetched(self.url, [*SEALED, *described])
        with writing(self.url, field="study", kept=KEPT):
            put(self.url, {CONSOLIDATED: consolidated(keys)[CONSOLIDATED]})

    # --- reading ------------------------------------------------------------------------------------------------------

    @cached_property
    def runs(self) -> pd.DataFrame:
        """The plan: one row per run, with the columns of `AXES` and the value of each factor."""
        plan = self._plan
        table = pd.DataFrame({name: plan[name].to_numpy() for name in AXES})
        for position, name in enumerate(plan["factor"].to_numpy()):
            table[str(name)] = plan["factors"].to_numpy()[:, position]
        return table.rename_axis("run")

    @cached_property
    def _failed(self) -> frozenset[int]:
        """Runs that had failed when the store was opened."""
        return frozenset(int(run) for run in self.runs.index[self.states() == "failed"])

    @cached_property
    def factors(self) -> list[str]:
        """Names of the uncertain factors."""
        return [str(name) for name in self._plan["factor"].to_numpy()]

    @cached_property
    def _layouts(self) -> dict[str, dict[str, Any]]:
        """Layout of the cells of each scenario, where known and intact."""
        known = {}
        for name, _ in self._runs_by_cells():
            keys = fetched(f"{self.url}/{name}", (".zarray", ATTRIBUTES))
            if is_intact(keys):
                known[name] = dict(json.loads(keys[ATTRIBUTES])["layout"])
        return known

    def states(self) -> pd.Series:
        """Return ``finished``, ``failed`` or ``missing`` for each run, from one look at the store's list of files."""
        finished, failed = (
            [f"{run}{ending}" in there for run in self.runs.index]
            for there, ending in ((self._chunks.sizes("outcomes"), ".0"), (self._chunks.sizes("error"), ""))
        )
        state = np.where(finished, "finished", np.where(failed, "failed", "missing"))
        return pd.Series(state, index=self.runs.index, name="state")

    def has(self, run: int) -> bool:
        """Return whether a run is finished now."""
        return self._chunks.has(f"outcomes/{run}.0")

    def table(self, states: pd.Series | None = None) -> pd.DataFrame:
        """Return one row per run: the plan, ``state``, and each outcome (NaN if there is none).

        Damaged runs have the state ``damaged``.
        """
        states = self.states() if states is None else states
        rows, damaged = self._rows("outcomes", states.index[states == "finished"])
        values = np.full((len(self.runs), len(METRICS)), np.nan)
        values[list(rows)] = np.array(list(rows.values())).reshape(len(rows), len(METRICS))
        states = states.mask(states.index.isin(damaged), "damaged")
        names = [str(name) for name in self.attrs["identity"]["outcomes"]]
        return self.runs.join(states).join(pd.DataFrame(values, columns=names, index=self.runs.index))

    def outcomes(self, scenario: str | None = None, future: str | None = None) -> xr.Dataset:
        """Return the outcomes of one scenario and future over ``policy`` and ``replicate``.

        ``replicate`` numbers the combinations of sample and seed, whose labels are coordinates: policies are compared
        in pairs along it, as `analysis.differences.paired_differences` does.
        """
        grid, labels = self._pairs(*self._world(scenario, future))
        table = self.table()
        variables = {
            metric.name: (
                ("replicate", "policy"),
                table[metric.name].to_numpy()[grid],
                {"units": metric.unit, "long_name": metric.label},
            )
            for metric in METRICS
        }
        form = self._layouts.get(self._cells_name(self._world(scenario, future)[0]), {"attributes": {}})
        kept = {key: value for key, value in form["attributes"].items() if key == "persons_per_agent"}
        return xr.Dataset(variables, attrs=kept).assign_coords(labels).transpose("policy", "replicate")

    def details(
        self,
        scenario: str | None = None,
        future: str | None = None,
        variables: Collection[str] | None = None,
    ) -> xr.Dataset:
        """Read the records of the finished runs of one scenario and future, by year.

        Parameters
        ----------
        scenario, future : str, optional
            Default: the first.
        variables : collection of str, optional
            Of `corridor.model.recorder.VARIABLES`; default all (about 0.5 MB a run of the Mediterranean).

        Returns
        -------
        Dataset
            Over ``policy``, ``replicate`` (as for `outcomes`), ``time`` and the dimensions of each variable; runs that
            are not finished are NaN.
        """
        scenario, future = self._world(scenario, future)
        name = self._cells_name(scenario)
        if name not in self._layouts and self._chunks.sizes(name):
            raise Damaged(self.url, name, "damaged", "intact data; give the command that made it again to repair them")
        if name not in self._layouts:
            raise InvalidInput(self.url, "runs", "none finished", "a study with finished runs")
        grid, labels = self._pairs(scenario, future)
        states = self.states()
        rows, _ = self._rows(name, [int(run) for run in grid.ravel() if states[run] == "finished"])
        chosen, form = selected(self._layouts[name], variables)
        block = np.full((*grid.shape, len(chosen)), np.nan)
        for (pair, policy), run in np.ndenumerate(grid):
            if int(run) in rows:
                block[pair, policy] = rows[int(run)][chosen]
        ds = restore(block, form, ("replicate", "policy")).assign_coords(labels)
        return ds.transpose("policy", "replicate", ...)

    def _pairs(self, scenario: str, future: str) -> tuple[NDArray[np.int64], dict[str, Any]]:
        """Return the runs of a world by pair and policy, shape (n_pairs, n_policies), and coordinates of the pairs."""
        here = self.runs[(self.runs["scenario"] == scenario) & (self.runs["future"] == future)]
        # The plan has policies innermost: runs that differ in nothing else are neighbours.
        grid = here.index.to_numpy().reshape(-1, len(self.policies))
        first = self.runs.loc[grid[:, 0]]
        columns = ["sample", "seed", *self.factors]
        coords: dict[str, Any] = {"policy": self.policies, "replicate": np.arange(len(grid))}
        return grid, coords | {name: ("replicate", first[name].to_numpy()) for name in columns}

    def timing(self) -> pd.DataFrame:
        """Return ``seconds`` of computing and ``finished_at`` (seconds since 1970) of each run, NaN if unknown."""
        columns = {name: self.column(name, self.runs.index) for name in ("seconds", "finished_at")}
        return pd.DataFrame(columns, index=self.runs.index)

    def column(self, name: str, runs: Iterable[int]) -> NDArray[np.float64]:
        """Return one of the columns of `timing` for some runs, shape (n_runs,)."""
        rows = self._chunks.numbers(name, runs, (len(self.runs),))
        return np.array([np.nan if row is None else row[0] for row in rows.values()])

    def result_hashes(self) -> pd.Series:
        """Return the SHA-256 of each finished run's whole result; empty text if unknown."""
        hashes = self._chunks.texts("result_hash", self.runs.index)
        return pd.Series([hashes[run] or "" for run in self.runs.index], index=self.runs.index, dtype=object)

    def failures(self, states: pd.Series | None = None) -> pd.DataFrame:
        """Return the failed runs: the plan's columns, ``error`` (a sentence) and ``traceback``."""
        failed = self.runs[(self.states() if states is None else states) == "failed"]
        texts = {name: self._chunks.texts(name, failed.index) for name in ("error", "traceback")}
        columns = {name: [known[run] or "cannot be read" for run in failed.index] for name, known in texts.items()}
        return failed[list(AXES)].assign(**columns)

    def damaged(self, thorough: bool = True, states: pd.Series | None = None) -> list[int]:
        """Return finished runs whose stored data are damaged.

        Parameters
        ----------
        thorough : bool, default True
            Read and verify every chunk. Otherwise only missing and empty ones are found, from lists of files.
        states : Series, optional
            From `states`, if it is known already.
        """
        states = self.states() if states is None else states
        finished = [int(run) for run in states.index[states == "finished"]]
        bad = set()
        if thorough:
            bad |= {run for run, known in self._chunks.texts("result_hash", finished).items() if not known}
        for name, runs in [("outcomes", finished), *self._runs_by_cells()]:
            here = sorted(set(runs) & set(finished))
            if thorough or (name != "outcomes" and name not in self._layouts):
                bad |= set(self._rows(name, here)[1])
            else:
                sizes = self._chunks.sizes(name)
                bad |= {run for run in here if not sizes.get(f"{run}.0")}
        return sorted(bad)

    @property
    def policies(self) -> list[str]:
        """Names of the policies, the baseline first."""
        return list(self.attrs["identity"]["policies"])

    @cached_property
    def worlds(self) -> list[tuple[str, str]]:
        """Scenario and future of each world, in order."""
        return list(dict.fromkeys(zip(self.runs["scenario"], self.runs["future"], strict=True)))

    def _world(self, scenario: str | None, future: str | None) -> tuple[str, str]:
        for known in self.worlds:
            if scenario in (None, known[0]) and future in (None, known[1]):
                return known
        words = "; ".join(f"{s}, {f}" for s, f in self.worlds)
        raise InvalidInput(self.url, "scenario and future", f"{scenario}, {future}", words)

    def _cells_name(self, scenario: str) -> str:
        return f"cells_{list(dict.fromkeys(name for name, _ in self.worlds)).index(scenario)}"

    def _runs_by_cells(self) -> list[tuple[str, list[int]]]:
        return [
            (self._cells_name(str(scenario)), [int(run) for run in part.index])
            for scenario, part in self.runs.groupby("scenario")
        ]

    def _rows(self, name: str, runs: Iterable[int]) -> tuple[dict[int, NDArray[np.float64]], list[int]]:
        """Return the readable rows of runs, and the runs with unreadable rows."""
        if name.startswith("cells_") and name not in self._layouts:
            return {}, [int(run) for run in runs]
        rows = self._chunks.numbers(name, runs, self._array(name).shape)
        return {run: row for run, row in rows.items() if row is not None}, [r for r, row in rows.items() if row is None]
