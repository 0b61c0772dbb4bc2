"""Changes made for speed or clarity leave the distributions of main outcomes where they were."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from scipy import stats

from tests import baseline

ERROR_RATE = 0.001
"""Probability that any outcome of an unchanged model is called different (Holm's correction over all tests)."""
FRESH_SEEDS = range(10_000, 10_010)


@pytest.mark.slow
@pytest.mark.statistical
def test_main_outcomes_are_distributed_as_in_the_stored_baseline() -> None:
    """Welch for the mean and Kolmogorov-Smirnov for the shape, on seeds that the stored runs did not use."""
    with baseline.STORED.open() as file:
        stored = [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]
    fresh = [baseline.outcomes(seed) for seed in FRESH_SEEDS]
    assert len(stored) == len(baseline.SEEDS) and not set(FRESH_SEEDS) & set(baseline.SEEDS)
    p = {}
    for name in fresh[0]:
        before, now = (np.array([row[name] for row in rows]) for rows in (stored, fresh))
        p[name, "mean"] = stats.ttest_ind(before, now, equal_var=False).pvalue
        p[name, "shape"] = stats.ks_2samp(before, now).pvalue
    names = sorted(p, key=lambda key: p[key])
    moved = []
    for rank, name in enumerate(names):
        if not p[name] > ERROR_RATE / (len(names) - rank):
            moved.append((*name, p[name]))
        else:
            break
    assert not moved, f"outcomes that moved: {moved}"
