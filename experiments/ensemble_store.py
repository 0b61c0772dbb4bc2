"""Where an ensemble is kept: one Zarr store with a place for every run, filled one by one.

The store is made whole at the start: the plan of all runs as coordinates, and arrays along ``run`` whose chunks are
single runs. A chunk appears at once or not at all, and that of ``outcomes`` is written last: a run whose outcomes are
there is whole. Only the driver writes. Chunks carry a checksum, so that a damaged one is noticed and computed again.
What the arrays hold: `experiments.ensemble_layout`.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
import zarr
from numpy.typing import NDArray

from experiments.design import AXES, Plan
from experiments.disk import KEPT, reason, writing
from experiments.ensemble_layout import FORMAT, add_array, create, located, opened
from experiments.metrics import METRICS
from experiments.periods import restore, selected
from experiments.store import ZARR_FORMAT
from model.errors import InvalidInput


class EnsembleStore:
    """An ensemble's Zarr store.

    Parameters
    ----------
    url : str or path
        A directory, or any URL that fsspec knows, such as ``s3://bucket/study.zarr`` or ``memory://study.zarr``.
    writable : bool, default False

    Raises
    ------
    InvalidInput
        If there is no ensemble, or one of another version of Corridor.
    """

    def __init__(self, url: str | Path, writable: bool = False) -> None:
        self.url = str(url)
        self._files, self._path = located(self.url)
        try:
            self._group = zarr.open_group(opened(self.url), mode="r+" if writable else "r", zarr_format=ZARR_FORMAT)
            self.attrs: dict[str, Any] = dict(self._group.attrs)
            self._arrays: dict[str, Any] = {}
        except (OSError, ValueError, KeyError) as error:
            raise InvalidInput("study", "path", self.url, f"the store of an ensemble ({reason(error)})") from None
        version = self.attrs.get("corridor_ensemble")
        if version != FORMAT:
            allowed = f"a store that `corridor ensemble` wrote, of format {FORMAT}"
            raise InvalidInput(self.url, "format", version or "not an ensemble's", allowed)

    # --- making and resuming ------------------------------------------------------------------------------------------

    @classmethod
    def prepare(cls, url: str | Path, plan: Plan) -> EnsembleStore:
        """Open the store for a plan, or make it.

        Raises
        ------
        InvalidInput
            If the store holds another experiment, or cannot be written.
        """
        files, path = located(str(url))
        with writing(url, field="study", kept=KEPT):
            # Attributes are written last: a store without them was killed while it was made, and is made again.
            if files.exists(f"{path}/.zattrs") and files.size(f"{path}/.zattrs"):
                store = cls(url, writable=True)
                store._check_same(plan)
                return store
            create(str(url), plan)
            return cls(url, writable=True)

    def _check_same(self, plan: Plan) -> None:
        ours, theirs = plan.identity, self.attrs["identity"]
        if theirs["model_hash"] != ours["model_hash"]:
            made = f"made by Corridor {self.attrs['versions']['corridor']}, model {theirs['model_hash']}"
            raise InvalidInput(
                self.url, "study", made, f"another path: this is model {ours['model_hash']}, and runs of two do not mix"
            )
        different = [name for name in ours if json.loads(json.dumps(ours[name])) != theirs.get(name)]
        if different:
            raise InvalidInput(
                self.url, "study", "another experiment's", f"another path; it differs in {', '.join(different)}"
            )

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
        """Keep a finished run.

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
        """Keep what went wrong in a run."""
        with writing(self.url, field="study", kept=KEPT):
            self._array("traceback")[run] = details
            self._array("error")[run] = error

    def _forgive(self, run: int) -> None:
        """Forget an earlier failure."""
        if run in self._failed:
            self._array("error")[run] = ""
            self._array("traceback")[run] = ""

    def _array(self, name: str) -> Any:
        """Return an array of the store, whose description is read once."""
        if name not in self._arrays:
            self._arrays[name] = self._group[name]
        return self._arrays[name]

    def _cells(self, run: int, form: Mapping[str, Any], width: int) -> Any:
        """Return the array for what was recorded, made when its shape is first known."""
        name = self._cells_name(str(self.runs["scenario"].iloc[run]))
        if name not in self._layouts:
            add_array(self._group, name, {"run": len(self.runs), name.replace("cells", "cell"): width}, "f8", np.nan,
                   {"layout": form})  # fmt: skip
            self._layouts[name] = dict(form)
        return self._array(name)

    # --- reading ------------------------------------------------------------------------------------------------------

    @cached_property
    def runs(self) -> pd.DataFrame:
        """The plan: one row a run, with the columns of `AXES` and one for each factor (its value)."""
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
    def _plan(self) -> xr.Dataset:
        names = [*AXES, "factor", "factors"]
        with _reading(self.url), xr.open_zarr(opened(self.url), consolidated=False, chunks=None) as ds:
            plan: xr.Dataset = ds[names].load()
        return plan

    @cached_property
    def _layouts(self) -> dict[str, dict[str, Any]]:
        known = {name: array.attrs for name, array in self._group.arrays() if name.startswith("cells_")}
        return {name: attrs["layout"] for name, attrs in known.items() if "layout" in attrs}  # type: ignore[misc]

    def states(self) -> pd.Series:
        """Return ``finished``, ``failed`` or ``missing`` for each run, from one look at the store's list of files."""
        finished, failed = self._present("outcomes", ".0"), self._present("error", "")
        state = np.where(finished, "finished", np.where(failed, "failed", "missing"))
        return pd.Series(state, index=self.runs.index, name="state")

    def table(self, states: pd.Series | None = None) -> pd.DataFrame:
        """Return one row a run: the plan, ``state``, and each outcome (NaN where there is none).

        Damaged runs are told as ``damaged``.
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
        in pairs along it, as `compare.paired_differences` does.
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
        return xr.Dataset(variables).assign_coords(labels).transpose("policy", "replicate")

    def details(
        self,
        scenario: str | None = None,
        future: str | None = None,
        variables: Collection[str] | None = None,
    ) -> xr.Dataset:
        """Return what the finished runs of one scenario and future recorded, by year.

        Parameters
        ----------
        scenario, future : str, optional
            Default: the first.
        variables : collection of str, optional
            Of `model.recorder.VARIABLES`; default all (about 0.5 MB a run of the Mediterranean).

        Returns
        -------
        Dataset
            Over ``policy``, ``replicate`` (as for `outcomes`), ``time`` and the dimensions of each variable; runs that
            are not finished are NaN.
        """
        scenario, future = self._world(scenario, future)
        name = self._cells_name(scenario)
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
        """Return ``seconds`` (computing time) and ``finished_at`` (seconds since 1970) of each run, NaN if not done."""
        with _reading(self.url):
            columns = {name: self._array(name)[:] for name in ("seconds", "finished_at")}
        return pd.DataFrame(columns, index=self.runs.index)

    def result_hashes(self) -> pd.Series:
        """Return the SHA-256 of each finished run's whole result; empty text where it is not finished."""
        with _reading(self.url):
            return pd.Series(self._array("result_hash")[:], index=self.runs.index, dtype=object)

    def failures(self) -> pd.DataFrame:
        """Return the failed runs: the plan's columns, ``error`` (a sentence) and ``traceback``."""
        failed = self.runs[self.states() == "failed"]
        texts = {name: [str(self._array(name)[int(run)]) for run in failed.index] for name in ("error", "traceback")}
        return failed[list(AXES)].assign(**texts)

    def damaged(self) -> list[int]:
        """Return finished runs of which a chunk cannot be read, after reading every one."""
        states = self.states()
        every = [int(run) for run in states.index]
        bad: set[int] = set()
        for name, runs in [("outcomes", every), *self._runs_by_cells()]:
            bad |= set(self._rows(name, [run for run in runs if states[run] == "finished"])[1])
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
        """Return the rows of runs that can be read, and the runs whose rows cannot."""
        rows, damaged = {}, []
        array = self._array(name) if name in self._group else None
        for run in runs:
            try:
                row = None if array is None else np.asarray(array[int(run)])
            except (RuntimeError, ValueError, OSError):
                row = None
            if row is None or np.isnan(row).all():
                damaged.append(int(run))
            else:
                rows[int(run)] = row
        return rows, damaged

    def _present(self, name: str, ending: str) -> NDArray[np.bool_]:
        """Return for each run whether the array has a chunk of it."""
        folder = f"{self._path}/{name}"
        self._files.invalidate_cache(folder)
        there = {str(file).rpartition("/")[2] for file in self._files.ls(folder, detail=False)}
        return np.array([f"{run}{ending}" in there for run in range(len(self.runs))], dtype=bool)


@contextmanager
def _reading(url: str) -> Iterator[None]:
    try:
        yield
    except (OSError, RuntimeError, KeyError) as error:
        allowed = f"a store whose plan can be read ({reason(error)}); restore it from a copy, or choose another path"
        raise InvalidInput("study", "path", url, allowed) from None
