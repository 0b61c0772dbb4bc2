"""Questions that planners ask, answered beforehand: ready packages in two periods, shipped with the app.

A period is one file: every ready package and the baseline on the same seeds, reduced as the pages need it. A question
that is made of ready packages in a shipped period is answered from it at once. `docs.make_gallery` computes the files.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

import xarray as xr

from corridor.experiments.reporting.language import N_, _
from corridor.experiments.runs.store import export_netcdf, read_netcdf
from corridor.experiments.runs.world import model_hash, policy_hash
from corridor.scenarios import load_policy
from corridor.views.package import BASELINE, OWN, packages_for
from corridor.views.question import Question

FOLDER = Path(__file__).resolve().parent / "shipped"
CORRIDOR = "mediterranean"
RUNS = 10
PERIODS: Mapping[str, Mapping[str, str]] = {
    "past": {"years": "2014-2017"},
    "ahead": {"years": "2021-2027", "future": "continuation"},
}
UNUSED = ("persons",)
"""Variables that no page of a comparison shows: half of the size."""


class Asked(NamedTuple):
    """A question of the gallery, in a planner's words."""

    words: str
    packages: tuple[str, ...]
    period: str

    @property
    def question(self) -> Question:
        """The packages compared to answer it."""
        return period_question(self.period, self.packages)


GALLERY: tuple[Asked, ...] = (
    Asked(N_("Would more rescue at sea have saved lives in 2014–2017?"), ("rescue",), "past"),
    Asked(N_("What if border patrols are doubled from 2021?"), ("border_enforcement",), "ahead"),
    Asked(N_("What if legal places grow several times over from 2021?"), ("safe_pathways",), "ahead"),
    Asked(N_("Patrols, or legal ways, in 2014–2017?"), ("border_enforcement", "safe_pathways"), "past"),
    Asked(
        N_("What protects people from trafficking best from 2021?"), ("victim_centred", "network_disruption"), "ahead"
    ),
    Asked(N_("Prevention, or action on networks, in 2014–2017?"), ("prevention_first", "network_disruption"), "past"),
    Asked(N_("Everything together, or rescue alone, from 2021?"), ("comprehensive", "rescue"), "ahead"),
    Asked(N_("Measures that follow what is recorded: better than fixed ones?"), ("adaptive", "rescue"), "past"),
)  # fmt: skip


@cache
def period_question(period: str, packages: tuple[str, ...]) -> Question:
    """Return the question that compares ready packages in a period of the gallery."""
    found = Question.from_address(
        {"corridor": CORRIDOR, "packages": ",".join(packages), "runs": str(RUNS), **PERIODS[period]}
    )
    assert found is not None
    return found


def words_for(question: Question) -> str | None:
    """Return the gallery's wording of a question; None if it does not ask it."""
    return next((asked.words for asked in GALLERY if asked.question == question), None)


def asked_words(question: Question) -> str:
    """Return a question as a title, in the reader's language."""
    known = words_for(question)
    return _(known) if known else question.words


class Shipped(NamedTuple):
    """An answer from the gallery, and whether the model has changed since it was computed."""

    ds: xr.Dataset
    is_stale: bool


def shipped(question: Question) -> Shipped | None:
    """Return the answer to a question that was computed beforehand; None if it was not."""
    bases = [package.base for package in question.packages]
    if question.shocks or any(package.key != package.base for package in question.packages) or OWN in bases:
        return None
    for period in PERIODS:
        if period_question(period, (bases[0],)).same_world(question) and (found := _opened(period)) is not None:
            names = [BASELINE, *bases]
            if set(names) <= set(found["policy"].to_numpy()) and question.replicates <= found.sizes["replicate"]:
                part = found.sel(policy=names).isel(replicate=slice(question.replicates))
                made = {BASELINE: str(part["policy_hash"].sel(policy=BASELINE).item())}
                made |= {name: str(part["policy_hash"].sel(policy=name).item()) for name in bases}
                return Shipped(part.drop_vars("policy_hash"), not _is_present(period, part.attrs["identity"], made))
    return None


def _is_present(period: str, made_with: str, policies: Mapping[str, str]) -> bool:
    """Return whether model, scenario and packages are still those with which an answer was computed."""
    now, hashes = _now(period)
    return made_with == now and all(hashes.get(name) == known for name, known in policies.items())


@cache
def _now(period: str) -> tuple[str, Mapping[str, str]]:
    """Return the identity of a period and the fingerprint of every policy in it, with the present model."""
    world = period_question(period, (next(iter(packages_for(CORRIDOR))),)).world
    hashes = {name: policy_hash(world.under(load_policy(name))) for name in ready()}
    return world.study(Path()).path.name, hashes


def identity(period: str) -> str:
    """Return the fingerprint of what, besides policies, determines the runs of a period: model, scenario, years."""
    return _now(period)[0]


@cache
def _opened(period: str) -> xr.Dataset | None:
    file = FOLDER / f"{period}.nc"
    return read_netcdf(file) if file.exists() else None


def keep(ds: xr.Dataset, period: str) -> Path:
    """Write the answers of a period as a file of the gallery.

    Parameters
    ----------
    ds : Dataset
        From `corridor.views.tasks.Task.dataset`, with ``policy_hash`` over ``policy`` and the attribute ``identity``.
    period : str
        One of `PERIODS`.
    """
    plain = ds.drop_vars([*UNUSED, "time"], errors="ignore").drop_dims("state", errors="ignore")
    plain = plain.drop_attrs(deep=False).assign_attrs(
        {name: value for name, value in ds.attrs.items() if isinstance(value, str | int | float)},
        model_hash=model_hash(),
    )
    plain = plain.assign_coords(
        {name: values.astype(object) for name, values in plain.coords.items() if values.dtype.kind in "UTO"}
    )
    small = {
        name: {"dtype": "float32", "zlib": True} for name, part in plain.data_vars.items() if part.dtype.kind == "f"
    }
    for name in small:
        plain[name].encoding = small[name]
    FOLDER.mkdir(exist_ok=True)
    return export_netcdf(plain, FOLDER / f"{period}.nc")


def ready() -> list[str]:
    """Return the policies of the gallery: the baseline and all ready packages."""
    return [BASELINE, *packages_for(CORRIDOR)]
