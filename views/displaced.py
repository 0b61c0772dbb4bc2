"""An uploaded displacement case: the order for a worker, and the results that the page shows."""

from __future__ import annotations

import hashlib
import math
import tempfile
from collections.abc import Callable, Hashable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import xarray as xr

from corridor.displacement import TUTORIAL
from corridor.displacement.engine.case import Case
from corridor.displacement.engine.score import ard, null_models
from corridor.displacement.flee.reader import PERIOD, find_cases, read_case
from corridor.displacement.run import OWN, Options, simulate
from corridor.model.errors import InvalidInput
from corridor.views.upload import folders_with, packed, unpack

MOST_AGENTS = 60_000
MOST_CASE_BYTES = 250_000_000
"""Memory of one run in addition to that of its people; as many may run at once as there are workers."""
RULE = "corridor"
INVENTED = TUTORIAL.name
"""The case that comes with the project; its places are on no real map."""


@dataclass(frozen=True)
class UploadedCase:
    """One run of an uploaded case. The upload travels with the order and is never kept.

    Attributes
    ----------
    data : bytes
        A zip file of a directory in Flee's format.
    seed : int
    case : str
        The case's name, where the upload holds several.
    """

    data: bytes
    seed: int
    case: str = ""

    @property
    def policy(self) -> str:
        """The rule by which people move."""
        return RULE

    @property
    def identity(self) -> tuple[Hashable, ...]:
        """Everything that determines the result."""
        return "displacement", hashlib.sha256(self.data).hexdigest(), self.case, self.seed

    def workplace(self) -> AbstractContextManager[Path | None]:
        """Give an empty directory to unpack into."""
        return _empty_folder()

    def compute(self, workplace: Path | None, tell: Callable[[float], None]) -> xr.Dataset:
        """Unpack, read and run the case.

        Raises
        ------
        InvalidInput
            If the upload is refused or the case cannot be read; directories of the server are not named.
        """
        assert workplace is not None
        try:
            folders = {folder.name: folder for folder in find_cases(unpack(self.data, workplace))}
            if len(folders) > 1 and self.case not in folders:
                raise InvalidInput("upload", "case", self.case or "none chosen", f"one of {', '.join(folders)}")
            folder = folders[self.case] if len(folders) > 1 else next(iter(folders.values()))
            case = read_case(folder, most_bytes=MOST_CASE_BYTES)
        except InvalidInput as error:
            raise InvalidInput(_public(error.where, workplace), error.field, error.value, error.allowed) from None
        return run_case(case, self.seed)


def bundled_case() -> bytes:
    """Return the invented case that comes with the project as if it had been uploaded."""
    files = (file for file in TUTORIAL.rglob("*") if file.is_file())
    return packed({f"{TUTORIAL.name}/{file.relative_to(TUTORIAL).as_posix()}": file.read_bytes() for file in files})


def cases_of(data: bytes) -> list[str]:
    """Return the names of the cases in an upload that holds several folders of them, without unpacking it."""
    return folders_with(data, PERIOD)


@contextmanager
def _empty_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="corridor-upload-", ignore_cleanup_errors=True) as name:
        yield Path(name)


def _public(where: str, workplace: Path) -> str:
    """Return a place in the upload without the server's directories."""
    return where.replace(f"{workplace}/", "").replace(str(workplace), "upload")


def run_case(case: Case, seed: int) -> xr.Dataset:
    """Run a case with Corridor's rule, with and without capacities, and with Flee's; return the results for the page.

    Returns
    -------
    Dataset
        ``simulated`` and ``observed`` over (day, camp), persons; ``used`` (persons in all) over link with its ends;
        ``latitude``, ``longitude`` and ``kind`` (camp, conflict, town) over place; averaged relative differences:
        ``error``, ``error_without_capacities``, ``flee_error`` (Flee's rule as it is built in here, with the case's own
        settings or the usual preset) and ``naive_error`` over rule (that of
        `corridor.displacement.engine.score.null_models`); findings of the reader in the attribute ``findings``.
    """
    persons = max(1, math.ceil(case.people / MOST_AGENTS))
    options = Options(seed=seed, persons_per_agent=persons)
    flee = replace(options, rule="flee", preset=options.preset if case.own_rule is None else OWN)
    observed = case.observed.counts.astype(float)

    def error(run: xr.Dataset) -> float:
        return ard(run["simulated"].to_numpy().astype(float), observed)

    run = simulate(case, options)
    naive = null_models(case, observed)
    return xr.Dataset(
        {
            "simulated": (("day", "camp"), run["simulated"].to_numpy().astype(float)),
            "observed": (("day", "camp"), observed),
            "used": ("link", run["ways"].sum("day").to_numpy().astype(float)),
            "error": error(run),
            "error_without_capacities": error(simulate(case, replace(options, use_capacity=False))),
            "flee_error": error(simulate(case, flee)),
            "naive_error": ("rule", [ard(counts, observed) for counts in naive.values()]),
        },
        coords={
            "day": run["time"].to_numpy().astype("datetime64[D]"),
            "rule": list(naive),
            "camp": run["camp"].to_numpy(),
            "place": case.places.names,
            "latitude": ("place", case.places.latitude),
            "longitude": ("place", case.places.longitude),
            "kind": ("place", run["kind"].to_numpy()),
            "camp_place": ("camp", case.observed.camps),
            "start": ("link", case.links.origin),
            "end": ("link", case.links.destination),
        },
        attrs={
            "case": case.name,
            "people": case.people,
            "persons_per_agent": persons,
            "knows_capacities": case.knows_capacities,
            "findings": tuple(
                (f.file, f.line, f"{f.rule}: {f.about}" if f.about else f.rule, f.action) for f in case.findings
            ),
        },
    )
