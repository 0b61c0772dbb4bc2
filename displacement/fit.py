"""Fit of the displacement rule to camp counts: choice of form and values, leaving one conflict out in turn.

    python -m corridor.displacement.fit ../shared/data/flee ../shared/data/flee_more

The forms are nested: the simplest is a null model (everyone is split over the open camps by capacity, residents stay),
and each other form frees some parameters. Points of every form, spread evenly over the ranges and drawn without data,
are run on all cases once. Everything else uses that table: the loss of a point on some conflicts, the best points of a
form, and the form itself, chosen by leaving one of these conflicts out in turn: the one with the fewest parameters that
is not significantly worse than the best (paired t test over conflicts, one-sided, 5 %). This is repeated without each
conflict (nested cross-validation; Varma and Simon 2006, doi:10.1186/1471-2105-7-91), so that the choice of form is
cross-validated as well. Directories of one conflict count as one.

The loss is the mean of log ARD, so that every conflict counts equally; an ARD below 0.05 counts as 0.05. The fit is
done with camp capacities and without any, because different mechanisms matter then. Results go to
``displacement/values.csv``. ODD eq. 60 to 63.
"""

from __future__ import annotations

import csv
import sys
import time
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc, ttest_rel

from corridor.displacement.engine.case import Case
from corridor.displacement.engine.parameters import Behaviour
from corridor.displacement.engine.score import ard
from corridor.displacement.engine.simulation import Displacement
from corridor.displacement.flee import find_cases, read_case
from corridor.displacement.values import NONE_LEFT_OUT, TABLE, conflict_of
from corridor.experiments.runs import stop
from corridor.experiments.runs.engine import executor

Table = NDArray[np.float64]
NULL = {
    "capacity_power": 1.0, "capacity_softness": 10.0, "company_power": 0.0, "distance_power": 0.0, "border_km": 1500.0,
    "restlessness": 0.0,
}  # fmt: skip
"""Values without effect: people are split by capacity, and stay."""
RANGES = {
    "capacity_power": (0.4, 1.2), "capacity_softness": (0.02, 10.0), "company_power": (0.0, 0.6),
    "distance_power": (0.0, 1.5), "border_km": (0.0, 5000.0), "restlessness": (0.0, 0.02),
}  # fmt: skip
ON_LOG_SCALE = "capacity_softness"
FORMS = {
    "split": ((), 1),
    "room": (("capacity_softness",), 8),
    "moves": (("capacity_softness", "restlessness"), 16),
    "distance": (("capacity_softness", "distance_power", "border_km"), 32),
    "company": (("capacity_softness", "capacity_power", "company_power"), 32),
    "company and distance": (
        ("capacity_softness", "capacity_power", "company_power", "distance_power", "border_km"), 64),
    "all": (tuple(RANGES), 32),
}  # fmt: skip
"""The free parameters of each form, and the number of its points."""
AGENTS, MOST_KEPT, LEAST_ARD, SIGNIFICANCE = 4000, 6, 0.05, 0.05


@lru_cache(maxsize=64)
def _case(path: str) -> tuple[Case, Table]:
    """Return a case in the strict reading, and the counts against which Flee was scored."""
    return read_case(path), read_case(path, strict=False).observed.counts.astype(float)


