"""Robustness of the choice of form and values to leaving out half of the conflicts.

    python -m corridor.displacement.fit_halves ../shared/data/flee ../shared/data/flee_more

The choice of `corridor.displacement.fit` is repeated on every half of the conflicts (every four of nine) and tested on
the others, against the simplest form: the null model that splits everyone over the open camps by capacity.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

import numpy as np

from corridor.displacement.fit import FORMS, FormChoice, try_all
from corridor.displacement.flee import find_cases
from corridor.experiments.runs import stop


class Half(NamedTuple):
    """The choice of one half of the conflicts, and its accuracy on the other half.

    Attributes
    ----------
    form : str
    loss, null : float
        Mean log ARD on the conflicts left out, of the choice and of the simplest form.
    worst : float
        Largest difference of ARD from the simplest form on one of them.
    """

    form: str
    loss: float
    null: float
    worst: float


def halves(choice: FormChoice, n_conflicts: int) -> Iterator[Half]:
    """Give the choice of every half of the conflicts."""
    everything, simplest = np.arange(n_conflicts), next(iter(FORMS))
    for members in combinations(range(n_conflicts), n_conflicts // 2):
        kept = np.array(members)
        others = np.setdiff1d(everything, kept)
        form = choice.form(kept)
        ours, null = (choice.loss_on(each, kept, others).mean(axis=0) for each in (form, simplest))
        yield Half(form, float(ours.mean()), float(null.mean()), float((np.exp(ours) - np.exp(null)).max()))


def settled(choice: FormChoice, n_conflicts: int) -> tuple[str, float]:
    """Return the form chosen on all conflicts, and its loss if halves choose only its values."""
    everything = np.arange(n_conflicts)
    form, losses = choice.form(everything), []
    for members in combinations(range(n_conflicts), n_conflicts // 2):
        kept = np.array(members)
        losses.append(choice.loss_on(form, kept, np.setdiff1d(everything, kept)).mean())
    return form, float(np.mean(losses))


def table(found: list[Half]) -> str:
    """Return a table of how often each form was chosen, and of its accuracy."""
    rows = [f"{'form':<22}{'chosen':>7}{'loss':>8}{'null':>8}{'better':>8}{'worst':>8}"]
    for form in FORMS:
        own = [half for half in found if half.form == form]
        if own:
            loss, null = (np.mean([getattr(half, name) for half in own]) for name in ("loss", "null"))
            better = np.mean([half.loss < half.null for half in own])
            worst = max(half.worst for half in own)
            rows.append(f"{form:<22}{len(own):>7}{loss:>8.3f}{null:>8.3f}{better:>8.0%}{worst:>8.3f}")
    return "\n".join(rows)


def main() -> None:
    """Try all points on the cases of some directories and print the table."""
    paths = [str(case) for folder in sys.argv[1:] for case in find_cases(folder)]
    conflicts, choice = try_all(paths, True, 1)
    found = list(halves(choice, len(conflicts)))
    loss, null = np.mean([half.loss for half in found]), np.mean([half.null for half in found])
    print(f"{len(found)} halves of {len(conflicts)} conflicts: mean log ARD left out {loss:.3f}, null model {null:.3f}")
    print(table(found))
    form, settled_loss = settled(choice, len(conflicts))
    print(f"with the form that all choose, {form}, and the values of each half: {settled_loss:.3f}")


if __name__ == "__main__":
    sys.exit(stop.run(main))
