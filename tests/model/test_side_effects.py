"""Known side effects of measures appear without a rule for them: the experiments of ``docs/side_effects.md``.

The first and the last size of each measure are compared in pairs under the same seeds, in one-sided t tests after 4, 8
and 16 pairs for each outcome; one without effect passes with probability `ALPHA` at most. Runs have four times the
agents of those on the page, for a fifth more time, and half of their length: what is looked for shows within a year.
"""

from __future__ import annotations

import datetime as dt
from functools import cache, partial

import pytest

from docs.make_side_effects import AGENTS, EFFECTS, FIGURES, PAGE, SideEffect, run
from tests.sequential import is_above_zero

ALPHA = 1e-3
LOOKS = (4, 8, 16)
END = dt.date(2001, 12, 31)
"""Of the first of two years."""


@pytest.mark.statistical
@pytest.mark.parametrize("effect", EFFECTS, ids=lambda effect: effect.key)
def test_a_side_effect_has_the_known_direction(effect: SideEffect) -> None:
    @cache
    def ends(seed: int) -> list[dict[str, float]]:
        levels = effect.levels[0], effect.levels[-1]
        runs = (run(effect, level, seed, agents=4 * AGENTS, end=END) for level in levels)
        return [{name: effect.outcomes[name](ds) for name in effect.changes} for ds in runs]

    def difference(name: str, seed: int) -> float:
        first, last = ends(seed)
        return effect.changes[name] * (last[name] - first[name])

    for name in effect.changes:
        shows, seen = is_above_zero(partial(difference, name), ALPHA, LOOKS)
        assert shows, (name, seen)


@pytest.mark.parametrize("effect", EFFECTS, ids=lambda effect: effect.key)
def test_the_page_shows_every_side_effect(effect: SideEffect) -> None:
    assert f"## {effect.title}" in PAGE.read_text(encoding="utf-8")
    assert (FIGURES / f"side_effect_{effect.key}.svg").is_file()
    assert set(effect.changes) <= set(effect.outcomes)