def evaluate(job: tuple[list[str], dict[str, float], bool]) -> list[float]:
    """Return the ARD of each case at one point, with or without capacities."""
    paths, point, capacities = job
    out = []
    for path in paths:
        case, observed = _case(path)
        thinned = max(1, case.people // AGENTS)
        run = Displacement(case, Behaviour(point), persons_per_agent=thinned, use_capacity=capacities)
        out.append(ard(run.run().in_camps, observed))
    return out


def spread(form: str) -> list[dict[str, float]]:
    """Return points of a form: its free parameters spread evenly over their ranges (a Sobol sequence)."""
    free, number = FORMS[form]
    if not free:
        return [dict(NULL)]
    low, high = np.array([RANGES[name] for name in free]).T
    log = np.array([name == ON_LOG_SCALE for name in free])
    low[log], high[log] = np.log(low[log]), np.log(high[log])
    drawn = qmc.scale(qmc.Sobol(len(free), rng=np.random.default_rng(1)).random(number), low, high)
    drawn[:, log] = np.exp(drawn[:, log])
    return [NULL | dict(zip(free, row, strict=True)) for row in drawn.tolist()]


class FormChoice:
    """The choice of form and values on some conflicts.

    Parameters
    ----------
    loss : dict of ndarray, shape (n_points, n_conflicts)
        Of the points of each form.
    """

    def __init__(self, loss: dict[str, Table]) -> None:
        self._loss = loss

    def best(self, form: str, conflicts: NDArray[np.intp]) -> NDArray[np.intp]:
        """Return the numbers of the best points of a form."""
        kept = min(MOST_KEPT, max(1, len(self._loss[form]) // 4))
        return np.argsort(self._loss[form][:, conflicts].mean(axis=1), kind="stable")[:kept]

    def left_out(self, form: str, conflicts: NDArray[np.intp]) -> Table:
        """Return the loss of a form on each conflict with points chosen on the others, shape (n_conflicts,)."""
        return np.array([self.loss_on(form, conflicts[conflicts != each], each).mean() for each in conflicts])

    def loss_on(self, form: str, conflicts: NDArray[np.intp], others: NDArray[np.intp] | np.intp) -> Table:
        """Return the losses on other conflicts of a form's points that are best on some, shape (n_points, ...)."""
        return self._loss[form][self.best(form, conflicts)][:, others]

    def form(self, conflicts: NDArray[np.intp]) -> str:
        """Return the form with the fewest parameters that is not significantly worse than the best."""
        losses = {form: self.left_out(form, conflicts) for form in self._loss}
        best = min(losses.values(), key=lambda each: float(each.mean()))
        for form in sorted(losses, key=lambda each: len(FORMS[each][0])):
            if losses[form] is best or not ttest_rel(losses[form], best, alternative="greater").pvalue < SIGNIFICANCE:
                return form
        raise AssertionError("the best form is no worse than itself")


def try_all(paths: list[str], capacities: bool, workers: int) -> tuple[list[str], FormChoice]:
    """Run all points of all forms on all cases; return the conflicts and the choice of form."""
    points = {form: spread(form) for form in FORMS}
    jobs = [(paths, point, capacities) for form in FORMS for point in points[form]]
    with executor(workers) as pool:
        found = np.log(np.maximum(LEAST_ARD, np.array(list(pool.map(evaluate, jobs)))))
    names = [conflict_of(Path(path).name) for path in paths]
    conflicts = sorted(set(names))
    by_conflict = np.stack([found[:, np.array(names) == one].mean(axis=1) for one in conflicts], axis=1)
    ends = np.cumsum([len(points[form]) for form in FORMS])[:-1]
    return conflicts, FormChoice(dict(zip(FORMS, np.split(by_conflict, ends), strict=True)))


def fit(paths: list[str], capacities: bool, workers: int) -> list[dict[str, object]]:
    """Return the rows of the table of values: fitted to all conflicts, and without each."""
    conflicts, choice = try_all(paths, capacities, workers)
    rows: list[dict[str, object]] = []
    for left_out in (NONE_LEFT_OUT, *conflicts):
        kept = np.array([number for number, one in enumerate(conflicts) if one != left_out])
        form = choice.form(kept)
        best = [spread(form)[number] for number in choice.best(form, kept)]
        tried = ", ".join(f"{each} {choice.left_out(each, kept).mean():.3f}" for each in FORMS)
        print(f"capacities {capacities}, without {left_out}: {form} ({tried})", flush=True)
        for rank, point in enumerate([_mean(best), *best]):
            values = {name: f"{value:.5g}" for name, value in point.items()}
            rows.append({"capacities": int(capacities), "left_out": left_out, "form": form, "rank": rank, **values})
    return rows


def _mean(points: list[dict[str, float]]) -> dict[str, float]:
    out = {name: float(np.mean([point[name] for point in points])) for name in NULL}
    return out | {ON_LOG_SCALE: float(np.exp(np.mean([np.log(point[ON_LOG_SCALE]) for point in points])))}


def main() -> None:
    """Fit with capacities and without, and write the table."""
    began = time.process_time()
    paths = [str(case) for folder in sys.argv[1:] for case in find_cases(folder)]
    rows = [row for capacities in (True, False) for row in fit(paths, capacities, 1)]
    with TABLE.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    print(f"{(time.process_time() - began) / 60:.1f} CPU-minutes", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(stop.run(main))
