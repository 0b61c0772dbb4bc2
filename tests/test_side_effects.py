"""Known side effects of measures appear without a rule for them: the experiments of ``docs/side_effects.md``.

The first and the last size of each measure are compared in pairs under the same seeds, in a one-sided t test for each
outcome; one without effect passes with probability `ALPHA`.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from docs.make_side_effects import EFFECTS, FIGURES, PAGE, SideEffect, measure

ALPHA = 1e-3
SEEDS = 16


@pytest.mark.statistical
@pytest.mark.parametrize("effect", EFFECTS, ids=lambda effect: effect.key)
def test_a_side_effect_has_the_known_direction(effect: SideEffect) -> None:
    results = measure(effect, (effect.levels[0], effect.levels[-1]), SEEDS)
    for name, sign in effect.changes.items():
        toward = sign * np.diff(results[name], axis=0)[0]
        assert stats.ttest_1samp(toward, 0.0, alternative="greater").pvalue < ALPHA, (name, results[name])


@pytest.mark.parametrize("effect", EFFECTS, ids=lambda effect: effect.key)
def test_the_page_shows_every_side_effect(effect: SideEffect) -> None:
    assert f"## {effect.title}" in PAGE.read_text(encoding="utf-8")
    assert (FIGURES / f"side_effect_{effect.key}.svg").is_file()
    assert set(effect.changes) <= set(effect.outcomes)
