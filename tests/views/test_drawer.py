"""The assumptions drawer: runs that are shipped, runs that are asked for, and what is said of them."""

import re

import numpy as np
import pytest

from corridor.experiments.analysis.assumptions import WORLDS, plackett_burman
from corridor.model.parameters import REGISTRY
from corridor.views import assumptions
from corridor.views.assumptions import OUTCOMES, candidates, drawer_html, effects_of, jobs, packages, shipped, verdict
from corridor.views.gallery import CORRIDOR, period_question
from tests.views.questions import question

TITLES = {"baseline": "Baseline", "one": "One & only"}


def test_candidates_are_as_many_as_the_design_has_and_none_is_measured():
    assert len(set(candidates())) == len(candidates()) == WORLDS - 1
    assert all(REGISTRY[name].obtained != "measured" for name in candidates())


def test_every_world_has_the_baseline_and_the_packages_with_one_luck():
    planned = jobs(question())
    assert len(planned) == 2 * WORLDS
    for world, (ours, theirs) in enumerate(zip(planned[::2], planned[1::2], strict=True)):
        assert ours.seed == theirs.seed == world and ours.world is theirs.world
        assert ours.policy.name == "baseline"
    lowest = [min(job.world.parameters.values()) for job in planned[::2]]
    assert len(set(lowest)) > 1, "worlds differ"


@pytest.fixture
def made(tmp_path, monkeypatch):
    """A table in which the first assumption turns rescue round."""
    monkeypatch.setattr(assumptions, "TABLE", tmp_path / "assumptions.csv")
    assumptions._opened.cache_clear()
    swing = 0.05 * plackett_burman()[:, 0]
    rows = [
        {"world": world, "package": name, **dict.fromkeys(OUTCOMES, float(swing[world]))}
        for name in packages()[1:] for world in range(WORLDS)
    ]  # fmt: skip
    assumptions.keep(rows)
    yield
    assumptions._opened.cache_clear()


def test_shipped_runs_answer_for_ready_packages_alone(made, monkeypatch):
    found = shipped(period_question("past", ("rescue",)), "deaths")
    assert not found.is_stale and [len(values) for values in found.effects.values()] == [WORLDS]
    assert shipped(question(CORRIDOR, 2014, 2017, packages=("rescue~ngo_rescue:3",)), "deaths") is None
    assert shipped(question(), "deaths") is None
    monkeypatch.setattr(assumptions, "stamp", lambda: "another")
    assert shipped(period_question("past", ("rescue",)), "deaths").is_stale


def test_what_turns_is_said_and_names_are_shown_as_they_are(made):
    effects = {"one": 0.05 * plackett_burman()[:, 0].astype(float)}
    html = drawer_html(effects, TITLES, "deaths", CORRIDOR)
    assert (
        html.count("<tr>") == 6
        and "One &amp; only" in html
        and "doing nothing and One &amp; only change places" in html
    )
    assert "1 of 23 assumptions turn" in verdict(effects, TITLES, CORRIDOR)
    sure = {"one": np.full(WORLDS, -0.3)}
    assert "None of 23 assumptions" in verdict(sure, TITLES, CORRIDOR)


@pytest.mark.parametrize("column", range(len(candidates())))
def test_values_of_an_assumption_are_written_without_exponents(made, column):
    effects = {"one": 0.05 * plackett_burman()[:, column].astype(float)}
    assert not re.search(r"\de[+−-]?\d", drawer_html(effects, TITLES, "deaths", CORRIDOR))


def test_effects_are_read_from_digests(answered):
    for outcome in OUTCOMES:
        ((_, values),) = effects_of(answered, outcome).items()
        assert np.isfinite(values).all() and len(values) == answered.sizes["replicate"]
