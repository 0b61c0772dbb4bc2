"""Readings of contested findings: data that fit the registry, and do what each side says.

Comparisons are paired under the same seeds, in one-sided t tests after 4 to 16 pairs; a reading without effect passes
with probability `ALPHA` at most.
"""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from corridor.model.errors import InvalidInput
from corridor.model.parameters import Parameters
from corridor.scenarios import available, parameters_of, read_reading
from docs.make_side_effects import AGENTS, EFFECTS, Outcome, care_at_sea, crossing_fee, run, total
from tests.sequential import is_above_zero

ALPHA = 1e-3
LOOKS = (4, 8, 16)
QUESTIONS = ("rescue", "development", "campaigns", "displacement", "fees", "retry", "detention")


@pytest.mark.parametrize("name", available("readings"))
def test_a_reading_is_a_choice_within_the_ranges(name: str) -> None:
    reading = read_reading(name)
    assert reading.question in QUESTIONS
    assert Parameters(reading.parameters).changed() == dict(reading.parameters), "values other than the defaults"


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_question_has_more_than_one_side(question: str) -> None:
    sides = [read_reading(name) for name in available("readings") if read_reading(name).question == question]
    assert len(sides) > 1 and len({tuple(side.parameters.items()) for side in sides}) == len(sides)


def test_readings_go_together_unless_they_answer_the_same_question() -> None:
    both = parameters_of(["retry_less", "rescue_worse_craft"])
    assert both == {"retry_share": 0.6, "craft_substitution": 0.8}
    assert parameters_of([]) == {}
    for wrong, words in ((["retry_less", "retry_often"], "one reading of each question"), (["no"], "one of")):
        with pytest.raises(InvalidInput, match=words):
            parameters_of(wrong)


def elsewhere(ds: xr.Dataset) -> float:
    """Return the attempts by land for each by sea, the way that is guarded."""
    return total("attempts", route="Land")(ds) / total("attempts", route="Sea")(ds)


def response(key: str, outcome: Outcome, reading: str, seed: int) -> float:
    """Return the log ratio of an outcome between the last and the first size of a measure."""
    effect = next(effect for effect in EFFECTS if effect.key == key)
    values = parameters_of([reading])
    first, last = (outcome(run(effect, level, seed, values, AGENTS)) for level in (effect.levels[0], effect.levels[-1]))
    return float(np.log(last / first))


@pytest.mark.statistical
@pytest.mark.parametrize(
    ("key", "outcome", "less", "more"),
    [
        ("fees", crossing_fee, "fees_short_run", "fees_long_run"),
        ("rescue", care_at_sea, "rescue_worse_craft", "rescue_no_answer"),
        ("balloon", elsewhere, "displacement_low", "displacement_high"),
    ],
)
def test_sides_of_a_question_respond_as_they_say(key: str, outcome: Outcome, less: str, more: str) -> None:
    def difference(seed: int) -> float:
        return response(key, outcome, more, seed) - response(key, outcome, less, seed)

    shows, seen = is_above_zero(difference, ALPHA, LOOKS)
    assert shows, seen
